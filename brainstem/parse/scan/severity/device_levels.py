"""Levels that the sender of a message prints at its beginning in a form of its own: mnemonics of network devices,
klog's letter, Redis's mark, the severity of a server's own controller, and the states of monitors.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.scan.severity.scale import LETTER_SEVERITY, SYSLOG_SEVERITY
from brainstem.parse.scan.severity.words import code_of, codes_of, is_one_of, word_end
from brainstem.text.ascii import (
    ASTERISK,
    COLON,
    DOT,
    EQUALS,
    HASH,
    HYPHEN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_S,
    LOWER_Z,
    NINE,
    PERCENT,
    SEMICOLON,
    SEVEN,
    SLASH,
    SPACE,
    UNDERSCORE,
    UPPER_A,
    UPPER_C,
    UPPER_M,
    UPPER_S,
    UPPER_X,
    UPPER_Z,
    ZERO,
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

_STATE_CODE = codes_of(" ".join(state.decode() for state in _STATES))

_STATE_SEVERITY = np.array(list(_STATES.values()), np.int64)

_MONITORED = codes_of("service host current initial passive")

_STATE_BYTES: Final = 240

_STATED: Final = {
    b"ok": 9,
    b"info": 9,
    b"normal": 9,
    b"information": 9,
    b"informational": 9,
    b"repaired": 9,
    b"minor": 13,
    b"caution": 13,
    b"warning": 13,
    b"major": 17,
    b"error": 17,
    b"severe": 17,
    b"critical": 18,
    b"fatal": 21,
}
"""The values of `Severity:` in the alerts of iDRAC, iLO and other controllers of servers."""

_STATED_CODE = codes_of(" ".join(word.decode() for word in _STATED))

_STATED_SEVERITY = np.array(list(_STATED.values()), np.int64)

_SEVERITY = codes_of("severity")

_DAYS_BYTES: Final = 20
"""of `04 Feb 10:00:00.123`; a year has five more"""


@compiled_helper
def own_severity(buffer: Bytes, at: int, end: int) -> int:
    """Return the severity that the sender prints at the beginning of a message in one of these forms, 0 for none.

    The first byte says which of them it could be, so that nearly all messages cost a comparison or two.
    """
    if at >= end:
        return 0
    first = buffer[at]
    if first > UPPER_Z:
        return stated_severity(buffer, at, end) if first == LOWER_S else 0
    if first >= UPPER_A:
        letter = klog_letter(buffer, at, end)
        if letter > 0:
            return int(LETTER_SEVERITY[letter])
        state = monitored_state(buffer, at, end)
        return stated_severity(buffer, at, end) if state == 0 and first == UPPER_S else state
    if first == PERCENT:
        digit = mnemonic_digit(buffer, at, end)
        return int(SYSLOG_SEVERITY[digit]) if digit >= 0 else 0
    return redis_severity(buffer, at, end)


@compiled_helper
def klog_letter(buffer: Bytes, at: int, end: int) -> int:
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
    return int(buffer[at]) if LETTER_SEVERITY[buffer[at]] > 0 else 0


@compiled_helper
def redis_severity(buffer: Bytes, at: int, end: int) -> int:
    """Return the severity of the mark in `812:M 04 Feb 2022 10:00:00.123 * text` (Redis), 0 for another message."""
    if not ZERO <= buffer[at] <= NINE:
        return 0
    stop = at + 1
    while stop < end and ZERO <= buffer[stop] <= NINE:
        stop += 1
    if end - stop < 30 or buffer[stop] != COLON or buffer[stop + 1] not in (UPPER_M, UPPER_S, UPPER_C, UPPER_X):
        return 0
    if buffer[stop + 2] != SPACE:
        return 0
    behind = stop + 3 + _DAYS_BYTES
    if buffer[behind - 8] != COLON:
        behind += 5
    return mark_severity(buffer, behind, end) if buffer[behind - 8] == COLON and buffer[behind - 1] == SPACE else 0


@compiled_helper
def mark_severity(buffer: Bytes, at: int, end: int) -> int:
    """Return the severity of Redis's mark at `at`, with a blank behind it: `.`, `-`, `*` or `#`; 0 for none."""
    if at + 1 >= end or buffer[at + 1] != SPACE:
        return 0
    byte = buffer[at]
    if byte == HASH:
        return 13
    if byte == ASTERISK:
        return 10
    if byte == HYPHEN:
        return 9
    return 5 if byte == DOT else 0


@compiled_helper
def stated_severity(buffer: Bytes, at: int, end: int) -> int:
    """Return the severity of a message that begins with `Severity: Critical`, 0 for another one."""
    if end - at < 12 or buffer[at] | LOWER_CASE_BIT != LOWER_S or buffer[at + 8] not in (COLON, EQUALS):
        return 0
    if not is_one_of(buffer, at, at + 8, _SEVERITY):
        return 0
    start = at + 9
    start += buffer[start] == SPACE
    code = code_of(buffer, start, word_end(buffer, start, end))
    for index in range(len(_STATED_CODE)):
        if _STATED_CODE[index] == code:
            severity: int = _STATED_SEVERITY[index]
            return severity
    return 0


@compiled_helper
def monitored_state(buffer: Bytes, at: int, end: int) -> int:
    """Return the severity of the state in `SERVICE ALERT: host;name;CRITICAL;...` (Nagios), 0 for another message."""
    if end - at < 16 or not UPPER_A <= buffer[at] <= UPPER_Z or not UPPER_A <= buffer[at + 1] <= UPPER_Z:
        return 0
    stop = word_end(buffer, at, end)
    if stop >= end or buffer[stop] != SPACE or not is_one_of(buffer, at, stop, _MONITORED):
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
        stop = word_end(buffer, field, end)
        if stop > field and (stop >= end or buffer[stop] in (SEMICOLON, SPACE)) and UPPER_A <= buffer[field] <= UPPER_Z:
            code = code_of(buffer, field, stop)
            for index in range(len(_STATE_CODE)):
                if _STATE_CODE[index] == code:
                    severity: int = _STATE_SEVERITY[index]
                    return severity
    return 0


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
