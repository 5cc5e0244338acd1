"""One file (or pipe) as a source of records: opened at any position, read in blocks, never held whole.

Takes a `FileInput`, returns `Envelopes`. A position is a byte offset in the uncompressed stream, so a log and its
rotated, compressed copy have the same positions; of a text in UTF-16 it counts the bytes of UTF-8. Statements are files like
any other; their `kind` says what they hold.
"""

import errno
import os
import stat
import sys
import time
import zlib
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

import numpy as np

from brainstem.arrays.aliases import Bytes
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import Kind
from brainstem.contracts.ledger import DateOrder, FaultReason, SourceDescription
from brainstem.parse.boundaries.framing import Frames, frame
from connectors.base import InputError, Source
from connectors.files.compression import Compression, PlainStream

BLOCK_BYTES: Final = 1 << 20
STDIN_SOURCE: Final = "stdin:"
_FILE: Final = "file:"
_FILE_OF_BYTES: Final = "file-bytes:"


class ReferenceOrigin(StrEnum):
    """Where a file's reference time came from."""

    ARGUMENT = "argument"
    CONTENT = "content"
    MODIFICATION_TIME = "modification_time"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class FileInput:
    """A file to read, as it was found before reading began. `path` is None for standard input; times are in microseconds
    since the epoch, UTC.

    `reference_time_us`: all of the file was written by then, which settles the year of time stamps without one.
    `default_host` and `default_service` are for records that do not name their host or service.
    `date_order` says how its dates are read; with AMBIGUOUS the month is first.
    `duplicate_of` is the source that holds the same records, or empty; such a file is read and counted, and not stored.
    """

    path: Path | None
    tenant: str
    source: str
    compression: Compression
    size_bytes: int
    reference_time_us: int
    reference_origin: ReferenceOrigin
    default_host: str
    default_service: str
    duplicate_of: str = ""
    date_order: DateOrder = DateOrder.UNKNOWN
    is_pipe: bool = False
    kind: Kind = Kind.LOG
    """what its records are: log lines, tickets or verdicts; records that are statements name their tenant themselves"""
    given_format: str = ""
    """the format that all of its records are said to be of; empty where each is taken for what it shows"""

    def description(self) -> SourceDescription:
        """Return what the ledger records about the file."""
        return SourceDescription(
            source=self.source,
            tenant=self.tenant if self.kind == Kind.LOG else "",
            path=source_of(self.path).partition(":")[2] if self.path else "",
            compression=self.compression.value,
            size_bytes=self.size_bytes,
            reference_time_us=self.reference_time_us,
            reference_origin=self.reference_origin.value,
            duplicate_of=self.duplicate_of,
            can_be_reread=not self.is_pipe,
            date_order=self.date_order,
        )


def source_of(path: Path) -> str:
    """Return the name of a file as a source, from its absolute path; a path that is no UTF-8 is percent-encoded under
    another scheme, so that names are always text and no two paths share one.
    """
    encoded = os.fsencode(path)
    try:
        return _FILE + encoded.decode()
    except UnicodeDecodeError:
        return _FILE_OF_BYTES + quote_from_bytes(encoded)


def path_of(source: str) -> Path | None:
    """Return the path of a source that `source_of` has named; None for a source that is no file."""
    if source.startswith(_FILE_OF_BYTES):
        return Path(os.fsdecode(unquote_to_bytes(source.removeprefix(_FILE_OF_BYTES))))
    return Path(source.removeprefix(_FILE)) if source.startswith(_FILE) else None


def _opened(path: Path, is_pipe: bool) -> BinaryIO:
    """Open a file. Raises `OSError` for a pipe or a device in the place of one: opening or reading it might never end."""
    if is_pipe:
        return path.open("rb", buffering=0)
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "no regular file", os.fspath(path))
        return os.fdopen(descriptor, "rb", buffering=0)
    except OSError:
        os.close(descriptor)
        raise


class InputChangedError(InputError):
    """An input does not begin with the bytes that were read of it before."""


class FileCursor(Source):
    """The records of one file from a position on.

    `fault` is set when the file could not be read to its end, or could not be opened any more; what could be read is
    returned all the same, and a last line without its newline is a record. `received_at` of the records is
    `received_at_us`, or the time of reading where that is None.

    `check` is the check sum (CRC-32) of the uncompressed bytes before `position`.
    """

    def __init__(
        self,
        file: FileInput,
        position: int = 0,
        *,
        check: int = 0,
        verify: bool = False,
        received_at_us: int | None = None,
        block_bytes: int = BLOCK_BYTES,
    ) -> None:
        """Open the file. Raises `InputError` for a file that is shorter than `position`, and for a pipe at any but 0.

        `check` is that of an earlier cursor at this position. With `verify` the bytes before it are read once more, and
        `InputChangedError` is raised where they have another one.
        `block_bytes` is how much is read at a time; the records do not depend on it. A file that cannot be opened is no
        error but a `fault`, and has no records: it was there when the run began, and the others are still to be read.
        """
        if file.is_pipe and position:
            raise InputError(
                f"{file.source} cannot be read again from byte {position}. Save it to a file and give that."
            )
        self._file = file
        self._received_at_us = received_at_us
        self._block_bytes = block_bytes
        self._position = position
        self._pending: Bytes = np.empty(0, np.uint8)
        self._ended = False
        self._open_fault: FaultReason | None = None
        self.check = check
        self._stream = PlainStream(self._open(), file.compression, block_bytes)
        if self.fault is not None:
            return
        reached, found = self._verified(position) if verify else (self._stream.skip(position), check)
        if reached != position or found != check:
            self.close()
            where = (
                f"ends at byte {reached}, before {position}"
                if reached != position
                else f"has changed before {position}"
            )
            raise InputChangedError(f"{file.source} {where}: it is not the same file.")

    @property
    def file(self) -> FileInput:
        """Return what is read."""
        return self._file

    @property
    def position(self) -> int:
        """Return the byte offset behind the last record returned."""
        return self._position

    @property
    def fault(self) -> FaultReason | None:
        """Return what kept the file from being read to its end; None for nothing."""
        return self._open_fault or self._stream.fault

    def read(self, max_records: int) -> Envelopes | None:
        """Return the next records that a block holds, at most `max_records`; None at the end. Waits for the writer of a
        pipe.
        """
        while True:
            frames = frame(self._pending, self._ended, max_records)
            if len(frames):
                return self._envelopes(frames)
            if self._ended:
                self.close()
                return None
            self._fill()

    def close(self) -> None:
        """Close the file."""
        self._handle.close()

    def _open(self) -> BinaryIO:
        """Open the file without Python's buffer, which would wait until a pipe has filled it."""
        if self._file.path is None:
            # no context manager: it stays open until close()
            self._handle: BinaryIO = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115
            return self._handle
        try:
            self._handle = _opened(self._file.path, self._file.is_pipe)
        except OSError:
            # rotated away or locked since it was found: the run goes on, and the ledger names what is missing
            self._handle = BytesIO()
            self._open_fault = FaultReason.READ_ERROR
        return self._handle

    def _verified(self, size_bytes: int) -> tuple[int, int]:
        """Read the first `size_bytes`; return how many there were, and their check sum."""
        left, check = size_bytes, 0
        while left and (block := self._stream.read(min(left, self._block_bytes))):
            left -= len(block)
            check = zlib.crc32(block, check)
        return size_bytes - left, check

    def _is_cut(self) -> bool:
        """Return whether the file ended before the size that it had when it was found."""
        if self._file.is_pipe or self._file.path is None or not self._handle.seekable():
            return False
        return self._handle.tell() < self._file.size_bytes

    def _fill(self) -> None:
        """Append one more block to the bytes that are not yet a record."""
        block = self._stream.read(self._block_bytes)
        self._ended = not block
        if self._ended and self.fault is None and self._is_cut():
            self._open_fault = FaultReason.CUT
        fresh = np.frombuffer(block, np.uint8)
        self._pending = np.concatenate([self._pending, fresh]) if len(self._pending) else fresh

    def _envelopes(self, frames: Frames) -> Envelopes:
        """Return the records of the pending bytes, and advance the position past them."""
        now_us = time.time_ns() // 1000 if self._received_at_us is None else self._received_at_us
        envelopes = Envelopes(
            source=self._file.source,
            tenant=self._file.tenant,
            peer="",
            position=self._position + frames.start,
            length=frames.length,
            received_at=np.full(len(frames), now_us, np.int64),
            buffer=self._pending[: frames.consumed_bytes],
            start=frames.start,
        )
        self._position += frames.consumed_bytes
        self.check = zlib.crc32(envelopes.buffer, self.check)
        self._pending = self._pending[frames.consumed_bytes :]
        return envelopes
