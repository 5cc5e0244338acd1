"""All that the program may load, loaded: `tests.support.program` imports this in the process that it forks.

Nothing may run here, as threads do not survive a fork.
"""

import pkgutil
import sys
from importlib import import_module

from numba.core.dispatcher import Dispatcher

import brainstem
import connectors
import flows
import state
from brainstem.jit.cache import MachineCode


def _load_modules() -> None:
    """Import every module of the product."""
    for package in (brainstem, state, connectors, flows):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(".__main__"):
                import_module(module.name)


def _load_machine_code() -> None:
    """Load what is on disk of every compiled function; what is not there is left to whoever calls it."""
    functions = {
        id(value): value
        for module in list(sys.modules.values())
        for value in list(vars(module).values())
        if isinstance(value, Dispatcher) and isinstance(vars(value).get("_cache"), MachineCode)
    }
    for function in functions.values():
        for types in vars(function)["_cache"].signatures():
            function.compile(types)


_load_modules()
_load_machine_code()
