"""The first look at a record: what it is made of, its priority, and where its time stamp could begin.

Takes record slices, gives offsets into the same buffer. Recognizes blank and padding records, the syslog priority
(RFC 3164 section 4.1.1, RFC 5424 section 6.2.1) and what network devices print before the stamp: sequence numbers, the
device's name, a clock mark. Never copies bytes.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of

BODY_TEXT: Final = 0
BODY_BLANK: Final = 1
BODY_NUL_PADDING: Final = 2
BODY_OVERSIZE: Final = 3
BODY_JSON: Final = 4

_MAX_PREFIX_TOKENS: Final = 5
_MAX_PREFIX_TOKEN_BYTES: Final = 64


class Prefixes(NamedTuple):
    """Columns, one row a record; offsets index the buffer, -1 says absent."""

    nature: npt.NDArray[np.uint8]
    """one of the BODY_ constants"""
    body: Int64s
    """first byte after padding, byte order mark and colour codes"""
    end: Int64s
    """end of the text, terminator excluded"""
    priority: npt.NDArray[np.int16]
    """syslog priority 0..191"""
    rest: Int64s
    """first byte after the priority, or a device's message mnemonic where one stands there without a stamp"""
    versioned: npt.NDArray[np.bool_]
    """a protocol version stands behind the priority (RFC 5424)"""
    stamp: Int64s
    """where a stamp could begin"""
    host_start: Int64s
    """a host name printed before the stamp"""
    host_end: Int64s


@compiled
def scan_prefixes(
    buffer: Bytes, start: Int64s, length: Int32s, max_record_bytes: int
) -> tuple[
    npt.NDArray[np.uint8],
    Int64s,
    Int64s,
    npt.NDArray[np.int16],
    Int64s,
    npt.NDArray[np.bool_],
    Int64s,
    Int64s,
    Int64s,
]:
    """Look at the beginning of every record; the columns are those of `Prefixes`."""
    count = len(start)
    nature = np.zeros(count, np.uint8)
    body = np.empty(count, np.int64)
    ends = np.empty(count, np.int64)
    priority = np.full(count, -1, np.int16)
    rest = np.empty(count, np.int64)
    versioned = np.zeros(count, np.bool_)
    stamp = np.full(count, -1, np.int64)
    host_start, host_end = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    found = np.empty(3, np.int64)
    buffer = begin_of(buffer)
    for row in range(count):
        begin = start[row]
        end = _text_end(buffer, begin, begin + length[row])
        at = _text_begin(buffer, begin, end)
        body[row] = at
        ends[row] = end
        rest[row] = at
        nature[row] = _nature(buffer, begin, at, end, length[row] > max_record_bytes)
        if nature[row] != BODY_TEXT:
            continue
        value, after = _priority(buffer, at, end)
        priority[row] = value
        rest[row] = after
        if value >= 0:
            behind_version = _version(buffer, after, end)
            if behind_version > 0:
                versioned[row] = True
                stamp[row] = behind_version
                continue
        stamp[row] = _find_stamp(buffer, after, end, value >= 0, found)
        if stamp[row] >= 0 or found[2] >= 0:
            host_start[row] = found[0]
            host_end[row] = found[1]
        if found[2] >= 0:
            rest[row] = found[2]
    return nature, body, ends, priority, rest, versioned, stamp, host_start, host_end


@compiled_helper
def _text_end(buffer: Bytes, begin: int, end: int) -> int:
    """Return the end of a record's text without its terminator."""
    if end > begin and buffer[end - 1] == 10:
        end -= 1
    while end > begin and buffer[end - 1] == 13:
        end -= 1
    return end


@compiled_helper
def _text_begin(buffer: Bytes, begin: int, end: int) -> int:
    """Skip NUL bytes, spaces, a byte order mark and colour codes (ECMA-48 SGR) before the text."""
    at = begin
    while at < end:
        byte = buffer[at]
        if byte == 0 or byte == 32 or byte == 9 or byte == 10 or byte == 13:
            at += 1
        elif byte == 0xEF and at + 2 < end and buffer[at + 1] == 0xBB and buffer[at + 2] == 0xBF:
            at += 3
        elif byte == 27 and at + 2 < end and buffer[at + 1] == 91:
            stop = at + 2
            while stop < end and (48 <= buffer[stop] <= 57 or buffer[stop] == 59):
                stop += 1
            if stop == end or buffer[stop] != 109:
                return at
            at = stop + 1
        else:
            return at
    return at


@compiled_helper
def _nature(buffer: Bytes, begin: int, at: int, end: int, oversize: bool) -> int:
    """Tell what kind of record it is."""
    if oversize:
        return BODY_OVERSIZE
    if at == end:
        for index in range(begin, end):
            if buffer[index] == 0:
                return BODY_NUL_PADDING
        return BODY_BLANK
    if buffer[at] == 123:
        return BODY_JSON
    return BODY_TEXT


@compiled
def _priority(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Read `<PRI>`; give its value (-1 for none) and the first byte that is no space behind it."""
    if buffer[at] != 60:
        return -1, at
    value = 0
    index = at + 1
    while index < end and index < at + 4 and 48 <= buffer[index] <= 57:
        value = value * 10 + buffer[index] - 48
        index += 1
    if index == at + 1 or index >= end or buffer[index] != 62 or value > 191:
        return -1, at
    index += 1
    while index < end and buffer[index] == 32:
        index += 1
    return value, index


@compiled_helper
def _version(buffer: Bytes, at: int, end: int) -> int:
    """Return where the stamp of an RFC 5424 header stands when `at` holds its version, else -1."""
    index = at
    while index < end and index < at + 3 and 48 <= buffer[index] <= 57:
        index += 1
    if index == at or buffer[at] == 48 or index + 1 >= end or buffer[index] != 32:
        return -1
    index += 1
    if buffer[index] == 45:
        return index if index + 1 < end and buffer[index + 1] == 32 else -1
    if end - index < 20 or buffer[index + 4] != 45 or buffer[index + 7] != 45 or buffer[index + 10] != 84:
        return -1
    return index


@compiled_helper
def _digit(buffer: Bytes, at: int) -> bool:
    return bool(48 <= buffer[at] <= 57)


@compiled_helper
def _month(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether an English month's first three letters and a space stand at `at`."""
    if end - at < 6 or buffer[at + 3] != 32:
        return False
    code = ((buffer[at] | 32) << 16) | ((buffer[at + 1] | 32) << 8) | (buffer[at + 2] | 32)
    return bool(
        code == 0x6A616E  # jan
        or code == 0x666562
        or code == 0x6D6172
        or code == 0x617072
        or code == 0x6D6179
        or code == 0x6A756E
        or code == 0x6A756C
        or code == 0x617567
        or code == 0x736570
        or code == 0x6F6374
        or code == 0x6E6F76
        or code == 0x646563
    )


@compiled_helper
def _weekday(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a short English weekday and a space or comma stand at `at`."""
    if end - at < 10 or (buffer[at + 3] != 32 and buffer[at + 3] != 44):
        return False
    code = ((buffer[at] | 32) << 16) | ((buffer[at + 1] | 32) << 8) | (buffer[at + 2] | 32)
    return bool(
        code == 0x6D6F6E  # mon
        or code == 0x747565
        or code == 0x776564
        or code == 0x746875
        or code == 0x667269
        or code == 0x736174
        or code == 0x73756E
    )


@compiled_helper
def _stamp_like(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a date could begin at `at`; the stamp reader decides."""
    if end - at < 10:
        return False
    if not _digit(buffer, at):
        if buffer[at] == 100 and buffer[at + 4] == 61 and buffer[at + 3] == 101:
            # the key before FortiOS's date
            return _digit(buffer, at + 5)
        return _month(buffer, at, end) or _weekday(buffer, at, end)
    if not _digit(buffer, at + 1) or not _digit(buffer, at + 2) or not _digit(buffer, at + 3):
        return False
    mark = buffer[at + 4]
    if mark == 45 or mark == 47:
        return _digit(buffer, at + 5) or buffer[at + 8] == mark
    return mark == 32 and _month(buffer, at + 5, end)


@compiled_helper
def _epoch_like(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether ten or more digits, as of seconds since 1970, stand at `at`."""
    if end - at < 12:
        return False
    for index in range(at, at + 10):  # noqa: SIM110  # compiled code has no generator expressions
        if not _digit(buffer, index):
            return False
    return True


@compiled_helper
def _find_stamp(buffer: Bytes, at: int, end: int, prioritized: bool, host: Int64s) -> int:
    """Return where a stamp could begin, past sequence numbers, host names and clock marks; -1 for nowhere.

    `host` gets the begin and end of a name, and the place of a mnemonic that stands there instead of a stamp.
    """
    host[0], host[1], host[2] = -1, -1, -1
    tokens = 0
    while at < end and tokens <= _MAX_PREFIX_TOKENS:
        if _stamp_like(buffer, at, end):
            return at
        byte = buffer[at]
        if byte == 91:
            return at + 1 if tokens == 0 and _stamp_like(buffer, at + 1, end) else -1
        if byte == 37:
            # it begins a message mnemonic, so no stamp follows
            host[2] = at if prioritized and tokens > 0 else -1
            return -1
        if prioritized and _epoch_like(buffer, at, end):
            return at
        if byte == 42 or byte == 46 or byte == 58 or byte == 32:
            at += 1
            continue
        stop = _token_end(buffer, at, end)
        if stop < 0 or (buffer[stop] == 32 and not prioritized):
            return -1
        if host[0] < 0 and _is_name(buffer, at, stop):
            host[0] = at
            host[1] = stop
        at = stop + 1
        tokens += 1
    return -1


@compiled_helper
def _token_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the colon or space behind the token at `at`; -1 if it is no name or too long."""
    stop = at
    while stop < end and stop - at < _MAX_PREFIX_TOKEN_BYTES:
        byte = buffer[stop]
        if byte == 58 or byte == 32:
            return stop if stop > at else -1
        if byte < 45 or byte == 60 or byte == 61 or byte == 62 or byte == 91 or byte == 93 or byte >= 123:
            return -1
        stop += 1
    return -1


@compiled_helper
def _is_name(buffer: Bytes, at: int, stop: int) -> bool:
    """Tell a device's name from a sequence number and from a line card's place (`RP/0/CPU0`)."""
    named = False
    for index in range(at, stop):
        byte = buffer[index]
        if byte == 47:
            return False
        if not 48 <= byte <= 57:
            named = True
    return named
