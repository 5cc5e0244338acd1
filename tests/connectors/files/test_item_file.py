"""The item file: what was durable stays, what came after it is cut off, and nothing is written twice."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import InputError
from connectors.files.item_file import ItemFile
from tests.support.examples import examples

LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b" ")), max_size=12)


def test_lines_stand_one_below_the_other(tmp_path: Path) -> None:
    """Each line ends in one newline, and the length is what the file system says."""
    path = tmp_path / "items.jsonl"
    file = ItemFile(path, 0)
    file.append(b'{"a":1}')
    file.append(b'{"b":2}')
    assert file.sync() == 16 == path.stat().st_size
    assert path.read_bytes() == b'{"a":1}\n{"b":2}\n'


@settings(max_examples=examples(40))
@given(lines=LINES, durable=st.integers(0, 12), lost=st.binary(max_size=30))
def test_a_stop_at_any_line_loses_and_doubles_nothing(
    lines: list[bytes], durable: int, lost: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After a stop the file is cut to what was durable, torn bytes included, and the rest is written again."""
    path = tmp_path_factory.mktemp("items") / "items.jsonl"
    file = ItemFile(path, 0)
    for line in lines[:durable]:
        file.append(line)
    length = file.sync()
    for line in lines[durable:]:
        file.append(line)
    with path.open("ab") as torn:
        torn.write(lost)
    resumed = ItemFile(path, length)
    for line in lines[durable:]:
        resumed.append(line)
    assert resumed.sync() == path.stat().st_size
    assert path.read_bytes() == b"".join(line + b"\n" for line in lines)


def test_a_new_run_begins_empty(tmp_path: Path) -> None:
    """Opened at length 0 the file holds nothing, whatever was there."""
    path = tmp_path / "items.jsonl"
    path.write_bytes(b"old\n")
    assert ItemFile(path, 0).sync() == 0
    assert path.read_bytes() == b""


def test_others_may_not_read_items(tmp_path: Path) -> None:
    """Items hold log text: the file is closed to strangers."""
    path = tmp_path / "items.jsonl"
    ItemFile(path, 0)
    assert path.stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("left", [b"", b'{"a":1}\n', b'{"a":1}\n{"c":33333}\n'])
def test_a_file_without_what_was_durable_is_refused(tmp_path: Path, left: bytes) -> None:
    """It is not filled up with bytes that nobody wrote, and stays as it was found."""
    path = tmp_path / "items.jsonl"
    path.write_bytes(left)
    with pytest.raises(InputError, match="Operator action"):
        ItemFile(path, 16)
    assert path.read_bytes() == left
