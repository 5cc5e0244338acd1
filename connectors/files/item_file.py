"""Items as JSON lines: one file that is appended to, and is cut back to its durable length when a run resumes."""

import os
from pathlib import Path

from connectors.base import InputError


def require_lines(path: Path, length: int) -> None:
    """Check that a file holds at least `length` bytes and that a line ends there; one that is not there holds none.

    Raises `ItemsLostError` where it does not.
    """
    held, last = 0, b""
    if length and path.is_file():
        with path.open("rb") as file:
            held = file.seek(0, os.SEEK_END)
            file.seek(length - 1)
            last = file.read(1)
    if length and last != b"\n":
        raise ItemsLostError(
            f"{path} holds {held:,} bytes, and not the lines of {length:,} bytes that this run had written."
        )


class ItemsLostError(InputError):
    """A file of items holds less than what was durable of it, or other bytes."""


class ItemFile:
    """An append-only file of lines, opened at a known length."""

    def __init__(self, path: Path, length: int) -> None:
        """Open or create the file and cut it to `length` bytes; what stands behind was written after the last snapshot, and
        will be written again.

        Raises `InputError`, and leaves the file as it is, where it is shorter than that or has no line that ends there.
        """
        try:
            require_lines(path, length)
        except ItemsLostError as error:
            raise InputError(
                f"{error} Operator action: restore the file from a copy, or start anew with an empty folder."
            ) from error
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        os.ftruncate(self._descriptor, length)
        os.lseek(self._descriptor, length, os.SEEK_SET)
        self._length = length

    def append(self, line: bytes) -> None:
        """Append a line, given without its newline; it is durable after the next `sync`."""
        view = memoryview(line + b"\n")
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._length += len(line) + 1

    def sync(self) -> int:
        """Make durable what was appended; return the length of the file in bytes."""
        os.fsync(self._descriptor)
        return self._length
