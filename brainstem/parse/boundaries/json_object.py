"""Where a JSON object ends (RFC 8259): on its line, many lines below, or as one element of an array.

Follows the grammar as far as a torn object, or text that only begins with a brace, shows itself at the first byte that
cannot stand there. Strings are not decoded and numbers not checked: that is for the decoder.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.boundaries.json_list import listed, member_end
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


@compiled_helper
def object_start(buffer: Bytes, at: int, size: int, final: bool) -> int:
    """Return where the object of the record at `at` begins: behind a byte order mark, a record separator (RFC 7464), the
    bracket of its array, the comma before it, or what stands round a list of records. `NO_OBJECT` where another stands.
    """
    begin = at
    in_array = False
    while at < size and at - begin < _MOST_MARKS:
        byte = buffer[at]
        if byte == OPEN_BRACE:
            inner = listed(buffer, at, size)
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
    """Return where the record of the object that ends at `at` ends: behind its comma or what closes its list, and behind its
    line, or where the next object on the same line begins. `NO_OBJECT` where text stands behind it.
    """
    begin = at
    closed = False
    while at < size and at - begin < _MOST_MARKS:
        byte = buffer[at]
        if byte in (SPACE, TAB, CARRIAGE_RETURN, COMMA, CLOSE_BRACKET) or (closed and byte == CLOSE_BRACE):
            closed = closed or byte == CLOSE_BRACKET
            at += 1
        elif byte == LINE_FEED:
            return _behind_array(buffer, at + 1, size, final, closed)
        elif byte in (OPEN_BRACE, RECORD_SEPARATOR):
            return at
        elif byte == OPEN_BRACKET:
            # an array may follow another one, yet "{main} [812] text" is text
            start = object_start(buffer, at, size, final)
            return at if start >= 0 else start
        elif byte == DOUBLE_QUOTE and closed and buffer[at - 1] in (COMMA, SPACE):
            # what the object round the list says of it
            stop = member_end(buffer, at, size)
            if stop < 0:
                return UNDECIDED if stop == UNDECIDED and not final else NO_OBJECT
            at = begin = stop
        else:
            return NO_OBJECT
    if at - begin >= _MOST_MARKS:
        return NO_OBJECT
    return size if final else UNDECIDED


@compiled_helper
def _behind_array(buffer: Bytes, end: int, size: int, final: bool, closed: bool) -> int:
    """Return the end of the lines at `end` that close a list and the objects round it; `end` if none do. `closed` says
    whether the list is closed by now.
    """
    begin = end
    at = end
    stop = end
    marks = 0
    comma = False
    while at < size and at - begin < _MOST_MARKS:
        byte = buffer[at]
        if byte in (SPACE, TAB, CARRIAGE_RETURN):
            at += 1
            continue
        if byte == LINE_FEED:
            # a blank line closes nothing
            if marks == 0:
                return stop
            at += 1
            stop = at
            marks = 0
            continue
        if byte == CLOSE_BRACKET:
            closed = True
            at += 1
        elif closed and byte in (COMMA, CLOSE_BRACE):
            at += 1
        elif byte == DOUBLE_QUOTE and closed and comma:
            behind = member_end(buffer, at, size)
            if behind < 0:
                return UNDECIDED if behind == UNDECIDED and not final else stop
            at = begin = behind
        else:
            return stop
        comma = byte == COMMA
        marks += 1
    if at == size:
        return (size if marks > 0 else stop) if final else UNDECIDED
    return stop


@compiled_helper
def _in_literal(byte: int) -> bool:
    """Return whether a byte may stand in a number or in `true`, `false` and `null`."""
    return bool(ZERO <= byte <= NINE or LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z or byte in (HYPHEN, PLUS, DOT))
