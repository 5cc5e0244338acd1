"""Whether a line begins with a stamp of its own: a date and a time in one of the layouts that loggers print.

Only asks whether a line is a record of its own. What moment a stamp is, and whether it exists, `scan.timestamp` says.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.text.ascii import (
    BAR,
    CARRIAGE_RETURN,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    GREATER_THAN,
    HYPHEN,
    LESS_THAN,
    LINE_FEED,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_F,
    LOWER_Z,
    NINE,
    ONE,
    OPEN_BRACE,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    PLUS,
    SLASH,
    SPACE,
    TWO,
    UNDERSCORE,
    UPPER_A,
    UPPER_T,
    UPPER_Z,
    ZERO,
)

STAMP_BYTES: Final = 64
"""no more of a line than this is looked at"""

_MONTHS = np.array([int.from_bytes(name, "big") for name in b"jan feb mar apr may jun jul aug sep oct nov dec".split()])
_WEEKDAYS = np.array([int.from_bytes(name, "big") for name in b"mon tue wed thu fri sat sun".split()])
_KEYS = np.frombuffer(b"date=time=ts=t=timestamp=", np.uint8)
_LONGEST_KEY: Final = 10
_ENTRY_DIGITS: Final = 4


@compiled_helper
def begins_record(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `at` begins with a stamp, a syslog priority, or a JSON object with a member."""
    if end - at < 3:
        return False
    first = buffer[at]
    if first == OPEN_BRACE:
        return bool(buffer[at + 1] == DOUBLE_QUOTE)
    if first == LESS_THAN and _digits(buffer, at + 1, end) > 0:
        stop = at + 1 + _digits(buffer, at + 1, end)
        return bool(stop <= at + 4 and stop < end and buffer[stop] == GREATER_THAN)
    return stamp_end(buffer, at, end) > 0


@compiled_helper
def is_stamp_alone(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a line holds a stamp, with its zone or year, and nothing else."""
    stop = stamp_end(buffer, at, end)
    if stop < 0:
        return False
    words = 0
    while stop < end:
        byte = buffer[stop]
        if byte in (LINE_FEED, CARRIAGE_RETURN, SPACE):
            stop += 1
            continue
        # a zone, such as "+01:00", "CET" or "Z", and the year of C's asctime
        run = stop
        while (
            run < end
            and run - stop < 6
            and (
                ZERO <= buffer[run] <= NINE or UPPER_A <= buffer[run] <= UPPER_Z or buffer[run] in (PLUS, HYPHEN, COLON)
            )
        ):
            run += 1
        words += 1
        if run == stop or words > 2 or (run < end and buffer[run] > SPACE):
            return False
        stop = run
    return True


@compiled_helper
def stamp_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the time of the date and time at `at` ends, without fraction and zone; -1 where none stands there."""
    end = min(end, at + STAMP_BYTES)
    if at < end and buffer[at] in (OPEN_BRACKET, OPEN_PARENTHESIS, DOUBLE_QUOTE, LESS_THAN):
        at += 1
    if end - at < 12:
        return -1
    at = _behind_entry(buffer, at, end)
    if not _digit(buffer[at]):
        at = _behind_key(buffer, at, end)
        if _in_names(buffer, at, end, _WEEKDAYS):
            at += 3
            while at < end and buffer[at] in (COMMA, SPACE):
                at += 1
    if at >= end:
        return -1
    if _digit(buffer[at]):
        return _behind_number(buffer, at, end)
    if not _in_names(buffer, at, end, _MONTHS):
        return _klog_end(buffer, at, end)
    # as in "Feb 25 10:00:00", "Feb 25 2026 10:00:00" and "Feb 25, 2026 10:00:00"
    at += 3
    while at < end and buffer[at] == SPACE:
        at += 1
    day = _digits(buffer, at, end)
    if not 1 <= day <= 2:
        return -1
    at += day
    at += at < end and buffer[at] == COMMA
    if at + 6 < end and buffer[at] == SPACE and _digits(buffer, at + 1, end) == 4:
        at += 5
    return _time_end(buffer, at, end)


@compiled_helper
def _behind_entry(buffer: Bytes, at: int, end: int) -> int:
    """Return where the date begins behind the number of an entry, `at` for none: `   1f | 02/04/2022 | 10:00:00 | text`.

    The event log of a server's own controller (IPMI) numbers them in hexadecimal.
    """
    stop = at
    while stop < end - 4 and stop - at < _ENTRY_DIGITS and (_digit(buffer[stop]) or LOWER_A <= buffer[stop] <= LOWER_F):
        stop += 1
    is_entry = stop > at and buffer[stop] == SPACE and buffer[stop + 1] == BAR and _digit(buffer[stop + 3])
    return stop + 3 if is_entry else at


@compiled_helper
def _behind_number(buffer: Bytes, at: int, end: int) -> int:
    """Return where the time ends behind a date that begins with digits, -1 for none."""
    run = _digits(buffer, at, end)
    if run == end - at:
        return at + run if run in (14, 17) and buffer[at] in (ONE, TWO) else -1
    century = (buffer[at] == TWO and buffer[at + 1] == ZERO) or (buffer[at] == ONE and buffer[at + 1] == NINE)
    stop = at + run
    mark = buffer[stop]
    # "20260225100000", "20260225 10:00:00", "20260225T100000", and seconds since 1970 with a fraction
    if run in (14, 17) and century:
        return stop
    if run == 10 and buffer[at] == ONE:
        return stop if mark == DOT and _digits(buffer, stop + 1, end) > 2 else -1
    if run == 8:
        if not century or mark not in (SPACE, UPPER_T, HYPHEN, UNDERSCORE, COLON):
            return -1
        behind = _digits(buffer, stop + 1, end)
        return stop + 7 if behind == 6 else _time_end(buffer, stop, end)
    # as Zabbix prints it behind its process: "812:20260225:100000.123"
    if mark == COLON and run < 8 and _digits(buffer, stop + 1, end) == 8:
        stop += 9
        return stop + 7 if stop < end and buffer[stop] == COLON and _digits(buffer, stop + 1, end) == 6 else -1
    if run not in (1, 2, 4) or mark not in (HYPHEN, SLASH, DOT, SPACE):
        return -1
    stop += 1
    if _in_names(buffer, stop, end, _MONTHS):
        # "25/Feb/2026", "25-Feb-2026", "25 Feb 2026", "2026 Feb 25"; a longer name of a month ends later
        stop += 3
        while stop < end and LOWER_A <= buffer[stop] <= LOWER_Z:
            stop += 1
        while stop < end and (buffer[stop] == mark or buffer[stop] == SPACE):
            stop += 1
    else:
        middle = _digits(buffer, stop, end)
        if mark == SPACE or not 1 <= middle <= 2 or stop + middle >= end or buffer[stop + middle] != mark:
            return -1
        stop += middle + 1
    last = _digits(buffer, stop, end)
    # two digits on both sides are a short year, as in "25.02.26"
    is_short = last == 2 and run == 2
    if not is_short and (last not in (1, 2, 4) or (last == 4) == (run == 4)):
        return -1
    return _time_end(buffer, stop + last, end)


@compiled_helper
def _time_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where `10:00` or `10:00:00` ends that stands behind the date that ends at `at`, -1 for none."""
    blanks = 0
    while at < end and blanks < 3 and (buffer[at] in (SPACE, UPPER_T, COLON, COMMA, UNDERSCORE, HYPHEN, BAR)):
        at += 1
        blanks += 1
    # as in "date=2026-02-25 time=10:00:00" of FortiOS
    at = _behind_key(buffer, at, end)
    hours = _digits(buffer, at, end)
    if not blanks or not 1 <= hours <= 2 or at + hours + 3 > end or buffer[at + hours] != COLON:
        return -1
    at += hours + 1
    if _digits(buffer, at, end) != 2:
        return -1
    at += 2
    if at + 3 <= end and buffer[at] == COLON and _digits(buffer, at + 1, end) == 2:
        at += 3
    if at < end and buffer[at] in (DOT, COMMA):
        at += 1 + _digits(buffer, at + 1, end)
    return at


@compiled_helper
def _klog_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the time of Kubernetes' `I0225 10:00:00.123456` ends, -1 for none."""
    is_level = end - at > 6 and UPPER_A <= buffer[at] <= UPPER_Z
    if is_level and _digits(buffer, at + 1, end) == 4 and buffer[at + 5] == SPACE:
        return _time_end(buffer, at + 5, end)
    return -1


@compiled_helper
def _behind_key(buffer: Bytes, at: int, end: int) -> int:
    """Return where the value of a key for times begins, behind its quote; `at` where no such key stands."""
    stop = at
    while stop < end and stop - at < _LONGEST_KEY and LOWER_A <= buffer[stop] <= LOWER_Z:
        stop += 1
    if stop == at or stop + 1 >= end or buffer[stop] != EQUALS:
        return at
    known = False
    begin = 0
    for index in range(len(_KEYS)):
        if _KEYS[index] == EQUALS:
            if index - begin == stop - at:
                same = True
                for step in range(index - begin):
                    same = same and _KEYS[begin + step] == buffer[at + step]
                known = known or same
            begin = index + 1
    if not known:
        return at
    stop += 1
    return stop + 1 if buffer[stop] == DOUBLE_QUOTE else stop


@compiled_helper
def _in_names(buffer: Bytes, at: int, end: int, names: Bytes) -> bool:
    """Return whether one of the names of three letters stands at `at`, in whatever case."""
    if end - at < 3:
        return False
    code = np.int64(0)
    for index in range(at, at + 3):
        code = (code << 8) | np.int64(buffer[index] | LOWER_CASE_BIT)
    for name in names:  # noqa: SIM110  # compiled code has no generator expressions
        if name == code:
            return True
    return False


@compiled_helper
def _digits(buffer: Bytes, at: int, end: int) -> int:
    """Return how many digits stand at `at`."""
    stop = at
    while stop < end and ZERO <= buffer[stop] <= NINE:
        stop += 1
    return stop - at


@compiled_helper
def _digit(byte: int) -> bool:
    """Return whether a byte is a digit."""
    return bool(ZERO <= byte <= NINE)
