"""Reading time stamps: the moment at which a record says that it was written.

Takes where a stamp could begin (`prefix`), returns the columns of `Stamps`: civil time, zone if one is printed, shape, and
where the stamp begins and ends. Reads ISO 8601 and its relatives, the month names of RFC 3164 and of C's asctime, web server
times, klog's, and counts of seconds or finer units since the epoch. A date or time that does not exist (30 February, 25:61)
is no stamp. Years and zones that are not printed are for `event_time` to settle.
"""

from typing import Final, NamedTuple

import numpy as np

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.civil_time import (
    BRACKETED,
    CIVIL,
    DAY_US,
    EMBEDDED,
    EPOCH,
    FIRST_YEAR,
    HOUR_US,
    KLOG,
    LAST_YEAR,
    MINUTE_US,
    MONTH_NAME,
    OFFSET,
    SECOND_US,
    SHAPE,
    T_SEPARATED,
    YEARLESS,
    ZONED,
    clock_end,
    count_digits,
    days_from_civil,
    fraction_end,
    month_at,
    number_of,
    put_date,
    zone_end,
)
from brainstem.text.ascii import (
    BAR,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    HYPHEN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_D,
    LOWER_E,
    LOWER_M,
    LOWER_P,
    LOWER_T,
    LOWER_Z,
    NINE,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    SLASH,
    SPACE,
    TAB,
    UNDERSCORE,
    UPPER_A,
    UPPER_E,
    UPPER_F,
    UPPER_I,
    UPPER_T,
    UPPER_W,
    UPPER_Z,
    ZERO,
)

# the places where a stamp is tried, in this order
_GUESSED: Final = 0
"""where `prefix` found something like a date"""
_AT_BEGINNING: Final = 1
"""the first byte of the text, or the one behind a bracket or quote"""
_INSIDE: Final = 2
"""the beginning of a word further right"""

SEARCHED_BYTES: Final = 96
"""how far into a record that does not begin with a stamp one is looked for"""


class Stamps(NamedTuple):
    """Columns, one row a record."""

    civil: Int64s
    """microseconds since the epoch as if the printed clock were UTC; for a stamp without a year
    (month * 32 + day) * microseconds of a day + microseconds since midnight"""
    end: Int64s
    """first byte behind the stamp, -1 for no stamp"""
    begin: Int64s
    shape: Flags
    """sum of the shape's bits in `civil_time`"""
    offset_seconds: Int32s
    """printed zone, east positive; 0 without one"""


@compiled
def scan_stamps(
    buffer: Bytes, body: Int64s, end: Int64s, stamp: Int64s, skip: Bools, search: bool
) -> tuple[Int64s, Int64s, Int64s, Flags, Int32s, bool]:
    """Return the columns of `Stamps`, and whether records without a stamp are still to be searched.

    The stamp stands at `stamp` (-1: not known) or at `body`; records in `skip` have none. While `search` holds, records
    without one there are searched for one further right. A source that shows a stamp at the beginning of a record ends the
    search for good, as its lines without one are parts of other records, and a date that they cite is not their time. Only
    a web server's stamp, which cannot be mistaken, is then still looked for.
    """
    count = len(body)
    civil = np.zeros(count, np.int64)
    ends = np.full(count, -1, np.int64)
    begins = np.full(count, -1, np.int64)
    shape = np.zeros(count, np.uint8)
    offset = np.zeros(count, np.int32)
    out = np.zeros(OFFSET + 1, np.int64)
    buffer = begin_of(buffer)
    for row in range(count):
        if skip[row]:
            continue
        at = stamp[row]
        place = _GUESSED
        if at < 0:
            at, place = _next_place(buffer, body[row], end[row], at, place, search)
        stop = -1
        # the only call of the reader, which is compiled into this function: a second one would double the time to compile
        while at >= 0:
            stop = _stamp(buffer, at, end[row], out)
            if stop > 0 and (place != _INSIDE or _meant(buffer, at, out)):
                break
            stop = -1
            at, place = _next_place(buffer, body[row], end[row], at, place, search)
        if stop > 0 and place != _INSIDE:
            search = False
        if stop > 0:
            # a bracket before a stamp inside the text says nothing of the header
            if at > body[row] and buffer[at - 1] == OPEN_BRACKET and out[SHAPE] & EMBEDDED == 0:
                out[SHAPE] |= BRACKETED
            civil[row] = out[CIVIL]
            shape[row] = out[SHAPE]
            offset[row] = out[OFFSET]
            begins[row] = at
            ends[row] = stop
    return civil, ends, begins, shape, offset, search


@compiled
def _next_place(buffer: Bytes, body: int, end: int, at: int, place: int, everywhere: bool) -> tuple[int, int]:
    """Return the next place to try for a stamp after `at`, and of which kind that place is; -1 for no more.

    First the beginning of the text, then the beginnings of its words; if not `everywhere`, of these only the ones that begin
    as a web server's `[04/Feb/2022:10:00:00 +0000]` does.
    """
    if place == _GUESSED:
        beginning = body + 1 if end > body and (buffer[body] == OPEN_BRACKET or buffer[body] == DOUBLE_QUOTE) else body
        if beginning != at:
            return beginning, _AT_BEGINNING
    start = max(at, body) + 1 if place == _INSIDE else body + 1
    for index in range(start, min(end - 8, body + SEARCHED_BYTES)):
        before = buffer[index - 1]
        # "/" behind two digits is a day before a month's name or number
        if before == OPEN_BRACKET and (everywhere or buffer[index + 2] == SLASH):
            return index, _INSIDE
        if everywhere and before in (SPACE, EQUALS, DOUBLE_QUOTE, OPEN_PARENTHESIS, BAR, TAB):
            return index, _INSIDE
    return -1, _INSIDE


@compiled_helper
def _meant(buffer: Bytes, at: int, out: Int64s) -> bool:
    """Return whether what reads as a stamp inside a text is one: a bare number is a time only behind "=" or "["."""
    out[SHAPE] |= EMBEDDED
    return bool(out[SHAPE] & EPOCH == 0 or buffer[at - 1] == EQUALS or buffer[at - 1] == OPEN_BRACKET)


@compiled_helper
def _stamp(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read a stamp at `at` into `out`; return its end, -1 if there is none.

    The first bytes choose the reader: letters, or how many digits stand there.
    """
    # no stamp is shorter, so the readers may look at the first bytes without asking for the end
    if end - at < 8:
        return -1
    out[SHAPE] = 0
    out[OFFSET] = 0
    byte = buffer[at]
    if UPPER_A <= byte <= UPPER_Z and ZERO <= buffer[at + 1] <= NINE:
        return _klog(buffer, at, end, out)
    # a month, or a weekday before a month or a year: "Fri Feb  4", "Fri 2022-02-04"
    if LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z:
        at = _behind_weekday(buffer, at, end)
        if buffer[at] > NINE:
            return _named(buffer, at, end, out)
    count = count_digits(buffer, at, end, 20)
    if count == 0 or at + count >= end:
        return _epoch(buffer, at, count, end, out)
    if count == 4:
        return _year_first(buffer, at, end, out)
    if count <= 2:
        return _day_first(buffer, at, count, end, out)
    if count == 6 or count == 8:
        return _compact(buffer, at, count, end, out)
    return _epoch(buffer, at, count, end, out)


@compiled_helper
def _behind_weekday(buffer: Bytes, at: int, end: int) -> int:
    """Return where the date begins behind a weekday's name, `at` if no weekday stands there."""
    # any three letters that are no month pass for a weekday: the date behind them decides
    if end - at < 18 or (buffer[at + 3] != SPACE and buffer[at + 3] != COMMA) or month_at(buffer, at, end) > 0:
        return at
    return at + 4 + (1 if buffer[at + 4] == SPACE else 0)


@compiled_helper
def _named(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `Feb  4 [2022 ]10:00:00[.123][ zone][ 2022]` into `out`; return its end or -1."""
    month = month_at(buffer, at, end)
    # four letters and "=": FortiOS names the fields of its stamp
    if month == 0 and end - at > 24 and buffer[at + 4] == EQUALS:
        return _assigned(buffer, at, end, out)
    if month == 0 or buffer[at + 3] != SPACE:
        return -1
    at += 4
    while at < end and buffer[at] == SPACE:
        at += 1
    return _day_and_clock(buffer, at, end, month, 0, out)


@compiled_helper
def _assigned(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `date=2022-02-04 time=10:00:00` (log format of Fortinet's FortiOS) into `out`; return its end or -1."""
    if buffer[at] != LOWER_D or buffer[at + 1] != LOWER_A or buffer[at + 2] != LOWER_T or buffer[at + 3] != LOWER_E:
        return -1
    if (
        count_digits(buffer, at + 5, end, 5) != 4
        or count_digits(buffer, at + 10, end, 3) != 2
        or count_digits(buffer, at + 13, end, 3) != 2
    ):
        return -1
    # " time=", of which the bytes that differ from other keys are looked at
    if buffer[at + 15] != SPACE or buffer[at + 16] != LOWER_T or buffer[at + 20] != EQUALS:
        return -1
    if not put_date(number_of(buffer, at + 5, 4), number_of(buffer, at + 10, 2), number_of(buffer, at + 13, 2), out):
        return -1
    return clock_end(buffer, at + 21, end, out)


@compiled_helper
def _day_and_clock(buffer: Bytes, at: int, end: int, month: int, year: int, out: Int64s) -> int:
    """Read `4[,] [2022 ]10:00:00...` behind a month's name into `out`; return its end or -1. `year` 0: none was read."""
    count = count_digits(buffer, at, end, 3)
    if count == 0 or count > 2:
        return -1
    day = number_of(buffer, at, count)
    at += count
    # "Feb 4, 2022 10:00:00", as Java prints it
    if at < end and buffer[at] == COMMA:
        at += 1
    if at >= end or buffer[at] != SPACE:
        return -1
    while at < end and buffer[at] == SPACE:
        at += 1
    # the year before the time, as some syslog daemons and Cisco's "service timestamps log datetime year" print it
    if year == 0 and count_digits(buffer, at, end, 5) == 4 and at + 4 < end and buffer[at + 4] == SPACE:
        year = number_of(buffer, at, 4)
        at += 5
    out[SHAPE] |= MONTH_NAME
    if not put_date(year, month, day, out):
        return -1
    midnight = out[CIVIL]
    stop = clock_end(buffer, at, end, out)
    if stop < 0:
        return -1
    stop = zone_end(buffer, stop, end, out)
    # C's asctime and date(1) print the year last; a message may begin with four digits too, so it must be a likely year
    if year == 0 and stop + 4 < end and buffer[stop] == SPACE and count_digits(buffer, stop + 1, end, 5) == 4:
        last = number_of(buffer, stop + 1, 4)
        if FIRST_YEAR <= last <= LAST_YEAR and _closes(buffer, stop + 5, end):
            clock = out[CIVIL] - midnight
            # the date is written anew with its year, and the time of day is added again
            out[SHAPE] &= ~YEARLESS
            if not put_date(last, month, day, out):
                return -1
            out[CIVIL] += clock
            return stop + 5
    return stop


@compiled_helper
def _closes(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a year ends at `at`; an IPv6 address or a name would go on."""
    if at >= end or buffer[at] == SPACE or buffer[at] == CLOSE_BRACKET or buffer[at] == TAB:
        return True
    return buffer[at] == COLON and (at + 1 >= end or buffer[at + 1] == SPACE)


@compiled_helper
def _klog(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `E0204 10:00:00.123456` (k8s.io/klog: a level's letter, month, day) into `out`; return its end or -1."""
    letter = buffer[at]
    if (
        letter not in (UPPER_I, UPPER_W, UPPER_E, UPPER_F)
        or count_digits(buffer, at + 1, end, 5) != 4
        or buffer[at + 5] != SPACE
    ):
        return -1
    if not put_date(0, number_of(buffer, at + 1, 2), number_of(buffer, at + 3, 2), out):
        return -1
    out[SHAPE] |= KLOG
    return clock_end(buffer, at + 6, end, out)


@compiled_helper
def _epoch(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read seconds, milli-, micro- or nanoseconds since the epoch, by the number of digits; return the end or -1."""
    # these numbers of digits stand for the same years, 2001 to 2286
    if count not in (10, 13, 16, 19):
        return -1
    value = number_of(buffer, at, count)
    stop = at + count
    out[SHAPE] |= EPOCH | ZONED
    if count == 10:
        out[CIVIL] = value * SECOND_US
        stop = fraction_end(buffer, stop, end, out) if stop < end and buffer[stop] == DOT else stop
    elif count == 13:
        out[CIVIL] = value * 1000
    elif count == 16:
        out[CIVIL] = value
    else:
        out[CIVIL] = value // 1000
    if out[CIVIL] < 1_000_000_000 * SECOND_US or out[CIVIL] >= days_from_civil(LAST_YEAR + 1, 1, 1) * DAY_US:
        return -1
    # a number that goes on otherwise is an identifier or an address
    if stop < end and buffer[stop] not in (SPACE, TAB, COMMA, COLON, CLOSE_BRACKET, BAR, DOUBLE_QUOTE):
        return -1
    return stop


@compiled_helper
def _year_first(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `2022-02-04T10:00:00`, also with other marks, or `2022 Feb  4 10:00:00`, into `out`; return its end or -1."""
    year = number_of(buffer, at, 4)
    mark = buffer[at + 4]
    if mark == SPACE:
        month = month_at(buffer, at + 5, end)
        if month == 0 or end - at < 18 or buffer[at + 8] != SPACE:
            return -1
        skip = at + 9
        while skip < end and buffer[skip] == SPACE:
            skip += 1
        return _day_and_clock(buffer, skip, end, month, year, out)
    if mark != HYPHEN and mark != SLASH and mark != DOT:
        return -1
    month = month_at(buffer, at + 5, end)
    if month > 0 and end - at > 18 and buffer[at + 8] == mark:
        # "2018-Nov- 9" and "2018-Nov-09"
        at += 10 if buffer[at + 9] == SPACE else 9
        return _day_and_clock(buffer, at, end, month, year, out)
    month_digits = count_digits(buffer, at + 5, end, 2)
    day_at = at + 6 + month_digits
    if month_digits == 0 or end - day_at < 6 or buffer[day_at - 1] != mark:
        return -1
    day_digits = count_digits(buffer, day_at, end, 2)
    if day_digits == 0 or not put_date(
        year, number_of(buffer, at + 5, month_digits), number_of(buffer, day_at, day_digits), out
    ):
        return -1
    return _clock_behind(buffer, day_at + day_digits, end, out)


@compiled_helper
def _clock_behind(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read the mark between a date and its time, the time and the zone into `out`; return the end or -1."""
    if at >= end:
        return -1
    mark = buffer[at]
    if mark in (UPPER_T, LOWER_T):
        out[SHAPE] |= T_SEPARATED
    elif mark == COMMA:
        # as in "04/02/2022, 10:00:00"
        if at + 1 < end and buffer[at + 1] == SPACE:
            at += 1
    # "2005-06-03-15.42.50" (Blue Gene/L), "04/Feb/2022:10:00:00" (web servers), "2022-02-04_10:00:00"
    elif mark not in (SPACE, HYPHEN, COLON, UNDERSCORE, TAB):
        return -1
    at += 1
    # some print " - " or two spaces between the two
    while at + 1 < end and (buffer[at] == SPACE or (buffer[at] == HYPHEN and buffer[at + 1] == SPACE)):
        at += 1
    stop = clock_end(buffer, at, end, out)
    if stop < 0:
        return -1
    # " AM" or " PM": 12 AM is midnight, 12 PM is noon
    if stop + 2 < end and buffer[stop] == SPACE and (buffer[stop + 2] | LOWER_CASE_BIT) == LOWER_M:
        half = buffer[stop + 1] | LOWER_CASE_BIT
        hour = (out[CIVIL] % DAY_US) // HOUR_US
        if half in (LOWER_A, LOWER_P) and 1 <= hour <= 12:
            out[CIVIL] += ((hour % 12) + (12 if half == LOWER_P else 0) - hour) * HOUR_US
            stop += 3
    return zone_end(buffer, stop, end, out)


@compiled_helper
def _day_first(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read `04/Feb/2022:10:00:00`, `02-04 10:00:00` or `22/02/04 10:00:00` into `out`; return its end or -1."""
    first = number_of(buffer, at, count)
    mark = buffer[at + count]
    second_at = at + count + 1
    if mark not in (SPACE, HYPHEN, DOT, SLASH) or end - second_at < 10:
        return -1
    month = month_at(buffer, second_at, end)
    if month > 0:
        if buffer[second_at + 3] != mark or count_digits(buffer, second_at + 4, end, 5) != 4:
            return -1
        year = number_of(buffer, second_at + 4, 4)
        out[SHAPE] |= MONTH_NAME
        if not put_date(year, month, first, out):
            return -1
        return _clock_behind(buffer, second_at + 8, end, out)
    second_digits = count_digits(buffer, second_at, end, 3)
    # two numbers with a space between them are no date
    if mark == SPACE or second_digits == 0 or second_digits > 2:
        return -1
    second = number_of(buffer, second_at, second_digits)
    third_at = second_at + second_digits + 1
    # Android's logcat prints month and day without a year: "02-04 10:00:00.123"
    if mark == HYPHEN and buffer[third_at - 1] == SPACE:
        return _clock_behind(buffer, third_at - 1, end, out) if put_date(0, first, second, out) else -1
    third_digits = count_digits(buffer, third_at, end, 5)
    if buffer[third_at - 1] != mark or (third_digits != 4 and third_digits != 2):
        return -1
    third = number_of(buffer, third_at, third_digits)
    if not _date_of_three(first, second, third, third_digits == 4, mark == SLASH, out):
        return -1
    return _clock_behind(buffer, third_at + third_digits, end, out)


@compiled_helper
def _date_of_three(first: int, second: int, third: int, long_year: bool, slashed: bool, out: Int64s) -> bool:
    """Write the date that three numbers mean to `out`; return False if there is none.

    A year of four digits is last. Between slashes the month is first, as in the US, unless no such month exists.
    """
    if long_year:
        if slashed and put_date(third, first, second, out):
            return True
        return put_date(third, second, first, out)
    # "22/02/04" is Hadoop's order; "02/04/22" is the American one, as a last number from 20 on is a year rather than a day
    if (first <= 12 and third >= 20) or not put_date(2000 + first, second, third, out):
        return put_date(2000 + third, first, second, out)
    return True


@compiled_helper
def _compact(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read `220204 100000`, `220204 10:00:00`, `20220204-10:00:00` or `20220204T100000` into `out`; return its end or -1."""
    # six digits are a date of this century, as HDFS and MySQL print it
    year = number_of(buffer, at, 4) if count == 8 else 2000 + number_of(buffer, at, 2)
    if not put_date(year, number_of(buffer, at + count - 4, 2), number_of(buffer, at + count - 2, 2), out):
        return -1
    clock = at + count + 1
    # a time of six digits without marks is read here, all others as behind any date
    if count_digits(buffer, clock, end, 7) != 6:
        return _clock_behind(buffer, at + count, end, out)
    hours, minutes, seconds = (
        number_of(buffer, clock, 2),
        number_of(buffer, clock + 2, 2),
        number_of(buffer, clock + 4, 2),
    )
    mark = buffer[clock - 1]
    if hours > 23 or minutes > 59 or seconds > 60 or mark not in (SPACE, HYPHEN, UPPER_T):
        return -1
    out[SHAPE] |= T_SEPARATED if mark == UPPER_T else 0
    out[CIVIL] += hours * HOUR_US + minutes * MINUTE_US + seconds * SECOND_US
    return zone_end(buffer, fraction_end(buffer, clock + 6, end, out), end, out)
