"""Just-in-time compilation of the loops that run once per byte or once per row.

Compiled functions take and give numpy arrays and numbers only. They are cached on disk, so a machine pays for compiling
once per version of the code.
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
    # nogil lets a Parquet writer work beside a compiled loop
    return cast("Callable[P, R]", _kept(njit(nogil=True)(function)))


def compiled_without_refcounts(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that neither makes nor keeps an array, without counting who holds one.

    The counting took up to a third of the time of loops that pass arrays to small functions [measured].
    """
    return cast("Callable[P, R]", _kept(_borrows(function)))


def compiled_helper(function: Callable[P, R]) -> Callable[P, R]:
    """Compile as `compiled_without_refcounts` does a function that only compiled ones call.

    Their machine code holds its own, so it is cached with them, and each cache less is a file less to try when a process
    starts.
    """
    return cast("Callable[P, R]", _borrows(function))


def _borrows(function: Callable[P, R]) -> Any:
    return njit(nogil=True, _nrt=False)(function)  # type: ignore[call-overload]  # numba's own use, not in its stubs


def _kept(function: Any) -> Any:
    """Keep a function's machine code on disk."""
    # without compilation, as when a debugger steps through, it is the function itself
    if isinstance(function, Dispatcher):
        function._cache = MachineCode(function.py_func)  # type: ignore[attr-defined]  # numba's own use, as above
    return function
