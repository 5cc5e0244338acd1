"""Severity: from a network device's mnemonic, the priority, or a level word near the message's beginning.

Returns numbers of the OpenTelemetry scale
(https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber), 0 for unspecified. In the lines of
applications the message is moved behind the level where that is cleanly printed. A level's name counts only where its place
or its capitals say that it is one: "error" in prose is no severity, as it is the author's word and not the logger's.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s, UInt64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.civil_time import KLOG
from brainstem.text.ascii import (
    ASTERISK,
    BAR,
    CLOSE_BRACKET,
    CLOSE_PARENTHESIS,
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
    OPEN_PARENTHESIS,
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
"""OpenTelemetry numbers by syslog severity, from 0 (emergency) to 7 (debug)."""

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
"""a level stands at the beginning; a longer search would find those that messages quote"""
_LEVEL_BYTES_MOST: Final = 13
"""the length of "informational", the longest level"""

_WARNING: Final = 13
"""the least severity that words beside it may deny"""
_OF_SYSLOG = np.array(OF_SYSLOG, np.uint8)
_SLOTS: Final = 256


def _packed(word: bytes) -> int:
    """Return a word's first eight letters and its length as one number, different for each level."""
    return int.from_bytes(word[:8].ljust(8, b"\0"), "big") ^ len(word)


def _level_table() -> tuple[UInt64s, Flags]:
    """Return the table that `_level` looks words up in, with open addressing: their codes and their severities."""
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


def _codes(words: str) -> UInt64s:
    """Return the codes by which `_code_of` knows words."""
    return np.array([_packed(word.encode()) for word in words.split()], np.uint64)


_DENIALS = _codes("none no null nil ok up false success successful successfully recovered cleared resolved fixed")
"""values that say that what stands before them has not happened or is over"""
_PRIORITIES = _codes("pri priority")
_NEGATIONS = _codes("no zero without")
_FACILITIES = _codes(
    "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp"
    " local0 local1 local2 local3 local4 local5 local6 local7"
)
_STATES: Final = {
    b"ok": 9,
    b"up": 9,
    b"recovery": 9,
    b"stopped": 9,
    b"started": 13,
    b"warning": 13,
    b"unknown": 13,
    b"down": 17,
    b"unreachable": 17,
    b"critical": 18,
}
"""The states of hosts, services and flapping in the log of Nagios and its heirs."""
_STATE_CODE = _codes(" ".join(state.decode() for state in _STATES))
_STATE_SEVERITY = np.array(list(_STATES.values()), np.int64)
_MONITORED = _codes("service host current initial passive")
_STATE_BYTES: Final = 240
_TOPIC_BYTES: Final = 48

_VEL, _LVL, _ITY, _PRI = (int.from_bytes(ending, "big") for ending in (b"vel", b"lvl", b"ity", b"pri"))
# the slots of `out`: where the message begins behind a printed level, and the process id printed before the level
_MESSAGE_AT, _PROCESS_ID = range(2)
_IN_WORD = np.array([byte >= FIRST_NON_ASCII or byte == UNDERSCORE or chr(byte).isalnum() for byte in range(256)])
_LETTER_SEVERITY = np.array([LETTERS.get(bytes([byte]), 0) for byte in range(256)], np.uint8)


@compiled
def scan_severities(
    buffer: Bytes,
    body: Int64s,
    end: Int64s,
    skip: Bools,
    priority: npt.NDArray[np.int16],
    shape: Flags,
    application: Bools,
    stamp: Int64s,
    stamp_end: Int64s,
    message: Int64s,
    process_id: Int32s,
) -> Flags:
    """Return the severity of every record that is not in `skip`, and 0 for the others.

    Where `application` holds, `message` is moved behind a level printed before it, and `process_id` is filled from a number
    printed before the level. Both are changed in place.
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
        # a mnemonic goes before the priority, which a relay may have replaced
        if at < stop and buffer[at] == PERCENT:
            digit = mnemonic_digit(buffer, at, stop)
            if digit >= 0:
                severity[row] = _OF_SYSLOG[digit]
                continue
        # so do klog's header behind that of syslog, and the state that a monitor prints, as both are the sender's own
        letter = _klog_letter(buffer, at, stop)
        if letter > 0:
            severity[row] = _LETTER_SEVERITY[letter]
            continue
        state = _monitored_state(buffer, at, stop)
        if state > 0:
            severity[row] = state
            continue
        if priority[row] >= 0:
            # a priority is eight times the facility, plus the severity
            severity[row] = _OF_SYSLOG[priority[row] & 7]
        elif shape[row] & KLOG:
            # klog's stamp begins with the level's letter
            severity[row] = _LETTER_SEVERITY[buffer[stamp[row]]]
        elif application[row]:
            severity[row] = _printed_level(buffer, at, stop, out)
            message[row] = out[_MESSAGE_AT]
            if out[_PROCESS_ID] >= 0 and process_id[row] < 0:
                process_id[row] = out[_PROCESS_ID]
            # no field holds the level alone, but the first words may still show one
            if severity[row] == 0:
                severity[row] = _search(buffer, body[row], at, stop)
        else:
            severity[row] = _first_word(buffer, stamp_end[row], at)
            if severity[row] == 0:
                severity[row] = _search(buffer, at, at, stop)
    return severity


@compiled_helper
def _first_word(buffer: Bytes, stamp_end: int, message: int) -> int:
    """Return the level printed between a stamp and the tag, 0 for none.

    `info` in `<stamp> info prog[1]: text`, `daemon.err` behind stamp or host, or that among RouterOS's topics.
    """
    start = stamp_end + 1
    if stamp_end < 0 or start >= message:
        return 0
    stop = _word_end(buffer, start, message)
    if stop < message and buffer[stop] == SPACE:
        severity = level_of(buffer, start, stop)
        if severity > 0:
            return severity
    stop = numbered_end(buffer, start, message)
    if stop > 0:
        # behind the number stand a parenthesis and a blank; its last three bits are the level
        return int(_OF_SYSLOG[_number(buffer, start + 3, stop - 2) & 7])
    # most headers have neither a point nor a comma
    stop = start
    while stop < message and buffer[stop] != DOT and buffer[stop] != COMMA:
        stop += 1
    if stop == message:
        return 0
    # a word or two may stand before a facility or topics: the host, or OpenWrt's second stamp in brackets
    for _ in range(3):
        stop = selector_end(buffer, start, message)
        if stop > 0:
            while stop > start and buffer[stop - 1] != DOT:
                stop -= 1
            return level_of(buffer, stop, _word_end(buffer, stop, message))
        stop = topics_end(buffer, start, message)
        if stop > 0:
            return _topic_level(buffer, start, stop)
        while start < message and buffer[start] > SPACE:
            start += 1
        while start < message and buffer[start] <= SPACE:
            start += 1
    return 0


@compiled_helper
def numbered_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the tag begins behind `In(182) `, a level's letters and a syslog priority (ESXi 8), -1 for none."""
    if end - at < 6 or not _is_capital(buffer[at]) or buffer[at + 2] != OPEN_PARENTHESIS:
        return -1
    stop = _digits_end(buffer, at + 3, end)
    if not 1 <= stop - at - 3 <= 3 or stop + 1 >= end or buffer[stop] != CLOSE_PARENTHESIS or buffer[stop + 1] != SPACE:
        return -1
    return stop + 2


@compiled_helper
def selector_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of `facility.level` at `at`, as BusyBox and OpenWrt print it, -1 if it is none."""
    dot = _word_end(buffer, at, min(end, at + 9))
    if dot >= end or buffer[dot] != DOT or not _is_one_of(buffer, at, dot, _FACILITIES):
        return -1
    stop = _word_end(buffer, dot + 1, end)
    return stop if stop < end and buffer[stop] <= SPACE and level_of(buffer, dot + 1, stop) > 0 else -1


@compiled_helper
def topics_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of topics such as `interface,info` at `at`, as RouterOS prints them, -1 if these are none."""
    stop = at
    commas = 0
    while stop < min(end, at + _TOPIC_BYTES) and (
        LOWER_A <= buffer[stop] <= LOWER_Z or ZERO <= buffer[stop] <= NINE or buffer[stop] in (COMMA, HYPHEN)
    ):
        commas += buffer[stop] == COMMA
        stop += 1
    if commas == 0 or stop >= end or buffer[at] == COMMA or buffer[stop - 1] == COMMA:
        return -1
    if buffer[stop] != SPACE and buffer[stop] != COLON:
        return -1
    return stop if _topic_level(buffer, at, stop) > 0 else -1


@compiled_helper
def _topic_level(buffer: Bytes, at: int, end: int) -> int:
    """Return the highest level among words between commas, 0 for none."""
    highest = 0
    while at < end:
        stop = at
        while stop < end and buffer[stop] != COMMA:
            stop += 1
        highest = max(highest, level_of(buffer, at, stop))
        at = stop + 1
    return highest


@compiled_helper
def _klog_letter(buffer: Bytes, at: int, end: int) -> int:
    """Return the letter of the level with which a message such as `E0204 10:00:00.123456 812 x.go:7] text` begins, or 0."""
    # capitals before a digit begin few messages
    if end - at < 20 or not UPPER_A <= buffer[at] <= UPPER_Z or not ZERO <= buffer[at + 1] <= NINE:
        return 0
    stop = at + 1
    while stop < end and ZERO <= buffer[stop] <= NINE:
        stop += 1
    if stop - at != 5 and stop - at != 9:
        return 0
    if end - stop < 9 or buffer[stop] != SPACE or buffer[stop + 3] != COLON or buffer[stop + 6] != COLON:
        return 0
    return int(buffer[at]) if _LETTER_SEVERITY[buffer[at]] > 0 else 0


@compiled_helper
def _monitored_state(buffer: Bytes, at: int, end: int) -> int:
    """Return the severity of the state in `SERVICE ALERT: host;name;CRITICAL;...` (Nagios), 0 for another message."""
    if end - at < 16 or not UPPER_A <= buffer[at] <= UPPER_Z or not UPPER_A <= buffer[at + 1] <= UPPER_Z:
        return 0
    stop = _word_end(buffer, at, end)
    if stop >= end or buffer[stop] != SPACE or not _is_one_of(buffer, at, stop, _MONITORED):
        return 0
    limit = min(end, at + _STATE_BYTES)
    colon = stop
    while colon < limit and (UPPER_A <= buffer[colon] <= UPPER_Z or buffer[colon] == SPACE):
        colon += 1
    if colon >= limit or buffer[colon] != COLON:
        return 0
    # the state is the first field that is one; host and service, which stand before it, have other names
    field = colon + 1
    while field < limit:
        while field < limit and buffer[field] != SEMICOLON:
            field += 1
        field += 1
        stop = _word_end(buffer, field, end)
        if stop > field and (stop >= end or buffer[stop] in (SEMICOLON, SPACE)) and UPPER_A <= buffer[field] <= UPPER_Z:
            code = _code_of(buffer, field, stop)
            for index in range(len(_STATE_CODE)):
                if _STATE_CODE[index] == code:
                    severity: int = _STATE_SEVERITY[index]
                    return severity
    return 0


@compiled_helper
def _code_of(buffer: Bytes, start: int, stop: int) -> np.uint64:
    """Return a word as `_packed` does, in small letters."""
    code = np.uint64(0)
    for index in range(start, start + 8):
        code = code << np.uint64(8)
        if index < stop:
            # a digit has the bit of small letters too
            code |= np.uint64(buffer[index] | LOWER_CASE_BIT)
    return code ^ np.uint64(stop - start)


@compiled_helper
def _is_one_of(buffer: Bytes, start: int, stop: int, codes: UInt64s) -> bool:
    """Return whether a word is one of those whose codes are given."""
    code = _code_of(buffer, start, stop)
    for known in codes:  # noqa: SIM110  # compiled code has no generator expressions
        if known == code:
            return True
    return False


@compiled_helper
def _denied(buffer: Bytes, body: int, start: int, stop: int, end: int) -> bool:
    """Return whether the words beside a level deny it: `no error: ...`, `errors: 0`, `error: none`."""
    # a noun may stand before the value: "error count: 0", "critical errors: none"; behind capitals stands a logger's name
    if stop + 1 < end and buffer[stop] == SPACE and _IN_WORD[buffer[stop + 1]] and buffer[start + 1] >= LOWER_A:
        noun = _word_end(buffer, stop + 1, end)
        if noun + 1 < end and buffer[noun] in (COLON, EQUALS):
            at = noun + 1 + (buffer[noun + 1] == SPACE)
            word = _word_end(buffer, at, end)
            alone = word >= end or buffer[word] in (COMMA, SEMICOLON)
            if alone and ((word == at + 1 and buffer[at] == ZERO) or _is_one_of(buffer, at, word, _DENIALS)):
                return True
    at = stop
    while at < end and buffer[at] in (COLON, EQUALS, SPACE):
        at += 1
    if at > stop and buffer[stop] != SPACE:
        word = _word_end(buffer, at, end)
        zeros = at
        while zeros < word and buffer[zeros] == ZERO:
            zeros += 1
        # "0", but not the beginning of "0.5" or "0/12"
        if zeros == word and word > at and (word >= end or buffer[word] not in (DOT, SLASH, COLON, HYPHEN)):
            return True
        if word > at and _is_one_of(buffer, at, word, _DENIALS):
            if word < end and buffer[word] == SPACE:
                # "error=none user=7", but not "error: No space left on device" nor "error: null pointer"
                return bool(buffer[stop] == EQUALS)
            return word >= end or buffer[word] in (COMMA, DOT, SEMICOLON, CLOSE_BRACKET, DOUBLE_QUOTE)
    if start - 2 <= body or buffer[start - 1] != SPACE:
        return False
    before = start - 1
    while before > body and _IN_WORD[buffer[before - 1]]:
        before -= 1
    if before > body and buffer[before - 1] > SPACE:
        return False
    return _is_one_of(buffer, before, start - 1, _NEGATIONS) or (start - before == 2 and buffer[before] == ZERO)


@compiled_helper
def mnemonic_digit(buffer: Bytes, at: int, end: int) -> int:
    """Return the digit of `%LINK-3-UPDOWN` or `%%01IFNET/4/IF_STATE` (Cisco's and Huawei's mnemonics), -1 for none."""
    limit = min(end - 2, at + 64)
    index = at + 1
    while index < limit:
        byte = buffer[index]
        # one digit between two equal marks is syslog's severity
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


@compiled_helper
def level_of(buffer: Bytes, start: int, stop: int) -> int:
    """Return the severity a word names, 0 for none."""
    length = stop - start
    # most words are ruled out by their length
    if length < 3 or length > _LEVEL_BYTES_MOST:
        return 0
    code = np.uint64(0)
    for index in range(8):
        code = code << np.uint64(8)
        # in small letters, and with NUL behind a shorter word, as `_packed` has it
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


@compiled_helper
def _word_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of the letters, digits and underscores at `at`."""
    while at < end and _IN_WORD[buffer[at]]:
        at += 1
    return at


@compiled_helper
def _all_digits(buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether a word is made of digits, at least one."""
    for at in range(start, stop):
        if not ZERO <= buffer[at] <= NINE:
            return False
    return stop > start


@compiled_helper
def _digits_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of the digits at `at`."""
    while at < end and ZERO <= buffer[at] <= NINE:
        at += 1
    return at


@compiled_helper
def _colour_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of the colour codes (ECMA-48 SGR) at `at`, `at` for none."""
    while at + 2 < end and buffer[at] == ESCAPE and buffer[at + 1] == OPEN_BRACKET:
        stop = at + 2
        while stop < end and (ZERO <= buffer[stop] <= NINE or buffer[stop] == SEMICOLON):
            stop += 1
        if stop >= end or buffer[stop] != LOWER_M:
            return at
        at = stop + 1
    return at


@compiled_helper
def _separators(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of what separates the fields of an application's header: blanks, bars, commas, colons, hyphens."""
    while at < end:
        byte = buffer[at]
        # "INFO - text" and "INFO -- text", but not the sign of "-1" or the option "-v"
        hyphen = byte == HYPHEN and (at + 1 >= end or buffer[at + 1] == SPACE or buffer[at + 1] == HYPHEN)
        if hyphen or byte in (SPACE, TAB, BAR, COMMA, COLON):
            at += 1
        else:
            after = _colour_end(buffer, at, end)
            if after == at:
                return at
            at = after
    return at


@compiled_helper
def _printed_level(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `pid`, `[thread]` and `LEVEL` before an application's message.

    Writes to `out` where the message begins, and the process id or -1; returns the severity. Without a level only separators
    and a counter are passed over, as no other word before the level could be told from the message's own.
    """
    at = _separators(buffer, at, end)
    out[_MESSAGE_AT] = _behind_count(buffer, at, end)
    out[_PROCESS_ID] = -1
    number = -1
    # the first bracketed field that names a logger: the message begins with it, as it says who wrote the line
    logger = -1
    for _ in range(_SEARCHED_TOKENS):
        at = _separators(buffer, at, end)
        if at >= end:
            return 0
        # "[ERROR]", "<warn>", and padded ones such as "[ INFO ]"
        bracket = buffer[at] == OPEN_BRACKET or buffer[at] == LESS_THAN
        start = at + 1 if bracket else at
        while bracket and start < end and buffer[start] == SPACE:
            start += 1
        stop = _word_end(buffer, start, end)
        severity = level_of(buffer, start, stop)
        # "E" or "[W]" alone
        if severity == 0 and stop == start + 1:
            severity = _LETTER_SEVERITY[buffer[start]] + 0
        closed = _field_end(buffer, stop, end, bracket)
        if severity >= _WARNING and not bracket and _denied(buffer, at, start, stop, end):
            return 0
        if severity > 0 and closed > 0:
            # Asterisk prints the process behind it: "NOTICE[812]"
            if not bracket and stop < end and buffer[stop] == OPEN_BRACKET:
                number = _number(buffer, stop + 1, closed - 1)
            out[_MESSAGE_AT] = _separators(buffer, closed, end) if logger < 0 else logger
            out[_PROCESS_ID] = number
            return severity
        # "ERROR/MainProcess] text" (Celery) and "warning/ApiListener: text" (Icinga): a level and who wrote the line
        if severity > 0 and not bracket and stop < end and buffer[stop] == SLASH:
            named = stop + 1
            while named < end and (_IN_WORD[buffer[named]] or buffer[named] == HYPHEN):
                named += 1
            if named > stop + 1 and named < end and buffer[named] in (COLON, CLOSE_BRACKET):
                out[_MESSAGE_AT] = stop + 1 if buffer[named] == COLON else _separators(buffer, named + 1, end)
                return severity
        # a number before the level is a process id or a thread's: "812 WARNING text"
        if _all_digits(buffer, start, stop) and closed > 0:
            number = _number(buffer, start, stop)
            at = closed
        elif bracket:
            # a thread or a logger in brackets: passed over, to see whether a level follows
            field = at
            at = _bracket_end(buffer, at, end)
            if at < 0:
                return 0
            if logger < 0 and _dotted(buffer, field, at):
                logger = field
        else:
            # any other word belongs to the message
            return 0
    return 0


@compiled_helper
def _behind_count(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of a counter between bars, as Open vSwitch prints one behind its stamp: "|00042|"; `at` for none."""
    stop = at
    while stop < end and ZERO <= buffer[stop] <= NINE:
        stop += 1
    return stop + 1 if stop > at and stop < end and buffer[stop] == BAR else at


@compiled_helper
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


@compiled_helper
def _number(buffer: Bytes, start: int, stop: int) -> int:
    """Return the value of at most nine digits, -1 for a longer number or one padded with zeros, which is a counter."""
    if stop - start > 9 or (buffer[start] == ZERO and stop - start > 1):
        return -1
    value = 0
    for at in range(start, stop):
        value = value * 10 + (buffer[at] - ZERO)
    return value


@compiled_helper
def _field_end(buffer: Bytes, at: int, end: int, bracket: bool) -> int:
    """Return the end of a field whose word ends at `at`, -1 if the field holds more than the word."""
    if bracket:
        while at < end and buffer[at] == SPACE:
            at += 1
        return at + 1 if at < end and (buffer[at] == CLOSE_BRACKET or buffer[at] == GREATER_THAN) else -1
    if at >= end:
        return at
    byte = buffer[at]
    if byte == OPEN_BRACKET:
        stop = _digits_end(buffer, at + 1, end)
        return stop + 1 if stop > at + 1 and stop < end and buffer[stop] == CLOSE_BRACKET else -1
    # a field without brackets ends at a separator, or where a colour is switched off
    return at if byte in (SPACE, TAB, BAR, COLON, COMMA, ESCAPE) else -1


@compiled_helper
def _bracket_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of a bracketed field with the brackets inside it, -1 if it does not close soon."""
    depth = 0
    for index in range(at, min(end, at + _SEARCHED_BYTES)):
        byte = buffer[index]
        depth += byte in (OPEN_BRACKET, LESS_THAN)
        depth -= byte in (CLOSE_BRACKET, GREATER_THAN)
        if depth == 0:
            return index + 1
    return -1


@compiled_helper
def _search(buffer: Bytes, body: int, at: int, end: int) -> int:
    """Return the first level among the first words that stands in capitals, in brackets, before a colon or behind `level=`.

    `body` is where the record begins, as the byte before a word counts; 0 says that there is none.
    """
    limit = min(end, at + _SEARCHED_BYTES)
    # from the byte before the first word to what may stand behind a last one that begins before the limit
    if not _may_hold_level(buffer, max(at - 1, body), min(limit + _LEVEL_BYTES_MOST + 1, end)):
        return 0
    blanks = 0
    while at < limit and blanks < _SEARCHED_TOKENS:
        # between words; only blanks are counted, as a path or a URL is no more than one field
        if not _IN_WORD[buffer[at]]:
            blanks += buffer[at] <= SPACE
            at += 1
            continue
        stop = _word_end(buffer, at, end)
        # before the look-up, as most words do not stand where a level would and that costs less to see
        if _stands_as_level(buffer, body, at, stop, end):
            severity = level_of(buffer, at, stop)
            if severity == 0 and stop == at + 1 and ZERO <= buffer[at] <= SEVEN:
                severity = _priority_digit(buffer, body, at)
            if severity == 1:
                # "Stack trace:" ends a sentence; a level has no word before it
                named = at - 2 > body and buffer[at - 1] == SPACE and _IN_WORD[buffer[at - 2]]
                severity = 0 if named else severity
            if severity > 0 and not (severity >= _WARNING and _denied(buffer, body, at, stop, end)):
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
def _is_capital(byte: int) -> bool:
    """Return whether a byte is a capital letter; with `&`, which does not branch, for the loop below."""
    return (byte >= UPPER_A) & (byte <= UPPER_Z)


@compiled_helper
def _may_hold_level(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether there is a bracket, bar, colon, quote, equals sign or two capitals in a row, which prose has not.

    It rules out most messages before their words are looked at. A loop without branches becomes a few vector instructions.
    """
    if begin >= end:
        return False
    found = _is_mark(buffer[end - 1])
    for at in range(begin, end - 1):
        found |= _is_mark(buffer[at]) | (_is_capital(buffer[at]) & _is_capital(buffer[at + 1]))
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
    # behind "=" or a quote it is a value, and only a level's key makes a level of it
    if before in (EQUALS, DOUBLE_QUOTE):
        return _keyed(buffer, body, start)
    # Monolog prints its channel before the level: "production.ERROR: text"
    if before == DOT and after == COLON:
        return bool(buffer[start] <= UPPER_Z)
    # inside a path, an identifier or a bracket; but "[error" at the very beginning is a level whatever follows
    if before != SPACE and before != TAB:
        return before == OPEN_BRACKET and start == body + 1
    # the first field of a line of fields, as Windows's event viewer exports it: "Error,2/4/2022 10:00:00 AM,Disk"
    if after == COMMA and start == body:
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
    """Return the severity of the digit in `pri=1` or `priority=1`, which is syslog's; 0 where another key stands."""
    key = at - 1
    while key > body and buffer[key] in (DOUBLE_QUOTE, EQUALS, COLON, SPACE):
        key -= 1
    start = key
    while start > body and _IN_WORD[buffer[start - 1]]:
        start -= 1
    if not _is_one_of(buffer, start, key + 1, _PRIORITIES):
        return 0
    return int(_OF_SYSLOG[buffer[at] - ZERO])


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
