"""The next records of a file that grows, from a position on.

Nothing is held between two reads: what is not yet a record is read again. Before anything new, the bytes in front of the
position are read once more, since a file may have been cut and written anew between two looks, and be longer than before.
"""

import os
from typing import Final, NamedTuple

import numpy as np

from brainstem.arrays.aliases import Int32s, Int64s
from brainstem.parse.boundaries.framing import BUFFER_BYTES_NEEDED, frame
from connectors.files.encoding import ENCODING_BYTES, Encoding, Transcoder, encoding_of
from connectors.tail.positions import AHEAD_BYTES, FilePosition, encoded

_BLANKS: Final = b" \t\r\n\x1e\xef\xbb\xbf"


class ReplacedError(Exception):
    """A file does not hold any more what was read of it."""


class Ending(NamedTuple):
    """How sure it is that nothing more comes. A file that has grown just now may have been caught within a line."""

    lines: bool = False
    """no line continues the last whole one"""
    all: bool = False
    """nor is the last line continued, though it has no end"""


GROWING: Final = Ending()


class Read(NamedTuple):
    """Records, whether the file holds more than they and what cannot be a record yet, and the first bytes behind them."""

    records: list[bytes]
    has_more: bool
    ahead: bytes


def read_records(
    descriptor: int, at: FilePosition, block_bytes: int, records_most: int, ending: Ending = GROWING
) -> Read:
    """Return the next records, text in UTF-16 as UTF-8. The position stays where it is; of a file of which nothing was read
    the encoding is set. Raises `ReplacedError` and `OSError`.
    """
    size = os.fstat(descriptor).st_size
    while True:
        passed = len(at.tail)
        read = os.pread(descriptor, passed + max(block_bytes, at.ahead_bytes), at.offset - passed)
        fresh = read[passed:]
        if not read.startswith(at.tail) or not at.goes_on_with(fresh) or size < at.offset:
            raise ReplacedError
        if not at.position:
            at.encoding = encoding_of(fresh[:ENCODING_BYTES]).value
        text = fresh if at.encoding == Encoding.UTF_8 else Transcoder(Encoding(at.encoding)).utf8(fresh)
        is_at_end = at.offset + len(fresh) >= size
        records = _records(text, records_most, ending if is_at_end else GROWING)
        if records or is_at_end or block_bytes >= 2 * BUFFER_BYTES_NEEDED:
            emitted = sum(map(len, records))
            if at.encoding != Encoding.UTF_8:
                emitted = len(encoded(b"".join(records), at.encoding))
            ahead = fresh[emitted : emitted + AHEAD_BYTES]
            return Read(records, not is_at_end or len(records) == records_most, ahead)
        block_bytes *= 4


def _records(text: bytes, most: int, ending: Ending) -> list[bytes]:
    frames = frame(np.frombuffer(text, np.uint8), ending.all, most)
    records = _cut(text, frames.start, frames.length)
    if ending.lines and not ending.all and len(records) < most:
        rest = text[frames.consumed_bytes : text.rfind(b"\n") + 1]
        if rest:
            last = frame(np.frombuffer(rest, np.uint8), True, most - len(records))
            held = _cut(rest, last.start, last.length)
            while held and is_open(held[-1]):
                held.pop()
            records += held
    return records


def _cut(text: bytes, start: Int64s, length: Int32s) -> list[bytes]:
    return [text[begin : begin + count] for begin, count in zip(start.tolist(), length.tolist(), strict=True)]


def is_open(record: bytes) -> bool:
    """Return whether whole lines are the beginning of something longer: a JSON object that has not closed, an entry of the
    journal's export without its blank line, or a part of a container's line.
    """
    bare = record.strip(_BLANKS)
    if bare[:1] in (b"{", b"["):
        return bare.rstrip(b", \t")[-1:] not in (b"}", b"]") or _is_docker_part(bare)
    if bare.startswith(b"__") and b"=" in bare.partition(b"\n")[0]:
        return not record.endswith(b"\n\n")
    fields = bare[:64].split(b" ", 3)
    return len(fields) > 2 and fields[1] in (b"stdout", b"stderr") and fields[2] == b"P" and b"\n" not in bare


def _is_docker_part(line: bytes) -> bool:
    return line.startswith(b'{"log":"') and b'\\n","stream":' not in line and b'","stream":"' in line
