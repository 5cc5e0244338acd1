"""Where numbers, times of day and dates end, by their own bytes alone: what a number means or is worth is decided elsewhere
(`number_words`, `mixed_tokens`).

The functions `..._end` of this package take a place where a value may begin, and return where it ends, or the same place
when there is none. They read a few bytes beyond it, which the blanks around the line allow.
"""

from typing import Final

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.state import (
    CLASS,
    DIGIT,
    DURATION,
    HEX_LETTER,
    IS_DECIMAL,
    JOINER,
    KIND,
    LETTER,
    NUMBER,
    SPLITTER,
    THOUSANDTHS,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import TIME_UNIT, UNIT, code_of
from brainstem.text.ascii import (
    COLON,
    COMMA,
    DOT,
    HYPHEN,
    LOWER_CASE_BIT,
    LOWER_D,
    LOWER_E,
    LOWER_M,
    LOWER_T,
    LOWER_Z,
    NINE,
    ONE,
    PERCENT,
    PLUS,
    SLASH,
    TWO,
    UNDERSCORE,
    ZERO,
)

MAX_VALUE_DIGITS: Final = 15
"""longer numbers are identifiers: they have no value; thousandths of shorter ones fit into 64 bits"""
NO_VALUE_DIGITS: Final = 99
"""stands for the digits of a number with an exponent, whose value is not worked out"""
HEXADECIMAL_BYTES: Final = 8
"""from so many hexadecimal digits on, letters alone are a number too (`deadbeef`)"""


@compiled_helper
def run_end(text: Numbers, at: int, end: int, lowest: int) -> int:
    """Return where the bytes of class `lowest` and above end that begin at `at`; not behind `end`."""
    while at < end and CLASS[text[at]] >= lowest:
        at += 1
    return at


@compiled_helper
def has_digit(text: Numbers, at: int, end: int) -> bool:
    """Return whether a digit stands in `text[at:end]`."""
    while at < end and CLASS[text[at]] != DIGIT:
        at += 1
    return at < end


@compiled_helper
def is_hexadecimal(text: Numbers, begin: int, end: int) -> bool:
    """Return whether hexadecimal digits are a number rather than a word (`added`) or a numbered name (`db01`)."""
    if end - begin >= HEXADECIMAL_BYTES:
        return True
    letters = begin
    while letters < end and CLASS[text[letters]] == HEX_LETTER:
        letters += 1
    digits = run_end(text, letters, end, DIGIT)
    # letters, then digits to the end, is a name; `3fa9` and `a9f3` are numbers
    return end - begin >= 4 and digits > letters and (letters == begin or digits < end)


@compiled_helper
def is_edge(text: Numbers, at: int) -> bool:
    """Return whether a number or an identifier may end before `at`."""
    kind = CLASS[text[at]]
    # "took 5." and "5-" end there; `5.x` and `5_` go on
    return kind <= SPLITTER or (kind == JOINER and text[at] != UNDERSCORE and CLASS[text[at + 1]] < LETTER)


@compiled_helper
def number_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of a decimal number with its glued units (`1,234.5`, `97%`, `1h2m`, `3e-5`), or `begin`.

    The kind, NUMBER or DURATION, goes to the state; so does the value in thousandths, without regard to its unit.
    """
    at = run_end(text, begin, limit, DIGIT)
    value = 0
    digits = at - begin
    for index in range(begin, min(at, begin + MAX_VALUE_DIGITS)):
        value = value * 10 + (text[index] - ZERO)
    # thousands: up to three digits, no leading zero, then commas before exactly three digits each
    grouped = digits <= 3 and text[begin] != ZERO
    while grouped and digits < MAX_VALUE_DIGITS and text[at] == COMMA and run_end(text, at + 1, limit, DIGIT) == at + 4:
        for index in range(at + 1, at + 4):
            value = value * 10 + (text[index] - ZERO)
        at += 4
        digits += 3
    value *= 1000
    if text[at] == DOT and CLASS[text[at + 1]] == DIGIT:
        # the first three digits of the fraction are thousandths, the others only belong to the number
        stop = run_end(text, at + 1, limit, DIGIT)
        scale = 100
        for index in range(at + 1, min(stop, at + 4)):
            value += (text[index] - ZERO) * scale
            scale //= 10
        at = stop
    if text[at] | LOWER_CASE_BIT == LOWER_E:
        signed = 1 if text[at + 1] == HYPHEN or text[at + 1] == PLUS else 0
        stop = run_end(text, at + 1 + signed, limit, DIGIT)
        if stop > at + 1 + signed:
            at = stop
            digits = NO_VALUE_DIGITS
    # units glued to it, one behind the other: `850ms`, `1h2m3s`, `1m30.5s`
    units = 0
    stop = at
    while CLASS[text[at]] >= LETTER:
        stop = at
        # no listed unit is longer than six bytes
        while stop < at + 6 and (CLASS[text[stop]] == LETTER or CLASS[text[stop]] == HEX_LETTER):
            stop += 1
        code = code_of(text, state, at, stop)
        goes_on = CLASS[text[stop]] == DIGIT
        # "d" and "m" alone are as often no time, so they are on the list of units, not of time units
        day_or_minute = stop == at + 1 and (
            text[at] | LOWER_CASE_BIT == LOWER_D or text[at] | LOWER_CASE_BIT == LOWER_M
        )
        if not code & UNIT or (goes_on and not (code & TIME_UNIT or day_or_minute)):
            return begin  # only durations go on: 1h2m3s
        units |= code
        at = run_end(text, stop, limit, DIGIT)
        if text[at] == DOT and at > stop:
            at = run_end(text, at + 1, limit, DIGIT)
    if at > stop:
        # digits behind the last unit have none: `5h3` is a name, not a duration
        return begin
    at += text[at] == PERCENT
    if not is_edge(text, at):
        return begin
    state[THOUSANDTHS] = value
    state[IS_DECIMAL] = digits <= MAX_VALUE_DIGITS
    state[KIND] = DURATION if units & TIME_UNIT else NUMBER
    return at


@compiled_helper
def clock_end(text: Numbers, begin: int, limit: int) -> int:
    """Return the end of a time of day (h:mm, hh:mm:ss, fraction, zone offset), or `begin`."""
    at = run_end(text, begin, limit, DIGIT)
    groups = 0
    # three digits: durations of more than 99 hours are printed as 123:45:06
    if at == begin or at > begin + 3:
        return begin
    while groups < 2 and text[at] == COLON and run_end(text, at + 1, limit, DIGIT) == at + 3:
        at += 3
        groups += 1
    if groups == 0:
        return begin
    # ISO 8601 allows both marks, and Python's logging prints a comma
    if (text[at] == DOT or text[at] == COMMA) and CLASS[text[at + 1]] == DIGIT:
        at = run_end(text, at + 1, limit, DIGIT)
    if text[at] | LOWER_CASE_BIT == LOWER_Z:
        at += 1
    elif text[at] == PLUS or text[at] == HYPHEN:
        # +01, +0100 or +01:00; else the mark belongs to what follows, as in 10:00-12:00
        stop = run_end(text, at + 1, limit, DIGIT)
        if stop == at + 3 and text[stop] == COLON:
            stop = run_end(text, stop + 1, limit, DIGIT)
        if stop == at + 5 or stop == at + 3 or stop == at + 6:
            at = stop
    # groups that go on are hexadecimal (a MAC or IPv6 address that begins with digits)
    if CLASS[text[at]] >= LETTER or (text[at] == COLON and CLASS[text[at + 1]] >= HEX_LETTER):
        return begin
    return at


@compiled_helper
def date_end(text: Numbers, begin: int, limit: int) -> int:
    """Return the end of a date (2001-02-03, 3/2/2001, 03/Feb/2001), its time of day included, or `begin`."""
    first = run_end(text, begin, limit, DIGIT)
    mark = text[first]
    width = first - begin
    if not (mark == HYPHEN or mark == SLASH or mark == DOT) or not (width == 4 or width <= 2):
        return begin
    second = run_end(text, first + 1, limit, DIGIT)
    if second == first + 1 and width <= 2:
        # no digits between the marks: the name of a month, of three letters
        second = run_end(text, first + 1, limit, LETTER)
        if second != first + 4:
            return begin
    elif second - first > 3:
        return begin
    third = run_end(text, second + 1, limit, DIGIT)
    last = third - second - 1
    year = begin if width == 4 else second + 1
    # the year stands first or last and has four digits, else a version (1.2.30) would be a date
    if text[second] != mark or second == first + 1 or last == 0 or (last > 2 if width == 4 else last != 4):
        return begin
    # only years of 19.. and 20..: 4096-12-3 is a part number
    if not ((text[year] == ONE and text[year + 1] == NINE) or (text[year] == TWO and text[year + 1] == ZERO)):
        return begin
    # the time of day follows after T (ISO 8601), a colon (access logs), or "_" and "-" in names of files
    attach = text[third]
    if attach | LOWER_CASE_BIT == LOWER_T or attach == COLON or attach == UNDERSCORE or attach == HYPHEN:
        clock = clock_end(text, third + 1, limit)
        if clock > third + 1:
            return clock
    return third if is_edge(text, third) else begin
