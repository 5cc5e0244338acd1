"""Where an entry of the systemd journal ends, in its export format and as `journalctl -o verbose` prints it.

The export format has a field a line, and a blank line behind the entry. A field that is no plain text has its name alone on
a line, then its length in eight bytes, then its bytes. Source: https://systemd.io/JOURNAL_EXPORT_FORMATS/
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import find_byte
from brainstem.parse.boundaries.scratch import UNDECIDED
from brainstem.text.ascii import (
    CARRIAGE_RETURN,
    CLOSE_BRACKET,
    EQUALS,
    HYPHEN,
    LINE_FEED,
    LOWER_A,
    LOWER_S,
    LOWER_Z,
    NINE,
    NUL,
    OPEN_BRACKET,
    SPACE,
    UNDERSCORE,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

NO_ENTRY: Final = 0
_LENGTH_BYTES: Final = 8
_LONGEST_NAME: Final = 64
_MOST_FIELDS: Final = 1000


@compiled_helper
def is_address_field(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `__CURSOR=` or another address field of the journal stands at `at`, as an exported entry begins."""
    if end - at < 4 or buffer[at] != UNDERSCORE or buffer[at + 1] != UNDERSCORE:
        return False
    stop = name_end(buffer, at, end)
    return stop > at + 2 and stop < end and buffer[stop] == EQUALS


@compiled_helper
def name_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the name of a field at `at` ends: capitals, digits and underscores."""
    limit = min(end, at + _LONGEST_NAME)
    while at < limit and (UPPER_A <= buffer[at] <= UPPER_Z or buffer[at] == UNDERSCORE or ZERO <= buffer[at] <= NINE):
        at += 1
    return at


@compiled_helper
def entry_end(buffer: Bytes, begin: int, size: int, final: bool, max_bytes: int) -> int:
    """Return where the exported entry at `begin` ends, its blank line included; `NO_ENTRY` for one that is none or too long.

    A line that is no field ends the entry before it, and so does the cursor of the next one.
    """
    at = begin
    limit = min(size, begin + max_bytes)
    for fields in range(_MOST_FIELDS):
        if at >= limit:
            break
        byte = buffer[at]
        if byte == LINE_FEED:
            return at + 1
        if byte == CARRIAGE_RETURN and at + 1 < limit and buffer[at + 1] == LINE_FEED:
            return at + 2
        stop = name_end(buffer, at, limit)
        if stop >= limit:
            break
        if stop == at or (buffer[stop] != EQUALS and buffer[stop] != LINE_FEED):
            return at if fields else NO_ENTRY
        if fields and _repeats(buffer, begin, at, stop):
            return at
        if buffer[stop] == EQUALS:
            at = find_byte(buffer, LINE_FEED, stop, limit) + 1
            continue
        value = stop + 1 + _LENGTH_BYTES
        if value > limit:
            break
        length = value_bytes(buffer, stop + 1)
        if length < 0 or length > max_bytes:
            return at if fields else NO_ENTRY
        at = value + length + 1
    if size - begin > max_bytes:
        return NO_ENTRY
    return size if final else UNDECIDED


@compiled_helper
def value_bytes(buffer: Bytes, at: int) -> int:
    """Return the number of 64 bits, the lowest byte first, at `at`; -1 for one beyond a thousand million."""
    value = np.int64(0)
    for index in range(_LENGTH_BYTES):
        byte = np.int64(buffer[at + index])
        if index < 4:
            value |= byte << (8 * index)
        elif byte != NUL:
            return -1
    return int(value) if value < 1_000_000_000 else -1


@compiled_helper
def _repeats(buffer: Bytes, begin: int, at: int, stop: int) -> bool:
    """Return whether the field at `at` has the name of the entry's first one, which is in each entry once."""
    for index in range(stop - at + 1):  # noqa: SIM110  # compiled code has no generator expressions
        if buffer[begin + index] != buffer[at + index]:
            return False
    return True


@compiled_helper
def is_verbose_header(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `Wed 2026-02-25 10:00:00.123456 CET [s=...;i=...]` stands at `at`."""
    if end - at < 28 or not UPPER_A <= buffer[at] <= UPPER_Z or buffer[at + 3] != SPACE or buffer[at + 8] != HYPHEN:
        return False
    if not (LOWER_A <= buffer[at + 1] <= LOWER_Z and LOWER_A <= buffer[at + 2] <= LOWER_Z):
        return False
    stop = end
    while stop > at and buffer[stop - 1] in (LINE_FEED, CARRIAGE_RETURN):
        stop -= 1
    if buffer[stop - 1] != CLOSE_BRACKET:
        return False
    bracket = find_byte(buffer, OPEN_BRACKET, at, stop)
    return bool(bracket + 2 < stop and buffer[bracket + 1] == LOWER_S and buffer[bracket + 2] == EQUALS)
