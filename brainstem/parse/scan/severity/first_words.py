"""The first level among the first words of a message, where its place or its capitals say that it is one: "error" in prose
is no severity, as it is the author's word and not the logger's.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.scan.severity.denial import is_denied
from brainstem.parse.scan.severity.scale import INFORMATION, SYSLOG_SEVERITY, WARNING
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
    HYPHEN,
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

_REPORTS = codes_of(
    "log detail hint query context location statement tipp anweisung zusammenhang anfrage astuce instruction contexte"
)

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
    while at < limit and blanks < SEARCHED_TOKENS:
        # between words; only blanks are counted, as a path or a URL is no more than one field
        byte = buffer[at]
        if not IN_WORD[byte]:
            at += 1
            if byte <= SPACE:
                blanks += 1
                # columns are padded with many
                while at < limit and buffer[at] <= SPACE:
                    at += 1
            continue
        stop = word_end(buffer, at, end)
        length = stop - at
        # before the look-up, as most words are no level by their length or place, and that costs less to see
        may_be_level = 3 <= length <= LEVEL_BYTES_MOST or (length == 1 and ZERO <= byte <= SEVEN)
        if may_be_level and _stands_as_level(buffer, body, at, stop, end):
            severity = level_of(buffer, at, stop)
            if severity == 0 and stop == at + 1 and ZERO <= buffer[at] <= SEVEN:
                severity = _priority_digit(buffer, body, at)
            if severity == 0 and begins_report(buffer, at, stop, end):
                return INFORMATION
            if severity == 1:
                # "Stack trace:" ends a sentence; a level has no word before it
                named = at - 2 > body and buffer[at - 1] == SPACE and IN_WORD[buffer[at - 2]]
                severity = 0 if named else severity
            if severity > 0 and not (severity >= WARNING and is_denied(buffer, body, at, stop, end)):
                return severity
        at = stop
    return 0


@compiled_helper
def begins_report(buffer: Bytes, start: int, stop: int, end: int) -> bool:
    """Return whether a word is one that PostgreSQL prints in the place of a level, before a colon and two blanks.

    `LOG:  text`; `DETAIL:  text`, `STATEMENT:  text` and others tell more of the message above.
    """
    return (
        stop + 2 < end
        and buffer[stop] == COLON
        and buffer[stop + 1] == SPACE
        and buffer[stop + 2] == SPACE
        and (stop + 3 >= end or buffer[stop + 3] > SPACE)
        and is_capital(buffer[stop - 1])
        and is_one_of(buffer, start, stop, _REPORTS)
    )


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
    # a colon behind it makes a level of a word in small letters too, as in "error: text"; a bracket, as in "[core:error]"
    if after == CLOSE_BRACKET:
        return True
    if before == SPACE or before == TAB:
        if after == COLON:
            return True
        # the first field of a line of fields, as Windows's event viewer exports it: "Error,2/4/2022 10:00:00 AM,Disk"
        if (after == COMMA or after == TAB) and (start == body or (before == TAB and after == TAB)):
            return True
        # "NOTICE[812]" is Asterisk's
        if after == OPEN_BRACKET:
            if stop + 1 >= end or not ZERO <= buffer[stop + 1] <= NINE:
                return False
        elif after != SPACE and after != COMMA:
            return False
        # alone only in capitals: "ERROR text", not "error text"
        for at in range(start, stop):  # noqa: SIM110  # compiled code has no generator expressions
            if not UPPER_A <= buffer[at] <= UPPER_Z:
                return False
        return True
    # "[error" at the very beginning is a level whatever follows; Duplicati prints "[Warning-Lab.Pump]"
    if before == OPEN_BRACKET:
        return bool(after == SPACE or after == COLON or after == HYPHEN or start == body + 1)
    # behind "=" or a quote it is a value, and only a level's key makes a level of it
    if before == EQUALS:
        return _keyed(buffer, body, start)
    # but a quoted first field is one, as in the export of a table
    if before == DOUBLE_QUOTE:
        return (after == DOUBLE_QUOTE and start == body + 1) or _keyed(buffer, body, start)
    if after == COLON:
        # Monolog prints its channel before the level, as in "production.ERROR: text", and the cloud's PostgreSQL client,
        # user and process, as in "10.0.0.8(51234):lab@db:[812]:PANIC:  text"
        behind = before == DOT or (before == COLON and start - 2 > body and buffer[start - 2] == CLOSE_BRACKET)
        return bool(behind and buffer[start] <= UPPER_Z)
    # as in "|WARN|" and "<err>"; "*ERROR*" and "*** ERROR ***", as drivers and installers print it
    if before == BAR:
        return bool(after == BAR)
    if before == LESS_THAN:
        return bool(after == GREATER_THAN)
    # any other stands inside a path, an identifier or a bracket
    return bool(before == ASTERISK and after == ASTERISK)


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
