"""How compiled code reaches its callers: a helper is optimized in what it is built into, and nowhere else.

**Problem.** numba compiles each function whole before it is built into a caller: it builds in what the function itself
calls, optimizes that and makes machine code of it. A function that only compiled functions call needs none of this, since
its callers contain it and are optimized as a whole. Two fifths of the time of compiling went there, and code that had been
optimized by itself was slower once it was built in [measured].

**Idea.** numba keeps the code of a function in a *library*. Here a library is finished when somebody wants the address of
its entry for Python. A helper has no such entry, so its library stays as it was lowered, with a list of the libraries that
it calls. The library of a function that has one gathers all unfinished libraries that it reaches, each once, and is
optimized with them.

**Rules.** LLVM takes a function over only if something that is there calls it, so callers are linked before what they call.
What is finished (a loop that Python calls as well, or numba's own functions) is taken as it is and not followed further: it
contains what it calls. The *environment* of a function, where numba keeps Python objects that code refers to, is known to
the code by a name that exists once something with machine code contains it; so who finishes sets those of all that it
contains, as numba does for machine code from disk.

**Traps.** A library is numba's own part, in no documentation; that a compiler may be given to a function is documented
(https://numba.readthedocs.io/en/stable/developer/custom_pipeline.html), and what `define_pipelines` returns here is numba's.
"""

from collections.abc import Iterator
from typing import Any

from llvmlite import binding  # type: ignore[import-untyped]  # it has no stubs
from numba.core import codegen, compiler, environment

# numba leaves untyped what it does with machine code
_Library: Any = codegen.JITCodeLibrary
_Compiler: Any = compiler.CompilerBase
_passes: Any = compiler.DefaultPassBuilder
_environment_of: Any = environment.lookup_environment

_ENVIRONMENT = "_ZN08NumbaEnv"
"""how numba begins the names of environments in code"""


class _Unplaced:
    """The code generator as an unfinished library shows it: environments have no place yet."""

    def __init__(self, generator: Any) -> None:
        self._generator = generator

    def __getattr__(self, name: str) -> Any:
        return getattr(self._generator, name)

    def set_env(self, name: str, value: Any) -> None:
        """Do nothing; who finishes sets it."""


class DeferredLibrary(_Library):  # type: ignore[misc]  # as above
    """The code of a function, optimized and made machine code of when the address of its entry is asked for."""

    @property
    def codegen(self) -> Any:
        """Return the code generator."""
        return self._codegen if self._finalized else _Unplaced(self._codegen)

    def add_linking_library(self, library: Any) -> None:
        """Take note of a library that this one calls."""
        if not isinstance(library, DeferredLibrary):
            library._ensure_finalized()
        self._linking_libraries.append(library)

    def finalize(self) -> None:
        """Build in all that is reached, optimize, and make machine code."""
        self._linking_libraries = list(reversed(list(_callees_first(self, {self}))))
        self._shared_module = None
        super().finalize()

    def get_pointer_to_function(self, name: str) -> int:
        """Return the address of a function of this library; 0 where it defines none of that name."""
        return int(super().get_pointer_to_function(name)) if self._finalized or self._defines(name) else 0

    def _defines(self, name: str) -> bool:
        return any(each.name == name and not each.is_declaration for each in self._final_module.functions)

    def _get_module_for_linking(self) -> Any:
        if self._finalized:
            return super()._get_module_for_linking()
        if self._shared_module is None:
            module = self._final_module.clone()
            for each in module.functions:
                if not each.is_declaration and each.linkage == binding.Linkage.external:
                    # may be defined by several that contain it, and left out where all calls were replaced by its code
                    each.linkage = "linkonce_odr"
            self._shared_module = module
        return self._shared_module

    def _finalize_specific(self) -> None:
        super()._finalize_specific()
        for each in self._final_module.global_variables:
            if each.name.startswith(_ENVIRONMENT) and (found := _environment_of(each.name)) is not None:
                self._codegen.set_env(each.name, found)


def _callees_first(library: DeferredLibrary, seen: set[Any]) -> Iterator[Any]:
    """Yield the libraries that one reaches, each behind all that it reaches itself."""
    for each in reversed(library._linking_libraries):
        if each not in seen:
            seen.add(each)
            if isinstance(each, DeferredLibrary) and not each._finalized:
                yield from _callees_first(each, seen)
            yield each


class Deferring(_Compiler):  # type: ignore[misc]  # as above
    """numba's compiler, with a library that is finished late."""

    def define_pipelines(self) -> list[Any]:
        """Return numba's passes for functions without Python objects."""
        if self.state.library is None:
            self.state.library = DeferredLibrary(self.state.targetctx.codegen(), self.state.func_id.func_qualname)
            # as numba does where it makes a library itself: the machine code is written to disk
            self.state.library.enable_object_caching()
        return [_passes.define_nopython_pipeline(self.state)]
