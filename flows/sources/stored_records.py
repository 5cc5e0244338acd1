"""Stored records as a source: what a run has stored of its files is read again as it was read then, without the files.

Takes the stores of a run and its inventory; returns batches. Evidence and rejects of an input together are its records, each
with its bytes and its position, so they are parsed and judged as the input was. Where records are lost the others keep their
positions.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from typing_extensions import override

from brainstem.arrays.aliases import Bytes
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.ledger import FaultReason
from connectors.files.cursor import FileInput
from flows.config.settings import Settings
from flows.process.stop_request import Stop
from flows.sources.file_merge import MergedFiles
from flows.sources.file_source import ReplaySource
from state.store.parquet_store import read_evidence, read_rejects

WINDOW_BYTES: Final = 64 << 20
"""of an input whose records are held in memory at once"""
AT_ONCE_BYTES: Final = 256 << 20
"""of all inputs together up to which their records are read in one go: a query for each of many small inputs would take
longer than all that is judged"""


def stored_rows(out: Path, sources: list[str], begin: int, end: int) -> pl.DataFrame:
    """Return the stored and rejected records of some sources that begin from `begin` on and before `end`.

    Of a record its columns are those of the event store, names as text and times in microseconds; those of a reject are
    null. `raw` holds the bytes, and `is_stored` says which of the two it is.
    """
    wanted = pl.col("source").cast(pl.String).is_in(sources)
    at = (pl.col("position") >= begin) & (pl.col("position") < end)
    texts = [pl.col(name).cast(pl.String) for name in ("source", "event_time_origin", "host", "service")]
    stored = (
        read_evidence(out)
        .filter(wanted & at)
        .select(
            *texts,
            "position",
            pl.col("event_time").dt.epoch("us"),
            "late",
            "severity_number",
            "signature",
            pl.col("message_raw").alias("raw"),
            pl.lit(True).alias("is_stored"),
        )
    )
    rejected = (
        read_rejects(out)
        .filter(wanted & at)
        .select(pl.col("source").cast(pl.String), "position", "raw", pl.lit(False).alias("is_stored"))
    )
    return pl.concat([stored, rejected], how="diagonal").collect()


def end_of_rows(out: Path, source: str) -> int:
    """Return the position behind which no record of a source begins; 0 for no record."""
    is_of = pl.col("source").cast(pl.String) == source
    stores = (read_evidence(out), read_rejects(out))
    last = [store.filter(is_of).select(pl.col("position").max()).collect().item() for store in stores]
    return max(-1 if each is None else each for each in last) + 1


def envelopes_of(rows: pl.DataFrame, file: FileInput) -> Envelopes:
    """Return stored records of a file, in order, as they came from it."""
    # one block of bytes and where each record begins in it, without an object for each
    packed = rows["raw"].to_arrow().cast(pa.large_binary())
    _, places, content = packed.buffers()
    begins = np.frombuffer(places or b"", np.int64)[packed.offset : packed.offset + len(rows) + 1]
    length = np.diff(begins).astype(np.int32)
    buffer: Bytes = np.frombuffer(content or b"", np.uint8)[begins[0] : begins[-1]]
    return Envelopes(
        source=file.source,
        tenant=file.tenant,
        peer="",
        # what may be written is what compiled loops know
        position=rows["position"].to_numpy(writable=True),
        length=length,
        received_at=np.full(len(rows), file.reference_time_us, np.int64),
        buffer=buffer,
        start=np.cumsum(length, dtype=np.int64) - length,
    )


class StoredRecords:
    """The records that a run has stored or rejected, bytes and positions alone, by input.

    Those of small stores are all read when the first of them are asked for, and each is let go of with its cursor.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._lock = Lock()
        self._ends: dict[str, int] = {}
        self._held: dict[str, pl.DataFrame] = {}
        self._has_rejects: frozenset[str] = frozenset()
        self._begun = False

    def end_of(self, source: str) -> int:
        """Return the position behind which no record of a source begins; 0 for no record."""
        with self._lock:
            self._begin()
            return self._ends.get(source, 0)

    def window(self, source: str, begin: int, end: int) -> pl.DataFrame:
        """Return `position` and `raw` of the records of a source that begin in a window, in order; of records that are held
        twice the first.
        """
        is_inside = (pl.col("position") >= begin) & (pl.col("position") < end)
        with self._lock:
            self._begin()
            held = self._held.get(source)
            if end >= self._ends.get(source, 0):
                self._held.pop(source, None)
        if held is None:
            of_source = pl.col("source").cast(pl.String) == source
            rows = self._read(of_source & is_inside, source in self._has_rejects).collect()
        else:
            rows = held.filter(is_inside)
        return rows.sort("position", maintain_order=True).unique("position", keep="first", maintain_order=True)

    def _begin(self) -> None:
        """Find where each input ends, and read all records where they are few."""
        if self._begun:
            return
        self._begun = True
        size = 0
        for store, length in ((read_evidence(self._out), "length"), (read_rejects(self._out), "length")):
            found = (
                store.group_by(pl.col("source").cast(pl.String))
                .agg(pl.col("position").max(), pl.col(length).cast(pl.Int64).sum())
                .collect()
            )
            for source, last, held_bytes in found.iter_rows():
                self._ends[source] = max(self._ends.get(source, 0), last + 1)
                size += held_bytes
        self._has_rejects = frozenset(found["source"].to_list())
        if size <= AT_ONCE_BYTES:
            rows = self._read(pl.lit(value=True), bool(self._has_rejects)).collect()
            self._held = {str(key[0]): part for key, part in rows.partition_by("source", as_dict=True).items()}

    def _read(self, wanted: pl.Expr, with_rejects: bool) -> pl.LazyFrame:
        """Return the source, position and bytes of records, those of evidence first."""
        columns = (pl.col("source").cast(pl.String), pl.col("position"))
        stored = read_evidence(self._out).filter(wanted).select(*columns, pl.col("message_raw").alias("raw"))
        if not with_rejects:
            return stored
        return pl.concat([stored, read_rejects(self._out).filter(wanted).select(*columns, pl.col("raw"))])


class StoredCursor:
    """The stored records of one file from a position on, in the place of a `FileCursor`."""

    def __init__(self, records: StoredRecords, file: FileInput, position: int) -> None:
        self._records = records
        self.file = file
        self.position = position
        self.check = 0
        self.fault: FaultReason | None = None
        """none is known any more"""
        self._rows = pl.DataFrame()
        self._read_to = position
        # what repeats another input has no records of its own
        self._end = 0 if file.duplicate_of else records.end_of(file.source)

    def read(self, max_records: int) -> Envelopes | None:
        """Return the next records, at most `max_records`; None at the end."""
        while not len(self._rows):
            if self._read_to >= self._end:
                return None
            upto = self._read_to + WINDOW_BYTES
            self._rows = self._records.window(self.file.source, self._read_to, upto)
            self._read_to = upto
        rows, self._rows = self._rows.head(max_records), self._rows.slice(max_records)
        envelopes = envelopes_of(rows, self.file)
        self.position = int(envelopes.position[-1]) + int(envelopes.length[-1])
        return envelopes

    def close(self) -> None:
        """Forget what was read ahead."""
        self._rows = pl.DataFrame()


class StoredSource(ReplaySource):
    """The files of a run, dealt out as a replay does, each read from the stores of `out`."""

    def __init__(
        self,
        out: Path,
        files: tuple[FileInput, ...],
        settings: Settings,
        observer: Callable[[int, int], None] | None,
        stop: Stop,
    ) -> None:
        super().__init__(files, settings, observer, stop)
        self._records = StoredRecords(out)

    @override
    def merged(self, number: int, share: tuple[FileInput, ...]) -> MergedFiles:
        return MergedFiles(number, share, self.settings, open_stored=partial(StoredCursor, self._records))
