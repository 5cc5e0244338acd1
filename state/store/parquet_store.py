"""The Parquet store: events, decisions and rejects in few files, exactly once across a stop at any step.

Takes Arrow batches, writes files that appear whole or not at all. One `PartitionedParquet` belongs to one part of one sink.
All that it remembers across a crash is one sequence number, which the engine keeps in its snapshots.

The commit order, numbered as in `state.store.atomic_files` and in the code below:

1. write: rows are buffered as they come; `begin_to_write` writes them in order to one file in `arrived`, with the next
   sequence number and a name that no reader takes for a file of the store. A tenant with many rows gets a file of its own
   in its folder;
2. fsync: each file, and once each folder. `stage` waits for all and returns the next sequence number, which goes into the
   snapshot;
3. rename: `publish` gives the files below the number of the *previous* snapshot their names, for only that one is known to
   be durable when the engine asks for the next. The new name need not be durable: the snapshot says that it is due;
4. fsync: the folders, with the files of the next snapshot, or when a run has ended;
5. report: `recover` after a restart publishes what the snapshot covers and deletes everything behind it, because the
   engine reads that input again and so the same rows are written again. `publish_all` publishes the rest when a run has
   ended.

So each row is visible once: never a row that a resumed run would write again, and none is lost that a snapshot covers.
Published files are joined to fewer by `state.store.compaction`.

Traps: the prefix and part in a file's name say whose it is, as several parts share a folder. A file beyond the snapshot
that is published already belongs to another run, and is refused (`OutputInUseError`) rather than deleted.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from state.store import file_names, path_names
from state.store.atomic_files import make_folder, sync, sync_folders
from state.store.file_names import ARRIVED, FileName
from state.store.layouts import EVIDENCE, REJECTS, StoreLayout
from state.store.listing import (
    finish_swap,
    published_files,
    rereading,
    staged_files,
)
from state.store.parquet_files import DAY_US, in_groups, ordered, write_table

if TYPE_CHECKING:
    # loaded only where a store is read, so that a run that only writes starts sooner
    import polars as pl

MAX_BUFFERED_ROWS: Final = 250_000
MAX_BUFFERED_BYTES: Final = 64 << 20
"""Both bound the memory of one part, of which as much is being written while as much is filled; what goes beyond is staged
early and published with the rest."""
OWN_FILE_ROWS: Final = 50_000
"""Rows of a tenant in one buffer from which on they get a file of their own: it is of a useful size from the start."""


class OutputInUseError(Exception):
    """The folder holds files of a run that this snapshot does not know. Operator action: give an empty output folder."""


class MissingFilesError(Exception):
    """Files that a snapshot covers are not there. Operator action: restore the folder from a copy, or start anew."""


class PartitionedParquet:
    """Rows of one schema, buffered, staged durably, published in whole files.

    `part` names the writer among its siblings. Rows of a file are ordered by tenant, day, and source and position where the
    schema has both. Call `recover` once before the first `add`.
    """

    def __init__(
        self,
        root: Path,
        layout: StoreLayout,
        part: str,
        max_buffered_rows: int = MAX_BUFFERED_ROWS,
        own_file_rows: int = OWN_FILE_ROWS,
        next_sequence: int = 0,
    ) -> None:
        self.root = root
        self.layout = layout
        self.writer = f"{layout.prefix}-{path_names.encode(part)}"
        self._max_buffered_rows = max_buffered_rows
        self._own_file_rows = own_file_rows
        self._next_sequence = next_sequence
        self._buffer: list[pa.RecordBatch] = []
        self._buffered_rows = 0
        self._buffered_bytes = 0
        # sorting, compressing and writing release Python's lock, so they go on beside the next batches
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parquet")
        self._writing: list[Future[None]] = []
        self._staged: list[tuple[int, Path]] = []
        """sequence numbers and paths of what is staged, in order"""

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows of the schema; they may be staged at once when the buffer is full, but are not visible yet."""
        if batch.num_rows == 0:
            return
        self._buffer.append(batch)
        self._buffered_rows += batch.num_rows
        self._buffered_bytes += batch.nbytes
        if self._buffered_rows >= self._max_buffered_rows or self._buffered_bytes >= MAX_BUFFERED_BYTES:
            self.begin_to_write()

    def begin_to_write(self, is_last: bool = False) -> None:
        """Begin to write the buffer to staged files of the next sequence numbers: steps 1 and 2.

        `is_last` tells that no rows will follow: the rows of a single tenant go to its folder then, however few they are.
        """
        # one buffer is being written while the next one fills; a slow disk makes the flow wait here
        self._finish_writing()
        if self._buffer:
            self._writing.append(self._thread.submit(self._write, self._buffer, is_last))
        self._buffer = []
        self._buffered_rows = self._buffered_bytes = 0

    def stage(self) -> int:
        """Finish steps 1 and 2 for all buffered rows; return the next sequence number, for the snapshot.

        Raises what went wrong with any write since the last call.
        """
        self.begin_to_write()
        self._finish_writing()
        return self._next_sequence

    def publish(self, before: int) -> int:
        """Make visible what was staged below the sequence number `before`, and return how many files that are (step 3).

        That snapshot must be durable.
        """
        due = [path for sequence, path in self._staged if sequence < before]
        for path in due:
            path.rename(file_names.published(path))
        self._staged = self._staged[len(due) :]
        return len(due)

    def recover(self, next_sequence: int) -> int:
        """Go back to a durable snapshot (step 5 seen from the next run): publish what it covers, delete what came after.

        Returns how many files of this part are visible. Raises `OutputInUseError` when files beyond the snapshot are already
        published, as happens when a new run is pointed at the output of another, and `MissingFilesError` when files that the
        snapshot covers are gone or empty; nothing is deleted then.
        """
        make_folder(self.root / ARRIVED, self.root.parent)
        finish_swap(self.root, self.writer)
        visible, staged = self.require_fit(next_sequence)
        self._staged = [(sequence, path) for sequence, path in staged if sequence < next_sequence]
        moved = [path for _, path in self._staged]
        self.publish(next_sequence)
        for _, path in staged[len(moved) :]:
            path.unlink()
        sync_folders(path for _, path in staged)
        self._buffer = []
        self._buffered_rows = self._buffered_bytes = 0
        self._next_sequence = next_sequence
        return len(visible) + len(moved)

    def require_fit(self, next_sequence: int) -> tuple[list[Path], list[tuple[int, Path]]]:
        """Check that the files of this part are those of a snapshot, and touch nothing. Raises as `recover` does.

        Returns the visible files, and those that are staged with their sequence numbers, in order.
        """
        visible = [(path, name) for path in published_files(self.root) if (name := self._own(path))]
        beyond = [path for path, name in visible if name.last >= next_sequence]
        if beyond:
            raise OutputInUseError(
                f"{beyond[0]} was written by another run, or after the state this run resumes from."
                " Operator action: give an empty output folder."
            )
        staged = sorted((name.first, path) for path in staged_files(self.root) if (name := self._own(path)))
        paths = [path for path, _ in visible]
        # of a file whose lines are all forgotten only their places are left
        forgotten = [path for path in published_files(self.root, file_names.PLACES_ENDING) if self._own(path)]
        self._require_covered(next_sequence, [*paths, *forgotten, *(path for _, path in staged)])
        return paths, staged

    def _require_covered(self, next_sequence: int, paths: Sequence[Path]) -> None:
        """Check that every sequence number below a snapshot's is that of a file. Raises `MissingFilesError`.

        A joined file stands for all numbers from its first to its last.
        """
        expected = 0
        held = (name for path in paths if (name := self._own(path)) and path.stat().st_size)
        for name in sorted(held, key=lambda name: name.first):
            if name.first > expected:
                break
            expected = max(expected, name.last + 1)
        if expected < next_sequence:
            raise MissingFilesError(
                f"{self.root}: a file of {self.writer} that this run had stored is missing or empty (number {expected} of"
                f" {next_sequence}). Nothing was deleted. Operator action: restore the folder from a copy, or start anew"
                " with an empty one."
            )

    def _own(self, path: Path) -> FileName | None:
        """Return what the name of a file of this part says; None for any other file."""
        name = file_names.parse(path.name)
        return name if name is not None and name.writer == self.writer else None

    def _finish_writing(self) -> None:
        """Wait until all files that were begun are complete and durable. Raises what went wrong with one."""
        while self._writing:
            self._writing.pop(0).result()

    def _write(self, batches: list[pa.RecordBatch], is_last: bool) -> None:
        """Write the files of one buffer, on the thread of the writer."""
        table, tenants = ordered(batches, self.layout.schema, self.layout.time_column)
        least_rows = 0 if is_last and len(tenants) == 1 else self._own_file_rows
        some = []
        for rows in tenants:
            if rows.stop - rows.start < least_rows:
                some.append(rows)
                continue
            folder = self.root / file_names.tenant_folder(rows.tenant)
            make_folder(folder, self.root)
            self._write_file(folder, table, [(rows.start, rows.stop)], (rows.first_day, rows.last_day))
        if some:
            if len(some) < len(tenants):
                table = pa.concat_tables([table.slice(rows.start, rows.stop - rows.start) for rows in some])
                stops = np.cumsum([rows.stop - rows.start for rows in some]).tolist()
                some = [
                    rows._replace(start=stop - (rows.stop - rows.start), stop=stop)
                    for rows, stop in zip(some, stops, strict=True)
                ]
            self._write_file(self.root / ARRIVED, table, list(in_groups(some)), None)

    def _write_file(
        self, folder: Path, table: pa.Table, groups: Sequence[tuple[int, int]], days: tuple[int, int] | None
    ) -> None:
        """Write one staged file of the next sequence number: steps 1 and 2."""
        name = FileName(self.writer, self._next_sequence, self._next_sequence, days)
        path = file_names.staged(folder / str(name))
        write_table(table, path, groups)
        sync(folder)
        self._staged.append((self._next_sequence, path))
        self._next_sequence += 1


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema as its Parquet files have it: dictionary columns become columns of their values."""
    fields = [
        column.with_type(column.type.value_type) if pa.types.is_dictionary(column.type) else column for column in schema
    ]
    return pa.schema(fields)


def scan(root: Path, schema: pa.Schema) -> "pl.LazyFrame":
    """Return the visible rows of a store of `schema` as a lazy frame; a store that does not exist has no rows."""
    return scan_files(published_files(root), schema)


def scan_files(files: list[Path], schema: pa.Schema) -> "pl.LazyFrame":
    """Return the rows of some files of a store of `schema` as a lazy frame."""
    import polars as pl

    if not files:
        empty = pl.from_arrow(plain_schema(schema).empty_table())
        return empty.lazy() if isinstance(empty, pl.DataFrame) else empty.to_frame().lazy()
    # tenant and day are columns of the rows; folder names are encoded, and only for finding files
    return pl.scan_parquet(files, hive_partitioning=False)


def read_evidence(out: Path) -> "pl.LazyFrame":
    """Return the event store of an output folder, columns as in `EVIDENCE_SCHEMA`."""
    return scan(out / EVIDENCE.folder, EVIDENCE.schema)


def read_evidence_since(out: Path, tenants: Sequence[str], since_us: int) -> "pl.LazyFrame":
    """Return the stored events of some tenants in the files that hold any from the UTC day of a moment on.

    Files of their days and earlier ones alone are not opened, nor are those of other tenants.
    """
    import polars as pl

    since = since_us // DAY_US
    files = [path for path, days in files_of(out, EVIDENCE, tenants) if days is None or days[1] >= since]
    return scan_files(files, EVIDENCE.schema).filter(pl.col("tenant").cast(pl.String).is_in(tenants))


@rereading
def last_event_us(out: Path, tenant: str, sources: Sequence[str]) -> int | None:
    """Return the time of a tenant's last stored event from some sources; None for no event.

    Files are read from the latest day back, as far as they can hold a later event.
    """
    import polars as pl

    wanted = (pl.col("tenant").cast(pl.String) == tenant) & pl.col("source").cast(pl.String).is_in(sources)
    latest: int | None = None
    by_day = [
        (np.iinfo(np.int64).max if days is None else days[1], path) for path, days in files_of(out, EVIDENCE, [tenant])
    ]
    for day, path in sorted(by_day, reverse=True):
        if latest is not None and day < latest // DAY_US:
            break
        rows = scan_files([path], EVIDENCE.schema).filter(wanted)
        held: int | None = rows.select(pl.col("event_time").max().dt.epoch("us")).collect().item()
        latest = held if latest is None else max(latest, held if held is not None else latest)
    return latest


def files_of(
    out: Path, layout: StoreLayout, tenants: Sequence[str] | None
) -> list[tuple[Path, tuple[int, int] | None]]:
    """Return the files of a store that may hold rows of some tenants, each with its first and last day; None where it names
    none. Without tenants these are all files.
    """
    root = out / layout.folder
    folders = None if tenants is None else {file_names.tenant_folder(tenant) for tenant in tenants}
    found = []
    for path in published_files(root):
        folder = path.relative_to(root).parts[0]
        name = file_names.parse(path.name)
        if folders is None or folder in folders or file_names.tenant_in(folder) is None:
            found.append((path, name.days if name is not None else None))
    return found


def read_rejects(out: Path) -> "pl.LazyFrame":
    """Return the rejects of an output folder, columns as in `REJECT_SCHEMA`."""
    return scan(out / REJECTS.folder, REJECTS.schema)


def publish_all(root: Path) -> None:
    """Make visible everything that is staged in a store; call it once a run has ended well.

    Swaps are left to their writers: other processes of a cluster may still be ending theirs.
    """
    staged = staged_files(root)
    for path in staged:
        path.rename(file_names.published(path))
    # also what was published before, whose names no snapshot has made durable yet
    sync_folders(path for path in published_files(root))
