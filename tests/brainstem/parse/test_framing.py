"""Framing: every byte in a record, continuation lines with what they continue, however the stream arrives."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.parse.framing import BUFFER_BYTES_NEEDED, MAX_JOINED_LINES, MAX_RECORD_BYTES, frame
from tests.support.parsing import records

LINE_PARTS = st.sampled_from(
    [
        b"\n",
        b"\r\n",
        b"\n\n",
        b" ",
        b"\t",
        b"pump dry",
        b"{",
        b"Traceback (most recent call last):\n",
        b'  File "a.py", line 1\n',
        b"\tat lab.Pump.run(Pump.java:7)\n",
        b"Caused by: lab.Dry: no water\n",
        b"... 12 more\n",
        b"lab.errors.Dry: no water\n",
        b"ValueError: x\n",
        b"\x00",
        b"\xff\xfe",
    ]
)
STREAMS = st.lists(LINE_PARTS, max_size=40).map(b"".join)


def cut(content: bytes, sizes: list[int], max_records: int | None, max_record_bytes: int) -> list[bytes]:
    """Read a stream in pieces as a connector does: keep what is not consumed, read on when nothing is."""
    found: list[bytes] = []
    held, position = b"", 0
    step = 0
    while True:
        final = position == len(content)
        frames = frame(np.frombuffer(held, np.uint8), final, max_records, max_record_bytes=max_record_bytes)
        found += [held[s : s + n] for s, n in zip(frames.start.tolist(), frames.length.tolist(), strict=True)]
        held = held[frames.consumed_bytes :]
        if final and not held:
            return found
        if len(frames) == 0 or not final:
            size = sizes[step % len(sizes)] if sizes else 1
            held += content[position : position + size]
            position = min(len(content), position + size)
            step += 1


@given(STREAMS)
def test_records_tile_the_stream(content: bytes) -> None:
    """No byte is lost, added or moved."""
    assert b"".join(records(content)) == content


@given(STREAMS, st.lists(st.integers(1, 60), max_size=6), st.sampled_from([None, 1, 3]), st.sampled_from([8, 40, 4096]))
def test_records_do_not_depend_on_how_the_stream_was_read(
    content: bytes, sizes: list[int], max_records: int | None, max_record_bytes: int
) -> None:
    """Any sequence of read sizes and any limit of records find what one read finds."""
    assert cut(content, sizes, max_records, max_record_bytes) == records(content, max_record_bytes=max_record_bytes)


@given(st.binary(max_size=300), st.integers(1, 30))
def test_any_bytes_are_framed_the_same_in_pieces(content: bytes, size: int) -> None:
    """The same for bytes of any kind."""
    assert cut(content, [size], None, 16) == records(content, max_record_bytes=16)


@given(STREAMS, st.sampled_from([8, 16]))
def test_a_piece_of_a_long_line_is_never_mistaken_for_a_record(content: bytes, limit: int) -> None:
    """Each piece of a line that is too long is too long itself."""
    longest = {line for line in content.splitlines(keepends=True) if len(line) > limit and b"\n" in line}
    for record in records(content, max_record_bytes=limit):
        if any(record in line and record != line for line in longest) and not record.endswith(b"\n"):
            assert len(record) > limit or content.endswith(record)


def test_a_torn_last_line_is_still_a_record() -> None:
    """What stands behind the last newline is not dropped."""
    assert records(b"one\ntwo") == [b"one\n", b"two"]


def test_an_unfinished_line_is_held_back() -> None:
    """Before the end of the stream a line without its newline is no line yet."""
    frames = frame(np.frombuffer(b"one\ntwo\nthr", np.uint8), final=False)
    assert frames.consumed_bytes == 4


def test_an_indented_line_belongs_to_the_record_above() -> None:
    """Spaces and tabs both continue."""
    assert records(b"one\n two\n\tthree\nfour\n") == [b"one\n two\n\tthree\n", b"four\n"]


def test_a_blank_line_is_a_record_that_nothing_continues() -> None:
    """So its rejection takes no text with it."""
    assert records(b"one\n\n two\n") == [b"one\n", b"\n", b" two\n"]


def test_a_python_trace_is_one_record_with_its_last_line() -> None:
    """The exception's own line is not indented."""
    trace = (
        b'boom\nTraceback (most recent call last):\n  File "a.py", line 1, in run\n    go()\nlab.errors.Dry: no water\n'
    )
    assert records(trace + b"next: line\n") == [trace, b"next: line\n"]


def test_a_java_trace_is_one_record_with_its_causes() -> None:
    """Causes, suppressed ones and elisions continue it."""
    trace = (
        b"failed lab.Dry: no water\n\tat lab.Pump.run(Pump.java:7)\n"
        b"Caused by: lab.Leak\n\tat lab.Pipe.open(Pipe.java:3)\n... 12 more\nSuppressed: lab.Cold\n"
    )
    assert records(trace + b"next line\n") == [trace, b"next line\n"]


def test_an_error_line_outside_a_trace_is_a_record_of_its_own() -> None:
    """Only a trace is closed by it."""
    assert records(b"one\nValueError: x\n") == [b"one\n", b"ValueError: x\n"]


def test_a_json_record_takes_no_continuation() -> None:
    """It is whole on its line."""
    assert records(b'{"a":1}\n  x\n') == [b'{"a":1}\n', b"  x\n"]


def test_joined_lines_have_a_limit() -> None:
    """A file that is indented throughout does not become one record."""
    content = b"x\n" + b" y\n" * (MAX_JOINED_LINES + 5)
    assert [record.count(b"\n") for record in records(content)] == [MAX_JOINED_LINES, 6]


@pytest.mark.parametrize("newline", [True, False])
def test_a_line_longer_than_a_record_does_not_stop_progress(newline: bool) -> None:
    """A buffer of the stated size is always enough."""
    content = b"x" * (2 * BUFFER_BYTES_NEEDED) + (b"\n" if newline else b"")
    frames = frame(np.frombuffer(content[:BUFFER_BYTES_NEEDED], np.uint8), final=False)
    assert frames.consumed_bytes == MAX_RECORD_BYTES + 1
    assert all(len(record) > MAX_RECORD_BYTES for record in records(content))


def test_an_empty_stream_has_no_record() -> None:
    """Nothing is framed as nothing."""
    assert records(b"") == []
