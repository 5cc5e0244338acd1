"""Stored records come as they were received: bytes and positions, in order, however many are read at once."""

from pathlib import Path

import polars as pl
import pytest

import flows.sources.stored_records as module
from connectors.files.cursor import FileInput
from flows.recovery.run_record import read_record
from flows.sinks.output_folder import OutputFolder
from flows.sources.stored_records import StoredCursor, StoredRecords
from tests.support.program import run


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run over two files with lines that are rejected between the others."""
    folder = tmp_path_factory.mktemp("stored")
    for name in ("one", "two"):
        lines = [
            f"2026-03-02T{number // 60:02d}:{number % 60:02d}:00Z web{number % 3} sshd[{number}]: said {name} {number}"
            for number in range(300)
        ]
        lines[7] = lines[99] = ""
        (folder / f"{name}.log").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    ran = run(None, "replay", folder / "one.log", folder / "two.log", "--out", folder / "out")
    assert ran.status == 0, ran.err
    return folder / "out"


def files_of(out: Path) -> tuple[FileInput, ...]:
    """Return the inputs of the run."""
    return read_record(OutputFolder(out).run_record).plan.inventory.files


@pytest.mark.parametrize("at_once_bytes", [0, 1 << 20])
@pytest.mark.parametrize("window_bytes", [16, 500, 1 << 20])
@pytest.mark.parametrize("batch", [1, 64, 10_000])
def test_records_are_those_of_the_file(
    out: Path, monkeypatch: pytest.MonkeyPatch, at_once_bytes: int, window_bytes: int, batch: int
) -> None:
    """Also where a window holds no record, and where reading begins in the middle."""
    if window_bytes == 16 and (batch > 1 or not at_once_bytes):
        pytest.skip("a query for each few bytes takes long, and the other sizes say the same")
    monkeypatch.setattr(module, "WINDOW_BYTES", window_bytes)
    monkeypatch.setattr(module, "AT_ONCE_BYTES", at_once_bytes)
    records = StoredRecords(out)
    for file in files_of(out):
        assert file.path is not None
        content = file.path.read_bytes()
        for begin in (0, content.index(b"\n", 1000) + 1):
            cursor = StoredCursor(records, file, begin)
            found, position = [], begin
            while (envelopes := cursor.read(batch)) is not None:
                assert 0 < len(envelopes) <= batch
                assert int(envelopes.position[0]) == position
                start, length = envelopes.start.tolist(), envelopes.length.tolist()
                found += [envelopes.buffer[low : low + size].tobytes() for low, size in zip(start, length, strict=True)]
                position = cursor.position
            assert b"".join(found) == content[begin:]
            assert all(each.endswith(b"\n") for each in found)


def test_of_records_held_twice_the_first_counts(out: Path) -> None:
    """As after a copy was restored beside what was there."""
    (file, *_) = files_of(out)
    records = StoredRecords(out)
    window = records.window(file.source, 0, 10**9)
    assert window["position"].is_sorted()
    assert window["position"].n_unique() == len(window) == 300
    assert isinstance(window["raw"].dtype, pl.Binary)
