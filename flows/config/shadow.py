"""The shadow of a live run: other parameters under which its stored records are judged too, for nobody but who asks.

Takes the table `shadow` of the configuration, returns the parameters of the file that it names.
"""

from dataclasses import dataclass
from pathlib import Path

from brainstem.parameters import Number
from flows.config.parameter_file import load_parameters
from flows.config.toml_table import Table


@dataclass(frozen=True, slots=True)
class ShadowSettings:
    """`parameters` are pairs of key and value that differ from the defaults, in order of keys, as the file `config` had them
    at the start of the run.
    """

    config: Path
    parameters: tuple[tuple[str, Number], ...]


def read_shadow(table: Table) -> ShadowSettings | None:
    """Return the shadow that the table `shadow` of a file asks for; None where it names no file. Raises `ConfigurationError`
    with key, value and fix, also for what the file that it names holds.
    """
    named = table.take("config", str, "")
    table.finish()
    if not named:
        return None
    return ShadowSettings(Path(named), tuple(load_parameters("shadow.config", Path(named)).items()))
