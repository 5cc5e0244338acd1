"""Rotated copies of a log: the names that they have, and whether a file is one, packed or not, by what it holds."""

import os
import re
import zlib
from pathlib import Path
from typing import Final

from connectors.files.compression import Compression, PlainStream, compression_of
from connectors.files.encoding import Encoding
from connectors.tail.positions import FilePosition

_BLOCK_BYTES: Final = 256 << 10
_PACKED: Final = re.compile(r"\.(?:gz|xz|zst|bz2|Z)$")
_NUMBERED: Final = re.compile(
    r"(?:[-._][0-9]{1,8}(?:[-T_.][0-9]{2,6})*|[-._](?:old|bak|orig|prev|previous|save))$", re.IGNORECASE
)
_DATED_WITHIN: Final = re.compile(r"[-._][0-9]{4}-?[0-9]{2}-?[0-9]{2}(?:[-T_.][0-9]{2,6})*(?=\.[A-Za-z][A-Za-z0-9]*$)")
"""as in `app-20260301.log`"""


def log_of(name: str) -> str:
    """Return the name of the log that a file is, or is a copy of: `app.log` of `app.log.2.gz` and `app-20260301.log`.

    Of a name that is nothing but numbers and dates it is the name itself.
    """
    bare = _PACKED.sub("", name)
    while (shorter := _NUMBERED.sub("", bare)) not in (bare, ""):
        bare = shorter
    return _DATED_WITHIN.sub("", bare) or name


def compression_at(path: Path) -> Compression:
    """Return how a file is compressed. Raises `OSError`."""
    with path.open("rb", buffering=0) as file:
        return compression_of(file.read(6))


def begins_with(path: Path, at: FilePosition) -> bool:
    """Return whether a file begins with all that was read of another one, and goes on as that was seen to."""
    left, check = at.position, 0
    ahead_bytes = at.ahead_bytes if at.encoding == Encoding.UTF_8 else 0
    try:
        with path.open("rb", buffering=0) as file:
            stream = PlainStream(file, compression_of(file.read(6)), _BLOCK_BYTES)
            file.seek(0)
            while left and (block := stream.read(min(left, _BLOCK_BYTES))):
                check, left = zlib.crc32(block, check), left - len(block)
            if left or check != at.check or not (at.position or ahead_bytes):
                return False
            return not ahead_bytes or at.goes_on_with(_read(stream, ahead_bytes))
    except OSError:
        return False


def is_within(copy: Path, original: int) -> bool:
    """Return whether all that a file holds is what an open file begins with: it is a copy of it, or becomes one."""
    try:
        with copy.open("rb", buffering=0) as file, os.fdopen(os.dup(original), "rb", buffering=0) as other:
            streams = []
            for each in (file, other):
                each.seek(0)
                compression = compression_of(each.read(6))
                each.seek(0)
                streams.append(PlainStream(each, compression, _BLOCK_BYTES))
            ours, theirs = streams
            while block := ours.read(_BLOCK_BYTES):
                if _read(theirs, len(block)) != block:
                    return False
    except OSError:
        return False
    return True


def _read(stream: PlainStream, byte_count: int) -> bytes:
    """Return so many bytes of a stream; fewer only at its end."""
    held = b""
    while len(held) < byte_count and (piece := stream.read(byte_count - len(held))):
        held += piece
    return held
