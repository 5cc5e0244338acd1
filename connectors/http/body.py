"""Bodies of requests as plain bytes: gzip (RFC 1952) and zstd (RFC 8878), in steps, and never more than was allowed.

A thousand bytes can encode a million, so three numbers bound a body: its length as it was sent, its length as plain bytes,
and how many times longer the latter may be. Decoding ends at the first step that passes a bound. The third holds for what
was decoded so far, too, and the bytes that it took: a body that is far too long after its first kilobytes is not decoded up
to the bound of the second. What a body states as its own length is looked at first, and never trusted otherwise.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import zstandard

ENCODINGS: Final = ("identity", "gzip", "x-gzip", "zstd")
RATIO_FLOOR_BYTES: Final = 1 << 20
"""a shorter plain body may be any number of times as long as it was sent: a few lines that are alike compress well"""
_STEP_BYTES: Final = 64 << 10
_GZIP_INPUT_STEP_BYTES: Final = 16 << 10
"""what is left of a step is copied each time"""
_DEFLATE_RATIO_MOST: Final = 1032
"""258 bytes take two bits at the least (RFC 1951, 3.2.5): what states a greater length is no whole body"""
_ZSTD_INPUT_STEP_BYTES: Final = 64
"""The zstd decoder does not let its output be bounded, so its input is: four bytes can encode a block of 128 KiB, and these
at most 2 MiB."""
_ZSTD_WINDOW_BYTES_MOST: Final = 8 << 20
"""what every decoder should support (RFC 8878, 3.1.1.1.2), and what one request may take"""


class UnreadableBodyError(Exception):
    """A body cannot be decoded. The message says why."""


class TooLargeError(Exception):
    """A body passes a bound. The message names it."""


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The bounds of a body."""

    sent_bytes_most: int = 8 << 20
    """as it is sent"""
    plain_bytes_most: int = 16 << 20
    """once it is decoded"""
    ratio_most: int = 200
    """how many times longer it may be then, and any beginning of it; see `RATIO_FLOOR_BYTES`"""


def plain_body(body: bytes, encoding: str, limits: BodyLimits) -> bytes:
    """Return a body decoded. Raises `UnreadableBodyError`, and `TooLargeError` at the first byte too many."""
    if encoding == "identity":
        _check(len(body), len(body), limits)
        return body
    if _stated_bytes(body, encoding) > limits.plain_bytes_most:
        raise TooLargeError(f"more than {limits.plain_bytes_most:,} bytes as plain text by its own account")
    pieces: list[bytes] = []
    plain_bytes = 0
    try:
        for piece, taken_bytes in _zstd_pieces(body) if encoding == "zstd" else _gzip_pieces(body):
            plain_bytes += len(piece)
            _check(plain_bytes, len(body), limits)
            _check(plain_bytes - RATIO_FLOOR_BYTES, taken_bytes, limits)
            pieces.append(piece)
    except (zlib.error, zstandard.ZstdError) as error:
        raise UnreadableBodyError(f"it is no {encoding}: {error}") from error
    return b"".join(pieces)


def _stated_bytes(body: bytes, encoding: str) -> int:
    """Return how long a body says that it is once decoded, 0 for one that says nothing: a bomb as common tools make it is
    refused at no cost. One that lies is decoded up to the bounds, or is no body at all.
    """
    if encoding == "zstd":
        try:
            return max(0, int(zstandard.frame_content_size(body)))
        except zstandard.ZstdError:
            return 0
    # the length of the last member, modulo 2^32 (RFC 1952, 2.3.1), or any bytes where the body is cut off
    stated = int.from_bytes(body[-4:], "little") if body.startswith(b"\x1f\x8b") else 0
    return stated if stated <= _DEFLATE_RATIO_MOST * len(body) else 0


def _check(plain_bytes: int, sent_bytes: int, limits: BodyLimits) -> None:
    if plain_bytes > limits.plain_bytes_most:
        raise TooLargeError(f"more than {limits.plain_bytes_most:,} bytes as plain text")
    if plain_bytes > max(RATIO_FLOOR_BYTES, limits.ratio_most * sent_bytes):
        raise TooLargeError(f"more than {limits.ratio_most} times as long as it was sent")


def _gzip_pieces(body: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield what the members of a gzip body hold, at most `_STEP_BYTES` at a time, and how many bytes of it that took."""
    at = 0
    while at < len(body):
        decoder = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        while not decoder.eof:
            if at >= len(body):
                raise UnreadableBodyError("the gzip body is cut off")
            held = body[at : at + _GZIP_INPUT_STEP_BYTES]
            at += len(held)
            # the decoder keeps what it has not written yet, and a full step says that there may be more
            piece = decoder.decompress(held, _STEP_BYTES)
            while piece:
                held = decoder.unconsumed_tail
                yield piece, at - len(held)
                piece = decoder.decompress(held, _STEP_BYTES) if held or len(piece) == _STEP_BYTES else b""
        at -= len(decoder.unused_data)
        # zero padding behind a member is allowed by the tools that write it
        while body[at : at + 1] == b"\0":
            at += 1


def _zstd_pieces(body: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield what the frames of a zstd body hold, at most 2 MiB at a time, and how many bytes of it that took."""
    at = 0
    while at < len(body):
        decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES_MOST).decompressobj()
        while not decoder.eof:
            if at >= len(body):
                raise UnreadableBodyError("the zstd body is cut off")
            piece = decoder.decompress(body[at : at + _ZSTD_INPUT_STEP_BYTES])
            at += _ZSTD_INPUT_STEP_BYTES
            if piece:
                yield piece, min(at, len(body))
        at = min(at, len(body)) - len(decoder.unused_data)
