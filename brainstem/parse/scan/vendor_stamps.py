"""Stamps of single products, and where products print a stamp that does not begin the record.

`scan.timestamp` reads the common stamps and calls these readers for the others. As there, a reader takes a buffer, where to
begin and where the record ends, writes to the slots of `out` in `civil_time`, and returns an offset, -1 for none. Nothing
here raises, copies bytes, or reads past `end`.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.field_names import TIME_FIELDS
from brainstem.parse.scan.civil_time import (
    CIVIL,
    DAY_FIRST,
    DAY_US,
    EPOCH,
    HOUR_US,
    MINUTE_US,
    MONTH_FIRST,
    OFFSET,
    ORDER,
    PROVED,
    SECOND_US,
    SHAPE,
    ZONED,
    clock_end,
    count_digits,
    days_from_civil,
    fraction_end,
    is_letter,
    number_of,
    put_date,
    zone_end,
    zone_value_end,
)
from brainstem.text.ascii import (
    BACKSLASH,
    BAR,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOUBLE_QUOTE,
    EQUALS,
    FOUR,
    GREATER_THAN,
    HASH,
    HYPHEN,
    LESS_THAN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_D,
    LOWER_E,
    LOWER_F,
    LOWER_I,
    LOWER_M,
    LOWER_N,
    LOWER_O,
    LOWER_T,
    LOWER_U,
    LOWER_V,
    LOWER_Z,
    NINE,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    SEMICOLON,
    SPACE,
    TAB,
    UNDERSCORE,
    UPPER_A,
    UPPER_C,
    UPPER_E,
    UPPER_L,
    UPPER_M,
    UPPER_S,
    UPPER_X,
    UPPER_Z,
    ZERO,
)

_TAI_SECONDS: Final = 10
"""by which a label is ahead of UTC: as many as TAI was in 1970, as libtai without a table of leap seconds, which most
installations lack, adds no more"""
_TAI_SECONDS_MOST: Final = 7_258_118_400
"""the beginning of 2200"""
_NO_DIGIT: Final = -1
_TAI_DIGITS: Final = 16
_TAI_NANOSECOND_DIGITS: Final = 8

_SEARCHED_PAIRS: Final = 24
_ZONE_BYTES: Final = 640
"""how far behind its time a firewall's zone is looked for; FortiOS prints it among its first pairs"""
_ENTRY_DIGITS: Final = 4
_FIRST_FIELD_BYTES: Final = 24
"""a longer first field of a comma-separated line is a text rather than a number"""
_QUARTER_SECONDS: Final = 900
"""all zones in use are whole quarters of an hour from UTC"""
_MOST_SECONDS: Final = 14 * 3600

# FNV-1a with 64 bits (Fowler, Noll, Vo), taken while a key's bytes are passed
_FOLD: Final = np.uint64(0x100000001B3)
_SEED: Final = np.uint64(0xCBF29CE484222325)


def _hash(key: str) -> int:
    """Return the hash that `pair_place` computes for a key as it reads it."""
    value = int(_SEED)
    for byte in key.encode():
        value = ((value ^ byte) * int(_FOLD)) & 0xFFFFFFFFFFFFFFFF
    return value


# of a single letter or of another meaning in text: "t" is a temperature or a duration as often as a time
_TIME_KEYS: Final = np.array([_hash(key) for key in TIME_FIELDS if len(key) > 1] + [_hash("rt")], np.uint64)
_DATE: Final = np.uint64(_hash("date"))
_MSG: Final = np.uint64(_hash("msg"))


@compiled_helper
def tai64(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `@4000000061fcf92a0bebc200` (TAI64N, D. J. Bernstein) or its seconds alone into `out`; return the end or -1."""
    # the first digit is 4 for all times since 1970, and stands for 2 to the power of 62
    if buffer[at + 1] != FOUR:
        return -1
    stop = at + 2
    seconds = -_TAI_SECONDS
    while stop < end and stop - at <= _TAI_DIGITS:
        digit = _hexadecimal(buffer[stop])
        if digit == _NO_DIGIT or seconds > _TAI_SECONDS_MOST:
            return -1
        seconds = (seconds + _TAI_SECONDS) * 16 + digit - _TAI_SECONDS
        stop += 1
    if stop - at != _TAI_DIGITS + 1 or seconds < 0 or seconds > _TAI_SECONDS_MOST:
        return -1
    nanoseconds = 0
    for index in range(stop, min(end, stop + _TAI_NANOSECOND_DIGITS)):
        digit = _hexadecimal(buffer[index])
        if digit == _NO_DIGIT:
            break
        nanoseconds = nanoseconds * 16 + digit
        if index == stop + _TAI_NANOSECOND_DIGITS - 1:
            stop = index + 1
            break
    # digits that go on are an identifier
    if stop < end and buffer[stop] > SPACE and buffer[stop] != COLON:
        return -1
    out[SHAPE] |= EPOCH | ZONED
    out[CIVIL] = seconds * SECOND_US + min(nanoseconds // 1000, SECOND_US - 1)
    return stop


@compiled_helper
def _hexadecimal(byte: int) -> int:
    """Return the value of a hexadecimal digit, _NO_DIGIT for another byte."""
    if ZERO <= byte <= NINE:
        return int(byte) - ZERO
    letter = byte | LOWER_CASE_BIT
    return int(letter) - LOWER_A + 10 if LOWER_A <= letter <= LOWER_F else _NO_DIGIT


@compiled_helper
def fourteen_digits(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read `20220204100000`, with a fraction or three more digits of milliseconds, into `out`; return its end or -1."""
    if not put_date(number_of(buffer, at, 4), number_of(buffer, at + 4, 2), number_of(buffer, at + 6, 2), out):
        return -1
    stop = six_digit_clock(buffer, at + 8, out)
    if stop < 0:
        return -1
    if count > stop - at:
        out[CIVIL] += number_of(buffer, stop, 3) * 1000
        stop += 3
    else:
        stop = fraction_end(buffer, stop, end, out)
    stop = zone_end(buffer, stop, end, out)
    # a number that goes on otherwise is an identifier
    if (
        stop < end
        and buffer[stop] > SPACE
        and buffer[stop] not in (COMMA, COLON, CLOSE_BRACKET, SEMICOLON, DOUBLE_QUOTE)
    ):
        return -1
    return stop


@compiled_helper
def six_digit_clock(buffer: Bytes, at: int, out: Int64s) -> int:
    """Add the six digits of `100000` at `at`, which stand there, to `out`; return their end, -1 for no time of day."""
    hours, minutes, seconds = number_of(buffer, at, 2), number_of(buffer, at + 2, 2), number_of(buffer, at + 4, 2)
    if hours > 23 or minutes > 59 or seconds > 60:
        return -1
    out[CIVIL] += hours * HOUR_US + minutes * MINUTE_US + seconds * SECOND_US
    return at + 6


@compiled_helper
def week_date(buffer: Bytes, at: int, year: int, end: int, out: Int64s) -> int:
    """Read the `W05-5` or `W055` of `2022-W05-5` (ISO 8601) at `at` into `out`; return its end or -1."""
    if count_digits(buffer, at + 1, end, 2) != 2:
        return -1
    week = number_of(buffer, at + 1, 2)
    stop = at + 3
    day = 1
    marked = stop < end and buffer[stop] == HYPHEN
    if count_digits(buffer, stop + marked, end, 2) == 1:
        day = number_of(buffer, stop + marked, 1)
        stop += 1 + marked
    if not 1 <= week <= 53 or not 1 <= day <= 7 or not put_date(year, 1, 4, out):
        return -1
    # 4 January is always in week 1; 1970-01-01 was a Thursday, so day 0 is the fourth of its week
    fourth = out[CIVIL] // DAY_US
    out[CIVIL] = (fourth - (fourth + 3) % 7 + (week - 1) * 7 + day - 1) * DAY_US
    return stop


@compiled_helper
def put_ordinal(year: int, day_of_year: int, out: Int64s) -> bool:
    """Write the date of a day of the year, 1 to 366, to `out`; return False for a date that does not exist."""
    if not put_date(year, 1, 1, out):
        return False
    first = out[CIVIL] // DAY_US
    if day_of_year < 1 or first + day_of_year - 1 >= days_from_civil(year + 1, 1, 1):
        return False
    out[CIVIL] = (first + day_of_year - 1) * DAY_US
    return True


@compiled_helper
def put_slashed(year: int, first: int, second: int, out: Int64s) -> bool:
    """Write a date whose day and month may stand in either order to `out`; return False if neither order gives one.

    A number above 12 proves the order, and what a source has proved holds for its later dates. Until then the month is
    first, as in the US.
    """
    if out[ORDER] == DAY_FIRST and put_date(year, second, first, out):
        return True
    if put_date(year, first, second, out):
        if second > 12:
            out[PROVED] = MONTH_FIRST
        return True
    if first > 12:
        out[PROVED] = DAY_FIRST
    return put_date(year, second, first, out)


@compiled_helper
def assigned(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `date=2022-02-04 time=10:00:00` (FortiOS, Sophos), its values quoted or not, into `out`; return the end or -1."""
    value = _assigned_date(buffer, at, end)
    if value < 0:
        return -1
    clock = _assigned_clock(buffer, value + 10, end)
    if clock < 0:
        return -1
    if not put_date(number_of(buffer, value, 4), number_of(buffer, value + 5, 2), number_of(buffer, value + 8, 2), out):
        return -1
    stop = clock_end(buffer, clock, end, out)
    return -1 if stop < 0 else zone_end(buffer, stop, end, out)


@compiled_helper
def _assigned_date(buffer: Bytes, at: int, end: int) -> int:
    """Return where the date of `date=2022-02-04` at `at` begins, -1 if that does not stand there."""
    if end - at < 24 or (
        buffer[at] != LOWER_D
        or buffer[at + 1] != LOWER_A
        or buffer[at + 2] != LOWER_T
        or buffer[at + 3] != LOWER_E
        or buffer[at + 4] != EQUALS
    ):
        return -1
    value: int = at + 5 + (buffer[at + 5] == DOUBLE_QUOTE)
    if (
        count_digits(buffer, value, end, 5) != 4
        or count_digits(buffer, value + 5, end, 3) != 2
        or count_digits(buffer, value + 8, end, 3) != 2
        or buffer[value + 4] != HYPHEN
        or buffer[value + 7] != HYPHEN
    ):
        return -1
    return value


@compiled_helper
def _has_assigned(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `date=2022-02-04 time=` and a value stand at `at`."""
    value = _assigned_date(buffer, at, end)
    return value > 0 and _assigned_clock(buffer, value + 10, end) > 0


@compiled_helper
def _assigned_clock(buffer: Bytes, at: int, end: int) -> int:
    """Return where the time of ` time=10:00:00` at `at` begins, -1 if that does not stand there."""
    at += at < end and buffer[at] == DOUBLE_QUOTE
    if end - at < 11 or (buffer[at] > SPACE and buffer[at] not in (COMMA, SEMICOLON)):
        return -1
    at += 1 + (buffer[at + 1] == SPACE)
    if buffer[at] != LOWER_T or buffer[at + 1] != LOWER_I or buffer[at + 2] != LOWER_M or buffer[at + 3] != LOWER_E:
        return -1
    if buffer[at + 4] != EQUALS:
        return -1
    value: int = at + 5 + (buffer[at + 5] == DOUBLE_QUOTE)
    return value


@compiled_helper
def neighbour_zone(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Read the zone that a key behind the time names (`tz=`, `timezone=`), or that `eventtime=` implies, into `out`."""
    for index in range(at, min(end - 4, at + _ZONE_BYTES)):
        if buffer[index] != EQUALS or index - at < 3:
            continue
        value = index + 1 + (buffer[index + 1] == DOUBLE_QUOTE)
        before = buffer[index - 1] | LOWER_CASE_BIT
        # a key that ends in "tz" or in "one", as "timezone" does
        if (
            before == LOWER_Z and buffer[index - 2] | LOWER_CASE_BIT == LOWER_T and not is_letter(buffer[index - 3])
        ) or (
            before == LOWER_E
            and buffer[index - 2] | LOWER_CASE_BIT == LOWER_N
            and buffer[index - 3] | LOWER_CASE_BIT == LOWER_O
        ):
            value += buffer[value] == OPEN_PARENTHESIS
            if zone_value_end(buffer, value, end, out) > value:
                return
        # "eventtime=", a count since the epoch: the zone is what lies between it and the clock
        elif (
            before == LOWER_E
            and index - at >= 9
            and buffer[index - 9] == LOWER_E
            and buffer[index - 8] == LOWER_V
            and buffer[index - 5] == LOWER_T
            and buffer[index - 4] == LOWER_T
            and buffer[index - 2] == LOWER_M
        ):
            _implied_zone(buffer, value, end, out)


@compiled_helper
def _implied_zone(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Write the zone by which the civil time in `out` is the moment that the digits at `at` count."""
    count = count_digits(buffer, at, end, 20)
    if count not in (10, 13, 16, 19):
        return
    # the first ten digits are the seconds, whatever the unit
    ahead = out[CIVIL] // SECOND_US - number_of(buffer, at, 10)
    offset = (ahead + _QUARTER_SECONDS // 2) // _QUARTER_SECONDS * _QUARTER_SECONDS
    # further away the two are not the same moment
    if -_MOST_SECONDS <= offset <= _MOST_SECONDS and abs(ahead - offset) <= MINUTE_US // SECOND_US:
        out[OFFSET] = offset
        out[SHAPE] |= ZONED


@compiled_helper
def beginning_of(buffer: Bytes, body: int, end: int) -> int:
    """Return where a stamp at the beginning of a text would stand: behind a bracket, quote, `####<`, `pid:` or letter."""
    if body >= end:
        return body
    byte = buffer[body]
    if byte in (OPEN_BRACKET, DOUBLE_QUOTE, LESS_THAN):
        return body + 1
    # the event log of a server's own controller numbers its entries: "   1f | 02/04/2022 | 10:00:00 | text"
    digits = count_digits(buffer, body, end, 8)
    if digits <= _ENTRY_DIGITS and _hexadecimal(byte) != _NO_DIGIT:
        at = body + max(digits, 1)
        while at < end and at - body < _ENTRY_DIGITS and _hexadecimal(buffer[at]) != _NO_DIGIT:
            at += 1
        if at + 3 < end and buffer[at] == SPACE and buffer[at + 1] == BAR and buffer[at + 2] == SPACE:
            return at + 3
    # WebLogic begins with four of them
    if byte == HASH:
        at = body
        while at < end and buffer[at] == HASH:
            at += 1
        return at + 1 if at < end and buffer[at] in (OPEN_BRACKET, LESS_THAN) else at
    if digits > 0:
        # Zabbix prints its process id before the date, as in "812:20220204:100000.123"
        at = body + digits
        if at + 3 >= end:
            return body
        if buffer[at] == COLON and count_digits(buffer, at + 1, end, 9) == 8:
            return at + 1
        # Redis prints its process and its role, as in "812:M 04 Feb 2022 10:00:00.123 * text"
        if buffer[at] == COLON and buffer[at + 1] in (UPPER_M, UPPER_S, UPPER_C, UPPER_X) and buffer[at + 2] == SPACE:
            return at + 3
    # Supermicro's tool names the log: "SEL 12 | 02/04/2022 | 10:00:00 | text"
    elif byte == UPPER_S and body + 8 < end and buffer[body + 1] == UPPER_E and buffer[body + 2] == UPPER_L:
        at = body + 4 + count_digits(buffer, body + 4, end, _ENTRY_DIGITS + 1)
        if buffer[body + 3] == SPACE and at + 3 < end and buffer[at] == SPACE and buffer[at + 1] == BAR:
            return at + 3
    # a level's letter: "E [04/Feb/2022:10:00:00 +0000] text" (CUPS), "W 02/04/22 10:00:00 text" (ProCurve)
    elif is_letter(byte) and body + 3 < end and buffer[body + 1] == SPACE:
        if buffer[body + 2] == OPEN_BRACKET:
            return body + 3
        if ZERO <= buffer[body + 2] <= NINE:
            return body + 2
    return body


@compiled_helper
def is_before_topics(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether words between commas follow the time of day at `at`: `10:00:00 system,info text`.

    RouterOS prints them, and the date only before what is not of today.
    """
    if end - at < 12 or buffer[at + 2] != COLON or buffer[at + 8] != SPACE:
        return False
    index = at + 9
    commas = 0
    while index < end and (LOWER_A <= buffer[index] <= LOWER_Z or buffer[index] in (COMMA, HYPHEN)):
        commas += buffer[index] == COMMA
        index += 1
    return bool(commas > 0 and index < end and buffer[index] == SPACE and buffer[index - 1] != COMMA)


@compiled_helper
def keyed_place(buffer: Bytes, body: int, end: int, behind: int) -> int:
    """Return the first place behind `behind` where a field of a record names a time, -1 for none.

    A record of fields begins with `key=`, or has commas and a short first field, as Windows DHCP and PAN-OS print it.
    """
    at = _behind_priority(buffer, body, end)
    if at >= end:
        return -1
    first = at
    while first < end and (
        is_letter(buffer[first]) or ZERO <= buffer[first] <= NINE or buffer[first] in (UNDERSCORE, HYPHEN)
    ):
        first += 1
    if first >= end:
        return -1
    if buffer[first] == COMMA and first - at <= _FIRST_FIELD_BYTES and behind <= body:
        field = first + 1
        field += field < end and buffer[field] == DOUBLE_QUOTE
        return field if field < end and ZERO <= buffer[field] <= NINE else -1
    if buffer[first] == OPEN_PARENTHESIS and behind <= body:
        return first + 1 if _is_audit(buffer, at, end) else -1
    return _time_value(buffer, at, end, behind) if buffer[first] == EQUALS and first > at else -1


@compiled_helper
def _behind_priority(buffer: Bytes, at: int, end: int) -> int:
    """Return the first byte behind a syslog priority at `at`, `at` if there is none."""
    if buffer[at] != LESS_THAN:
        return at
    count = count_digits(buffer, at + 1, end, 3)
    stop = at + 1 + count
    if count == 0 or stop >= end or buffer[stop] != GREATER_THAN:
        return at
    stop += 1
    while stop < end and buffer[stop] == SPACE:
        stop += 1
    return stop


@compiled_helper
def _is_audit(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `audit(` stands at `at`, with which the Linux audit daemon begins its times."""
    return bool(
        end - at > 16
        and buffer[at] == LOWER_A
        and buffer[at + 1] == LOWER_U
        and buffer[at + 2] == LOWER_D
        and buffer[at + 3] == LOWER_I
        and buffer[at + 4] == LOWER_T
        and buffer[at + 5] == OPEN_PARENTHESIS
    )


@compiled_helper
def _time_value(buffer: Bytes, at: int, end: int, behind: int) -> int:
    """Return where the first value behind `behind` stands whose key names a time, among the pairs at `at`; -1 for none."""
    for _ in range(_SEARCHED_PAIRS):
        while at < end and buffer[at] in (SPACE, TAB, COMMA, SEMICOLON):
            at += 1
        key = at
        value = _SEED
        while at < end and buffer[at] > SPACE and buffer[at] != EQUALS and buffer[at] != DOUBLE_QUOTE:
            byte = np.uint64(buffer[at])
            if np.uint64(UPPER_A) <= byte <= np.uint64(UPPER_Z):
                byte |= np.uint64(LOWER_CASE_BIT)
            value = (value ^ byte) * _FOLD
            at += 1
        if at >= end:
            return -1
        # a word without "=" between pairs
        if buffer[at] != EQUALS:
            at += 1
            continue
        at += 1
        quoted = at < end and buffer[at] == DOUBLE_QUOTE
        at += quoted
        if value == _DATE and key > behind and _has_assigned(buffer, key, end):
            return key
        if at > behind:
            if value == _MSG and _is_audit(buffer, at, end):
                return at + 6
            for known in _TIME_KEYS:
                if known == value:
                    return at
        while at < end and (buffer[at] != DOUBLE_QUOTE if quoted else buffer[at] > SPACE and buffer[at] != COMMA):
            at += 2 if buffer[at] == BACKSLASH else 1
        at += quoted
    return -1
