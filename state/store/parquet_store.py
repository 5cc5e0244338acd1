"""The Parquet store: events, decisions and rejects as files by tenant and day.

Takes Arrow batches, writes few large files that appear whole or not at all. One `PartitionedParquet` belongs to one part
of one sink. All that it remembers across a crash is one sequence number, which the engine keeps in its snapshots.

The commit order, numbered as in `state.store.atomic_files` and in the code below:

1. write: rows are buffered by tenant and day; `begin_to_write` writes each buffer to a file of its own in `_staging`,
   with the next sequence number and its future folders in its name;
2. fsync: the file and `_staging`. `stage` waits for both and returns the next sequence number, which goes into the
   snapshot;
3. rename: `publish` moves the files below the number of the *previous* snapshot into place, for only that one is known to
   be durable when the engine asks for the next;
4. fsync: each folder that files were moved into, and the folders made for them;
5. report: `recover` after a restart publishes what the snapshot covers and deletes everything behind it, because the
   engine reads that input again and so the same rows are written again. `publish_all` publishes the rest when a run has
   ended.

So each row is visible once: never a row that a resumed run would write again, and none is lost that a snapshot covers.

Traps: the prefix and part in a file's name say whose it is, as several parts share `_staging`. A file beyond the snapshot
that is published already belongs to another run, and is refused (`OutputInUseError`) rather than deleted.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from brainstem.contracts.event import EVIDENCE_SCHEMA
from brainstem.contracts.reject import REJECT_SCHEMA
from state.store import path_names
from state.store.atomic_files import STAGING, make_folder, publish_together, sync, write_table_aside

if TYPE_CHECKING:
    # loaded only where a store is read, so that a run that only writes starts sooner
    import polars as pl

EVIDENCE_PREFIX: Final = "ev"
DECISION_PREFIX: Final = "de"
REJECT_PREFIX: Final = "re"

DAY_US: Final = 86_400_000_000
MAX_BUFFERED_ROWS: Final = 250_000
MAX_BUFFERED_BYTES: Final = 256 << 20
"""Both bound the memory of one part; what goes beyond is staged early and published with the rest."""

_SEPARATOR: Final = "@"
"""Stands between file name and folders in a staging name; `path_names` never returns it."""


class OutputInUseError(Exception):
    """The folder holds files of a run that this snapshot does not know. Operator action: give an empty output folder."""


class Partition(NamedTuple):
    """Where rows belong: the tenant's name and the day (days since the epoch, UTC); both None in an undivided store."""

    tenant: str | None
    day: int | None

    def folders(self) -> tuple[str, ...]:
        """Return the path components below the root."""
        names = []
        if self.tenant is not None:
            names.append(f"tenant={path_names.encode(self.tenant)}")
        if self.day is not None:
            names.append(f"day={np.datetime64(self.day, 'D')}")
        return tuple(names)


class PartitionedParquet:
    """Rows of one schema, buffered by partition, staged durably, published in whole files.

    `part` names the writer among its siblings; `time_column` (timestamp in microseconds) divides by day, a column
    called `tenant` by tenant. Within a file rows are ordered by source and position where the schema has both. Call
    `recover` once before the first `add`.
    """

    def __init__(
        self,
        root: Path,
        prefix: str,
        part: str,
        schema: pa.Schema,
        time_column: str | None = None,
        max_buffered_rows: int = MAX_BUFFERED_ROWS,
        next_sequence: int = 0,
    ) -> None:
        self._root = root
        self._staging = root / STAGING
        self._stem = f"{prefix}-{path_names.encode(part)}-"
        self._schema = schema
        self._time_column = time_column
        self._divides_by_tenant = time_column is not None and "tenant" in schema.names
        self._is_ordered = {"source", "position"} <= set(schema.names)
        self._max_buffered_rows = max_buffered_rows
        self._next_sequence = next_sequence
        self._buffers: dict[Partition, list[pa.RecordBatch]] = {}
        self._buffered_rows = 0
        self._buffered_bytes = 0
        # compressing and writing release Python's lock, so they go on beside the next batches
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="parquet")
        self._writing: list[Future[None]] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows of the schema; they may be staged at once when the buffer is full, but are not visible yet."""
        for partition, rows in self._divide(batch):
            self._buffers.setdefault(partition, []).append(rows)
        self._buffered_rows += batch.num_rows
        self._buffered_bytes += batch.nbytes
        if self._buffered_rows >= self._max_buffered_rows or self._buffered_bytes >= MAX_BUFFERED_BYTES:
            self.begin_to_write()

    def begin_to_write(self) -> None:
        """Begin to write each partition's buffer to one staged file of its own sequence number: steps 1 and 2."""
        # one buffer is being written while the next one fills; a slow disk makes the flow wait here
        self._finish_writing()
        for partition in sorted(self._buffers):
            name = _SEPARATOR.join([f"{self._stem}{self._next_sequence:010d}", *partition.folders()])
            path = self._staging / f"{name}.parquet"
            self._writing.append(self._writer.submit(self._write, self._buffers[partition], path))
            self._next_sequence += 1
        self._buffers = {}
        self._buffered_rows = self._buffered_bytes = 0

    def stage(self) -> int:
        """Finish steps 1 and 2 for all buffered rows; return the next sequence number, for the snapshot.

        Raises what went wrong with any write since the last call.
        """
        self.begin_to_write()
        self._finish_writing()
        return self._next_sequence

    def publish(self, before: int) -> None:
        """Make visible what was staged below the sequence number `before`, in steps 3 and 4; that snapshot must be
        durable.
        """
        staged = [path for path, sequence in self._staged() if sequence < before]
        _publish(staged, self._root)
        if staged:
            # their old names are gone from it durably, too
            sync(self._staging)

    def recover(self, next_sequence: int) -> None:
        """Go back to a durable snapshot (step 5 seen from the next run): publish what it covers, delete what came after.

        Raises `OutputInUseError` when files beyond the snapshot are already published, as happens when a new run
        is pointed at the output of another.
        """
        make_folder(self._staging, self._root.parent)
        beyond = [path for path in published_files(self._root) if self._sequence(path.name) >= next_sequence]
        if beyond:
            raise OutputInUseError(
                f"{beyond[0]} was written by another run, or after the state this run resumes from."
                " Operator action: give an empty output folder."
            )
        self.publish(next_sequence)
        for staged, _ in self._staged():
            staged.unlink()
        self._buffers.clear()
        self._buffered_rows = self._buffered_bytes = 0
        self._next_sequence = next_sequence

    def _divide(self, batch: pa.RecordBatch) -> Iterator[tuple[Partition, pa.RecordBatch]]:
        """Return the rows of each partition of a batch, in the order of the batch."""
        if batch.num_rows == 0:
            return
        if self._time_column is None:
            yield Partition(None, None), batch
            return
        # a cast would load Arrow's functions, a tenth of a second of every start [measured]
        days = batch.column(self._time_column).view(pa.int64()).to_numpy(zero_copy_only=False) // DAY_US
        codes, tenants = self._tenants(batch)
        if days.min() == days.max() and codes.min() == codes.max():
            yield Partition(tenants[codes[0]], int(days[0])), batch
            return
        keys, members = np.unique(np.stack([codes, days]), axis=1, return_inverse=True)
        for index, (code, day) in enumerate(keys.T.tolist()):
            rows = np.flatnonzero(members == index)
            is_range = rows[-1] - rows[0] + 1 == len(rows)
            yield Partition(tenants[code], day), batch.slice(rows[0], len(rows)) if is_range else batch.take(rows)

    def _tenants(self, batch: pa.RecordBatch) -> tuple[npt.NDArray[np.int64], list[str | None]]:
        """Return each row's tenant as a code into a list of names."""
        if not self._divides_by_tenant:
            return np.zeros(batch.num_rows, np.int64), [None]
        column = batch.column("tenant")
        coded = column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()
        return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()

    def _finish_writing(self) -> None:
        """Wait until all files that were begun are complete and durable. Raises what went wrong with one."""
        while self._writing:
            self._writing.pop(0).result()

    def _write(self, batches: list[pa.RecordBatch], path: Path) -> None:
        """Write one staged file, on the thread of the writer."""
        write_table_aside(self._ordered(batches), path)

    def _ordered(self, batches: list[pa.RecordBatch]) -> pa.Table:
        """Return the rows of all batches ordered by source and position."""
        if self._is_ordered:
            # a batch comes from one source as a rule: then the order of the batches orders the rows, at no cost
            batches = sorted(batches, key=_first_row)
        # one dictionary for all batches, which the writer takes over; it decodes a column whose dictionary changes
        table = pa.Table.from_batches(batches, self._schema).unify_dictionaries()
        if self._is_ordered and not _is_in_order(batches):
            import pyarrow.compute as pc

            plain = pa.table({"source": table["source"].cast(pa.string()), "position": table["position"]})
            order = pc.sort_indices(plain, sort_keys=[("source", "ascending"), ("position", "ascending")])
            table = table.take(order)
        return table

    def _staged(self) -> list[tuple[Path, int]]:
        """Return this part's staged files and their sequence numbers, in order."""
        files = [(path, self._sequence(path.name)) for path in self._staging.glob("*.parquet")]
        return sorted(((path, sequence) for path, sequence in files if sequence >= 0), key=lambda file: file[1])

    def _sequence(self, name: str) -> int:
        """Return the sequence number of a file of this part by its name; -1 for any other file."""
        digits = name.removeprefix(self._stem).split(".")[0].split(_SEPARATOR)[0]
        return int(digits) if name.startswith(self._stem) and digits.isdecimal() else -1


def published_files(root: Path) -> list[Path]:
    """Return the visible Parquet files of a store in order; none when there is no such folder."""
    return sorted(path for path in root.rglob("*.parquet") if STAGING not in path.relative_to(root).parts)


def staged_files(root: Path) -> list[Path]:
    """Return the files that wait for `publish`; the output of a run that has ended well has none."""
    return sorted((root / STAGING).glob("*.parquet"))


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema as its Parquet files have it: dictionary columns become columns of their values."""
    fields = [
        column.with_type(column.type.value_type) if pa.types.is_dictionary(column.type) else column for column in schema
    ]
    return pa.schema(fields)


def scan(root: Path, schema: pa.Schema) -> "pl.LazyFrame":
    """Return the visible rows of a store of `schema` as a lazy frame; a store that does not exist has no rows."""
    return _scan_files(published_files(root), schema)


def _scan_files(files: list[Path], schema: pa.Schema) -> "pl.LazyFrame":
    import polars as pl

    if not files:
        empty = pl.from_arrow(plain_schema(schema).empty_table())
        return empty.lazy() if isinstance(empty, pl.DataFrame) else empty.to_frame().lazy()
    # tenant and day are columns of the rows; folder names are encoded, and only for finding files
    return pl.scan_parquet(files, hive_partitioning=False)


def read_evidence(out: Path) -> "pl.LazyFrame":
    """Return the event store of an output folder, columns as in `EVIDENCE_SCHEMA`."""
    return scan(out / "evidence", EVIDENCE_SCHEMA)


def read_evidence_since(out: Path, tenants: Sequence[str], since_us: int) -> "pl.LazyFrame":
    """Return the stored events of some tenants from the UTC day of a moment on; no other file is opened."""
    since = str(np.datetime64(since_us // DAY_US, "D"))
    files = [path for day, path in _files_by_day(out, tenants) if day >= since]
    return _scan_files(files, EVIDENCE_SCHEMA)


def last_event_us(out: Path, tenant: str, sources: Sequence[str]) -> int | None:
    """Return the time of a tenant's last stored event from some sources; the latest day is read first. None for no event."""
    import polars as pl

    by_day: dict[str, list[Path]] = {}
    for day, path in _files_by_day(out, [tenant]):
        by_day.setdefault(day, []).append(path)
    for day in sorted(by_day, reverse=True):
        rows = _scan_files(by_day[day], EVIDENCE_SCHEMA).filter(pl.col("source").cast(pl.String).is_in(sources))
        last: int | None = rows.select(pl.col("event_time").max().dt.epoch("us")).collect().item()
        if last is not None:
            return last
    return None


def _files_by_day(out: Path, tenants: Sequence[str]) -> list[tuple[str, Path]]:
    """Return the files of stored events of some tenants, each with its UTC day, such as "2026-03-22"."""
    root = out / "evidence"
    wanted = {f"tenant={path_names.encode(tenant)}" for tenant in tenants}
    parted = [(path.relative_to(root).parts, path) for path in published_files(root)]
    return [(parts[1].removeprefix("day="), path) for parts, path in parted if parts[0] in wanted]


def read_rejects(out: Path) -> "pl.LazyFrame":
    """Return the rejects of an output folder, columns as in `REJECT_SCHEMA`."""
    return scan(out / "rejects", REJECT_SCHEMA)


def _publish(staged: Sequence[Path], root: Path) -> None:
    """Move staged files to the folders that their names carry: steps 3 and 4."""
    moves = []
    for path in staged:
        name, *folders = path.name.removesuffix(".parquet").split(_SEPARATOR)
        folder = root.joinpath(*folders)
        make_folder(folder, root)
        moves.append((path, folder / f"{name}.parquet"))
    publish_together(moves)


def _first_row(batch: pa.RecordBatch) -> tuple[str, int]:
    """Return source and position of the first row of a batch."""
    return batch.column("source")[0].as_py(), batch.column("position")[0].as_py()


def _is_in_order(batches: list[pa.RecordBatch]) -> bool:
    """Return whether rows are surely ordered by source and position; False may be wrong and costs a sort."""
    previous = ("", -1)
    for batch in batches:
        source = batch.column("source")
        position = batch.column("position").to_numpy()
        if not isinstance(source, pa.DictionaryArray) or _first_row(batch) < previous:
            return False
        codes = source.indices.to_numpy()
        if codes.min() != codes.max():
            return False
        if np.any(position[1:] < position[:-1]):
            return False
        previous = (source[0].as_py(), int(position[-1]))
    return True


def publish_all(root: Path) -> None:
    """Make visible everything that is staged in a store; call it once a run has ended well."""
    _publish(staged_files(root), root)
    if (root / STAGING).is_dir():
        # the output of a run that has ended well holds nothing but its files
        (root / STAGING).rmdir()
        sync(root)
