"""Texts in UTF-16 become UTF-8 and back: every unit is kept, wherever the text was cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.encoding import Encoding, Transcoder, encoding_of

ENCODINGS = st.sampled_from([Encoding.UTF_16_LE, Encoding.UTF_16_BE])


@given(st.binary(max_size=60), ENCODINGS, st.lists(st.integers(0, 60), max_size=5))
def test_the_original_bytes_follow_from_the_text(content: bytes, encoding: Encoding, cuts: list[int]) -> None:
    """Any bytes, in any pieces: what comes out makes the same bytes again, but for half a unit at the end."""
    transcoder = Transcoder(encoding)
    bounds = sorted({0, len(content), *(min(cut, len(content)) for cut in cuts)})
    text = b"".join(transcoder.utf8(content[begin:end]) for begin, end in pairwise(bounds))
    rest, is_torn = transcoder.rest()
    original = (text + rest).decode("utf-8", "surrogatepass").encode(encoding.value, "surrogatepass")
    assert original == content[: len(content) // 2 * 2]
    assert is_torn == bool(len(content) % 2)


@pytest.mark.parametrize("text", ["2026-02-25 10:00:00 pump 3 runs dry\n", "2026-02-25 10:00:00 насос 3\n" * 3])
@pytest.mark.parametrize("encoding", [Encoding.UTF_16_LE, Encoding.UTF_16_BE])
def test_a_text_without_a_mark_shows_its_encoding(text: str, encoding: Encoding) -> None:
    """By the zero bytes of its digits and blanks; a pipe is not waited for, so only its mark counts."""
    assert encoding_of(text.encode(encoding.value)) is encoding
    assert encoding_of(text.encode(encoding.value), by_mark_only=True) is Encoding.UTF_8
    assert encoding_of(("\ufeff" + text).encode(encoding.value), by_mark_only=True) is encoding


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"pump 3 runs dry\n" * 9, bytes(90), bytes(64) + b"pump 3\n", "насос\n".encode() * 9]
)
def test_other_texts_are_read_byte_by_byte(content: bytes) -> None:
    """Also those with runs of zero bytes, as a crash leaves them."""
    assert encoding_of(content) is Encoding.UTF_8
