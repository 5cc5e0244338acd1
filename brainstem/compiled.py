"""Just-in-time compilation of the loops that run once per byte or once per row.

Compiled functions take and give numpy arrays and numbers only. They are cached on disk, so a machine pays for compiling
once per version of the code. Machine code holds the constants and the compiled functions that its module imports, so what
is on disk is good only as long as these are the same as well; numba alone would look at the function's own file.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from enum import EnumMeta
from types import CodeType, FunctionType
from typing import Any, Final, ParamSpec, TypeVar, cast

import numpy as np
from numba import njit
from numba.core import caching, config
from numba.core.dispatcher import Dispatcher

from brainstem import lowering

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
    return cast("Callable[P, R]", _borrows(function, cache=True))


def piece(function: Callable[P, R]) -> Callable[P, R]:
    """Compile as `borrowing` does a function that only compiled ones call.

    Their machine code holds its own, so it is cached with them, and each cache less is a file less to try when a process
    starts.
    """
    return cast("Callable[P, R]", _borrows(function, cache=False))


def _borrows(function: Callable[P, R], *, cache: bool) -> Any:
    return njit(cache=cache, nogil=True, _nrt=False)(function)  # type: ignore[call-overload]  # numba's own use, not in its stubs


def stamp_of(names: Mapping[str, Any]) -> str:
    """Give a hash of what machine code takes from the names of its module beside the module's own text.

    These are constants and enumerations, and of compiled functions of other modules their code and, in turn, what that
    takes. Two sets of names that give different machine code have different stamps.
    """
    digest = hashlib.sha256()
    for part in (*_code_of(vars(lowering)), *_parts(names, {str(names.get("__name__"))})):
        digest.update(part.encode())
    return digest.hexdigest()


def _parts(names: Mapping[str, Any], seen: set[str]) -> Iterator[str]:
    for name, value in sorted(names.items()):
        if name.startswith("__"):
            continue
        if isinstance(value, Dispatcher):
            module = value.py_func.__module__
            if module not in seen:
                seen.add(module)
                theirs = value.py_func.__globals__
                yield from (f"{module}:", *_code_of(theirs), *_parts(theirs, seen))
        elif isinstance(value, EnumMeta):
            yield f"{name}={[(each.name, each.value) for each in cast('Any', value)]};"
        elif isinstance(value, np.ndarray):
            yield f"{name}={value.dtype!r}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()};"
        elif isinstance(value, (bool, int, float, str, bytes, tuple, np.generic, np.dtype)):
            yield f"{name}={value!r};"


def _code_of(names: Mapping[str, Any]) -> Iterator[str]:
    """Give the code of all functions among names."""
    for name, value in sorted(names.items()):
        function = getattr(value, "py_func", getattr(value, "_defn", value))
        if isinstance(function, FunctionType):
            yield f"{name}({_spelled(function.__code__)})"


def _spelled(code: CodeType) -> str:
    constants = [_spelled(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return f"{code.co_code.hex()}{constants}{code.co_names}{code.co_varnames}{code.co_freevars}"


_STAMPS: Final[dict[str, str]] = {}
"""stamps by module"""


class _Stamped:
    """A place of cached machine code that is good for one text of a module and one stamp of its names."""

    def __init__(self, function: Any, file: str) -> None:
        super().__init__(function, file)  # type: ignore[call-arg]  # that of the place it is mixed into
        module = function.__module__
        if module not in _STAMPS:
            # what a module takes from others it imports before it defines anything
            _STAMPS[module] = stamp_of(function.__globals__)
        self._stamp = _STAMPS[module]

    def get_source_stamp(self) -> tuple[Any, str]:
        """Give what has to be the same for the machine code to be good."""
        return super().get_source_stamp(), self._stamp  # type: ignore[misc]  # as above


class GivenFolder(_Stamped, caching.UserProvidedCacheLocator):
    """In the folder that `NUMBA_CACHE_DIR` names."""


class BesideTheModule(_Stamped, caching.InTreeCacheLocator):
    """Beside the module, where that may be written."""


class FolderOfTheUser(_Stamped, caching.UserWideCacheLocator):
    """In the user's folder for caches."""


# numba sets these from the environment when it is imported
_settings: Any = config
if not _settings.CACHE_LOCATOR_CLASSES:
    _settings.CACHE_LOCATOR_CLASSES = ",".join(
        f"{each.__module__}.{each.__name__}" for each in (GivenFolder, BesideTheModule, FolderOfTheUser)
    )
