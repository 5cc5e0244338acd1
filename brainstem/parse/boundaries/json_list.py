"""Where the records of a list inside a JSON object begin and end: a compiled look at the name before the list, and at what
may stand behind the last record.

`{"Records":[{..},{..}]}` is how clouds, search engines and telemetry wrap records. An object is such a list if nothing but
keys that tell of a list stands before it, and if the name of the list is one of records alone, or its first element names a
time. A record that holds a list of its own is left as it is.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, UInt64s
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.boundaries.scratch import UNDECIDED
from brainstem.parse.field_names import TIME_FIELDS
from brainstem.text.ascii import (
    BACKSLASH,
    CARRIAGE_RETURN,
    CLOSE_BRACE,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    HYPHEN,
    LINE_FEED,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_Z,
    NINE,
    OPEN_BRACE,
    OPEN_BRACKET,
    PLUS,
    SPACE,
    TAB,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

NO_MEMBER: Final = -2
_MOST_ABOVE: Final = 64 * 1024
"""bytes before the first record of a list, and of one member before or behind it"""
_MOST_ELEMENT: Final = 256 * 1024
_MOST_KEY_BYTES: Final = 64

# FNV-1a with 64 bits (Fowler, Noll, Vo), taken while a key's bytes are passed
_FOLD: Final = np.uint64(0x100000001B3)
_SEED: Final = np.uint64(0xCBF29CE484222325)


def _hashes(keys: Iterable[str]) -> UInt64s:
    """Return the hashes that `_key_hash` computes for keys as it reads them."""
    found: list[int] = []
    for key in keys:
        value = int(_SEED)
        for byte in key.encode():
            value = ((value ^ byte) * int(_FOLD)) & 0xFFFFFFFFFFFFFFFF
        found.append(value)
    return np.array(found, np.uint64)


# CloudTrail and Azure's diagnostic settings, OpenTelemetry, CloudWatch's subscriptions
_OF_RECORDS: Final = _hashes(
    ("records", "resourcelogs", "scopelogs", "instrumentationlibrarylogs", "logrecords", "logevents")
)
# Microsoft Graph, Elasticsearch, CloudWatch, Okta and Meraki's dashboards, and others
_OF_ANYTHING: Final = _hashes(
    (
        "value",
        "events",
        "data",
        "items",
        "logs",
        "log",
        "results",
        "result",
        "entries",
        "hits",
        "alerts",
        "rows",
        "messages",
        "activities",
        "threats",
        "detections",
        "incidents",
        "notifications",
        "history",
        "jobs",
        "tasks",
        "sessions",
        "tickets",
        "content",
        "elements",
        "documents",
        "list",
    )
)
_AROUND: Final = _hashes(("hits", "data", "result", "response", "results"))
_PAGES: Final = """
@odata.context @odata.count @odata.nextlink odata.metadata odata.nextlink took timed_out _shards total max_score _scroll_id
pit_id status count cursor next nextlink nextpagetoken nextforwardtoken nextbackwardtoken nexttoken next_token next_page
kind etag meta metadata links paging pagination page per_page size offset limit has_more success ok resource scope
instrumentationlibrary schemaurl messagetype owner loggroup logstream subscriptionfilters stats statistics resulttype
pagestartat pageendat requestid request_id
"""
"""keys that tell of a list or of all its records"""
_ABOVE: Final = _hashes(_PAGES.split())
_TIMES: Final = _hashes(TIME_FIELDS)
_SOURCE: Final = _hashes(("_source", "threatinfo"))
"""objects inside a record that hold its time: Elasticsearch's, SentinelOne's"""


@compiled_helper
def listed(buffer: Bytes, at: int, size: int) -> int:
    """Return where the first record of the list in the object at `at` begins, `at` if it is no list of records.

    `UNDECIDED` where bytes behind `size` decide it.
    """
    found = at
    index = at + 1
    while True:
        index = _behind_blanks(buffer, index, size)
        if index < size and index > at + 1 and buffer[index] == COMMA:
            index = _behind_blanks(buffer, index + 1, size)
        if index >= size:
            return UNDECIDED if size - at < _MOST_ABOVE else found
        if buffer[index] != DOUBLE_QUOTE or index - at >= _MOST_ABOVE:
            return found
        key = index
        index = _value_begin(buffer, key, size)
        if index < 0 or index >= size:
            return UNDECIDED if index != NO_MEMBER else found
        name = _key_hash(buffer, key)
        if buffer[index] == OPEN_BRACKET and (_is_one_of(name, _OF_RECORDS) or _is_one_of(name, _OF_ANYTHING)):
            element = _behind_blanks(buffer, index + 1, size)
            if element >= size:
                return UNDECIDED
            if buffer[element] != OPEN_BRACE:
                return found
            if not _is_one_of(name, _OF_RECORDS):
                timed = _names_time(buffer, element, size)
                if timed == UNDECIDED:
                    return UNDECIDED
                return element if timed > 0 else found
            # a list of resources holds lists of scopes, and these lists of records
            found = element
            index = element + 1
        elif buffer[index] == OPEN_BRACE and _is_one_of(name, _AROUND):
            index += 1
        elif found > at or _is_one_of(name, _ABOVE):
            behind = value_end(buffer, index, size)
            if behind < 0:
                return UNDECIDED if behind == UNDECIDED else found
            index = behind
        else:
            return found


@compiled_helper
def _names_time(buffer: Bytes, at: int, size: int) -> int:
    """Return 1 if the object at `at` has a key that names a time, 0 if it has none, `UNDECIDED` where that is not known."""
    index = at + 1
    while True:
        index = _behind_blanks(buffer, index, size)
        if index < size and buffer[index] == COMMA:
            index = _behind_blanks(buffer, index + 1, size)
        if index >= size:
            return UNDECIDED if size - at < _MOST_ELEMENT else 0
        if buffer[index] != DOUBLE_QUOTE or index - at >= _MOST_ELEMENT:
            return 0
        key = index
        index = _value_begin(buffer, key, size)
        if index < 0 or index >= size:
            return UNDECIDED if index != NO_MEMBER else 0
        name = _key_hash(buffer, key)
        if _is_one_of(name, _TIMES):
            return 1
        if buffer[index] == OPEN_BRACE and _is_one_of(name, _SOURCE):
            index += 1
            continue
        index = value_end(buffer, index, size)
        if index < 0:
            return UNDECIDED if index == UNDECIDED else 0


@compiled_helper
def member_end(buffer: Bytes, at: int, size: int) -> int:
    """Return the end of the member `"key": value` whose quote stands at `at`, `NO_MEMBER` or `UNDECIDED`."""
    begin = _value_begin(buffer, at, size)
    if begin >= size:
        return UNDECIDED
    return value_end(buffer, begin, size) if begin > 0 else begin


@compiled_helper
def _behind_blanks(buffer: Bytes, at: int, size: int) -> int:
    """Return the first place from `at` on that is no blank and no line end."""
    while at < size and buffer[at] in (SPACE, TAB, CARRIAGE_RETURN, LINE_FEED):
        at += 1
    return at


@compiled_helper
def _value_begin(buffer: Bytes, at: int, size: int) -> int:
    """Return where the value begins behind the key whose quote stands at `at`, `NO_MEMBER` or `UNDECIDED`."""
    stop = at + 1
    while stop < size and buffer[stop] != DOUBLE_QUOTE:
        if stop - at > _MOST_KEY_BYTES or buffer[stop] == BACKSLASH or buffer[stop] < SPACE:
            return NO_MEMBER
        stop += 1
    stop = _behind_blanks(buffer, stop + 1, size)
    if stop >= size:
        return UNDECIDED
    return _behind_blanks(buffer, stop + 1, size) if buffer[stop] == COLON else NO_MEMBER


@compiled_helper
def _key_hash(buffer: Bytes, at: int) -> np.uint64:
    """Return the hash of the key whose quote stands at `at`, in lower case."""
    value = _SEED
    at += 1
    while buffer[at] != DOUBLE_QUOTE:
        byte = buffer[at]
        if UPPER_A <= byte <= UPPER_Z:
            byte |= LOWER_CASE_BIT
        value = (value ^ np.uint64(byte)) * _FOLD
        at += 1
    return value


@compiled_helper
def _is_one_of(name: np.uint64, names: UInt64s) -> bool:
    """Return whether a hash is among others."""
    for known in names:  # noqa: SIM110  # compiled code has no generator expressions
        if known == name:
            return True
    return False


@compiled_helper
def value_end(buffer: Bytes, at: int, size: int) -> int:
    """Return the end of the JSON value at `at`, `NO_MEMBER` where none stands or it is too long, or `UNDECIDED`."""
    begin = at
    depth = 0
    while at < size:
        if at - begin > _MOST_ELEMENT:
            return NO_MEMBER
        byte = buffer[at]
        if byte == DOUBLE_QUOTE:
            at += 1
            while at < size and buffer[at] != DOUBLE_QUOTE:
                if buffer[at] < SPACE:
                    return NO_MEMBER
                at += 2 if buffer[at] == BACKSLASH else 1
            if at >= size:
                return UNDECIDED
            at += 1
        elif byte in (OPEN_BRACE, OPEN_BRACKET):
            depth += 1
            at += 1
        elif byte in (CLOSE_BRACE, CLOSE_BRACKET):
            depth -= 1
            at += 1
        elif _in_literal(byte):
            while at < size and _in_literal(buffer[at]):
                at += 1
            if at >= size:
                return UNDECIDED
        elif depth > 0 and byte in (SPACE, TAB, CARRIAGE_RETURN, LINE_FEED, COMMA, COLON):
            at += 1
        else:
            return NO_MEMBER
        if depth < 0:
            return NO_MEMBER
        if depth == 0:
            return at
    return UNDECIDED


@compiled_helper
def _in_literal(byte: int) -> bool:
    """Return whether a byte may stand in a number or in `true`, `false` and `null`."""
    return bool(ZERO <= byte <= NINE or LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z or byte in (HYPHEN, PLUS, DOT))
