"""What is expected of a run: items that must, and items that must not appear.

Takes a file, TOML or JSON lines, and returns expectations; takes the items of a run, and returns those that are not met. In
TOML each is a table `[[must]]` or `[[must_not]]`, in JSON lines an object with `"expect": "must"` or `"must_not"`. Its keys
say of which items: all that are given have to hold of one item (docs/backtest.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson

from connectors.base import ConfigurationError
from flows.config.toml_table import Table, read_toml
from flows.reports.backtest.comparison import Shown

MUST: Final = "must"
MUST_NOT: Final = "must_not"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
TEXT_KEYS: Final = ("tenant", "family", "signature", "kind", "host", "service", "words")


@dataclass(frozen=True, slots=True)
class Expectation:
    """Items that must, or must not appear. A key that is empty, or a time that is None, holds of every item."""

    must: bool
    name: str
    tenant: str = ""
    family: str = ""
    signature: str = ""
    kind: str = ""
    host: str = ""
    service: str = ""
    words: str = ""
    """all of them stand in the headline or the template, in any case"""
    before_us: int | None = None
    after_us: int | None = None

    def holds_of(self, shown: Shown) -> bool:
        """Return whether an item is one of those that are meant."""
        text = f"{shown.what} {shown.template}".casefold()
        return (
            self.tenant in ("", shown.tenant)
            and self.family in ("", shown.family)
            and self.kind in ("", *shown.kinds)
            and (not self.signature or self.signature in shown.signatures)
            and (not self.host or self.host in shown.hosts)
            and (not self.service or self.service in shown.services)
            and all(word in text for word in self.words.casefold().split())
            and (self.before_us is None or shown.time_us < self.before_us)
            and (self.after_us is None or shown.time_us >= self.after_us)
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """An expectation, and the items that it holds of."""

    expectation: Expectation
    items: tuple[Shown, ...]

    @property
    def is_met(self) -> bool:
        """Return whether there are items, or none where there must be none."""
        return bool(self.items) == self.expectation.must

    @property
    def told(self) -> str:
        """Return in words why it is not met."""
        if self.expectation.must:
            return "no item is as expected"
        return f"there is {self.items[0].id} of {self.items[0].tenant}: {self.items[0].what}"


def outcomes(expected: Sequence[Expectation], items: Sequence[Shown]) -> list[Outcome]:
    """Return each expectation with the items that it holds of, in order of time."""
    ordered = sorted(items, key=lambda shown: shown.order)
    return [Outcome(each, tuple(shown for shown in ordered if each.holds_of(shown))) for each in expected]


def load_expectations(path: Path) -> list[Expectation]:
    """Return what a file expects. Raises `ConfigurationError` with key, value and fix."""
    if path.suffix == ".toml":
        root = Table(read_toml("--expect", path))
        found = [
            _expectation(which, each, f"{which}[{number}]")
            for which in (MUST, MUST_NOT)
            for number, each in enumerate(root.take(which, list, []), 1)
        ]
        root.finish()
    else:
        found = [_of_line(path, number, line) for number, line in _lines(path)]
    if not found:
        raise ConfigurationError(f"--expect {path} expects nothing. Give [[must]] or [[must_not]] tables.")
    return found


def _lines(path: Path) -> list[tuple[int, bytes]]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ConfigurationError(f"--expect {path} cannot be read: {error.strerror}. Check path and rights.") from error
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def _of_line(path: Path, number: int, line: bytes) -> Expectation:
    try:
        members = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(
            f"--expect {path} line {number} is no JSON ({error}). Give JSON lines, or TOML in a file that ends in .toml."
        ) from error
    if not isinstance(members, dict) or members.get("expect") not in (MUST, MUST_NOT):
        raise ConfigurationError(f'--expect {path} line {number}: give an object with "expect": "must" or "must_not".')
    which = members.pop("expect")
    return _expectation(which, members, f"line {number}")


def _expectation(which: str, values: Any, where: str) -> Expectation:
    if not isinstance(values, dict):
        raise ConfigurationError(f"--expect: {where} = {values!r} cannot be used. Give a table [[{which}]].")
    table = Table(values, where)
    texts = {key: table.take(key, str, "") for key in TEXT_KEYS}
    before_us, after_us = _moment_us(table, "before"), _moment_us(table, "after")
    name = table.take("name", str, "")
    table.finish()
    if not any(texts.values()):
        raise ConfigurationError(f"--expect: {where} names no item. Give one or more of {', '.join(TEXT_KEYS)}.")
    named = ", ".join(f"{key} {text}" for key, text in texts.items() if text)
    return Expectation(which == MUST, name or named, before_us=before_us, after_us=after_us, **texts)


def _moment_us(table: Table, key: str) -> int | None:
    """Take a moment, in microseconds since the epoch, UTC; None where it is absent. One without an offset is in UTC."""
    value = table.take(key, object, "")
    if value == "":
        return None
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise table.fault(key, value, "Give ISO 8601, such as 2026-03-01T12:00:00Z.") from error
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // timedelta(microseconds=1)
