"""Records cut out of a body: JSON objects as they stand in the text, or lines. What they mean belongs to the parser.

A record that cannot be one is passed on under its fault, with all of its bytes, and the others of a request are not held up
by it. A body that is no JSON as a whole has no records, and the request is refused.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from connectors.http.json_parts import BYTE_ORDER_MARK, InvalidJsonError, parsed, records_of

RECORDS_MOST: Final = 50_000
"""of one request"""
_OPENING: Final = b"{"


class BodyKind(StrEnum):
    """How the records of a body are told apart."""

    JSON = "json"
    """an object, objects behind each other, or an array"""
    LINES = "lines"
    LOOKED_AT = "looked_at"
    """as JSON where the whole body is objects or arrays, else as lines: nobody has said what it is"""


UNSAID: Final = ("", "application/x-www-form-urlencoded")
"""media types of a sender that was told none: none at all, and the one that curl and urllib name then"""


KINDS: Final = {
    "application/json": BodyKind.JSON,
    "application/x-ndjson": BodyKind.LINES,
    "application/ndjson": BodyKind.LINES,
    "application/jsonl": BodyKind.LINES,
    "application/x-jsonlines": BodyKind.LINES,
    "application/json-lines": BodyKind.LINES,
    "application/logplex-1": BodyKind.LINES,
    "text/plain": BodyKind.LINES,
    **dict.fromkeys(UNSAID, BodyKind.LOOKED_AT),
}
"""by media type, in lower case"""
CHARSETS: Final = ("", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin1", "windows-1252")
"""those in which a line feed is one byte; bytes are passed on as they are"""


class RecordFault(StrEnum):
    """Why bytes are no record."""

    OVERSIZE = "oversize"
    """longer than the largest message; it is passed on in parts"""
    NOT_AN_OBJECT = "not_an_object"
    """an element of a JSON array that is no object"""
    INVALID = "invalid"
    """a log record of OpenTelemetry with a member of the wrong type"""


class Record(NamedTuple):
    """The bytes of a record; with a fault, bytes that are none."""

    content: bytes
    fault: RecordFault | None = None
    is_continued: bool = False
    """whether it is a further part of a record that was too long"""


def rejected_of(found: Sequence[Record]) -> dict[str, int]:
    """Return how many records are none, by fault."""
    faults = [each.fault for each in found if each.fault is not None and not each.is_continued]
    return {fault.value: faults.count(fault) for fault in sorted(set(faults))}


class TooManyRecordsError(Exception):
    """A request holds more than `RECORDS_MOST` records."""


def records(body: bytes, kind: BodyKind, message_bytes_most: int) -> list[Record]:
    """Return the records of a body in order. Raises `InvalidJsonError` and `TooManyRecordsError`; then there are none."""
    if kind is BodyKind.LOOKED_AT:
        try:
            return records(body, BodyKind.JSON, message_bytes_most)
        except InvalidJsonError:
            return records(body, BodyKind.LINES, message_bytes_most)
    found: list[Record] = []
    for each in _lines(body) if kind is BodyKind.LINES else _objects(body):
        if len(found) >= RECORDS_MOST:
            raise TooManyRecordsError(f"more than {RECORDS_MOST:,} records in one request")
        found += sized(each, message_bytes_most)
    return found


def sized(record: Record, message_bytes_most: int) -> list[Record]:
    """Return a record as it is, or where it is too long its bytes in parts that are not, each with that fault."""
    content = record.content
    if len(content) <= message_bytes_most:
        return [record]
    starts = range(0, len(content), message_bytes_most)
    return [Record(content[at : at + message_bytes_most], RecordFault.OVERSIZE, at > 0) for at in starts]


def _lines(body: bytes) -> Iterator[Record]:
    """Yield lines that are not blank, without what ends them."""
    at = len(BYTE_ORDER_MARK) if body.startswith(BYTE_ORDER_MARK) else 0
    while at < len(body):
        end = body.find(b"\n", at)
        end = len(body) if end < 0 else end
        line = body[at:end].rstrip(b"\r")
        if line.strip():
            yield Record(line)
        at = end + 1


def _objects(body: bytes) -> Iterator[Record]:
    """Yield the objects of a JSON text, each of them parsed to be sure of it."""
    for each in records_of(body):
        parsed(each)
        yield Record(each, None if each[:1] == _OPENING else RecordFault.NOT_AN_OBJECT)
