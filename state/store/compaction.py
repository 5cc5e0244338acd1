"""Joins the published files of a store to fewer and larger ones, one swap at a time: reads their rows in batches, splits
them by tenant and day, writes them sorted.

Takes the folder of a store and the name of a writer, whose files alone are joined, so that writers need not wait for each
other. Files with rows of all tenants are joined until they are large or many, then split by tenant; a tenant's files are
joined when several of a like number of rows have come together, so that a row is written anew a few times in a month. What
is joined has been published, so a snapshot covers it.

One swap (`listing` says why each row is seen once at every moment):

1. write the outputs aside, each durable, and their names;
2. write the swap's small file: from here on the outputs count;
3. rename the outputs, remove the inputs, and wait for the disk;
4. remove the small file.

A start after a crash removes what step 1 has left, or ends steps 3 and 4. Memory is bounded by the rows of one row group and
a few thousand of each input whose turn has come; of a store of one tenant that is one input, otherwise `INPUTS_MOST`.

Traps: the rows of the inputs are in order of tenants; a file where they are not, or that cannot be read, or that has other
columns, is none that this build wrote, and stays as it is (`Outcome.left`). Within a row group rows are in order, between
groups they are in the order of their inputs: of arrival.
"""

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from state.store import file_names
from state.store.atomic_files import make_folder, sync
from state.store.file_names import ARRIVED, FileName
from state.store.layouts import StoreLayout
from state.store.listing import Step, Swap, finish_swap, finish_swaps, published_files, remove_empty_folder
from state.store.parquet_files import (
    GROUP_LEAST_ROWS,
    ROW_GROUP_ROWS,
    FileWriting,
    coded,
    coded_columns,
    ordered,
)

FILE_BYTES: Final = 64 << 20
"""of a file of a useful size; a larger output goes on in another file"""
SMALL_BYTES: Final = 32 << 20
"""Files below are joined with others."""
INPUTS_MOST: Final = 64
"""of one swap, which bounds what it reads at a time"""
GROUP_BYTES: Final = 64 << 20
"""of rows in memory, beyond which a row group ends before `ROW_GROUP_ROWS`"""
_READ_ROWS: Final = 4_096
_READ_BYTES: Final = 1 << 16

MIXED_FILES: Final = 32
"""files of all tenants, of a like number of snapshots, that are joined to one"""
SPLIT_BYTES: Final = 256 << 20
"""of all files of all tenants, from which on they are split by tenant"""
SPLIT_SEQUENCES: Final = 16_384
"""of a writer's snapshots, after which they are split though they are small: a day of one each five seconds"""
TENANT_FILES: Final = 8
"""files of a tenant, of a like number of rows, that are joined to one"""


WRITING: Final = "while writing outputs"
"""the step that is reached again and again before a swap begins"""


class Rules(NamedTuple):
    """When files are joined."""

    splits_all: bool
    """whether all files of all tenants are split, however few they are"""
    joins_small: bool
    """whether two small files of a tenant are joined, however many rows each of them has"""


WHILE_RUNNING: Final = Rules(splits_all=False, joins_small=False)
AT_THE_END: Final = Rules(splits_all=True, joins_small=False)
BY_HAND: Final = Rules(splits_all=True, joins_small=True)


@dataclass(slots=True)
class Outcome:
    """What a compaction has done: files that were joined, files made of them, and files that it left, with the reason."""

    joined: int = 0
    made: int = 0
    left: dict[Path, str] = field(default_factory=dict)


class _Held(NamedTuple):
    """A published file of the writer."""

    path: Path
    name: FileName
    size_bytes: int


class _Job(NamedTuple):
    """Files to join; with `by_tenant` to a file for each tenant, otherwise to one of all."""

    inputs: Sequence[_Held]
    by_tenant: bool


class _UnusableError(Exception):
    """An input is no file that this build wrote."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


def compact(root: Path, layout: StoreLayout, writer: str, rules: Rules, reach: Step = lambda _: None) -> Outcome:
    """Join the files of a writer until nothing is due. No one else may join or publish files of a writer without one.

    Raises `OSError` where an output cannot be written, as on a full disk; all files are then as before.
    """
    outcome = Outcome()
    rows_of: dict[Path, int] = {}
    finish_swap(root, writer)
    while (job := _due(root, writer, rules, outcome, rows_of)) is not None:
        try:
            made = _swap(root, layout, writer, job, reach)
        except _UnusableError as error:
            outcome.left[error.path] = error.reason
            continue
        outcome.joined += len(job.inputs)
        outcome.made += made
    return outcome


def compact_store(root: Path, layout: StoreLayout, rules: Rules) -> Outcome:
    """Join the files of all writers of a store whose run has ended. Raises `OSError` as `compact` does."""
    finish_swaps(root)
    total = Outcome()
    names = (file_names.parse(path.name) for path in published_files(root))
    for writer in sorted({name.writer for name in names if name is not None}):
        outcome = compact(root, layout, writer, rules)
        total.joined += outcome.joined
        total.made += outcome.made
        total.left |= outcome.left
    remove_empty_folder(root)
    return total


def files_to_join(root: Path) -> int:
    """Return how many files of a store compaction by hand would join with others, or split by tenant."""
    small: defaultdict[tuple[str, str], int] = defaultdict(int)
    count = 0
    for path in published_files(root):
        name = file_names.parse(path.name)
        folder, *deeper = path.relative_to(root).parts
        if name is None or len(deeper) != 1:
            continue
        if folder == ARRIVED:
            count += 1
        elif file_names.tenant_in(folder) is not None and path.stat().st_size < SMALL_BYTES:
            small[name.writer, folder] += 1
    return count + sum(files for files in small.values() if files > 1)


def _due(root: Path, writer: str, rules: Rules, outcome: Outcome, rows_of: dict[Path, int]) -> _Job | None:
    """Return what is to be joined next; None where all is well. `rows_of` keeps the rows of files between calls."""
    mixed: list[_Held] = []
    by_folder: defaultdict[str, list[_Held]] = defaultdict(list)
    for path in published_files(root):
        name = file_names.parse(path.name)
        if name is None or name.writer != writer or path in outcome.left:
            continue
        folder, *deeper = path.relative_to(root).parts
        held = _Held(path, name, path.stat().st_size)
        if len(deeper) != 1:
            # a place where this build writes no files
            continue
        if folder == ARRIVED:
            mixed.append(held)
        elif file_names.tenant_in(folder) is not None and held.size_bytes < SMALL_BYTES:
            by_folder[folder].append(held)
    return _due_of_all(mixed, rules) or _due_of_tenants(by_folder, rules, outcome, rows_of)


def _due_of_all(mixed: list[_Held], rules: Rules) -> _Job | None:
    """Return which files of all tenants are to be joined or split."""
    mixed.sort(key=lambda held: held.name.first)
    if not mixed:
        return None
    snapshots = mixed[-1].name.last - mixed[0].name.first + 1
    is_large = sum(held.size_bytes for held in mixed) >= SPLIT_BYTES or snapshots >= SPLIT_SEQUENCES
    if rules.splits_all or is_large:
        return _Job(mixed[:INPUTS_MOST], by_tenant=True)
    by_level: defaultdict[int, list[_Held]] = defaultdict(list)
    for held in mixed:
        by_level[_level(held.name.last - held.name.first + 1, MIXED_FILES)].append(held)
    for level in sorted(by_level):
        if len(by_level[level]) >= MIXED_FILES:
            return _Job(by_level[level][:MIXED_FILES], by_tenant=False)
    return None


def _due_of_tenants(
    by_folder: dict[str, list[_Held]], rules: Rules, outcome: Outcome, rows_of: dict[Path, int]
) -> _Job | None:
    """Return which files of one tenant are to be joined."""
    for folder in sorted(by_folder):
        files = sorted(by_folder[folder], key=lambda held: (held.name.first, held.path))
        if rules.joins_small and len(files) > 1:
            return _Job(files[:INPUTS_MOST], by_tenant=True)
        if len(files) < TENANT_FILES:
            continue
        by_level: defaultdict[int, list[_Held]] = defaultdict(list)
        for held in files:
            try:
                if held.path not in rows_of:
                    rows_of[held.path] = pq.read_metadata(held.path).num_rows
            except (OSError, pa.ArrowException) as error:
                outcome.left[held.path] = _said(error)
                continue
            by_level[_level(rows_of[held.path], TENANT_FILES)].append(held)
        for level in sorted(by_level):
            if len(by_level[level]) >= TENANT_FILES:
                return _Job(by_level[level][:INPUTS_MOST], by_tenant=True)
    return None


def _level(count: int, base: int) -> int:
    """Return how often a count can be divided by `base`: files that are joined rise by a level at least."""
    level = 0
    while count >= base:
        count //= base
        level += 1
    return level


def _swap(root: Path, layout: StoreLayout, writer: str, job: _Job, reach: Step) -> int:
    """Put new files in the place of the inputs, and return how many."""
    writing = _Writing(root, layout, writer, job)
    try:
        outputs = writing.write(reach)
        reach("after writing outputs")
    except BaseException:
        writing.abandon()
        raise
    inputs = tuple(str(held.path.relative_to(root)) for held in job.inputs)
    pairs = tuple((str(aside.relative_to(root)), str(name.relative_to(root))) for aside, name in outputs)
    swap = Swap(pairs, inputs)
    swap.begin(root, writer)
    reach("after beginning the swap")
    swap.rename_outputs(root, reach)
    swap.remove_inputs(root, reach)
    swap.end(root, writer)
    reach("after ending the swap")
    return len(outputs)


class _Writing:
    """The outputs of one swap while they are written."""

    def __init__(self, root: Path, layout: StoreLayout, writer: str, job: _Job) -> None:
        self._root, self._writer = root, writer
        self._schema, self._time_column = layout.schema, layout.time_column
        self._job = job
        names = [held.name for held in job.inputs]
        self._name = FileName(
            writer,
            min(name.first for name in names),
            max(name.last for name in names),
            round=max(name.round for name in names) + 1,
        )
        self._file: FileWriting | None = None
        self._aside = self._folder = root
        self._days: tuple[int, int] | None = None
        self._rows = 0
        self._asides: list[Path] = []
        self._outputs: list[tuple[Path, Path]] = []
        self._taken: set[Path] = set()
        self._pieces: list[pa.RecordBatch] = []
        """rows that will be one row group"""
        self._waiting_rows = self._waiting_bytes = 0

    def write(self, reach: Step) -> list[tuple[Path, Path]]:
        """Write all outputs, and return the name aside and the name to be of each."""
        readers = [_TenantReader(held.path, self._schema) for held in self._job.inputs]
        try:
            while waiting := [reader for reader in readers if reader.tenant is not None]:
                reach(WRITING)
                tenant = min(reader.tenant for reader in waiting if reader.tenant is not None)
                self._write_tenant(tenant, [reader for reader in waiting if reader.tenant == tenant])
        finally:
            for reader in readers:
                reader.close()
        self._write_group()
        self._close()
        read = sum(reader.rows for reader in readers)
        if read != self._rows:
            raise RuntimeError(f"{self._root}: {read} rows were read and {self._rows} written. Nothing was replaced.")
        for folder in sorted({aside.parent for aside in self._asides}):
            sync(folder)
        return self._outputs

    def abandon(self) -> None:
        """Remove what has been written."""
        if self._file is not None:
            self._file.abandon()
        for aside in self._asides:
            aside.unlink(missing_ok=True)

    def _write_tenant(self, tenant: str, readers: "Sequence[_TenantReader]") -> None:
        """Write the rows of one tenant from the inputs that have some, in the order of the inputs."""
        folder = self._root / (file_names.tenant_folder(tenant) if self._job.by_tenant else ARRIVED)
        if folder != self._folder:
            self._close()
            self._folder = folder
        for reader in readers:
            for piece in reader.rows_of(tenant):
                self._pieces.append(piece)
                self._waiting_rows += piece.num_rows
                self._waiting_bytes += piece.nbytes
                if self._waiting_rows >= ROW_GROUP_ROWS or self._waiting_bytes >= GROUP_BYTES:
                    self._write_group()
        # in a file of all tenants a few small ones share a row group
        if self._job.by_tenant or self._waiting_rows >= GROUP_LEAST_ROWS:
            self._write_group()

    def _write_group(self) -> None:
        """Write the pieces that wait as one row group, in order."""
        if not self._pieces:
            return
        table, tenants = ordered(self._pieces, self._schema, self._time_column)
        self._pieces, self._waiting_rows, self._waiting_bytes = [], 0, 0
        if self._file is None:
            make_folder(self._folder, self._root)
            number = len(self._outputs)
            self._aside = (
                self._folder
                / f"_{self._writer}-{self._name.first:010d}.{number}{file_names.PUBLISHED_ENDING}{file_names.ASIDE}"
            )
            self._asides.append(self._aside)
            self._file = FileWriting(self._aside, self._schema)
        self._file.write(table)
        self._rows += table.num_rows
        if self._job.by_tenant:
            ((_, _, _, first_day, last_day),) = tenants
            first, last = self._days or (first_day, last_day)
            self._days = min(first, first_day), max(last, last_day)
            if self._file.size_bytes >= FILE_BYTES:
                self._close()

    def _close(self) -> None:
        """End the file that is being written, if any, and give it a name that no other file has."""
        if self._file is None:
            return
        self._file.close()
        self._file = None
        name = self._name._replace(days=self._days)
        while (path := self._folder / str(name)) in self._taken or path.exists():
            name = name._replace(round=name.round + 1)
        self._taken.add(path)
        self._outputs.append((self._aside, path))
        self._days = None


class _TenantReader:
    """Reads one input from its beginning to its end, tenant by tenant. `rows` counts what has been read.

    Raises `_UnusableError`.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._pieces = self._read(schema)
        self._next = next(self._pieces, None)
        self.rows = 0

    @property
    def tenant(self) -> str | None:
        """Return whose rows come next; None at the end."""
        return self._next[0] if self._next else None

    def rows_of(self, tenant: str) -> Iterator[pa.RecordBatch]:
        """Return the rows of the tenant that comes next, in pieces."""
        while self._next is not None and self._next[0] == tenant:
            if self._next[1].num_rows:
                self.rows += self._next[1].num_rows
                yield self._next[1]
            self._next = next(self._pieces, None)
        if self._next is not None and self._next[0] < tenant:
            raise _UnusableError(self._path, "its rows are not in the order of tenants")

    def close(self) -> None:
        """Close the file."""
        self._pieces.close()

    def _read(self, schema: pa.Schema) -> Generator[tuple[str, pa.RecordBatch]]:
        """Return pieces of one tenant each. The first one has no rows: an input whose turn has not come holds none, for a
        few thousand rows may be large.
        """
        try:
            with pq.ParquetFile(
                self._path, read_dictionary=coded_columns(schema), buffer_size=_READ_BYTES, pre_buffer=False
            ) as file:
                if not file.schema_arrow.equals(schema):
                    raise _UnusableError(self._path, "its columns are not those of this build")
                for first in islice(file.iter_batches(1, columns=["tenant"], use_threads=False), 1):
                    yield from ((tenant, piece.slice(0, 0)) for tenant, piece in _by_tenant(first))
                for batch in file.iter_batches(_READ_ROWS, use_threads=False):
                    yield from _by_tenant(batch)
        except (OSError, pa.ArrowException) as error:
            raise _UnusableError(self._path, _said(error)) from error


def _by_tenant(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Return the rows of each tenant of a batch, where the rows of one follow one another."""
    codes, texts = coded(batch.column("tenant"))
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(codes)], strict=True):
        yield texts[codes[start]], batch.slice(start, stop - start)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
