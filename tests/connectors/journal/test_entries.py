"""Entries of the export format: the same in whatever pieces the stream comes, and no more of a long one is held than may."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.journal.entries import Entries, Entry
from connectors.journal.position import cursor_of
from tests.support.examples import examples
from tests.support.parsing import batch_of

MOST = 400


@st.composite
def field(draw: st.DrawFn) -> bytes:
    """Return a field: text, or bytes of any sort with their length, some of which look like entries themselves."""
    name = draw(st.from_regex(rb"\A[A-Z][A-Z0-9_]{0,20}\Z"))
    if draw(st.booleans()):
        text = draw(st.binary(max_size=60)).replace(b"\n", b" ")
        return name + b"=" + text + b"\n"
    value = draw(
        st.one_of(
            st.binary(max_size=60),
            st.lists(
                st.sampled_from([b"\n", b"\n\n", b"A=b\n", b"NAME\n", b"__CURSOR=x\n", b"\0" * 8]), max_size=6
            ).map(b"".join),
        )
    )
    return name + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"


STREAMS = st.lists(st.lists(field(), min_size=1, max_size=8).map(lambda fields: b"".join(fields) + b"\n"), max_size=6)


def pieces_of(stream: bytes, cuts: list[int]) -> list[bytes]:
    """Return a stream in pieces."""
    at = sorted({min(cut, len(stream)) for cut in cuts})
    return [stream[begin:end] for begin, end in zip([0, *at], [*at, len(stream)], strict=True)]


@settings(max_examples=examples(300), deadline=None)
@given(entries=STREAMS, cuts=st.lists(st.integers(0, 3000), max_size=12))
def test_entries_are_the_same_in_whatever_pieces_the_stream_comes(entries: list[bytes], cuts: list[int]) -> None:
    """Whole ones as they are; of one that is too long so many bytes as may be held, and what follows it is found."""
    stream = b"".join(entries)
    cutter = Entries(MOST)
    cut = [each for piece in pieces_of(stream, cuts) for each in cutter.cut(piece)]
    assert cut == [Entry(each[:MOST], len(each) <= MOST) for each in entries]


@settings(max_examples=examples(100), deadline=None)
@given(entries=STREAMS, cuts=st.lists(st.integers(0, 3000), max_size=12), end=st.integers(0, 3000))
def test_an_entry_that_has_not_ended_is_not_returned(entries: list[bytes], cuts: list[int], end: int) -> None:
    """Unless it is too long to be held."""
    stream = b"".join(entries)[:end]
    cutter = Entries(MOST)
    cut = [each for piece in pieces_of(stream, cuts) for each in cutter.cut(piece)]
    ended = 0
    while ended < len(entries) and sum(map(len, entries[: ended + 1])) <= len(stream):
        ended += 1
    begun = stream[sum(map(len, entries[:ended])) :]
    expected = [Entry(each[:MOST], len(each) <= MOST) for each in entries[:ended]]
    assert cut == [*expected, *([Entry(begun[:MOST], False)] if len(begun) > MOST else [])]


def test_what_is_held_of_a_long_field_does_not_grow() -> None:
    """Of binary and of text; the entry behind it is whole."""
    for begin in (b"__CURSOR=a\nDUMP\n" + struct.pack("<Q", 50_000_000), b"__CURSOR=a\nTEXT="):
        cutter = Entries(MOST)
        cut = cutter.cut(begin)
        for _ in range(500):
            cut += cutter.cut(b"x" * 100_000)
            assert len(cutter._held) <= MOST + 100_000
        cut += cutter.cut(b"\n\n__CURSOR=b\nMESSAGE=pump is back\n\n")
        assert [each.is_whole for each in cut] == [False, True]
        assert cursor_of(cut[0].content) == "a"
        assert cut[1].content == b"__CURSOR=b\nMESSAGE=pump is back\n\n"


def test_a_cursor_is_what_the_entry_begins_with() -> None:
    """Not what a program has written into a field."""
    assert cursor_of(b"__CURSOR=s=1;i=2\nMESSAGE=x\n\n") == "s=1;i=2"
    assert cursor_of(b"MESSAGE=x\n__CURSOR=s=1;i=2\n\n") == ""
    assert cursor_of(b"MESSAGE\n" + struct.pack("<Q", 12) + b"__CURSOR=s=1\n\n") == ""


def test_an_entry_is_read_as_one_event() -> None:
    """As it is cut, with its blank line."""
    text = (
        b"__CURSOR=s=0f;i=1\n__REALTIME_TIMESTAMP=1772359800000000\n_HOSTNAME=anvil\nPRIORITY=3\nSYSLOG_IDENTIFIER=pumpd\n"
        b"MESSAGE\n" + struct.pack("<Q", 19) + b"pump 3 runs dry\n\xff\xfe\n\n\n"
    )
    (entry,) = Entries(1 << 20).cut(text)
    batch = batch_of(entry.content)
    assert len(batch) == 1
    assert batch.message(0).startswith(b"pump 3 runs dry")
    assert (batch.hosts[batch.host[0]], batch.services[batch.service[0]]) == ("anvil", "pumpd")
