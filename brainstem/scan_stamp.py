"""Reading time stamps: the moment a record says it was written at.

Takes where a stamp could begin, gives the civil time, its zone if one is printed, and where the stamp ends. Reads ISO
8601 and its relatives, the month names of RFC 3164 and of C's asctime, web server times, klog's, and seconds since the
epoch. A date that does not exist (30 February, 25:61) is no stamp.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.compiled import borrowing, compiled, piece
from brainstem.envelope import Bytes, Int32s, Int64s

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

_SECOND_US: Final = 1_000_000
_MINUTE_US: Final = 60 * _SECOND_US
_HOUR_US: Final = 60 * _MINUTE_US
_DAY_US: Final = 24 * _HOUR_US

_GUESSED: Final = 0
_AT_BEGINNING: Final = 1
_INSIDE: Final = 2

SEARCHED_BYTES: Final = 96
"""How far into a record without a stamp at its beginning one is looked for."""

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


class Stamps(NamedTuple):
    """Columns, one row a record."""

    civil: Int64s
    """microseconds since the epoch as if the printed clock were UTC; for a year-less stamp
    (month * 32 + day) * microseconds of a day + microseconds since midnight"""
    end: Int64s
    """first byte behind the stamp, -1 for no stamp"""
    begin: Int64s
    shape: npt.NDArray[np.uint8]
    """sum of the constants above"""
    offset_seconds: Int32s
    """printed zone, east positive; 0 without one"""


@compiled
def scan_stamps(
    buffer: Bytes, body: Int64s, end: Int64s, stamp: Int64s, skip: npt.NDArray[np.bool_], search: bool
) -> tuple[Int64s, Int64s, Int64s, npt.NDArray[np.uint8], Int32s, bool]:
    """Read the stamp of every record that is not in `skip`.

    The stamp stands at `stamp` (-1: not known) or at `body`. While `search` holds, records without one there are
    searched for one further right; a source that shows a stamp at the beginning of its records ends the search for good
    (but for a web server's, which cannot be mistaken), as the lines without one are then parts of others, and what they
    cite is no time of theirs. The last value given says whether searching goes on. The other columns are those of
    `Stamps`.
    """
    count = len(body)
    civil = np.zeros(count, np.int64)
    ends = np.full(count, -1, np.int64)
    begins = np.full(count, -1, np.int64)
    shape = np.zeros(count, np.uint8)
    offset = np.zeros(count, np.int32)
    out = np.zeros(3, np.int64)
    for row in range(count):
        if skip[row]:
            continue
        at = stamp[row]
        place = _GUESSED
        if at < 0:
            at, place = _next_place(buffer, body[row], end[row], at, place, search)
        stop = -1
        # the one call of the reader: each further one would double the time it takes to compile
        while at >= 0:
            stop = _stamp(buffer, at, end[row], out)
            if stop > 0 and (place != _INSIDE or _meant(buffer, at, out)):
                break
            stop = -1
            at, place = _next_place(buffer, body[row], end[row], at, place, search)
        if stop > 0 and place != _INSIDE:
            search = False
        if stop > 0:
            if at > body[row] and buffer[at - 1] == 91 and out[1] & EMBEDDED == 0:
                out[1] |= BRACKETED
            civil[row] = out[0]
            shape[row] = out[1]
            offset[row] = out[2]
            begins[row] = at
            ends[row] = stop
    return civil, ends, begins, shape, offset, search


@compiled
def _next_place(buffer: Bytes, body: int, end: int, at: int, place: int, everywhere: bool) -> tuple[int, int]:
    """Give where to look for a stamp after `at`, and what kind of place that is; -1 for nowhere.

    First the beginning of the text, then the beginnings of its words. If not `everywhere`, of the latter only those of a
    web server's `[04/Feb/2022:10:00:00 +0000]`.
    """
    if place == _GUESSED:
        beginning = body + 1 if end > body and (buffer[body] == 91 or buffer[body] == 34) else body
        if beginning != at:
            return beginning, _AT_BEGINNING
    start = max(at, body) + 1 if place == _INSIDE else body + 1
    for index in range(start, min(end - 8, body + SEARCHED_BYTES)):
        before = buffer[index - 1]
        if before == 91 and (everywhere or buffer[index + 2] == 47):
            return index, _INSIDE
        if everywhere and (before in (32, 61, 34, 40, 124, 9)):
            return index, _INSIDE
    return -1, _INSIDE


@piece
def _meant(buffer: Bytes, at: int, out: Int64s) -> bool:
    """Settle a stamp inside a text: a bare number is a time only behind "=" or "["."""
    out[1] |= EMBEDDED
    return bool(out[1] & EPOCH == 0 or buffer[at - 1] == 61 or buffer[at - 1] == 91)


@piece
def _stamp(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read a stamp at `at` into `out` (civil, shape, offset); give its end or -1."""
    if end - at < 8:
        return -1
    out[1] = 0
    out[2] = 0
    byte = buffer[at]
    if 65 <= byte <= 90 and 48 <= buffer[at + 1] <= 57:
        return _klog(buffer, at, end, out)
    if 97 <= (byte | 32) <= 122:
        at = _behind_weekday(buffer, at, end)
        if buffer[at] > 57:
            return _named(buffer, at, end, out)
    count = _digits(buffer, at, end, 20)
    if count == 0 or at + count >= end:
        return _epoch(buffer, at, count, end, out)
    if count == 4:
        return _year_first(buffer, at, end, out)
    if count <= 2:
        return _day_first(buffer, at, count, end, out)
    if count == 6 or count == 8:
        return _compact(buffer, at, count, end, out)
    return _epoch(buffer, at, count, end, out)


@piece
def _behind_weekday(buffer: Bytes, at: int, end: int) -> int:
    """Skip a weekday's name before a stamp."""
    if end - at < 18 or (buffer[at + 3] != 32 and buffer[at + 3] != 44) or _month_at(buffer, at, end) > 0:
        return at
    return at + 4 + (1 if buffer[at + 4] == 32 else 0)


@piece
def _digits(buffer: Bytes, at: int, end: int, most: int) -> int:
    """Count the digits at `at`, up to `most`."""
    count = 0
    while count < most and at + count < end and 48 <= buffer[at + count] <= 57:
        count += 1
    return count


@piece
def _value(buffer: Bytes, at: int, count: int) -> int:
    """Read `count` digits."""
    value = 0
    for index in range(at, at + count):
        value = value * 10 + (buffer[index] - 48)
    return value


@piece
def _month_at(buffer: Bytes, at: int, end: int) -> int:
    """Give the month 1..12 named by three letters at `at`, 0 for none."""
    if end - at < 4:
        return 0
    code = (np.int64(buffer[at] | 32) << 16) | (np.int64(buffer[at + 1] | 32) << 8) | np.int64(buffer[at + 2] | 32)
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
def _date(year: int, month: int, day: int, out: Int64s) -> bool:
    """Put a date into `out`; year 0 says there is none. False for a date that does not exist."""
    if month < 1 or month > 12 or day < 1 or day > _MONTH_DAYS[month - 1]:
        return False
    if year == 0:
        out[0] = (month * 32 + day) * _DAY_US
        out[1] |= YEARLESS
        return True
    if year < FIRST_YEAR or year > LAST_YEAR:
        return False
    if month == 2 and day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
        return False
    out[0] = days_from_civil(year, month, day) * _DAY_US
    return True


@piece
def _clock(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `HH:MM:SS` with a fraction and add it to `out`; give the end or -1."""
    hour_digits = _digits(buffer, at, end, 2)
    if hour_digits == 0 or end - at < hour_digits + 6:
        return -1
    mark = buffer[at + hour_digits]
    minute = at + hour_digits + 1
    if (mark != 58 and mark != 46) or _digits(buffer, minute, end, 2) != 2:
        return -1
    if buffer[minute + 2] != mark or _digits(buffer, minute + 3, end, 2) != 2:
        return -1
    hours = _value(buffer, at, hour_digits)
    minutes = _value(buffer, minute, 2)
    seconds = _value(buffer, minute + 3, 2)
    stop = minute + 5
    if hours > 23 or minutes > 59 or seconds > 60 or _digits(buffer, stop, end, 1) == 1:
        return -1
    out[0] += hours * _HOUR_US + minutes * _MINUTE_US + seconds * _SECOND_US
    return _fraction(buffer, stop, end, out)


@piece
def _fraction(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read a fraction of a second behind '.', ',' or ':' and add it; give the end."""
    if at >= end or (buffer[at] != 46 and buffer[at] != 44 and buffer[at] != 58):
        return at
    count = _digits(buffer, at + 1, end, 12)
    if count == 0 or (buffer[at] == 58 and count != 3):
        return at
    value = _value(buffer, at + 1, min(count, 6))
    for _ in range(min(count, 6), 6):
        value *= 10
    out[0] += value
    at += 1 + count
    # Huawei's VRP counts the messages of a millisecond behind it
    if at + 1 < end and buffer[at] == 46 and _digits(buffer, at + 1, end, 4) > 0:
        at += 1 + _digits(buffer, at + 1, end, 4)
    return at


@piece
def _zone(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `Z`, `+hh:mm`, `+hhmm` or an abbreviation, also behind a space; give the end."""
    begin = at + 1 if at < end and buffer[at] == 32 else at
    if begin >= end:
        return at
    byte = buffer[begin]
    if begin == at and (byte | 32) == 122:
        out[1] |= ZONED
        return at + 1
    if byte == 43 or byte == 45:
        return _numeric_zone(buffer, begin, at, end, out)
    if begin == at or not 65 <= byte <= 90:
        return at
    code = np.int64(0)
    stop = begin
    while stop < end and stop - begin < 5 and 65 <= buffer[stop] <= 90:
        code = (code << 8) | np.int64(buffer[stop])
        stop += 1
    if stop < end and buffer[stop] != 32 and buffer[stop] != 58 and buffer[stop] != 93:
        return at
    for index in range(len(_ZONE_CODE)):
        if _ZONE_CODE[index] == code:
            out[1] |= ZONED
            out[2] = _ZONE_OFFSET[index]
            return stop
    return at


@piece
def _numeric_zone(buffer: Bytes, begin: int, at: int, end: int, out: Int64s) -> int:
    """Read `+hh`, `+hhmm` or `+hh:mm` at `begin`; give its end, or `at` if it is none."""
    if _digits(buffer, begin + 1, end, 5) not in (2, 4):
        return at
    hours = _value(buffer, begin + 1, 2)
    stop = begin + 3
    minutes = 0
    if stop < end and buffer[stop] == 58 and _digits(buffer, stop + 1, end, 2) == 2:
        minutes = _value(buffer, stop + 1, 2)
        stop += 3
    elif _digits(buffer, stop, end, 2) == 2:
        minutes = _value(buffer, stop, 2)
        stop += 2
    elif begin > at:
        return at
    if hours > 23 or minutes > 59:
        return at
    if stop < end and buffer[stop] == 90:
        # some devices print both the offset and a Z
        stop += 1
    seconds = hours * 3600 + minutes * 60
    out[2] = seconds if buffer[begin] == 43 else -seconds
    out[1] |= ZONED
    return stop


@piece
def _named(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `Feb  4 [2022 ]10:00:00[.123][ zone][ 2022]`."""
    month = _month_at(buffer, at, end)
    if month == 0 and end - at > 24 and buffer[at + 4] == 61:
        return _assigned(buffer, at, end, out)
    if month == 0 or buffer[at + 3] != 32:
        return -1
    at += 4
    while at < end and buffer[at] == 32:
        at += 1
    return _day_and_clock(buffer, at, end, month, 0, out)


@piece
def _assigned(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `date=2022-02-04 time=10:00:00` (Fortinet's FortiOS log format)."""
    if buffer[at] != 100 or buffer[at + 1] != 97 or buffer[at + 2] != 116 or buffer[at + 3] != 101:
        return -1
    if (
        _digits(buffer, at + 5, end, 5) != 4
        or _digits(buffer, at + 10, end, 3) != 2
        or _digits(buffer, at + 13, end, 3) != 2
    ):
        return -1
    # the key of the clock
    if buffer[at + 15] != 32 or buffer[at + 16] != 116 or buffer[at + 20] != 61:
        return -1
    if not _date(_value(buffer, at + 5, 4), _value(buffer, at + 10, 2), _value(buffer, at + 13, 2), out):
        return -1
    return _clock(buffer, at + 21, end, out)


@piece
def _day_and_clock(buffer: Bytes, at: int, end: int, month: int, year: int, out: Int64s) -> int:
    """Read ` 4[,] [2022 ]10:00:00...` behind a month's name."""
    count = _digits(buffer, at, end, 3)
    if count == 0 or count > 2:
        return -1
    day = _value(buffer, at, count)
    at += count
    if at < end and buffer[at] == 44:
        at += 1
    if at >= end or buffer[at] != 32:
        return -1
    while at < end and buffer[at] == 32:
        at += 1
    if year == 0 and _digits(buffer, at, end, 5) == 4 and at + 4 < end and buffer[at + 4] == 32:
        year = _value(buffer, at, 4)
        at += 5
    out[1] |= MONTH_NAME
    if not _date(year, month, day, out):
        return -1
    midnight = out[0]
    stop = _clock(buffer, at, end, out)
    if stop < 0:
        return -1
    stop = _zone(buffer, stop, end, out)
    # C's asctime and date(1) print the year last
    if year == 0 and stop + 4 < end and buffer[stop] == 32 and _digits(buffer, stop + 1, end, 5) == 4:
        last = _value(buffer, stop + 1, 4)
        if FIRST_YEAR <= last <= LAST_YEAR and _closes(buffer, stop + 5, end):
            clock = out[0] - midnight
            out[1] &= ~YEARLESS
            if not _date(last, month, day, out):
                return -1
            out[0] += clock
            return stop + 5
    return stop


@piece
def _closes(buffer: Bytes, at: int, end: int) -> bool:
    """Tell whether a year ends at `at`, rather than an IPv6 address or a name going on."""
    if at >= end or buffer[at] == 32 or buffer[at] == 93 or buffer[at] == 9:
        return True
    return buffer[at] == 58 and (at + 1 >= end or buffer[at + 1] == 32)


@piece
def _klog(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `E0204 10:00:00.123456` (k8s.io/klog: level letter, month, day)."""
    letter = buffer[at]
    if letter not in (73, 87, 69, 70) or _digits(buffer, at + 1, end, 5) != 4 or buffer[at + 5] != 32:
        return -1
    if not _date(0, _value(buffer, at + 1, 2), _value(buffer, at + 3, 2), out):
        return -1
    out[1] |= KLOG
    return _clock(buffer, at + 6, end, out)


@piece
def _epoch(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read seconds, milli-, micro- or nanoseconds since the epoch, by the number of digits."""
    if count not in (10, 13, 16, 19):
        return -1
    value = _value(buffer, at, count)
    stop = at + count
    out[1] |= EPOCH | ZONED
    if count == 10:
        out[0] = value * _SECOND_US
        stop = _fraction(buffer, stop, end, out) if stop < end and buffer[stop] == 46 else stop
    elif count == 13:
        out[0] = value * 1000
    elif count == 16:
        out[0] = value
    else:
        out[0] = value // 1000
    if out[0] < 1_000_000_000 * _SECOND_US or out[0] >= days_from_civil(LAST_YEAR + 1, 1, 1) * _DAY_US:
        return -1
    if stop < end and buffer[stop] not in (32, 9, 44, 58, 93, 124, 34):
        return -1
    return stop


@piece
def _year_first(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `2022-02-04T10:00:00`, with other marks, or `2022 Feb  4 10:00:00`."""
    year = _value(buffer, at, 4)
    mark = buffer[at + 4]
    if mark == 32:
        month = _month_at(buffer, at + 5, end)
        if month == 0 or end - at < 18 or buffer[at + 8] != 32:
            return -1
        skip = at + 9
        while skip < end and buffer[skip] == 32:
            skip += 1
        return _day_and_clock(buffer, skip, end, month, year, out)
    if mark != 45 and mark != 47 and mark != 46:
        return -1
    month = _month_at(buffer, at + 5, end)
    if month > 0 and end - at > 18 and buffer[at + 8] == mark:
        # "2018-Nov- 9"
        at += 10 if buffer[at + 9] == 32 else 9
        return _day_and_clock(buffer, at, end, month, year, out)
    month_digits = _digits(buffer, at + 5, end, 2)
    day_at = at + 6 + month_digits
    if month_digits == 0 or end - day_at < 6 or buffer[day_at - 1] != mark:
        return -1
    day_digits = _digits(buffer, day_at, end, 2)
    if day_digits == 0 or not _date(
        year, _value(buffer, at + 5, month_digits), _value(buffer, day_at, day_digits), out
    ):
        return -1
    return _clock_behind(buffer, day_at + day_digits, end, out)


@piece
def _clock_behind(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read the mark between a date and its clock, the clock, and the zone."""
    if at >= end:
        return -1
    mark = buffer[at]
    if mark == 84 or mark == 116:
        out[1] |= T_SEPARATED
    elif mark == 44:
        if at + 1 < end and buffer[at + 1] == 32:
            at += 1
    elif mark not in (32, 45, 58, 95, 9):
        return -1
    at += 1
    # some print a lone hyphen or two spaces between the two
    while at + 1 < end and (buffer[at] == 32 or (buffer[at] == 45 and buffer[at + 1] == 32)):
        at += 1
    stop = _clock(buffer, at, end, out)
    if stop < 0:
        return -1
    if stop + 2 < end and buffer[stop] == 32 and (buffer[stop + 2] | 32) == 109:
        half = buffer[stop + 1] | 32
        hour = (out[0] % _DAY_US) // _HOUR_US
        if (half == 97 or half == 112) and 1 <= hour <= 12:
            out[0] += ((hour % 12) + (12 if half == 112 else 0) - hour) * _HOUR_US
            stop += 3
    return _zone(buffer, stop, end, out)


@piece
def _day_first(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read `04/Feb/2022:10:00:00` or with other marks, `02-04 10:00:00`, `22/02/04 10:00:00`."""
    first = _value(buffer, at, count)
    mark = buffer[at + count]
    second_at = at + count + 1
    if mark not in (32, 45, 46, 47) or end - second_at < 10:
        return -1
    month = _month_at(buffer, second_at, end)
    if month > 0:
        if buffer[second_at + 3] != mark or _digits(buffer, second_at + 4, end, 5) != 4:
            return -1
        year = _value(buffer, second_at + 4, 4)
        out[1] |= MONTH_NAME
        if not _date(year, month, first, out):
            return -1
        return _clock_behind(buffer, second_at + 8, end, out)
    second_digits = _digits(buffer, second_at, end, 3)
    if mark == 32 or second_digits == 0 or second_digits > 2:
        return -1
    second = _value(buffer, second_at, second_digits)
    third_at = second_at + second_digits + 1
    if mark == 45 and buffer[third_at - 1] == 32:
        return _clock_behind(buffer, third_at - 1, end, out) if _date(0, first, second, out) else -1
    third_digits = _digits(buffer, third_at, end, 5)
    if buffer[third_at - 1] != mark or (third_digits != 4 and third_digits != 2):
        return -1
    third = _value(buffer, third_at, third_digits)
    if not _date_of_three(first, second, third, third_digits == 4, mark == 47, out):
        return -1
    return _clock_behind(buffer, third_at + third_digits, end, out)


@piece
def _date_of_three(first: int, second: int, third: int, long_year: bool, slashed: bool, out: Int64s) -> bool:
    """Read three numbers as a date: a long year is last; slashes put the month first, as in the US, if it exists."""
    if long_year:
        if slashed and _date(third, first, second, out):
            return True
        return _date(third, second, first, out)
    # 22/02/04 is Hadoop's order; a first number that can be a month before a late year is the American one
    if (first <= 12 and third >= 20) or not _date(2000 + first, second, third, out):
        return _date(2000 + third, first, second, out)
    return True


@piece
def _compact(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read `220204 100000`, `220204 10:00:00`, `20220204-10:00:00` or `20220204T100000`."""
    year = _value(buffer, at, 4) if count == 8 else 2000 + _value(buffer, at, 2)
    if not _date(year, _value(buffer, at + count - 4, 2), _value(buffer, at + count - 2, 2), out):
        return -1
    clock = at + count + 1
    if _digits(buffer, clock, end, 7) != 6:
        return _clock_behind(buffer, at + count, end, out)
    hours, minutes, seconds = _value(buffer, clock, 2), _value(buffer, clock + 2, 2), _value(buffer, clock + 4, 2)
    mark = buffer[clock - 1]
    if hours > 23 or minutes > 59 or seconds > 60 or mark not in (32, 45, 84):
        return -1
    out[1] |= T_SEPARATED if mark == 84 else 0
    out[0] += hours * _HOUR_US + minutes * _MINUTE_US + seconds * _SECOND_US
    return _zone(buffer, _fraction(buffer, clock + 6, end, out), end, out)
