"""Where a new run begins behind what is stored of a live one that cannot go on."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from connectors.base import InputError
from connectors.kafka.reader import Place
from flows.runs.stored_ends import StoredEnds, first_missing, note_staged, noted_ends
from flows.sinks.output_folder import OutputFolder
from flows.sources.stored_messages import StoredPlaces

LOGS = "kafka:logs/3"
HERE = Place("logs", 3)


def rows(positions: range, source: str = LOGS) -> pl.DataFrame:
    """Return stored messages of a partition."""
    return pl.DataFrame(
        {"source": [source] * len(positions), "tenant": ["north"] * len(positions), "position": list(positions)},
        {"source": pl.String, "tenant": pl.String, "position": pl.Int64},
    )


def begins_at(folder: Path, published: pl.DataFrame, *staged: pl.DataFrame) -> tuple[int, int]:
    """Return with which offset a new run begins, and how many stored messages it reads again."""
    paths = [folder / f"{number}.parquet" for number in range(len(staged))]
    for path, part in zip(paths, staged, strict=True):
        part.write_parquet(path)
    every = pl.concat([published, *staged])
    ends = {HERE: int(every["position"].max()) + 1}  # type: ignore[arg-type]  # there are rows
    next_offsets, repeated = first_missing(every.lazy(), published.lazy(), paths, ends)
    return next_offsets[HERE], repeated


def test_what_one_writer_had_in_memory_is_read_again(tmp_path: Path) -> None:
    """A reject behind events that were not staged: reading goes on with them, and the reject comes twice."""
    assert begins_at(tmp_path, rows(range(100)), rows(range(105, 106))) == (100, 1)


def test_what_is_stored_without_a_gap_is_not_read_again(tmp_path: Path) -> None:
    """Also where two writers have parts of it."""
    assert begins_at(tmp_path, rows(range(100)), rows(range(100, 104, 2)), rows(range(101, 104, 2))) == (104, 0)


def test_the_part_of_another_source_of_the_partition_counts(tmp_path: Path) -> None:
    """As where a header tells the tenant: what is published of it is not missing."""
    published = pl.concat([rows(range(90)), rows(range(90, 100), f"{LOGS}@south")])
    assert begins_at(tmp_path, published, rows(range(100, 103))) == (103, 0)


def test_the_first_message_that_was_staged_is_where_it_begins_if_nothing_is_published(tmp_path: Path) -> None:
    """With which offset the run began is not known from what it stored."""
    assert begins_at(tmp_path, rows(range(0)), rows(range(7, 9)), rows(range(10, 12))) == (9, 2)


def test_a_repair_that_is_repeated_says_the_same(tmp_path: Path) -> None:
    """Staged files are published by the first one, so the second cannot tell them from others."""
    folder = OutputFolder(tmp_path)
    first = StoredEnds(StoredPlaces(tmp_path, {}, {}, {}), True, (), {HERE: 100}, 1)
    assert noted_ends(folder, first) == first
    assert noted_ends(folder, replace(first, next_offsets={HERE: 106}, repeated=0)) == first
    assert note_staged(folder) == []


@pytest.mark.parametrize("damaged", [b"", b"[]", b'{"next_offsets": [[1]]}', b'{"staged": [1]}', b'{"repeated": "x"}'])
def test_a_damaged_note_is_told(tmp_path: Path, damaged: bytes) -> None:
    """It names the file and what to do."""
    folder = OutputFolder(tmp_path)
    folder.repaired_ends.write_bytes(damaged)
    with pytest.raises(InputError, match=r"_repaired-ends\.json is damaged"):
        note_staged(folder)
