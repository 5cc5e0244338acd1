"""Civil time in bytes: dates, times of day, fractions, and the zones that are printed behind them."""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import borrowing, piece
from brainstem.text.ascii import (
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    HYPHEN,
    LOWER_CASE_BIT,
    LOWER_Z,
    NINE,
    PLUS,
    SPACE,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

YEARLESS: Final = 1
ZONED: Final = 2
MONTH_NAME: Final = 4
T_SEPARATED: Final = 8
BRACKETED: Final = 16
EPOCH: Final = 32
KLOG: Final = 64
EMBEDDED: Final = 128

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US

# what a stamp is read into; see the columns of `Stamps`
CIVIL, SHAPE, OFFSET = range(3)

_MONTH_CODE = np.array(
    [int.from_bytes(name, "big") for name in b"jan feb mar apr may jun jul aug sep oct nov dec".split()]
)
_MONTH_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

_ZONES: Final = (
    (b"UTC", 0),
    (b"GMT", 0),
    (b"WET", 0),
    (b"BST", 3600),
    (b"WEST", 3600),
    (b"CET", 3600),
    (b"MET", 3600),
    (b"CEST", 7200),
    (b"MEST", 7200),
    (b"EET", 7200),
    (b"SAST", 7200),
    (b"EEST", 10800),
    (b"MSK", 10800),
    (b"IST", 19800),
    (b"HKT", 28800),
    (b"SGT", 28800),
    (b"AWST", 28800),
    (b"JST", 32400),
    (b"KST", 32400),
    (b"AEST", 36000),
    (b"AEDT", 39600),
    (b"NZST", 43200),
    (b"NZDT", 46800),
    (b"BRT", -10800),
    (b"AST", -14400),
    (b"ADT", -10800),
    (b"EST", -18000),
    (b"EDT", -14400),
    (b"CST", -21600),
    (b"CDT", -18000),
    (b"MST", -25200),
    (b"MDT", -21600),
    (b"PST", -28800),
    (b"PDT", -25200),
    (b"AKST", -32400),
    (b"AKDT", -28800),
    (b"HST", -36000),
)
"""Abbreviations in common use with their offsets in seconds (tz database). Where several places share one, the most
populous user of it in logs is meant: CST is North America's, IST India's, BST Britain's."""

_ZONE_CODE = np.array([int.from_bytes(name, "big") for name, _ in _ZONES])
_ZONE_OFFSET = np.array([offset for _, offset in _ZONES])


@piece
def count_digits(buffer: Bytes, at: int, end: int, most: int) -> int:
    """Count the digits at `at`, up to `most`."""
    count = 0
    while count < most and at + count < end and ZERO <= buffer[at + count] <= NINE:
        count += 1
    return count


@piece
def number_of(buffer: Bytes, at: int, count: int) -> int:
    """Read `count` digits."""
    value = 0
    for index in range(at, at + count):
        value = value * 10 + (buffer[index] - ZERO)
    return value


@piece
def month_at(buffer: Bytes, at: int, end: int) -> int:
    """Return the month 1..12 named by three letters at `at`, 0 for none."""
    if end - at < 4:
        return 0
    code = (
        (np.int64(buffer[at] | LOWER_CASE_BIT) << 16)
        | (np.int64(buffer[at + 1] | LOWER_CASE_BIT) << 8)
        | np.int64(buffer[at + 2] | LOWER_CASE_BIT)
    )
    for index in range(12):
        if _MONTH_CODE[index] == code:
            return index + 1
    return 0


@borrowing
def days_from_civil(year: int, month: int, day: int) -> int:
    """Count the days from 1970-01-01 (H. Hinnant, chrono-compatible low-level date algorithms)."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


@piece
def put_date(year: int, month: int, day: int, out: Int64s) -> bool:
    """Put a date into `out`; year 0 says there is none. False for a date that does not exist."""
    if month < 1 or month > 12 or day < 1 or day > _MONTH_DAYS[month - 1]:
        return False
    if year == 0:
        out[CIVIL] = (month * 32 + day) * DAY_US
        out[SHAPE] |= YEARLESS
        return True
    if year < FIRST_YEAR or year > LAST_YEAR:
        return False
    if month == 2 and day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
        return False
    out[CIVIL] = days_from_civil(year, month, day) * DAY_US
    return True


@piece
def clock_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `HH:MM:SS` with a fraction and add it to `out`; give the end or -1."""
    hour_digits = count_digits(buffer, at, end, 2)
    if hour_digits == 0 or end - at < hour_digits + 6:
        return -1
    mark = buffer[at + hour_digits]
    minute = at + hour_digits + 1
    if (mark != COLON and mark != DOT) or count_digits(buffer, minute, end, 2) != 2:
        return -1
    if buffer[minute + 2] != mark or count_digits(buffer, minute + 3, end, 2) != 2:
        return -1
    hours = number_of(buffer, at, hour_digits)
    minutes = number_of(buffer, minute, 2)
    seconds = number_of(buffer, minute + 3, 2)
    stop = minute + 5
    if hours > 23 or minutes > 59 or seconds > 60 or count_digits(buffer, stop, end, 1) == 1:
        return -1
    out[CIVIL] += hours * HOUR_US + minutes * MINUTE_US + seconds * SECOND_US
    return fraction_end(buffer, stop, end, out)


@piece
def fraction_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read a fraction of a second behind '.', ',' or ':' and add it; give the end."""
    if at >= end or (buffer[at] != DOT and buffer[at] != COMMA and buffer[at] != COLON):
        return at
    count = count_digits(buffer, at + 1, end, 12)
    if count == 0 or (buffer[at] == COLON and count != 3):
        return at
    value = number_of(buffer, at + 1, min(count, 6))
    for _ in range(min(count, 6), 6):
        value *= 10
    out[CIVIL] += value
    at += 1 + count
    # Huawei's VRP counts the messages of a millisecond behind it
    if at + 1 < end and buffer[at] == DOT and count_digits(buffer, at + 1, end, 4) > 0:
        at += 1 + count_digits(buffer, at + 1, end, 4)
    return at


@piece
def zone_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `Z`, `+hh:mm`, `+hhmm` or an abbreviation, also behind a space; give the end."""
    begin = at + 1 if at < end and buffer[at] == SPACE else at
    if begin >= end:
        return at
    byte = buffer[begin]
    if begin == at and (byte | LOWER_CASE_BIT) == LOWER_Z:
        out[SHAPE] |= ZONED
        return at + 1
    if byte in (PLUS, HYPHEN):
        return _numeric_zone(buffer, begin, at, end, out)
    if begin == at or not UPPER_A <= byte <= UPPER_Z:
        return at
    code = np.int64(0)
    stop = begin
    while stop < end and stop - begin < 5 and UPPER_A <= buffer[stop] <= UPPER_Z:
        code = (code << 8) | np.int64(buffer[stop])
        stop += 1
    if stop < end and buffer[stop] != SPACE and buffer[stop] != COLON and buffer[stop] != CLOSE_BRACKET:
        return at
    for index in range(len(_ZONE_CODE)):
        if _ZONE_CODE[index] == code:
            out[SHAPE] |= ZONED
            out[OFFSET] = _ZONE_OFFSET[index]
            return stop
    return at


@piece
def _numeric_zone(buffer: Bytes, begin: int, at: int, end: int, out: Int64s) -> int:
    """Read `+hh`, `+hhmm` or `+hh:mm` at `begin`; give its end, or `at` if it is none."""
    if count_digits(buffer, begin + 1, end, 5) not in (2, 4):
        return at
    hours = number_of(buffer, begin + 1, 2)
    stop = begin + 3
    minutes = 0
    if stop < end and buffer[stop] == COLON and count_digits(buffer, stop + 1, end, 2) == 2:
        minutes = number_of(buffer, stop + 1, 2)
        stop += 3
    elif count_digits(buffer, stop, end, 2) == 2:
        minutes = number_of(buffer, stop, 2)
        stop += 2
    elif begin > at:
        return at
    if hours > 23 or minutes > 59:
        return at
    if stop < end and buffer[stop] == UPPER_Z:
        # some devices print both the offset and a Z
        stop += 1
    seconds = hours * 3600 + minutes * 60
    out[OFFSET] = seconds if buffer[begin] == PLUS else -seconds
    out[SHAPE] |= ZONED
    return stop
