"""Machine code on disk: where it lies, what it is good for, and how a process takes it up without getting ready to compile.

numba gets ready to compile before it looks what is on disk, and then takes apart what would be needed to build the machine
code into other functions. A process that finds everything on disk needs neither, and begins a third of a second sooner
[measured]; one that misses something gets ready then.
"""

from typing import Any, Final

from llvmlite import binding  # type: ignore[import-untyped]  # it has no stubs
from numba.core import caching, codegen, compiler, runtime

from brainstem.jit.cache_key import stamp_of

# numba leaves untyped what it does with machine code
_Library: Any = codegen.JITCodeLibrary
_Implementation: Any = caching.CompileResultCacheImpl
_Cache: Any = caching.FunctionCache
_Result: Any = compiler.CompileResult
_runtime: Any = runtime


_STAMPS: Final[dict[str, str]] = {}
"""stamps by module"""
_NAMED: Final[list[bool]] = []
"""whether the linker knows the functions of numba's runtime"""


class _Stamped:
    """A place of cached machine code that is good for all that it was made from, wherever in its file a function stands."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)  # type: ignore[call-arg]  # that of the place it is mixed into
        module = function.__module__
        if module not in _STAMPS:
            _STAMPS[module] = stamp_of(function.__globals__)
        self._stamp = _STAMPS[module]

    def get_source_stamp(self) -> str:
        """Return what has to be the same for the machine code to be good."""
        return self._stamp

    def get_disambiguator(self) -> str:
        """Return what tells functions of one module and name apart; numba takes the line, which moves with every comment."""
        return "0"


class GivenFolder(_Stamped, caching.UserProvidedCacheLocator):
    """In the folder that `NUMBA_CACHE_DIR` names."""


class BesideTheModule(_Stamped, caching.InTreeCacheLocator):
    """Beside the module, where that may be written."""


class FolderOfTheUser(_Stamped, caching.UserWideCacheLocator):
    """In the user's folder for caches."""


class _Loaded(_Library):  # type: ignore[misc]  # as above
    """Machine code from disk; what another function could build in is looked at only when one wants to."""

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


class _Taking(_Implementation):  # type: ignore[misc]  # as above
    """Makes callable functions of what was read from disk."""

    _locator_classes = (GivenFolder, BesideTheModule, FolderOfTheUser)

    def rebuild(self, target_context: Any, payload: tuple[Any, ...]) -> Any:
        """Return the function."""
        try:
            return _taken(target_context, *payload)
        except (AttributeError, TypeError, ValueError):
            # another version of numba may build it otherwise; its own way takes longer
            target_context.refresh()
            return super().rebuild(target_context, payload)


def _taken(
    target_context: Any,
    code: Any,
    fndesc: Any,
    environment: Any,
    signature: Any,
    objectmode: Any,
    lifted: Any,
    note: Any,
    reload_init: Any,
    others: Any,
) -> Any:
    """Return what numba's own `CompileResult._rebuild` gives, of machine code that needs nothing done when it is loaded."""
    name, kind, parts = code
    if kind != "object" or reload_init:
        raise ValueError(kind)
    _name_helpers()
    library = _Loaded(target_context.codegen(), name, *parts)
    library.codegen._engine._defined_symbols.add(fndesc.llvm_cpython_wrapper_name)
    entry_point = target_context.get_executable(library, fndesc, environment)
    for each in others:
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
        referenced_envs=others,
    )


class MachineCode(_Cache):  # type: ignore[misc]  # as above
    """The machine code of one function on disk, looked for when the function is first called."""

    _impl_class = _Taking

    def __init__(self, function: Any) -> None:
        self._function = function
        self._is_open = False

    def _open(self) -> None:
        if not self._is_open:
            self._is_open = True
            super().__init__(self._function)

    @property
    def cache_path(self) -> str:
        """Return the folder that it lies in."""
        self._open()
        return str(super().cache_path)

    def load_overload(self, signature: Any, target_context: Any) -> Any:
        """Take the function for some types from disk; None where it is not there."""
        self._open()
        return self._load_overload(signature, target_context)

    def save_overload(self, signature: Any, result: Any) -> None:
        """Write what has been compiled."""
        self._open()
        super().save_overload(signature, result)


def _name_helpers() -> None:
    """Tell the linker where the functions of numba's runtime are, which machine code calls."""
    if not _NAMED:
        for name, address in _runtime._nrt_python.c_helpers.items():
            binding.add_symbol(name if name.startswith("_") else f"NRT_{name}", address)
        _NAMED.append(True)
