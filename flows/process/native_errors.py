"""What compiled libraries write to standard error by themselves, without what is told in words anyway.

The engine is written in Rust: where it cannot write its recovery store it panics, which writes a page of stack frames before
the exception reaches Python. `flows.cli` says what to do about it. Everything else passes as it is.
"""

import fcntl
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

STORE_NOT_WRITABLE: Final = re.compile(
    r"SqliteFailure\(Error \{ code: (?:DiskFull|ReadOnly|SystemIoFailure|CannotOpen|PermissionDenied),.*?Some\(\"(.*?)\""
)
"""what Bytewax says in a panic when it cannot write its recovery store"""
_OF_PYTHON: Final = b"\nBox<dyn Any>\n"
"""what Rust says of a panic that carries an exception of ours, which is told by itself"""
_PIPE_BYTES: Final = 1 << 20
"""room for what a library writes while it holds the interpreter, and nobody can read"""
_PANIC: Final = re.compile(rb"thread '.*' (?:\(\d+\) )?panicked at ")
_LAST_LINE: Final = b"note: "


@contextmanager
def without_known_panics(*, every: bool = False) -> Iterator[list[str]]:
    """Leave the panics of a store that takes no writes out of standard error while the block runs, or `every` one where the
    caller tells what has happened. Yields the list of what the store's own say, which is whole behind the block.

    Python's own lines go to standard error as before; where that is no file, as in a test, nothing is changed.
    """
    own = sys.stderr
    try:
        is_plain = own is not None and own.fileno() == _STDERR
    except (OSError, ValueError):
        is_plain = False
    told: list[str] = []
    if not is_plain:
        yield told
        return
    own.flush()
    original = os.dup(_STDERR)
    received, sent = os.pipe()
    fcntl.fcntl(sent, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    sys.stderr = os.fdopen(os.dup(original), "w", buffering=1, encoding=own.encoding, errors=own.errors)
    os.dup2(sent, _STDERR)
    os.close(sent)
    passing = threading.Thread(
        target=pass_on,
        args=(received, lambda written: _write(original, written), every, told),
        name="errors",
        daemon=True,
    )
    passing.start()
    try:
        yield told
    finally:
        sys.stderr.close()
        sys.stderr = own
        # the last writing end of the pipe is gone with this, which ends the thread
        os.dup2(original, _STDERR)
        passing.join(timeout=_JOIN_SECONDS)
        os.close(received)
        os.close(original)


_STDERR: Final = 2
_JOIN_SECONDS: Final = 5.0
"""a process that was started meanwhile may keep the pipe open"""


def pass_on(received: int, write: Callable[[bytes], None], every: bool = False, told: list[str] | None = None) -> None:
    """Read lines from a file descriptor until it ends and write them, without the panics that are known, or `every` one.

    Panics of a store that takes no writes are added to `told`.
    """
    waiting, panic = b"", None
    ends = _End(write, every, [] if told is None else told)
    while block := os.read(received, 1 << 16):
        *lines, waiting = (waiting + block).split(b"\n")
        for line in lines:
            panic = _passed(line + b"\n", panic, ends)
    if waiting:
        panic = _passed(waiting, panic, ends)
    if panic is not None:
        ends.end(panic)


class _End(NamedTuple):
    """Where lines go, and what becomes of a panic that has ended."""

    write: Callable[[bytes], None]
    every: bool
    told: list[str]

    def end(self, panic: bytes) -> None:
        """Write a panic, unless it is told in words."""
        text = panic.decode("utf-8", "replace")
        if STORE_NOT_WRITABLE.search(text):
            self.told.append(text)
        elif not self.every and _OF_PYTHON not in panic:
            self.write(panic)


def _passed(line: bytes, panic: bytes | None, ends: _End) -> bytes | None:
    """Write a line, or return the panic that it is part of: a panic ends with a note."""
    if panic is None and not _PANIC.match(line):
        ends.write(line)
        return None
    panic = (panic or b"") + line
    if not line.startswith(_LAST_LINE):
        return panic
    ends.end(panic)
    return None


def _write(descriptor: int, written: bytes) -> None:
    while written:
        written = written[os.write(descriptor, written) :]
