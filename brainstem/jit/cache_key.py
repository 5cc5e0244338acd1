"""The key of machine code on disk: a hash of all that it was made from.

Machine code holds the code of its function, the constants and the compiled functions that its module names, and what these
name in turn. It is valid as long as all of these are the same. Comments, docstrings and where a file lies or when it was
written change no machine code, so they are no part of the key, and an update that only rewords compiles nothing. The
versions of numba and LLVM are part of it, and the settings of numba that change what is compiled.

Only what a module names itself is seen. A compiled function has to import constants and functions by name: of
`module.LIMIT` neither the value nor its change would be part of the key.
"""

import hashlib
from collections.abc import Iterator, Mapping
from enum import EnumMeta
from types import CodeType, FunctionType
from typing import Any, Final, NamedTuple, cast

import llvmlite  # type: ignore[import-untyped]  # it has no stubs
import numba
import numpy as np
from numba.core.dispatcher import Dispatcher

from brainstem.jit import intrinsics

_COMPILER = (
    f"{numba.__version__} {llvmlite.__version__} {vars(numba.config)['OPT']} {vars(numba.config)['BOUNDSCHECK']}"
)
"""what compiles, and how; which processor it compiles for is part of the index of what is on disk (numba's)"""


class _Module(NamedTuple):
    """The global names of a module, a hash of its functions and constants, and where its compiled functions come from."""

    names: Mapping[str, Any]
    digest: bytes
    callees: tuple[tuple[str, Mapping[str, Any]], ...]


_MODULES: Final[dict[int, _Module]] = {}
"""by the identity of its names, which are kept here so that nothing else gets it"""


def cache_key_of(names: Mapping[str, Any]) -> str:
    """Return a hash of what the machine code of a module's functions is made from.

    `names` are the global names of the module: its functions, constants and enumerations, and of compiled functions of other
    modules their code and, in turn, what that names. Two sets of names that make different machine code have different
    hashes.
    """
    digest = hashlib.sha256(_COMPILER.encode())
    digest.update(_module_of(vars(intrinsics)).digest)
    for each in _reached(_module_of(names), {str(names.get("__name__"))}):
        digest.update(each.digest)
    return digest.hexdigest()


def _reached(module: _Module, seen: set[str]) -> Iterator[_Module]:
    """Yield a module and those that it takes compiled functions from, and these in turn, each once."""
    yield module
    for name, names in module.callees:
        if name not in seen:
            seen.add(name)
            yield from _reached(_module_of(names), seen)


def _module_of(names: Mapping[str, Any]) -> _Module:
    """Return what is hashed of a module with these global names; most are reached from many, so it is worked out once."""
    if id(names) not in _MODULES:
        digest = hashlib.sha256("".join((*_code_of(names), *_values_of(names))).encode()).digest()
        functions = [value.py_func for _, value in sorted(names.items()) if isinstance(value, Dispatcher)]
        callees = {each.__module__: each.__globals__ for each in functions}
        _MODULES[id(names)] = _Module(names, digest, tuple(callees.items()))
    return _MODULES[id(names)]


def _values_of(names: Mapping[str, Any]) -> Iterator[str]:
    """Yield the constants of a module, and of compiled functions the modules that they come from."""
    for name, value in sorted(names.items()):
        if name.startswith("__"):
            continue
        if isinstance(value, Dispatcher):
            yield f"{name}:{value.py_func.__module__}.{value.py_func.__qualname__};"
        elif isinstance(value, EnumMeta):
            yield f"{name}={[(each.name, each.value) for each in cast('Any', value)]};"
        elif isinstance(value, np.ndarray):
            yield f"{name}={value.dtype!r}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()};"
        elif isinstance(value, (bool, int, float, str, bytes, tuple, np.generic, np.dtype)):
            yield f"{name}={value!r};"


def _code_of(names: Mapping[str, Any]) -> Iterator[str]:
    """Yield the code of all functions among names, with how each is compiled; compiled ones of other modules are theirs."""
    for name, value in sorted(names.items()):
        if isinstance(value, Dispatcher) and value.py_func.__module__ != names.get("__name__"):
            continue
        function = getattr(value, "py_func", getattr(value, "_defn", value))
        if isinstance(function, FunctionType):
            options = sorted(getattr(value, "targetoptions", {}).items())
            yield f"{name}({_spelled(function.__code__, function.__doc__)}){options}"


def _spelled(code: CodeType, docstring: str | None = None) -> str:
    """Return byte code and all that it refers to as text, without the docstring, which stands first among the constants."""
    constants = list(code.co_consts)
    if docstring is not None and constants and constants[0] == docstring:
        constants[0] = None
    spelled = [_spelled(each) if isinstance(each, CodeType) else repr(each) for each in constants]
    return f"{code.co_code.hex()}{spelled}{code.co_names}{code.co_varnames}{code.co_freevars}"
