"""Which lines are read by their own kind of reader: XML, CMTrace, NPS, and lines that could name columns of those below.

Takes the bounds of records, returns flags. Finds candidates only, by their bytes: whether the names of `Time,Host,Message`
or `#Fields: date time` are those of columns is for `parse.fields.table` to say. Most lines are dismissed at their first byte
or at the colon of their stamp.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Flags, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.prefix import BODY_TEXT
from brainstem.text.ascii import (
    BACKSLASH,
    BAR,
    CLOSE_PARENTHESIS,
    COLON,
    COMMA,
    DOUBLE_QUOTE,
    EQUALS,
    EXCLAMATION_MARK,
    FIRST_NON_ASCII,
    GREATER_THAN,
    HASH,
    LESS_THAN,
    LOWER_A,
    LOWER_Z,
    QUESTION_MARK,
    SEMICOLON,
    SPACE,
    TAB,
    UPPER_A,
    UPPER_C,
    UPPER_D,
    UPPER_E,
    UPPER_H,
    UPPER_M,
    UPPER_S,
    UPPER_Z,
)

_MOST_BYTES: Final = 4096
_MOST_NAME_BYTES: Final = 64
_LEAST_SEPARATORS: Final = 2
_LEAST_BYTES: Final = 5
_TITLE_BYTES: Final = 14
_MOST_KEY_BYTES: Final = 16


IS_NAMES, IS_DOCUMENT = 1, 2

_OPENS_NAMES: Final = np.zeros(256, np.bool_)
_OPENS_NAMES[[HASH, DOUBLE_QUOTE, *range(FIRST_NON_ASCII, 256), *range(LOWER_A, LOWER_Z + 1)]] = True
_OPENS_NAMES[UPPER_A : UPPER_Z + 1] = True
"""first bytes of lines that name columns; digits begin most stamps"""


@compiled
def scan_columns(buffer: Bytes, body: Int64s, end: Int64s, nature: Flags) -> tuple[Flags, int]:
    """Return a flag for each record, and all flags together.

    `IS_NAMES`: it begins with `#`, or as the title of the log of Windows's DHCP server does, or holds names between commas,
    semicolons, tabs or bars and nothing else.
    `IS_DOCUMENT`: it begins as an event or a declaration in XML does, or as CMTrace's and NPS's records and those of pairs
    in quotes begin or end.
    """
    count = len(body)
    found = np.zeros(count, np.uint8)
    every = 0
    buffer = begin_of(buffer)
    for row in range(count):
        at, stop = body[row], end[row]
        if stop - at < _LEAST_BYTES:
            continue
        first = buffer[at]
        # behind the "<" of a priority stands a digit
        if first == LESS_THAN:
            second = buffer[at + 1]
            if second in (UPPER_E, QUESTION_MARK, EXCLAMATION_MARK) and nature[row] == BODY_TEXT:
                found[row] = IS_DOCUMENT
                every |= IS_DOCUMENT
        # "text $$<component><stamp><thread=812 (0x32C)>", `"dc1","IAS",` and `"date=2022-02-04",`
        elif (buffer[stop - 1] == GREATER_THAN and buffer[stop - 2] == CLOSE_PARENTHESIS) or (
            first == DOUBLE_QUOTE and (_names_service(buffer, at, stop) or _is_pair(buffer, at, stop))
        ):
            found[row] = IS_DOCUMENT
            every |= IS_DOCUMENT
        elif (
            _OPENS_NAMES[first]
            and nature[row] == BODY_TEXT
            and (first == HASH or _are_names(buffer, at, stop) or (first == UPPER_M and _is_title(buffer, at, stop)))
        ):
            found[row] = IS_NAMES
            every |= IS_NAMES
    return found, every


@compiled_helper
def _names_service(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a quoted name and then `"IAS",` or `"RAS",` stand at `at`."""
    limit = min(end - 8, at + _MOST_NAME_BYTES)
    at += 1
    while at < limit and buffer[at] != DOUBLE_QUOTE:
        at += 1
    return bool(
        at < limit
        and buffer[at + 1] == COMMA
        and buffer[at + 2] == DOUBLE_QUOTE
        and buffer[at + 4] == UPPER_A
        and buffer[at + 5] == UPPER_S
        and buffer[at + 6] == DOUBLE_QUOTE
        and buffer[at + 7] == COMMA
    )


@compiled_helper
def _is_pair(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `"key=` stands at `at`, where a key has small letters alone."""
    limit = min(end - 1, at + _MOST_KEY_BYTES)
    stop = at + 1
    while stop < limit and LOWER_A <= buffer[stop] <= LOWER_Z:
        stop += 1
    return bool(stop > at + 1 and buffer[stop] == EQUALS)


@compiled_helper
def _is_title(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `Microsoft DHCP` may stand at `at`."""
    return bool(
        end - at > _TITLE_BYTES
        and buffer[at + 9] == SPACE
        and buffer[at + 10] == UPPER_D
        and buffer[at + 11] == UPPER_H
        and buffer[at + 12] == UPPER_C
    )


@compiled_helper
def _are_names(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a line has separators and none of the bytes that stand in stamps, pairs and paths."""
    if end - at > _MOST_BYTES:
        return False
    separators = 0
    while at < end:
        byte = buffer[at]
        if byte == COLON or byte == EQUALS or byte == LESS_THAN or byte == GREATER_THAN or byte == BACKSLASH:
            return False
        separators += byte == COMMA or byte == SEMICOLON or byte == TAB or byte == BAR
        at += 1
    return separators >= _LEAST_SEPARATORS
