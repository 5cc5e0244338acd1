"""Parses and signs the stored bytes of an audit's records once more, and compares time, host, service, severity and
signature with the stored columns.

Takes the record of a run and its stores; returns what differs. The records of a source are parsed in the order of their
positions from its first one on, as the run has done it, because a year, a time that is carried on or a table of columns
follows from the records before. So a sample is the beginning of each source.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.reject import RejectReason
from brainstem.parse.parser import parse
from brainstem.parse.source_context import SourceContext
from brainstem.signature.signing import sign
from brainstem.stored_rows import Columns
from connectors.files.cursor import FileInput
from flows.config.settings import BATCH_RECORDS
from flows.recovery.run_record import RunRecord
from flows.sources.file_context import context_of
from flows.sources.stored_records import WINDOW_BYTES, end_of_rows, envelopes_of, stored_rows

SAMPLE_BYTES: Final = 1 << 20
"""of the beginning of each source that are read again in a sample"""
SAMPLE_BYTES_ALL: Final = 64 << 20
"""of all sources together"""
_COLUMNS: Final = {
    "event_time": "time",
    "event_time_origin": "origin of the time",
    "late": "lateness",
    "host": "host",
    "service": "service",
    "severity_number": "severity",
    "signature": "signature",
}
"""stored columns that follow from the bytes, and what a person calls them"""
_MOST_PER_SOURCE: Final = 20


@dataclass(slots=True)
class Difference:
    """A record whose columns do not follow from its bytes; `begin` and `end` are its place in the source."""

    source: str
    begin: int
    end: int
    detail: str


@dataclass(slots=True)
class ColumnCheck:
    """How many records were read again, the first differences of each source, and how many there are in all."""

    records: int = 0
    differences: list[Difference] = field(default_factory=list)
    more: int = 0


def check_columns(out: Path, record: RunRecord, *, whole: bool, without: Collection[str] = ()) -> ColumnCheck:
    """Read stored records of files once more, all of them (`whole`) or the beginning of each, and compare their columns.

    Sources in `without` are left out.
    """
    files = [file for file in record.plan.inventory.files if not file.duplicate_of and file.source not in without]
    check = ColumnCheck()
    if whole:
        for file in files:
            reader = _Reader(file, context_of(file, record.settings), check)
            for rows in _windows(out, file.source):
                reader.compare(rows)
        return check
    most_bytes = min(SAMPLE_BYTES, SAMPLE_BYTES_ALL // max(1, len(files)))
    by_source = {file.source: file for file in files}
    for (source,), rows in (
        stored_rows(out, list(by_source), 0, most_bytes).partition_by("source", as_dict=True).items()
    ):
        file = by_source[str(source)]
        _Reader(file, context_of(file, record.settings), check).compare(rows)
    return check


class _Reader:
    """Parses the stored records of one source in order, and compares what it reads with the stored columns."""

    def __init__(self, file: FileInput, context: SourceContext, check: ColumnCheck) -> None:
        self._file = file
        self._context = context
        self._check = check
        self._found = 0

    def compare(self, rows: pl.DataFrame) -> None:
        """Compare the next records."""
        for part in rows.sort("position", maintain_order=True).iter_slices(BATCH_RECORDS):
            self._compare(part)

    def _compare(self, rows: pl.DataFrame) -> None:
        envelopes = envelopes_of(rows, self._file)
        parsed = parse(envelopes, self._context)
        signed = sign(parsed.text, parsed.message_start, parsed.message_end)
        again = Columns(envelopes, parsed, signed)
        is_accepted = parsed.reject_reason == RejectReason.ACCEPTED
        is_stored = rows["is_stored"].to_numpy()
        self._check.records += len(rows)
        for row in np.flatnonzero(is_accepted & ~is_stored).tolist():
            self._find(envelopes, row, "is held as rejected, and its bytes are an event")
        for row in np.flatnonzero(~is_accepted & is_stored).tolist():
            self._find(envelopes, row, "is held as an event, and its bytes would be rejected")
        # place of each record among the accepted ones
        place = np.cumsum(is_accepted) - 1
        both = np.flatnonzero(is_accepted & is_stored)
        differing: dict[int, list[str]] = {}
        for name, words in _COLUMNS.items():
            expected = _plain(again.get(name)).gather(place[both])
            held = rows[name].gather(both)
            for index in (held.ne_missing(expected)).arg_true().to_list():
                text = f"{words} is held as {_shown(name, held[index])}, its bytes say {_shown(name, expected[index])}"
                differing.setdefault(int(both[index]), []).append(text)
        for row in sorted(differing):
            self._find(envelopes, row, "; ".join(differing[row]))

    def _find(self, envelopes: Envelopes, row: int, detail: str) -> None:
        self._found += 1
        if self._found > _MOST_PER_SOURCE:
            self._check.more += 1
            return
        begin = int(envelopes.position[row])
        self._check.differences.append(Difference(self._file.source, begin, begin + int(envelopes.length[row]), detail))


def _plain(column: "pa.Array[pa.Scalar[pa.DataType]]") -> pl.Series:
    """Return an Arrow column as it is read back: names as text, times in microseconds."""
    series = pl.Series(pl.from_arrow(column))
    if series.dtype in (pl.Categorical, pl.Enum):
        return series.cast(pl.String)
    return series.dt.epoch("us") if isinstance(series.dtype, pl.Datetime) else series


def _shown(name: str, value: object) -> str:
    """Return a value for a person."""
    if name == "event_time":
        return f"{np.datetime64(int(str(value)), 'us')}Z"
    return f"s2-{int(str(value)):016x}" if name == "signature" else repr(value)


def _windows(out: Path, source: str) -> Iterator[pl.DataFrame]:
    """Yield all records of a source in order, as many at a time as memory holds easily."""
    for begin in range(0, end_of_rows(out, source), WINDOW_BYTES):
        yield stored_rows(out, [source], begin, begin + WINDOW_BYTES)
