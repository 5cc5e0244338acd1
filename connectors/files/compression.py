"""Files as streams of plain bytes, in bounded memory: uncompressed, and text in UTF-16 as UTF-8; of a damaged file, all that
stands before the damage.

Takes a file that was opened in binary, returns its bytes. They depend on the file alone: every decoder is fed
in steps of a fixed size counted from the file's beginning, so a damaged file ends at the same byte each time,
whatever sizes its readers ask for. Without that, a resumed run and an audit would disagree with the first reading.
"""

import bz2
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import chain
from typing import BinaryIO, Final, Protocol

import zstandard

from brainstem.contracts.ledger import FaultReason
from connectors.files.encoding import ENCODING_BYTES, Encoding, Transcoder, encoding_of


class Compression(StrEnum):
    """How a file is compressed, by its first bytes; its name proves nothing, since rotation renames files at will."""

    NONE = ""
    GZIP = "gzip"
    XZ = "xz"
    ZSTD = "zstd"
    BZIP2 = "bzip2"


_MAGIC: Final = {
    b"\x1f\x8b\x08": Compression.GZIP,  # RFC 1952, 2.3.1
    b"\xfd7zXZ\x00": Compression.XZ,  # The .xz File Format, 2.1.1.1
    b"\x28\xb5\x2f\xfd": Compression.ZSTD,  # RFC 8878, 3.1.1
    b"BZh": Compression.BZIP2,
    # RFC 8878, 3.1.2: skippable frames, which parallel and seekable compressors write
    **{bytes([low, 0x2A, 0x4D, 0x18]): Compression.ZSTD for low in range(0x50, 0x60)},
}

_INPUT_STEP_BYTES: Final = 16 << 10
_OUTPUT_STEP_BYTES: Final = 32 << 10
"""A decoder that fails loses all output of that step, so this bounds how much damage takes with it."""

_ZSTD_INPUT_STEP_BYTES: Final = 2 << 10
"""The zstd decoder does not let its output be bounded, so its input is: four bytes can encode a block of 128 KiB, and 2 KiB
of input at most 64 MiB of output."""

XZ_BYTES_MOST: Final = 256 << 20
"""memory that a decoder of xz may take, which its dictionary decides: `xz -9` has one of 64 MiB, and a header may ask for
4 GiB. What asks for more does not decompress"""
_DECODING_ERRORS: Final = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)
_LONGEST_MAGIC_BYTES: Final = 6
_MARKS: Final = b"\xfe\xff"
"""the bytes with one of which a byte order mark of UTF-16 begins"""
_BLOCK_BYTES: Final = 1 << 20


def compression_of(beginning: bytes) -> Compression:
    """Return the compression that the first bytes of a file show."""
    return next((kind for magic, kind in _MAGIC.items() if beginning.startswith(magic)), Compression.NONE)


class PlainStream:
    """The uncompressed bytes of a file, text in UTF-16 as UTF-8.

    `fault` is what ended the stream before its end; it is set once `read` has returned the last bytes.
    """

    def __init__(self, file: BinaryIO, compression: Compression, block_bytes: int = _BLOCK_BYTES) -> None:
        self._block_bytes = block_bytes
        self.fault: FaultReason | None = None
        self._file = file
        self._compression = compression
        self._held = b""
        self._encoding: Encoding | None = None
        """None until the first bytes have been seen"""
        self._pieces = self._texts(self._plain() if compression is Compression.NONE else self._members())

    def read(self, size_bytes: int) -> bytes:
        """Return the next bytes, at most `size_bytes`; fewer only at the end or from a pipe, none at the end."""
        parts = [self._held]
        held_bytes = len(self._held)
        while held_bytes < size_bytes:
            piece = next(self._pieces, b"")
            if not piece:
                break
            parts.append(piece)
            held_bytes += len(piece)
            if self._compression is Compression.NONE:
                break
        joined = b"".join(parts)
        self._held = joined[size_bytes:]
        return joined[:size_bytes]

    def skip(self, size_bytes: int) -> int:
        """Pass over the first `size_bytes`; return how many there were. Only a file that holds its own bytes can seek."""
        if self._compression is Compression.NONE and self._file.seekable():
            self._encoding = encoding_of(self._take(ENCODING_BYTES))
            if self._encoding is Encoding.UTF_8:
                return self._file.seek(min(size_bytes, self._file.seek(0, os.SEEK_END)))
            self._file.seek(0)
        left = size_bytes
        while left:
            passed = len(self.read(min(left, _BLOCK_BYTES)))
            if not passed:
                break
            left -= passed
        return size_bytes - left

    def _texts(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield pieces as they are, and those of a text in UTF-16 as UTF-8."""
        if self._encoding is None:
            # a pipe shows its first bytes only, as its writer may wait before it sends more
            waits = not self._file.seekable()
            beginning = b""
            while len(beginning) < (2 if waits else ENCODING_BYTES) and (piece := next(pieces, b"")):
                beginning += piece
                if waits and beginning[0] not in _MARKS:
                    break
            self._encoding = encoding_of(beginning, by_mark_only=waits)
            pieces = chain((beginning,) if beginning else (), pieces)
        if self._encoding is Encoding.UTF_8:
            yield from pieces
            return
        transcoder = Transcoder(self._encoding)
        for piece in pieces:
            # a piece of one byte completes nothing, and an empty one would be taken for the end
            if text := transcoder.utf8(piece):
                yield text
        text, is_torn = transcoder.rest()
        if is_torn:
            self.fault = self.fault or FaultReason.TRUNCATED
        if text:
            yield text

    def _plain(self) -> Iterator[bytes]:
        """Yield the file's own bytes, a block at a time."""
        while piece := self._take(self._block_bytes):
            yield piece

    def _members(self) -> Iterator[bytes]:
        """Yield what the members (gzip), streams (xz, bzip2) or frames (zstd) of the file hold, one after the other.

        Compressed files may be concatenated. Bytes behind a member that begin no other of the same format are a fault and
        no member: what follows is not decoded, whatever it is.
        """
        step_bytes = _ZSTD_INPUT_STEP_BYTES if self._compression is Compression.ZSTD else _INPUT_STEP_BYTES
        compressed = self._next_member(self._take(step_bytes))
        while compressed and self.fault is None:
            decoder = _DECODERS[self._compression]()
            while compressed and not decoder.eof:
                try:
                    yield from decoder.pieces(compressed)
                except _DECODING_ERRORS:
                    self.fault = FaultReason.CORRUPT
                    return
                compressed = decoder.unused_data if decoder.eof else self._take(step_bytes)
            if not decoder.eof:
                self.fault = self.fault or FaultReason.TRUNCATED
                return
            compressed = self._next_member(compressed)
            if compressed and compression_of(compressed) is not self._compression:
                self.fault = FaultReason.TRAILING_BYTES

    def _next_member(self, compressed: bytes) -> bytes:
        """Return what begins the next member: zero padding removed (gzip on tapes, stream padding of xz), and long enough to
        recognize its format.
        """
        while len(compressed := compressed.lstrip(b"\0")) < _LONGEST_MAGIC_BYTES:
            more = self._take(_INPUT_STEP_BYTES)
            if not more:
                break
            compressed += more
        return compressed

    def _take(self, size_bytes: int) -> bytes:
        """Read from the file; an error of the operating system ends the stream with a fault."""
        try:
            return self._file.read(size_bytes)
        except OSError:
            self.fault = FaultReason.READ_ERROR
            return b""


class _Decoder(Protocol):
    """The decoder of one member of a compressed file."""

    @property
    def eof(self) -> bool:
        """Return whether the member's end mark was reached."""

    @property
    def unused_data(self) -> bytes:
        """Return the bytes behind the end mark, which belong to the next member."""

    def pieces(self, compressed: bytes) -> Iterator[bytes]:
        """Yield what these compressed bytes complete, in pieces that are never empty."""


class _Gzip:
    """A gzip member; zlib bounds its output and keeps the input that is left in `unconsumed_tail`."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def pieces(self, compressed: bytes) -> Iterator[bytes]:
        while True:
            piece = self._decoder.decompress(compressed, _OUTPUT_STEP_BYTES)
            if piece:
                yield piece
            compressed = self._decoder.unconsumed_tail
            if self._decoder.eof or (not compressed and len(piece) < _OUTPUT_STEP_BYTES):
                return


class _Bounded:
    """An xz or bzip2 stream; both decoders of the standard library keep input that is left until they are called again."""

    def __init__(self, decoder: lzma.LZMADecompressor | bz2.BZ2Decompressor) -> None:
        self._decoder = decoder

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def pieces(self, compressed: bytes) -> Iterator[bytes]:
        while True:
            piece = self._decoder.decompress(compressed, _OUTPUT_STEP_BYTES)
            if piece:
                yield piece
            if self._decoder.eof or self._decoder.needs_input:
                return
            compressed = b""


class _Zstd:
    """A zstd frame; the output of one step is bounded by its input alone, see `_ZSTD_INPUT_STEP_BYTES`."""

    def __init__(self) -> None:
        self._decoder = zstandard.ZstdDecompressor().decompressobj()

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def pieces(self, compressed: bytes) -> Iterator[bytes]:
        piece = self._decoder.decompress(compressed)
        if piece:
            yield piece


_DECODERS: Final[dict[Compression, Callable[[], _Decoder]]] = {
    Compression.GZIP: _Gzip,
    Compression.XZ: lambda: _Bounded(lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_BYTES_MOST)),
    Compression.ZSTD: _Zstd,
    Compression.BZIP2: lambda: _Bounded(bz2.BZ2Decompressor()),
}
