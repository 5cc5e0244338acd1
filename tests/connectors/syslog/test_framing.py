"""Frames of TCP syslog: the same messages however the network cuts them, and what is none is rejected."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.syslog.framing import Frame, FrameDecoder, FrameFault

MOST = 200
TEXT = st.binary(min_size=1, max_size=40).filter(lambda text: not set(text) & set(b"\n\r\x00"))
COUNTED = st.builds(lambda text: b"<13>" + text.rstrip(b"\n\r\x00"), st.binary(max_size=40))
LINES = st.builds(lambda text: b"<13>" + text, TEXT)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\x00"])


def frames_of(pieces: list[bytes], *, in_order: bool = True) -> list[Frame]:
    """Return all frames of a connection that brings these pieces and ends."""
    decoder = FrameDecoder(MOST)
    return [frame for piece in pieces for frame in decoder.feed(piece)] + decoder.end(in_order=in_order)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """Return a stream in pieces."""
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[low:high] for low, high in pairwise(edges)]


def counted(message: bytes) -> bytes:
    """Return a message with its octet count."""
    return b"%d %s" % (len(message), message)


@given(
    messages=st.lists(st.one_of(st.tuples(COUNTED, st.none()), st.tuples(LINES, ENDS)), max_size=12),
    places=st.lists(st.integers(0, 2000), max_size=30),
)
def test_messages_come_out_whole_however_the_stream_is_cut(
    messages: list[tuple[bytes, bytes | None]], places: list[int]
) -> None:
    """Both ways of framing, mixed in one connection."""
    stream = b"".join(counted(message) if end is None else message + end for message, end in messages)
    assert frames_of(cut(stream, places)) == [Frame(message) for message, _ in messages]


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_a_long_stream_gives_the_same_messages_in_every_random_cut(count: int) -> None:
    """Both ways of framing, all ends, and messages that look like counts."""
    dice = random.Random(7)
    messages = [b"<13>%d %s" % (number, b"1 2 <14>3 "[: dice.randrange(10)] + b"x") for number in range(60)]
    ends = [b"", b"\n", b"\r\n", b"\x00"]
    stream = b"".join(message + end if (end := dice.choice(ends)) else counted(message) for message in messages)
    expected = [Frame(message) for message in messages]
    for _ in range(count):
        places = [dice.randrange(len(stream)) for _ in range(dice.choice([1, 5, 60, 700]))]
        assert frames_of(cut(stream, places)) == expected


@given(stream=st.binary(max_size=600), places=st.lists(st.integers(0, 600), max_size=30))
def test_the_frames_of_any_bytes_do_not_depend_on_their_cuts(stream: bytes, places: list[int]) -> None:
    """Garbage too gives the same frames, up to the place where a connection ends in both."""
    whole, pieces = frames_of([stream]), frames_of(cut(stream, places))
    sound = [frame for frame in whole if frame.fault is None]
    assert sound == [frame for frame in pieces if frame.fault is None]
    assert [frame.fault for frame in whole if frame.fault] == [frame.fault for frame in pieces if frame.fault]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"2 disks failed\n12 fans\n", [Frame(b"2 disks failed"), Frame(b"12 fans")]),
        (b"2026-03-17 07:22:21 up\n", [Frame(b"2026-03-17 07:22:21 up")]),
        (b"10 <13>abcdef\n<14>next\n", [Frame(b"<13>abcdef"), Frame(b"<14>next")]),
        (b"\n\n<13>a\n\n", [Frame(b"<13>a")]),
        (b"6 <13>a\n7 <13>b\r\n6 <13>c\x007 <13>d\ne", [Frame(b"<13>" + end) for end in (b"a", b"b", b"c", b"d\ne")]),
        (b"<13>unfinished", [Frame(b"<13>unfinished")]),
        (b"99 <13>unfinished", [Frame(b"99 <13>unfinished", FrameFault.CUT_OFF)]),
        (b"8 <13>abcdefgh\n", [Frame(b"<13>abcd"), Frame(b"efgh\n", FrameFault.WRONG_COUNT)]),
        (b"201 <13>", [Frame(b"201 <13>", FrameFault.OVERSIZE)]),
        (b"99999999999 <13>", [Frame(b"99999999999 <13>", FrameFault.OVERSIZE)]),
        (b"<13>" + b"x" * 300, [Frame(b"<13>" + b"x" * 300, FrameFault.OVERSIZE)]),
        (b"0 <13>a\n", [Frame(b"0 <13>a")]),
    ],
)
def test_a_frame_is_told_by_how_it_begins(stream: bytes, expected: list[Frame]) -> None:
    """A count needs a number without a leading zero, a space and a priority; a wrong one ends the connection."""
    assert frames_of([stream]) == expected


def test_a_line_that_a_reset_has_cut_is_no_message() -> None:
    """Its rest is lost, and a part of a message is not the message."""
    assert frames_of([b"<13>half"], in_order=False) == [Frame(b"<13>half", FrameFault.CUT_OFF)]


def test_nothing_is_returned_of_a_broken_connection() -> None:
    """What follows a fault is not looked at."""
    decoder = FrameDecoder(MOST)
    decoder.feed(b"8 <13>abcdefgh\n")
    assert decoder.is_broken
    assert decoder.feed(b"<13>later\n") == []
    assert decoder.end(in_order=True) == []
