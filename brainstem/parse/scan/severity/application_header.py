"""The header that applications print before a message: process id, thread or logger in brackets, and level."""

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.scan.severity.denial import is_denied
from brainstem.parse.scan.severity.first_words import SEARCHED_BYTES, SEARCHED_TOKENS, begins_report
from brainstem.parse.scan.severity.scale import ERROR, INFORMATION, LETTER_SEVERITY, WARNING
from brainstem.parse.scan.severity.words import (
    IN_WORD,
    all_digits,
    codes_of,
    digits_end,
    is_one_of,
    level_of,
    value_of,
    word_end,
)
from brainstem.text.ascii import (
    BAR,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    ESCAPE,
    EXCLAMATION_MARK,
    GREATER_THAN,
    HYPHEN,
    LESS_THAN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_M,
    LOWER_Z,
    NINE,
    OPEN_BRACKET,
    PLUS,
    QUESTION_MARK,
    SEMICOLON,
    SLASH,
    SPACE,
    TAB,
    UPPER_A,
    UPPER_F,
    ZERO,
)

_SYSTEM = codes_of("system")

# the slots of `out`: where the message begins behind a printed level, and the process id printed before the level
MESSAGE_AT, PROCESS_ID = range(2)


@compiled_helper
def _colour_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of the colour codes (ECMA-48 SGR) at `at`, `at` for none."""
    while at + 2 < end and buffer[at] == ESCAPE and buffer[at + 1] == OPEN_BRACKET:
        stop = at + 2
        while stop < end and (ZERO <= buffer[stop] <= NINE or buffer[stop] == SEMICOLON):
            stop += 1
        if stop >= end or buffer[stop] != LOWER_M:
            return at
        at = stop + 1
    return at


@compiled_helper
def _separators(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of what separates the fields of an application's header: blanks, bars, commas, colons, hyphens."""
    while at < end:
        byte = buffer[at]
        # "INFO - text" and "INFO -- text", but not the sign of "-1" or the option "-v"
        hyphen = byte == HYPHEN and (at + 1 >= end or buffer[at + 1] == SPACE or buffer[at + 1] == HYPHEN)
        if hyphen or byte in (SPACE, TAB, BAR, COMMA, COLON):
            at += 1
        else:
            after = _colour_end(buffer, at, end)
            if after == at:
                return at
            at = after
    return at


@compiled_helper
def printed_level(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `pid`, `[thread]` and `LEVEL` before an application's message.

    Writes to `out` where the message begins, and the process id or -1; returns the severity. Without a level only separators
    and a counter are passed over, as no other word before the level could be told from the message's own.
    """
    at = _separators(buffer, at, end)
    out[MESSAGE_AT] = _behind_count(buffer, at, end)
    out[PROCESS_ID] = -1
    number = -1
    # the first bracketed field that names a logger: the message begins with it, as it says who wrote the line
    logger = -1
    for _ in range(SEARCHED_TOKENS):
        at = _separators(buffer, at, end)
        if at >= end:
            return 0
        # "[ERROR]", "<warn>", and padded ones such as "[ INFO ]"
        bracket = buffer[at] == OPEN_BRACKET or buffer[at] == LESS_THAN
        start = at + 1 if bracket else at
        while bracket and start < end and buffer[start] == SPACE:
            start += 1
        stop = word_end(buffer, start, end)
        severity = level_of(buffer, start, stop)
        # "E" or "[W]" alone
        if severity == 0 and stop == start + 1:
            severity = LETTER_SEVERITY[buffer[start]] + 0
        closed = _field_end(buffer, stop, end, bracket)
        if severity >= WARNING and not bracket and is_denied(buffer, at, start, stop, end):
            return 0
        if severity > 0 and closed > 0:
            # Asterisk prints the process behind it: "NOTICE[812]"
            if not bracket and stop < end and buffer[stop] == OPEN_BRACKET:
                number = value_of(buffer, stop + 1, closed - 1)
            out[MESSAGE_AT] = _separators(buffer, closed, end) if logger < 0 else logger
            out[PROCESS_ID] = number
            return severity
        # "ERROR/MainProcess] text" (Celery) and "warning/ApiListener: text" (Icinga): a level and who wrote the line
        if severity > 0 and not bracket and stop < end and buffer[stop] == SLASH:
            named = stop + 1
            while named < end and (IN_WORD[buffer[named]] or buffer[named] == HYPHEN):
                named += 1
            if named > stop + 1 and named < end and buffer[named] in (COLON, CLOSE_BRACKET):
                out[MESSAGE_AT] = stop + 1 if buffer[named] == COLON else _separators(buffer, named + 1, end)
                return severity
        # PostgreSQL's "LOG:  text"; its other words stay, as the message tells what they are
        if severity == 0 and not bracket and begins_report(buffer, start, stop, end):
            out[MESSAGE_AT] = _separators(buffer, stop, end) if stop - start == 3 else start
            out[PROCESS_ID] = number
            return INFORMATION
        # MySQL's "[System]", behind the number of a connection
        if bracket and number >= 0 and stop - start == 6 and closed > 0 and is_one_of(buffer, start, stop, _SYSTEM):
            out[MESSAGE_AT] = _separators(buffer, closed, end)
            return INFORMATION
        # Acronis prints a code that begins with the letter of its level, as in "E000101F6: text"
        if stop - start == 9 and stop < end and buffer[stop] == COLON and not bracket:
            severity = LETTER_SEVERITY[buffer[start]] + 0
            if severity > 0 and _hexadecimal(buffer, start + 1, stop):
                out[MESSAGE_AT] = start
                out[PROCESS_ID] = number
                return int(severity)
        # "! [298] text" (SQL Server's agent): an error, a warning or an information
        if stop == start and not bracket and start + 3 < end and buffer[start + 2] == OPEN_BRACKET:
            if buffer[start] == EXCLAMATION_MARK:
                return ERROR
            if buffer[start] == PLUS:
                return WARNING
            if buffer[start] == QUESTION_MARK:
                return INFORMATION
        # a number before the level is a process id or a thread's: "812 WARNING text"
        if all_digits(buffer, start, stop) and closed > 0:
            number = value_of(buffer, start, stop)
            at = closed
        elif bracket:
            # a thread or a logger in brackets: passed over, to see whether a level follows
            field = at
            at = _bracket_end(buffer, at, end)
            if at < 0:
                return 0
            if logger < 0 and _dotted(buffer, field, at):
                logger = field
        else:
            # any other word belongs to the message
            return 0
    return 0


@compiled_helper
def _hexadecimal(buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether a word is made of digits and capitals up to F, and begins with a digit."""
    for at in range(start, stop):
        if not ZERO <= buffer[at] <= NINE and not (UPPER_A <= buffer[at] <= UPPER_F):
            return False
    return bool(ZERO <= buffer[start] <= NINE)


@compiled_helper
def _behind_count(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of a counter between bars, as Open vSwitch prints one behind its stamp: "|00042|"; `at` for none."""
    stop = at
    while stop < end and ZERO <= buffer[stop] <= NINE:
        stop += 1
    return stop + 1 if stop > at and stop < end and buffer[stop] == BAR else at


@compiled_helper
def _dotted(buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether a bracketed field names a logger, such as `[lab.pump]`, rather than a thread."""
    for at in range(start + 2, stop - 2):
        if (
            buffer[at] == DOT
            and LOWER_A <= (buffer[at - 1] | LOWER_CASE_BIT) <= LOWER_Z
            and LOWER_A <= (buffer[at + 1] | LOWER_CASE_BIT) <= LOWER_Z
        ):
            return True
    return False


@compiled_helper
def _field_end(buffer: Bytes, at: int, end: int, bracket: bool) -> int:
    """Return the end of a field whose word ends at `at`, -1 if the field holds more than the word."""
    if bracket:
        while at < end and buffer[at] == SPACE:
            at += 1
        return at + 1 if at < end and (buffer[at] == CLOSE_BRACKET or buffer[at] == GREATER_THAN) else -1
    if at >= end:
        return at
    byte = buffer[at]
    if byte == OPEN_BRACKET:
        stop = digits_end(buffer, at + 1, end)
        return stop + 1 if stop > at + 1 and stop < end and buffer[stop] == CLOSE_BRACKET else -1
    # a field without brackets ends at a separator, or where a colour is switched off
    return at if byte in (SPACE, TAB, BAR, COLON, COMMA, ESCAPE) else -1


@compiled_helper
def _bracket_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of a bracketed field with the brackets inside it, -1 if it does not close soon."""
    depth = 0
    for index in range(at, min(end, at + SEARCHED_BYTES)):
        byte = buffer[index]
        depth += byte in (OPEN_BRACKET, LESS_THAN)
        depth -= byte in (CLOSE_BRACKET, GREATER_THAN)
        if depth == 0:
            return index + 1
    return -1
