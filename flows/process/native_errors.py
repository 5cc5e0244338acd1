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
from typing import Final

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
def without_known_panics(*, every: bool = False) -> Iterator[None]:
    """Leave the panics of a store that takes no writes out of standard error while the block runs, or `every` one where the
    caller tells what has happened.

    Python's own lines go to standard error as before; where that is no file, as in a test, nothing is changed.
    """
    own = sys.stderr
    try:
        is_plain = own is not None and own.fileno() == _STDERR
    except (OSError, ValueError):
        is_plain = False
    if not is_plain:
        yield
        return
    own.flush()
    original = os.dup(_STDERR)
    received, sent = os.pipe()
    fcntl.fcntl(sent, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    sys.stderr = os.fdopen(os.dup(original), "w", buffering=1, encoding=own.encoding, errors=own.errors)
    os.dup2(sent, _STDERR)
    os.close(sent)
    passing = threading.Thread(
        target=pass_on, args=(received, lambda written: _write(original, written), every), name="errors", daemon=True
    )
    passing.start()
    try:
        yield
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


def pass_on(received: int, write: Callable[[bytes], None], every: bool = False) -> None:
    """Read lines from a file descriptor until it ends and write them, without the panics that are known, or `every` one."""
    waiting, panic = b"", None
    while block := os.read(received, 1 << 16):
        *lines, waiting = (waiting + block).split(b"\n")
        for line in lines:
            panic = _passed(line + b"\n", panic, write, every)
    if waiting:
        panic = _passed(waiting, panic, write, every)
    if panic is not None:
        _end(panic, write, every)


def _passed(line: bytes, panic: bytes | None, write: Callable[[bytes], None], every: bool) -> bytes | None:
    """Write a line, or return the panic that it is part of: a panic ends with a note."""
    if panic is None and not _PANIC.match(line):
        write(line)
        return None
    panic = (panic or b"") + line
    if not line.startswith(_LAST_LINE):
        return panic
    _end(panic, write, every)
    return None


def _end(panic: bytes, write: Callable[[bytes], None], every: bool) -> None:
    """Write a panic, unless it is told in words."""
    if not every and _OF_PYTHON not in panic and not STORE_NOT_WRITABLE.search(panic.decode("utf-8", "replace")):
        write(panic)


def _write(descriptor: int, written: bytes) -> None:
    while written:
        written = written[os.write(descriptor, written) :]
