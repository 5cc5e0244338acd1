"""Hosts and tags: `host prog[pid]:` as RFC 3164 has it (section 4.1.2 and 4.1.3), and its relatives."""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import piece
from brainstem.parse.scan.header_fields import (
    HOST_AT,
    HOST_END,
    MESSAGE_AT,
    PROCESS_ID,
    SERVICE_AT,
    SERVICE_END,
    behind_blanks,
    end_of_word,
    process_id_of,
)
from brainstem.text.ascii import (
    CLOSE_BRACKET,
    COLON,
    DELETE,
    DOT,
    FIRST_NON_ASCII,
    HYPHEN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_F,
    LOWER_Z,
    NINE,
    OPEN_BRACE,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    PERCENT,
    SLASH,
    SPACE,
    UNDERSCORE,
    ZERO,
)

_ENDS_TAG = np.array([byte <= SPACE or byte >= OPEN_BRACE or byte in b':["=,<' for byte in range(256)])
_IN_HOST = np.array(
    [
        byte == PERCENT or (byte >= HYPHEN and byte not in b";<=>?[\\]^`" and not OPEN_BRACE <= byte <= DELETE)
        for byte in range(256)
    ]
)

_MAX_HOST_BYTES: Final = 255
_MAX_TAG_BYTES: Final = 96


@piece
def tag_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `prog:`, `prog[pid]:`, `prog(sub)[pid]:`; give where the message begins, -1 if it is none."""
    stop = at
    limit = min(end, at + _MAX_TAG_BYTES)
    while stop < limit and not _ENDS_TAG[buffer[stop]]:
        stop += 1
    if stop == at or stop >= limit or buffer[at] == PERCENT or buffer[at] == OPEN_PARENTHESIS:
        return -1
    name_end = stop
    if buffer[stop] == COLON:
        # "::" is a module path, ":/" a locator
        # and a digit follows in an address with its port or in a time
        if stop + 1 < end and (buffer[stop + 1] == COLON or SLASH <= buffer[stop + 1] <= NINE):
            return -1
        stop += 1
    elif buffer[stop] == OPEN_BRACKET:
        close = stop + 1
        while close < min(end, stop + 32) and buffer[close] > SPACE and buffer[close] != CLOSE_BRACKET:
            close += 1
        if close >= end or buffer[close] != CLOSE_BRACKET or close == stop + 1:
            return -1
        behind = close + 1
        if behind < end and buffer[behind] != COLON and buffer[behind] > SPACE:
            return -1
        pid = process_id_of(buffer, stop + 1, close)
        if pid < 0 and (behind >= end or buffer[behind] != COLON):
            return -1
        out[PROCESS_ID] = pid
        stop = behind + 1 if behind < end and buffer[behind] == COLON else behind
    else:
        return -1
    out[SERVICE_AT] = at
    out[SERVICE_END] = name_end
    return min(behind_blanks(buffer, stop, end), end)


@piece
def end_of_host(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of a host name or address at `at`, -1 if there is none."""
    if at >= end:
        return -1
    first = buffer[at]
    if not (
        LOWER_A <= (first | LOWER_CASE_BIT) <= LOWER_Z
        or ZERO <= first <= NINE
        or first in (COLON, UNDERSCORE)
        or first >= FIRST_NON_ASCII
    ):
        return -1
    stop = at
    while stop < end and buffer[stop] > SPACE:
        if not _IN_HOST[buffer[stop]]:
            return -1
        stop += 1
    return stop if stop - at <= _MAX_HOST_BYTES else -1


@piece
def is_address(buffer: Bytes, at: int, stop: int) -> bool:
    """Return whether a word is an IP address."""
    colons, dots, hexadecimal = 0, 0, True
    for index in range(at, stop):
        byte = buffer[index]
        colons += byte == COLON
        dots += byte == DOT
        if not (ZERO <= byte <= NINE or LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_F or byte in (COLON, DOT)):
            hexadecimal = False
    return hexadecimal and (dots == 3 or colons >= 2)


@piece
def host_and_tag(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Read `host prog[pid]: message`, where each of the two may be missing."""
    at = behind_blanks(buffer, at, end)
    out[MESSAGE_AT] = at
    if at < end and buffer[at] == PERCENT:
        return
    stop = end_of_host(buffer, at, end)
    if stop > 0 and buffer[stop - 1] != COLON:
        behind = tag_end(buffer, at, end, out)
        if behind > 0 and _whole_word(buffer, out[SERVICE_END], stop):
            # "prog[pid]" or "prog:text" with no host before it
            out[MESSAGE_AT] = behind
            return
        out[SERVICE_AT] = -1
        out[SERVICE_END] = -1
        out[PROCESS_ID] = -1
    if stop > 0 and _names_host(buffer, at, stop, end):
        out[HOST_AT] = at
        out[HOST_END] = stop - 1 if buffer[stop - 1] == COLON and buffer[stop - 2] != COLON else stop
        at = behind_blanks(buffer, stop, end)
        if at < end and buffer[at] == COLON:
            at = behind_blanks(buffer, at + 1, end)
        out[MESSAGE_AT] = at
    behind = tag_end(buffer, at, end, out)
    if behind > 0:
        out[MESSAGE_AT] = behind


@piece
def _whole_word(buffer: Bytes, name_end: int, word_end: int) -> bool:
    """Return whether a tag's bracket belongs to the word itself."""
    return bool(name_end < word_end and buffer[name_end] == OPEN_BRACKET)


@piece
def _names_host(buffer: Bytes, at: int, stop: int, end: int) -> bool:
    """Tell a host from a tag: a word with a colon is a host if it is an address or a mnemonic or tag follows."""
    if buffer[stop - 1] != COLON:
        return True
    if is_address(buffer, at, stop - 1) or is_address(buffer, at, stop):
        return True
    behind = behind_blanks(buffer, stop, end)
    if behind >= end:
        return False
    if buffer[behind] == PERCENT:
        return True
    word = end_of_word(buffer, behind, end)
    return bool(word - behind > 3 and buffer[word - 1] == COLON and buffer[word - 2] == CLOSE_BRACKET)
