"""Failures of this program itself on single records: each cause told once, and counted.

Takes exceptions, gives one line a cause on standard error and the counts for the status. Text of an exception may repeat
what a record holds, so it is redacted.
"""

import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from brainstem.explain.redact import clean

MOST_CAUSES: Final = 20
"""An exception that quotes records has as many causes as there are records; what is over is counted as one."""
OTHERS: Final = "other causes"
QUOTED: Final = re.compile(r"""b?'[^']*'|b?"[^"]*\"""")


def cause_of(error: BaseException) -> str:
    """Return type, message and place of an exception as one redacted line; what it quotes may be a secret, and is left
    out.
    """
    told = clean(f"{type(error).__name__}: {QUOTED.sub('…', str(error))}")
    frames = traceback.extract_tb(error.__traceback__)
    return f"{told} ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else told


def _to_standard_error(line: str) -> None:
    sys.stderr.write(f"{line}\n")


class Failures:
    """How many records were set aside for each cause, in one process."""

    def __init__(self, tell: Callable[[str], None] = _to_standard_error) -> None:
        self._tell = tell
        self._records: dict[str, int] = {}

    def note(self, error: BaseException, where: str, records: int) -> None:
        """Count records set aside for an exception; a cause that is new is told, with where it was met first."""
        cause = cause_of(error)
        if cause not in self._records and len(self._records) >= MOST_CAUSES:
            cause = OTHERS
        if cause not in self._records:
            became = (
                "is set aside as unprocessable"
                if records
                else "and the others of its batch were read one part at a time"
            )
            self._tell(f"{where} {became}; a fault of this program: {cause}")
        self._records[cause] = self._records.get(cause, 0) + records

    @property
    def records(self) -> int:
        """Count the records that were set aside."""
        return sum(self._records.values())

    def by_cause(self) -> dict[str, int]:
        """Return the records set aside by cause, in the order in which causes were met."""
        # one step of the interpreter: another thread may be counting
        return self._records.copy()
