"""What all commands share: exit statuses, what goes to standard error, and faults turned into both."""

import errno
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from brainstem.arrays.state_version import StateVersionError
from connectors.base import ConfigurationError, InputError
from flows.process.stop_request import StoppedError
from state.store.parquet_store import OutputInUseError

FINDINGS: Final = 1
UNREADABLE: Final = 2
BAD_CONFIGURATION: Final = 3
INTERNAL_FAULT: Final = 70
"""EX_SOFTWARE of sysexits.h; a traceback must not look like findings"""
STOPPED: Final = 75
"""EX_TEMPFAIL of sysexits.h; start it again with --resume"""


class Notes:
    """Standard error, line by line."""

    def print(self, text: str) -> None:
        """Write a line."""
        sys.stderr.write(f"{text}\n")


notes: Final = Notes()


def moment(option: str, text: str | None, zone: str) -> int | None:
    """Read an ISO 8601 moment; one without an offset is in `zone`. Gives microseconds since the epoch, UTC."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"{option} = {text!r} is no moment. Give ISO 8601, such as 2026-03-01T12:00:00Z."
        ) from error
    when = when if when.tzinfo else when.replace(tzinfo=ZoneInfo(zone))
    return int((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000


def say_whether_it_compiles() -> None:
    """Note that a first run has to compile its loops."""
    from flows.runs.compile_ahead import is_compiled

    if not is_compiled():
        notes.print("first run on this machine: compiling takes two to five minutes, once")


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show a running count of records and bytes while stderr is a terminal."""
    # loaded only where somebody may look
    if not sys.stderr.isatty() and "FORCE_COLOR" not in os.environ:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (
        BarColumn(),
        TextColumn("{task.fields[records]:,} records, {task.completed:,.0f} bytes"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None, records=0)
        seen = [0]

        def observe(records: int, byte_count: int) -> None:
            seen[0] += records
            bar.update(task, advance=byte_count, records=seen[0])

        yield observe


_STORE_REFUSED: Final = re.compile(
    r"SqliteFailure\(Error \{ code: (?:DiskFull|ReadOnly|SystemIoFailure),.*?Some\(\"(.*?)\""
)
"""what the engine says, in a panic, when its store cannot be written"""


def _cannot_write(where: str, why: str) -> int:
    """Say what to do about a disk that takes nothing; gives the exit status."""
    notes.print(
        f"brainstem: cannot write{where}: {why}. Operator action: make room, then start it again (a replay with --resume);"
        " it goes on from its last snapshot."
    )
    return UNREADABLE


def status_of(error: Exception) -> int:
    """Say on standard error what went wrong; gives the exit status. The engine wraps what its steps raise."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, StoppedError):
            notes.print(f"brainstem: {cause}")
            return STOPPED
        if isinstance(cause, ConfigurationError | OutputInUseError | StateVersionError):
            notes.print(f"brainstem: {cause}")
            return BAD_CONFIGURATION
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            return _cannot_write(f" {cause.filename}" if cause.filename else "", str(cause.strerror))
        if isinstance(cause, RuntimeError) and (engine := _STORE_REFUSED.search(str(cause))):
            return _cannot_write(" the recovery store", engine[1])
        if isinstance(cause, InputError):
            notes.print(f"brainstem: {cause}")
            return UNREADABLE
        cause = cause.__cause__ or cause.__context__
    notes.print("".join(traceback.format_exception(error)))
    return INTERNAL_FAULT
