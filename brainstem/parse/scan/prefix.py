"""The first pass over a record: what it is made of, its priority, and where its time stamp could begin.

Takes the bounds of records, returns the columns of `Prefixes`: offsets into the same buffer. Recognizes blank and padding
records, JSON, the syslog priority (RFC 3164 section 4.1.1, RFC 5424 section 6.2.1), and what network devices print before
the stamp: sequence numbers, the device's name, a mark of the clock's state. Finds candidates only; whether a stamp stands
there is for `timestamp` to say. Never copies bytes.
"""

import re
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.severity.device_levels import mnemonic_digit
from brainstem.parse.scan.severity.words import level_of
from brainstem.text.ascii import (
    ASTERISK,
    AT_SIGN,
    BAR,
    BOM_FIRST,
    BOM_SECOND,
    BOM_THIRD,
    CARRIAGE_RETURN,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    EQUALS,
    ESCAPE,
    GREATER_THAN,
    HYPHEN,
    LESS_THAN,
    LINE_FEED,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_D,
    LOWER_E,
    LOWER_H,
    LOWER_M,
    LOWER_O,
    LOWER_P,
    LOWER_S,
    LOWER_W,
    LOWER_Y,
    LOWER_Z,
    NINE,
    NUL,
    ONE,
    OPEN_BRACE,
    OPEN_BRACKET,
    PERCENT,
    SEMICOLON,
    SLASH,
    SPACE,
    TAB,
    UNDERSCORE,
    UPPER_T,
    ZERO,
)

BODY_TEXT: Final = 0
BODY_BLANK: Final = 1
"""nothing but spaces, tabs and line ends"""
BODY_NUL_PADDING: Final = 2
"""nothing but NUL bytes and blanks, as a file system leaves them behind a crash"""
BODY_OVERSIZE: Final = 3
"""longer than a record may be; framing has cut it"""
BODY_JSON: Final = 4
"""begins with a brace; whether it is JSON is for the decoder to say"""

_COUNT_DIGITS: Final = 6
_ENTRY_DIGITS: Final = 4
_MAX_ORIGIN_BYTES: Final = 200
_MAX_PREFIX_TOKENS: Final = 5
_MAX_PREFIX_TOKEN_BYTES: Final = 64

_JAN, _FEB, _MAR, _APR, _MAY, _JUN, _JUL, _AUG, _SEP, _OCT, _NOV, _DEC = (
    int.from_bytes(name, "big") for name in b"jan feb mar apr may jun jul aug sep oct nov dec".split()
)
_MON, _TUE, _WED, _THU, _FRI, _SAT, _SUN = (
    int.from_bytes(name, "big") for name in b"mon tue wed thu fri sat sun".split()
)

# what is printed before a stamp, or in place of one: offsets, -1 for nothing
_HOST_START, _HOST_END, _MNEMONIC_AT, _ORIGIN_START, _ORIGIN_END = range(5)


class Prefixes(NamedTuple):
    """Columns, one row a record; offsets index the buffer, -1 is absent."""

    nature: Flags
    """one of the BODY_ constants"""
    body: Int64s
    """first byte after padding, byte order mark and colour codes"""
    end: Int64s
    """end of the text, terminator excluded"""
    priority: npt.NDArray[np.int16]
    """syslog priority 0..191"""
    rest: Int64s
    """first byte after the priority, or a device's message mnemonic where one stands there without a stamp"""
    versioned: Bools
    """a protocol version stands behind the priority (RFC 5424)"""
    stamp: Int64s
    """where a stamp could begin"""
    host_start: Int64s
    """a host name printed before the stamp"""
    host_end: Int64s
    origin_start: Int64s
    """the name of a container or a pod's container, printed before all else by the tool that collects their output"""
    origin_end: Int64s


_PADDING: Final = re.compile(rb"(?:[\0 \t\r\n]|\xef\xbb\xbf|\x1b\[[0-9;]*m)*")


def unprefixed(prefixes: Prefixes, buffer: Bytes, start: Int64s, objects: bool) -> Prefixes:
    """Return columns in which every text begins at its first byte behind padding, and nothing is read before or in it.

    `objects`: records that begin with a brace stay JSON, and what a collector has printed before them is still read.
    """
    if not objects:
        prefixes.nature[prefixes.nature == BODY_JSON] = BODY_TEXT
    is_text = prefixes.nature == BODY_TEXT
    for row in np.flatnonzero(is_text & (prefixes.body > start)).tolist():
        padding = _PADDING.match(buffer[start[row] : prefixes.body[row]].tobytes())
        prefixes.body[row] = start[row] + (padding.end() if padding else 0)
    prefixes.rest[is_text] = prefixes.body[is_text]
    prefixes.versioned[is_text] = False
    for column in (
        prefixes.priority,
        prefixes.stamp,
        prefixes.host_start,
        prefixes.host_end,
        prefixes.origin_start,
        prefixes.origin_end,
    ):
        column[is_text] = -1
    return prefixes


@compiled
def scan_prefixes(
    buffer: Bytes, start: Int64s, length: Int32s, max_record_bytes: int
) -> tuple[
    Flags,
    Int64s,
    Int64s,
    npt.NDArray[np.int16],
    Int64s,
    Bools,
    Int64s,
    Int64s,
    Int64s,
    Int64s,
    Int64s,
]:
    """Return the columns of `Prefixes`, one row a record."""
    count = len(start)
    nature = np.zeros(count, np.uint8)
    body = np.empty(count, np.int64)
    ends = np.empty(count, np.int64)
    priority = np.full(count, -1, np.int16)
    rest = np.empty(count, np.int64)
    versioned = np.zeros(count, np.bool_)
    stamp = np.full(count, -1, np.int64)
    host_start, host_end = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    origin_start, origin_end = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    found = np.empty(_ORIGIN_END + 1, np.int64)
    buffer = begin_of(buffer)
    for row in range(count):
        begin = start[row]
        end = _text_end(buffer, begin, begin + length[row])
        at = _text_begin(buffer, begin, end)
        behind = _behind_origin(buffer, at, end, found)
        if behind > at:
            origin_start[row], origin_end[row] = found[_ORIGIN_START], found[_ORIGIN_END]
            at = _text_begin(buffer, behind, end)
        body[row] = at
        ends[row] = end
        rest[row] = at
        nature[row] = _nature(buffer, begin, at, end, length[row] > max_record_bytes)
        if nature[row] != BODY_TEXT:
            continue
        # from here on only text: JSON and rejects have no prefix
        value, after = _priority(buffer, at, end)
        priority[row] = value
        rest[row] = after
        if value >= 0:
            # "<34>1 " names the place of the stamp, so nothing has to be searched
            behind_version = _version(buffer, after, end)
            if behind_version > 0:
                versioned[row] = True
                stamp[row] = behind_version
                continue
        elif buffer[at] == ONE and end - at > 24 and buffer[at + 1] == SPACE and _digit(buffer, at + 2):
            # a receiver may have taken the priority off, but not the version
            behind_version = _version(buffer, at, end)
            if behind_version > 0:
                versioned[row] = True
                stamp[row] = behind_version
                continue
        stamp[row] = _find_stamp(buffer, after, end, value >= 0, found)
        # a name before nothing is the beginning of a text rather than a host
        if stamp[row] >= 0 or found[_MNEMONIC_AT] >= 0:
            host_start[row] = found[_HOST_START]
            host_end[row] = found[_HOST_END]
        if found[_MNEMONIC_AT] >= 0:
            rest[row] = found[_MNEMONIC_AT]
    return nature, body, ends, priority, rest, versioned, stamp, host_start, host_end, origin_start, origin_end


@compiled_helper
def _behind_origin(buffer: Bytes, at: int, end: int, found: Int64s) -> int:
    """Return where a record begins behind the name of its container or the count of its bytes, `at` if neither is printed.

    `found` gets the bounds of the name. `web-1  | text` is Docker Compose's, `[pod/name/container] text` kubectl's, and
    `72 <134>1 ` the count before a frame of syslog over TCP (RFC 6587).
    """
    if at >= end:
        return at
    found[_ORIGIN_START], found[_ORIGIN_END] = -1, -1
    if _digit(buffer, at):
        stop = at
        while stop < end and stop - at < _COUNT_DIGITS and _digit(buffer, stop):
            stop += 1
        if stop + 3 < end and buffer[stop] == SPACE and buffer[stop + 1] == LESS_THAN and _digit(buffer, stop + 2):
            value, _ = _priority(buffer, stop + 1, end)
            return stop + 1 if value >= 0 else at
        # no name, but a date
        return at
    stop = at
    if buffer[at] == OPEN_BRACKET:
        if end - at < 8 or buffer[at + 1] != LOWER_P or buffer[at + 2] != LOWER_O or buffer[at + 4] != SLASH:
            return at
        name = at
        while stop < end and stop - at < _MAX_ORIGIN_BYTES and buffer[stop] > SPACE and buffer[stop] != CLOSE_BRACKET:
            stop += 1
            name = stop if buffer[stop - 1] == SLASH else name
        if stop + 1 >= end or buffer[stop] != CLOSE_BRACKET or buffer[stop + 1] != SPACE:
            return at
        found[_ORIGIN_START], found[_ORIGIN_END] = name, stop
        return stop + 2
    while stop < end and stop - at < _MAX_PREFIX_TOKEN_BYTES and _in_container_name(buffer[stop]):
        stop += 1
    if stop == at or stop + 2 >= end or buffer[stop] != SPACE:
        return at
    bar = stop
    while bar < end and bar - stop < _MAX_PREFIX_TOKEN_BYTES and buffer[bar] == SPACE:
        bar += 1
    if bar + 2 >= end or buffer[bar] != BAR or buffer[bar + 1] != SPACE:
        return at
    # Compose numbers its containers: "web-1", "lab_web_1". A name of one's own counts before what begins a record only
    numbered = stop - at > 2 and _digit(buffer, stop - 1) and _separated_number(buffer, at, stop)
    first = buffer[bar + 2]
    if bar + 4 >= end:
        return at
    if not numbered and (first not in (OPEN_BRACE, OPEN_BRACKET) and not _stamp_like(buffer, bar + 2, end)):
        return at
    # "a1 | 02/04/2022 | 10:00:00 | text" is an entry of an event log with its number
    if stop - at <= _ENTRY_DIGITS and buffer[bar + 4] == SLASH:
        return at
    # "INFO | 2022-02-04 10:00:00 | text" is an application's own
    if level_of(buffer, at, stop) > 0:
        return at
    found[_ORIGIN_START], found[_ORIGIN_END] = at, stop
    return bar + 2


@compiled_helper
def _in_container_name(byte: int) -> bool:
    """Return whether Docker allows a byte in the name of a container."""
    return ZERO <= byte <= NINE or LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z or byte in (HYPHEN, DOT, UNDERSCORE)


@compiled_helper
def _separated_number(buffer: Bytes, at: int, stop: int) -> bool:
    """Return whether a name ends in a hyphen or underscore and a number."""
    index = stop - 1
    while index > at and _digit(buffer, index):
        index -= 1
    return bool(index > at and buffer[index] in (HYPHEN, UNDERSCORE))


@compiled_helper
def _text_end(buffer: Bytes, begin: int, end: int) -> int:
    """Return the end of a record's text without its terminator."""
    if end > begin and buffer[end - 1] == LINE_FEED:
        end -= 1
    # several carriage returns come from text that was converted twice
    while end > begin and buffer[end - 1] == CARRIAGE_RETURN:
        end -= 1
    return end


@compiled_helper
def _text_begin(buffer: Bytes, begin: int, end: int) -> int:
    """Return the first byte that is no NUL, blank, byte order mark or colour code (ECMA-48 SGR)."""
    at = begin
    while at < end:
        byte = buffer[at]
        if byte in (NUL, SPACE, TAB, LINE_FEED, CARRIAGE_RETURN):
            at += 1
        elif byte == BOM_FIRST and at + 2 < end and buffer[at + 1] == BOM_SECOND and buffer[at + 2] == BOM_THIRD:
            at += 3
        elif byte == ESCAPE and at + 2 < end and buffer[at + 1] == OPEN_BRACKET:
            # "ESC [ 1 ; 31 m": parameters, then the letter that makes the sequence a colour
            stop = at + 2
            while stop < end and (ZERO <= buffer[stop] <= NINE or buffer[stop] == SEMICOLON):
                stop += 1
            if stop == end or buffer[stop] != LOWER_M:
                return at
            at = stop + 1
        else:
            return at
    return at


@compiled_helper
def _nature(buffer: Bytes, begin: int, at: int, end: int, oversize: bool) -> int:
    """Return the BODY_ constant of a record whose text begins at `at`."""
    # before all else: a cut piece must not be taken for a record of its own
    if oversize:
        return BODY_OVERSIZE
    if at == end:
        for index in range(begin, end):
            if buffer[index] == NUL:
                return BODY_NUL_PADDING
        return BODY_BLANK
    if buffer[at] == OPEN_BRACE:
        return BODY_JSON
    return BODY_TEXT


@compiled
def _priority(buffer: Bytes, at: int, end: int) -> tuple[int, int]:
    """Return the value of `<PRI>`, -1 for none, and the first byte behind it that is no space."""
    if buffer[at] != LESS_THAN:
        return -1, at
    value = 0
    index = at + 1
    while index < end and index < at + 4 and ZERO <= buffer[index] <= NINE:
        value = value * 10 + buffer[index] - ZERO
        index += 1
    # 23 facilities of 8 severities end at 191; "<200>" and "<main>" are text
    if index == at + 1 or index >= end or buffer[index] != GREATER_THAN or value > 191:
        return -1, at
    index += 1
    # some devices put a space behind it
    while index < end and buffer[index] == SPACE:
        index += 1
    return value, index


@compiled_helper
def _version(buffer: Bytes, at: int, end: int) -> int:
    """Return where the stamp of an RFC 5424 header stands if its version is at `at`, else -1."""
    index = at
    while index < end and index < at + 3 and ZERO <= buffer[index] <= NINE:
        index += 1
    # a version is 1 to 999 (section 6.2.2); with a colon behind it the number is a device's counter
    if index == at or buffer[at] == ZERO or index + 1 >= end or buffer[index] != SPACE:
        return -1
    index += 1
    # NILVALUE in place of a stamp
    if buffer[index] == HYPHEN:
        return index if index + 1 < end and buffer[index + 1] == SPACE else -1
    # the marks of "2022-02-03T21:14:15" settle it: a year or a counter may stand behind a priority too
    if end - index < 20 or buffer[index + 4] != HYPHEN or buffer[index + 7] != HYPHEN or buffer[index + 10] != UPPER_T:
        return -1
    return index


@compiled_helper
def _digit(buffer: Bytes, at: int) -> bool:
    """Return whether a digit stands at `at`."""
    return bool(ZERO <= buffer[at] <= NINE)


@compiled_helper
def _month(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether the first three letters of an English month and a space stand at `at`."""
    if end - at < 6 or buffer[at + 3] != SPACE:
        return False
    code = (
        ((buffer[at] | LOWER_CASE_BIT) << 16)
        | ((buffer[at + 1] | LOWER_CASE_BIT) << 8)
        | (buffer[at + 2] | LOWER_CASE_BIT)
    )
    return code in (_JAN, _FEB, _MAR, _APR, _MAY, _JUN, _JUL, _AUG, _SEP, _OCT, _NOV, _DEC)


@compiled_helper
def _weekday(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a short English weekday and a space or comma stand at `at`."""
    if end - at < 10 or (buffer[at + 3] != SPACE and buffer[at + 3] != COMMA):
        return False
    code = (
        ((buffer[at] | LOWER_CASE_BIT) << 16)
        | ((buffer[at + 1] | LOWER_CASE_BIT) << 8)
        | (buffer[at + 2] | LOWER_CASE_BIT)
    )
    return code in (_MON, _TUE, _WED, _THU, _FRI, _SAT, _SUN)


@compiled_helper
def _stamp_like(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a date could begin at `at`, by its first bytes; the reader of stamps decides."""
    # ten bytes are the shortest date
    if end - at < 10:
        return False
    if not _digit(buffer, at):
        if buffer[at] == LOWER_D and buffer[at + 4] == EQUALS and buffer[at + 3] == LOWER_E:
            # "date=2022-02-04", as FortiOS prints it
            return _digit(buffer, at + 5)
        return _month(buffer, at, end) or _weekday(buffer, at, end)
    if not _digit(buffer, at + 1):
        return False
    if not _digit(buffer, at + 2) or not _digit(buffer, at + 3):
        # "02/04/2022", in either order
        return bool(
            buffer[at + 2] == SLASH and _digit(buffer, at + 3) and buffer[at + 5] == SLASH and _digit(buffer, at + 6)
        )
    mark = buffer[at + 4]
    # "2022-02-04" and "2022/02/04", or with the month's name "2022-Feb- 4"
    if mark in (HYPHEN, SLASH):
        return _digit(buffer, at + 5) or buffer[at + 8] == mark
    # "2022:02:04" (Sophos UTM) and "2022 02 04"
    if mark in (COLON, SPACE) and buffer[at + 7] == mark and _digit(buffer, at + 5) and _digit(buffer, at + 8):
        return True
    # "2022 Feb  4"
    return mark == SPACE and _month(buffer, at + 5, end)


@compiled_helper
def _epoch_like(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether ten digits or more, as of seconds since 1970, stand at `at`."""
    if end - at < 12:
        return False
    for index in range(at, at + 10):  # noqa: SIM110  # compiled code has no generator expressions
        if not _digit(buffer, index):
            return False
    return True


@compiled_helper
def _find_stamp(buffer: Bytes, at: int, end: int, prioritized: bool, found: Int64s) -> int:
    """Return where a stamp could begin, past sequence numbers, host names and clock marks; -1 for nowhere.

    `found` gets the bounds of a host's name on the way, and the place of a mnemonic that stands instead of a stamp.
    Without a priority only tokens that end with a colon are passed over, as otherwise any text would be searched.
    """
    found[_HOST_START], found[_HOST_END], found[_MNEMONIC_AT] = -1, -1, -1
    tokens = 0
    starred = False
    while at < end and tokens <= _MAX_PREFIX_TOKENS:
        if _stamp_like(buffer, at, end):
            return at
        byte = buffer[at]
        # "[2022-02-04 10:00:00]" at the very beginning; a bracket behind a token holds something else
        if byte == OPEN_BRACKET:
            return at + 1 if tokens == 0 and _stamp_like(buffer, at + 1, end) else -1
        if byte == PERCENT:
            # what Comware writes to its own file: "%Feb  4 10:00:00:250 2022 quay1 LAMP/3/OUT: text"
            marked = _behind_mark(buffer, at, end) if tokens == 0 else -1
            if marked > 0:
                return marked
            # a mnemonic such as "%LINK-3-UPDOWN", so no stamp follows
            is_mnemonic = tokens > 0 and (prioritized or mnemonic_digit(buffer, at, end) >= 0)
            found[_MNEMONIC_AT] = at if is_mnemonic else -1
            return -1
        # only behind a priority: ten digits elsewhere may be any number
        if prioritized and _epoch_like(buffer, at, end):
            return at
        # Cisco's mark of a clock that is not set ("*") or not in step ("."), and what separates tokens
        if byte in (ASTERISK, DOT, COLON, SPACE):
            starred = byte == ASTERISK
            at += 1
            continue
        stop = _token_end(buffer, at, end)
        if stop < 0 or (buffer[stop] == SPACE and not prioritized):
            return -1
        # the first name is the device's own; later ones, and one behind a "*", are those of a process or a card
        if found[_HOST_START] < 0 and not starred and _is_name(buffer, at, stop):
            found[_HOST_START] = at
            found[_HOST_END] = stop
        at = stop + 1
        tokens += 1
        starred = False
    return -1


@compiled_helper
def _behind_mark(buffer: Bytes, at: int, end: int) -> int:
    """Return where a month's name stands behind `%`, or behind `%@4711%` with a count, -1 if none does."""
    at += 1
    if at < end and buffer[at] == AT_SIGN:
        at += 1
        while at < end and _digit(buffer, at):
            at += 1
        if at >= end or buffer[at] != PERCENT:
            return -1
        at += 1
    return at if end - at > 20 and buffer[at + 3] == SPACE and _month(buffer, at, end) else -1


@compiled_helper
def _token_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the place of the colon or space behind the token at `at`, -1 if it is no name or too long."""
    stop = at
    while stop < end and stop - at < _MAX_PREFIX_TOKEN_BYTES:
        byte = buffer[stop]
        if byte in (COLON, SPACE):
            return stop if stop > at else -1
        # signs below "-" with quotes, and brackets of all kinds, are in no number and in no name
        if (
            byte < HYPHEN
            or byte in (LESS_THAN, EQUALS, GREATER_THAN, OPEN_BRACKET, CLOSE_BRACKET)
            or byte >= OPEN_BRACE
        ):
            return -1
        stop += 1
    return -1


@compiled_helper
def _is_name(buffer: Bytes, at: int, stop: int) -> bool:
    """Return whether a token is a device's name, rather than a sequence number or a card's place (`RP/0/CPU0`)."""
    named = False
    if _is_uptime(buffer, at, stop):
        return False
    for index in range(at, stop):
        byte = buffer[index]
        if byte == SLASH:
            return False
        if not ZERO <= byte <= NINE:
            named = True
    # nor is a level one: "INFO: 2022-02-04 10:00:00 text"
    return named and level_of(buffer, at, stop) == 0


@compiled_helper
def _is_uptime(buffer: Bytes, at: int, stop: int) -> bool:
    """Return whether a token is a time since the start, as Cisco IOS prints it without a clock: `3w4d`, `1d02h`."""
    if not _digit(buffer, at) or buffer[stop - 1] not in (LOWER_Y, LOWER_W, LOWER_D, LOWER_H, LOWER_M, LOWER_S):
        return False
    for index in range(at, stop):
        if not _digit(buffer, index) and buffer[index] not in (LOWER_Y, LOWER_W, LOWER_D, LOWER_H, LOWER_M, LOWER_S):
            return False
    return True
