"""Decorators that compile the loops that run once per byte or once per row.

Compiled functions take and return numpy arrays and numbers only. Which decorator a function has follows from two questions:
does Python call it, and does it make or keep an array?

- `compiled`: Python calls it, and it may make arrays.
- `compiled_without_refcounts`: Python calls it, and it only reads and writes arrays that it is passed.
- `compiled_helper`: only compiled functions call it, and it only reads and writes arrays that it is passed.

The first two are cached on disk (`cache`), so a machine compiles each version of the code once.

Where compiled functions call each other, an argument that is a constant has the type of its value, not a type of that one
constant, for which numba would compile the function again. The caller, which contains the function, is optimized for the
constant anyway.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit, types
from numba.core.dispatcher import Dispatcher

from brainstem.jit.baseline import compile_for_baseline
from brainstem.jit.cache import MachineCode
from brainstem.jit.linking import Deferring

P = ParamSpec("P")
R = TypeVar("R")

_without_literal: Any = types.unliteral  # numba leaves it untyped

# before anything is compiled or loaded
compile_for_baseline()


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code at its first call; it keeps its Python type."""
    return cast("Callable[P, R]", _cached(_compiling(function)))


def compiled_without_refcounts(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that neither makes nor keeps an array, without counting references to the arrays it is passed.

    The counting took up to a third of the time of loops that pass arrays to small functions [measured].
    """
    return cast("Callable[P, R]", _cached(_without_refcounts(function, no_cpython_wrapper=False)))


def compiled_helper(function: Callable[P, R]) -> Callable[P, R]:
    """Compile, as `compiled_without_refcounts` does, a function that only compiled functions call.

    It has no cache of its own: the machine code of its callers contains it. Each cache less is a file less that a process
    looks for when it starts. It has no entry for Python either, so nothing is made of it by itself (`linking`).
    """
    return cast("Callable[P, R]", _without_refcounts(function, no_cpython_wrapper=True))


def _without_refcounts(function: Callable[P, R], *, no_cpython_wrapper: bool) -> Any:
    return _compiling(function, _nrt=False, no_cpython_wrapper=no_cpython_wrapper)


def _compiling(function: Any, **options: bool) -> Any:
    # nogil lets a Parquet writer work beside a compiled loop; nothing in C calls a loop, so no entry for C is compiled
    made = njit(nogil=True, no_cfunc_wrapper=True, pipeline_class=Deferring, **options)(function)  # type: ignore[call-overload]
    # without compilation, as when a debugger steps through, it is the function itself
    if isinstance(made, Dispatcher):
        _ignore_constants(made)
    return made


def _cached(function: Any) -> Any:
    """Return a function whose machine code is kept on disk."""
    if isinstance(function, Dispatcher):
        function._cache = MachineCode(function.py_func)  # type: ignore[attr-defined]  # numba's own use, as above
    return function


def _ignore_constants(function: Any) -> None:
    """Have a call with constants resolved as one with other values of their types."""
    resolve = function.get_call_template

    def resolve_without_constants(arguments: Any, by_name: Any) -> Any:
        return resolve(
            tuple(map(_without_literal, arguments)), {name: _without_literal(each) for name, each in by_name.items()}
        )

    function.get_call_template = resolve_without_constants
