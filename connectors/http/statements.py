"""Statements of people out of a body: incidents and feedback, each checked before any is taken, since whoever posts one
waits for the answer and can mend it.

Takes the body of a request and the kind of its path, returns records with the member `kind` by which a run knows them. The
tenant that a statement names counts for nothing here: it is that of the token or the listener.
"""

import re
from datetime import datetime
from typing import Final

import orjson

from brainstem.contracts.event import Kind
from brainstem.contracts.statement import KIND_NAMES, what_is_wrong
from brainstem.parse.json_fields import JsonRecord, decode
from brainstem.text.phrases import printable
from connectors.http.json_parts import InvalidJsonError, records_of
from connectors.http.records import RECORDS_MOST, Record, TooManyRecordsError

PATHS: Final = {"incidents": Kind.INCIDENT, "feedback": Kind.FEEDBACK}
"""the last part of a path, and what is posted to it"""
_ISO_8601: Final = re.compile(
    r"(?:19[7-9][0-9]|20[0-9]{2}|21[0-9]{2})-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?"
    r" ?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_NAME_OF: Final = {kind: name for name, kind in KIND_NAMES.items()}


class InvalidStatementError(Exception):
    """A body holds what is no statement of its path. The message says which, and what is wrong with it."""


def statements(body: bytes, kind: Kind, message_bytes_most: int) -> list[Record]:
    """Return the statements of a body: an object, objects behind each other, or an array.

    Raises `InvalidJsonError`, `InvalidStatementError` and `TooManyRecordsError`; then none is to be taken.
    """
    found: list[Record] = []
    for number, each in enumerate(records_of(body), 1):
        if number > RECORDS_MOST:
            raise TooManyRecordsError(f"more than {RECORDS_MOST:,} statements in one request")
        found.append(_statement(each, number, kind, message_bytes_most))
    if not found:
        raise InvalidStatementError(f"there is no {_NAME_OF[kind]} in it")
    return found


def _statement(raw: bytes, number: int, kind: Kind, message_bytes_most: int) -> Record:
    """Return one statement as a record; one that does not name its kind gets it in front of its own members."""
    try:
        members = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InvalidJsonError(str(error)) from error
    name = _NAME_OF[kind]
    if not isinstance(members, dict):
        raise InvalidStatementError(f"{name} {number} is no JSON object")
    if members.get("kind", name) != name:
        raise InvalidStatementError(f"{name} {number}: kind is {printable(str(members['kind'])[:40])!r}, not {name!r}")
    record = decode(raw, kind)
    if record is None or record.stated is None or not _has_readable_time(record):
        raise InvalidStatementError(f"{name} {number}: {what_is_wrong(members, kind)}")
    if "kind" not in members:
        raw = b'{"kind":"%b",%b' % (name.encode(), raw[1:])
    if len(raw) > message_bytes_most:
        raise InvalidStatementError(f"{name} {number} is longer than {message_bytes_most:,} bytes")
    return Record(raw)


def _has_readable_time(record: JsonRecord) -> bool:
    """Return whether the time is a number within the years 1970 to 2199, or ISO 8601 of a moment that exists."""
    if record.time_us is not None:
        return not record.impossible_time
    text = record.time_text.decode(errors="replace")
    if _ISO_8601.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", "").replace(",", "."))
    except ValueError:
        return False
    return True
