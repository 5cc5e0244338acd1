"""Whether there is anything to compile, and how far that is: counts the functions that numba has compiled, and says so now
and then while it goes on.

numba tells when it begins and ends to compile a function (https://numba.readthedocs.io/en/stable/developer/event_api.html).
"""

import pkgutil
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from numba.core import event
from numba.core.dispatcher import Dispatcher
from typing_extensions import override

import brainstem
from brainstem.attention.weigh import weigh_all
from brainstem.jit.cache import MachineCode
from brainstem.parameters import bound
from brainstem.signature.tokenizer.scan import sign_rows

SECONDS_BETWEEN_LINES: Final = 10.0
"""also the first one comes this late, so that what is compiled sooner is not told"""

# numba leaves untyped what it tells
_Listener: Any = event.Listener
_register: Any = event.register


def is_compiled() -> bool:
    """Return whether there is machine code for this machine of what every run calls and no parameter changes."""
    return _is_kept(sign_rows)


def is_compiled_for_parameters() -> bool:
    """Return whether there is machine code that was made from the bound parameters; True without any."""
    return not bound() or _is_kept(weigh_all)


def machine_code_of(function: object) -> MachineCode | None:
    """Return the machine code on disk of a function; None where it has none of its own, or is not compiled at all."""
    code = vars(function).get("_cache")
    return code if isinstance(code, MachineCode) else None


def _is_kept(function: object) -> bool:
    code = machine_code_of(function)
    return code is None or code.is_kept()


class CompileProgress(_Listener):  # type: ignore[misc]  # as above
    """Counts functions as they are compiled, and writes a line every ten seconds."""

    def __init__(self, names: frozenset[str], write: Callable[[str], object], clock: Callable[[], float]) -> None:
        self._left = set(names)
        self._total = len(names)
        self._write, self._clock = write, clock
        self._began = self._told = clock()

    @override
    def on_start(self, event: Any) -> None:
        """Do nothing: a function counts once it is compiled."""

    @override
    def on_end(self, event: Any) -> None:
        """Count a function; the same one for other types of arguments counts once."""
        self._left.discard(_name_of(event.data["dispatcher"]))
        now = self._clock()
        done = self._total - len(self._left)
        if done and now - self._told >= SECONDS_BETWEEN_LINES:
            self._told = now
            seconds = (now - self._began) * len(self._left) / done
            self._write(f"compiling: {done} of {self._total} functions, {_in_words(seconds)} left")


def tell_progress(write: Callable[[str], object]) -> None:
    """Have `write` called with a line now and then while this process compiles functions of ours."""
    _register("numba:compile", CompileProgress(function_names(), write, time.monotonic))


def function_names() -> frozenset[str]:
    """Return the names of all functions that may have to be compiled, those of modules not yet loaded among them."""
    for module in pkgutil.walk_packages(brainstem.__path__, f"{brainstem.__name__}."):
        import_module(module.name)
    modules = [module for name, module in sys.modules.items() if name.startswith(f"{brainstem.__name__}.")]
    return frozenset(
        _name_of(each) for module in modules for each in vars(module).values() if isinstance(each, Dispatcher)
    )


def _name_of(function: Any) -> str:
    return f"{function.py_func.__module__}.{function.py_func.__qualname__}"


def _in_words(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    return "about a minute" if minutes == 1 else f"about {minutes} minutes"
