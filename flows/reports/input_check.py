"""How the records of files are read, from a sample of each: what a person looks at before a replay.

Takes files and settings, returns one `FileCheck` a file: from how many records of the sample each field was read, three of
them as they were read, and what is wrong, with the option that helps. Nothing is written.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bools, Int32s, Int64s
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import TimeOrigin
from brainstem.contracts.ledger import DateOrder
from brainstem.contracts.reject import RejectReason
from brainstem.explain.misreading import LEAST_SHARE
from brainstem.parse.formats.registry import FORMATS
from brainstem.parse.parser import MISREAD_HOST, MISREAD_SERVICE, ParsedBatch, parse
from brainstem.parse.scan.civil_time import DAY_US
from brainstem.parse.source_context import SourceContext
from brainstem.text.phrases import clock, counted
from connectors.files.cursor import FileInput, ReferenceOrigin
from flows.config.settings import Settings
from flows.sources.file_context import context_of
from flows.sources.file_sample import sample

_OF_FILE: Final = "\0"
"""stands in for host and service of the file, so that a record that prints the same name counts as one that names it"""
_ANOTHER_ZONE_SECONDS: Final = 3600
"""a zone that is none: stamps that print their own do not move with it"""


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """A record as it was read; `time_us` is None where no time was read, and `severity` is a number of OpenTelemetry."""

    time_us: int | None
    host: str
    service: str
    severity: int
    message: str


@dataclass(slots=True)
class FileCheck:
    """What a sample of one file shows. The counts are of its records that are no rejects."""

    file: FileInput
    records: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    times: int = 0
    hosts: int = 0
    """records that name their host themselves"""
    services: int = 0
    """records that name their service themselves"""
    severities: int = 0
    first_us: int | None = None
    last_us: int | None = None
    yearless: int = 0
    """times whose year is not printed"""
    zoneless: int = 0
    """times whose zone is not printed"""
    undated: int = 0
    """times of day whose date is that of the name of the file"""
    misread: int = 0
    """names that grow with the records, so that they are none"""
    shown: list[ReadRecord] = field(default_factory=list)
    """three records, of the beginning, the middle and the end of the sample"""
    warnings: list[str] = field(default_factory=list)
    """what is wrong, the worst first, each with what helps"""
    notes: list[str] = field(default_factory=list)
    """what the reading takes for granted because nothing in the file says it"""

    @property
    def is_untimed(self) -> bool:
        """Return whether there are records, and no time could be read in any."""
        return self.records > 0 and not self.times


def check_files(files: Iterable[FileInput], settings: Settings) -> list[FileCheck]:
    """Return what a sample of each file shows, in the order of the files."""
    return [_check(file, settings) for file in files]


def _check(file: FileInput, settings: Settings) -> FileCheck:
    seen = FileCheck(file)
    unnamed = replace(file, default_host=_OF_FILE, default_service=_OF_FILE)
    context, in_utc, elsewhere, undated = (context_of(unnamed, settings) for _ in range(4))
    in_utc.zone, elsewhere.zone = 0, _ANOTHER_ZONE_SECONDS
    undated.named_day_us = None
    kept: list[tuple[ParsedBatch, int]] = []
    for piece in sample(file):
        batch = parse(piece, context)
        moved = _times(piece, elsewhere) != _times(piece, in_utc)
        accepted = batch.reject_reason == RejectReason.ACCEPTED
        _count(seen, batch, accepted, moved)
        if context.named_day_us is not None:
            timed = accepted & (batch.origin <= TimeOrigin.INFERRED_YEAR)
            seen.undated += int(np.count_nonzero(timed & (parse(piece, undated).origin > TimeOrigin.INFERRED_YEAR)))
        kept += [(batch, row) for row in np.flatnonzero(accepted).tolist()]
    for place in sorted({0, len(kept) // 2, len(kept) - 1}) if kept else ():
        seen.shown.append(_read(*kept[place], file))
    _judge(seen, settings)
    return seen


def _times(piece: Envelopes, context: SourceContext) -> Int64s:
    return parse(piece, context).event_time


def _count(seen: FileCheck, batch: ParsedBatch, accepted: Bools, moved: Bools) -> None:
    """Add a piece of the sample to the counts."""
    seen.records += int(np.count_nonzero(accepted))
    for number, records in zip(*np.unique(batch.format[accepted], return_counts=True), strict=True):
        seen.formats[FORMATS[number].name] += int(records)
    for code, records in zip(*np.unique(batch.reject_reason[~accepted], return_counts=True), strict=True):
        seen.rejects[RejectReason(int(code)).name.lower()] += int(records)
    timed = accepted & (batch.origin <= TimeOrigin.INFERRED_YEAR)
    seen.times += int(np.count_nonzero(timed))
    seen.yearless += int(np.count_nonzero(timed & (batch.origin == TimeOrigin.INFERRED_YEAR)))
    seen.zoneless += int(np.count_nonzero(timed & moved))
    if timed.any():
        moments = batch.event_time[timed]
        least, most = int(moments.min()), int(moments.max())
        seen.first_us = least if seen.first_us is None else min(seen.first_us, least)
        seen.last_us = most if seen.last_us is None else max(seen.last_us, most)
    seen.hosts += _named(batch.hosts, batch.host[accepted])
    seen.services += _named(batch.services, batch.service[accepted])
    seen.severities += int(np.count_nonzero(batch.severity[accepted]))
    seen.misread += int(np.count_nonzero(batch.misread[accepted] & (MISREAD_HOST | MISREAD_SERVICE)))


def _named(names: list[str], codes: Int32s) -> int:
    """Return how many records have a name of their own."""
    return int(np.count_nonzero(codes != names.index(_OF_FILE))) if _OF_FILE in names else len(codes)


def _read(batch: ParsedBatch, row: int, file: FileInput) -> ReadRecord:
    host, service = batch.hosts[batch.host[row]], batch.services[batch.service[row]]
    is_timed = batch.origin[row] <= TimeOrigin.INFERRED_YEAR
    return ReadRecord(
        int(batch.event_time[row]) if is_timed else None,
        file.default_host if host == _OF_FILE else host,
        file.default_service if service == _OF_FILE else service,
        int(batch.severity[row]),
        batch.message(row).decode("utf-8", "backslashreplace"),
    )


def _judge(seen: FileCheck, settings: Settings) -> None:
    """Write what is wrong with the reading of a file, and what is taken for granted in it."""
    file, warnings, notes = seen.file, seen.warnings, seen.notes
    zone = settings.zone_of(file.tenant)
    if not seen.records:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(seen.rejects.items()))
        if reasons:
            warnings.append(f"No record can become an event: {reasons}.")
        else:
            notes.append("There is no record in it.")
        return
    if seen.is_untimed:
        warnings.append(
            f"No time could be read in any of {counted(seen.records, 'record')}; nothing could be told of them."
            " docs/formats.md says which stamps and keys are read."
        )
    elif seen.records - seen.times >= LEAST_SHARE * seen.records:
        without = counted(seen.records - seen.times, "record")
        warnings.append(f"No time could be read in {without}; they count at that of the record above them.")
    written_us = _written_us(file)
    if seen.last_us is not None and written_us is not None and seen.last_us > written_us + DAY_US:
        display = settings.display_zones.of(file.tenant)
        warnings.append(
            f"The latest time, {clock(seen.last_us, display)}, is after the file was last written,"
            f" {clock(written_us, display)}: --year, --zone or --date-order may be wrong or missing."
        )
    if file.date_order is DateOrder.AMBIGUOUS:
        warnings.append(
            "Every date can be read with the day first or with the month first, and it is read with the month first. Say"
            " which with --date-order dmy or mdy."
        )
    if seen.misread:
        warnings.append(
            "What looks like services or hosts grows with the records, so those of the file stand in; --service-from and"
            " --host-from name them by path."
        )
    _take_for_granted(seen, zone, notes)


def _take_for_granted(seen: FileCheck, zone: str, notes: list[str]) -> None:
    file = seen.file
    if not seen.hosts and not file.default_host:
        notes.append("No host is known of any record; --host-from takes it from the path of the file.")
    if seen.zoneless:
        notes.append(f"{seen.zoneless:,} of {seen.times:,} times print no zone and are read in {zone} (--zone).")
    if seen.undated:
        notes.append(
            f"{seen.undated:,} of {seen.times:,} times print no date, and no line above them does; it is taken from the name"
            " of the file."
        )
    if seen.yearless > seen.undated:
        of_what = {
            ReferenceOrigin.ARGUMENT: "as was given",
            ReferenceOrigin.CONTENT: "from dates in the files beside it",
            ReferenceOrigin.MODIFICATION_TIME: "from when the file was written",
            ReferenceOrigin.CLOCK: "from today's date",
        }[file.reference_origin]
        yearless = seen.yearless - seen.undated
        notes.append(f"{yearless:,} of {seen.times:,} times print no year, which is taken {of_what} (--year).")
    if file.date_order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST):
        first = "day" if file.date_order is DateOrder.DAY_FIRST else "month"
        notes.append(f"Dates are read with the {first} first (--date-order).")
    if seen.hosts < seen.records and file.default_host:
        notes.append(
            f"{seen.records - seen.hosts:,} records are of host {file.default_host}, by the path or its neighbours."
        )
    if seen.services < seen.records:
        notes.append(f"{seen.records - seen.services:,} records are of service {file.default_service}, by the path.")


def _written_us(file: FileInput) -> int | None:
    """Return when a file was last written, microseconds since the epoch, UTC; None for what is no file."""
    if file.path is None or file.is_pipe:
        return None
    try:
        return file.path.stat().st_mtime_ns // 1000
    except OSError:
        return None
