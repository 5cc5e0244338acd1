"""Severity: from the priority, a network device's mnemonic, or a level word near the message's beginning.

Gives numbers of the OpenTelemetry scale
(https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber), 0 for unspecified. In the lines of
applications the message begins behind the level where that is cleanly printed.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.jit.decorators import compiled, piece
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.civil_time import KLOG
from brainstem.text.ascii import (
    BAR,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    ESCAPE,
    FIRST_NON_ASCII,
    GREATER_THAN,
    HYPHEN,
    LESS_THAN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_M,
    LOWER_Z,
    NINE,
    OPEN_BRACKET,
    PERCENT,
    SEMICOLON,
    SEVEN,
    SLASH,
    SPACE,
    TAB,
    UNDERSCORE,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

OF_SYSLOG: Final = (21, 19, 18, 17, 13, 10, 9, 5)
"""OpenTelemetry number by syslog severity 0 (emergency) to 7 (debug)."""

LEVELS: Final = {
    b"trace": 1,
    b"verbose": 1,
    b"finest": 1,
    b"finer": 3,
    b"fine": 5,
    b"debug": 5,
    b"dbg": 5,
    b"info": 9,
    b"inf": 9,
    b"information": 9,
    b"informational": 9,
    b"audit": 9,
    b"notice": 10,
    b"warn": 13,
    b"wrn": 13,
    b"warning": 13,
    b"err": 17,
    b"error": 17,
    b"errors": 17,
    b"severe": 17,
    b"crit": 18,
    b"critical": 18,
    b"alert": 19,
    b"fatal": 21,
    b"ftl": 21,
    b"emerg": 21,
    b"emergency": 21,
    b"panic": 21,
}
"""Level words of syslog(3), log4j, java.util.logging, Python, glib, Serilog and web servers."""

LETTERS: Final = {b"T": 1, b"V": 1, b"D": 5, b"I": 9, b"N": 10, b"W": 13, b"E": 17, b"C": 18, b"F": 21}
"""Levels printed as one letter."""

_SEARCHED_TOKENS: Final = 8
_SEARCHED_BYTES: Final = 120
_LEVEL_BYTES_MOST: Final = 13

_OF_SYSLOG = np.array(OF_SYSLOG, np.uint8)
_SLOTS: Final = 256


def _packed(word: bytes) -> int:
    """Pack a word's first eight letters and its length into one number."""
    return int.from_bytes(word[:8].ljust(8, b"\0"), "big") ^ len(word)


def _level_table() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """Build the open-addressing table `_level` looks words up in."""
    codes = np.zeros(_SLOTS, np.uint64)
    severities = np.zeros(_SLOTS, np.uint8)
    for word, severity in LEVELS.items():
        slot = (_packed(word) * 0x9E3779B97F4A7C15 % 2**64) >> 56
        while codes[slot]:
            slot = (slot + 1) % _SLOTS
        codes[slot] = _packed(word)
        severities[slot] = severity
    return codes, severities


_LEVEL_CODE, _LEVEL_SEVERITY = _level_table()
_VEL, _LVL, _ITY, _PRI = (int.from_bytes(ending, "big") for ending in (b"vel", b"lvl", b"ity", b"pri"))
# where a printed level leaves the message, and the process id that is printed before the level
_MESSAGE_AT, _PROCESS_ID = range(2)
_IN_WORD = np.array([byte >= FIRST_NON_ASCII or byte == UNDERSCORE or chr(byte).isalnum() for byte in range(256)])
_LETTER_SEVERITY = np.array([LETTERS.get(bytes([byte]), 0) for byte in range(256)], np.uint8)


@compiled
def scan_severities(
    buffer: Bytes,
    body: Int64s,
    end: Int64s,
    skip: npt.NDArray[np.bool_],
    priority: npt.NDArray[np.int16],
    shape: npt.NDArray[np.uint8],
    application: npt.NDArray[np.bool_],
    stamp: Int64s,
    stamp_end: Int64s,
    message: Int64s,
    process_id: Int32s,
) -> npt.NDArray[np.uint8]:
    """Find the severity of every record that is not in `skip`.

    Where `application` holds, `message` is moved behind a level printed before it and `process_id` is filled from a
    number printed before the level.
    """
    count = len(body)
    severity = np.zeros(count, np.uint8)
    out = np.empty(_PROCESS_ID + 1, np.int64)
    buffer = begin_of(buffer)
    for row in range(count):
        if skip[row]:
            continue
        at = message[row]
        stop = end[row]
        if at < stop and buffer[at] == PERCENT:
            digit = _mnemonic(buffer, at, stop)
            if digit >= 0:
                severity[row] = _OF_SYSLOG[digit]
                continue
        if priority[row] >= 0:
            severity[row] = _OF_SYSLOG[priority[row] & 7]
        elif shape[row] & KLOG:
            severity[row] = _LETTER_SEVERITY[buffer[stamp[row]]]
        elif application[row]:
            severity[row] = _printed_level(buffer, at, stop, out)
            message[row] = out[_MESSAGE_AT]
            if out[_PROCESS_ID] >= 0 and process_id[row] < 0:
                process_id[row] = out[_PROCESS_ID]
            if severity[row] == 0:
                severity[row] = _search(buffer, body[row], at, stop)
        else:
            severity[row] = _first_word(buffer, stamp_end[row], at)
            if severity[row] == 0:
                severity[row] = _search(buffer, at, at, stop)
    return severity


@piece
def _first_word(buffer: Bytes, stamp_end: int, message: int) -> int:
    """Return the level printed between a stamp and the tag, as `info` in `<stamp> info prog[1]: text`; 0 for none."""
    start = stamp_end + 1
    if stamp_end < 0 or start >= message:
        return 0
    stop = _word_end(buffer, start, message)
    return _level(buffer, start, stop) if stop < message and buffer[stop] == SPACE else 0


@piece
def _mnemonic(buffer: Bytes, at: int, end: int) -> int:
    """Read the digit of `%LINK-3-UPDOWN` or `%%01IFNET/4/IF_STATE` (Cisco's, Huawei's message codes); -1 for none."""
    limit = min(end - 2, at + 64)
    index = at + 1
    while index < limit:
        byte = buffer[index]
        if byte in (HYPHEN, SLASH) and ZERO <= buffer[index + 1] <= SEVEN and buffer[index + 2] == byte:
            digit: int = buffer[index + 1] - ZERO
            return digit
        if not (
            LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z
            or ZERO <= byte <= NINE
            or byte in (HYPHEN, UNDERSCORE, SLASH, PERCENT)
        ):
            return -1
        index += 1
    return -1


@piece
def _level(buffer: Bytes, start: int, stop: int) -> int:
    """Return the severity a word names, 0 for none."""
    length = stop - start
    if length < 3 or length > _LEVEL_BYTES_MOST:
        return 0
    code = np.uint64(0)
    for index in range(8):
        code = code << np.uint64(8)
        if index < length:
            code |= np.uint64(buffer[start + index] | LOWER_CASE_BIT)
    code ^= np.uint64(length)
    slot = np.int64((code * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(56))
    while _LEVEL_CODE[slot] != 0:
        if _LEVEL_CODE[slot] == code:
            severity: int = _LEVEL_SEVERITY[slot] + 0
            return severity
        slot = (slot + 1) & (_SLOTS - 1)
    return 0


@piece
def _word_end(buffer: Bytes, at: int, end: int) -> int:
    while at < end and _IN_WORD[buffer[at]]:
        at += 1
    return at


@piece
def _all_digits(buffer: Bytes, start: int, stop: int) -> bool:
    for at in range(start, stop):
        if not ZERO <= buffer[at] <= NINE:
            return False
    return stop > start


@piece
def _colour_end(buffer: Bytes, at: int, end: int) -> int:
    """Skip colour codes (ECMA-48 SGR) at `at`."""
    while at + 2 < end and buffer[at] == ESCAPE and buffer[at + 1] == OPEN_BRACKET:
        stop = at + 2
        while stop < end and (ZERO <= buffer[stop] <= NINE or buffer[stop] == SEMICOLON):
            stop += 1
        if stop >= end or buffer[stop] != LOWER_M:
            return at
        at = stop + 1
    return at


@piece
def _separators(buffer: Bytes, at: int, end: int) -> int:
    """Skip what stands between the fields of an application's header."""
    while at < end:
        byte = buffer[at]
        hyphen = byte == HYPHEN and (at + 1 >= end or buffer[at + 1] == SPACE or buffer[at + 1] == HYPHEN)
        if hyphen or byte in (SPACE, TAB, BAR, COMMA, COLON):
            at += 1
        else:
            after = _colour_end(buffer, at, end)
            if after == at:
                return at
            at = after
    return at


@piece
def _printed_level(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `pid`, `[thread]` and `LEVEL` before an application's message.

    `out` gets where the message begins and the process id or -1; the result is the severity. Without a level the
    message stays where it was.
    """
    at = _separators(buffer, at, end)
    out[_MESSAGE_AT] = _behind_count(buffer, at, end)
    out[_PROCESS_ID] = -1
    number = -1
    logger = -1
    for _ in range(_SEARCHED_TOKENS):
        at = _separators(buffer, at, end)
        if at >= end:
            return 0
        bracket = buffer[at] == OPEN_BRACKET or buffer[at] == LESS_THAN
        start = at + 1 if bracket else at
        while bracket and start < end and buffer[start] == SPACE:
            start += 1
        stop = _word_end(buffer, start, end)
        severity = _level(buffer, start, stop)
        if severity == 0 and stop == start + 1:
            severity = _LETTER_SEVERITY[buffer[start]] + 0
        closed = _field_end(buffer, stop, end, bracket)
        if severity > 0 and closed > 0:
            out[_MESSAGE_AT] = _separators(buffer, closed, end) if logger < 0 else logger
            out[_PROCESS_ID] = number
            return severity
        if _all_digits(buffer, start, stop) and closed > 0:
            number = _number(buffer, start, stop)
            at = closed
        elif bracket:
            field = at
            at = _bracket_end(buffer, at, end)
            if at < 0:
                return 0
            if logger < 0 and _dotted(buffer, field, at):
                logger = field
        else:
            return 0
    return 0


@piece
def _behind_count(buffer: Bytes, at: int, end: int) -> int:
    """Skip a counter between bars, as Open vSwitch prints one behind the stamp."""
    stop = at
    while stop < end and ZERO <= buffer[stop] <= NINE:
        stop += 1
    return stop + 1 if stop > at and stop < end and buffer[stop] == BAR else at


@piece
def _dotted(buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether a bracketed field names a logger, such as `[lab.pump]`, rather than a thread."""
    for at in range(start + 2, stop - 2):
        if (
            buffer[at] == DOT
            and LOWER_A <= (buffer[at - 1] | LOWER_CASE_BIT) <= LOWER_Z
            and LOWER_A <= (buffer[at + 1] | LOWER_CASE_BIT) <= LOWER_Z
        ):
            return True
    return False


@piece
def _number(buffer: Bytes, start: int, stop: int) -> int:
    """Read a process id of at most nine digits, -1 for a longer number or one padded with zeros."""
    if stop - start > 9 or (buffer[start] == ZERO and stop - start > 1):
        return -1
    value = 0
    for at in range(start, stop):
        value = value * 10 + (buffer[at] - ZERO)
    return value


@piece
def _field_end(buffer: Bytes, at: int, end: int, bracket: bool) -> int:
    """Return the end of a field whose word ends at `at`, -1 if more than the word is in it."""
    if bracket:
        while at < end and buffer[at] == SPACE:
            at += 1
        return at + 1 if at < end and (buffer[at] == CLOSE_BRACKET or buffer[at] == GREATER_THAN) else -1
    if at >= end:
        return at
    byte = buffer[at]
    return at if byte in (SPACE, TAB, BAR, COLON, COMMA, ESCAPE) else -1


@piece
def _bracket_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of a bracketed field, nested brackets included; -1 if it does not close soon."""
    depth = 0
    for index in range(at, min(end, at + _SEARCHED_BYTES)):
        byte = buffer[index]
        depth += byte in (OPEN_BRACKET, LESS_THAN)
        depth -= byte in (CLOSE_BRACKET, GREATER_THAN)
        if depth == 0:
            return index + 1
    return -1


@piece
def _search(buffer: Bytes, body: int, at: int, end: int) -> int:
    """Look for a level among the first words: in capitals, bracketed, before a colon, or behind `level=`."""
    limit = min(end, at + _SEARCHED_BYTES)
    # the byte before the first word counts, and what stands behind a last one that begins before the limit
    if not _may_hold_level(buffer, max(at - 1, body), min(limit + _LEVEL_BYTES_MOST + 1, end)):
        return 0
    blanks = 0
    while at < limit and blanks < _SEARCHED_TOKENS:
        if not _IN_WORD[buffer[at]]:
            blanks += buffer[at] <= SPACE
            at += 1
            continue
        stop = _word_end(buffer, at, end)
        # most words do not stand as a level would, and that shows sooner
        if _stands_as_level(buffer, body, at, stop, end):
            severity = _level(buffer, at, stop)
            if severity > 0:
                return severity
        at = stop
    return 0


@piece
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


@piece
def _is_capital(byte: int) -> bool:
    return (byte >= UPPER_A) & (byte <= UPPER_Z)


@piece
def _may_hold_level(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether there is a bracket, bar, colon, quote, equals sign or two capitals in a row: prose has none of them.

    A loop without branches, which is compiled to a few vector instructions.
    """
    if begin >= end:
        return False
    found = _is_mark(buffer[end - 1])
    for at in range(begin, end - 1):
        found |= _is_mark(buffer[at]) | (_is_capital(buffer[at]) & _is_capital(buffer[at + 1]))
    return found


@piece
def _stands_as_level(buffer: Bytes, body: int, start: int, stop: int, end: int) -> bool:
    """Tell a level from the same word in prose."""
    before = buffer[start - 1] if start > body else np.uint8(SPACE)
    after = buffer[stop] if stop < end else np.uint8(SPACE)
    if before == OPEN_BRACKET and after in (CLOSE_BRACKET, SPACE, COLON):
        return True
    if after == CLOSE_BRACKET or (before == BAR and after == BAR) or (before == LESS_THAN and after == GREATER_THAN):
        return True
    if before in (EQUALS, DOUBLE_QUOTE):
        return _keyed(buffer, body, start)
    if before != SPACE and before != TAB:
        return before == OPEN_BRACKET and start == body + 1
    if after == COLON:
        return True
    for at in range(start, stop):
        if not UPPER_A <= buffer[at] <= UPPER_Z:
            return False
    return after in (SPACE, COMMA)


@piece
def _keyed(buffer: Bytes, body: int, start: int) -> bool:
    """Return whether a key that ends in `level`, `lvl`, `severity`, `pri` or `priority` assigns the word at `start`."""
    at = start - 1
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
