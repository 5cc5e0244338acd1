"""Failures of this program on single records: each cause is reported once, and all records are counted.

Takes exceptions, writes one line for each cause to standard error, and returns the counts for the status. An exception may
quote what a record holds, so its text is redacted.
"""

import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from brainstem.explain.redaction.redact import clean

MOST_CAUSES: Final = 20
"""causes that are counted one by one. An exception that quotes records in its own way looks like a new cause with each"""
OTHERS: Final = "other causes"
"""the cause under which all further ones are counted"""
QUOTED_CHARACTERS: Final = 4000
"""of an exception's message that are looked at"""
QUOTED: Final = re.compile(r"""b?'[^']*'|b?"[^"]*\"""")


def cause_of(error: BaseException) -> str:
    """Return type, message, file and line of an exception as one line of text; what stands in quotes is left out, because it
    may be a secret, and the rest is redacted.
    """
    # redacted before quotes go, for a secret may be known by the quoted name beside it
    said = QUOTED.sub("…", clean(str(error), QUOTED_CHARACTERS))
    text = clean(f"{type(error).__name__}: {said}")
    frames = traceback.extract_tb(error.__traceback__)
    return f"{text} ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else text


def _to_standard_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")


class Failures:
    """How many records were set aside for each cause, in one process; `report` gets the line about a new cause."""

    def __init__(self, report: Callable[[str], None] = _to_standard_error) -> None:
        self._report = report
        self._records: dict[str, int] = {}

    def note(self, error: BaseException, where: str, records: int) -> None:
        """Count records set aside for an exception, 0 where each of them could be read by itself after all.

        A new cause is reported with `where`, the source and position at which it occurred first.
        """
        cause = cause_of(error)
        if cause not in self._records and len(self._records) >= MOST_CAUSES:
            cause = OTHERS
        if cause not in self._records:
            consequence = (
                "is set aside as unprocessable"
                if records
                else "and the others of its batch were read one part at a time"
            )
            self._report(f"{where} {consequence}; a fault of this program: {cause}")
        self._records[cause] = self._records.get(cause, 0) + records

    @property
    def records(self) -> int:
        """Return how many records were set aside."""
        return sum(self._records.values())

    def by_cause(self) -> dict[str, int]:
        """Return how many records were set aside by cause, in the order in which causes first occurred."""
        # a copy is one step of the interpreter, so no lock is needed though another thread may be counting
        return self._records.copy()
