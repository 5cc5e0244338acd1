"""What all commands share: exit statuses, notes and progress on standard error, and what is said of a failure."""

import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from brainstem.arrays.state_version import StateVersionError
from brainstem.text.phrases import printable
from connectors.base import ConfigurationError, InputError, NothingFoundError
from flows.process.cluster import TOLD_STATUSES, WorkerFailedError
from flows.process.native_errors import STORE_NOT_WRITABLE
from flows.process.stop_request import STOPPED_STATUS, StoppedError

FINDINGS: Final = 1
UNREADABLE: Final = 2
BAD_CONFIGURATION: Final = 3
INTERNAL_FAULT: Final = 70
"""EX_SOFTWARE of sysexits.h; Python itself ends with 1 after a traceback, and that would look like findings"""
STOPPED: Final = STOPPED_STATUS


class Notes:
    """Standard error, one line at a time."""

    def print(self, text: str) -> None:
        """Write a line; names of files and texts of logs cannot send commands to a terminal through it."""
        sys.stderr.write(f"{without_controls(text)}\n")


notes: Final = Notes()


def without_controls(text: str) -> str:
    """Return a text of one or more lines, in which control characters other than line ends are escapes."""
    return "\n".join(printable(line) for line in text.split("\n"))


def parse_moment_us(option: str, text: str | None, zone: str) -> int | None:
    """Return the ISO 8601 moment that an option has, in microseconds since the epoch, UTC, cut to whole seconds; None
    where the option is not given. A moment without an offset is in `zone`. Raises `ConfigurationError`.
    """
    if text is None:
        return None
    from flows.config.settings import parse_moment

    try:
        moment = parse_moment(text, zone)
    except ValueError as error:
        raise ConfigurationError(
            f"{option} = {text!r} is no moment. Give ISO 8601, such as 2026-03-01T12:00:00Z."
        ) from error
    return int(moment.timestamp()) * 1_000_000


def note_first_compilation() -> None:
    """Write a note when this run has to compile its loops first, which takes minutes, and then how far that is."""
    from flows.runs.compile_progress import is_compiled, is_compiled_for_parameters, tell_progress

    if not is_compiled():
        notes.print("first run on this machine: compiling takes two to three minutes of a core, once")
        tell_progress(notes.print)
    elif not is_compiled_for_parameters():
        notes.print("other parameters: what is made from them is compiled, which takes up to two minutes, once")


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show a running count of records and bytes on standard error while the block runs.

    Yields the function that takes the records and bytes read since its last call; None where standard error is no
    terminal.
    """
    # rich is loaded only where its output can be seen, because loading it delays the start
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
        records_so_far = 0

        def observe(records: int, byte_count: int) -> None:
            nonlocal records_so_far
            records_so_far += records
            bar.update(task, advance=byte_count, records=records_so_far)

        yield observe


_NO_WRITES: Final = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_GONE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV, errno.ENXIO)
_FORBIDDEN: Final = (errno.EACCES, errno.EPERM)
_FAULTY: Final = (errno.EIO,)
_TOO_MANY: Final = (errno.EMFILE, errno.ENFILE)


def _cannot_write(where: str, why: str) -> int:
    """Write what to do about a disk that takes no writes; return the exit status."""
    notes.print(
        f"brainstem: cannot write{where}: {why}. Operator action: make room, or make the disk writable, then start it again"
        " (a replay with --resume); it goes on from its last snapshot."
    )
    return UNREADABLE


def _action_about(error: OSError) -> str:
    """Return what to do about a file that the operating system does not give; empty for another sort of error."""
    if error.errno in _GONE:
        return (
            "what lay there was removed, moved or unmounted while it was in use; put it back and start the command again, or"
            " begin anew with a new folder"
        )
    if error.errno in _FORBIDDEN:
        return "run the command as the user whose file it is, or allow this user to read and write there"
    if error.errno in _FAULTY:
        return "check the disk (the kernel's log says more) before anything is written to it again"
    if error.errno in _TOO_MANY:
        return "allow the process more open files (ulimit -n, LimitNOFILE of a unit)"
    # an error that names no file may be that of a connection
    return "make it a file or folder that can be used, or give another" if error.filename else ""


def _report_file(error: OSError) -> bool:
    """Write what is wrong with a file or its disk, and what to do; return whether this is such an error."""
    action = _action_about(error)
    if not action:
        return False
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    notes.print(f"brainstem: {where}{error.strerror}. Operator action: {action}.")
    return True


def report_failure(error: Exception) -> int:
    """Write what went wrong to standard error, and return the exit status.

    The first exception of a known type counts, from `error` on along its causes: Bytewax wraps what its steps raise, more
    than once. Without a known one it is a fault of this program, and the whole traceback is written.
    """
    # loads the Parquet library, for which a help or a successful digest must not wait
    from state.store.memory_file import MemoryFileError
    from state.store.parquet_store import MissingFilesError, OutputInUseError

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, WorkerFailedError) and cause.status in TOLD_STATUSES:
            # the worker has told it
            return cause.status
        if isinstance(cause, StoppedError):
            notes.print(f"brainstem: {cause}")
            return STOPPED
        if isinstance(cause, ConfigurationError | OutputInUseError | StateVersionError):
            notes.print(f"brainstem: {cause}")
            return BAD_CONFIGURATION
        if isinstance(cause, OSError) and cause.errno in _NO_WRITES:
            return _cannot_write(f" {cause.filename}" if cause.filename else "", str(cause.strerror))
        if isinstance(cause, OSError) and _report_file(cause):
            return UNREADABLE
        if isinstance(cause, RuntimeError) and (panic := STORE_NOT_WRITABLE.search(str(cause))):
            return _cannot_write(" the recovery store", panic[1])
        if isinstance(cause, NothingFoundError):
            notes.print(f"brainstem: {cause}")
            return FINDINGS
        if isinstance(cause, InputError | MissingFilesError | MemoryFileError):
            notes.print(f"brainstem: {cause}")
            return UNREADABLE
        cause = cause.__cause__ or cause.__context__
    notes.print("".join(traceback.format_exception(error)))
    return INTERNAL_FAULT
