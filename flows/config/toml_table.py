"""Tables of a TOML file: every fault names key, value and fix, and a key that nobody takes is a fault."""

import difflib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from connectors.base import ConfigurationError

T = TypeVar("T")
_KIND_WORDS: Final = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


def read_toml(option: str, path: Path) -> dict[str, Any]:
    """Return the parsed file that an option names. Raises `ConfigurationError` when it cannot be read or is no TOML."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{option} {path} cannot be read: {error.strerror}. Check path and rights.") from error
    except RecursionError as error:
        raise ConfigurationError(f"{option} {path} is no configuration: it is nested too deep.") from error
    except ValueError as error:
        # no TOML, no UTF-8, or a number of thousands of digits
        raise ConfigurationError(f"{option} {path} is no TOML: {error}.") from error
    if not _is_storable(values):
        raise ConfigurationError(f"{option} {path} is no TOML: an integer has more than 64 bits.")
    return values


def _is_storable(value: object) -> bool:
    """Return whether all integers in a value have at most 64 bits, which TOML requires and its reader does not check."""
    if isinstance(value, dict | list):
        return all(map(_is_storable, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, int) or -(1 << 63) <= value < 1 << 63


class Table:
    """One table: `take` each key that is known, then call `finish`, which refuses those that are left.

    `name` is the dotted name of the table in messages, empty for the whole file.
    """

    def __init__(self, values: dict[str, Any], name: str = "") -> None:
        self._values = dict(values)
        self._known: list[str] = []
        self.name = name

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def holds_table(self, key: str) -> bool:
        """Return whether a key has a table as its value."""
        return isinstance(self._values.get(key), dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys that were not taken yet."""
        return tuple(self._values)

    def full(self, key: str) -> str:
        """Return the dotted name of a key, with that of its table."""
        return f"{self.name}.{key}" if self.name else key

    def take(self, key: str, kind: type[T], default: T) -> T:
        """Return a value of type `kind` and take it out of the table; `default` where it is absent.

        A whole number is accepted as a number too, and a truth value is no number. Raises `ConfigurationError`.
        """
        self._known.append(key)
        value = self._values.pop(key, default)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return kind(value)  # type: ignore[call-arg]  # it is float
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fault(key, value, f"Give {_KIND_WORDS[kind]}.")
        return value

    def take_required(self, key: str, kind: type[T], fix: str) -> T:
        """Take a value that must be present. Raises `ConfigurationError` with the fix."""
        if key not in self._values:
            raise ConfigurationError(f"{self.full(key)} is missing. {fix}")
        return self.take(key, kind, kind())

    def take_texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts, empty where it is absent. Raises `ConfigurationError`."""
        values = self.take(key, list, [])
        for value in values:
            if not isinstance(value, str):
                raise self.fault(key, value, "Give a list of texts.")
        return tuple(values)

    def take_table(self, key: str) -> "Table":
        """Take a table within this one, empty where it is absent. The caller must finish it."""
        return Table(self.take(key, dict, {}), self.full(key))

    def take_rest(self) -> dict[str, Any]:
        """Take all keys that are left, where only somebody else knows which keys there can be."""
        rest, self._values = self._values, {}
        return rest

    def take_checked(self, key: str, kind: type[T], default: T, holds: Callable[[T], bool], fix: str) -> T:
        """Take a value for which `holds` must be true. Raises `ConfigurationError` with the fix."""
        value = self.take(key, kind, default)
        if not holds(value):
            raise self.fault(key, value, fix)
        return value

    def fault(self, key: str, value: object, fix: str) -> ConfigurationError:
        """Return the error for a value that cannot be used."""
        return ConfigurationError(f"{self.full(key)} = {value!r} cannot be used. {fix}")

    def finish(self) -> None:
        """Raise `ConfigurationError` for a key that was not taken: a misspelt one would have no effect, silently."""
        for key in self._values:
            near = difflib.get_close_matches(key, self._known, 1)
            fix = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(sorted(self._known))}."
            raise ConfigurationError(f"{self.full(key)} is not a known key. {fix}")
