"""Parameters: the numbers that steer what surfaces, each declared where it is used, with unit and meaning.

A parameter is what is declared as one:

    NOVELTY_POINTS: Final = parameter("novelty.points", 27.0, "decibans", "most that novelty gives")

`parameter` notes the number and returns the one in force, so compiled code sees a plain constant. `declared` returns what
the modules that were imported until then have noted; whoever wants all parameters imports all modules first. A constant that
is not declared (a version, a code, a place in an array, what follows from a parameter) is no parameter.

A process has one set of parameters, from its first import on: `bind` comes before the modules that declare them, and what
follows from a parameter, in Python or in machine code, follows from the number that was bound. The key under which machine
code is kept holds the constants that it was made from (`jit.cache_key`), so code made from other numbers is never used.

Keys have the form of tables and keys of a TOML file, and one module declares all of a table. They say what a number belongs
to, not where it stands, so they stay when a module moves.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

Number = int | float | tuple[int, ...]
N = TypeVar("N", int, float, tuple[int, ...])

DEFAULT_VERSION: Final = "default"
"""the parameter version of a run in which no parameter has another value than its default"""
STORED_SHAPE: Final = "stored state has this shape, and state of another shape could not be read back"
"""why a parameter is fixed: rows of snapshots are as long as it says, or their places mean what it says"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that steers what surfaces; `section` is its table and `name` its key there.

    `value` is in force, `default` is what the code has. `fixed` says why no other value can be set, and is empty where one
    can. `least` and `most` bound it further than its unit does, where they are not None.
    """

    section: str
    name: str
    value: Number
    unit: str
    meaning: str
    default: Number
    fixed: str = ""
    least: float | None = None
    most: float | None = None

    @property
    def key(self) -> str:
        """The dotted key."""
        return f"{self.section}.{self.name}"


_DECLARED: Final[dict[str, Parameter]] = {}
_BOUND: Final[dict[str, Number]] = {}


def bind(values: Mapping[str, Number]) -> None:
    """Bind parameters to other values than their defaults, for as long as this process lives.

    The values have been checked before (`flows.config.parameter_file`). Raises RuntimeError for a parameter that has been
    declared with another value already: constants, and what follows from them, have that one.
    """
    late = sorted(key for key, value in values.items() if key in _DECLARED and _DECLARED[key].value != value)
    if late:
        raise RuntimeError(f"too late to bind {', '.join(late)}: modules that use them are imported already")
    _BOUND.update(values)


def bound() -> dict[str, Number]:
    """Return the values that were bound, by key in order of keys."""
    return dict(sorted(_BOUND.items()))


def version_of(values: Mapping[str, Number]) -> str:
    """Return the parameter version: `DEFAULT_VERSION` without values, or `p-` and eight hexadecimal digits, a hash of the
    values that differ from the defaults.
    """
    if not values:
        return DEFAULT_VERSION
    text = "\n".join(f"{key} = {value!r}" for key, value in sorted(values.items()))
    return f"p-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def parameter(
    key: str,
    value: N,
    unit: str,
    meaning: str,
    *,
    fixed: str = "",
    least: float | None = None,
    most: float | None = None,
) -> N:
    """Note a parameter and return its value: the one that was bound, or its default `value`.

    `key` is dotted: the table, then the name. `fixed` is the reason why it cannot be set; `least` and `most` bound it.
    Raises ValueError for a key that has been declared with another value, unit or meaning, and TypeError where a value of
    another type was bound.
    """
    section, _, name = key.rpartition(".")
    chosen = _BOUND.get(key, value)
    if type(chosen) is not type(value):
        raise TypeError(f"the parameter {key} was bound to {chosen!r}, and it is like {value!r}")
    new = Parameter(section, name, chosen, unit, meaning, value, fixed, least, most)
    if _DECLARED.setdefault(key, new) != new:
        raise ValueError(f"the parameter {key} is declared twice")
    return chosen


def declared(*sections: str) -> tuple[Parameter, ...]:
    """Return the parameters declared so far, table by table in order of names, each in order of declaration; of `sections`
    and the tables inside them only, where any are named.
    """
    chosen = [each for each in _DECLARED.values() if not sections or _is_within(each.section, sections)]
    return tuple(sorted(chosen, key=lambda each: each.section))


def _is_within(section: str, sections: tuple[str, ...]) -> bool:
    return any(section == each or section.startswith(f"{each}.") for each in sections)
