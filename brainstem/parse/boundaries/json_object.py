"""Where a JSON object ends (RFC 8259): on its line, many lines below, or as one element of an array.

Follows the grammar as far as a torn object, or text that only begins with a brace, shows itself at the first byte that
cannot stand there. Strings are not decoded and numbers not checked: that is for the decoder.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.boundaries.scratch import DEPTH, EXPECTED, IN_STRING, NESTING, UNDECIDED
from brainstem.text.ascii import (
    BACKSLASH,
    BOM_FIRST,
    BOM_SECOND,
    BOM_THIRD,
    CARRIAGE_RETURN,
    CLOSE_BRACE,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    HYPHEN,
    LINE_FEED,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_Z,
    NINE,
    OPEN_BRACE,
    OPEN_BRACKET,
    PLUS,
    RECORD_SEPARATOR,
    SPACE,
    TAB,
    ZERO,
)

MOST_LINES: Final = 20_000
"""of an object; one with more lines is cut into lines"""
_MOST_DEPTH: Final = 60
_MOST_MARKS: Final = 256
"""blanks, brackets and commas between two objects"""

STILL_OPEN: Final = -1
NO_OBJECT: Final = -2
"""what is below is broken: `BROKEN - at` says that the byte at `at` cannot stand there"""
BROKEN: Final = -3

# bytes of a string at which its reader has to look: its end, an escape, and controls, which JSON forbids there
_STOPS = np.zeros(256, np.bool_)
_STOPS[:SPACE] = True
_STOPS[[DOUBLE_QUOTE, BACKSLASH]] = True

# what may stand behind the bracket that closes an array
_CLOSING = np.zeros(256, np.bool_)
_CLOSING[[SPACE, TAB, CARRIAGE_RETURN, LINE_FEED, COMMA, CLOSE_BRACE]] = True

_KEY, _KEY_MARK, _VALUE, _SEPARATOR = range(4)

# the only key of an object that is nothing but a list of records, as CloudTrail and Azure's diagnostic settings write it
_WRAPPER = np.frombuffer(b"records", np.uint8)


@compiled_helper
def object_start(buffer: Bytes, at: int, size: int, final: bool) -> int:
    """Return where the object of the record at `at` begins: behind a byte order mark, a record separator (RFC 7464), the
    bracket of its array, the comma before it, or the `{"Records":[` of a list. `NO_OBJECT` where another thing stands there.
    """
    begin = at
    in_array = False
    while at < size and at - begin < _MOST_MARKS:
        byte = buffer[at]
        if byte == OPEN_BRACE:
            inner = at if in_array else _wrapped(buffer, at, size)
            return inner if inner != UNDECIDED or not final else at
        if byte in (SPACE, TAB, RECORD_SEPARATOR):
            at += 1
        elif byte in (OPEN_BRACKET, COMMA):
            in_array = True
            at += 1
        elif in_array and byte in (LINE_FEED, CARRIAGE_RETURN):
            at += 1
        elif byte == BOM_FIRST:
            if at + 2 >= size:
                break
            if buffer[at + 1] != BOM_SECOND or buffer[at + 2] != BOM_THIRD:
                return NO_OBJECT
            at += 3
        else:
            return NO_OBJECT
    return NO_OBJECT if final or at - begin >= _MOST_MARKS else UNDECIDED


@compiled_helper
def _wrapped(buffer: Bytes, at: int, size: int) -> int:
    """Return where the first object of the list in `{"Records":[{` at `at` begins, `at` if no such list stands there."""
    letters = 0
    marks = 0
    index = at + 1
    while index < size and index - at < _MOST_MARKS:
        byte = buffer[index]
        if 0 < marks < 2 and letters < len(_WRAPPER):
            if byte | LOWER_CASE_BIT != _WRAPPER[letters]:
                return at
            letters += 1
        elif byte not in (SPACE, TAB, CARRIAGE_RETURN, LINE_FEED):
            # two quotes round the key, a colon, a bracket, a brace
            wanted = DOUBLE_QUOTE
            if marks == 2:
                wanted = COLON
            elif marks == 3:
                wanted = OPEN_BRACKET
            elif marks == 4:
                wanted = OPEN_BRACE
            if byte != wanted:
                return at
            if marks == 4:
                return index
            marks += 1
        index += 1
    return at if index - at >= _MOST_MARKS else UNDECIDED


@compiled_helper
def open_object(scratch: Int64s) -> None:
    """Forget what was read of an object before; its brace comes next."""
    scratch[DEPTH] = 0
    scratch[NESTING] = 0
    scratch[EXPECTED] = _VALUE
    scratch[IN_STRING] = 0


@compiled_helper
def object_end(buffer: Bytes, at: int, end: int, scratch: Int64s) -> int:
    """Read on in an object from `at`; return where it has ended, `STILL_OPEN`, or `BROKEN` less the place that breaks it."""
    depth, nesting, expected = scratch[DEPTH], scratch[NESTING], scratch[EXPECTED]
    lines = 0
    while at < end:
        byte = buffer[at]
        if byte == DOUBLE_QUOTE:
            if expected == _KEY_MARK or expected == _SEPARATOR:
                return BROKEN - at
            begin = at
            at += 1
            while at < end:
                if not _STOPS[buffer[at]]:
                    at += 1
                elif buffer[at] == BACKSLASH:
                    at += 2
                elif buffer[at] == DOUBLE_QUOTE:
                    break
                else:
                    return BROKEN - begin
            if at >= end:
                scratch[IN_STRING] = 1
                return STILL_OPEN
            at += 1
            expected = _KEY_MARK if expected == _KEY else _SEPARATOR
        elif byte in (SPACE, TAB, CARRIAGE_RETURN, LINE_FEED):
            lines += byte == LINE_FEED
            if lines > MOST_LINES:
                return BROKEN - at
            at += 1
        elif byte == COMMA:
            if expected != _SEPARATOR:
                return BROKEN - at
            expected = _KEY if nesting & 1 else _VALUE
            at += 1
        elif byte == COLON:
            if expected != _KEY_MARK:
                return BROKEN - at
            expected = _VALUE
            at += 1
        elif byte in (OPEN_BRACE, OPEN_BRACKET):
            if expected != _VALUE or depth == _MOST_DEPTH:
                return BROKEN - at
            is_object = byte == OPEN_BRACE
            depth += 1
            nesting = (nesting << 1) | is_object
            expected = _KEY if is_object else _VALUE
            at += 1
        elif byte in (CLOSE_BRACE, CLOSE_BRACKET):
            # a comma before it is no JSON, and left to the decoder
            wanted = _KEY if byte == CLOSE_BRACE else _VALUE
            if (nesting & 1) != (byte == CLOSE_BRACE) or (expected != _SEPARATOR and expected != wanted):
                return BROKEN - at
            depth -= 1
            nesting >>= 1
            expected = _SEPARATOR
            at += 1
            if depth == 0:
                return at
        elif expected == _VALUE and _in_literal(byte):
            while at < end and _in_literal(buffer[at]):
                at += 1
            expected = _SEPARATOR
        else:
            return BROKEN - at
    scratch[DEPTH], scratch[NESTING], scratch[EXPECTED] = depth, nesting, expected
    return STILL_OPEN


@compiled_helper
def behind_object(buffer: Bytes, at: int, size: int, final: bool) -> int:
    """Return where the record of the object that ends at `at` ends: behind its comma or the bracket of its array, and behind
    its line, or where the next object on the same line begins. `NO_OBJECT` where text stands behind it.
    """
    begin = at
    closed = False
    while at < size and at - begin < _MOST_MARKS:
        byte = buffer[at]
        if byte in (SPACE, TAB, CARRIAGE_RETURN, COMMA, CLOSE_BRACKET) or (closed and byte == CLOSE_BRACE):
            closed = closed or byte == CLOSE_BRACKET
            at += 1
        elif byte == LINE_FEED:
            return _behind_array(buffer, at + 1, size, final)
        elif byte in (OPEN_BRACE, RECORD_SEPARATOR):
            return at
        elif byte == OPEN_BRACKET:
            # an array may follow another one, yet "{main} [812] text" is text
            start = object_start(buffer, at, size, final)
            return at if start >= 0 else start
        else:
            return NO_OBJECT
    if at - begin >= _MOST_MARKS:
        return NO_OBJECT
    return size if final else UNDECIDED


@compiled_helper
def _behind_array(buffer: Bytes, end: int, size: int, final: bool) -> int:
    """Return the end of the lines at `end` that close an array and the object round it; `end` if none do."""
    at = end
    while at < size and at - end < _MOST_MARKS and (buffer[at] == SPACE or buffer[at] == TAB):
        at += 1
    if at == size:
        return end if final else UNDECIDED
    if buffer[at] != CLOSE_BRACKET:
        return end
    at += 1
    stop = end
    while (
        at < size
        and at - end < _MOST_MARKS
        and buffer[at] in (SPACE, TAB, CARRIAGE_RETURN, COMMA, CLOSE_BRACE, LINE_FEED)
    ):
        at += 1
        if buffer[at - 1] == LINE_FEED:
            stop = at
            while at < size and at - end < _MOST_MARKS and buffer[at] in (SPACE, TAB):
                at += 1
            # the brace of the object that holds the array, on a line of its own
            if at < size and buffer[at] != CLOSE_BRACE:
                return stop
    if at == size:
        return size if final else UNDECIDED
    return stop


@compiled_helper
def _in_literal(byte: int) -> bool:
    """Return whether a byte may stand in a number or in `true`, `false` and `null`."""
    return bool(ZERO <= byte <= NINE or LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z or byte in (HYPHEN, PLUS, DOT))
