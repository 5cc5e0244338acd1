"""The order of day and month in the dates of files, learned before anything of them is stored.

`04/02/2022` is the 4th of February or the 2nd of April, and only another date of the same file tells which. So a file whose
dates can be read both ways is read until a date proves the order, and to its end where none does; its rotated neighbours,
which the same program wrote, then decide, or that by one order a date is after the moment by which the file was written.
Where nothing does, the ledger says so. A pipe cannot be read twice: there a date
that proves the order counts for those behind it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int64s
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


def _order_of(file: FileInput, settings: Settings) -> DateOrder:
    if file.is_pipe or file.duplicate_of:
        return DateOrder.UNKNOWN
    latest = _latest_by_order(file, settings)
    if latest is None:
        return DateOrder.UNKNOWN
    context = context_of(replace(file, date_order=DateOrder.UNKNOWN), settings)
    cursor = FileCursor(file, received_at_us=file.reference_time_us)
    try:
        while _proved(context) == UNPROVED and (envelopes := cursor.read(BATCH_RECORDS)) is not None:
            parse(envelopes, context)
    finally:
        cursor.close()
    if _proved(context) == UNPROVED:
        return _order_within(file, latest)
    return _LEARNED[_proved(context)]


def _order_within(file: FileInput, latest_us: dict[DateOrder, int]) -> DateOrder:
    """Return the order whose latest time is no later than the file can be, where the other one's is; else AMBIGUOUS."""
    if file.reference_origin not in (ReferenceOrigin.ARGUMENT, ReferenceOrigin.MODIFICATION_TIME):
        return DateOrder.AMBIGUOUS
    possible = [order for order, time_us in latest_us.items() if time_us <= file.reference_time_us + DAY_US]
    return possible[0] if len(possible) == 1 else DateOrder.AMBIGUOUS


def _proved(context: SourceContext) -> int:
    return context.date_order or context.json_date_order


def _latest_by_order(file: FileInput, settings: Settings) -> dict[DateOrder, int] | None:
    """Return the latest time of a sample by each order, in microseconds since the epoch, UTC; None where the times do not
    depend on it and prove none.

    A fraction in a text is no date, and where the two times are of different years a date such as `17/06/09` begins with its
    year.
    """
    orders = (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.UNKNOWN)
    contexts = {order: context_of(replace(file, date_order=order), settings) for order in orders}
    latest = dict.fromkeys(orders[:2], NEVER)
    matters = False
    for piece in sample(file):
        parsed = {order: parse(piece, context) for order, context in contexts.items()}
        times = [parsed[order].event_time for order in latest]
        matters = matters or bool(np.any((times[0] != times[1]) & (_years(times[0]) == _years(times[1]))))
        for order in latest:
            own = parsed[order].origin <= TimeOrigin.INFERRED_YEAR
            latest[order] = max(latest[order], int(parsed[order].event_time[own].max(initial=NEVER)))
    return latest if matters or _proved(contexts[DateOrder.UNKNOWN]) != UNPROVED else None


def _years(times_us: Int64s) -> Int64s:
    """Return the years of times in UTC, counted from 1970."""
    return times_us.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64)
