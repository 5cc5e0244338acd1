"""Just-in-time compilation of the loops that run once per byte or once per row.

Compiled functions take and give numpy arrays and numbers only. They are cached on disk, so a machine pays for compiling
once per version of the code. The cache of a function is keyed by its own file alone, so a compiled function calls compiled
functions of its own module only: a change in another file would leave the old machine code in place.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` to machine code at its first call; it keeps its Python type."""
    # nogil lets a Parquet writer work beside a compiled loop
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))


def borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function that neither makes nor keeps an array, without counting who holds one.

    The counting took up to a third of the time of loops that pass arrays to small functions [measured].
    """
    return cast(
        "Callable[P, R]",
        njit(cache=True, nogil=True, _nrt=False)(function),  # type: ignore[call-overload]  # numba's own use, not in its stubs
    )
