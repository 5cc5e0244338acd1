"""Reading time stamps: the moment at which a record says that it was written.

Takes where a stamp could begin (`prefix`), returns the columns of `Stamps`: civil time, zone if one is printed, shape, and
where the stamp begins and ends. Reads ISO 8601 and its relatives, the month names of RFC 3164 and of C's asctime, web
server times, klog's, dates with the day first, dates of digits alone, and counts of seconds or finer units since the epoch.
A date or time that does not exist (30 February, 25:61) is no stamp. Years and zones that are not printed are for
`event_time` to settle.
"""

from typing import Final, NamedTuple

import numpy as np

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.civil_time import (
    BESIDE_DATES,
    BRACKETED,
    CIVIL,
    DAY_FIRST,
    DAY_US,
    EMBEDDED,
    EPOCH,
    FIRST_YEAR,
    KLOG,
    LAST_YEAR,
    MONTH_NAME,
    OFFSET,
    ORDER,
    PROVED,
    SECOND_US,
    SHAPE,
    T_SEPARATED,
    TIME_OF_DAY,
    UNPROVED,
    YEARLESS,
    ZONE_NAME,
    ZONED,
    clock_end,
    count_digits,
    days_from_civil,
    fraction_end,
    half_day_end,
    is_letter,
    month_at,
    number_of,
    put_date,
    zone_end,
)
from brainstem.parse.scan.vendor_stamps import (
    assigned,
    beginning_of,
    fourteen_digits,
    is_before_topics,
    keyed_place,
    neighbour_zone,
    put_ordinal,
    put_slashed,
    six_digit_clock,
    tai64,
    week_date,
)
from brainstem.text.ascii import (
    AT_SIGN,
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
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_D,
    LOWER_T,
    LOWER_Y,
    LOWER_Z,
    NINE,
    OPEN_BRACKET,
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
_KEYED: Final = 2
"""the value of a field that names a time"""
_INSIDE: Final = 3
"""the beginning of a word further right"""

_CLOCK_BYTES: Final = 8
SEARCHED_BYTES: Final = 96
"""how far into a record that does not begin with a stamp one is looked for"""

_BEFORE_STAMP = np.array([byte in b' [="(|\t' for byte in range(256)])
"""the bytes behind which a stamp inside a text begins"""


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
    zone_name: Int64s
    """where the name of a place in the tz database begins that is the zone; it ends where the stamp or a quote does"""


@compiled
def scan_stamps(
    buffer: Bytes, body: Int64s, end: Int64s, stamp: Int64s, skip: Bools, search: bool, order: int
) -> tuple[Int64s, Int64s, Int64s, Flags, Int32s, Int64s, bool, int]:
    """Return the columns of `Stamps`, whether records without a stamp are still to be searched, and the order of dates.

    The stamp stands at `stamp` (-1: not known) or at `body`; records in `skip` have none. While `search` holds, records
    without one there are searched for one further right. A source that shows a stamp at the beginning of a record ends the
    search for good, as its lines without one are parts of other records, and a date that they cite is not their time. Only
    a web server's stamp, which cannot be mistaken, and a field that names a time are then still looked for. A time of day at
    the beginning of a record counts while the search holds; later it is marked as one beside dates.

    `order` is what the source has proved so far of `04/02/2022`: UNPROVED, DAY_FIRST or MONTH_FIRST.
    """
    count = len(body)
    civil = np.zeros(count, np.int64)
    ends = np.full(count, -1, np.int64)
    begins = np.full(count, -1, np.int64)
    shape = np.zeros(count, np.uint8)
    offset = np.zeros(count, np.int32)
    zone_name = np.full(count, -1, np.int64)
    out = np.zeros(ORDER + 1, np.int64)
    out[ORDER] = order
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
            if stop > 0 and (place != _INSIDE or _meant(buffer, at, stop, end[row], out)):
                break
            stop = -1
            at, place = _next_place(buffer, body[row], end[row], at, place, search)
        if stop > 0 and place < _KEYED:
            search = False
        # while no record of the source begins with a date, a time of day is that of a log whose date stands above; later it
        # counts only where it goes on from the record above
        if stop < 0:
            at = body[row]
            at += at < end[row] and buffer[at] == OPEN_BRACKET
            stop = _time_of_day(buffer, at, end[row], out)
            if stop > 0 and not search and not is_before_topics(buffer, body[row], end[row]):
                out[SHAPE] |= BESIDE_DATES
        if stop > 0:
            if place == _KEYED:
                out[SHAPE] |= EMBEDDED
            # a firewall names its zone in a field of its own
            if out[SHAPE] & ZONED == 0 and (place == _KEYED or buffer[at + 4] == EQUALS):
                neighbour_zone(buffer, stop, end[row], out)
            if out[ORDER] == UNPROVED:
                out[ORDER] = out[PROVED]
            # a bracket before a stamp inside the text says nothing of the header
            if at > body[row] and out[SHAPE] & EMBEDDED == 0 and buffer[at - 1] in (OPEN_BRACKET, LESS_THAN):
                out[SHAPE] |= BRACKETED
            zone_name[row] = out[ZONE_NAME]
            civil[row] = out[CIVIL]
            shape[row] = out[SHAPE]
            offset[row] = out[OFFSET]
            begins[row] = at
            ends[row] = stop
    return civil, ends, begins, shape, offset, zone_name, search, out[ORDER]


@compiled
def _next_place(buffer: Bytes, body: int, end: int, at: int, place: int, everywhere: bool) -> tuple[int, int]:
    """Return the next place to try for a stamp after `at`, and of which kind that place is; -1 for no more.

    First the beginning of the text, then a field that names a time, then the beginnings of the text's words; if not
    `everywhere`, of these only the ones that begin as a web server's `[04/Feb/2022:10:00:00 +0000]` does.
    """
    if place == _GUESSED:
        beginning = beginning_of(buffer, body, end)
        if beginning != at:
            return beginning, _AT_BEGINNING
    if place != _INSIDE:
        keyed = keyed_place(buffer, body, end, at if place == _KEYED else body - 1)
        if keyed >= 0:
            return keyed, _KEYED
    start = max(at, body) + 1 if place == _INSIDE else body + 1
    for index in range(start, min(end - 8, body + SEARCHED_BYTES)):
        before = buffer[index - 1]
        # "/" behind two digits is a day before a month's name or number
        if _BEFORE_STAMP[before] and (everywhere or (before == OPEN_BRACKET and buffer[index + 2] == SLASH)):
            return index, _INSIDE
    return -1, _INSIDE


@compiled_helper
def _meant(buffer: Bytes, at: int, stop: int, end: int, out: Int64s) -> bool:
    """Return whether what reads as a stamp inside a text is one: a bare number is a time only behind "=" or "[".

    So are 14 digits that end a line behind a colon: `Start time: 20220204100000` (transcripts of PowerShell).
    """
    out[SHAPE] |= EMBEDDED
    if buffer[at - 1] == EQUALS or buffer[at - 1] == OPEN_BRACKET:
        return True
    if stop == end and at > 2 and buffer[at - 1] == SPACE and buffer[at - 2] == COLON:
        return bool(out[SHAPE] & EPOCH == 0)
    return bool(out[SHAPE] & EPOCH == 0 and count_digits(buffer, at, stop, 14) < 14)


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
    out[ZONE_NAME] = -1
    out[PROVED] = UNPROVED
    byte = buffer[at]
    if byte == AT_SIGN:
        return tai64(buffer, at, end, out)
    if UPPER_A <= byte <= UPPER_Z and ZERO <= buffer[at + 1] <= NINE:
        return _klog(buffer, at, end, out)
    # a month, or a weekday before a month or a year: "Fri Feb  4", "Fri 2022-02-04"
    if LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z:
        at = _behind_weekday(buffer, at, end)
        if buffer[at] > NINE:
            return _named(buffer, at, end, out)
    count = count_digits(buffer, at, end, 20)
    if count == 0 or (at + count >= end and count != 14):
        return _epoch(buffer, at, count, end, out)
    if count == 4:
        return _year_first(buffer, at, end, out)
    if count <= 2:
        return _day_first(buffer, at, count, end, out)
    if 6 <= count <= 8:
        return _compact(buffer, at, count, end, out)
    if count == 14 or count == 17:
        return fourteen_digits(buffer, at, count, end, out)
    return _epoch(buffer, at, count, end, out)


@compiled_helper
def _time_of_day(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `10:00:00` or `10:00:00.123`, without a date, into `out`; return its end or -1."""
    if end - at < _CLOCK_BYTES or buffer[at + 2] != COLON or buffer[at + 5] != COLON:
        return -1
    if count_digits(buffer, at, end, 3) != 2:
        return -1
    out[SHAPE] = TIME_OF_DAY
    out[OFFSET] = 0
    out[ZONE_NAME] = -1
    out[PROVED] = UNPROVED
    out[CIVIL] = 0
    stop = clock_end(buffer, at, end, out)
    return stop if stop < 0 or stop >= end or buffer[stop] in (SPACE, TAB, CLOSE_BRACKET, COMMA, BAR) else -1


@compiled_helper
def _behind_weekday(buffer: Bytes, at: int, end: int) -> int:
    """Return where the date begins behind a weekday's name, `at` if no weekday stands there."""
    # the name in full ends in "day"; three letters more are the least, and six the most
    stop = at + 6
    if end - at > 24 and is_letter(buffer[at + 3]) and is_letter(buffer[at + 4]):
        while stop < at + 9 and is_letter(buffer[stop]):
            stop += 1
        if buffer[stop - 1] | LOWER_CASE_BIT == LOWER_Y and buffer[stop - 3] | LOWER_CASE_BIT == LOWER_D:
            stop += buffer[stop] == COMMA
            return stop + 1 if buffer[stop] == SPACE else at
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
        return assigned(buffer, at, end, out)
    if month == 0:
        return -1
    # RouterOS and Nextflow: "feb/04/2022 10:00:00", "feb/04 10:00:00", "Feb-04 10:00:00"
    if buffer[at + 3] in (SLASH, HYPHEN):
        return _month_first(buffer, at + 4, end, month, out)
    at += 3
    # the name in full, which is nine letters at most
    for _ in range(6):
        at += is_letter(buffer[at]) and at < end
    if at >= end or buffer[at] != SPACE:
        return -1
    while at < end and buffer[at] == SPACE:
        at += 1
    return _day_and_clock(buffer, at, end, month, 0, out)


@compiled_helper
def _month_first(buffer: Bytes, at: int, end: int, month: int, out: Int64s) -> int:
    """Read the `04/2022 10:00:00` or `04 10:00:00` behind a month's name and its mark into `out`; return the end or -1."""
    mark = buffer[at - 1]
    count = count_digits(buffer, at, end, 3)
    if count == 0 or count > 2:
        return -1
    day = number_of(buffer, at, count)
    at += count
    year = 0
    if at < end and buffer[at] == mark and count_digits(buffer, at + 1, end, 5) == 4:
        year = number_of(buffer, at + 1, 4)
        at += 5
    return _clock_behind(buffer, at, end, out) if put_date(year, month, day, out) else -1


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
    if year == 0 and count_digits(buffer, at, end, 5) == 4 and at + 8 < end and buffer[at + 4] in (SPACE, COMMA):
        year = number_of(buffer, at, 4)
        # "Feb 4, 2022, 10:00:00 AM" and "February 4, 2022 at 10:00:00 AM", as Java and browsers print it
        at += 5 if buffer[at + 4] == SPACE else 6
        if buffer[at] == LOWER_A and buffer[at + 1] == LOWER_T and buffer[at + 2] == SPACE:
            at += 3
    out[SHAPE] |= MONTH_NAME
    if not put_date(year, month, day, out):
        return -1
    midnight = out[CIVIL]
    stop = clock_end(buffer, at, end, out)
    if stop < 0:
        return -1
    stop = zone_end(buffer, half_day_end(buffer, stop, end, out), end, out)
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
    count = count_digits(buffer, at + 1, end, 9)
    if (
        letter not in (UPPER_I, UPPER_W, UPPER_E, UPPER_F)
        or (count != 4 and count != 8)
        or at + count + 2 > end
        or buffer[at + count + 1] != SPACE
    ):
        return -1
    # glog prints the year since version 0.5
    year = number_of(buffer, at + 1, 4) if count == 8 else 0
    if not put_date(year, number_of(buffer, at + count - 3, 2), number_of(buffer, at + count - 1, 2), out):
        return -1
    out[SHAPE] |= KLOG
    return clock_end(buffer, at + count + 2, end, out)


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
    if stop < end and buffer[stop] not in (SPACE, TAB, COMMA, COLON, CLOSE_BRACKET, BAR, DOUBLE_QUOTE, GREATER_THAN):
        return -1
    return stop


@compiled_helper
def _year_first(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `2022-02-04T10:00:00`, also with other marks, or `2022 Feb  4 10:00:00`, into `out`; return its end or -1."""
    year = number_of(buffer, at, 4)
    mark = buffer[at + 4]
    if mark == SPACE:
        month = month_at(buffer, at + 5, end)
        if end - at < 18:
            return -1
        # "2022 02 04 10:00:00", as Barracuda's firewalls print it
        if month == 0 and count_digits(buffer, at + 5, end, 3) == 2 and count_digits(buffer, at + 8, end, 3) == 2:
            is_date = buffer[at + 7] == SPACE and put_date(
                year, number_of(buffer, at + 5, 2), number_of(buffer, at + 8, 2), out
            )
            return _clock_behind(buffer, at + 10, end, out) if is_date else -1
        if month == 0 or buffer[at + 8] != SPACE:
            return -1
        skip = at + 9
        while skip < end and buffer[skip] == SPACE:
            skip += 1
        return _day_and_clock(buffer, skip, end, month, year, out)
    week_at = at + 4 + (mark == HYPHEN)
    if buffer[week_at] == UPPER_W:
        stop = week_date(buffer, week_at, year, end, out)
        return -1 if stop < 0 else _clock_or_digits(buffer, stop, end, out)
    # Sophos UTM prints "2022:02:04-10:00:00"
    if mark not in (HYPHEN, SLASH, DOT, COLON):
        return -1
    # the day of the year: "2022-035T10:00:00"
    if mark == HYPHEN and count_digits(buffer, at + 5, end, 4) == 3:
        return (
            _clock_or_digits(buffer, at + 8, end, out) if put_ordinal(year, number_of(buffer, at + 5, 3), out) else -1
        )
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
    # and "2022-02-04.10:00:00" (the history of ZFS)
    elif mark not in (SPACE, HYPHEN, COLON, UNDERSCORE, TAB, DOT):
        return -1
    at += 1
    # some print " - ", " | " or two spaces between the two
    while at + 1 < end and (buffer[at] == SPACE or (buffer[at] in (HYPHEN, BAR) and buffer[at + 1] == SPACE)):
        at += 1
    stop = clock_end(buffer, at, end, out)
    if stop < 0:
        return -1
    return zone_end(buffer, half_day_end(buffer, stop, end, out), end, out)


@compiled_helper
def _day_first(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read `04/Feb/2022:10:00:00`, `02-04 10:00:00` or `22/02/04 10:00:00` into `out`; return its end or -1."""
    first = number_of(buffer, at, count)
    mark = buffer[at + count]
    second_at = at + count + 1
    # nothing shorter than "2-3 10:00" is a date and a time
    if mark not in (SPACE, HYPHEN, DOT, SLASH) or end - second_at < 7:
        return -1
    month = month_at(buffer, second_at, end)
    if month > 0:
        if mark == SPACE:
            # "4 February 2022": the longest name has six letters more, and what is passed here is passed below
            for _ in range(6):
                second_at += is_letter(buffer[second_at + 3]) and end - second_at > 14
        year_digits = count_digits(buffer, second_at + 4, end, 5) if buffer[second_at + 3] == mark else 0
        if year_digits == 4:
            out[SHAPE] |= MONTH_NAME
            date = put_date(number_of(buffer, second_at + 4, 4), month, first, out)
            return _clock_behind(buffer, second_at + 8, end, out) if date else -1
        # Oracle prints "04-FEB-22 10.00.00"
        if year_digits == 2 and mark != SPACE:
            date = put_date(2000 + number_of(buffer, second_at + 4, 2), month, first, out)
            return _clock_behind(buffer, second_at + 6, end, out) if date else -1
        # Bacula prints "04-Feb 10:00"
        return _clock_behind(buffer, second_at + 3, end, out) if put_date(0, month, first, out) else -1
    second_digits = count_digits(buffer, second_at, end, 3)
    # two numbers with a space between them are no date
    if mark == SPACE or second_digits == 0 or second_digits > 2:
        return -1
    second = number_of(buffer, second_at, second_digits)
    third_at = second_at + second_digits + 1
    # Snort prints "02/04-10:00:00.123456", the month always first
    if mark == SLASH and buffer[third_at - 1] == HYPHEN:
        return _clock_behind(buffer, third_at - 1, end, out) if put_date(0, first, second, out) else -1
    # "02/04 10:00:00", in either order
    if mark == SLASH and buffer[third_at - 1] == SPACE:
        return _clock_behind(buffer, third_at - 1, end, out) if put_slashed(0, first, second, out) else -1
    # Android's logcat prints month and day without a year: "02-04 10:00:00.123"
    if mark == HYPHEN and buffer[third_at - 1] == SPACE:
        return _clock_behind(buffer, third_at - 1, end, out) if put_date(0, first, second, out) else -1
    third_digits = count_digits(buffer, third_at, end, 5)
    if buffer[third_at - 1] != mark or (third_digits != 4 and third_digits != 2):
        return -1
    third = number_of(buffer, third_at, third_digits)
    # access logs print the day first, as "[04/02/2022:10:00:00 +0100]" does with the month as a number
    if (
        mark == SLASH
        and third_digits == 4
        and buffer[third_at + 4] == COLON
        and at > 0
        and buffer[at - 1] == OPEN_BRACKET
        and put_date(third, second, first, out)
    ):
        return _clock_behind(buffer, third_at + 4, end, out)
    # between points the day is first, as in "04.02.22", unless no such date exists
    if mark == DOT and third_digits == 2 and put_date(2000 + third, second, first, out):
        return _clock_behind(buffer, third_at + third_digits, end, out)
    if not _date_of_three(first, second, third, third_digits == 4, mark == SLASH, out):
        return -1
    return _clock_behind(buffer, third_at + third_digits, end, out)


@compiled_helper
def _date_of_three(first: int, second: int, third: int, long_year: bool, slashed: bool, out: Int64s) -> bool:
    """Write the date that three numbers mean to `out`; return False if there is none.

    A year of four digits is last. Between slashes the source's order counts, between other marks the day is first unless no
    such date exists.
    """
    if long_year:
        if slashed:
            return put_slashed(third, first, second, out)
        return put_date(third, second, first, out) or put_date(third, first, second, out)
    # a first number above 12 would be a year below, which only later dates than this one can rule out
    if slashed and out[ORDER] == DAY_FIRST and first <= 31 and put_date(2000 + third, second, first, out):
        return True
    # a day from 13 on and a year from 20 on: the other order would be of a log before 2020
    if slashed and 12 < first < 20 <= third and put_date(2000 + third, second, first, out):
        out[PROVED] = DAY_FIRST
        return True
    # "22/02/04" is Hadoop's order; "02/04/22" is the American one, as a last number from 20 on is a year rather than a day
    if (first <= 12 and third >= 20) or not put_date(2000 + first, second, third, out):
        return put_date(2000 + third, first, second, out)
    return True


@compiled_helper
def _compact(buffer: Bytes, at: int, count: int, end: int, out: Int64s) -> int:
    """Read `220204 100000`, `20220204-10:00:00`, `20220204T100000` or `2022035T100000` into `out`; return its end or -1."""
    if count == 7:
        # seven digits are a year and the day in it, and mean that only before a T
        if buffer[at + count] != UPPER_T or not put_ordinal(
            number_of(buffer, at, 4), number_of(buffer, at + 4, 3), out
        ):
            return -1
        return _clock_or_digits(buffer, at + count, end, out)
    # six digits are a date of this century, as HDFS and MySQL print it
    year = number_of(buffer, at, 4) if count == 8 else 2000 + number_of(buffer, at, 2)
    if not put_date(year, number_of(buffer, at + count - 4, 2), number_of(buffer, at + count - 2, 2), out):
        return -1
    return _clock_or_digits(buffer, at + count, end, out)


@compiled_helper
def _clock_or_digits(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read the mark behind a date and a time of six digits, or any that `_clock_behind` reads; return the end or -1."""
    # a time of six digits without marks is read here, all others as behind any date
    if count_digits(buffer, at + 1, end, 7) != 6:
        return _clock_behind(buffer, at, end, out)
    mark = buffer[at]
    if mark not in (SPACE, HYPHEN, UPPER_T, COLON):
        return -1
    out[SHAPE] |= T_SEPARATED if mark == UPPER_T else 0
    stop = six_digit_clock(buffer, at + 1, out)
    if stop < 0:
        return -1
    return zone_end(buffer, fraction_end(buffer, stop, end, out), end, out)
