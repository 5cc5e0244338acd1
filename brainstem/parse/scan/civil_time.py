"""Civil time in bytes: dates, times of day, fractions of a second, and the zone printed behind them.

Each reader takes a buffer, where to begin and where the record ends, adds what it reads to the slots CIVIL, SHAPE and OFFSET
of `out`, and returns the first byte behind what it has read. Civil time is what a printed clock shows, as microseconds since
1970 as if that clock were UTC; `event_time` turns it into UTC. Nothing here raises or reads past `end`.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.text.ascii import (
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    GREATER_THAN,
    HYPHEN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_M,
    LOWER_P,
    LOWER_Z,
    NINE,
    OPEN_BRACKET,
    PLUS,
    SLASH,
    SPACE,
    TAB,
    UNDERSCORE,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

# the shape of a stamp: bits of one number a record, by which the header's reader chooses a format
YEARLESS: Final = 1
"""no year is printed; the civil time holds month and day packed, see `put_date`"""
ZONED: Final = 2
"""a zone is printed, or the stamp counts from the epoch"""
MONTH_NAME: Final = 4
"""the month is a name, as in syslog and web server logs"""
T_SEPARATED: Final = 8
"""date and time are joined by a T, as RFC 3339 has it"""
BRACKETED: Final = 16
"""the record begins with the stamp in square brackets"""
EPOCH: Final = 32
"""a count of seconds or of a finer unit since 1970"""
KLOG: Final = 64
"""a level's letter, month, day and time, as Kubernetes components print them"""
EMBEDDED: Final = 128
"""the stamp stands inside the text rather than before it"""
TIME_OF_DAY: Final = YEARLESS | EPOCH
"""no date is printed; the civil time counts from midnight"""
BESIDE_DATES: Final = T_SEPARATED
"""with `TIME_OF_DAY`: other records of the source begin with a date, so it may be what a message says"""

# four digits outside these years are a number of another kind, and no log is of such a year
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US
HOUR_US: Final = 60 * MINUTE_US
DAY_US: Final = 24 * HOUR_US

# the slots of `out`, what a stamp is read into; see the columns of `Stamps`. ZONE_NAME is where the name of a place of the
# tz database begins, -1 for none; PROVED is the order of day and month that this stamp proves, ORDER the one that its source
# has proved before
CIVIL, SHAPE, OFFSET, ZONE_NAME, PROVED, ORDER = range(6)

UNPROVED: Final = 0
"""no date of the source has shown whether days or months come first"""
DAY_FIRST: Final = 1
"""a first number above 12 has been seen"""
MONTH_FIRST: Final = 2
"""a second number above 12 has been seen"""

_MONTH_CODE = np.array(
    [int.from_bytes(name, "big") for name in b"jan feb mar apr may jun jul aug sep oct nov dec".split()]
)
# the longest that each month can be; 29 February is checked against its year
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
"""Abbreviations in common use with their offsets from UTC in seconds (tz database). Where several places share one, it means
the place whose logs use it most: CST is North America's, IST India's, BST Britain's."""

_ZONE_CODE = np.array([int.from_bytes(name, "big") for name, _ in _ZONES])
_ZONE_OFFSET = np.array([offset for _, offset in _ZONES])
_UTC, _GMT = (int.from_bytes(name, "big") for name in (b"UTC", b"GMT"))
_AREAS: Final = b"Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific Etc".split()
"""the areas of the tz database, which its names begin with"""
_AREA_CODE = np.array([int.from_bytes(name[:3], "big") for name in _AREAS])
_AREA_LENGTH = np.array([len(name) for name in _AREAS])
_MINUTES_MOST: Final = 14 * 60
"""no place is further from UTC"""
# the first two of the three bytes of U+202F in UTF-8
_NARROW_FIRST: Final = 0xE2
_NARROW_SECOND: Final = 0x80


@compiled_helper
def count_digits(buffer: Bytes, at: int, end: int, most: int) -> int:
    """Return how many digits stand at `at`, at most `most`."""
    count = 0
    while count < most and at + count < end and ZERO <= buffer[at + count] <= NINE:
        count += 1
    return count


@compiled_helper
def number_of(buffer: Bytes, at: int, count: int) -> int:
    """Return the value of the `count` digits at `at`."""
    value = 0
    for index in range(at, at + count):
        value = value * 10 + (buffer[index] - ZERO)
    return value


@compiled_helper
def month_at(buffer: Bytes, at: int, end: int) -> int:
    """Return the month 1..12 whose English name begins with the three letters at `at`, in any case; 0 for none."""
    # a name alone is no date: at least one byte must follow
    if end - at < 4:
        return 0
    # three letters as one number, so that twelve names are twelve comparisons
    code = (
        (np.int64(buffer[at] | LOWER_CASE_BIT) << 16)
        | (np.int64(buffer[at + 1] | LOWER_CASE_BIT) << 8)
        | np.int64(buffer[at + 2] | LOWER_CASE_BIT)
    )
    for index in range(12):
        if _MONTH_CODE[index] == code:
            return index + 1
    return 0


@compiled_helper
def days_from_civil(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 (H. Hinnant, chrono-compatible low-level date algorithms)."""
    # the year begins in March, so that the leap day is its last
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


@compiled_helper
def put_date(year: int, month: int, day: int, out: Int64s) -> bool:
    """Write a date to `out`, year 0 for a date without a year; return False for a date that does not exist.

    Without a year the civil time is (month * 32 + day) days, which keeps both and sorts as they do.
    """
    if month < 1 or month > 12 or day < 1 or day > _MONTH_DAYS[month - 1]:
        return False
    if year == 0:
        out[CIVIL] = (month * 32 + day) * DAY_US
        out[SHAPE] |= YEARLESS
        return True
    if year < FIRST_YEAR or year > LAST_YEAR:
        return False
    # 29 February of a year that has none; without a year it is accepted above, and `event_time` finds a leap year
    if month == 2 and day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
        return False
    out[CIVIL] = days_from_civil(year, month, day) * DAY_US
    return True


@compiled_helper
def clock_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Add `HH:MM:SS` with its fraction, `H.MM.SS` or `HH:MM` to `out`; return its end, -1 if there is no such time."""
    # some print hours below ten with one digit
    hour_digits = count_digits(buffer, at, end, 2)
    if hour_digits == 0 or end - at < hour_digits + 3:
        return -1
    mark = buffer[at + hour_digits]
    minute = at + hour_digits + 1
    # Blue Gene/L and others print points: "2005-06-03-15.42.50.675872", scripts hyphens: "2022-02-04_10-00-00"
    if (mark != COLON and mark != DOT and (mark != HYPHEN or hour_digits != 2)) or count_digits(
        buffer, minute, end, 2
    ) != 2:
        return -1
    hours = number_of(buffer, at, hour_digits)
    minutes = number_of(buffer, minute, 2)
    stop = minute + 5
    if stop > end or buffer[minute + 2] != mark or count_digits(buffer, minute + 3, end, 2) != 2:
        return _without_seconds(buffer, hours, minutes, mark, minute + 2, end, out)
    seconds = number_of(buffer, minute + 3, 2)
    # second 60 is a leap second; a third digit means that this is another number
    if hours > 23 or minutes > 59 or seconds > 60 or count_digits(buffer, stop, end, 1) == 1:
        return -1
    out[CIVIL] += hours * HOUR_US + minutes * MINUTE_US + seconds * SECOND_US
    return fraction_end(buffer, stop, end, out)


@compiled_helper
def _without_seconds(buffer: Bytes, hours: int, minutes: int, mark: int, stop: int, end: int, out: Int64s) -> int:
    """Add the `HH:MM` that ends at `stop` to `out`; return `stop`, -1 if it is none."""
    if mark != COLON or hours > 23 or minutes > 59:
        return -1
    # any other byte says that this is a number of another kind; a letter is a zone ("10:00Z") or "10:00AM"
    if stop < end and not (
        buffer[stop] <= SPACE
        or buffer[stop] in (CLOSE_BRACKET, COMMA, DOUBLE_QUOTE, PLUS, HYPHEN, GREATER_THAN)
        or (buffer[stop] | LOWER_CASE_BIT) == LOWER_Z
        or _half_day(buffer, stop, end) > 0
        # a colon that ends the header: "25-Feb 10:00: text"
        or (buffer[stop] == COLON and (stop + 1 >= end or buffer[stop + 1] == SPACE))
    ):
        return -1
    out[CIVIL] += hours * HOUR_US + minutes * MINUTE_US
    return stop


@compiled_helper
def _half_day(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of `AM`, `PM`, `a.m.` or `p.m.` at `at`, -1 if none stands there."""
    if end - at < 2 or (buffer[at] | LOWER_CASE_BIT) not in (LOWER_A, LOWER_P):
        return -1
    stop = at + 1
    dotted = buffer[stop] == DOT
    stop += dotted
    if stop >= end or (buffer[stop] | LOWER_CASE_BIT) != LOWER_M:
        return -1
    stop += 1
    stop += dotted and stop < end and buffer[stop] == DOT
    # a letter that follows makes it the beginning of a word: "AMQP"
    return -1 if stop < end and is_letter(buffer[stop]) else stop


@compiled_helper
def half_day_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Apply ` AM` or ` PM` at `at` to the time in `out`; return its end, `at` if none stands there."""
    begin = at
    if at < end and buffer[at] == SPACE:
        begin = at + 1
    # Java prints a narrow no-break space since Unicode CLDR 42
    elif end - at > 3 and buffer[at] == _NARROW_FIRST and buffer[at + 1] == _NARROW_SECOND:
        begin = at + 3
    stop = _half_day(buffer, begin, end)
    if stop < 0:
        return at
    hour = (out[CIVIL] % DAY_US) // HOUR_US
    # 12 AM is midnight, 12 PM is noon
    if not 1 <= hour <= 12:
        return at
    out[CIVIL] += ((hour % 12) + (12 if (buffer[begin] | LOWER_CASE_BIT) == LOWER_P else 0) - hour) * HOUR_US
    return stop


@compiled_helper
def is_letter(byte: int) -> bool:
    """Return whether a byte is an ASCII letter."""
    return LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z


@compiled_helper
def fraction_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Add a fraction of a second behind '.', ',' or ':' to `out`; return its end, `at` if there is none.

    Digits beyond the microsecond are passed over.
    """
    if at >= end or (buffer[at] != DOT and buffer[at] != COMMA and buffer[at] != COLON):
        return at
    count = count_digits(buffer, at + 1, end, 12)
    # behind a colon only milliseconds are meant: "10:00:00:123", but not the "10:00:00: 12" or "10:00:00:7" of a message
    # and behind a comma no more digits than nanoseconds have: then it is the next field of a line of such fields
    if count == 0 or (buffer[at] == COLON and count != 3) or (buffer[at] == COMMA and count > 9):
        return at
    value = number_of(buffer, at + 1, min(count, 6))
    # fewer than six digits are tenths, hundredths and so on
    for _ in range(min(count, 6), 6):
        value *= 10
    out[CIVIL] += value
    at += 1 + count
    # Huawei's VRP prints a counter of the messages of one millisecond behind it: "10:00:00.250.7"
    if at + 1 < end and buffer[at] == DOT and count_digits(buffer, at + 1, end, 4) > 0:
        at += 1 + count_digits(buffer, at + 1, end, 4)
    return at


@compiled_helper
def zone_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `Z`, `+hh:mm`, `+hhmm` or an abbreviation, also behind a space; return its end, `at` if there is no zone."""
    begin = at + 1 if at < end and buffer[at] == SPACE else at
    if begin >= end:
        return at
    byte = buffer[begin]
    # Z counts only next to the time: behind a space it may begin a word
    if begin == at and (byte | LOWER_CASE_BIT) == LOWER_Z:
        out[SHAPE] |= ZONED
        return at + 1
    if byte in (PLUS, HYPHEN):
        return _numeric_zone(buffer, begin, at, end, out)
    # an abbreviation stands behind a space: "10:00:00 CET"
    if begin == at or not UPPER_A <= byte <= UPPER_Z:
        return at
    return named_zone_end(buffer, begin, at, end, out)


@compiled_helper
def named_zone_end(buffer: Bytes, begin: int, at: int, end: int, out: Int64s) -> int:
    """Read an abbreviation, `GMT+3` or a name of the tz database at `begin`; return its end, `at` if there is no zone."""
    code = np.int64(0)
    stop = begin
    while stop < end and stop - begin < 5 and UPPER_A <= buffer[stop] <= UPPER_Z:
        code = (code << 8) | np.int64(buffer[stop])
        stop += 1
    if stop < end and buffer[stop] in (PLUS, HYPHEN) and code in (_UTC, _GMT):
        return _behind_universal(buffer, stop, at, end, out)
    # letters that go on are a word of the message, such as "ESTIMATE", or a place
    if stop < end and not _ends_zone(buffer[stop]):
        return _place_end(buffer, begin, at, end, out)
    for index in range(len(_ZONE_CODE)):
        if _ZONE_CODE[index] == code:
            out[SHAPE] |= ZONED
            out[OFFSET] = _ZONE_OFFSET[index]
            return stop
    # an unlisted abbreviation, or a level such as INFO: no zone
    return at


@compiled_helper
def zone_value_end(buffer: Bytes, begin: int, end: int, out: Int64s) -> int:
    """Read the zone at `begin`: `+0100`, `CET`, `GMT+1` or `Europe/Berlin`; return its end, `begin` if there is none."""
    if begin < end and buffer[begin] in (PLUS, HYPHEN):
        return _numeric_zone(buffer, begin, begin, end, out)
    return named_zone_end(buffer, begin, begin, end, out)


@compiled_helper
def _ends_zone(byte: int) -> bool:
    """Return whether a zone's abbreviation may end before this byte."""
    return byte in (SPACE, TAB, COLON, CLOSE_BRACKET, COMMA, GREATER_THAN, DOUBLE_QUOTE)


@compiled_helper
def _behind_universal(buffer: Bytes, begin: int, at: int, end: int, out: Int64s) -> int:
    """Read the `+3`, `-03` or `+03:30` of `GMT+3` at `begin` into `out`; return its end, `at` if it is no zone."""
    count = count_digits(buffer, begin + 1, end, 5)
    if count != 1:
        stop = _numeric_zone(buffer, begin, begin, end, out)
        return stop if stop > begin else at
    seconds = number_of(buffer, begin + 1, 1) * 3600
    stop = begin + 2
    if stop < end and buffer[stop] == COLON and count_digits(buffer, stop + 1, end, 3) == 2:
        seconds += number_of(buffer, stop + 1, 2) * 60
        stop += 3
    out[OFFSET] = seconds if buffer[begin] == PLUS else -seconds
    out[SHAPE] |= ZONED
    return stop


@compiled_helper
def _place_end(buffer: Bytes, begin: int, at: int, end: int, out: Int64s) -> int:
    """Return the end of a name such as `Europe/Berlin` at `begin`, and write where it begins; `at` if there is none.

    Its offset depends on the date, so it is looked up later, in `text.time_zones`.
    """
    stop = begin
    while stop < end and is_letter(buffer[stop]):
        stop += 1
    if stop >= end or buffer[stop] != SLASH or not _is_area(buffer, begin, stop):
        return at
    while stop < end and (
        is_letter(buffer[stop]) or buffer[stop] in (SLASH, UNDERSCORE, HYPHEN, PLUS) or ZERO <= buffer[stop] <= NINE
    ):
        stop += 1
    out[ZONE_NAME] = begin
    return stop


@compiled_helper
def _is_area(buffer: Bytes, begin: int, stop: int) -> bool:
    """Return whether a word is an area of the tz database; its first four letters and its length settle that."""
    length = stop - begin
    if not 3 <= length <= 10:
        return False
    code = np.int64(0)
    for index in range(begin, begin + 3):
        code = (code << 8) | np.int64(buffer[index])
    for index in range(len(_AREA_CODE)):  # noqa: SIM110  # compiled code has no generator expressions
        if _AREA_CODE[index] == code and _AREA_LENGTH[index] == length:
            return True
    return False


@compiled_helper
def _numeric_zone(buffer: Bytes, begin: int, at: int, end: int, out: Int64s) -> int:
    """Read `+hh`, `+hhmm` or `+hh:mm` at `begin` into `out`; return its end, `at` if it is no zone."""
    count = count_digits(buffer, begin + 1, end, 5)
    # Db2 counts minutes: "2022-02-04-10.00.00.000000+060"
    if count == 3 and begin == at:
        minutes = number_of(buffer, begin + 1, 3)
        if minutes > _MINUTES_MOST:
            return at
        out[OFFSET] = minutes * 60 if buffer[begin] == PLUS else -minutes * 60
        out[SHAPE] |= ZONED
        return begin + 4
    # other numbers of digits are those of a process or a line: "10:00:00 -1", "10:00:00 +12345"
    if count not in (2, 4):
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
    elif begin > at and not _closes_hours(buffer, stop, end):
        # hours alone count only next to the time: behind a space, "-12" may be any number
        return at
    if hours > 23 or minutes > 59:
        return at
    if stop < end and buffer[stop] == UPPER_Z:
        # some devices print both the offset and a Z: "+00:00Z"
        stop += 1
    seconds = hours * 3600 + minutes * 60
    out[OFFSET] = seconds if buffer[begin] == PLUS else -seconds
    out[SHAPE] |= ZONED
    return stop


@compiled_helper
def _closes_hours(buffer: Bytes, stop: int, end: int) -> bool:
    """Return whether what follows ` +03` at `stop` shows that it is a zone, as PostgreSQL prints places without a name."""
    if stop >= end:
        return False
    # and as Duplicati does before a hyphen: "10:00:00 +01 - [Warning-..]: text"
    return buffer[stop] in (COMMA, CLOSE_BRACKET) or (
        stop + 2 < end
        and buffer[stop] == SPACE
        and (buffer[stop + 1] == OPEN_BRACKET or (buffer[stop + 1] == HYPHEN and buffer[stop + 2] == SPACE))
    )
