"""Reading what stands between the stamp and the message (host, program, process id, structured data): chooses the reader for
each shape of record; the readers themselves are `tag`, `rfc5424` and `key_value`.

Takes the columns of `Prefixes` and `Stamps`, returns those of `Headers`: offsets into the same buffer, and the number of the
format that each record is of. The stamp's shape chooses which formats are tried, as few formats share one. What fits no
format keeps its whole text behind the stamp as message, so a header that is not understood loses nothing.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.formats.syslog.iso_syslog import ISO_SYSLOG_FORMAT
from brainstem.parse.formats.syslog.network_device import NETWORK_DEVICE_FORMAT
from brainstem.parse.formats.syslog.rfc3164 import RFC3164_FORMAT
from brainstem.parse.formats.syslog.rfc5424 import RFC5424_FORMAT
from brainstem.parse.formats.text.application import APPLICATION_FORMAT
from brainstem.parse.formats.text.container import CONTAINER_FORMAT
from brainstem.parse.formats.text.embedded_stamp import EMBEDDED_STAMP_FORMAT
from brainstem.parse.formats.text.epoch import EPOCH_FORMAT
from brainstem.parse.formats.text.key_value import KEY_VALUE_FORMAT
from brainstem.parse.formats.text.klog import KLOG_FORMAT
from brainstem.parse.formats.text.plain import PLAIN_FORMAT
from brainstem.parse.formats.text.web_access import WEB_ACCESS_FORMAT
from brainstem.parse.scan.civil_time import (
    BESIDE_DATES,
    BRACKETED,
    EMBEDDED,
    EPOCH,
    KLOG,
    MONTH_NAME,
    T_SEPARATED,
    TIME_OF_DAY,
    YEARLESS,
    ZONED,
    month_at,
)
from brainstem.parse.scan.header_fields import (
    DETAILS_AT,
    DETAILS_END,
    FORMAT,
    HOST_AT,
    HOST_END,
    MESSAGE_AT,
    PROCESS_ID,
    SERVICE_AT,
    SERVICE_END,
    behind_blanks,
    end_of_word,
)
from brainstem.parse.scan.rfc5424 import structured
from brainstem.parse.scan.severity.device_levels import mnemonic_digit
from brainstem.parse.scan.severity.header_levels import numbered_end, selector_end, topics_end
from brainstem.parse.scan.tag import (
    behind_event_number,
    device_end,
    end_of_host,
    host_and_tag,
    is_address,
    is_levelled,
    mnemonic_behind,
    read_role,
    tag_end,
)
from brainstem.text.ascii import (
    BAR,
    CLOSE_BRACKET,
    COLON,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    GREATER_THAN,
    HYPHEN,
    LESS_THAN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_D,
    LOWER_E,
    LOWER_H,
    LOWER_N,
    LOWER_S,
    LOWER_T,
    LOWER_V,
    LOWER_Z,
    NINE,
    ONE,
    OPEN_BRACKET,
    PERCENT,
    SPACE,
    UNDERSCORE,
    UPPER_A,
    UPPER_F,
    UPPER_P,
    UPPER_Z,
    ZERO,
)

_LEAST_RELAYED_BYTES: Final = 20
"""of a stamp and a tag"""


@compiled
def scan_headers(
    buffer: Bytes,
    body: Int64s,
    rest: Int64s,
    end: Int64s,
    skip: Bools,
    priority: npt.NDArray[np.int16],
    versioned: Bools,
    stamp: Int64s,
    stamp_end: Int64s,
    shape: Flags,
    host: Int64s,
    host_end: Int64s,
    origin: Int64s,
    origin_end: Int64s,
) -> tuple[Flags, Int64s, Int64s, Int64s, Int64s, Int32s, Int64s, Int64s, Int64s]:
    """Return the columns of `Headers`; a record in `skip` is plain and its whole body is the message.

    `rest` is where the text behind a priority begins, `host` and `host_end` a name that stood before the stamp,
    `origin` and `origin_end` that of the container, which is the service of records that name none.
    """
    count = len(body)
    format_number = np.zeros(count, np.uint8)
    process_id = np.empty(count, np.int32)
    host_start, host_stop = np.empty(count, np.int64), np.empty(count, np.int64)
    service_start, service_end = np.empty(count, np.int64), np.empty(count, np.int64)
    message = np.empty(count, np.int64)
    details_start, details_end = np.empty(count, np.int64), np.empty(count, np.int64)
    out = np.empty(FORMAT + 1, np.int64)
    buffer = begin_of(buffer)
    for row in range(count):
        # one array serves all records, and most leave most slots empty
        for index in range(FORMAT):
            out[index] = -1
        out[MESSAGE_AT] = body[row]
        out[FORMAT] = PLAIN_FORMAT
        if not skip[row]:
            out[HOST_AT] = host[row]
            out[HOST_END] = host_end[row]
            out[MESSAGE_AT] = rest[row]
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
        host_start[row], host_stop[row] = out[HOST_AT], out[HOST_END]
        if out[SERVICE_AT] < 0:
            out[SERVICE_AT], out[SERVICE_END] = origin[row], origin_end[row]
        service_start[row], service_end[row] = out[SERVICE_AT], out[SERVICE_END]
        message[row] = out[MESSAGE_AT]
        details_start[row], details_end[row] = out[DETAILS_AT], out[DETAILS_END]
        process_id[row] = out[PROCESS_ID]
        format_number[row] = out[FORMAT]
    return (
        format_number,
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
    """Choose the format by the stamp's shape, read its header into `out`, and write its number there."""
    if versioned:
        # RFC 5424 allows "-" for a stamp; then the header goes on one byte behind it
        behind = at if at > 0 else stamp + 1
        if (at > 0 or buffer[stamp] == HYPHEN) and structured(buffer, behind, end, out):
            out[FORMAT] = RFC5424_FORMAT
            return
    if at < 0:
        _unstamped(buffer, end, prioritized, out)
    elif shape & EMBEDDED:
        _embedded(buffer, end, at, shape, out)
    # Fortinet's "date=2022-02-04 time=10:00:00": no other stamp has "=" for its fifth byte
    elif at - stamp > 21 and stamp >= 0 and buffer[stamp + 4] == EQUALS:
        out[FORMAT] = KEY_VALUE_FORMAT
        _named_host(buffer, at, end, out)
    elif shape & KLOG:
        out[MESSAGE_AT] = behind_blanks(buffer, at, end)
        out[FORMAT] = KLOG_FORMAT
    elif shape & BRACKETED:
        at = _behind_bracket(buffer, at, end)
        out[MESSAGE_AT] = at
        out[FORMAT] = APPLICATION_FORMAT
        # a daemon may put its stamp in brackets, yet a priority before it says that syslog's header follows
        if prioritized:
            host_and_tag(buffer, at, end, out)
            out[FORMAT] = RFC3164_FORMAT
    elif shape & TIME_OF_DAY == TIME_OF_DAY and shape & BESIDE_DATES:
        # it may be what a message says, so the text stays whole
        out[FORMAT] = EMBEDDED_STAMP_FORMAT
    elif shape & TIME_OF_DAY == TIME_OF_DAY:
        out[MESSAGE_AT] = behind_blanks(buffer, at, end)
        out[FORMAT] = APPLICATION_FORMAT
        # RouterOS prints no date before what is of today
        _selected(buffer, out[MESSAGE_AT], end, out)
    elif shape & EPOCH:
        out[MESSAGE_AT] = behind_blanks(buffer, at, end)
        out[FORMAT] = EPOCH_FORMAT
        if prioritized:
            host_and_tag(buffer, at, end, out)
            if out[HOST_AT] >= 0 and out[SERVICE_AT] < 0:
                read_role(buffer, end, out)
        # journald's "short-unix" has six digits of a fraction; those of proxies, which no host follows, have three
        elif buffer[at - 7] == DOT:
            _tagged_host(buffer, at, end, out)
    # a month's name right behind priority and prefix; one found elsewhere in the line came without `stamp`
    elif shape & MONTH_NAME and stamp >= 0 and (prioritized or not _of_application(buffer, stamp, at, shape)):
        out[FORMAT] = RFC3164_FORMAT
        # `out` still has where the text behind a priority begins
        if stamp <= out[MESSAGE_AT] or buffer[stamp - 1] != PERCENT or not _marked_device(buffer, at, end, out):
            _legacy(buffer, at, end, prioritized, out)
    else:
        _dated(buffer, at, end, prioritized, shape, out)
    if out[SERVICE_AT] >= 0 or (out[FORMAT] != RFC3164_FORMAT and out[FORMAT] != ISO_SYSLOG_FORMAT):
        return
    if out[HOST_AT] >= 0:
        _read_relayed(buffer, end, out)
    # a firewall's pairs behind the header of a relay
    if out[SERVICE_AT] < 0 and _pairs(buffer, out[MESSAGE_AT], end):
        out[FORMAT] = KEY_VALUE_FORMAT
        # a relay knows the sender's address, and the firewall its own name
        if out[HOST_AT] < 0 or is_address(buffer, out[HOST_AT], out[HOST_END]):
            _named_host(buffer, out[MESSAGE_AT], end, out)


@compiled_helper
def _read_relayed(buffer: Bytes, end: int, out: Int64s) -> None:
    """Read the header of the sender that a relay has kept behind its own: `<134>Feb  4 10:00:00 2022 ap-12 stm[812]: `.

    The sender's host takes the place of the relay's where its header names one; the time is that of the relay.
    """
    at = out[MESSAGE_AT]
    if end - at < _LEAST_RELAYED_BYTES:
        return
    at = _behind_kept_priority(buffer, at, end)
    versioned = buffer[at] == ONE and buffer[at + 1] == SPACE
    at = _kept_stamp_end(buffer, at + 2 if versioned else at, end)
    if at < 0 or (versioned and structured(buffer, at, end, out)):
        return
    host, host_end = out[HOST_AT], out[HOST_END]
    host_and_tag(buffer, at, end, out)
    # words of a message are no host without a tag behind them
    if out[SERVICE_AT] < 0 or out[HOST_AT] < 0:
        out[HOST_AT], out[HOST_END] = host, host_end
    if out[SERVICE_AT] < 0:
        out[MESSAGE_AT] = behind_blanks(buffer, at, end)


@compiled_helper
def _behind_kept_priority(buffer: Bytes, at: int, end: int) -> int:
    """Return the first byte behind `<134>` at `at`, `at` if no priority stands there."""
    if buffer[at] != LESS_THAN:
        return at
    stop = at + 1
    while stop < end and ZERO <= buffer[stop] <= NINE:
        stop += 1
    return behind_blanks(buffer, stop + 1, end) if stop + 2 < end and buffer[stop] == GREATER_THAN else at


@compiled_helper
def _kept_stamp_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of `Feb  4 10:00:00`, with a year or without, or of `2022-02-04T10:00:00..`; -1 for none."""
    if end - at < _LEAST_RELAYED_BYTES:
        return -1
    if buffer[at] <= NINE:
        # the shape of an ISO stamp settles it
        if (
            buffer[at] < ONE
            or buffer[at + 4] != HYPHEN
            or buffer[at + 7] != HYPHEN
            or buffer[at + 13] != COLON
            or not ZERO <= buffer[at + 9] <= NINE
        ):
            return -1
        return end_of_word(buffer, at + 11, end)
    if buffer[at + 3] != SPACE or month_at(buffer, at, end) == 0:
        return -1
    at = _number_end(buffer, behind_blanks(buffer, at + 3, end), end, 2)
    stop = _number_end(buffer, at + 1, end, 4)
    # the year before the time
    if at > 0 and stop == at + 5:
        at = stop
    if at < 0 or end - at < 10 or buffer[at] != SPACE or buffer[at + 3] != COLON or buffer[at + 6] != COLON:
        return -1
    at = end_of_word(buffer, at + 1, end)
    # and the year behind it
    stop = _number_end(buffer, at + 1, end, 4)
    return stop if stop == at + 5 and stop < end and buffer[stop] == SPACE else at


@compiled_helper
def _number_end(buffer: Bytes, at: int, end: int, most: int) -> int:
    """Return the end of one to `most` digits at `at`, -1 if none or more stand there."""
    stop = at
    while stop < end and stop - at <= most and ZERO <= buffer[stop] <= NINE:
        stop += 1
    return stop if 0 < stop - at <= most else -1


@compiled_helper
def _of_application(buffer: Bytes, stamp: int, at: int, shape: int) -> bool:
    """Return whether date(1), C's asctime or Java printed a stamp: with a year, and a weekday or a comma behind the day."""
    if shape & YEARLESS:
        return False
    if month_at(buffer, stamp, at) == 0 and buffer[stamp] > NINE:
        return True
    for index in range(stamp + 4, min(at, stamp + 16)):  # noqa: SIM110  # compiled code has no generator expressions
        if buffer[index] == COMMA:
            return True
    return False


@compiled_helper
def _tagged_host(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Read `host prog[pid]: ` into `out` if both stand at `at`."""
    start = behind_blanks(buffer, at, end)
    stop = end_of_host(buffer, start, end)
    if stop < 0 or buffer[stop - 1] == COLON:
        return
    behind = tag_end(buffer, behind_blanks(buffer, stop, end), end, out)
    if behind > 0:
        out[HOST_AT] = start
        out[HOST_END] = stop
        out[MESSAGE_AT] = behind


@compiled_helper
def _behind_bracket(buffer: Bytes, at: int, end: int) -> int:
    """Return where the text begins behind the bracket that holds the stamp and what else is printed in it."""
    stop = at
    # a zone or a counter may stand behind the time; a bracket that closes later is another one
    while stop < end and stop - at < 12 and buffer[stop] != CLOSE_BRACKET and buffer[stop] != GREATER_THAN:
        stop += 1
    if stop < end and (buffer[stop] == CLOSE_BRACKET or buffer[stop] == GREATER_THAN):
        return behind_blanks(buffer, stop + 1, end)
    return behind_blanks(buffer, at, end)


@compiled_helper
def _legacy(buffer: Bytes, at: int, end: int, prioritized: bool, out: Int64s) -> None:
    """Read what follows an RFC 3164 stamp, also that of a network device."""
    colon = behind_blanks(buffer, at, end)
    # Cisco IOS prints a colon behind its stamp: "Feb  4 10:00:00.250: %LAMP-3-OUT: text"
    if colon < end and buffer[colon] == COLON:
        out[FORMAT] = NETWORK_DEVICE_FORMAT
        at = behind_blanks(buffer, colon + 1, end)
        out[MESSAGE_AT] = at
        behind = tag_end(buffer, at, end, out)
        if behind > 0:
            out[MESSAGE_AT] = behind
        return
    # a zone that `civil_time` does not list: "Feb  4 10:00:00 LMT: %LAMP-3-OUT: text"
    behind = _unknown_zone(buffer, at, end)
    if behind > 0:
        out[FORMAT] = NETWORK_DEVICE_FORMAT
        out[MESSAGE_AT] = behind
        return
    # the host stood before the stamp, so what follows is the message
    if out[HOST_AT] >= 0 and prioritized:
        out[MESSAGE_AT] = behind_blanks(buffer, at, end)
        return
    host_and_tag(buffer, at, end, out)


@compiled_helper
def _marked_device(buffer: Bytes, at: int, end: int, out: Int64s) -> bool:
    """Read `quay1 LAMP/3/OUT: text` behind the stamp of Comware's own file into `out`; return whether it stands there."""
    start = behind_blanks(buffer, at, end)
    stop = end_of_host(buffer, start, end)
    message = behind_blanks(buffer, stop, end)
    if stop < 0 or message >= end or mnemonic_digit(buffer, message - 1, end) < 0:
        return False
    out[FORMAT] = NETWORK_DEVICE_FORMAT
    out[HOST_AT] = start
    out[HOST_END] = stop
    out[MESSAGE_AT] = message
    return True


@compiled_helper
def _unknown_zone(buffer: Bytes, at: int, end: int) -> int:
    """Return where a mnemonic begins behind ` ZONE: `, -1 if no zone and mnemonic stand at `at`."""
    start = behind_blanks(buffer, at, end)
    stop = start
    while stop < end and UPPER_A <= buffer[stop] <= UPPER_Z:
        stop += 1
    if not 2 <= stop - start <= 5 or stop >= end or buffer[stop] != COLON:
        return -1
    stop = behind_blanks(buffer, stop + 1, end)
    return stop if stop < end and buffer[stop] == PERCENT else -1


@compiled
def _dated(buffer: Bytes, at: int, end: int, prioritized: bool, shape: int, out: Int64s) -> None:
    """Read what follows an ISO stamp: a header of syslog, a container's stream, or the text of an application.

    After a priority it is syslog. Without one, a host counts only where a tag follows it, as most such lines are those of
    applications and begin with a level, a logger or the message.
    """
    start = behind_blanks(buffer, at, end)
    out[MESSAGE_AT] = start
    out[FORMAT] = APPLICATION_FORMAT
    if prioritized:
        out[FORMAT] = ISO_SYSLOG_FORMAT
        # some senders of RFC 5424 leave the version out
        if structured(buffer, at, end, out):
            out[FORMAT] = RFC5424_FORMAT
        else:
            host_and_tag(buffer, at, end, out)
        return
    # with T and zone the stamp is one that rsyslog, journald and container runtimes write
    rfc3339 = shape & T_SEPARATED and shape & ZONED
    if _selected(buffer, start, end, out):
        return
    if rfc3339 and _stream(buffer, start, end, out):
        out[FORMAT] = CONTAINER_FORMAT
        return
    numbered = numbered_end(buffer, start, end) if rfc3339 else -1
    if numbered > 0:
        behind = tag_end(buffer, numbered, end, out)
        out[MESSAGE_AT] = behind if behind > 0 else numbered
        out[FORMAT] = ISO_SYSLOG_FORMAT
        return
    numbered = behind_event_number(buffer, start, end)
    if numbered > start:
        behind = tag_end(buffer, numbered, end, out)
        if behind > 0:
            out[MESSAGE_AT] = behind
            return
    stop = end_of_host(buffer, start, end)
    # a word that begins with a digit is a number or a date rather than a host, unless it is an address
    if stop < 0 or buffer[stop - 1] == COLON or (buffer[start] <= NINE and not is_address(buffer, start, stop)):
        return
    level = is_levelled(buffer, start, stop)
    tag = behind_blanks(buffer, stop, end)
    mnemonic = mnemonic_behind(buffer, tag, end)
    # "<stamp> gate %LINK-3-UPDOWN: text", and Huawei's "%%01URL/4/FILTER(l): text"
    if mnemonic < 0 and tag < end and buffer[tag] == PERCENT and mnemonic_digit(buffer, tag, end) >= 0:
        mnemonic = tag
    if mnemonic > 0:
        out[HOST_AT] = start
        out[HOST_END] = stop
        out[MESSAGE_AT] = mnemonic
        out[FORMAT] = ISO_SYSLOG_FORMAT
        return
    # a firewall's pairs behind a host: "<stamp> gate date=2022-02-04 time=10:00:00 devname=..."
    if rfc3339 and _begins_firewall(buffer, tag, end):
        out[HOST_AT] = start
        out[HOST_END] = stop
        out[MESSAGE_AT] = tag
        out[FORMAT] = ISO_SYSLOG_FORMAT
        return
    # a relay has kept the sender's header behind the name of the host
    kept = _behind_kept_priority(buffer, tag, end) if rfc3339 and tag < end else -1
    if kept >= 0 and buffer[kept] == ONE and buffer[kept + 1] == SPACE:
        kept += 2
    if kept >= 0 and _kept_stamp_end(buffer, kept, end) > 0:
        out[HOST_AT] = start
        out[HOST_END] = stop
        out[MESSAGE_AT] = tag
        out[FORMAT] = ISO_SYSLOG_FORMAT
        return
    # a host before them, as a relay prints it
    selector = selector_end(buffer, tag, end)
    if selector > 0 or device_end(buffer, tag, end) > 0 or topics_end(buffer, tag, end) > 0:
        host_and_tag(buffer, start, end, out)
        out[FORMAT] = ISO_SYSLOG_FORMAT
        return
    behind = tag_end(buffer, tag, end, out)
    if behind < 0:
        # rsyslog prints two spaces round an empty tag: "<stamp> 10.0.0.7  text"
        if rfc3339 and tag - stop == 2 and is_address(buffer, start, stop):
            out[HOST_AT] = start
            out[HOST_END] = stop
            out[MESSAGE_AT] = tag
            out[FORMAT] = ISO_SYSLOG_FORMAT
        return
    # "INFO pump: dry" is a level and a logger; only a process id or a syslog stamp makes a tag of the second word
    if out[PROCESS_ID] < 0 and (not rfc3339 or level):
        out[SERVICE_AT] = -1
        out[SERVICE_END] = -1
        return
    # "<stamp> info prog[812]: text" has a level where the host would stand
    if not level:
        out[HOST_AT] = start
        out[HOST_END] = stop
    out[MESSAGE_AT] = behind
    out[FORMAT] = ISO_SYSLOG_FORMAT


@compiled_helper
def _selected(buffer: Bytes, at: int, end: int, out: Int64s) -> bool:
    """Read `facility.level prog: ` (OpenWrt) or topics (RouterOS) at `at` into `out`; return whether one stands there."""
    # OpenWrt prints a second stamp in brackets
    if at < end and buffer[at] == OPEN_BRACKET:
        stop = at + 1
        while stop < end and (ZERO <= buffer[stop] <= NINE or buffer[stop] == DOT):
            stop += 1
        if stop >= end or buffer[stop] != CLOSE_BRACKET:
            return False
        at = behind_blanks(buffer, stop + 1, end)
    if selector_end(buffer, at, end) < 0 and topics_end(buffer, at, end) < 0:
        return False
    host_and_tag(buffer, at, end, out)
    out[FORMAT] = RFC3164_FORMAT
    return True


@compiled_helper
def _stream(buffer: Bytes, at: int, end: int, out: Int64s) -> bool:
    """Read `stdout F message` (log format of Kubernetes' container runtime interface); return False if it is not that."""
    # "std" begins stdout and stderr, which have six letters each
    if end - at < 9 or buffer[at] != LOWER_S or buffer[at + 1] != LOWER_T or buffer[at + 2] != LOWER_D:
        return False
    stop = end_of_word(buffer, at, end)
    if (
        stop - at != 6
        or stop + 2 >= end
        # F marks a full line, P a part of one that the runtime has cut
        or (buffer[stop + 1] != UPPER_F and buffer[stop + 1] != UPPER_P)
        or buffer[stop + 2] != SPACE
    ):
        return False
    out[MESSAGE_AT] = stop + 3
    return True


@compiled_helper
def _embedded(buffer: Bytes, end: int, at: int, shape: int, out: Int64s) -> None:
    """Choose the format of a record whose stamp stands inside its text; the text stays whole."""
    out[FORMAT] = EMBEDDED_STAMP_FORMAT
    # a web server closes its stamp's bracket and goes on with the request: "[04/Feb/2022:11:00:00 +0100] "
    if shape & MONTH_NAME and at + 1 < end and buffer[at] == CLOSE_BRACKET and buffer[at + 1] == SPACE:
        out[FORMAT] = WEB_ACCESS_FORMAT
    elif _pairs(buffer, out[MESSAGE_AT], end):
        out[FORMAT] = KEY_VALUE_FORMAT
        _named_host(buffer, out[MESSAGE_AT], end, out)


@compiled_helper
def _unstamped(buffer: Bytes, end: int, prioritized: bool, out: Int64s) -> None:
    """Choose the format of a record without a stamp; behind a priority a host and a tag may still be printed."""
    at = out[MESSAGE_AT]
    if _pairs(buffer, at, end):
        out[FORMAT] = KEY_VALUE_FORMAT
        _named_host(buffer, at, end, out)
        return
    if not prioritized:
        return
    # a device's name before its mnemonic, or the mnemonic alone
    if out[HOST_AT] >= 0 or (at < end and buffer[at] == PERCENT):
        out[FORMAT] = NETWORK_DEVICE_FORMAT
        return
    # "<14>lobby aabbccddeeff,U7-Pro-8.6.11: prog: text", as UniFi's devices without a clock print it
    stop = end_of_host(buffer, at, end)
    device = device_end(buffer, behind_blanks(buffer, stop, end), end) if stop > 0 else -1
    if device > 0 or device_end(buffer, at, end) > 0:
        host_and_tag(buffer, at, end, out)
        out[FORMAT] = RFC3164_FORMAT
        return
    # first "<34>prog[812]: text", then "<34>host prog[812]: text"
    behind = tag_end(buffer, at, end, out)
    stop = end_of_host(buffer, at, end)
    if behind < 0 and stop > 0:
        behind = tag_end(buffer, behind_blanks(buffer, stop, end), end, out)
        if behind > 0 and out[PROCESS_ID] >= 0:
            out[HOST_AT] = at
            out[HOST_END] = stop
        elif behind > 0:
            # two words and a colon are more likely prose: "<34>connection lost: text"
            out[SERVICE_AT] = -1
            out[SERVICE_END] = -1
            return
    if behind > 0:
        out[MESSAGE_AT] = behind
        out[FORMAT] = RFC3164_FORMAT


@compiled_helper
def _named_host(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Write the host that `hostname=name` or `devname=name` soon behind `at` names, quoted or not."""
    # firewalls print it among their first pairs; the search is for "na?e=", as that settles most places with one byte
    for index in range(at, min(end - 10, at + 96)):
        if (
            buffer[index] != LOWER_N
            or buffer[index + 1] != LOWER_A
            or buffer[index + 3] != LOWER_E
            or buffer[index + 4] != EQUALS
        ):
            continue
        # before "name=" stands "host" or "dev", of which first and last letter are looked at
        host = index >= at + 4 and buffer[index - 4] == LOWER_H and buffer[index - 1] == LOWER_T
        device = index >= at + 3 and buffer[index - 3] == LOWER_D and buffer[index - 1] == LOWER_V
        if not host and not device:
            continue
        start = index + 5
        start += buffer[start] == DOUBLE_QUOTE
        stop = start
        # the value ends at a blank, its quote, or what separates the pairs
        while (
            stop < end
            and buffer[stop] > SPACE
            and buffer[stop] != DOUBLE_QUOTE
            and buffer[stop] != BAR
            and buffer[stop] != COMMA
        ):
            stop += 1
        # "?" and "(none)" name nothing
        if stop > start and end_of_host(buffer, start, stop) == stop:
            out[HOST_AT] = start
            out[HOST_END] = stop
        return


@compiled_helper
def _begins_firewall(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether pairs as FortiOS and Sophos print them stand at `at`: `date=` or a key that begins with `dev`."""
    if end - at < 12 or buffer[at] != LOWER_D or not _pairs(buffer, at, end):
        return False
    dated = buffer[at + 1] == LOWER_A and buffer[at + 2] == LOWER_T and buffer[at + 4] == EQUALS
    return bool(dated or (buffer[at + 1] == LOWER_E and buffer[at + 2] == LOWER_V))


@compiled_helper
def _pairs(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a text begins with `key=`, where a key has letters, digits, hyphens, points and underscores."""
    stop = at
    while stop < end and (
        LOWER_A <= (buffer[stop] | LOWER_CASE_BIT) <= LOWER_Z
        or ZERO <= buffer[stop] <= NINE
        or buffer[stop] in (HYPHEN, DOT, UNDERSCORE)
    ):
        stop += 1
    return bool(stop > at and stop < end and buffer[stop] == EQUALS)
