"""The canonical event: what a record of any source becomes, whatever its format.

Holds the schemas of events and of the event store, and the enumerations of their columns. Severity is on the OpenTelemetry
scale (https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber).
"""

from enum import IntEnum
from typing import Final

import pyarrow as pa

from brainstem.contracts.envelope import HEADERS

EVENT_VERSION: Final = 3
"""of the columns that a record is parsed into; the ledger names it beside the versions of what is stored"""


class TimeOrigin(IntEnum):
    """Where an event's time came from."""

    PARSED = 0
    """a full date and time stood in the record"""
    INFERRED_YEAR = 1
    """the record had no year; it was set by the rule of the nearest year"""
    CARRIED = 2
    """the record had no time; it has that of the record above it in the same source"""
    RECEIVED = 3
    """the record had no time and no record above it that had one"""


class Kind(IntEnum):
    """What an event is."""

    LOG = 0
    ALERT = 1
    """from the rules of another tool; no connector yields any so far"""
    INCIDENT = 2
    FEEDBACK = 3


def names(kind: type[IntEnum]) -> list[str]:
    """Return the published (lower case) names of an enumeration, by value."""
    return [member.name.lower() for member in sorted(kind)]


_CODED = pa.dictionary(pa.int32(), pa.string())

EVIDENCE_VERSION: Final = 2

EVIDENCE_SCHEMA: Final = pa.schema(
    [
        pa.field("tenant", _CODED, nullable=False),
        pa.field("source", _CODED, nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("length", pa.int32(), nullable=False),
        pa.field("event_time", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("event_time_origin", _CODED, nullable=False),
        pa.field("received_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("host", _CODED, nullable=False),
        pa.field("service", _CODED, nullable=False),
        pa.field("severity_number", pa.int8(), nullable=False),
        pa.field("signature", pa.uint64(), nullable=False),
        pa.field("late", pa.bool_(), nullable=False),
        pa.field("message_raw", pa.binary(), nullable=False),
        pa.field("headers", HEADERS, nullable=True),
    ],
    metadata={"contract": "brainstem.evidence", "version": str(EVIDENCE_VERSION)},
)
"""`message_raw` holds all bytes of the record, terminator included; `headers` are those of a message of a topic, null for
the records of files."""
