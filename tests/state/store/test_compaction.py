"""Compaction: files become fewer, and each row is seen once at every moment, also after a stop at any step."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.contracts.decision import decisions_to_arrow
from brainstem.contracts.event import EVIDENCE_VERSION
from state.store import compaction, file_names
from state.store.background import Background
from state.store.compaction import (
    AT_THE_END,
    BY_HAND,
    MIXED_FILES,
    TENANT_FILES,
    WHILE_RUNNING,
    WRITING,
    Rules,
    compact,
    compact_store,
)
from state.store.layouts import DECISIONS, EVIDENCE
from state.store.listing import published_files, staged_files, swap_of
from state.store.parquet_files import DAY_US
from state.store.parquet_store import (
    OutputInUseError,
    PartitionedParquet,
    last_event_us,
    publish_all,
    read_evidence,
    read_evidence_since,
    scan,
)
from tests.state.store.test_parquet_store import batch
from tests.support.examples import examples
from tests.support.findings import finding
from tests.support.folders import decision

RULES = st.sampled_from([WHILE_RUNNING, AT_THE_END, BY_HAND])
SNAPSHOTS = st.lists(
    st.lists(st.tuples(st.sampled_from(["acme", "Acme", "../x", "z"]), st.integers(0, 3)), max_size=8), max_size=12
)
WRITER = "ev-p0"
FEW_FILES = 6
"""so many are joined at once where compaction is told so"""


def filled(out: Path, snapshots: int, tenants: int = 3, first: int = 0, part: str = "p0") -> PartitionedParquet:
    """Publish a file for each snapshot, with two rows of each tenant; a day has four snapshots."""
    evidence = PartitionedParquet(out / "evidence", EVIDENCE, part)
    evidence.recover(first)
    for number in range(first, first + snapshots):
        add(evidence, number, tenants)
        evidence.publish(evidence.stage())
    return evidence


def add(evidence: PartitionedParquet, number: int, tenants: int = 3) -> None:
    """Add two rows of each tenant."""
    names = [f"t{each}" for each in range(tenants) for _ in range(2)]
    places = [number * 2 + each % 2 for each in range(len(names))]
    evidence.add(batch(names, names, places, [number // 4] * len(names)))


def rows_of(out: Path) -> list[tuple[str, int]]:
    """Return tenant and position of all visible rows, ordered."""
    return sorted(read_evidence(out).select("tenant", "position").collect().rows())


def glob_rows_of(out: Path) -> list[tuple[str, int]]:
    """Return the same as a reader sees it that knows nothing of the store but its folder."""
    return sorted(pl.scan_parquet(f"{out}/evidence/**/*.parquet").select("tenant", "position").collect().rows())


def expected_rows(snapshots: int, tenants: int = 3) -> list[tuple[str, int]]:
    """Return what `filled` has written."""
    return sorted((f"t{tenant}", position) for tenant in range(tenants) for position in range(2 * snapshots))


def small(monkeypatch: pytest.MonkeyPatch, **bounds: int) -> None:
    """Lower bounds of compaction, so that few rows reach them."""
    for name, value in bounds.items():
        monkeypatch.setattr(compaction, name, value)


# each example waits for the disk some hundred times
@settings(max_examples=examples(25))
@given(
    snapshots=SNAPSHOTS, own_file_rows=st.sampled_from([2, 1000]), rules=RULES, file_bytes=st.sampled_from([1, 1 << 20])
)
def test_every_row_stands_once_in_its_place(
    snapshots: list[list[tuple[str, int]]],
    own_file_rows: int,
    rules: Rules,
    file_bytes: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Whatever was written and by whatever rules: the same rows, in the folder of their tenant and within their days."""
    out = tmp_path_factory.mktemp("out")
    evidence = PartitionedParquet(out / "evidence", EVIDENCE, "p0", own_file_rows=own_file_rows)
    evidence.recover(0)
    with pytest.MonkeyPatch.context() as monkeypatch:
        small(monkeypatch, MIXED_FILES=3, TENANT_FILES=2, SPLIT_SEQUENCES=20, INPUTS_MOST=3, FILE_BYTES=file_bytes)
        for number, each in enumerate(snapshots):
            tenants, days = [tenant for tenant, _ in each], [day for _, day in each]
            evidence.add(batch(tenants, ["a"] * len(each), [number * 10 + step for step in range(len(each))], days))
            evidence.publish(evidence.stage())
        before = read_evidence(out).collect()
        compact_store(out / "evidence", EVIDENCE, rules)
    after = read_evidence(out).collect()
    assert after.schema == before.schema
    assert after.sort("position").equals(before.sort("position"))
    for path in published_files(out / "evidence"):
        table = pl.read_parquet(path, hive_partitioning=False)
        tenant, name = file_names.tenant_in(path.parent.name), file_names.parse(path.name)
        assert name is not None
        if tenant is None:
            assert not rules.splits_all
            continue
        assert {file_names.tenant_folder(each) for each in table["tenant"].unique()} == {path.parent.name}
        held_days = table["event_time"].dt.epoch("d")
        assert name.days == (held_days.min(), held_days.max())
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                frame = pl.from_arrow(file.read_row_group(group, columns=["event_time", "source", "position"]))
                assert isinstance(frame, pl.DataFrame)
                order = frame.select(pl.col("event_time").dt.epoch("d"), "source", "position").rows()
                assert order == sorted(order)


def test_files_become_few(tmp_path: Path) -> None:
    """A split leaves a file for each tenant, and what is joined by hand one for each, however it was divided before."""
    filled(tmp_path, 40)
    assert len(published_files(tmp_path / "evidence")) == 40
    outcome = compact(tmp_path / "evidence", EVIDENCE, WRITER, WHILE_RUNNING)
    assert (outcome.joined, outcome.made) == (MIXED_FILES, 1)
    assert len(published_files(tmp_path / "evidence")) == 40 - MIXED_FILES + 1
    for snapshots in (40, 80):
        compact_store(tmp_path / "evidence", EVIDENCE, AT_THE_END)
        filled(tmp_path, 40, first=snapshots)
    compact_store(tmp_path / "evidence", EVIDENCE, BY_HAND)
    names = [str(path.relative_to(tmp_path / "evidence")) for path in published_files(tmp_path / "evidence")]
    assert [name.rpartition(".parquet")[0].rpartition(".")[0] for name in names] == [
        f"tenant=t{each}/1970-01-01_1970-01-30_ev-p0-0000000000-0000000119" for each in range(3)
    ]
    assert rows_of(tmp_path) == glob_rows_of(tmp_path) == expected_rows(120)
    assert not (tmp_path / "evidence" / "arrived").exists()
    before = published_files(tmp_path / "evidence")
    compact_store(tmp_path / "evidence", EVIDENCE, BY_HAND)
    assert published_files(tmp_path / "evidence") == before


def test_a_run_keeps_the_number_of_files_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its length: the number grows with its logarithm."""
    small(monkeypatch, MIXED_FILES=4, TENANT_FILES=3, SPLIT_SEQUENCES=12)
    most = 0
    for number in range(120):
        filled(tmp_path, 1, first=number)
        compact(tmp_path / "evidence", EVIDENCE, WRITER, WHILE_RUNNING)
        most = max(most, len(published_files(tmp_path / "evidence")))
    assert rows_of(tmp_path) == expected_rows(120)
    assert most <= 3 * 2 * 5 + 3 + 3


def test_a_tenants_files_of_a_like_number_of_rows_are_joined(tmp_path: Path) -> None:
    """Not a large one with each small one: rows would be written anew with every split."""
    evidence = PartitionedParquet(tmp_path / "evidence", EVIDENCE, "p0", own_file_rows=1)
    evidence.recover(0)
    for number, count in enumerate([2000, *[2] * (TENANT_FILES - 1)]):
        evidence.add(batch(["acme"] * count, ["a"] * count, list(range(count)), [number] * count))
        evidence.publish(evidence.stage())
    assert compact(tmp_path / "evidence", EVIDENCE, WRITER, WHILE_RUNNING).joined == 0
    evidence.add(batch(["acme"] * 2, ["a"] * 2, [5, 6], [1, 9]))
    evidence.publish(evidence.stage())
    assert compact(tmp_path / "evidence", EVIDENCE, WRITER, WHILE_RUNNING).joined == TENANT_FILES
    assert len(published_files(tmp_path / "evidence")) == 2


def test_memory_does_not_grow_with_the_files_that_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though their rows are large, as pieces of a line without an end are: not more than a few files are held at once."""
    small(monkeypatch, GROUP_BYTES=4 << 20)
    files, rows, row_bytes = 24, 4, 1 << 20
    evidence = PartitionedParquet(tmp_path / "evidence", EVIDENCE, "p0")
    evidence.recover(0)
    for number in range(files):
        some = batch(["acme"] * rows, ["a"] * rows, [*range(number * rows, (number + 1) * rows)], [0] * rows)
        columns = {
            **dict(zip(some.schema.names, some.columns, strict=True)),
            "message_raw": pa.array([b"a" * row_bytes] * rows),
        }
        evidence.add(pa.RecordBatch.from_arrays([columns[name] for name in some.schema.names], schema=some.schema))
        evidence.publish(evidence.stage())
    counted = pa.proxy_memory_pool(pa.default_memory_pool())
    before = pa.default_memory_pool()
    pa.set_memory_pool(counted)
    try:
        compact(evidence.root, EVIDENCE, WRITER, AT_THE_END)
    finally:
        pa.set_memory_pool(before)
    assert [position for _, position in rows_of(tmp_path)] == [*range(files * rows)]
    held: int | None = counted.max_memory()
    assert held is not None
    assert rows * row_bytes < held < 8 * rows * row_bytes


def test_large_files_go_on_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And are left alone from then on."""
    evidence = filled(tmp_path, 6, tenants=1)
    small(monkeypatch, FILE_BYTES=1, SMALL_BYTES=1)
    monkeypatch.setattr(compaction, "GROUP_BYTES", 1)
    compact(tmp_path / "evidence", EVIDENCE, WRITER, BY_HAND)
    files = published_files(tmp_path / "evidence")
    assert len(files) == 6
    assert len({path.name for path in files}) == 6
    assert compact(tmp_path / "evidence", EVIDENCE, WRITER, BY_HAND).joined == 0
    assert rows_of(tmp_path) == expected_rows(6, 1)
    evidence.recover(6)


class StopHereError(Exception):
    """The process dies here."""


STEPS = [
    WRITING,
    "after writing outputs",
    "after beginning the swap",
    "after renaming an output",
    "after removing an input",
    "after ending the swap",
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("rules", [WHILE_RUNNING, AT_THE_END, BY_HAND], ids=["running", "end", "hand"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_stop_after_any_step_leaves_every_row_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, rules: Rules, times: int
) -> None:
    """For readers at once, for plain ones after the next start; and the run goes on from its snapshot."""
    small(monkeypatch, MIXED_FILES=FEW_FILES)
    filled(tmp_path, FEW_FILES)
    if rules is BY_HAND:
        compact(tmp_path / "evidence", EVIDENCE, WRITER, AT_THE_END)
        filled(tmp_path, 1, first=FEW_FILES)
    snapshots = FEW_FILES + (rules is BY_HAND)
    evidence = PartitionedParquet(tmp_path / "evidence", EVIDENCE, "p0")
    evidence.recover(snapshots)
    add(evidence, snapshots)
    sequence = evidence.stage()
    reached = Counter[str]()

    def reach(now: str) -> None:
        reached[now] += 1
        if now == step and reached[now] == times:
            raise StopHereError

    try:
        compact(tmp_path / "evidence", EVIDENCE, WRITER, rules, reach)
    except StopHereError:
        pass
    else:
        assert reached[step] < times
    assert rows_of(tmp_path) == expected_rows(snapshots)
    assert len(staged_files(tmp_path / "evidence")) == 1
    resumed = PartitionedParquet(tmp_path / "evidence", EVIDENCE, "p0")
    resumed.recover(sequence)
    assert rows_of(tmp_path) == glob_rows_of(tmp_path) == expected_rows(snapshots + 1)
    assert swap_of(tmp_path / "evidence", WRITER) is None
    assert list((tmp_path / "evidence").rglob("_*")) == []
    compact(tmp_path / "evidence", EVIDENCE, WRITER, rules)
    assert rows_of(tmp_path) == expected_rows(snapshots + 1)
    with pytest.raises(OutputInUseError):
        PartitionedParquet(tmp_path / "evidence", EVIDENCE, "p0").recover(snapshots)


@pytest.mark.parametrize("step", STEPS)
def test_the_end_of_a_run_ends_a_swap_that_a_crash_has_left(tmp_path: Path, step: str) -> None:
    """Also where no writer starts again: a replay that was killed while its folder was finished."""
    filled(tmp_path, 5)

    def reach(now: str) -> None:
        if now == step:
            raise StopHereError

    with pytest.raises(StopHereError):
        compact(tmp_path / "evidence", EVIDENCE, WRITER, AT_THE_END, reach)
    publish_all(tmp_path / "evidence")
    assert rows_of(tmp_path) == expected_rows(5)
    compact_store(tmp_path / "evidence", EVIDENCE, AT_THE_END)
    assert rows_of(tmp_path) == glob_rows_of(tmp_path) == expected_rows(5)
    assert list((tmp_path / "evidence").rglob("_*")) == []


def test_a_power_cut_may_undo_the_name_of_an_input(tmp_path: Path) -> None:
    """Its rows are in the outputs, so it is not published a second time."""
    evidence = filled(tmp_path, MIXED_FILES)
    first = published_files(tmp_path / "evidence")[0]
    content = first.read_bytes()

    def reach(now: str) -> None:
        if now == "after removing an input":
            raise StopHereError

    with pytest.raises(StopHereError):
        compact(tmp_path / "evidence", EVIDENCE, WRITER, WHILE_RUNNING, reach)
    file_names.staged(first).write_bytes(content)
    evidence.recover(MIXED_FILES)
    assert rows_of(tmp_path) == glob_rows_of(tmp_path) == expected_rows(MIXED_FILES)


@pytest.mark.parametrize("rules", [WHILE_RUNNING, AT_THE_END, BY_HAND], ids=["running", "end", "hand"])
def test_readers_see_each_row_once_while_files_are_joined(tmp_path: Path, rules: Rules) -> None:
    """Whoever lists the store at any step."""
    filled(tmp_path, MIXED_FILES)
    seen = []

    def reach(_now: str) -> None:
        seen.append(rows_of(tmp_path) == expected_rows(MIXED_FILES))
        seen.append(last_event_us(tmp_path, "t1", ["t1"]) == (MIXED_FILES - 1) // 4 * DAY_US + 1)

    compact(tmp_path / "evidence", EVIDENCE, WRITER, rules, reach)
    assert len(seen) > 2 * MIXED_FILES
    assert all(seen)


def test_a_query_whose_files_are_swapped_out_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of files is old as soon as it is read."""
    filled(tmp_path, MIXED_FILES)
    from state.store import parquet_store

    pending = [lambda: compact(tmp_path / "evidence", EVIDENCE, WRITER, AT_THE_END)]
    listed: Callable[[Path], list[Path]] = published_files

    def swapped_after(root: Path) -> list[Path]:
        files = listed(root)
        while pending:
            pending.pop()()
        return files

    monkeypatch.setattr(parquet_store, "published_files", swapped_after)
    assert last_event_us(tmp_path, "t2", ["t2"]) == (MIXED_FILES - 1) // 4 * DAY_US + 1


def test_decisions_of_one_tick_keep_their_order(tmp_path: Path) -> None:
    """A family is born before its signature joins another family, and both are told at once."""
    kept = PartitionedParquet(tmp_path, DECISIONS, "p0")
    kept.recover(0)
    for tick in range(3):
        made = [decision(finding(), tick_us=tick * 1000, family=number, tenant="north") for number in (7, 3, 5)]
        kept.add(decisions_to_arrow(made))
        kept.publish(kept.stage())
    before = scan(tmp_path, DECISIONS.schema).collect()
    compact_store(tmp_path, DECISIONS, AT_THE_END)
    assert scan(tmp_path, DECISIONS.schema).collect().equals(before)


def test_writers_keep_to_their_own_files(tmp_path: Path) -> None:
    """Also one whose name begins alike."""
    filled(tmp_path, 4, part="p0")
    filled(tmp_path, 3, part="p0-1")
    compact(tmp_path / "evidence", EVIDENCE, "ev-p0", BY_HAND)
    left = [path for path in published_files(tmp_path / "evidence") if path.parent.name == "arrived"]
    assert len(left) == 3
    assert all("ev-p0-1-" in path.name for path in left)


def test_files_in_other_places_are_left_alone(tmp_path: Path) -> None:
    """Such as those of an earlier build, with a folder for each day; they are read as before."""
    filled(tmp_path, 4)
    first, second, *_ = published_files(tmp_path / "evidence")
    day = tmp_path / "evidence" / "tenant=t0" / "day=1970-01-01"
    day.mkdir(parents=True)
    places = [first.rename(day / first.name), second.rename(tmp_path / "evidence" / second.name)]
    compact_store(tmp_path / "evidence", EVIDENCE, BY_HAND)
    assert all(place.is_file() for place in places)
    assert len(published_files(tmp_path / "evidence")) == 2 + 3
    assert rows_of(tmp_path) == expected_rows(4)


def damaged(path: Path) -> None:
    """Cut the end off a file."""
    path.write_bytes(path.read_bytes()[:-20])


def disordered(path: Path) -> None:
    """Reverse the rows of a file."""
    table = pq.read_table(path, partitioning=None)
    pq.write_table(table.take(list(range(len(table) - 1, -1, -1))), path, store_schema=False)


def of_other_columns(path: Path) -> None:
    """Remove a column."""
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns("late"), path, store_schema=False)


@pytest.mark.parametrize("damage", [damaged, disordered, of_other_columns])
def test_a_file_that_cannot_be_used_stays_as_it_is(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """The others are joined, and it is said which one was not and why."""
    filled(tmp_path, 5)
    bad = published_files(tmp_path / "evidence")[2]
    damage(bad)
    content = bad.read_bytes()
    outcome = compact_store(tmp_path / "evidence", EVIDENCE, AT_THE_END)
    assert list(outcome.left) == [bad]
    assert outcome.joined == 4
    assert bad.read_bytes() == content
    assert list((tmp_path / "evidence").rglob("_*")) == []


def test_an_output_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """As on a full disk: here a file stands where the folder of a tenant should be made."""
    filled(tmp_path, 5)
    (tmp_path / "evidence" / "tenant=t1").write_bytes(b"")
    before = published_files(tmp_path / "evidence")
    with pytest.raises(OSError, match="tenant=t1"):
        compact_store(tmp_path / "evidence", EVIDENCE, AT_THE_END)
    assert published_files(tmp_path / "evidence") == before
    assert list((tmp_path / "evidence").rglob("_*")) == []
    assert rows_of(tmp_path) == expected_rows(5)


def test_plain_readers_find_tenants_by_their_folders(tmp_path: Path) -> None:
    """Arrow with the folders as a column, as pandas and others use it, and Polars without."""
    filled(tmp_path, 9)
    compact_store(tmp_path / "evidence", EVIDENCE, AT_THE_END)
    dataset = ds.dataset(tmp_path / "evidence", partitioning="hive")
    table = dataset.to_table(columns=["tenant", "position"], filter=ds.field("tenant") == "t1")
    assert sorted(table["position"].to_numpy().tolist()) == list(range(18))
    fragments = list(dataset.get_fragments(filter=ds.field("tenant") == "t1"))
    assert len(fragments) == 1
    assert glob_rows_of(tmp_path) == expected_rows(9)
    hive = pl.scan_parquet(tmp_path / "evidence", hive_partitioning=True)
    assert hive.filter(pl.col("tenant") == "t2").select(pl.len()).collect().item() == 18


def test_nothing_that_is_not_published_looks_like_a_file_of_the_store(tmp_path: Path) -> None:
    """To readers that take every file below the folder too: Arrow passes over names with an underline in front."""
    evidence = filled(tmp_path, 3)
    add(evidence, 3)
    evidence.stage()
    dataset = ds.dataset(tmp_path / "evidence", partitioning="hive")
    assert dataset.count_rows() == len(expected_rows(3))
    assert glob_rows_of(tmp_path) == expected_rows(3)


def test_a_reader_of_late_days_opens_no_earlier_file(tmp_path: Path) -> None:
    """The names of files tell their days."""
    for first in (0, 40):
        filled(tmp_path, 40, first=first)
        compact_store(tmp_path / "evidence", EVIDENCE, AT_THE_END)
    for path in published_files(tmp_path / "evidence"):
        if "1970-01-10_ev" in path.name or path.parent.name != "tenant=t1":
            path.write_bytes(b"not to be read")
    found = read_evidence_since(tmp_path, ["t1"], 10 * DAY_US).collect()
    assert sorted(found["position"].to_list()) == list(range(80, 160))
    assert last_event_us(tmp_path, "t1", ["t1"]) == 19 * DAY_US + 1


def test_files_keep_their_contract(tmp_path: Path) -> None:
    """Name and version travel with the rows, and no column is larger than its own names."""
    filled(tmp_path, 3)
    compact_store(tmp_path / "evidence", EVIDENCE, AT_THE_END)
    for path in published_files(tmp_path / "evidence"):
        metadata = pq.read_metadata(path).metadata
        assert metadata is not None
        assert metadata[b"contract"] == b"brainstem.evidence"
        assert metadata[b"version"] == str(EVIDENCE_VERSION).encode()
        assert pq.read_schema(path).remove_metadata().equals(published_schema(), check_metadata=False)


def published_schema() -> pa.Schema:
    """Return the columns of the store as a file has them."""
    return pa.schema([column.with_type(plain(column.type)) for column in EVIDENCE.schema])


def plain(kind: pa.DataType) -> pa.DataType:
    """Return a type without its dictionary."""
    return kind.value_type if isinstance(kind, pa.DictionaryType) else kind


def test_a_live_run_joins_its_files_beside_it(tmp_path: Path) -> None:
    """Snapshots do not wait, and what was published meanwhile is joined the next time."""
    evidence = PartitionedParquet(tmp_path / "evidence", EVIDENCE, "p0")
    with Background() as background:
        background.note(evidence, evidence.recover(0))
        for number in range(3 * MIXED_FILES):
            add(evidence, number)
            background.note(evidence, evidence.publish(evidence.stage()))
            if number % MIXED_FILES == MIXED_FILES - 1:
                background.wait()
    assert rows_of(tmp_path) == expected_rows(3 * MIXED_FILES)
    assert len(published_files(tmp_path / "evidence")) == 3


def test_a_run_goes_on_where_its_files_cannot_be_joined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so once."""
    evidence = filled(tmp_path, MIXED_FILES)
    damaged(published_files(tmp_path / "evidence")[0])
    with Background() as background:
        for number in range(MIXED_FILES, 3 * MIXED_FILES):
            add(evidence, number)
            background.note(evidence, evidence.publish(evidence.stage()))
            background.wait()
        background.note(evidence, 0)
    told = capsys.readouterr().err
    assert told.count("is not joined with others") == 1


def test_the_end_of_a_run_does_not_wait_for_what_is_being_written(tmp_path: Path) -> None:
    """A stop gives it up, and nothing of it is left."""
    evidence = filled(tmp_path, MIXED_FILES)
    background = Background()
    background._ending.set()
    background.note(evidence, MIXED_FILES)
    with background:
        pass
    assert len(published_files(tmp_path / "evidence")) == MIXED_FILES
    assert list((tmp_path / "evidence").rglob("_*")) == []
