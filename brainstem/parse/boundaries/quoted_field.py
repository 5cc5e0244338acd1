"""Where a record of comma-separated values ends that has line breaks inside a quoted field (RFC 4180 section 2.6).

A quote opens a field only behind a separator or at the beginning of a record, and closes it only before a separator or the
end of a line. So quotes of prose and of `key="value"` open none.
"""

from typing import Final

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import find_byte
from brainstem.parse.boundaries.line_stamp import STAMP_BYTES, begins_record
from brainstem.parse.boundaries.scratch import UNDECIDED
from brainstem.text.ascii import BAR, CARRIAGE_RETURN, COMMA, DOUBLE_QUOTE, LINE_FEED, SEMICOLON, TAB

ON_ONE_LINE: Final = 0
_LEAST_SEPARATORS: Final = 2
_MOST_LINES: Final = 1000


@compiled_helper
def quoted_end(buffer: Bytes, begin: int, quote: int, size: int, final: bool, max_bytes: int) -> int:
    """Return where the record at `begin` ends, whose first quote stands at `quote`; `ON_ONE_LINE` where no field has a line
    break, and where a field that seems to have one never closes as a field does.
    """
    if quote > begin and not separates(buffer[quote - 1]):
        return ON_ONE_LINE
    separator = COMMA
    if quote > begin:
        separator = buffer[quote - 1]
    limit = min(size, begin + max_bytes)
    at = quote
    lines = 1
    end = begin
    while True:
        opening = at
        closing = find_byte(buffer, DOUBLE_QUOTE, at + 1, limit)
        while closing + 1 < limit and buffer[closing + 1] == DOUBLE_QUOTE:
            closing = find_byte(buffer, DOUBLE_QUOTE, closing + 2, limit) if closing + 2 < limit else limit
        line = find_byte(buffer, LINE_FEED, opening, closing) + 1
        if line <= closing and lines == 1 and not _has_fields(buffer, begin, opening, separator):
            return ON_ONE_LINE
        while line <= closing:
            lines += 1
            stop = min(size, line + STAMP_BYTES)
            line_end = find_byte(buffer, LINE_FEED, line, stop) if line < stop else stop
            if line_end == size and not final:
                return UNDECIDED
            # a record of its own: the quote above closes nowhere
            if lines > _MOST_LINES or begins_record(buffer, line, line_end):
                return ON_ONE_LINE
            line = find_byte(buffer, LINE_FEED, line, closing) + 1
        if closing + 1 >= size or closing == limit:
            if size - begin > max_bytes or (final and (closing == limit or lines == 1)):
                return ON_ONE_LINE
            return size if final else UNDECIDED
        behind = buffer[closing + 1]
        if quote == begin and opening == quote and separates(behind):
            separator = behind
        if behind != separator and behind != LINE_FEED and behind != CARRIAGE_RETURN:
            return ON_ONE_LINE
        # the next field in quotes on the same line
        if end <= closing:
            # found once for all fields of a line: there may be 100,000
            end = find_byte(buffer, LINE_FEED, closing + 1, size)
        at = find_byte(buffer, DOUBLE_QUOTE, closing + 1, end)
        while at < end and buffer[at - 1] != separator:
            at = find_byte(buffer, DOUBLE_QUOTE, at + 1, end)
        if at < end:
            if at >= limit:
                return ON_ONE_LINE
            continue
        if lines == 1 or end - begin >= max_bytes:
            return ON_ONE_LINE
        if end == size:
            return size if final else UNDECIDED
        return end + 1


@compiled_helper
def _has_fields(buffer: Bytes, begin: int, at: int, separator: int) -> bool:
    """Return whether enough separators stand before the field at `at`."""
    found = 0
    for index in range(begin, at):
        found += buffer[index] == separator
    return found >= _LEAST_SEPARATORS


@compiled_helper
def separates(byte: int) -> bool:
    """Return whether a byte separates fields."""
    return byte in (COMMA, SEMICOLON, TAB, BAR)
