"""Which lines could name the columns of the lines below them: `Time,Host,Message`, or `#Fields: date time`.

Takes the bounds of records, returns flags. Finds candidates only, by their bytes: whether the names are those of columns is
for `parse.fields.table` to say. Most lines are dismissed at their first byte or at the colon of their stamp.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int64s
from brainstem.jit.decorators import compiled
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.prefix import BODY_TEXT
from brainstem.text.ascii import (
    BACKSLASH,
    BAR,
    COLON,
    COMMA,
    DOUBLE_QUOTE,
    EQUALS,
    FIRST_NON_ASCII,
    GREATER_THAN,
    HASH,
    LESS_THAN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_Z,
    SEMICOLON,
    TAB,
)

_MOST_BYTES: Final = 4096
_LEAST_SEPARATORS: Final = 2


@compiled
def scan_columns(buffer: Bytes, body: Int64s, end: Int64s, nature: Flags) -> Bools:
    """Return which records begin with `#`, or hold names between commas, semicolons, tabs or bars and nothing else."""
    count = len(body)
    found = np.zeros(count, np.bool_)
    buffer = begin_of(buffer)
    for row in range(count):
        at, stop = body[row], end[row]
        if nature[row] != BODY_TEXT or at >= stop or stop - at > _MOST_BYTES:
            continue
        first = buffer[at]
        if first == HASH:
            found[row] = True
            continue
        if not LOWER_A <= (first | LOWER_CASE_BIT) <= LOWER_Z and first != DOUBLE_QUOTE and first < FIRST_NON_ASCII:
            continue
        separators = 0
        while at < stop:
            byte = buffer[at]
            if byte == COLON or byte == EQUALS or byte == LESS_THAN or byte == GREATER_THAN or byte == BACKSLASH:
                break
            separators += byte == COMMA or byte == SEMICOLON or byte == TAB or byte == BAR
            at += 1
        found[row] = at >= stop and separators >= _LEAST_SEPARATORS
    return found
