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
    """Yield three pieces of a file, each in one part or a few.

    Of a pipe, which can be read only once, and of a file that is not lines of bytes, such as UTF-16, it is only the first.
    """
    pieces, passed_bytes = _pieces(file, 0, piece_records)
    yield from pieces
    if not pieces or file.is_pipe or np.any(pieces[0].buffer == 0):
        return
    size_bytes = _size_of(file)
    for wanted in (size_bytes // 2, size_bytes - _PIECE_BYTES):
        begin = _line_behind(file, max(wanted, passed_bytes))
        if begin is None:
            continue
        pieces, passed_bytes = _pieces(file, begin, piece_records + 1)
        if pieces and len(pieces[0]) > 1:
            # the first of them may be the rest of a record
            yield _without_first(pieces[0])
            yield from pieces[1:]


def _pieces(file: FileInput, position: int, records: int) -> tuple[list[Envelopes], int]:
    """Return the records from a position on, as they were read, and the position behind them."""
    pieces: list[Envelopes] = []
    cursor = FileCursor(file, position, received_at_us=file.reference_time_us)
    try:
        while records > 0 and (envelopes := cursor.read(records)) is not None:
            pieces.append(envelopes)
            records -= len(envelopes)
        return pieces, cursor.position
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
