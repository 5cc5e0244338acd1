"""Sinks of the output folder: Parquet stores, `items.jsonl` and the accounts of the ledger, each with exactly-once effect.

A Parquet store writes in two phases: at a snapshot it stages files, and at the next one, when the first is known to be
durable, it publishes them by renaming. `items.jsonl` is cut back to its durable length at a restart.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
from bytewax.outputs import (
    DynamicSink,
    FixedPartitionedSink,
    Sink,
    StatefulSinkPartition,
    StatelessSinkPartition,
)
from typing_extensions import override

from connectors.files.item_file import ItemFile
from flows.config.settings import PARTITIONS
from flows.sinks.output_folder import OutputFolder
from state.store.atomic_files import write_file
from state.store.background import Background
from state.store.layouts import DECISIONS, EVIDENCE, REJECTS, StoreLayout
from state.store.parquet_store import PartitionedParquet

EVIDENCE_PARTS = 2
"""Writers of each store. Fixed, because each writer numbers its files across restarts."""


Item = TypeVar("Item")
SinkState = TypeVar("SinkState")


class OnePartSink(FixedPartitionedSink[Item, SinkState]):
    """A sink with one writer, whatever the keys of its items."""

    @override
    def list_parts(self) -> list[str]:
        return ["0"]

    @override
    def part_fn(self, item_key: str) -> int:
        return 0


StoreInput = pa.RecordBatch | int | None
"""input of a store: rows, the number of a partition of the input that has ended, or None, which only wakes it"""


class _ParquetPart(StatefulSinkPartition[StoreInput, int]):
    """One writer of a store; its state is the sequence number up to which files are durable.

    What is staged at one snapshot is published at the next, when the first one is known to be durable. `inputs` are the
    partitions of the input whose rows come here; `stores` are those of all writers of the process. Published files are
    joined by `background`, where there is one.
    """

    def __init__(
        self,
        store: PartitionedParquet,
        stores: Iterable[PartitionedParquet],
        inputs: Iterable[int],
        resume_state: int | None,
        background: Background | None,
    ) -> None:
        self._store = store
        self._background = background
        self._stores = stores
        self._open = set(inputs)
        self._durable = resume_state or 0
        self._note(store.recover(self._durable))

    @override
    def write_batch(self, items: list[StoreInput]) -> None:
        for item in items:
            if isinstance(item, pa.RecordBatch):
                self._store.add(item)
            elif item is not None:
                self._open.discard(item)
                if not self._open:
                    # no rows will follow: the rest is written while the last slots are sealed
                    self._store.begin_to_write(is_last=True)
            # None: the engine takes a snapshot of a writer only if it had an item, and a snapshot publishes the one before

    @override
    def snapshot(self) -> int:
        # the engine asks the writers one after the other; started together, they write side by side
        for store in self._stores:
            store.begin_to_write()
        self._note(self._store.publish(self._durable))
        self._durable = self._store.stage()
        return self._durable

    def _note(self, published: int) -> None:
        """Take note of files that have been published: they may be joined."""
        if self._background is not None:
            self._background.note(self._store, published)


class ParquetSink(FixedPartitionedSink[StoreInput, int]):
    """Record batches of one schema, as Parquet files in a folder, with `EVIDENCE_PARTS` writers."""

    def __init__(self, out: Path, layout: StoreLayout, background: Background | None) -> None:
        self._root = out / layout.folder
        self._layout = layout
        self._background = background
        self._stores: list[PartitionedParquet] = []

    @override
    def list_parts(self) -> list[str]:
        return [str(part) for part in range(EVIDENCE_PARTS)]

    @override
    def part_fn(self, item_key: str) -> int:
        return int(item_key)

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _ParquetPart:
        store = PartitionedParquet(self._root, self._layout, for_part)
        self._stores.append(store)
        inputs = range(int(for_part), PARTITIONS, EVIDENCE_PARTS)
        return _ParquetPart(store, self._stores, inputs, resume_state, self._background)


class _ItemPart(StatefulSinkPartition[bytes, int]):
    """The one writer of items.jsonl; its state is the length of the file that is durable."""

    def __init__(self, file: ItemFile) -> None:
        self._file = file

    @override
    def write_batch(self, items: list[bytes]) -> None:
        for line in items:
            self._file.append(line)

    @override
    def snapshot(self) -> int:
        return self._file.sync()


class ItemSink(OnePartSink[bytes, int]):
    """Items as JSON lines in one file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: int | None) -> _ItemPart:
        return _ItemPart(ItemFile(self._path, resume_state or 0))


class _LedgerPart(StatefulSinkPartition[tuple[str, bytes], tuple[Any, ...]]):
    """The writer of accounts: one file for each source partition and tenant shard, until `runs.finish` merges them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def write_batch(self, items: list[tuple[str, bytes]]) -> None:
        for name, document in items:
            write_file(self._folder / f"{name}.json", document)

    @override
    def snapshot(self) -> tuple[Any, ...]:
        return ()


class LedgerSink(OnePartSink[tuple[str, bytes], tuple[Any, ...]]):
    """The accounts of the source partitions and of the tenant shards."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @override
    def build_part(self, step_id: str, for_part: str, resume_state: tuple[Any, ...] | None) -> _LedgerPart:
        return _LedgerPart(self._folder)


@dataclass(frozen=True, slots=True)
class Sinks:
    """The sinks of a run; topics are None where none is configured."""

    items: Sink[Any]
    evidence: Sink[Any]
    decisions: Sink[Any]
    rejects: Sink[Any]
    ledger: Sink[Any]
    item_topic: Sink[Any] | None = None
    decision_topic: Sink[Any] | None = None
    reject_topic: Sink[Any] | None = None


class _Nowhere(StatelessSinkPartition[Any]):
    """Takes items and keeps none."""

    @override
    def write_batch(self, items: list[Any]) -> None:
        pass


class _NowhereSink(DynamicSink[Any]):
    @override
    def build(self, step_id: str, worker_index: int, worker_count: int) -> _Nowhere:
        return _Nowhere()


def nowhere() -> Sink[Any]:
    """Return a sink that keeps nothing, in the place of one whose items are stored already."""
    return _NowhereSink()


def folder_sinks(layout: OutputFolder, background: Background | None = None) -> Sinks:
    """Return the sinks of an output folder. `background` joins the files of a run that does not end by itself."""
    return Sinks(
        items=ItemSink(layout.items),
        evidence=ParquetSink(layout.root, EVIDENCE, background),
        decisions=ParquetSink(layout.root, DECISIONS, background),
        rejects=ParquetSink(layout.root, REJECTS, background),
        ledger=LedgerSink(layout.accounts),
    )
