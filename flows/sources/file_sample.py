"""A sample of a file: records of its beginning, its middle and its end, however long it is.

Takes a `FileInput`, returns envelopes, in the order of the file. At most a bounded part of the file is read; one that is
compressed is unpacked up to a bound, and what was reached by then takes the place of the end.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from brainstem.contracts.envelope import Envelopes
from connectors.files.compression import Compression, PlainStream
from connectors.files.cursor import FileCursor, FileInput

PIECE_RECORDS: Final = 400
"""records of each of the three pieces"""
_PIECE_BYTES: Final = 128 << 10
"""the last piece begins so far before the end"""
_LONGEST_UNPACKING_BYTES: Final = 64 << 20


def sample(file: FileInput, piece_records: int = PIECE_RECORDS) -> Iterator[Envelopes]:
    """Yield up to three pieces of a file. Of a pipe, which can be read only once, and of a file that is not lines of bytes,
    such as UTF-16, it is the first one only.
    """
    first, passed_bytes = _piece(file, 0, piece_records)
    if first is None:
        return
    yield first
    if file.is_pipe or np.any(first.buffer == 0):
        return
    size_bytes = _size_of(file)
    for wanted in (size_bytes // 2, size_bytes - _PIECE_BYTES):
        begin = _line_behind(file, max(wanted, passed_bytes))
        if begin is None:
            continue
        piece, passed_bytes = _piece(file, begin, piece_records + 1)
        if piece is not None and len(piece) > 1:
            # the first of them may be the rest of a record
            yield _without_first(piece)


def _piece(file: FileInput, position: int, records: int) -> tuple[Envelopes | None, int]:
    """Return the records from a position on, None for none, and the position behind them."""
    cursor = FileCursor(file, position, received_at_us=file.reference_time_us)
    try:
        return cursor.read(records), cursor.position
    finally:
        cursor.close()


def _without_first(piece: Envelopes) -> Envelopes:
    columns = {name: getattr(piece, name)[1:] for name in ("position", "length", "received_at", "start")}
    return replace(piece, **columns)


def _size_of(file: FileInput) -> int:
    """Return the bytes of a file, or how many of a compressed one can be reached within the bound."""
    if file.compression is Compression.NONE or file.path is None:
        return file.size_bytes
    try:
        with file.path.open("rb", buffering=0) as handle:
            return PlainStream(handle, file.compression).skip(_LONGEST_UNPACKING_BYTES)
    except OSError:
        return 0


def _line_behind(file: FileInput, position: int) -> int | None:
    """Return where the first line behind a position begins, None where there is none within a piece."""
    if file.path is None:
        return None
    try:
        with file.path.open("rb", buffering=0) as handle:
            stream = PlainStream(handle, file.compression)
            block = stream.read(_PIECE_BYTES) if stream.skip(position) == position else b""
    except OSError:
        return None
    end = block.find(b"\n")
    return None if end < 0 or end + 1 == len(block) else position + end + 1
