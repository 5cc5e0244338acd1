"""A log that was renamed since a run began: its records found again under another name beside its old one.

Takes an input, how far it was read and the check sum of that; returns a cursor behind those bytes. Of an input of which
nothing was read yet, the hash of its first bytes says which file it is. Positions count uncompressed bytes, so a copy that
rotation has packed does as well.
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


class Beginning(NamedTuple):
    """The first `size_bytes` that an input holds when it is unpacked, and as UTF-8, as their SHA-256 in hexadecimal."""

    size_bytes: int
    sha256: str


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


def unread(file: FileInput, beginning: Beginning) -> FileInput:
    """Return an input of which nothing was read, under the name that what it held when it was found has now.

    Raises `InputChangedError` where other bytes are in their place. One that is gone, or shorter than it was, is returned as
    it is: reading it tells of what is missing.
    """
    if file.path is None or file.is_pipe:
        return file
    try:
        is_shorter = file.path.stat().st_size < file.size_bytes
    except OSError:
        is_shorter = True
    if not is_shorter and _begins_with(file, beginning):
        return file
    # nothing tells the copies of a file without any bytes from other files
    beside = (each for each in renamed(file) if beginning.size_bytes and _begins_with(each, beginning))
    found = next(beside, None)
    if found is None and not is_shorter:
        raise InputChangedError(f"{file.source} does not begin as it did when it was found: it is not the same file.")
    return found or file


def _begins_with(file: FileInput, beginning: Beginning) -> bool:
    """Return whether a file begins with these bytes; one that cannot be read does not."""
    if file.path is None:
        return False
    digest, left = hashlib.sha256(), beginning.size_bytes
    try:
        with file.path.open("rb", buffering=0) as handle:
            stream = PlainStream(handle, file.compression)
            while left and (block := stream.read(left)):
                digest.update(block)
                left -= len(block)
    except OSError:
        return False
    return not left and digest.hexdigest() == beginning.sha256


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
