"""Rejects: records that cannot become an event, kept with their bytes and a reason from a closed list. The numbers of
reasons are stored, their names are published."""

from enum import IntEnum
from typing import Final

import pyarrow as pa

from brainstem.contracts.envelope import HEADERS

REJECT_VERSION: Final = 2


class RejectReason(IntEnum):
    """Why a record is no event; 0 means that it is one."""

    ACCEPTED = 0
    BLANK = 1
    """nothing but white space, or a line that says nothing itself: a stamp alone, whose time the records below take, or the
    names of the columns of the rows below"""
    NUL_PADDING = 2
    """nothing but NUL bytes and white space, as a crash leaves in a preallocated file"""
    OVERSIZE = 3
    """longer than the largest record"""
    INVALID_JSON = 4
    """a record of a JSON source that is not one JSON object (RFC 8259)"""
    IMPOSSIBLE_TIME = 5
    """a structured record whose time names no moment between the years 1970 and 2200"""
    TOMBSTONE = 6
    """a message without a value, as a compacted topic holds for a deleted key"""
    NO_TENANT = 7
    """a message without the header that should name its tenant, or with one that names none of those known"""
    UNPROCESSABLE = 8
    """a record on which this program failed; it was set aside so that the others could be processed"""
    INVALID_STATEMENT = 9
    """an incident or feedback that lacks its time, its id, its title, its verdict or what it is about"""
    MISFRAMED = 10
    """bytes of a connection in which no message could be told apart, as behind a wrong octet count (RFC 6587)"""


REJECT_SCHEMA: Final = pa.schema(
    [
        pa.field("tenant", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("source", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("position", pa.int64(), nullable=False),
        pa.field("length", pa.int32(), nullable=False),
        pa.field("received_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("reason", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("raw", pa.binary(), nullable=False),
        pa.field("headers", HEADERS, nullable=True),
    ],
    metadata={"contract": "brainstem.reject", "version": str(REJECT_VERSION)},
)
