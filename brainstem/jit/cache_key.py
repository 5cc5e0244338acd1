"""Stamps: what machine code was made from beside its own module's text, as a hash.

Machine code holds the constants and the compiled functions that its module imports, so what is on disk is good only as long
as these are the same as well; numba alone would look at the function's own file.
"""

import hashlib
from collections.abc import Iterator, Mapping
from enum import EnumMeta
from types import CodeType, FunctionType
from typing import Any, cast

import numpy as np
from numba.core.dispatcher import Dispatcher

from brainstem.jit import intrinsics


def stamp_of(names: Mapping[str, Any]) -> str:
    """Give a hash of what machine code takes from the names of its module beside the module's own text.

    These are constants and enumerations, and of compiled functions of other modules their code and, in turn, what that
    takes. Two sets of names that give different machine code have different stamps.
    """
    digest = hashlib.sha256()
    for part in (*_code_of(vars(intrinsics)), *_parts(names, {str(names.get("__name__"))})):
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
