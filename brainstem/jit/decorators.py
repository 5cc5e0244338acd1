"""Decorators that compile the loops that run once per byte or once per row.

Compiled functions take and return numpy arrays and numbers only. Which decorator a function has follows from two questions:
does Python call it, and does it make or keep an array?

- `compiled`: Python calls it, and it may make arrays.
- `compiled_without_refcounts`: Python calls it, and it only reads and writes arrays that it is passed.
- `compiled_helper`: only compiled functions call it, and it only reads and writes arrays that it is passed.

The first two are cached on disk (`cache`), so a machine compiles each version of the code once.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit
from numba.core.dispatcher import Dispatcher

from brainstem.jit.cache import MachineCode

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code at its first call; it keeps its Python type."""
    # nogil lets a Parquet writer work beside a compiled loop; nothing in C calls a loop, so no entry for C is compiled
    return cast("Callable[P, R]", _cached(njit(nogil=True, no_cfunc_wrapper=True)(function)))  # type: ignore[call-overload]


def compiled_without_refcounts(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that neither makes nor keeps an array, without counting references to the arrays it is passed.

    The counting took up to a third of the time of loops that pass arrays to small functions [measured].
    """
    return cast("Callable[P, R]", _cached(_without_refcounts(function, no_cpython_wrapper=False)))


def compiled_helper(function: Callable[P, R]) -> Callable[P, R]:
    """Compile, as `compiled_without_refcounts` does, a function that only compiled functions call.

    It has no cache of its own: the machine code of its callers contains it. Each cache less is a file less that a process
    looks for when it starts. It has no entry for Python either, which took an eighth of the time of compiling [measured].
    """
    return cast("Callable[P, R]", _without_refcounts(function, no_cpython_wrapper=True))


def _without_refcounts(function: Callable[P, R], *, no_cpython_wrapper: bool) -> Any:
    return njit(nogil=True, _nrt=False, no_cpython_wrapper=no_cpython_wrapper, no_cfunc_wrapper=True)(  # type: ignore[call-overload]
        function
    )


def _cached(function: Any) -> Any:
    """Return a function whose machine code is kept on disk."""
    # without compilation, as when a debugger steps through, it is the function itself
    if isinstance(function, Dispatcher):
        function._cache = MachineCode(function.py_func)  # type: ignore[attr-defined]  # numba's own use, as above
    return function
