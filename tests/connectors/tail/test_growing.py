"""Reading a file that grows: what is a record already, what is held back and for how long, and text in UTF-16."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.tail.growing import GROWING, Ending, ReplacedError, is_open, read_records
from connectors.tail.positions import FilePosition

LINES = Ending(lines=True)
ALL = Ending(lines=True, all=True)
TRACE = b"2026-03-01T10:00:00Z ERROR failed\n  at one\n  at two\n"


class Reading:
    """A file, and the position up to which its records were taken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = FilePosition("file:x", 1, 1, 1)

    def append(self, content: bytes) -> None:
        """Write behind the end."""
        with self.path.open("ab") as file:
            file.write(content)

    def read(self, ending: Ending = GROWING, *, block_bytes: int = 4096, most: int = 1000) -> list[bytes]:
        """Take all records that are there."""
        taken: list[bytes] = []
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            while True:
                read = read_records(descriptor, self.at, block_bytes, most, ending)
                self.at.advance(b"".join(read.records))
                self.at.note_ahead(read.ahead)
                taken += read.records
                if not read.has_more:
                    return taken
        finally:
            os.close(descriptor)


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Return an empty file that is read."""
    path = tmp_path / "app.log"
    path.touch()
    return Reading(path)


def test_a_last_record_waits_for_what_may_continue_it(reading: Reading) -> None:
    """Its own last line is whole, and the next one is still to come; a time without any settles it."""
    reading.append(TRACE)
    assert reading.read() == []
    assert reading.read(LINES) == [TRACE]
    assert reading.at.position == len(TRACE)


def test_a_line_without_its_end_waits_and_is_whole_once_its_end_has_come(reading: Reading) -> None:
    """The whole lines before it do not wait as long."""
    reading.append(b"2026-03-01T10:00:00Z one\n2026-03-01T10:00:01Z tw")
    assert reading.read(LINES) == [b"2026-03-01T10:00:00Z one\n"]
    reading.append(b"o\n")
    assert reading.read(LINES) == [b"2026-03-01T10:00:01Z two\n"]
    reading.append(b"2026-03-01T10:00:02Z torn")
    assert reading.read(LINES) == []
    assert reading.read(ALL) == [b"2026-03-01T10:00:02Z torn"]


@pytest.mark.parametrize(
    "begun",
    [
        b'{\n "level": "info",\n',
        b"2026-03-01T10:00:00.1Z stdout P the first half of \n",
        b'{"log":"the first half of ","stream":"stdout","time":"2026-03-01T10:00:00Z"}\n',
        b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\nMESSAGE=x\n",
    ],
)
def test_what_is_begun_and_not_closed_waits_as_a_line_without_its_end_does(reading: Reading, begun: bytes) -> None:
    """A JSON object over many lines, a part of a container's line, an entry of the journal."""
    assert is_open(begun)
    reading.append(begun)
    assert reading.read(LINES) == []
    assert b"".join(reading.read(ALL)) == begun


def test_parts_of_a_container_line_are_joined(reading: Reading) -> None:
    """Though they come one at a time."""
    parts = [
        b"2026-03-01T10:00:00.1Z stdout P the first half of \n",
        b"2026-03-01T10:00:00.2Z stdout F a line\n",
    ]
    for part in parts:
        reading.append(part)
        assert reading.read() == []
    reading.append(b"2026-03-01T10:00:01.2Z stdout F another\n")
    assert reading.read() == [b"".join(parts)]


def test_a_file_that_was_cut_and_written_anew_is_noticed_though_it_is_longer_now(reading: Reading) -> None:
    """By the bytes before the position, and by those that were seen behind it."""
    reading.append(b"2026-03-01T10:00:00Z one\n2026-03-01T10:00:01Z two\n")
    assert len(reading.read()) == 1
    reading.path.write_bytes(b"2026-03-01T10:00:00Z one\n2026-03-01T10:00:09Z other\n2026-03-01T10:00:10Z third\n")
    with pytest.raises(ReplacedError):
        reading.read()
    reading.path.write_bytes(b"2026-03-02T10:00:00Z new\n" * 9)
    with pytest.raises(ReplacedError):
        reading.read()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_read_as_utf_8_and_resumed_at_its_own_bytes(reading: Reading, encoding: str) -> None:
    """Also where a surrogate pair, or half of a unit, has just come."""
    text = "\ufeff" + "".join(f"2026-03-01T10:00:{second:02d}Z Größe \U0001f40b {second}\n" for second in range(60))
    raw, taken = text.encode(encoding), b""
    for begin in range(0, len(raw), 37):
        reading.append(raw[begin : begin + 37])
        taken += b"".join(reading.read())
    taken += b"".join(reading.read(ALL))
    assert taken.decode() == text
    assert (reading.at.position, reading.at.offset) == (len(taken), len(raw))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b"2026-03-01T10:00:00Z a\n", b"  continues\n", b"\n", b"plain\n", TRACE, b'{"a":1}\n', b"x" * 3000 + b"\n"]
        ),
        max_size=30,
    ),
    st.integers(1, 200),
    st.integers(1, 7),
)
def test_records_do_not_depend_on_when_a_file_was_looked_at(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], step: int, most: int
) -> None:
    """Those that are read while it is written are those of the whole file."""
    folder = tmp_path_factory.mktemp("growing")
    whole = b"".join(pieces)
    at_once, piecewise = Reading(folder / "at_once"), Reading(folder / "piecewise")
    at_once.append(whole)
    piecewise.append(b"")
    taken: list[bytes] = []
    for begin in range(0, len(whole), step):
        piecewise.append(whole[begin : begin + step])
        taken += piecewise.read(block_bytes=64, most=most)
    assert taken + piecewise.read(ALL) == at_once.read(ALL)
