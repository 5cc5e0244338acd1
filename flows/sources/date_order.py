"""The order of day and month in the dates of files, learned before anything of them is stored.

`04/02/2022` is the 4th of February or the 2nd of April, and only another date of the same file tells which. So a file whose
dates can be read both ways is read until a date proves the order, and to its end where none does; its rotated neighbours,
which the same program wrote, then decide. Where nothing does, the ledger says so. A pipe cannot be read twice: there a date
that proves the order counts for those behind it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from brainstem.contracts.ledger import DateOrder
from brainstem.parse.parser import parse
from brainstem.parse.scan.civil_time import DAY_FIRST, MONTH_FIRST, UNPROVED
from brainstem.parse.source_context import SourceContext
from connectors.files.cursor import FileCursor, FileInput
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
    if file.is_pipe or file.duplicate_of or not _matters(file, settings):
        return DateOrder.UNKNOWN
    context = context_of(replace(file, date_order=DateOrder.UNKNOWN), settings)
    cursor = FileCursor(file, received_at_us=file.reference_time_us)
    try:
        while _proved(context) == UNPROVED and (envelopes := cursor.read(BATCH_RECORDS)) is not None:
            parse(envelopes, context)
    finally:
        cursor.close()
    return _LEARNED[_proved(context)]


def _proved(context: SourceContext) -> int:
    return context.date_order or context.json_date_order


def _matters(file: FileInput, settings: Settings) -> bool:
    """Return whether the times of a sample depend on the order, or prove one: a fraction in a text is no date."""
    orders = (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST, DateOrder.UNKNOWN)
    by_day, by_month, learning = (context_of(replace(file, date_order=order), settings) for order in orders)
    for piece in sample(file):
        times = [parse(piece, context).event_time for context in (by_day, by_month)]
        parse(piece, learning)
        if _proved(learning) != UNPROVED or np.any(times[0] != times[1]):
            return True
    return False
