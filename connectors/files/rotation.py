"""A log that was renamed since a run began: its records found again under another name beside its old one.

Takes an input, how far it was read and the check sum of that; returns a cursor behind those bytes. Of an input of which
nothing was read yet, the hashes of its first bytes, and of the last that it held on disk, say which file it is. Positions
count uncompressed bytes, so a copy that rotation has packed does as well.

What lies between both ends of an unread file is not compared: all that is stored of it is what it holds when it is read, as
with a log that grows. Only a duplicate is compared whole (`require_repeated`), since nothing of it is stored.
"""

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from connectors.files.compression import PlainStream, compression_of
from connectors.files.cursor import BLOCK_BYTES, FileCursor, FileInput, InputChangedError

_MAGIC_BYTES: Final = 6


class Tail(NamedTuple):
    """Bytes of a file as they lay on disk, packed or not, as their SHA-256 in hexadecimal."""

    offset: int
    size_bytes: int
    sha256: str


class Beginning(NamedTuple):
    """The first `size_bytes` that an input holds when it is unpacked, and as UTF-8, as their SHA-256 in hexadecimal; and the
    last that it held when it was found.
    """

    size_bytes: int
    sha256: str
    tail: Tail | None = None


def continued(
    file: FileInput, position: int, check: int, *, received_at_us: int | None = None, block_bytes: int = BLOCK_BYTES
) -> FileCursor:
    """Return a cursor at a position of what an input held when it was read up to there, under any name that it may have now.

    `check` is the `FileCursor.check` of that reading. Raises `InputChangedError` where no file beside it begins with the
    same bytes.
    """
    changed = InputChangedError(f"{file.source} cannot be opened any more.")
    for candidate in (file, *renamed(file)):
        try:
            cursor = FileCursor(
                candidate, position, check=check, verify=True, received_at_us=received_at_us, block_bytes=block_bytes
            )
        except InputChangedError as error:
            changed = error if candidate is file else changed
            continue
        if cursor.fault is None or not position:
            return cursor
        cursor.close()
    raise changed


def unread(file: FileInput, beginning: Beginning, besides: Path | None = None) -> FileInput:
    """Return an input of which nothing was read, under the name that what it held when it was found has now, which is not
    that of the file `besides`.

    Raises `InputChangedError` where something else is in its place: a file with another beginning, or with other bytes where
    its end was, or no regular file. One that is gone, or shorter than it was, is returned as it is: reading it tells of what
    is missing.
    """
    if file.path is None or file.is_pipe:
        return file
    try:
        status = file.path.stat()
        is_file, is_shorter = stat.S_ISREG(status.st_mode), status.st_size < file.size_bytes
    except OSError:
        is_file = is_shorter = True
    if is_file and not is_shorter and _is_as_found(file, beginning, file):
        return file
    # nothing tells the copies of a file without any bytes from other files
    beside = (
        each
        for each in renamed(file)
        if each.path != besides and beginning.size_bytes and _is_as_found(each, beginning, file)
    )
    found = next(beside, None)
    if found is None and not is_file:
        raise InputChangedError(f"{file.source} is no regular file any more.")
    if found is None and not is_shorter:
        raise InputChangedError(
            f"{file.source} does not begin, or not end, as it did when it was found: it is not the same file."
        )
    return found or file


def _is_as_found(file: FileInput, beginning: Beginning, original: FileInput) -> bool:
    """Return whether a file begins with these bytes, and ended with them where it is packed as it was; one that cannot be
    read does not.
    """
    if file.path is None:
        return False
    digest, left = hashlib.sha256(), beginning.size_bytes
    try:
        with file.path.open("rb", buffering=0) as handle:
            stream = PlainStream(handle, file.compression)
            while left and (block := stream.read(left)):
                digest.update(block)
                left -= len(block)
        if left or digest.hexdigest() != beginning.sha256:
            return False
        tail = beginning.tail
        if tail is None or file.compression is not original.compression:
            return True
        with file.path.open("rb") as handle:
            handle.seek(tail.offset)
            return hashlib.sha256(handle.read(tail.size_bytes)).hexdigest() == tail.sha256
    except OSError:
        return False


def require_repeated(
    file: FileInput, original: FileInput, found_at_us: int, beginning: Beginning | None = None
) -> None:
    """Check that a duplicate still holds what the file holds that it repeats, which may have grown, and which may have been
    renamed or packed since where its `beginning` is known. Raises `InputChangedError`.

    Neither is read where both were last changed before `found_at_us` (microseconds since the epoch), when the first file was
    looked at.
    """
    if not (_may_have_changed(file, found_at_us) or _may_have_changed(original, found_at_us)):
        return
    changed = InputChangedError(
        f"{file.source} may hold other records by now than {original.source}, which it repeated."
    )
    if beginning is not None:
        # a duplicate begins and ends as its original does, and would be compared with itself
        original = unread(original, beginning, besides=file.path)
    if file.path is None or original.path is None:
        raise changed
    try:
        with file.path.open("rb", buffering=0) as one, original.path.open("rb", buffering=0) as other:
            streams = PlainStream(one, file.compression), PlainStream(other, original.compression)
            while block := _whole(streams[0], BLOCK_BYTES):
                if block != _whole(streams[1], len(block)):
                    raise changed
    except OSError as error:
        raise changed from error


def _may_have_changed(file: FileInput, found_at_us: int) -> bool:
    """Return whether a file was changed, renamed or removed at a moment or later; a clock of its own file system tells."""
    try:
        return file.path is not None and file.path.stat().st_ctime_ns // 1000 >= found_at_us
    except OSError:
        return True


def _whole(stream: PlainStream, size_bytes: int) -> bytes:
    """Return the next bytes of a stream, fewer only at its end."""
    parts = []
    while size_bytes and (block := stream.read(size_bytes)):
        parts.append(block)
        size_bytes -= len(block)
    return b"".join(parts)


def renamed(file: FileInput) -> Iterator[FileInput]:
    """Yield the files to which rotation may have renamed an input, in order of their names."""
    if file.path is None or file.is_pipe:
        return
    try:
        beside = sorted(each for each in file.path.parent.iterdir() if each != file.path and _is_alike(each, file.path))
    except OSError:
        return
    for path in beside:
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                continue
            with path.open("rb", buffering=0) as handle:
                compression = compression_of(handle.read(_MAGIC_BYTES))
        except OSError:
            continue
        yield replace(file, path=path, compression=compression, size_bytes=status.st_size)


def _is_alike(path: Path, original: Path) -> bool:
    """Return whether a file is named as a rotated copy of another: `app.log.1`, `app-20260301.log`, `app.log.2.gz`."""
    return path.name.startswith(original.stem.rstrip("0123456789").rstrip("-._") or original.stem)
