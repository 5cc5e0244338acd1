"""A sample of a file holds records of its beginning, its middle and its end, and none of them twice."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.files.cursor import FileInput
from connectors.files.discovery import discover, parse_argument
from flows.sources.file_sample import sample


def input_of(path: Path, content: bytes) -> FileInput:
    """Write a file and return it as an input."""
    path.write_bytes(content)
    return discover([parse_argument(str(path))]).files[0]


def numbers(file: FileInput, piece_records: int) -> list[int]:
    """Return the numbers that end the records of a sample."""
    pieces = sample(file, piece_records)
    texts = [
        piece.buffer[start : start + length].tobytes()
        for piece in pieces
        for start, length in zip(piece.start.tolist(), piece.length.tolist(), strict=True)
    ]
    return [int(text.split()[-1]) for text in texts]


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_three_parts_of_a_long_file_are_read(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    """Whole records, in order, however the file is compressed."""
    content = b"".join(b"2022-02-04 10:00:00 ERROR pump runs dry, round %d\n" % number for number in range(20_000))
    found = numbers(input_of(tmp_path / "a.log", compress(content)), 30)
    assert found[:30] == list(range(30))
    assert (len(found), found) == (90, sorted(set(found)))
    assert 9_800 < found[30] < 10_200
    assert found[60] > 17_000


@pytest.mark.parametrize("records", [0, 1, 2, 29, 30, 31, 100])
def test_a_short_file_is_read_once(tmp_path: Path, records: int) -> None:
    """No record comes twice, and the last one is there."""
    content = b"".join(b"2022-02-04 10:00:00 ERROR round %d\n" % number for number in range(records))
    found = numbers(input_of(tmp_path / "a.log", content), 400)
    assert found == list(range(records))


def test_of_what_is_not_lines_of_bytes_only_the_beginning_is_read(tmp_path: Path) -> None:
    """A position in the middle of a code unit would make nonsense of the rest."""
    content = b"".join(b"2022-02-04 10:00:00 ERROR \0 round %d\n" % number for number in range(20_000))
    assert numbers(input_of(tmp_path / "a.log", content), 30) == list(range(30))
