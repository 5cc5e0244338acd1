"""Where a document begins behind the header of a text record: a JSON object, an XML event, CEF or LEEF, a record of PAN-OS,
of Cisco ISE, of Meraki, an event as Splunk writes it, one of Veeam's, or a trap of SNMP.

Takes the columns of prefixes and headers, returns offsets. A few bytes of each record decide, so lines of plain text cost
next to nothing; whether a document stands there is for `documents` to say.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.formats.text.application import APPLICATION_FORMAT
from brainstem.parse.formats.text.epoch import EPOCH_FORMAT
from brainstem.text.ascii import (
    AT_SIGN,
    BAR,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    HYPHEN,
    LESS_THAN,
    LOWER_C,
    LOWER_N,
    LOWER_P,
    LOWER_S,
    LOWER_T,
    LOWER_Y,
    NINE,
    OPEN_BRACE,
    OPEN_BRACKET,
    SLASH,
    SPACE,
    UNDERSCORE,
    UPPER_C,
    UPPER_D,
    UPPER_E,
    UPPER_F,
    UPPER_I,
    UPPER_L,
    UPPER_N,
    UPPER_P,
    ZERO,
)

_LEAST_BYTES: Final = 8
_MOST_HOST_BYTES: Final = 255
_PAN_OS_BYTES: Final = 40
"""no record of PAN-OS is shorter"""

_BEGINS = np.array([byte in b"{<@[CLt0123456789" for byte in range(256)])
"""with which bytes a document begins"""
_TRAP_TAG_BYTES: Final = 9
"""of `snmptrapd`"""


@compiled
def scan_enclosed(
    buffer: Bytes,
    body: Int64s,
    end: Int64s,
    message: Int64s,
    format_number: Flags,
    service: Int64s,
    service_end: Int64s,
    skip: Bools,
) -> tuple[Int64s, Int64s]:
    """Return where a document begins in each record, -1 for none, and where the name of a host before it begins."""
    count = len(body)
    found, host = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    buffer = begin_of(buffer)
    for row in range(count):
        at, stop = message[row], end[row]
        if skip[row] or stop - at < _LEAST_BYTES:
            continue
        first = buffer[at]
        # SentinelOne prints a hyphen where a tag would stand
        if first == HYPHEN and buffer[at + 1] == SPACE:
            while at < stop - _LEAST_BYTES and (buffer[at] == SPACE or buffer[at] == HYPHEN):
                at += 1
            first = buffer[at]
        # most messages begin with a letter that begins no document
        if not _BEGINS[first]:
            pass
        elif first == OPEN_BRACE:
            if buffer[at + 1] == DOUBLE_QUOTE or buffer[at + 1] <= SPACE:
                found[row] = at
        elif first == LESS_THAN:
            if buffer[at + 1] == UPPER_E:
                found[row] = at
        elif first == AT_SIGN:
            # "@cee:" before JSON
            if buffer[at + 1] == LOWER_C and buffer[at + 4] == COLON:
                found[row] = at
        elif first == UPPER_C or first == UPPER_L:
            # "CISE_" begins what Cisco's Identity Services Engine says, and "LogName=" what Splunk does
            if (
                _marked(buffer, at)
                or (buffer[at + 1] == UPPER_I and buffer[at + 4] == UNDERSCORE)
                or (buffer[at + 3] == UPPER_N and buffer[at + 7] == EQUALS)
            ):
                found[row] = at
        elif first == OPEN_BRACKET:
            # "[categoryId=" begins what Veeam says, behind an element of its own
            if buffer[at + 1] == LOWER_C and buffer[at + 9] == UPPER_I and buffer[at + 11] == EQUALS:
                found[row] = at
        elif first == LOWER_T:
            # "type=" behind the name of a device of Meraki and the role of its message
            if buffer[at + 4] == EQUALS and buffer[at + 1] == LOWER_Y and format_number[row] == EPOCH_FORMAT:
                found[row] = at
        elif ZERO <= first <= NINE and buffer[at + 1] == COMMA:
            if _is_pan_os(buffer, at, stop):
                found[row] = at
        elif ZERO <= first <= NINE and at > body[row] and (buffer[at + 1] == BAR or buffer[at + 1] == DOT):
            # "CEF:" was taken for a tag, or "CEF: " as some write it
            back = at - 1 if buffer[at - 1] == SPACE else at
            if back - body[row] >= 5 and _marked(buffer, back - 5):
                found[row] = back - 5
            elif back - body[row] >= 4 and _marked(buffer, back - 4):
                found[row] = back - 4
        if found[row] >= 0:
            continue
        if service_end[row] - service[row] == _TRAP_TAG_BYTES and _is_trap_tag(buffer, service[row]):
            found[row] = at
            continue
        first = buffer[body[row]]
        if (first == UPPER_C or first == UPPER_L) and _marked(buffer, body[row]):
            found[row] = body[row]
        # behind an ISO stamp without a priority a host is no host unless a tag follows it
        elif format_number[row] == APPLICATION_FORMAT:
            word = at
            while word < stop - _LEAST_BYTES and word - at < _MOST_HOST_BYTES and buffer[word] > SPACE:
                word += 1
            if (
                word > at
                and buffer[word] == SPACE
                and (_marked(buffer, word + 1) or _is_pan_os(buffer, word + 1, stop))
            ):
                found[row], host[row] = word + 1, at
            # snmptrapd's own file has no tag: "sw1 [UDP: [10.20.0.7]:161->", "10.20.0.7(via UDP: ["
            elif word > at and buffer[word] == SPACE and _is_transport(buffer, word + 1):
                found[row] = at
    return found, host


@compiled_helper
def _is_pan_os(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether `1,2022/02/04 10:00:00,` stands at `at`, as PAN-OS prints it."""
    return bool(
        end - at > _PAN_OS_BYTES
        and ZERO <= buffer[at] <= NINE
        and buffer[at + 1] == COMMA
        and buffer[at + 6] == SLASH
        and buffer[at + 9] == SLASH
    )


@compiled_helper
def _is_trap_tag(buffer: Bytes, at: int) -> bool:
    """Return whether the nine bytes of a tag at `at` are `snmptrapd`."""
    return bool(
        buffer[at] == LOWER_S and buffer[at + 1] == LOWER_N and buffer[at + 4] == LOWER_T and buffer[at + 7] == LOWER_P
    )


@compiled_helper
def _is_transport(buffer: Bytes, at: int) -> bool:
    """Return whether `[UDP: [` or `UDP: [` stands at `at`, TCP in place of UDP or not."""
    at += buffer[at] == OPEN_BRACKET
    return bool(
        buffer[at + 1] in (UPPER_C, UPPER_D)
        and buffer[at + 2] == UPPER_P
        and buffer[at + 3] == COLON
        and buffer[at + 4] == SPACE
        and buffer[at + 5] == OPEN_BRACKET
    )


@compiled_helper
def _marked(buffer: Bytes, at: int) -> bool:
    """Return whether `CEF:` or `LEEF:` stands at `at`."""
    if buffer[at] == UPPER_L:
        at += 1
        if buffer[at] != UPPER_E:
            return False
    elif buffer[at] != UPPER_C:
        return False
    return bool(buffer[at + 1] == UPPER_E and buffer[at + 2] == UPPER_F and buffer[at + 3] == COLON)
