"""Stored records as a source: what a run has stored of its files is read again as it was read then, without the files.

Takes the stores of a run and its inventory; returns batches. Evidence and rejects of an input together are its records, each
with its bytes and its position, so they are parsed and judged as the input was. Where records are lost the others keep their
positions.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
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
    raw = rows["raw"].to_list()
    length = np.array([len(each) for each in raw], np.int32)
    buffer: Bytes = np.frombuffer(b"".join(raw), np.uint8)
    return Envelopes(
        source=file.source,
        tenant=file.tenant,
        peer="",
        position=rows["position"].to_numpy(),
        length=length,
        received_at=np.full(len(raw), file.reference_time_us, np.int64),
        buffer=buffer,
        start=np.cumsum(length, dtype=np.int64) - length,
    )


class StoredCursor:
    """The stored records of one file from a position on, in the place of a `FileCursor`."""

    def __init__(self, out: Path, file: FileInput, position: int) -> None:
        self._out = out
        self.file = file
        self.position = position
        self.check = 0
        self.fault: FaultReason | None = None
        """none is known any more"""
        self._rows = pl.DataFrame()
        self._read_to = position
        # what repeats another input has no records of its own
        self._end = 0 if file.duplicate_of else end_of_rows(out, file.source)

    def read(self, max_records: int) -> Envelopes | None:
        """Return the next records, at most `max_records`; None at the end."""
        while not len(self._rows):
            if self._read_to >= self._end:
                return None
            upto = self._read_to + WINDOW_BYTES
            found = stored_rows(self._out, [self.file.source], self._read_to, upto)
            # of records that are held twice the first counts
            self._rows = found.sort("position", maintain_order=True).unique(
                "position", keep="first", maintain_order=True
            )
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
        self._out = out

    @override
    def merged(self, number: int, share: tuple[FileInput, ...]) -> MergedFiles:
        return MergedFiles(number, share, self.settings, open_stored=partial(StoredCursor, self._out))
