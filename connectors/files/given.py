"""What people say of their inputs that no content shows: the order of day and month, the year, names in paths, and formats.

Takes the texts of options, returns patterns and `Given`, one a tenant. A pattern is a path in which `*` stands for any
characters of one name, `**` for any characters at all, and the place in braces for the name that is asked for:
`/var/log/{host}/*.log`. A pattern that does not begin with `/` is that of a path's end. What rotation and compression add to
the end of a name (`.1`, `-20260301`, `.gz`) need not be in it.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from brainstem.contracts.ledger import DateOrder

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199

_PIECE: Final = re.compile(r"\*\*|\*|\{[^{}]*\}|[^*{}]+|[{}]")
_ROTATED: Final = r"(?:[-._][0-9]{1,8}(?:[-T_][0-9]{2,6})?)*(?:\.(?:gz|xz|zst|bz2))?"


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A pattern over paths with one named place, or with none: then a path that fits is named as a whole."""

    text: str
    _compiled: re.Pattern[str] = field(repr=False, compare=False)

    @classmethod
    def of(cls, text: str, place: str) -> "PathPattern":
        """Return the pattern of a text whose place is `{place}`, or which has none where that is empty. Raises ValueError,
        with what is wrong, for any other.
        """
        pieces = _PIECE.findall(text)
        places = [piece for piece in pieces if piece[0] in "{}"]
        if places != ([f"{{{place}}}"] if place else []):
            raise ValueError(f"it must have {{{place}}} once and no other place" if place else "it must have no place")
        translated = "".join(map(_translated, pieces))
        translated = translated if place else f"({translated})"
        begin = "" if text.startswith("/") else "(?:.*/)?"
        return cls(text, re.compile(f"{begin}{translated}{_ROTATED}", re.DOTALL))

    def name_in(self, path: Path) -> str:
        """Return what stands at the place in an absolute path, empty where the pattern does not fit."""
        found = self._compiled.fullmatch(os.fsencode(path).decode("utf-8", "backslashreplace"))
        return found[1] if found else ""


def _translated(piece: str) -> str:
    """Return a piece of a pattern as a regular expression; the shortest name fits, so that a suffix is none of it."""
    if piece == "**":
        return ".*?"
    if piece == "*":
        return "[^/]*?"
    return "([^/]+?)" if piece[0] == "{" else re.escape(piece)


@dataclass(frozen=True, slots=True)
class Given:
    """What is said of the inputs of a tenant; of several patterns the first that fits a path counts."""

    date_order: DateOrder = DateOrder.UNKNOWN
    year: int | None = None
    """of the first stamp of each file that prints none"""
    host_from: tuple[PathPattern, ...] = ()
    service_from: tuple[PathPattern, ...] = ()
    formats: tuple[tuple[str, PathPattern | None], ...] = ()
    """names of formats and of which files they are; None: of those that no pattern fits"""

    def format_of(self, path: Path | None) -> str:
        """Return the name of the format that a file is said to be of, empty for none. `path` is None for a stream."""
        of_path = (name for name, pattern in self.formats if pattern and path and pattern.name_in(path))
        return next(of_path, next((name for name, pattern in self.formats if pattern is None), ""))

    def host_of(self, path: Path) -> str:
        """Return the host that a path names, empty for none."""
        return _first(self.host_from, path)

    def service_of(self, path: Path) -> str:
        """Return the service that a path names, empty for none."""
        return _first(self.service_from, path)


NOTHING_GIVEN: Final = Given()


def _first(patterns: tuple[PathPattern, ...], path: Path) -> str:
    return next((name for pattern in patterns if (name := pattern.name_in(path))), "")
