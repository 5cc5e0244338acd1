"""The order of day and month in the dates of files, learned before anything of them is stored.

`04/02/2022` is the 4th of February or the 2nd of April, and only another date of the same file tells which. So a file whose
dates can be read both ways is read until a date proves the order, and to its end where none does; its rotated neighbours,
which the same program wrote, then decide, or that by one order a date is after the moment by which the file was written.
Where nothing does, the ledger says so. A pipe cannot be read twice: there a date
that proves the order counts for those behind it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int64s
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import TimeOrigin
from brainstem.contracts.ledger import DateOrder
from brainstem.parse.event_time import NEVER
from brainstem.parse.parser import parse
from brainstem.parse.scan.civil_time import DAY_FIRST, DAY_US, MONTH_FIRST, UNPROVED
from brainstem.parse.source_context import SourceContext
from connectors.files.cursor import FileCursor, FileInput, ReferenceOrigin
from flows.config.settings import BATCH_RECORDS, Settings
from flows.sources.file_context import context_of
from flows.sources.file_sample import sample

_SHORT_BY_MONTH: Final = re.compile(rb"(?<![0-9/.])(?:0?[1-9]|1[0-2])/(?:1[3-9]|2[0-9]|3[01])/[0-9]{2}(?![0-9])")
_BEGINNING_BYTES: Final = 128
"""where the date of a record is looked for"""
_LEARNED: Final = {UNPROVED: DateOrder.AMBIGUOUS, DAY_FIRST: DateOrder.DAY_FIRST, MONTH_FIRST: DateOrder.MONTH_FIRST}


def with_date_orders(files: Iterable[FileInput], settings: Settings) -> tuple[FileInput, ...]:
    """Return files with the order of their dates: of each that may have dates with slashes it is found out."""
    learned = [
        replace(file, date_order=_order_of(file, settings)) if file.date_order is DateOrder.AMBIGUOUS else file
        for file in files
    ]
    of_neighbours: defaultdict[tuple[str, Path, str], set[DateOrder]] = defaultdict(set)
    for file in learned:
        if file.path is not None and file.date_order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST):
            of_neighbours[_log_of(file, file.path)].add(file.date_order)
    return tuple(
        replace(file, date_order=next(iter(known)))
        if file.date_order is DateOrder.AMBIGUOUS
        and file.path is not None
        and len(known := of_neighbours.get(_log_of(file, file.path), set())) == 1
        else file
        for file in learned
    )


def _log_of(file: FileInput, path: Path) -> tuple[str, Path, str]:
    """Return what a log and its rotated copies have in common."""
    return file.tenant, path.parent, file.default_service


@dataclass(slots=True)
class _Sampled:
    """What a sample shows of the order: the latest time by each, in microseconds since the epoch, UTC."""

    latest_us: dict[DateOrder, int]
    has_swapped: bool = False
    """dates that are two days of one year, by the order"""
    has_short_years: bool = False
    """dates that are of two years, by the order: `25/02/26` or `17/06/09`, of which either end may be the year"""
    has_days_behind: bool = False
    """dates such as `02/25/26`, whose second number is no month"""
    is_proved: bool = False


def _order_of(file: FileInput, settings: Settings) -> DateOrder:
    if file.is_pipe or file.duplicate_of:
        return DateOrder.UNKNOWN
    sampled = _sampled(file, settings)
    # a fraction in a text is no date, and where all dates may begin with a year, they do
    if not (sampled.has_swapped or sampled.is_proved):
        return DateOrder.UNKNOWN
    context = context_of(replace(file, date_order=DateOrder.UNKNOWN), settings)
    cursor = FileCursor(file, received_at_us=file.reference_time_us)
    try:
        while _proved(context) == UNPROVED and (envelopes := cursor.read(BATCH_RECORDS)) is not None:
            parse(envelopes, context)
    finally:
        cursor.close()
    if _proved(context) != UNPROVED:
        return _LEARNED[_proved(context)]
    # a year at the beginning would be that of all dates, and never below 13, so it is the day that passes 12 in some
    if sampled.has_short_years != sampled.has_days_behind:
        return DateOrder.DAY_FIRST if sampled.has_short_years else DateOrder.MONTH_FIRST
    return _order_within(file, sampled.latest_us)


def _order_within(file: FileInput, latest_us: dict[DateOrder, int]) -> DateOrder:
    """Return the order whose latest time is no later than the file can be, where the other one's is; else AMBIGUOUS."""
    if file.reference_origin not in (ReferenceOrigin.ARGUMENT, ReferenceOrigin.MODIFICATION_TIME):
        return DateOrder.AMBIGUOUS
    possible = [order for order, time_us in latest_us.items() if time_us <= file.reference_time_us + DAY_US]
    return possible[0] if len(possible) == 1 else DateOrder.AMBIGUOUS


def _proved(context: SourceContext) -> int:
    return context.date_order or context.json_date_order


def _sampled(file: FileInput, settings: Settings) -> _Sampled:
    """Read a sample of a file by either order."""
    orders = (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.UNKNOWN)
    contexts = {order: context_of(replace(file, date_order=order), settings) for order in orders}
    sampled = _Sampled(dict.fromkeys(orders[:2], NEVER))
    for piece in sample(file):
        by_day, by_month, _ = (parse(piece, context) for context in contexts.values())
        differ = by_day.event_time != by_month.event_time
        # the year of a stamp without one follows from its day
        same_year = (_years(by_day.event_time) == _years(by_month.event_time)) | (by_day.origin != TimeOrigin.PARSED)
        sampled.has_swapped |= bool(np.any(differ & same_year))
        sampled.has_short_years |= bool(np.any(differ & ~same_year))
        own = np.flatnonzero(~differ & (by_month.origin <= TimeOrigin.INFERRED_YEAR)).tolist()
        sampled.has_days_behind |= any(_SHORT_BY_MONTH.search(_beginning(piece, row)) for row in own)
        for order, batch in zip(sampled.latest_us, (by_day, by_month), strict=True):
            times = batch.event_time[batch.origin <= TimeOrigin.INFERRED_YEAR]
            sampled.latest_us[order] = max(sampled.latest_us[order], int(times.max(initial=NEVER)))
    sampled.is_proved = _proved(contexts[DateOrder.UNKNOWN]) != UNPROVED
    return sampled


def _beginning(piece: Envelopes, row: int) -> bytes:
    start = int(piece.start[row])
    return piece.buffer[start : start + min(int(piece.length[row]), _BEGINNING_BYTES)].tobytes()


def _years(times_us: Int64s) -> Int64s:
    """Return the years of times in UTC, counted from 1970."""
    return times_us.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64)
