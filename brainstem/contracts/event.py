"""Events and evidence: what every source's record becomes, and what is stored of it.

In the graph an event is a row of the columns of `brainstem.parse.parser.ParsedBatch`; the codes in those columns stand here.
What is stored of each event is a row of `EVIDENCE_SCHEMA`. Severity is on the OpenTelemetry scale
(https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber).
"""

from enum import IntEnum
from typing import Final

import pyarrow as pa

from brainstem.contracts.envelope import HEADERS

EVENT_VERSION: Final = 2
"""of the columns that a record is parsed into; the ledger names it beside the versions of what is stored"""


class TimeOrigin(IntEnum):
    """Where an event's time came from."""

    PARSED = 0
    """a full date and time stood in the record"""
    INFERRED_YEAR = 1
    """the record had no year; the nearest-year rule gave it"""
    CARRIED = 2
    """the record had no time; it stands below a record of the same source that had one"""
    RECEIVED = 3
    """the record had no time and nothing to carry one from"""


class Kind(IntEnum):
    """What an event is."""

    LOG = 0
    ALERT = 1
    """of another tool's rules: a place in the contract that no connector fills yet"""
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
