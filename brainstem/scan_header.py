"""Reading what stands between the stamp and the message: host, program, process id, structured data.

Takes stamp columns, gives offsets into the same buffer and the format's number. Layouts: RFC 5424 section 6, RFC 3164
section 4.1.2 and 4.1.3, the file format of rsyslog and journald, container runtime lines (CRI), and the lines of
applications, where only a stamp is certain.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.compiled import compiled, piece
from brainstem.envelope import Bytes, Int32s, Int64s

PLAIN: Final = 0
RFC5424: Final = 1
RFC3164: Final = 2
ISO_SYSLOG: Final = 3
NETWORK_DEVICE: Final = 4
APPLICATION: Final = 5
WEB_ACCESS: Final = 6
KLOG_FORMAT: Final = 7
EPOCH_FORMAT: Final = 8
KEY_VALUE: Final = 9
CONTAINER: Final = 10
EMBEDDED_FORMAT: Final = 11

# the same bits as in scan_stamp: a compiled function must not depend on another file
_ZONED: Final = 2
_MONTH_NAME: Final = 4
_T_SEPARATED: Final = 8
_BRACKETED: Final = 16
_EPOCH: Final = 32
_KLOG: Final = 64
_EMBEDDED: Final = 128

_LEVEL_BEGIN = np.array(
    [
        int.from_bytes(word, "big")
        for word in b"info warn erro debu noti crit aler emer trac verb fata seve pani".split()
    ]
)
_SHORT_LEVELS = np.array([int.from_bytes(word, "big") for word in b"t d i n w e f dbg inf wrn err ftl trc vrb".split()])

_ENDS_TAG = np.array([byte <= 32 or byte >= 123 or byte in b':["=,<' for byte in range(256)])
_IN_HOST = np.array(
    [byte == 37 or (byte >= 45 and byte not in b";<=>?[\\]^`" and not 123 <= byte <= 127) for byte in range(256)]
)

_MAX_HOST_BYTES: Final = 255
_MAX_TAG_BYTES: Final = 96


class Headers(NamedTuple):
    """Columns, one row a record; offsets index the buffer, -1 says absent."""

    layout: npt.NDArray[np.uint8]
    host_start: Int64s
    host_end: Int64s
    service_start: Int64s
    service_end: Int64s
    process_id: Int32s
    message_start: Int64s
    details_start: Int64s
    """structured data of RFC 5424"""
    details_end: Int64s


@compiled
def scan_headers(
    buffer: Bytes,
    body: Int64s,
    rest: Int64s,
    end: Int64s,
    skip: npt.NDArray[np.bool_],
    priority: npt.NDArray[np.int16],
    versioned: npt.NDArray[np.bool_],
    stamp: Int64s,
    stamp_end: Int64s,
    shape: npt.NDArray[np.uint8],
    host: Int64s,
    host_end: Int64s,
) -> tuple[npt.NDArray[np.uint8], Int64s, Int64s, Int64s, Int64s, Int32s, Int64s, Int64s, Int64s]:
    """Read the header of every record that is not in `skip`; the columns are those of `Headers`."""
    count = len(body)
    layout = np.zeros(count, np.uint8)
    process_id = np.empty(count, np.int32)
    host_start, host_stop = np.empty(count, np.int64), np.empty(count, np.int64)
    service_start, service_end = np.empty(count, np.int64), np.empty(count, np.int64)
    message = np.empty(count, np.int64)
    details_start, details_end = np.empty(count, np.int64), np.empty(count, np.int64)
    # host, host end, service, service end, message, details, details end, process id, layout
    out = np.empty(9, np.int64)
    for row in range(count):
        for index in range(8):
            out[index] = -1
        out[4] = body[row]
        out[8] = PLAIN
        if not skip[row]:
            out[0] = host[row]
            out[1] = host_end[row]
            out[4] = rest[row]
            _header(
                buffer,
                end[row],
                priority[row] >= 0,
                versioned[row],
                stamp[row],
                stamp_end[row],
                shape[row],
                out,
            )
        host_start[row], host_stop[row] = out[0], out[1]
        service_start[row], service_end[row] = out[2], out[3]
        message[row] = out[4]
        details_start[row], details_end[row] = out[5], out[6]
        process_id[row] = out[7]
        layout[row] = out[8]
    return (
        layout,
        host_start,
        host_stop,
        service_start,
        service_end,
        process_id,
        message,
        details_start,
        details_end,
    )


@compiled
def _header(
    buffer: Bytes,
    end: int,
    prioritized: bool,
    versioned: bool,
    stamp: int,
    at: int,
    shape: int,
    out: Int64s,
) -> None:
    """Choose the layout by the stamp's shape and read it."""
    if versioned:
        behind = at if at > 0 else stamp + 1
        if (at > 0 or buffer[stamp] == 45) and _structured(buffer, behind, end, out):
            out[8] = RFC5424
            return
    if at < 0:
        _unstamped(buffer, end, prioritized, out)
    elif shape & _EMBEDDED:
        _embedded(buffer, end, at, shape, out)
    elif at - stamp > 21 and stamp >= 0 and buffer[stamp + 4] == 61:
        out[8] = KEY_VALUE
        _named_host(buffer, at, end, out)
    elif shape & _KLOG:
        out[4] = _blanks(buffer, at, end)
        out[8] = KLOG_FORMAT
    elif shape & _BRACKETED:
        at = _behind_bracket(buffer, at, end)
        out[4] = at
        out[8] = APPLICATION
        if prioritized:
            _host_and_tag(buffer, at, end, out)
            out[8] = RFC3164
    elif shape & _EPOCH:
        out[4] = _blanks(buffer, at, end)
        out[8] = EPOCH_FORMAT
        if prioritized:
            _host_and_tag(buffer, at, end, out)
    elif shape & _MONTH_NAME and stamp >= 0:
        out[8] = RFC3164
        _legacy(buffer, at, end, prioritized, out)
    else:
        _dated(buffer, at, end, prioritized, shape, out)


@piece
def _blanks(buffer: Bytes, at: int, end: int) -> int:
    """Skip spaces and tabs."""
    while at < end and (buffer[at] == 32 or buffer[at] == 9):
        at += 1
    return at


@piece
def _word_end(buffer: Bytes, at: int, end: int) -> int:
    """Give the end of the word at `at`: the next space, tab or line end."""
    while at < end and buffer[at] > 32:
        at += 1
    return at


@piece
def _behind_bracket(buffer: Bytes, at: int, end: int) -> int:
    """Skip what is left of a bracket the stamp stands in, and the blanks behind it."""
    stop = at
    while stop < end and stop - at < 12 and buffer[stop] != 93:
        stop += 1
    if stop < end and buffer[stop] == 93:
        return _blanks(buffer, stop + 1, end)
    return _blanks(buffer, at, end)


@piece
def _nil(buffer: Bytes, start: int, stop: int) -> bool:
    """Tell whether a field is RFC 5424's "-"."""
    return bool(stop - start == 1 and buffer[start] == 45)


@compiled
def _structured(buffer: Bytes, at: int, end: int, out: Int64s) -> bool:
    """Read `HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]` at the space before it; False if it is not that."""
    fields = np.empty(8, np.int64)
    for index in range(4):
        if at >= end or buffer[at] != 32:
            return False
        start = at + 1
        at = _word_end(buffer, start, end)
        if at == start:
            return False
        fields[2 * index] = start
        fields[2 * index + 1] = at
    if at + 1 >= end or buffer[at] != 32:
        return False
    start = at + 1
    if buffer[start] == 45:
        at = start + 1
    elif buffer[start] == 91:
        at = _details_end(buffer, start, end)
        if at < 0:
            return False
        out[5] = start
        out[6] = at
    else:
        return False
    if at < end and buffer[at] != 32:
        out[5] = -1
        return False
    if not _nil(buffer, fields[0], fields[1]):
        out[0] = fields[0]
        out[1] = fields[1]
    if not _nil(buffer, fields[2], fields[3]):
        out[2] = fields[2]
        out[3] = fields[3]
    out[7] = _number(buffer, fields[4], fields[5])
    at = min(at + 1, end)
    if at + 2 < end and buffer[at] == 0xEF and buffer[at + 1] == 0xBB and buffer[at + 2] == 0xBF:
        at += 3
    out[4] = at
    return True


@piece
def _details_end(buffer: Bytes, at: int, end: int) -> int:
    """Give the end of `[id key="value"]...` (RFC 5424 section 6.3); -1 if it does not close."""
    quoted = False
    while at < end and buffer[at] == 91:
        at += 1
        if at >= end or buffer[at] <= 32 or buffer[at] == 34 or buffer[at] == 61 or buffer[at] == 93:
            return -1
        while at < end and (quoted or buffer[at] != 93):
            if quoted and buffer[at] == 92:
                at += 1
            elif buffer[at] == 34:
                quoted = not quoted
            at += 1
        if at >= end:
            return -1
        at += 1
    return at


@piece
def _number(buffer: Bytes, start: int, stop: int) -> int:
    """Read a process id of at most nine digits; -1 if it is none."""
    if stop <= start or stop - start > 9:
        return -1
    value = 0
    for at in range(start, stop):
        if not 48 <= buffer[at] <= 57:
            return -1
        value = value * 10 + (buffer[at] - 48)
    return value


@piece
def _tag(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `prog:`, `prog[pid]:`, `prog(sub)[pid]:`; give where the message begins, -1 if it is none."""
    stop = at
    limit = min(end, at + _MAX_TAG_BYTES)
    while stop < limit and not _ENDS_TAG[buffer[stop]]:
        stop += 1
    if stop == at or stop >= limit or buffer[at] == 37 or buffer[at] == 40:
        return -1
    name_end = stop
    if buffer[stop] == 58:
        # "::" is a module path, ":/" a locator
        # and a digit follows in an address with its port or in a time
        if stop + 1 < end and (buffer[stop + 1] == 58 or 47 <= buffer[stop + 1] <= 57):
            return -1
        stop += 1
    elif buffer[stop] == 91:
        close = stop + 1
        while close < min(end, stop + 32) and buffer[close] > 32 and buffer[close] != 93:
            close += 1
        if close >= end or buffer[close] != 93 or close == stop + 1:
            return -1
        behind = close + 1
        if behind < end and buffer[behind] != 58 and buffer[behind] > 32:
            return -1
        pid = _number(buffer, stop + 1, close)
        if pid < 0 and (behind >= end or buffer[behind] != 58):
            return -1
        out[7] = pid
        stop = behind + 1 if behind < end and buffer[behind] == 58 else behind
    else:
        return -1
    out[2] = at
    out[3] = name_end
    return min(_blanks(buffer, stop, end), end)


@piece
def _host_end(buffer: Bytes, at: int, end: int) -> int:
    """Give the end of a host name or address at `at`, -1 if there is none."""
    if at >= end:
        return -1
    first = buffer[at]
    if not (97 <= (first | 32) <= 122 or 48 <= first <= 57 or first == 58 or first == 95 or first >= 128):
        return -1
    stop = at
    while stop < end and buffer[stop] > 32:
        if not _IN_HOST[buffer[stop]]:
            return -1
        stop += 1
    return stop if stop - at <= _MAX_HOST_BYTES else -1


@piece
def _address(buffer: Bytes, at: int, stop: int) -> bool:
    """Tell whether a word is an IP address."""
    colons, dots, hexadecimal = 0, 0, True
    for index in range(at, stop):
        byte = buffer[index]
        colons += byte == 58
        dots += byte == 46
        if not (48 <= byte <= 57 or 97 <= (byte | 32) <= 102 or byte == 58 or byte == 46):
            hexadecimal = False
    return hexadecimal and (dots == 3 or colons >= 2)


@piece
def _host_and_tag(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Read `host prog[pid]: message`, where each of the two may be missing."""
    at = _blanks(buffer, at, end)
    out[4] = at
    if at < end and buffer[at] == 37:
        return
    stop = _host_end(buffer, at, end)
    if stop > 0 and buffer[stop - 1] != 58:
        behind = _tag(buffer, at, end, out)
        if behind > 0 and _whole_word(buffer, out[3], stop):
            # "prog[pid]" or "prog:text" with no host before it
            out[4] = behind
            return
        out[2] = -1
        out[3] = -1
        out[7] = -1
    if stop > 0 and _names_host(buffer, at, stop, end):
        out[0] = at
        out[1] = stop - 1 if buffer[stop - 1] == 58 and buffer[stop - 2] != 58 else stop
        at = _blanks(buffer, stop, end)
        if at < end and buffer[at] == 58:
            at = _blanks(buffer, at + 1, end)
        out[4] = at
    behind = _tag(buffer, at, end, out)
    if behind > 0:
        out[4] = behind


@piece
def _whole_word(buffer: Bytes, name_end: int, word_end: int) -> bool:
    """Tell whether a tag's bracket belongs to the word itself."""
    return bool(name_end < word_end and buffer[name_end] == 91)


@piece
def _names_host(buffer: Bytes, at: int, stop: int, end: int) -> bool:
    """Tell a host from a tag: a word with a colon is a host if it is an address or a mnemonic or tag follows."""
    if buffer[stop - 1] != 58:
        return True
    if _address(buffer, at, stop - 1) or _address(buffer, at, stop):
        return True
    behind = _blanks(buffer, stop, end)
    if behind >= end:
        return False
    if buffer[behind] == 37:
        return True
    word = _word_end(buffer, behind, end)
    return bool(word - behind > 3 and buffer[word - 1] == 58 and buffer[word - 2] == 93)


@piece
def _legacy(buffer: Bytes, at: int, end: int, prioritized: bool, out: Int64s) -> None:
    """Read what follows an RFC 3164 stamp, a network device's colon included."""
    colon = _blanks(buffer, at, end)
    if colon < end and buffer[colon] == 58:
        out[8] = NETWORK_DEVICE
        at = _blanks(buffer, colon + 1, end)
        out[4] = at
        behind = _tag(buffer, at, end, out)
        if behind > 0:
            out[4] = behind
        return
    behind = _unknown_zone(buffer, at, end)
    if behind > 0:
        out[8] = NETWORK_DEVICE
        out[4] = behind
        return
    if out[0] >= 0 and prioritized:
        out[4] = _blanks(buffer, at, end)
        return
    _host_and_tag(buffer, at, end, out)


@piece
def _unknown_zone(buffer: Bytes, at: int, end: int) -> int:
    """Give where a mnemonic begins behind ` ZONE: `, -1 if there is no such thing."""
    start = _blanks(buffer, at, end)
    stop = start
    while stop < end and 65 <= buffer[stop] <= 90:
        stop += 1
    if not 2 <= stop - start <= 5 or stop >= end or buffer[stop] != 58:
        return -1
    stop = _blanks(buffer, stop + 1, end)
    return stop if stop < end and buffer[stop] == 37 else -1


@compiled
def _dated(buffer: Bytes, at: int, end: int, prioritized: bool, shape: int, out: Int64s) -> None:
    """Read what follows an ISO stamp: syslog's header, a container's stream, or an application's text."""
    start = _blanks(buffer, at, end)
    out[4] = start
    out[8] = APPLICATION
    if prioritized:
        out[8] = ISO_SYSLOG
        if _structured(buffer, at, end, out):
            out[8] = RFC5424
        else:
            _host_and_tag(buffer, at, end, out)
        return
    rfc3339 = shape & _T_SEPARATED and shape & _ZONED
    if rfc3339 and _stream(buffer, start, end, out):
        out[8] = CONTAINER
        return
    stop = _host_end(buffer, start, end)
    if stop < 0 or buffer[stop - 1] == 58 or (buffer[start] <= 57 and not _address(buffer, start, stop)):
        return
    level = _levelled(buffer, start, stop)
    tag = _blanks(buffer, stop, end)
    behind = _tag(buffer, tag, end, out)
    if behind < 0:
        # rsyslog prints two spaces round an empty tag
        if rfc3339 and tag - stop == 2 and _address(buffer, start, stop):
            out[0] = start
            out[1] = stop
            out[4] = tag
            out[8] = ISO_SYSLOG
        return
    if out[7] < 0 and (not rfc3339 or level):
        out[2] = -1
        out[3] = -1
        return
    if not level:
        out[0] = start
        out[1] = stop
    out[4] = behind
    out[8] = ISO_SYSLOG


@piece
def _levelled(buffer: Bytes, start: int, stop: int) -> bool:
    """Tell whether a word is all capitals or begins as a level does; hosts are seldom named so."""
    capitals = True
    for at in range(start, stop):
        if not 97 <= (buffer[at] | 32) <= 122:
            return False
        capitals = capitals and buffer[at] <= 90
    if capitals:
        return True
    code = np.int64(0)
    for at in range(start, min(start + 4, stop)):
        code = (code << 8) | np.int64(buffer[at] | 32)
    for known in _LEVEL_BEGIN if stop - start >= 4 else _SHORT_LEVELS:  # noqa: SIM110  # compiled code has no generator expressions
        if known == code:
            return True
    return False


@piece
def _stream(buffer: Bytes, at: int, end: int, out: Int64s) -> bool:
    """Read `stdout F message` (Kubernetes container runtime interface log format)."""
    if end - at < 9 or buffer[at] != 115 or buffer[at + 1] != 116 or buffer[at + 2] != 100:
        return False
    stop = _word_end(buffer, at, end)
    if (
        stop - at != 6
        or stop + 2 >= end
        or (buffer[stop + 1] != 70 and buffer[stop + 1] != 80)
        or buffer[stop + 2] != 32
    ):
        return False
    out[4] = stop + 3
    return True


@piece
def _embedded(buffer: Bytes, end: int, at: int, shape: int, out: Int64s) -> None:
    """Settle a record whose stamp stands inside its text, which stays whole."""
    out[8] = EMBEDDED_FORMAT
    if shape & _MONTH_NAME and at + 1 < end and buffer[at] == 93 and buffer[at + 1] == 32:
        out[8] = WEB_ACCESS
    elif _pairs(buffer, out[4], end):
        out[8] = KEY_VALUE
        _named_host(buffer, out[4], end, out)


@piece
def _unstamped(buffer: Bytes, end: int, prioritized: bool, out: Int64s) -> None:
    """Settle a record without a stamp: behind a priority a host and a tag may still be printed."""
    at = out[4]
    if _pairs(buffer, at, end):
        out[8] = KEY_VALUE
        _named_host(buffer, at, end, out)
        return
    if not prioritized:
        return
    if out[0] >= 0 or (at < end and buffer[at] == 37):
        out[8] = NETWORK_DEVICE
        return
    behind = _tag(buffer, at, end, out)
    stop = _host_end(buffer, at, end)
    if behind < 0 and stop > 0:
        behind = _tag(buffer, _blanks(buffer, stop, end), end, out)
        if behind > 0 and out[7] >= 0:
            out[0] = at
            out[1] = stop
        elif behind > 0:
            out[2] = -1
            out[3] = -1
            return
    if behind > 0:
        out[4] = behind
        out[8] = RFC3164


@piece
def _named_host(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Find `hostname=name` or `devname=name` soon behind `at`, quoted or not."""
    for index in range(at, min(end - 10, at + 96)):
        if buffer[index] != 110 or buffer[index + 1] != 97 or buffer[index + 3] != 101 or buffer[index + 4] != 61:
            continue
        # the letters before "name=": "host" or "dev"
        host = index >= at + 4 and buffer[index - 4] == 104 and buffer[index - 1] == 116
        device = index >= at + 3 and buffer[index - 3] == 100 and buffer[index - 1] == 118
        if not host and not device:
            continue
        start = index + 5
        start += buffer[start] == 34
        stop = start
        while stop < end and buffer[stop] > 32 and buffer[stop] != 34 and buffer[stop] != 124 and buffer[stop] != 44:
            stop += 1
        if stop > start:
            out[0] = start
            out[1] = stop
        return


@piece
def _pairs(buffer: Bytes, at: int, end: int) -> bool:
    """Tell whether a text begins with `key=`."""
    stop = at
    while stop < end and (97 <= (buffer[stop] | 32) <= 122 or 48 <= buffer[stop] <= 57 or buffer[stop] in (45, 46, 95)):
        stop += 1
    return bool(stop > at and stop < end and buffer[stop] == 61)
