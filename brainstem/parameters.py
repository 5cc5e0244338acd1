"""Parameters: the numbers that steer what surfaces, each declared where it is used, with unit and meaning.

A parameter is what is declared as one:

    NOVELTY_POINTS: Final = parameter("novelty.points", 27.0, "decibans", "most that novelty gives")

`parameter` notes the number and returns it as it is, so compiled code sees a plain constant. `declared` returns what the
modules that were imported until then have noted; whoever wants all parameters imports all modules first. A constant that is
not declared (a version, a code, a place in an array, what follows from a parameter) is no parameter.

Keys have the form of tables and keys of a TOML file, and one module declares all of a table. They say what a number belongs
to, not where it stands, so they stay when a module moves.
"""

from dataclasses import dataclass
from typing import Final, TypeVar

Number = int | float | tuple[int, ...]
N = TypeVar("N", int, float, tuple[int, ...])


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that steers what surfaces; `section` is its table and `name` its key there."""

    section: str
    name: str
    value: Number
    unit: str
    meaning: str

    @property
    def key(self) -> str:
        """The dotted key."""
        return f"{self.section}.{self.name}"


_DECLARED: Final[dict[str, Parameter]] = {}


def parameter(key: str, value: N, unit: str, meaning: str) -> N:
    """Note a parameter and return its value.

    `key` is dotted: the table, then the name. Raises ValueError for a key that has been declared with another value, unit
    or meaning.
    """
    section, _, name = key.rpartition(".")
    new = Parameter(section, name, value, unit, meaning)
    if _DECLARED.setdefault(key, new) != new:
        raise ValueError(f"the parameter {key} is declared twice")
    return value


def declared(*sections: str) -> tuple[Parameter, ...]:
    """Return the parameters declared so far, table by table in order of names, each in order of declaration; of `sections`
    and the tables inside them only, where any are named.
    """
    chosen = [each for each in _DECLARED.values() if not sections or _is_within(each.section, sections)]
    return tuple(sorted(chosen, key=lambda each: each.section))


def _is_within(section: str, sections: tuple[str, ...]) -> bool:
    return any(section == each or section.startswith(f"{each}.") for each in sections)
