"""The evidence store: whole files in order of tenant and day, exactly once across a stop at any step."""

from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.arrays.arrow_columns import coded, constant
from brainstem.contracts.decision import decisions_to_arrow
from brainstem.contracts.event import EVIDENCE_SCHEMA, EVIDENCE_VERSION
from brainstem.contracts.reject import REJECT_SCHEMA
from brainstem.stored_rows import header_lists
from state.store import file_names, path_names
from state.store.atomic_files import write_file
from state.store.layouts import DECISIONS, EVIDENCE
from state.store.listing import published_files, staged_files
from state.store.parquet_files import DAY_US, GROUP_LEAST_ROWS
from state.store.parquet_store import (
    MissingFilesError,
    OutputInUseError,
    PartitionedParquet,
    publish_all,
    read_evidence,
    read_rejects,
    scan,
)
from tests.support.examples import examples
from tests.support.findings import finding
from tests.support.folders import decision

STAMP = pa.timestamp("us", "UTC")
ROWS = st.lists(
    st.tuples(st.sampled_from(["acme", "Acme", "../x"]), st.sampled_from(["a", "b"]), st.integers(0, 3)),
    max_size=30,
)


def batch(tenants: list[str], sources: list[str], positions: list[int], days: list[int]) -> pa.RecordBatch:
    """Return evidence rows, one for each item of the lists."""
    count = len(positions)
    codes, zeros = np.arange(count, dtype=np.int32), np.zeros(count, np.int64)
    columns = [
        coded(codes, tenants),
        coded(codes, sources),
        pa.array(positions, pa.int64()),
        pa.array([5] * count, pa.int32()),
        pa.array(np.array(days, np.int64) * DAY_US + 1, STAMP),
        constant("parsed", count),
        pa.array(zeros, STAMP),
        constant("db1", count),
        constant("backupd", count),
        pa.array(zeros, pa.int8()),
        pa.array(zeros, pa.uint64()),
        pa.array(zeros == 1),
        pa.array([f"{position:04d}\n".encode() for position in positions], pa.binary()),
        header_lists([[("at", b"%d" % position)] for position in positions], count),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=EVIDENCE_SCHEMA)


def rows(first: int, count: int = 4) -> pa.RecordBatch:
    """Return `count` rows of one source over two days."""
    positions = list(range(first, first + count))
    return batch(["acme"] * count, ["a"] * count, positions, [each % 2 for each in positions])


def store(out: Path, **options: int) -> PartitionedParquet:
    """Return an evidence store below `out`."""
    return PartitionedParquet(out / "evidence", EVIDENCE, "p0", **options)


def positions(out: Path) -> list[int]:
    """Return the visible positions, ordered."""
    return sorted(read_evidence(out).collect()["position"].to_list())


# each example waits for the disk some twenty times
@settings(max_examples=examples(30))
@given(batches=st.lists(ROWS, max_size=5), bound=st.integers(1, 40), own_file_rows=st.sampled_from([1, 5, 1000]))
def test_every_row_stands_once_and_in_order(
    batches: list[list[tuple[str, str, int]]], bound: int, own_file_rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever the batches and the bounds: in a file of all tenants, or in the folder of the one that has many."""
    out = tmp_path_factory.mktemp("out")
    evidence = store(out, max_buffered_rows=bound, own_file_rows=own_file_rows)
    evidence.recover(0)
    expected, position = [], 0
    for each in batches:
        numbered = [(tenant, source, day, position + step) for step, (tenant, source, day) in enumerate(each)]
        position += len(each)
        expected += numbered
        tenants, sources, days, places = (list(column) for column in zip(*numbered, strict=True)) if each else ([],) * 4
        evidence.add(batch(tenants, sources, places, days))
    assert published_files(out / "evidence") == []
    evidence.publish(evidence.stage())
    held = []
    for path in published_files(out / "evidence"):
        table = pl.read_parquet(path, hive_partitioning=False)
        order = ["tenant", pl.col("event_time").dt.date(), "source", "position"]
        assert table.select(order).rows() == sorted(table.select(order).rows())
        tenant = file_names.tenant_in(path.parent.name)
        name = file_names.parse(path.name)
        assert name is not None
        if tenant is None:
            assert path.parent.name == "arrived"
            assert name.days is None
            assert max(table["tenant"].value_counts()["count"].to_list()) < own_file_rows
        else:
            assert {path_names.encode(name) for name in table["tenant"].unique()} == {tenant}
            held_days = table["event_time"].dt.epoch("d")
            assert name.days == (held_days.min(), held_days.max())
            assert len(table) >= own_file_rows
        held += table.select("tenant", "source", "event_time", "position", "message_raw").rows()
    assert sorted((row[0], row[1], row[2].toordinal() - 719_163, row[3]) for row in held) == sorted(expected)
    assert all(row[4] == f"{row[3]:04d}\n".encode() for row in held)


class StopHereError(Exception):
    """The process dies here."""


STOPS = ["after add", "after stage", "after snapshot", "within publish", "after publish"]


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("epoch_of_stop", [0, 1, 2])
def test_a_stop_after_any_step_loses_and_doubles_nothing(tmp_path: Path, stop: str, epoch_of_stop: int) -> None:
    """A run of three epochs is stopped after each step, resumed from its last snapshot, and ends like the uncut run."""
    snapshots = [(0, 0)]
    stops = iter([stop])

    def reach(step: str, epoch: int) -> None:
        if step == stop and epoch == epoch_of_stop and next(stops, None):
            if step == "within publish":
                first = staged_files(tmp_path / "evidence")[0]
                first.rename(file_names.published(first))
            raise StopHereError

    def attempt() -> None:
        first_epoch, sequence = snapshots[-1]
        evidence = store(tmp_path)
        evidence.recover(sequence)
        for epoch in range(first_epoch, 3):
            evidence.add(rows(epoch * 8))
            reach("after add", epoch)
            evidence.add(rows(epoch * 8 + 4))
            sequence = evidence.stage()
            reach("after stage", epoch)
            snapshots.append((epoch + 1, sequence))
            reach("after snapshot", epoch)
            reach("within publish", epoch)
            evidence.publish(sequence)
            reach("after publish", epoch)

    with pytest.raises(StopHereError):
        attempt()
    visible = positions(tmp_path)
    assert set(visible) <= set(range(8 * snapshots[-1][0]))
    attempt()
    assert positions(tmp_path) == list(range(24))
    assert staged_files(tmp_path / "evidence") == []
    assert len(published_files(tmp_path / "evidence")) == 3


def test_publishing_one_epoch_late_shows_only_what_is_durable(tmp_path: Path) -> None:
    """What was staged after the snapshot in question stays invisible, also when the buffer overflowed."""
    evidence = store(tmp_path, max_buffered_rows=4)
    evidence.recover(0)
    evidence.add(rows(0))
    first = evidence.stage()
    evidence.add(rows(4))
    evidence.publish(first)
    assert positions(tmp_path) == [0, 1, 2, 3]
    evidence.publish(first)
    assert positions(tmp_path) == [0, 1, 2, 3]
    assert len(staged_files(tmp_path / "evidence")) == 1
    evidence.publish(evidence.stage())
    assert positions(tmp_path) == list(range(8))


def test_an_output_at_rest_has_nothing_staged(tmp_path: Path) -> None:
    """After a run has ended well all parts are shown, and doing so again changes nothing."""
    for part in ("p0", "p1"):
        evidence = PartitionedParquet(tmp_path / "evidence", EVIDENCE, part)
        evidence.recover(0)
        evidence.add(rows(0 if part == "p0" else 4))
        evidence.stage()
    publish_all(tmp_path / "evidence")
    publish_all(tmp_path / "evidence")
    assert positions(tmp_path) == list(range(8))
    assert staged_files(tmp_path / "evidence") == []


def test_a_torn_staged_file_is_deleted_at_recovery(tmp_path: Path) -> None:
    """A crash while writing leaves half a file, which no snapshot covers."""
    evidence = store(tmp_path)
    evidence.recover(0)
    evidence.add(rows(0))
    evidence.stage()
    for staged in staged_files(tmp_path / "evidence"):
        staged.write_bytes(staged.read_bytes()[:50])
    store(tmp_path).recover(0)
    assert staged_files(tmp_path / "evidence") == []


def test_parts_keep_to_their_own_files(tmp_path: Path) -> None:
    """Recovery of one part leaves the staged files of another, also one whose name begins alike."""
    stores = {}
    for part in ("p0", "p0-1"):
        stores[part] = PartitionedParquet(tmp_path / "evidence", EVIDENCE, part)
        stores[part].recover(0)
        stores[part].add(rows(0 if part == "p0" else 4))
        stores[part].stage()
    stores["p0"].recover(0)
    assert len(staged_files(tmp_path / "evidence")) == 1
    stores["p0-1"].publish(2)
    assert positions(tmp_path) == [4, 5, 6, 7]


def test_a_new_run_does_not_overwrite_another(tmp_path: Path) -> None:
    """Pointing a fresh run at a used folder is refused before anything changes."""
    evidence = store(tmp_path)
    evidence.recover(0)
    evidence.add(rows(0))
    evidence.publish(evidence.stage())
    with pytest.raises(OutputInUseError, match="Operator action"):
        store(tmp_path).recover(0)
    assert positions(tmp_path) == [0, 1, 2, 3]


@pytest.mark.parametrize("harm", ["removed", "emptied"])
@pytest.mark.parametrize("number", [0, 1, 2])
@pytest.mark.parametrize("published_before", [0, 3])
def test_files_that_a_snapshot_covers_are_missed(tmp_path: Path, harm: str, number: int, published_before: int) -> None:
    """Whichever of them is gone, staged or published: the run is refused, and the others stay."""
    evidence = store(tmp_path)
    evidence.recover(0)
    for first in (0, 4, 8):
        evidence.add(rows(first))
        evidence.stage()
    evidence.publish(published_before)
    root = tmp_path / "evidence"
    paths = (published_files if published_before else staged_files)(root)
    if harm == "removed":
        paths[number].unlink()
    else:
        paths[number].write_bytes(b"")
    kept = sorted(root.rglob("*.parquet*"))
    with pytest.raises(MissingFilesError, match="Operator action"):
        store(tmp_path).recover(3)
    assert sorted(root.rglob("*.parquet*")) == kept


def test_rows_without_positions_keep_their_order_within_a_day(tmp_path: Path) -> None:
    """Two decisions of one tick are read in the order in which they were made."""
    ticks = [DAY_US + 5, 5, 7, 7]
    decisions = [decision(finding(), tick_us=tick, family=number) for number, tick in enumerate(ticks)]
    kept = PartitionedParquet(tmp_path, DECISIONS, "p0")
    kept.recover(0)
    kept.add(decisions_to_arrow(decisions))
    kept.publish(kept.stage())
    assert scan(tmp_path, DECISIONS.schema).collect()["family"].to_list() == [1, 2, 3, 0]


def test_a_reader_of_one_tenant_skips_row_groups_of_others(tmp_path: Path) -> None:
    """Groups of a file of all tenants end where a tenant ends, and hold no names of others."""
    sizes = {"a": 10, "b": GROUP_LEAST_ROWS, "c": 20, "d": 2 * GROUP_LEAST_ROWS, "e": 1}
    evidence = store(tmp_path)
    evidence.recover(0)
    for tenant, count in sizes.items():
        evidence.add(batch([tenant] * count, [f"of {tenant}"] * count, list(range(count)), [0] * count))
    evidence.publish(evidence.stage())
    (path,) = published_files(tmp_path / "evidence")
    with pq.ParquetFile(path) as file:
        groups = [file.read_row_group(number, ["tenant", "source"]) for number in range(file.num_row_groups)]
        bounds = [file.metadata.row_group(number).column(0).statistics for number in range(file.num_row_groups)]
    held = [sorted({str(name) for name in group["tenant"].to_pylist()}) for group in groups]
    assert held == [["a", "b"], ["c", "d"], ["e"]]
    assert [[each.min, each.max] for each in bounds if each] == [["a", "b"], ["c", "d"], ["e", "e"]]


def test_a_single_tenant_at_the_end_of_an_input_has_a_file_of_its_own(tmp_path: Path) -> None:
    """Nothing is left to be done for it when the run has ended."""
    evidence = store(tmp_path)
    evidence.recover(0)
    evidence.add(rows(0))
    evidence.begin_to_write(is_last=True)
    evidence.publish(evidence.stage())
    (path,) = published_files(tmp_path / "evidence")
    assert path == tmp_path / "evidence" / "tenant=acme" / "1970-01-01_1970-01-02_ev-p0-0000000000.parquet"


def test_an_empty_store_has_the_columns_and_no_rows(tmp_path: Path) -> None:
    """Reading an output without stored events is no error."""
    assert read_evidence(tmp_path).collect().shape == (0, len(EVIDENCE_SCHEMA))
    assert read_rejects(tmp_path).collect().columns == REJECT_SCHEMA.names
    assert read_evidence(tmp_path).filter(pl.col("host") == "db1").collect().is_empty()


def test_empty_and_filled_stores_have_the_same_types(tmp_path: Path) -> None:
    """A query written for one works on the other."""
    empty = read_evidence(tmp_path).collect_schema()
    evidence = store(tmp_path)
    evidence.recover(0)
    evidence.add(rows(0))
    evidence.publish(evidence.stage())
    assert read_evidence(tmp_path).collect_schema() == empty


def test_files_name_their_contract(tmp_path: Path) -> None:
    """The schema's name and version travel in each file."""
    evidence = store(tmp_path)
    evidence.recover(0)
    evidence.add(rows(0))
    evidence.publish(evidence.stage())
    metadata = pq.read_metadata(published_files(tmp_path / "evidence")[0]).metadata
    assert metadata is not None
    assert metadata[b"contract"] == b"brainstem.evidence"
    assert metadata[b"version"] == str(EVIDENCE_VERSION).encode()


def test_a_small_file_is_old_or_new(tmp_path: Path) -> None:
    """Writing a ledger or digest replaces it whole and leaves nothing beside it."""
    path = tmp_path / "ledger.json"
    write_file(path, b"old")
    write_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]
