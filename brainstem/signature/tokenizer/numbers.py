"""Where numbers, times of day and dates end, and what a number is worth."""

from brainstem.jit.decorators import compiled_helper
from brainstem.signature.tokenizer.state import (
    CLASS,
    DIGIT,
    DURATION,
    HEX_LETTER,
    JOINER,
    KIND,
    LETTER,
    NUMBER,
    NUMERIC,
    SPLITTER,
    VALUE,
    Numbers,
)
from brainstem.signature.tokenizer.word_table import TIME_UNIT, UNIT, code_of


@compiled_helper
def run_end(text: Numbers, at: int, end: int, lowest: int) -> int:
    """Return where the run of bytes of class `lowest` and above ends."""
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
    if end - begin >= 8:
        return True
    letters = begin
    while letters < end and CLASS[text[letters]] == HEX_LETTER:
        letters += 1
    digits = run_end(text, letters, end, DIGIT)
    return end - begin >= 4 and digits > letters and (letters == begin or digits < end)


@compiled_helper
def is_edge(text: Numbers, at: int) -> bool:
    """Return whether a number or an identifier may end before `at`."""
    kind = CLASS[text[at]]
    return kind <= SPLITTER or (kind == JOINER and text[at] != 95 and CLASS[text[at + 1]] < LETTER)


@compiled_helper
def number_end(text: Numbers, state: Numbers, begin: int, limit: int) -> int:
    """Return the end of a decimal number with its glued units (`1,234.5`, `97%`, `1h2m`, `3e-5`), or `begin`.

    The kind, NUMBER or a duration, goes to the state; so does the value in thousandths.
    """
    at = run_end(text, begin, limit, DIGIT)
    value = 0
    digits = at - begin
    for index in range(begin, min(at, begin + 15)):
        value = value * 10 + (text[index] - 48)
    grouped = digits <= 3 and text[begin] != 48
    while grouped and digits < 15 and text[at] == 44 and run_end(text, at + 1, limit, DIGIT) == at + 4:
        for index in range(at + 1, at + 4):
            value = value * 10 + (text[index] - 48)
        at += 4
        digits += 3
    value *= 1000
    if text[at] == 46 and CLASS[text[at + 1]] == DIGIT:
        stop = run_end(text, at + 1, limit, DIGIT)
        scale = 100
        for index in range(at + 1, min(stop, at + 4)):
            value += (text[index] - 48) * scale
            scale //= 10
        at = stop
    if text[at] | 0x20 == 101:
        sign = 1 if text[at + 1] == 45 or text[at + 1] == 43 else 0
        stop = run_end(text, at + 1 + sign, limit, DIGIT)
        if stop > at + 1 + sign:
            at = stop
            digits = 99
    union = 0
    stop = at
    while CLASS[text[at]] >= LETTER:
        stop = at
        while stop < at + 6 and (CLASS[text[stop]] == LETTER or CLASS[text[stop]] == HEX_LETTER):
            stop += 1
        code = code_of(text, state, at, stop)
        goes_on = CLASS[text[stop]] == DIGIT
        day_or_minute = stop == at + 1 and (text[at] | 0x20 == 100 or text[at] | 0x20 == 109)
        if not code & UNIT or (goes_on and not (code & TIME_UNIT or day_or_minute)):
            return begin  # only durations go on: 1h2m3s
        union |= code
        at = run_end(text, stop, limit, DIGIT)
        if text[at] == 46 and at > stop:
            at = run_end(text, at + 1, limit, DIGIT)
    if at > stop:
        return begin
    at += text[at] == 37
    if not is_edge(text, at):
        return begin
    state[VALUE] = value
    state[NUMERIC] = digits <= 15
    state[KIND] = DURATION if union & TIME_UNIT else NUMBER
    return at


@compiled_helper
def clock_end(text: Numbers, begin: int, limit: int) -> int:
    """Return the end of a time of day (h:mm, hh:mm:ss, fraction, zone offset), or `begin`."""
    at = run_end(text, begin, limit, DIGIT)
    groups = 0
    if at == begin or at > begin + 3:
        return begin
    while groups < 2 and text[at] == 58 and run_end(text, at + 1, limit, DIGIT) == at + 3:
        at += 3
        groups += 1
    if groups == 0:
        return begin
    if (text[at] == 46 or text[at] == 44) and CLASS[text[at + 1]] == DIGIT:
        at = run_end(text, at + 1, limit, DIGIT)
    if text[at] | 0x20 == 122:
        at += 1
    elif text[at] == 43 or text[at] == 45:
        stop = run_end(text, at + 1, limit, DIGIT)
        if stop == at + 3 and text[stop] == 58:
            stop = run_end(text, stop + 1, limit, DIGIT)
        if stop == at + 5 or stop == at + 3 or stop == at + 6:
            at = stop
    if CLASS[text[at]] >= LETTER or (text[at] == 58 and CLASS[text[at + 1]] >= HEX_LETTER):
        return begin
    return at


@compiled_helper
def date_end(text: Numbers, begin: int, limit: int) -> int:
    """Return the end of a date (2001-02-03, 3/2/2001, 03/Feb/2001) with the time of day that hangs on it, or `begin`."""
    first = run_end(text, begin, limit, DIGIT)
    mark = text[first]
    width = first - begin
    if not (mark == 45 or mark == 47 or mark == 46) or not (width == 4 or width <= 2):
        return begin
    second = run_end(text, first + 1, limit, DIGIT)
    if second == first + 1 and width <= 2:
        second = run_end(text, first + 1, limit, LETTER)
        if second != first + 4:
            return begin
    elif second - first > 3:
        return begin
    third = run_end(text, second + 1, limit, DIGIT)
    last = third - second - 1
    year = begin if width == 4 else second + 1
    if text[second] != mark or second == first + 1 or last == 0 or (last > 2 if width == 4 else last != 4):
        return begin
    if not ((text[year] == 49 and text[year + 1] == 57) or (text[year] == 50 and text[year + 1] == 48)):
        return begin
    attach = text[third]
    if attach | 0x20 == 116 or attach == 58 or attach == 95 or attach == 45:
        clock = clock_end(text, third + 1, limit)
        if clock > third + 1:
            return clock
    return third if is_edge(text, third) else begin
