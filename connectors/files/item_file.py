"""Items as JSON lines: one file that grows, and can be cut back to what was durable."""

import os
from pathlib import Path


class ItemFile:
    """An append-only file of lines, opened at a known length."""

    def __init__(self, path: Path, length: int) -> None:
        """Open (or make) the file, cut to `length` bytes: what lies beyond came after the last durable state."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
        os.ftruncate(self._descriptor, length)
        os.lseek(self._descriptor, length, os.SEEK_SET)
        self._length = length

    def append(self, line: bytes) -> None:
        """Write one line; it is durable after the next `sync`."""
        view = memoryview(line + b"\n")
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._length += len(line) + 1

    def sync(self) -> int:
        """Make everything durable; gives the length of the file in bytes."""
        os.fsync(self._descriptor)
        return self._length
