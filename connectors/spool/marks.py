"""Small files beside the segments that say how far something has come: `durable`, written by the writer of the spool, and
`consumed-N`, written by each reader.

A mark is written in place and never synced. After a power cut it is old or damaged, and both only mean that less is known to
be done: a writer that opens the spool writes `durable` anew, and what was consumed twice is recognized by its numbers.
"""

import struct
import zlib
from typing import Final

from connectors.spool.folder import Files

DURABLE: Final = "durable"
CONSUMED: Final = "consumed-"
_MARK: Final = struct.Struct("<4s16sQ")
_MAGIC: Final = b"SMK1"
_BYTES: Final = _MARK.size + 4


def write_mark(files: Files, name: str, spool_id: bytes, number: int) -> None:
    """Write that all messages before `number` are durable, or consumed."""
    mark = _MARK.pack(_MAGIC, spool_id, number)
    files.replace(name, mark + zlib.crc32(mark).to_bytes(4, "little"))


def read_mark(files: Files, name: str) -> tuple[bytes, int] | None:
    """Return the id of the spool and the number of a mark; None where there is none, or it is damaged."""
    try:
        mark = files.read(name, 0, _BYTES)
    except FileNotFoundError:
        return None
    if len(mark) < _BYTES or zlib.crc32(mark[: _MARK.size]) != int.from_bytes(mark[_MARK.size :], "little"):
        return None
    magic, spool_id, number = _MARK.unpack_from(mark)
    return (spool_id, number) if magic == _MAGIC else None


def read_number(files: Files, name: str, spool_id: bytes) -> int:
    """Return the number of a mark of this spool; 0 where it is missing, damaged or of another."""
    mark = read_mark(files, name)
    return mark[1] if mark is not None and mark[0] == spool_id else 0
