"""A log that was renamed since a run began: its records found again under another name beside its old one.

Takes an input, how far it was read and the check sum of that; returns a cursor behind those bytes. Positions count
uncompressed bytes, so a copy that rotation has packed does as well.
"""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from connectors.files.compression import compression_of
from connectors.files.cursor import BLOCK_BYTES, FileCursor, FileInput, InputChangedError

_MAGIC_BYTES: Final = 6


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
