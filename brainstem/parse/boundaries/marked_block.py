"""Records whose end is marked by their own bytes: entries of CMTrace, and alerts that Snort writes over several lines.

`<![LOG[text]LOG]!><time="10:00:00.000+000" ..>` may have line breaks in its text. An alert begins with `[**] [1:2019401:3]`
and ends with a blank line.
"""

from typing import Final

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import find_byte
from brainstem.parse.boundaries.scratch import UNDECIDED
from brainstem.text.ascii import (
    ASTERISK,
    CARRIAGE_RETURN,
    CLOSE_BRACKET,
    EXCLAMATION_MARK,
    GREATER_THAN,
    LESS_THAN,
    LINE_FEED,
    OPEN_BRACKET,
    SPACE,
    UPPER_G,
    UPPER_L,
    UPPER_O,
)

NO_BLOCK: Final = 0
_MOST_LINES: Final = 1000
_MOST_ALERT_LINES: Final = 16
_OPENING_BYTES: Final = 8


@compiled_helper
def is_entry(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `<![LOG[` stands at `at`, with which CMTrace's entries begin."""
    return bool(
        end - at > _OPENING_BYTES
        and buffer[at] == LESS_THAN
        and buffer[at + 1] == EXCLAMATION_MARK
        and buffer[at + 2] == OPEN_BRACKET
        and buffer[at + 3] == UPPER_L
        and buffer[at + 4] == UPPER_O
        and buffer[at + 5] == UPPER_G
        and buffer[at + 6] == OPEN_BRACKET
    )


@compiled_helper
def is_alert(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `[**] [` stands at `at`, with which Snort's alerts of several lines begin."""
    return bool(
        end - at > _OPENING_BYTES
        and buffer[at] == OPEN_BRACKET
        and buffer[at + 1] == ASTERISK
        and buffer[at + 2] == ASTERISK
        and buffer[at + 3] == CLOSE_BRACKET
        and buffer[at + 4] == SPACE
        and buffer[at + 5] == OPEN_BRACKET
    )


@compiled_helper
def block_end(buffer: Bytes, at: int, line_end: int, size: int, final: bool, max_bytes: int) -> int:
    """Return the end of the entry or alert at `at`, whose first line ends at `line_end`; `NO_BLOCK` for none."""
    if is_entry(buffer, at, line_end):
        return _entry_end(buffer, at, line_end, size, final, max_bytes)
    if is_alert(buffer, at, line_end):
        return _alert_end(buffer, line_end, size, final)
    return NO_BLOCK


@compiled_helper
def _entry_end(buffer: Bytes, begin: int, line_end: int, size: int, final: bool, max_bytes: int) -> int:
    """Return the end of the line that closes an entry's text; that of its first line where another entry begins before."""
    limit = min(size, begin + max_bytes)
    line = begin
    for _ in range(_MOST_LINES):
        end = find_byte(buffer, LINE_FEED, line, limit)
        if end == limit and (limit < size or not final):
            return UNDECIDED if limit == size else line_end
        if _closes_entry(buffer, line, end):
            return min(end + 1, size)
        line = end + 1
        if line >= limit and (final or size - begin >= max_bytes):
            return line_end
        if line + _OPENING_BYTES >= size and not final:
            return UNDECIDED
        if is_entry(buffer, line, size):
            return line_end
    return line_end


@compiled_helper
def _closes_entry(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `]LOG]!>` stands between `at` and `end`."""
    at = find_byte(buffer, CLOSE_BRACKET, at, end)
    while at + 6 < end:
        if (
            buffer[at + 1] == UPPER_L
            and buffer[at + 2] == UPPER_O
            and buffer[at + 3] == UPPER_G
            and buffer[at + 4] == CLOSE_BRACKET
            and buffer[at + 5] == EXCLAMATION_MARK
            and buffer[at + 6] == GREATER_THAN
        ):
            return True
        at = find_byte(buffer, CLOSE_BRACKET, at + 1, end)
    return False


@compiled_helper
def _alert_end(buffer: Bytes, line_end: int, size: int, final: bool) -> int:
    """Return where the blank line begins that ends an alert, or the next alert does."""
    end = line_end
    for _ in range(_MOST_ALERT_LINES):
        if end + _OPENING_BYTES >= size and not final:
            return UNDECIDED
        if end >= size or buffer[end] in (LINE_FEED, CARRIAGE_RETURN) or is_alert(buffer, end, size):
            return end
        stop = find_byte(buffer, LINE_FEED, end, size)
        if stop == size:
            return size if final else UNDECIDED
        end = stop + 1
    return line_end
