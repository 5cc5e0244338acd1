"""One file that is followed: where it lies now, what is open of it, and what a look at it and at its folder shows."""

import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.files.compression import Compression
from connectors.files.cursor import FileCursor, FileInput, ReferenceOrigin, path_of, source_of
from connectors.tail.copies import begins_with, compression_at, log_of
from connectors.tail.file_set import FileSet
from connectors.tail.positions import AHEAD_BYTES, FilePosition, Stream

Identity = tuple[int, int]
"""device and inode"""


def identity_of(status: os.stat_result) -> Identity:
    """Return device and inode."""
    return status.st_dev, status.st_ino


def status_of(path: str | Path) -> os.stat_result | None:
    """Return the status of what lies at a path, None for nothing."""
    try:
        return os.stat(path)  # noqa: PTH116 - a path object for each of many files costs more than the call
    except OSError:
        return None


def paths_in(folder: str) -> Iterator[str]:
    """Yield the paths of what lies in a folder."""
    try:
        with os.scandir(folder or "/") as entries:
            for entry in entries:
                yield f"{folder}/{entry.name}"
    except OSError:
        return


def identities_in(folder: str) -> dict[Identity, str]:
    """Return the paths of the files in a folder by device and inode."""
    found: dict[Identity, str] = {}
    status = status_of(folder or "/")
    if status is None:
        return found
    try:
        with os.scandir(folder or "/") as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False):
                    found[status.st_dev, entry.inode()] = f"{folder}/{entry.name}"
    except OSError:
        pass
    return found


def beginning_of(path: str) -> bytes:
    """Return the first bytes of a file, none where it cannot be opened."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as in `status_of`
            return file.read(AHEAD_BYTES)
    except OSError:
        return b""


def compression_or_none(path: str) -> Compression:
    """Return how a file is compressed; not at all where it cannot be opened."""
    try:
        return compression_at(Path(path))
    except OSError:
        return Compression.NONE


@dataclass(frozen=True, slots=True)
class Times:
    """How long is waited for what, in seconds."""

    find: float = 5.0
    """between two looks for new files"""
    record: float = 1.0
    """until the last whole line of a file is taken to be the end of its record"""
    line: float = 60.0
    """until a last line without an end is taken to be whole, and what is begun and not closed too"""
    ended: float = 5.0
    """the same for a file that was renamed, after which its writer has another one"""
    settle: float = 5.0
    """until a compressed file that has not grown is taken to be finished"""
    seek: float = 15.0
    """until a file that is gone is told as a gap"""
    look: float = 5.0
    """between two looks at a file that has not changed for long, at most"""
    forget: float = 3600.0
    """until a file that is gone is forgotten"""


USUAL_TIMES: Final = Times()


@dataclass(slots=True, eq=False)
class Followed:
    """A file of a stream. Times are of a monotonic clock, in seconds."""

    stream: Stream
    set: FileSet
    host: str
    path: str
    at: FilePosition
    compression: Compression = Compression.NONE
    changed_at: float = 0.0
    """when it was last seen to have grown"""
    look_at: float = 0.0
    has_news: bool = True
    """whether it may hold something that was not looked at"""
    descriptor: int = -1
    cursor: FileCursor | None = None
    is_out_of_sight: bool = False
    """only the descriptor leads to it"""
    sought_until: float = 0.0
    """until when a file that holds the rest of it is looked for; 0 while it is there itself"""
    gone_at: float = 0.0
    """when it was found to be gone; 0 while it is there"""
    awaits_copy: bool = False
    """whether something that may be the rest of it is still being written"""
    may_have_lost: bool = False
    """whether it may have had bytes that nobody has seen: it was cut, or went away while nobody looked"""
    trouble: str = ""

    @property
    def identity(self) -> Identity:
        """Return device and inode."""
        return self.at.device, self.at.inode

    @property
    def log(self) -> tuple[str, str]:
        """Return the folder, and the name of the log, which its rotated copies share."""
        folder, _, name = self.path.rpartition("/")
        return folder, log_of(name)

    @property
    def is_there(self) -> bool:
        """Return whether its bytes can be read."""
        return not self.sought_until and not self.gone_at

    @property
    def is_packed(self) -> bool:
        """Return whether it is compressed, and so does not grow."""
        return self.compression is not Compression.NONE

    def open(self) -> int:
        """Return a descriptor of the file. Raises `OSError`; `FileNotFoundError` where another file lies at its path."""
        if self.descriptor < 0:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            if identity_of(os.fstat(descriptor)) != self.identity:
                os.close(descriptor)
                raise FileNotFoundError(self.path)
            self.descriptor = descriptor
        return self.descriptor

    def open_packed(self) -> FileCursor:
        """Return a cursor behind what was read of a compressed file. Raises `InputChangedError`."""
        if self.cursor is None:
            file = FileInput(
                Path(self.path), self.stream[1], self.stream[0], self.compression, 0, 0, ReferenceOrigin.CLOCK, "", ""
            )
            self.cursor = FileCursor(file, self.at.position, check=self.at.check, verify=True)
        return self.cursor

    def close(self) -> None:
        """Close what is open."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        if self.cursor is not None:
            self.cursor.close()
            self.cursor = None

    def move_to(self, path: str, status: os.stat_result, compression: Compression) -> None:
        """Go on with the same text in another file, or in the same under another name."""
        if identity_of(status) != self.identity or compression is not self.compression:
            self.close()
        self.path, self.compression = path, compression
        self.at.source = source_of(Path(path))
        self.at.device, self.at.inode = identity_of(status)
        self.at.size, self.at.modified_ns = status.st_size, status.st_mtime_ns
        self.sought_until = self.gone_at = 0.0
        self.is_out_of_sight = False
        self.has_news = True

    def is_at(self, status: os.stat_result) -> bool:
        """Return whether a status is that of this file."""
        return identity_of(status) == self.identity

    def still_holds(self, path: str) -> bool:
        """Return whether the file at a path begins with what was read of this one, as far as the ends of that show: an inode
        may have been given to another file.
        """
        if self.is_packed:
            return begins_with(Path(path), self.at)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            # what cannot be opened now is no other file for that
            return True
        try:
            return self.is_in(descriptor)
        finally:
            os.close(descriptor)

    def is_in(self, descriptor: int) -> bool:
        """Return whether an open file begins with what was read of this one, as far as the ends of that show."""
        at = self.at
        head = os.pread(descriptor, at.head_bytes, 0)
        around = os.pread(descriptor, len(at.tail) + at.ahead_bytes, at.offset - len(at.tail))
        is_head = zlib.crc32(head) == at.head and len(head) == at.head_bytes
        return is_head and around.startswith(at.tail) and at.goes_on_with(around[len(at.tail) :])


def path_text(source: str) -> str:
    """Return the path of the source that a file is, as the system takes it."""
    path = path_of(source)
    return os.fsdecode(path) if path is not None else ""
