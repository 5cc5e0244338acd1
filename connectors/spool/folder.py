"""The files of one folder, as a spool uses them: few operations, so that a test can put a disk in their place that loses and
tears what was not synced.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

OPEN_MOST: Final = 8
"""files that are kept open for reading"""
PIECES_MOST: Final = 512
"""that one call of the system takes (IOV_MAX is 1024)"""


class Files(Protocol):
    """Files by name. A missing file raises `FileNotFoundError`, a full disk `OSError`."""

    def names(self) -> list[str]:
        """Return the names of all files, sorted; none where there is no folder."""

    def size(self, name: str) -> int:
        """Return the length of a file in bytes."""

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return up to `count` bytes."""

    def append(self, name: str, pieces: Sequence[bytes]) -> None:
        """Write behind the end of a file, which is made where there is none. Nothing of it is durable yet."""

    def replace(self, name: str, content: bytes) -> None:
        """Write a small file of constant length in place. Nothing of it is durable yet."""

    def truncate(self, name: str, size: int) -> None:
        """Cut a file."""

    def rename(self, name: str, to: str) -> None:
        """Rename a file; one that has the name already is replaced."""

    def sync(self, name: str) -> None:
        """Return once the bytes of a file, and its length, are on disk."""

    def sync_names(self) -> None:
        """Return once files that were made or removed are so on disk."""

    def remove(self, name: str) -> None:
        """Remove a file."""


class Folder(Files):
    """A folder of the file system. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reading: dict[str, int] = {}
        self._writing: dict[str, int] = {}

    def names(self) -> list[str]:
        """Return the names of all files, sorted; none where there is no folder."""
        try:
            with os.scandir(self.path) as entries:
                return sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
        except FileNotFoundError:
            return []

    def size(self, name: str) -> int:
        """Return the length of a file in bytes."""
        return (self.path / name).stat().st_size

    def read(self, name: str, offset: int, count: int) -> bytes:
        """Return up to `count` bytes. A file that was removed is read on as long as it is open here."""
        descriptor = self._reading.get(name)
        if descriptor is None:
            if len(self._reading) >= OPEN_MOST:
                os.close(self._reading.pop(next(iter(self._reading))))
            descriptor = self._reading[name] = os.open(self.path / name, os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(descriptor, count, offset)

    def append(self, name: str, pieces: Sequence[bytes]) -> None:
        """Write behind the end of a file, which is made where there is none."""
        descriptor = self._opened(name)
        for low in range(0, len(pieces), PIECES_MOST):
            waiting = pieces[low : low + PIECES_MOST]
            written = os.writev(descriptor, waiting)
            # a file system that is nearly full takes a part, and says why only when it is asked for the rest
            rest = memoryview(b"".join(waiting))[written:]
            while rest:
                rest = rest[os.write(descriptor, rest) :]

    def replace(self, name: str, content: bytes) -> None:
        """Write a small file of constant length in place."""
        os.pwrite(self._opened(name, os.O_RDWR), content, 0)

    def truncate(self, name: str, size: int) -> None:
        """Cut a file."""
        os.truncate(self.path / name, size)

    def rename(self, name: str, to: str) -> None:
        """Rename a file; one that has the name already is replaced."""
        self.forget(name)
        self.forget(to)
        (self.path / name).rename(self.path / to)

    def sync(self, name: str) -> None:
        """Return once the bytes of a file, and its length, are on disk."""
        os.fdatasync(self._opened(name))

    def sync_names(self) -> None:
        """Return once files that were made or removed are so on disk."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.forget(name)
        (self.path / name).unlink()

    def forget(self, name: str) -> None:
        """Close a file."""
        for opened in (self._reading, self._writing):
            if name in opened:
                os.close(opened.pop(name))

    def close(self) -> None:
        """Close all files."""
        for name in [*self._reading, *self._writing]:
            self.forget(name)

    def _opened(self, name: str, flags: int = os.O_WRONLY | os.O_APPEND) -> int:
        if name not in self._writing:
            self._writing[name] = os.open(self.path / name, flags | os.O_CREAT | os.O_CLOEXEC, 0o640)
        return self._writing[name]
