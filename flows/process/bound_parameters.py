"""The parameters of this process: bound before anything that uses them is imported, for as long as it lives.

A command that is asked for other parameters than those in force begins anew, in the same process of the operating system,
with these in its environment. Worker processes inherit the environment, so all workers of a run have the same ones.
"""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from brainstem.parameters import Number, bind, bound, version_of
from connectors.base import ConfigurationError

PARAMETERS_ARGUMENT: Final = "--parameters"
VARIABLE: Final = "BRAINSTEM_BOUND_PARAMETERS"
"""the environment variable that holds the bound values, a JSON object by key; `require_parameters` sets it"""


def bind_from_environment() -> None:
    """Bind what the environment says. Raises `ConfigurationError` where it holds something else than such values."""
    text = os.environ.get(VARIABLE)
    if not text:
        return
    try:
        values = orjson.loads(text)
        bind({key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise ConfigurationError(f"{VARIABLE} is for brainstem itself. Unset it, and use --parameters FILE.") from error


def require_parameters(values: Mapping[str, Number]) -> None:
    """Return where these values, which differ from the defaults, are in force; else begin the command anew with them.

    Call it before anything is opened, written or waited for.
    """
    if bound() == dict(values):
        return
    environment = environment_with(values)
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: a folder named flows in the current folder is not the program
    os.execve(sys.executable, [sys.executable, "-P", "-m", "flows.cli", *sys.argv[1:]], environment)  # noqa: S606 - ours


def environment_with(values: Mapping[str, Number]) -> dict[str, str]:
    """Return the environment of this process for a program that begins with these values, the defaults for none."""
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    return environment | ({VARIABLE: orjson.dumps(dict(values)).decode()} if values else {})


def parameters_argument(values: Iterable[tuple[str, Number]]) -> dict[str, Any]:
    """Return the argument of a run's plan that holds its parameters; none where all are defaults, as in plans of before."""
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in values}
    return {PARAMETERS_ARGUMENT: plain} if plain else {}


def require_bound(values: Mapping[str, Number]) -> None:
    """Raise `ConfigurationError` where these values are not in force in this process: what it would compute is not what
    was asked for.
    """
    if bound() != dict(values):
        raise ConfigurationError(
            f"this process has the parameters {version_of(bound())}, and the run has {version_of(values)}."
            " Start it with `brainstem`, which begins with those of the run."
        )
