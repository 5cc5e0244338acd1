"""What a file means for the parser: the settings of its tenant, and what was found out about it before it is read."""

from datetime import date
from typing import Final

from brainstem.contracts.event import Kind
from brainstem.contracts.ledger import DateOrder
from brainstem.parse.formats.registry import GIVEN_FORMATS
from brainstem.parse.scan.civil_time import DAY_FIRST, DAY_US, MONTH_FIRST, UNPROVED
from brainstem.parse.source_context import SourceContext
from connectors.files.cursor import FileInput
from connectors.files.peek import named_day
from flows.config.settings import Settings

_EPOCH: Final = date(1970, 1, 1)
NEVER_LATE_US: Final = 1 << 62
"""allowed lateness of a file of statements: it is read whole before any slot is sealed"""
ORDERS: Final = {
    DateOrder.UNKNOWN: UNPROVED,
    # no date proves anything, and the parser then takes the month to be first
    DateOrder.AMBIGUOUS: UNPROVED,
    DateOrder.DAY_FIRST: DAY_FIRST,
    DateOrder.MONTH_FIRST: MONTH_FIRST,
}
"""what the parser calls the order of dates"""


def named_day_us(file: FileInput) -> int | None:
    """Return midnight of the day that the name of a file says, as if its clocks showed UTC; None for none, and for a
    day after the file was written.
    """
    day = named_day(file.path) if file.path is not None and file.kind == Kind.LOG else None
    if day is None:
        return None
    midnight_us = (day - _EPOCH).days * DAY_US
    return midnight_us if midnight_us <= file.reference_time_us + DAY_US else None


def context_of(file: FileInput, settings: Settings) -> SourceContext:
    """Return the context of a file from which nothing was read yet."""
    return SourceContext(
        reference_time_us=file.reference_time_us,
        # those who file something name its tenant, and one file may be about several
        zone=settings.zone_of(file.tenant) if file.kind == Kind.LOG else settings.zone,
        default_host=file.default_host,
        default_service=file.default_service,
        received_at_us=file.reference_time_us,
        # statements count at their own times, in whatever order a file lists them
        lateness_us=settings.lateness_us if file.kind == Kind.LOG else NEVER_LATE_US,
        kind=file.kind,
        named_day_us=named_day_us(file),
        date_order=ORDERS[file.date_order],
        json_date_order=ORDERS[file.date_order],
        given_format=GIVEN_FORMATS[file.given_format] if file.given_format else None,
    )
