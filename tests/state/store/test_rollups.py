"""Rollups: what they say of the evidence is what the evidence says, whatever was kept of it before."""

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.event import EVIDENCE_SCHEMA
from state.store.compaction import BY_HAND, compact_store
from state.store.file_names import ROLLUPS
from state.store.layouts import EVIDENCE
from state.store.listing import published_files
from state.store.parquet_store import PartitionedParquet, read_evidence
from state.store.rollups import SMALL_SEGMENTS_MOST, rollups_of
from tests.support.examples import examples
from tests.support.findings import DAY_US, NOON_US
from tests.support.folders import line

EVENTS = st.tuples(
    st.sampled_from(["north", "south"]),
    st.sampled_from(["edge1", "edge2", ""]),
    st.sampled_from([0x11, 0x22, 2**64 - 1]),
    st.integers(NOON_US - 3 * DAY_US, NOON_US + DAY_US),
)


def stored(out: Path, batches: list[list[dict[str, Any]]], writer: str = "p0") -> None:
    """Write rows of the event store, a file for each batch."""
    store = PartitionedParquet(out / EVIDENCE.folder, EVIDENCE, writer, own_file_rows=1)
    store.recover(0)
    for rows in batches:
        store.add(pa.RecordBatch.from_pylist(rows, EVIDENCE_SCHEMA))
        store.publish(store.stage())


def row(tenant: str, host: str, signature: int, time_us: int) -> dict[str, Any]:
    """Return a row of the event store."""
    return line(time_us, tenant=tenant, host=host, signature=signature)


def counted(out: Path) -> Counter[tuple[str, str, int, int, int]]:
    """Return the events of each tenant, host, signature and hour, one event by one: the slow way."""
    found: Counter[tuple[str, str, int, int, int]] = Counter()
    for each in read_evidence(out).collect().iter_rows(named=True):
        time_us = int((each["event_time"] - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)
        key = each["tenant"], each["host"], each["signature"], time_us // DAY_US
        found[*key, -1] += 1
        found[*key, time_us % DAY_US // 3_600_000_000] = 1
    return found


def rolled_up(out: Path) -> Counter[tuple[str, str, int, int, int]]:
    """Return the same from rollups."""
    found: Counter[tuple[str, str, int, int, int]] = Counter()
    for each in rollups_of(out).days.collect().iter_rows(named=True):
        key = each["tenant"], each["host"], each["signature"], each["day"]
        found[*key, -1] += each["events"]
        for hour in range(24):
            if each["hours"] >> hour & 1:
                found[*key, hour] = 1
        assert each["first_us"] // DAY_US == each["last_us"] // DAY_US == each["day"]
    return found


@given(batches=st.lists(st.lists(EVENTS, min_size=1, max_size=12), min_size=1, max_size=5), asked=st.integers(0, 4))
@settings(max_examples=examples(25), deadline=None)
def test_counts_are_those_of_the_events_also_when_files_were_joined(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[str, str, int, int]]], asked: int
) -> None:
    """Asked for in between, after more files came, and after all were joined to few."""
    out = tmp_path_factory.mktemp("rollups")
    rows = [[row(*event) for event in batch] for batch in batches]
    stored(out, rows[:asked], "p0")
    assert rolled_up(out) == counted(out)
    stored(out, rows[asked:], "p1")
    assert rolled_up(out) == counted(out)
    if len(rows) > asked:
        compact_store(out / EVIDENCE.folder, EVIDENCE, BY_HAND)
    assert rolled_up(out) == counted(out)


def test_many_segments_become_one(tmp_path: Path) -> None:
    """A live run that is asked again and again does not fill the folder."""
    for number in range(3 * SMALL_SEGMENTS_MOST):
        stored(tmp_path, [[row("north", "edge1", number, NOON_US)]], f"p{number}")
        assert rolled_up(tmp_path) == counted(tmp_path)
    assert len(list((tmp_path / ROLLUPS).glob("*.days.parquet"))) <= SMALL_SEGMENTS_MOST


def test_what_is_too_much_for_one_segment_becomes_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So memory holds a part of it at a time."""
    monkeypatch.setattr("state.store.rollups.SEGMENT_ROWS", 3)
    stored(tmp_path, [[row("north", f"edge{number}", 0x11, NOON_US)] for number in range(7)])
    assert rolled_up(tmp_path) == counted(tmp_path)
    assert len(list((tmp_path / ROLLUPS).glob("*.days.parquet"))) == 3
    assert rolled_up(tmp_path) == counted(tmp_path)


def test_a_file_is_read_once(tmp_path: Path) -> None:
    """The second question opens no evidence, and a damaged rollup is made anew."""
    stored(tmp_path, [[row("north", "edge1", 0x11, NOON_US)]])
    first = rolled_up(tmp_path)
    (evidence,) = published_files(tmp_path / EVIDENCE.folder)
    content = evidence.read_bytes()
    evidence.write_bytes(bytes(len(content)))
    assert rolled_up(tmp_path) == first
    evidence.write_bytes(content)
    (segment,) = (tmp_path / ROLLUPS).glob("*.days.parquet")
    segment.write_bytes(b"no Parquet")
    assert rolled_up(tmp_path) == first


def test_a_folder_that_refuses_rollups_answers_all_the_same(tmp_path: Path) -> None:
    """As a disk that is read-only does; here a file has the folder's name."""
    stored(tmp_path, [[row("north", "edge1", 0x11, NOON_US)]])
    (tmp_path / ROLLUPS).write_text("in the way")
    assert rolled_up(tmp_path) == counted(tmp_path)


def test_statements_are_found_among_logs(tmp_path: Path) -> None:
    """Those that name their kind, and those that only have the form of one; no other JSON, and no other line."""
    texts = [
        '{"kind": "incident", "id": 7, "title": "Lift stuck", "time": "2026-03-01T00:00:00Z"}',
        '{"id": "A8", "title": "Lift stuck again", "service": "lift", "time": "2026-03-01T00:00:00Z"}',
        '{"signature": "s2-0011223344556677", "verdict": "useful", "note": "oiled"}',
        '{"verdict": "guilty", "item": "i1-no"}',
        '{"title": "a book"}',
        'broken {"verdict": ',
        '{"verdict": ',
        '["title", "id"]',
    ]
    stored(tmp_path, [[line(NOON_US + number, text) for number, text in enumerate(texts)]])
    rows = rollups_of(tmp_path).stated.sort("time_us").collect()
    assert rows.select("kind", "named", "about", "text", "verdict").rows() == [
        ("incident", True, "7", "Lift stuck", ""),
        ("incident", False, "A8", "Lift stuck again", ""),
        ("feedback", False, "s2-0011223344556677", "oiled", "useful"),
    ]


def test_row_groups_and_files_that_hold_nothing_asked_for_are_not_read(tmp_path: Path) -> None:
    """What is overwritten with zeros is not missed where it is of another tenant, day or signature."""
    dice = random.Random(3)
    count = 70_000
    for writer, tenant in (("p0", "north"), ("p1", "south")):
        rows = [
            row(tenant, f"edge{number % 9}", dice.randrange(2**63), NOON_US - 4 * DAY_US + number * 5_000_000)
            for number in range(count)
        ]
        stored(tmp_path, [rows], writer)
    assert rolled_up(tmp_path)
    (segment,) = (tmp_path / ROLLUPS).glob("*.days.parquet")
    one = rollups_of(tmp_path).days.filter((pl.col("tenant") == "south") & (pl.col("signature") > 2**62))
    expected = one.collect().sort("signature")
    # the rows are in order of tenant and signature: the first row group holds nothing of the south
    content = bytearray(segment.read_bytes())
    content[4:10_000] = bytes(9_996)
    segment.write_bytes(content)
    assert one.collect().sort("signature").equals(expected)
