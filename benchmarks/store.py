"""Files, bytes and waits for the disk of the event store of a live run of many tenants.

Run: `python -m benchmarks.store [TENANTS] [DAYS]`. Writes `benchmarks/results/store.md`. A writer of the store is driven by
a stepped clock, without sources and graph: a snapshot each five seconds holds what the tenants have said since the one
before, is published when the next one is staged, and files are joined by the rules of a live run. A store has two writers of
equal kind that share nothing, so one is simulated and its files and waits are doubled.

Two simulations. The first is one day of such snapshots: files of all tenants at most, waits for the disk. Thirty days of
them would take hours, so the second is all days with a snapshot each five minutes, each with the rows of five minutes; the
number of snapshots after which files are split by tenant is lower by the same factor, so that a split comes as often, and
what becomes of the tenants' files is the same.
"""

import os
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from benchmarks.lines import lines
from brainstem.arrays.arrow_columns import coded, constant
from brainstem.stored_rows import header_lists
from state.store import compaction
from state.store.compaction import BY_HAND, SPLIT_SEQUENCES, WHILE_RUNNING, compact
from state.store.file_names import ARRIVED
from state.store.layouts import EVIDENCE
from state.store.listing import published_files
from state.store.parquet_store import PartitionedParquet

RESULTS: Final = Path(__file__).parent / "results" / "store.md"
WRITERS: Final = 2
ROWS_A_MINUTE: Final = 50
"""of one writer and all tenants together: each of a hundred tenants has a line a minute"""
SNAPSHOT_SECONDS: Final = 5
LONG_SNAPSHOT_SECONDS: Final = 300
DAY_SECONDS: Final = 86_400
POOL: Final = 20_000
"""distinct lines; they come again and again"""
START_US: Final = 1_767_225_600_000_000


class Rows:
    """Rows of the event store as tenants' lines come, one after the other."""

    def __init__(self, tenants: int) -> None:
        self._tenants = [f"t{number:04d}" for number in range(tenants)]
        self._sources = [f"kafka:logs/{number}" for number in range(tenants)]
        self._hosts = [f"host{number}" for number in range(tenants)]
        pool = [f"{line}\n".encode() for line, _ in islice(lines(POOL), POOL)]
        self._lines = pool
        self._services = [line.split(b" ", 5)[4].partition(b"[")[0].rstrip(b":").decode() for line in pool]
        self._names = sorted(set(self._services))
        code_of = {name: code for code, name in enumerate(self._names)}
        self._service_codes = np.array([code_of[name] for name in self._services], np.int32)
        self._dice = np.random.default_rng(7)
        self.made = 0

    def batch(self, count: int, end_us: int, seconds: int) -> pa.RecordBatch:
        """Return rows of the `seconds` before a moment, of tenants by chance."""
        numbers = np.arange(self.made, self.made + count)
        self.made += count
        tenant = np.sort(self._dice.integers(0, len(self._tenants), count)).astype(np.int32)
        times = end_us - np.sort(self._dice.integers(0, seconds * 1_000_000, count))[::-1]
        chosen = numbers % POOL
        texts = [self._lines[each] for each in chosen.tolist()]
        stamp = pa.timestamp("us", "UTC")
        columns = [
            coded(tenant, self._tenants),
            coded(tenant, self._sources),
            pa.array(numbers),
            pa.array(np.array([len(text) for text in texts], np.int32)),
            pa.array(times, stamp),
            constant("parsed", count),
            pa.array(np.full(count, end_us), stamp),
            coded(tenant, self._hosts),
            coded(self._service_codes[chosen], self._names),
            pa.array(np.full(count, 9, np.int8)),
            pa.array(chosen.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)),
            pa.array(np.zeros(count, bool)),
            pa.array(texts, pa.binary()),
            header_lists(None, count),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=EVIDENCE.schema)


class Outcome(NamedTuple):
    """What one simulated writer left."""

    snapshots: int
    rows: int
    files_at_most: int
    mixed_at_most: int
    files_at_the_end: int
    bytes_at_the_end: int
    syncs_of_snapshots: int
    syncs_of_joining: int
    seconds_of_snapshots: float
    seconds_of_joining: float
    longest_joining: float
    files_compacted: int
    bytes_compacted: int
    seconds_compacted: float


class Syncs:
    """Counts waits for the disk."""

    def __init__(self) -> None:
        self.count = 0
        self._fsync: Callable[[Any], None] = os.fsync

    def __call__(self, descriptor: Any) -> None:
        """Wait for the disk, and count it."""
        self.count += 1
        self._fsync(descriptor)


def simulate(folder: Path, tenants: int, days: float, step_seconds: int, syncs: Syncs) -> Outcome:
    """Run one writer over simulated days, then compact its files by hand."""
    root = folder / EVIDENCE.folder
    rows = Rows(tenants)
    store = PartitionedParquet(root, EVIDENCE, "0")
    waiting = store.recover(0)
    snapshots = int(days * DAY_SECONDS) // step_seconds
    most: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    waits: Counter[str] = Counter()
    durable, longest = 0, 0.0
    for number in range(snapshots):
        end_us = START_US + (number + 1) * step_seconds * 1_000_000
        due = (number + 1) * step_seconds * ROWS_A_MINUTE // 60
        count = due - number * step_seconds * ROWS_A_MINUTE // 60
        store.add(rows.batch(count, end_us, step_seconds))
        began, counted = time.perf_counter(), syncs.count
        waiting += store.publish(durable)
        durable = store.stage()
        spent["snapshots"] += int((time.perf_counter() - began) * 1e6)
        waits["snapshots"] += syncs.count - counted
        if waiting < compaction.MIXED_FILES:
            continue
        waiting = 0
        _most(most, root)
        began, counted = time.perf_counter(), syncs.count
        compact(root, EVIDENCE, store.writer, WHILE_RUNNING, lambda step: _count(most, root, step))
        longest = max(longest, time.perf_counter() - began)
        spent["joining"] += int((time.perf_counter() - began) * 1e6)
        waits["joining"] += syncs.count - counted
    store.publish(durable)
    _most(most, root)
    at_the_end = _sizes(root)
    began = time.perf_counter()
    compact(root, EVIDENCE, store.writer, BY_HAND)
    compacted = _sizes(root)
    return Outcome(
        snapshots,
        rows.made,
        most["files"],
        most["mixed"],
        len(at_the_end),
        sum(at_the_end),
        waits["snapshots"],
        waits["joining"],
        spent["snapshots"] / 1e6,
        spent["joining"] / 1e6,
        longest,
        len(compacted),
        sum(compacted),
        time.perf_counter() - began,
    )


def _count(most: Counter[str], root: Path, step: str) -> None:
    """Note the number of files at the moment of a swap when there are most."""
    if step == "after beginning the swap":
        _most(most, root)


def _most(most: Counter[str], root: Path) -> None:
    """Note the number of Parquet files that stand in a store now, whether they are visible or not."""
    files = [path for path in root.rglob("*") if ".parquet" in path.suffixes or path.suffix == ".parquet"]
    most["files"] = max(most["files"], len(files))
    most["mixed"] = max(most["mixed"], sum(path.parent.name == ARRIVED for path in files))


def _sizes(root: Path) -> list[int]:
    """Return the bytes of each visible file."""
    return [path.stat().st_size for path in published_files(root)]


def main() -> None:
    """Run both simulations and write the results."""
    tenants = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    days = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    syncs = Syncs()
    os.fsync = syncs  # type: ignore[assignment]  # takes what the store hands over
    with tempfile.TemporaryDirectory() as folder:
        short = simulate(Path(folder) / "short", tenants, 1, SNAPSHOT_SECONDS, syncs)
        compaction.SPLIT_SEQUENCES = (  # type: ignore[misc]
            SPLIT_SEQUENCES * SNAPSHOT_SECONDS // LONG_SNAPSHOT_SECONDS
        )
        long = simulate(Path(folder) / "long", tenants, days, LONG_SNAPSHOT_SECONDS, syncs)
    a_day = WRITERS * short.syncs_of_snapshots
    joining_a_day = WRITERS * short.syncs_of_joining
    rows = [
        "# The event store of a live run",
        "",
        f"{tenants} tenants, {WRITERS * ROWS_A_MINUTE} lines a minute together. Evidence of both writers: one is simulated"
        " with a stepped clock, its",
        "files, events, seconds and waits are doubled. What else is simulated, and how, the first lines of the program say.",
        f"CPython {platform.python_version()}, {platform.machine()}; `python -m benchmarks.store {tenants} {days}`.",
        "",
        f"| | 1 day, a snapshot each {SNAPSHOT_SECONDS} s | {days} days, a snapshot each {LONG_SNAPSHOT_SECONDS} s |",
        "|---|---|---|",
    ]
    for what, show in SHOWN:
        rows.append(f"| {what} | {show(short)} | {show(long)} |")
    rows += [
        "",
        f"Waits for the disk a day with a snapshot each {SNAPSHOT_SECONDS} s: {a_day:,} of snapshots, {joining_a_day:,} of"
        f" joining files; in {days} days {days * (a_day + joining_a_day):,}.",
        "",
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(rows), encoding="utf-8")
    sys.stdout.write("\n".join(rows))


SHOWN: Final[tuple[tuple[str, Callable[[Outcome], str]], ...]] = (
    ("snapshots", lambda of: f"{of.snapshots:,}"),
    ("events", lambda of: f"{WRITERS * of.rows:,}"),
    ("files at most, also while files are joined", lambda of: f"{WRITERS * of.files_at_most:,}"),
    ("of these with rows of all tenants", lambda of: f"{WRITERS * of.mixed_at_most:,}"),
    ("files at the end", lambda of: f"{WRITERS * of.files_at_the_end:,}"),
    ("bytes an event at the end", lambda of: f"{of.bytes_at_the_end / of.rows:,.1f}"),
    ("files after `brainstem compact`", lambda of: f"{WRITERS * of.files_compacted:,}"),
    ("bytes an event after it", lambda of: f"{of.bytes_compacted / of.rows:,.1f}"),
    ("milliseconds a snapshot", lambda of: f"{1000 * of.seconds_of_snapshots / of.snapshots:.1f}"),
    (
        "seconds of joining files, all together and the longest",
        lambda of: f"{WRITERS * of.seconds_of_joining:,.0f}, {of.longest_joining:.1f}",
    ),
    ("seconds of `brainstem compact`", lambda of: f"{WRITERS * of.seconds_compacted:,.1f}"),
)

if __name__ == "__main__":
    main()
