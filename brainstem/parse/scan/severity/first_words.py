"""The first level among the first words of a message, where its place or its capitals say that it is one: "error" in prose
is no severity, as it is the author's word and not the logger's.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.scan.severity.denial import is_denied
from brainstem.parse.scan.severity.scale import SYSLOG_SEVERITY, WARNING
from brainstem.parse.scan.severity.words import (
    IN_WORD,
    LEVEL_BYTES_MOST,
    codes_of,
    is_capital,
    is_one_of,
    level_of,
    word_end,
)
from brainstem.text.ascii import (
    ASTERISK,
    BAR,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    GREATER_THAN,
    LESS_THAN,
    LOWER_CASE_BIT,
    NINE,
    OPEN_BRACKET,
    SEVEN,
    SPACE,
    TAB,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

SEARCHED_TOKENS: Final = 8

SEARCHED_BYTES: Final = 120
"""a level stands at the beginning; a longer search would find those that messages quote"""

_PRIORITIES = codes_of("pri")

_VEL, _LVL, _ITY, _PRI = (int.from_bytes(ending, "big") for ending in (b"vel", b"lvl", b"ity", b"pri"))


@compiled_helper
def search_level(buffer: Bytes, body: int, at: int, end: int) -> int:
    """Return the first level among the first words that stands in capitals, in brackets, before a colon or behind `level=`.

    `body` is where the record begins, as the byte before a word counts; 0 says that there is none.
    """
    limit = min(end, at + SEARCHED_BYTES)
    # from the byte before the first word to what may stand behind a last one that begins before the limit
    if not _may_hold_level(buffer, max(at - 1, body), min(limit + LEVEL_BYTES_MOST + 1, end)):
        return 0
    blanks = 0
    first = at
    while at < limit and blanks < SEARCHED_TOKENS:
        # between words; only blanks are counted, as a path or a URL is no more than one field
        if not IN_WORD[buffer[at]]:
            # columns are padded with many
            blanks += buffer[at] <= SPACE and (at == first or buffer[at - 1] > SPACE)
            at += 1
            continue
        stop = word_end(buffer, at, end)
        # before the look-up, as most words do not stand where a level would and that costs less to see
        if _stands_as_level(buffer, body, at, stop, end):
            severity = level_of(buffer, at, stop)
            if severity == 0 and stop == at + 1 and ZERO <= buffer[at] <= SEVEN:
                severity = _priority_digit(buffer, body, at)
            if severity == 1:
                # "Stack trace:" ends a sentence; a level has no word before it
                named = at - 2 > body and buffer[at - 1] == SPACE and IN_WORD[buffer[at - 2]]
                severity = 0 if named else severity
            if severity > 0 and not (severity >= WARNING and is_denied(buffer, body, at, stop, end)):
                return severity
        at = stop
    return 0


@compiled_helper
def _is_mark(byte: int) -> bool:
    """Return whether a byte is one of those that stand beside a level: " : < = > [ ] |."""
    among_them = (
        (byte == LESS_THAN)
        | (byte == EQUALS)
        | (byte == GREATER_THAN)
        | (byte == OPEN_BRACKET)
        | (byte == CLOSE_BRACKET)
    )
    return among_them | (byte == DOUBLE_QUOTE) | (byte == COLON) | (byte == BAR)


@compiled_helper
def _may_hold_level(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether there is a bracket, bar, colon, quote, equals sign or two capitals in a row, which prose has not.

    It rules out most messages before their words are looked at. A loop without branches becomes a few vector instructions.
    """
    if begin >= end:
        return False
    found = _is_mark(buffer[end - 1])
    for at in range(begin, end - 1):
        found |= _is_mark(buffer[at]) | (is_capital(buffer[at]) & is_capital(buffer[at + 1]))
    return found


@compiled_helper
def _stands_as_level(buffer: Bytes, body: int, start: int, stop: int, end: int) -> bool:
    """Return whether a word stands where loggers print a level, rather than in prose."""
    # the record's edges count as blanks; the type is that of the buffer, so that it is compiled for one type
    before = buffer[start - 1] if start > body else np.uint8(SPACE)
    after = buffer[stop] if stop < end else np.uint8(SPACE)
    if before == OPEN_BRACKET and after in (CLOSE_BRACKET, SPACE, COLON):
        return True
    # as in "[core:error]", "|WARN|" and "<err>"
    if after == CLOSE_BRACKET or (before == BAR and after == BAR) or (before == LESS_THAN and after == GREATER_THAN):
        return True
    # "*ERROR*" and "*** ERROR ***", as drivers and installers print it
    if before == ASTERISK and after == ASTERISK:
        return True
    # a quoted first field, as in the export of a table
    if before == DOUBLE_QUOTE and after == DOUBLE_QUOTE and start == body + 1:
        return True
    # behind "=" or a quote it is a value, and only a level's key makes a level of it
    if before in (EQUALS, DOUBLE_QUOTE):
        return _keyed(buffer, body, start)
    # Monolog prints its channel before the level: "production.ERROR: text"
    if before == DOT and after == COLON:
        return bool(buffer[start] <= UPPER_Z)
    # the cloud's PostgreSQL prints client, user and process before it: "10.0.0.8(51234):lab@db:[812]:PANIC:  text"
    if before == COLON and after == COLON and start - 2 > body and buffer[start - 2] == CLOSE_BRACKET:
        return bool(buffer[start] <= UPPER_Z)
    # inside a path, an identifier or a bracket; but "[error" at the very beginning is a level whatever follows
    if before != SPACE and before != TAB:
        return before == OPEN_BRACKET and start == body + 1
    # the first field of a line of fields, as Windows's event viewer exports it: "Error,2/4/2022 10:00:00 AM,Disk"
    if after in (COMMA, TAB) and (start == body or (before == TAB and after == TAB)):
        return True
    # a colon behind it makes a level of a word in small letters too, as in "error: text"
    if after == COLON:
        return True
    # alone only in capitals: "ERROR text", not "error text"
    for at in range(start, stop):
        if not UPPER_A <= buffer[at] <= UPPER_Z:
            return False
    # "NOTICE[812]" is Asterisk's
    return after in (SPACE, COMMA) or (after == OPEN_BRACKET and stop + 1 < end and ZERO <= buffer[stop + 1] <= NINE)


@compiled_helper
def _priority_digit(buffer: Bytes, body: int, at: int) -> int:
    """Return the severity of the digit in `pri=1`, which is syslog's; 0 where another key stands.

    `priority=0` has as many scales as writers.
    """
    key = at - 1
    while key > body and buffer[key] in (DOUBLE_QUOTE, EQUALS, COLON, SPACE):
        key -= 1
    start = key
    while start > body and IN_WORD[buffer[start - 1]]:
        start -= 1
    if not is_one_of(buffer, start, key + 1, _PRIORITIES):
        return 0
    return int(SYSLOG_SEVERITY[buffer[at] - ZERO])


@compiled_helper
def _keyed(buffer: Bytes, body: int, start: int) -> bool:
    """Return whether a key that ends in `level`, `lvl`, `severity`, `pri` or `priority` assigns the word at `start`."""
    at = start - 1
    # back over what stands between key and value in `level=error`, `level="error"` and `"level": "error"`
    while at > body and (
        buffer[at] == DOUBLE_QUOTE or buffer[at] == EQUALS or buffer[at] == COLON or buffer[at] == SPACE
    ):
        at -= 1
    if at - body < 2:
        return False
    last = (
        np.int64(buffer[at - 2] | LOWER_CASE_BIT) << 16
        | np.int64(buffer[at - 1] | LOWER_CASE_BIT) << 8
        | np.int64(buffer[at] | LOWER_CASE_BIT)
    )
    return last in (_VEL, _LVL, _ITY, _PRI)
