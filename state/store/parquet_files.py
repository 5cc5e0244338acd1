"""How rows become one Parquet file: their order, where its row groups are cut, how its columns are coded.

Takes Arrow tables of one schema, writes files that a reader prunes by the statistics of their row groups. Rows are ordered
by tenant and UTC day, and by source and position where the schema has both; rows that are equal in these stay in the order
in which they came, since decisions of one tick do.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from state.store.atomic_files import sync

ROW_GROUP_ROWS: Final = 131_072
"""Large enough to compress well, small enough that a reader of one host skips most of a file."""
_ROWS_AT_ONCE: Final = 65_536
GROUP_LEAST_ROWS: Final = 4_096
"""Rows after which a group of a file of several tenants ends with the tenant, so that a reader of one skips the others."""
DAY_US: Final = 86_400_000_000

Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]


class TenantRows(NamedTuple):
    """The rows of one tenant in an ordered table, and their first and last UTC day (days since the epoch)."""

    tenant: str
    start: int
    stop: int
    first_day: int
    last_day: int


def coded_columns(schema: pa.Schema) -> list[str]:
    """Return the names of a schema's dictionary columns."""
    return [column.name for column in schema if pa.types.is_dictionary(column.type)]


class FileWriting:
    """One Parquet file that is being written, a row group at a time. `close` makes it complete and its bytes durable.

    Dictionary columns stay dictionary encoded, integers with a sign and times are stored as differences; the schema's
    metadata is kept.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        # differences shrink positions and times to almost nothing; a 64 bit hash would only grow
        stepping = [
            column.name
            for column in schema
            if pa.types.is_signed_integer(column.type) or pa.types.is_timestamp(column.type)
        ]
        self._path = path
        self._metadata = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        self._file = pa.OSFile(str(path), "wb")
        try:
            self._writer = pq.ParquetWriter(
                self._file,
                schema,
                compression="zstd",
                use_dictionary=coded_columns(schema),  # type: ignore[arg-type]  # the stubs know only a bool
                column_encoding=dict.fromkeys(stepping, "DELTA_BINARY_PACKED"),
                # plain Parquet types: every reader sees strings, whatever dictionaries the writer had
                store_schema=False,
            )
        except BaseException:
            self._file.close()
            raise

    @property
    def size_bytes(self) -> int:
        """Return how many bytes have been written so far."""
        return self._file.tell()

    def write(self, table: pa.Table) -> None:
        """Write rows as row groups of their own, each of `ROW_GROUP_ROWS` at most."""
        for start in range(0, table.num_rows, ROW_GROUP_ROWS):
            self._writer.write_table(_with_own_dictionaries(table.slice(start, ROW_GROUP_ROWS)), ROW_GROUP_ROWS)

    def close(self) -> None:
        """Write what ends a file, and wait until its bytes are on disk."""
        try:
            self._writer.add_key_value_metadata(self._metadata)
            self._writer.close()
        finally:
            self._file.close()
        sync(self._path)

    def abandon(self) -> None:
        """Close the file as it is; it is of no use."""
        self._writer.is_open = False
        self._file.close()


def write_table(table: pa.Table, path: Path, groups: Sequence[tuple[int, int]]) -> None:
    """Write one file with some ranges of rows as its row groups; its bytes are durable afterwards, its name is not."""
    writing = FileWriting(path, table.schema)
    try:
        for start, stop in groups:
            writing.write(table.slice(start, stop - start))
    except BaseException:
        writing.abandon()
        raise
    writing.close()


def in_groups(tenants: Sequence[TenantRows]) -> Iterator[tuple[int, int]]:
    """Return the ranges of row groups of a table: cut where a tenant ends, once `GROUP_LEAST_ROWS` are together."""
    start = 0
    for rows in tenants:
        if rows.stop - start >= GROUP_LEAST_ROWS or rows is tenants[-1]:
            yield start, rows.stop
            start = rows.stop


def ordered(
    batches: Sequence[pa.RecordBatch], schema: pa.Schema, time_column: str
) -> tuple[pa.Table, list[TenantRows]]:
    """Return the rows of some batches as one table in order, and where each tenant's rows are. There is a row at least."""
    has_positions = {"source", "position"} <= set(schema.names)
    if has_positions:
        # a batch comes from one source as a rule: then the order of the batches orders the rows, at no cost
        batches = sorted(
            (batch for batch in batches if batch.num_rows), key=lambda batch: _first_row(batch, time_column)
        )
    # one dictionary for all batches, which the writer takes over; it decodes a column whose dictionary changes
    table = pa.Table.from_batches(batches, schema).unify_dictionaries()
    tenants = _surely_in_order(batches, time_column) if has_positions else None
    return (table, tenants) if tenants is not None else _sorted(table, has_positions, time_column)


def _surely_in_order(batches: Sequence[pa.RecordBatch], time_column: str) -> list[TenantRows] | None:
    """Return where each tenant's rows are, where all rows are in order and each batch is of one tenant and source.

    None is returned otherwise, and may be wrong, which costs a sort. Only bounds are compared, as most rows take this way.
    """
    tenants: list[TenantRows] = []
    previous = ("", 0, "", -1)
    stop = 0
    for batch in batches:
        start, stop = stop, stop + batch.num_rows
        (tenant, first_day, source, first), position = (
            _first_row(batch, time_column),
            batch.column("position").to_numpy(),
        )
        if not _has_one_value(batch.column("tenant")) or not _has_one_value(batch.column("source")):
            return None
        times = _microseconds(batch.column(time_column))
        last_day = int(times.max()) // DAY_US
        if int(times.min()) // DAY_US != last_day and np.any(np.diff(times // DAY_US) < 0):
            return None
        if (tenant, first_day, source, first) < previous or np.any(position[1:] < position[:-1]):
            return None
        previous = (tenant, last_day, source, int(position[-1]))
        if tenants and tenants[-1].tenant == tenant:
            tenants[-1] = tenants[-1]._replace(stop=stop, last_day=last_day)
        else:
            tenants.append(TenantRows(tenant, start, stop, first_day, last_day))
    return tenants


def _sorted(table: pa.Table, has_positions: bool, time_column: str) -> tuple[pa.Table, list[TenantRows]]:
    """Return a table in order, and where each tenant's rows are."""
    tenant, tenants = _ranks(table.column("tenant"))
    day = np.concatenate([_microseconds(chunk) for chunk in table.column(time_column).chunks]) // DAY_US
    key = tenant * (int(day.max() - day.min()) + 1) + (day - day.min())
    order = None
    if has_positions:
        source, sources = _ranks(table.column("source"))
        key = key * len(sources) + source
        position = table.column("position").to_numpy()
        if np.any((key[1:] < key[:-1]) | ((key[1:] == key[:-1]) & (position[1:] < position[:-1]))):
            order = np.lexsort((position, key))
    elif np.any(key[1:] < key[:-1]):
        order = np.argsort(key, kind="stable")
    if order is not None:
        table, tenant, day = table.combine_chunks().take(order), tenant[order], day[order]
    starts = np.flatnonzero(np.diff(tenant, prepend=-1))
    stops = [*starts[1:].tolist(), len(tenant)]
    firsts, lasts = np.minimum.reduceat(day, starts), np.maximum.reduceat(day, starts)
    ranges = zip(tenant[starts].tolist(), starts.tolist(), stops, firsts.tolist(), lasts.tolist(), strict=True)
    return table, [TenantRows(tenants[rank], *rest) for rank, *rest in ranges]


def _microseconds(column: "pa.Array[Any]") -> Int64s:
    """Return a column of times as microseconds since the epoch."""
    # a cast would load Arrow's functions, a tenth of a second of every start [measured]
    return column.view(pa.int64()).to_numpy(zero_copy_only=False)


def _has_one_value(column: "pa.Array[Any]") -> bool:
    """Return whether all rows of a dictionary column have the code of the first."""
    codes = _codes(column)
    return bool(codes.min() == codes.max())


def _first_row(batch: pa.RecordBatch, time_column: str) -> tuple[str, int, str, int]:
    """Return tenant, day, source and position of the first row of a batch."""
    time_us = batch.column(time_column).view(pa.int64())[0].as_py()
    return (
        batch.column("tenant")[0].as_py(),
        time_us // DAY_US,
        batch.column("source")[0].as_py(),
        batch.column("position")[0].as_py(),
    )


def coded(column: "pa.Array[Any]") -> tuple[Int32s, list[str]]:
    """Return the codes of a dictionary column, and the texts they stand for."""
    assert isinstance(column, pa.DictionaryArray)  # noqa: S101 - the schemas say so
    texts: list[str] = column.dictionary.to_pylist()  # type: ignore[assignment]  # the columns hold no nulls
    return _codes(column), texts


def _codes(column: "pa.Array[Any]") -> Int32s:
    assert isinstance(column, pa.DictionaryArray)  # noqa: S101 - the schemas say so
    return column.indices.to_numpy(zero_copy_only=False)


def _ranks(column: "pa.ChunkedArray[Any]") -> tuple[Int64s, list[str]]:
    """Return for each row of a text column the rank of its text, and the texts in order."""
    # all chunks have the dictionary of the first
    chunks = [coded(chunk) for chunk in column.chunks]
    texts = chunks[0][1]
    in_order = sorted(set(texts))
    rank_of = {text: rank for rank, text in enumerate(in_order)}
    ranks = np.array([rank_of[text] for text in texts], np.int64)
    return ranks[np.concatenate([codes for codes, _ in chunks])], in_order


def _with_own_dictionaries(table: pa.Table) -> pa.Table:
    """Return a table whose dictionaries hold no text that none of its rows has: the writer stores them whole."""
    for index, column in enumerate(table.schema):
        if not pa.types.is_dictionary(column.type):
            continue
        # all chunks have the dictionary of the first
        first, *rest = table.column(index).chunks
        assert isinstance(first, pa.DictionaryArray)  # noqa: S101 - the schema says so
        chunks = [_codes(chunk) for chunk in (first, *rest)]
        is_used = np.zeros(len(first.dictionary), bool)
        for codes in chunks:
            is_used[codes] = True
        if is_used.all():
            continue
        texts = first.dictionary.to_pylist()
        code_of = (np.cumsum(is_used) - 1).astype(np.int32)
        kept = pa.array([texts[each] for each in np.flatnonzero(is_used).tolist()], pa.string())
        own = [pa.DictionaryArray.from_arrays(code_of[codes], kept) for codes in chunks]
        table = table.set_column(index, column, pa.chunked_array(own))
    return table


def unreadable(path: Path) -> str:
    """Return why a stored file cannot be read; empty where it can."""
    try:
        with pq.ParquetFile(path) as file:
            for _ in file.iter_batches(_ROWS_AT_ONCE):
                pass
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    return ""
