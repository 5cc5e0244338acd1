"""Text in UTF-16 as UTF-8, and back again to the same bytes: how Windows writes logs, and nothing behind this has to know.

Takes the first bytes of a file, returns how its text is encoded; takes the bytes, returns UTF-8. Every unit of UTF-16
becomes bytes of its own, a surrogate without its partner too (as three bytes), so no two texts become the same, and the
original bytes follow from the stored ones. UTF-16: RFC 2781. UTF-8: RFC 3629.
"""

import codecs
from enum import StrEnum
from typing import Final

ENCODING_BYTES: Final = 4 << 10
"""how much of a file's beginning is looked at"""

_LEAST_BYTES: Final = 16
"""a shorter text shows its encoding by its mark only"""
_LEAST_SHARE: Final = 0.3
"""of the units of a text without a mark whose high byte is zero: digits, blanks and Latin letters, which every log has"""
_MOST_SHARE: Final = 0.02
"""of those whose low byte is zero, which text hardly has"""


class Encoding(StrEnum):
    """How the text of a file is encoded; UTF-8 stands for all encodings that are read byte by byte."""

    UTF_8 = "utf-8"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"


def encoding_of(beginning: bytes, *, by_mark_only: bool = False) -> Encoding:
    """Return the encoding that the first bytes of a text show: by their byte order mark, else by where zero bytes stand."""
    # the mark of UTF-32, little endian, begins as that of UTF-16 does
    if beginning.startswith(codecs.BOM_UTF16_LE) and not beginning.startswith(codecs.BOM_UTF32_LE):
        return Encoding.UTF_16_LE
    if beginning.startswith(codecs.BOM_UTF16_BE):
        return Encoding.UTF_16_BE
    units = min(len(beginning), ENCODING_BYTES) // 2
    if by_mark_only or 2 * units < _LEAST_BYTES:
        return Encoding.UTF_8
    first_zeros = beginning[: 2 * units : 2].count(0)
    second_zeros = beginning[1 : 2 * units : 2].count(0)
    if second_zeros >= _LEAST_SHARE * units and first_zeros <= _MOST_SHARE * units:
        return Encoding.UTF_16_LE
    if first_zeros >= _LEAST_SHARE * units and second_zeros <= _MOST_SHARE * units:
        return Encoding.UTF_16_BE
    return Encoding.UTF_8


class Transcoder:
    """Turns pieces of a text in UTF-16 into UTF-8, wherever the pieces were cut."""

    def __init__(self, encoding: Encoding) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding.value)("surrogatepass")

    def utf8(self, piece: bytes) -> bytes:
        """Return what is complete with this piece."""
        return self._decoder.decode(piece).encode("utf-8", "surrogatepass")

    def rest(self) -> tuple[bytes, bool]:
        """Return what is left at the end, and whether a byte is, which half of a unit makes and which is no text."""
        held = self._decoder.getstate()[0]
        units = held[: len(held) // 2 * 2]
        self._decoder.reset()
        return self._decoder.decode(units, final=True).encode("utf-8", "surrogatepass"), len(held) > len(units)


def as_utf8(piece: bytes, encoding: Encoding) -> bytes:
    """Return a piece of a text for a look at it: what its ends have cut becomes a replacement character."""
    return piece if encoding is Encoding.UTF_8 else piece.decode(encoding.value, "replace").encode()
