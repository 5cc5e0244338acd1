"""Items as JSON lines: one file that is appended to, and is cut back to its durable length when a run resumes."""

import os
from pathlib import Path

from connectors.base import InputError


class ItemFile:
    """An append-only file of lines, opened at a known length."""

    def __init__(self, path: Path, length: int) -> None:
        """Open or create the file and cut it to `length` bytes; what stands behind was written after the last snapshot, and
        will be written again.

        Raises `InputError`, and leaves the file as it is, where it is shorter than that or has no line that ends there.
        """
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        held = os.fstat(self._descriptor).st_size
        if length and (held < length or os.pread(self._descriptor, 1, length - 1) != b"\n"):
            os.close(self._descriptor)
            raise InputError(
                f"{path} holds {held:,} bytes, and not the lines of {length:,} bytes that this run had written. Operator"
                " action: restore the file from a copy, or start anew with an empty folder."
            )
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
