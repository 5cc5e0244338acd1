"""Machine code on disk: where it is kept, when it is still valid, and how it is loaded without preparing to compile.

**Problem.** Compiling all loops takes a minute, so numba keeps machine code on disk. As numba does it, two things go
wrong here. It keeps code for as long as the file of the function has the same size and time of change, so code that was
made from a constant of *another* module is used after that constant changed, and an edited comment compiles all anew. And
it prepares to compile (registries of types, parsing of what could be built into other functions) before it looks what is
on disk; a process that finds everything there starts a third of a second sooner without that [measured].

**Idea.** numba's cache is a chain of classes, and each is replaced where needed:

- a *locator* names the folder and the key of validity. `_ContentKeyed` is mixed into numba's three locators and replaces
  the time of change by a hash of all that the code was made from (`cache_key`), and the line of the function by nothing.
- `_Rebuilding` (numba: `CompileResultCacheImpl`) makes a callable function of what was read. It does what numba's
  `CompileResult._rebuild` does, with a `_LoadedLibrary` that parses bitcode only when another function is compiled that
  builds this one in.
- `_Entries` (numba: `IndexDataCacheFile`) reads and writes the files; what cannot be read is not there.
- `MachineCode` (numba: `FunctionCache`) is the cache of one function. It opens its folder at the first call, not at the
  import of the module, and only for what did not come with the program (`_Shipped`).

**Rules.** Only `compiled` and `compiled_without_refcounts` functions have a cache; a `piece` is part of the
machine code of its callers. Each combination of argument types is a file of its own (`.nbc`), with an index per function
(`.nbi`). A module's functions share one key, so an edit to one function of a module compiles all of them anew. In a process
with bound parameters the files of what is made from them have the parameter version in their names.

**Traps.** This uses numba's own parts that are in no documentation. Where a version of numba builds things otherwise,
`rebuild` falls back to numba's way: slower, and correct. Types are part of an entry: a read-only array, or one that is not
contiguous, is another type and compiles again. Folders are tried in order: what a platform wheel brought, which is only
read, then the first that may be written of `NUMBA_CACHE_DIR`, beside the module, and the user's cache folder. Where none may
be, what is compiled is not kept.
"""

from typing import Any, Final, Self

from llvmlite import binding  # type: ignore[import-untyped]  # it has no stubs
from numba.core import caching, codegen, compiler, registry, runtime

from brainstem.jit.cache_key import cache_key_of
from brainstem.parameters import bound, version_of

# numba leaves untyped what it does with machine code
_Library: Any = codegen.JITCodeLibrary
_Implementation: Any = caching.CompileResultCacheImpl
_Cache: Any = caching.FunctionCache
_Result: Any = compiler.CompileResult
_Index: Any = caching.IndexDataCacheFile
_runtime: Any = runtime
_target: Any = registry.cpu_target

SHIPPED_FOLDER: Final = f"{__file__.rpartition('cache.py')[0]}machine_code"
"""where a platform wheel has machine code: a folder for each module, by its dotted name"""
_KEYS: Final[dict[str, str]] = {}
"""the cache key of each module, worked out once a process"""
_REGISTERED: Final[list[bool]] = []
"""not empty once the linker knows the functions of numba's runtime"""


class _ContentKeyed:
    """Mixed into a locator: machine code is valid for what it was made from, wherever in its file a function stands."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)  # type: ignore[call-arg]  # that of the locator it is mixed into
        module = function.__module__
        if module not in _KEYS:
            _KEYS[module] = cache_key_of(function.__globals__)
        self._key = _KEYS[module]

    def get_source_stamp(self) -> str:
        """Return what has to be equal for machine code to be valid."""
        return self._key

    def get_disambiguator(self) -> str:
        """Return a constant; numba uses the line of the function, which changes with every comment above it."""
        return "0"


class ConfiguredFolder(_ContentKeyed, caching.UserProvidedCacheLocator):
    """In the folder that `NUMBA_CACHE_DIR` names."""


class ModuleFolder(_ContentKeyed, caching.InTreeCacheLocator):
    """Beside the module, where that folder may be written."""


class UserFolder(_ContentKeyed, caching.UserWideCacheLocator):
    """In the user's folder for caches."""


class ShippedFolder(_ContentKeyed, caching.InTreeCacheLocator):
    """In the folder that came with the program; nothing is written there."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)
        self._cache_path = f"{SHIPPED_FOLDER}/{function.__module__}"

    @classmethod
    def from_function(cls, function: Any, file: str) -> Self:
        """Return the locator, whether or not there is such a folder."""
        return cls(function, file)


class _Entries(_Index):  # type: ignore[misc]  # as above
    """The files of one function; one that cannot be read, as another version may have written it, counts as not there."""

    def _load_index(self) -> dict[Any, str]:
        try:
            return dict(super()._load_index())
        except Exception:  # noqa: BLE001 - unpickling may raise anything for bytes that are no pickle of this version
            return {}

    def load(self, key: Any) -> Any:
        """Return the entry of a key; None where there is none."""
        try:
            return super().load(key)
        except Exception:  # noqa: BLE001 - as above
            return None


class _LoadedLibrary(_Library):  # type: ignore[misc]  # as above
    """Machine code from disk; its bitcode is parsed only when a function that is compiled anew builds it in."""

    def __init__(self, generator: Any, name: str, machine_code: bytes, bitcode: bytes) -> None:
        super().__init__(generator, name)
        self._shared_module: Any = None
        self._bitcode = bitcode
        self.enable_object_caching()
        self._set_compiled_object(machine_code)
        self._finalize_final_module()

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            self._shared_module = binding.parse_bitcode(self._bitcode)
        return self._shared_module


class _Rebuilding(_Implementation):  # type: ignore[misc]  # as above
    """Makes callable functions of what was read from disk."""

    _locator_classes: tuple[type[_ContentKeyed], ...] = (ConfiguredFolder, ModuleFolder, UserFolder)

    def get_filename_base(self, fullname: str, abiflags: str) -> str:
        """Return how the files of a function begin.

        In a process with bound parameters, a function that is made from one of them has files of its own, so that runs with
        other parameters do not take turns in compiling; all others share the files that they have without any.
        """
        shared = str(super().get_filename_base(fullname, abiflags))
        values = bound()
        if not values or _Entries(self.locator.get_cache_path(), shared, self.locator.get_source_stamp())._load_index():
            return shared
        return f"{shared}-{version_of(values)}"

    def rebuild(self, target_context: Any, payload: tuple[Any, ...]) -> Any:
        """Return numba's result of a compilation, made of what `payload` holds."""
        try:
            return _rebuilt(target_context, *payload)
        except (AttributeError, TypeError, ValueError):
            # another version of numba may build it otherwise; its own way takes longer
            target_context.refresh()
            return super().rebuild(target_context, payload)


def _rebuilt(
    target_context: Any,
    code: Any,
    fndesc: Any,
    environment: Any,
    signature: Any,
    objectmode: Any,
    lifted: Any,
    note: Any,
    reload_init: Any,
    referenced_environments: Any,
) -> Any:
    """Return what numba's own `CompileResult._rebuild` does, for machine code that needs nothing done when it is loaded.

    Takes what `CompileResult._reduce` wrote, in its order. Raises ValueError for other machine code.
    """
    name, kind, parts = code
    if kind != "object" or reload_init:
        raise ValueError(kind)
    _register_runtime()
    library = _LoadedLibrary(target_context.codegen(), name, *parts)
    library.codegen._engine._defined_symbols.add(fndesc.llvm_cpython_wrapper_name)
    entry_point = target_context.get_executable(library, fndesc, environment)
    for each in referenced_environments:
        library.codegen.set_env(each.env_name, each)
    return _Result(
        target_context=target_context,
        typing_context=target_context.typing_context,
        library=library,
        environment=environment,
        entry_point=entry_point,
        fndesc=fndesc,
        type_annotation=note,
        signature=signature,
        objectmode=objectmode,
        lifted=lifted,
        typing_error=None,
        call_helper=None,
        metadata=None,
        reload_init=reload_init,
        referenced_envs=referenced_environments,
    )


class _RebuildingShipped(_Rebuilding):
    """The same for what came with the program."""

    _locator_classes = (ShippedFolder,)


class _Shipped(_Cache):  # type: ignore[misc]  # as above
    """The machine code of one function that came with the program."""

    _impl_class = _RebuildingShipped

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file = _entries_of(self._impl)

    def keys(self) -> list[Any]:
        """Return the keys of what can be loaded in this process."""
        return _keys_for_this_process(self._cache_file)

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the function for some types of arguments; None where it did not come."""
        return self._load_overload(signature, target_context)


class MachineCode(_Cache):  # type: ignore[misc]  # as above
    """The machine code of one function on disk, looked for when the function is first called."""

    _impl_class = _Rebuilding

    def __init__(self, function: Any) -> None:
        self._function = function
        self._shipped: _Shipped | None = None
        self._is_open = False
        self._has_folder = False

    def _open(self) -> bool:
        """Return whether there is a folder that may be written."""
        if not self._is_open:
            self._is_open = True
            try:
                super().__init__(self._function)
            except RuntimeError:
                # numba's own word for none: the program is read-only, and whoever runs it has no folder
                return False
            self._cache_file = _entries_of(self._impl)
            self._has_folder = True
        return self._has_folder

    def _open_shipped(self) -> _Shipped:
        if self._shipped is None:
            self._shipped = _Shipped(self._function)
        return self._shipped

    @property
    def cache_path(self) -> str:
        """Return the folder where it is kept; empty where none may be written."""
        return str(super().cache_path) if self._open() else ""

    def is_kept(self) -> bool:
        """Return whether there is machine code on disk that this process can load."""
        return bool(self._open_shipped().keys() or self.signatures())

    def signatures(self) -> list[Any]:
        """Return the types of arguments for which there is machine code on disk that this process can load."""
        own = _keys_for_this_process(self._cache_file) if self._open() else []
        return [key[0] for key in dict.fromkeys([*self._open_shipped().keys(), *own])]

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Return the function for some types of arguments from disk; None where it is not there."""
        found = self._open_shipped().load_overload(signature, target_context)
        if found is None and self._open():
            found = self._load_overload(signature, target_context)
        return found

    def save_overload(self, signature: Any, result: Any) -> None:
        """Write what has been compiled for some types of arguments, where a folder may be written."""
        if self._open():
            super().save_overload(signature, result)

    def copy_to(self, folder: str) -> int:
        """Write all that this process can load from the folder that may be written, to one that is laid out as
        `SHIPPED_FOLDER`; return how many entries. What came with the program is not copied.
        """
        if not self._open():
            return 0
        copied = _Index(
            f"{folder}/{self._function.__module__}", self._impl.filename_base, self._impl.locator.get_source_stamp()
        )
        names = self._cache_file._load_index()
        keys = _keys_for_this_process(self._cache_file)
        for key in keys:
            copied.save(key, self._cache_file._load_data(names[key]))
        return len(keys)


def _entries_of(implementation: Any) -> _Entries:
    """Return the files that a function has in the folder of its locator."""
    locator = implementation.locator
    return _Entries(locator.get_cache_path(), implementation.filename_base, locator.get_source_stamp())


def _keys_for_this_process(entries: _Entries) -> list[Any]:
    """Return the keys of entries that were made for the processor that this process makes code for."""
    generator = _target.target_context.codegen().magic_tuple()
    return [key for key in entries._load_index() if key[1] == generator]


def _register_runtime() -> None:
    """Make the functions of numba's runtime known to the linker, since machine code calls them by name."""
    if not _REGISTERED:
        for name, address in _runtime._nrt_python.c_helpers.items():
            binding.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)
        _REGISTERED.append(True)
