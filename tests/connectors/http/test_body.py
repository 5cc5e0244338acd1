"""Bodies: decoded whole, or refused; never more than was allowed."""

import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.body import BodyLimits, TooLargeError, UnreadableBodyError, plain_body

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstandard.compress}
ENCODINGS = pytest.mark.parametrize("encoding", COMPRESSORS)


@ENCODINGS
@given(parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4))
def test_a_body_is_what_was_compressed(encoding: str, parts: list[bytes]) -> None:
    """In one member or frame, or in several behind each other."""
    compressed = b"".join(COMPRESSORS[encoding](part) for part in parts)
    assert plain_body(compressed, encoding, BodyLimits()) == b"".join(parts)


@ENCODINGS
def test_a_body_that_is_cut_off_is_refused(encoding: str) -> None:
    """At every byte of it."""
    compressed = COMPRESSORS[encoding](b"".join(b"line %d\n" % number for number in range(40)))
    for cut in range(1, len(compressed)):
        with pytest.raises(UnreadableBodyError):
            plain_body(compressed[:cut], encoding, BodyLimits())


@ENCODINGS
@given(body=st.binary(min_size=1, max_size=60))
def test_bytes_that_are_not_compressed_are_refused(encoding: str, body: bytes) -> None:
    """With a sentence, and no other error."""
    with pytest.raises(UnreadableBodyError):
        plain_body(b"\x00\x01" + body, encoding, BodyLimits())


@ENCODINGS
def test_a_body_that_grows_beyond_its_bounds_is_refused_early(encoding: str) -> None:
    """A quarter of a gibibyte of zeros is never there, nor what the other bounds would let in of it."""
    bomb = _bomb(encoding, 1 << 28)
    tracemalloc.start()
    try:
        with pytest.raises(TooLargeError):
            plain_body(bomb, encoding, BodyLimits())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


@ENCODINGS
def test_a_body_that_says_it_is_too_long_is_not_decoded(encoding: str) -> None:
    """What it says need not be true: nothing of it is looked at."""
    said = (16 << 20) + 1
    if encoding == "gzip":
        body = gzip.compress(random.Random(7).randbytes(20_000))[:-4] + said.to_bytes(4, "little")
    else:
        # a frame with a length of eight bytes and nothing behind it (RFC 8878, 3.1.1.1)
        body = b"\x28\xb5\x2f\xfd\xe0" + said.to_bytes(8, "little")
    with pytest.raises(TooLargeError, match="by its own account"):
        plain_body(body, encoding, BodyLimits())
    with pytest.raises(UnreadableBodyError):
        plain_body(body, encoding, BodyLimits(plain_bytes_most=said))


def _bomb(encoding: str, size: int) -> bytes:
    block = bytes(1 << 20)
    if encoding == "gzip":
        compressor = zlib.compressobj(9, wbits=31)
        return b"".join(compressor.compress(block) for _ in range(size >> 20)) + compressor.flush()
    writer = zstandard.ZstdCompressor(level=19).compressobj()
    return b"".join(writer.compress(block) for _ in range(size >> 20)) + writer.flush()


@ENCODINGS
def test_the_bounds_are_on_plain_length_and_on_ratio(encoding: str) -> None:
    """A body at a bound is taken, one byte more is not; a short body may grow any number of times."""
    limits = BodyLimits(plain_bytes_most=3 << 20, ratio_most=10)
    lines = b"".join(b"%x" % (number * 2654435761) for number in range(400_000))
    fits = COMPRESSORS[encoding](lines[: 3 << 20])
    assert len(plain_body(fits, encoding, limits)) == 3 << 20
    with pytest.raises(TooLargeError, match="plain text"):
        plain_body(COMPRESSORS[encoding](lines[: (3 << 20) + 1]), encoding, limits)
    assert len(plain_body(COMPRESSORS[encoding](bytes(1 << 20)), encoding, limits)) == 1 << 20
    with pytest.raises(TooLargeError, match="10 times as long"):
        plain_body(COMPRESSORS[encoding](bytes(2 << 20)), encoding, limits)


def test_a_zstd_frame_that_asks_for_a_large_window_is_refused() -> None:
    """It would take that much memory before the first byte."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(UnreadableBodyError):
        plain_body(compressor.compress(bytes(1000)) + compressor.flush(), "zstd", BodyLimits())
