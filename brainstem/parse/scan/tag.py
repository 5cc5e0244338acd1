"""Hosts and tags: `host prog[pid]:` as RFC 3164 has it (sections 4.1.2 and 4.1.3), and what daemons print instead.

A tag is the name of a program with its colon, and often its process id in brackets. Readers take a buffer and where to
begin, write the slots of `header_fields`, and return where the message begins. RFC 3164 only describes what was common, so
each rule here is for lines that exist.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.scan.civil_time import is_letter, month_at
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
from brainstem.parse.scan.severity.device_levels import mnemonic_digit
from brainstem.parse.scan.severity.header_levels import selector_end, topics_end
from brainstem.parse.scan.severity.words import codes_of, is_capital, is_one_of, level_of
from brainstem.text.ascii import (
    ASTERISK,
    CLOSE_BRACKET,
    CLOSE_PARENTHESIS,
    COLON,
    COMMA,
    DELETE,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    FIRST_NON_ASCII,
    GREATER_THAN,
    HYPHEN,
    LESS_THAN,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_F,
    LOWER_S,
    LOWER_Z,
    NINE,
    ONE,
    OPEN_BRACE,
    OPEN_BRACKET,
    OPEN_PARENTHESIS,
    PERCENT,
    SLASH,
    SPACE,
    UNDERSCORE,
    UPPER_T,
    UPPER_Z,
    ZERO,
)

# a program's name may hold path, version and parentheses: "/usr/sbin/cron", "sshd(pam_unix)", "postfix/smtpd"
_ENDS_TAG = np.array([byte <= SPACE or byte >= OPEN_BRACE or byte in b':["=,<' for byte in range(256)])
# names, IPv4 and IPv6 addresses with a zone ("fe80::1%eth0"), a port, and what is not ASCII
_IN_HOST = np.array(
    [
        byte == PERCENT or (byte >= HYPHEN and byte not in b";<=>?[\\]^`" and not OPEN_BRACE <= byte <= DELETE)
        for byte in range(256)
    ]
)

# the first four letters of level words, and levels shorter than that, as numbers
_LEVEL_BEGIN = np.array(
    [
        int.from_bytes(word, "big")
        for word in b"info warn erro debu noti crit aler emer trac verb fata seve pani".split()
    ]
)
_SHORT_LEVELS = np.array([int.from_bytes(word, "big") for word in b"t d i n w e f dbg inf wrn err ftl trc vrb".split()])

_SEVERITY = codes_of("severity")
_ROLES = codes_of(
    "events urls flows firewall vpn_firewall cellular_firewall l7_firewall ids-alerts security_event airmarshal_events"
    " ip_flow_start ip_flow_end content_filtering"
)
"""what Meraki's devices print before their messages (their documentation, "Syslog event types and log samples")"""

_MAX_HOST_BYTES: Final = 255
"""the longest name in DNS (RFC 1035 section 2.3.4)"""
_ADDRESS_DIGITS: Final = 12
_LEAST_SERIAL_BYTES: Final = 8
_EVENT_DIGITS: Final = 5
_HARDWARE_ADDRESS_BYTES: Final = 17
_MAX_ADDRESS_BYTES: Final = 48
"""of an IPv6 address, with its brackets"""
_ROLE_BYTES: Final = 24
_MAX_TAG_BYTES: Final = 96
"""longer than the 32 of RFC 3164, for paths and container names"""


@compiled_helper
def tag_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `prog:`, `prog[pid]:` or `prog(sub)[pid]:` into `out`; return where the message begins, -1 if it is no tag."""
    stop = at
    limit = min(end, at + _MAX_TAG_BYTES)
    while stop < limit and not _ENDS_TAG[buffer[stop]]:
        stop += 1
    # "%" begins a mnemonic of a network device, "(" a remark
    if stop == at or stop >= limit or buffer[at] == PERCENT or buffer[at] == OPEN_PARENTHESIS:
        return -1
    # nor does a number name a program: a device has counted its messages
    if process_id_of(buffer, at, stop) >= 0:
        return -1
    name_end = stop
    if buffer[stop] == COLON:
        # "::" is in a module's path or an IPv6 address, ":/" in a URL; a digit follows in a time or before a port
        if stop + 1 < end and (buffer[stop + 1] == COLON or SLASH <= buffer[stop + 1] <= NINE):
            return -1
        # a level in capitals is none either: "10.20.0.4 INFO: port 3 is down" (D-Link)
        if is_capital(buffer[at]) and is_capital(buffer[stop - 1]) and level_of(buffer, at, stop) > 0:
            return -1
        # "Severity: Critical, Category: .." (iDRAC) names a level
        if stop - at == 8 and buffer[at] | LOWER_CASE_BIT == LOWER_S and is_one_of(buffer, at, stop, _SEVERITY):
            return -1
        stop += 1
    elif buffer[stop] == OPEN_BRACKET:
        # what is in the brackets need not be a number: "prog[main]:" is a tag without a process id
        close = stop + 1
        while close < min(end, stop + 32) and buffer[close] > SPACE and buffer[close] != CLOSE_BRACKET:
            close += 1
        if close >= end or buffer[close] != CLOSE_BRACKET or close == stop + 1:
            return -1
        behind = close + 1
        # Kerberos prints a level behind the process: "krb5kdc[812](info): text"
        if behind < end and buffer[behind] == OPEN_PARENTHESIS:
            word = behind + 1
            while word < min(end, behind + 16) and is_letter(buffer[word]):
                word += 1
            if word + 1 < end and buffer[word] == CLOSE_PARENTHESIS and buffer[word + 1] == COLON:
                behind = word + 1
        # a subscript in a message goes on: "table[3].size"
        if behind < end and buffer[behind] != COLON and buffer[behind] > SPACE:
            return -1
        pid = process_id_of(buffer, stop + 1, close)
        # without a colon only a number in the brackets makes a tag: "prog[812] text", but not "list[x] text"
        if pid < 0 and (behind >= end or buffer[behind] != COLON):
            return -1
        out[PROCESS_ID] = pid
        stop = behind + 1 if behind < end and buffer[behind] == COLON else behind
    else:
        # a word that a space or anything else ends is no tag
        return -1
    out[SERVICE_AT] = at
    out[SERVICE_END] = name_end
    return min(behind_blanks(buffer, stop, end), end)


@compiled_helper
def end_of_host(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of a host name or address at `at`, -1 if there is none."""
    if at >= end:
        return -1
    first = buffer[at]
    # a colon begins IPv6 addresses such as "::1"; a bracket, quote or sign begins no host
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


@compiled_helper
def is_address(buffer: Bytes, at: int, stop: int) -> bool:
    """Return whether a word looks like an IP address: hexadecimal digits with three points, or two colons or more.

    It need not be valid: what stands where a host would and looks like one is meant as one.
    """
    colons, dots, hexadecimal = 0, 0, True
    for index in range(at, stop):
        byte = buffer[index]
        colons += byte == COLON
        dots += byte == DOT
        if not (ZERO <= byte <= NINE or LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_F or byte in (COLON, DOT)):
            hexadecimal = False
    return hexadecimal and (dots == 3 or colons >= 2)


@compiled_helper
def is_levelled(buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether a word of letters is all capitals or begins as a level does; hosts are seldom named so."""
    capitals = True
    for at in range(start, stop):
        if not LOWER_A <= (buffer[at] | LOWER_CASE_BIT) <= LOWER_Z:
            return False
        # letters were checked, so what is not above "Z" is a capital
        capitals = capitals and buffer[at] <= UPPER_Z
    if capitals:
        return True
    code = np.int64(0)
    for at in range(start, min(start + 4, stop)):
        code = (code << 8) | np.int64(buffer[at] | LOWER_CASE_BIT)
    for known in _LEVEL_BEGIN if stop - start >= 4 else _SHORT_LEVELS:  # noqa: SIM110  # compiled code has no generator expressions
        if known == code:
            return True
    return False


@compiled_helper
def host_and_tag(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Read `host prog[pid]: message` into `out`, where host, tag or both may be missing."""
    at = behind_blanks(buffer, at, end)
    out[MESSAGE_AT] = at
    # a mnemonic such as "%LINK-3-UPDOWN" belongs to the message
    if at < end and buffer[at] == PERCENT:
        return
    # "[00:1a:2b:3c:4d:5e] prog[812]: text" (Yealink's phones), "[10.20.0.9] prog[812]: text" (Aruba's controllers)
    if at < end and buffer[at] == OPEN_BRACKET:
        close = _address_end(buffer, at, end)
        if close > 0:
            out[HOST_AT] = at + 1
            out[HOST_END] = close
            _tag_behind(buffer, behind_blanks(buffer, close + 1, end), end, out)
        return
    # with no host before it
    behind = _sender_end(buffer, at, end, out)
    if behind >= 0:
        if behind > 0:
            _tag_behind(buffer, behind, end, out)
        return
    stop = end_of_host(buffer, at, end)
    # local daemons and journald's short output leave the host out, so the first word may be the tag
    if stop > 0 and buffer[stop - 1] != COLON:
        behind = tag_end(buffer, at, end, out)
        if behind > 0 and _whole_word(buffer, out[SERVICE_END], stop):
            # "prog[pid]:" with no host before it
            out[MESSAGE_AT] = behind
            return
        # a tag was read that is none; its slots are free again
        out[SERVICE_AT] = -1
        out[SERVICE_END] = -1
        out[PROCESS_ID] = -1
    if stop > 0 and _names_host(buffer, at, stop, end):
        out[HOST_AT] = at
        # "10.0.0.7:" is a host with a colon, "fe80::" ends with its own
        out[HOST_END] = stop - 1 if buffer[stop - 1] == COLON and buffer[stop - 2] != COLON else stop
        at = behind_blanks(buffer, stop, end)
        # Cisco prints "host : %MNEMONIC"
        if at < end and buffer[at] == COLON:
            at = behind_blanks(buffer, at + 1, end)
        out[MESSAGE_AT] = at
        behind = _sender_end(buffer, at, end, out)
        if behind == 0:
            return
        at = max(at, behind)
    _tag_behind(buffer, at, end, out)


@compiled_helper
def _address_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the bracket at `at` closes if an address stands in it and a blank behind it, else -1."""
    close = at + 1
    limit = min(end - 1, at + _MAX_ADDRESS_BYTES)
    while close < limit and buffer[close] > SPACE and buffer[close] != CLOSE_BRACKET:
        close += 1
    if close >= limit or buffer[close] != CLOSE_BRACKET or buffer[close + 1] != SPACE:
        return -1
    return close if is_address(buffer, at + 1, close) else -1


@compiled_helper
def _tag_behind(buffer: Bytes, at: int, end: int, out: Int64s) -> None:
    """Read the tag at `at`, if there is one, and write where the message begins."""
    out[MESSAGE_AT] = at
    behind = tag_end(buffer, behind_event_number(buffer, at, end), end, out)
    # F5 prints a level between host and tag: "gate notice mcpd[812]: text"
    if behind < 0:
        stop = end_of_word(buffer, at, end)
        if stop - at >= 3 and buffer[stop - 1] != COLON and is_levelled(buffer, at, stop):
            behind = tag_end(buffer, behind_blanks(buffer, stop, end), end, out)
            if behind > 0 and out[PROCESS_ID] < 0:
                out[SERVICE_AT] = -1
                out[SERVICE_END] = -1
                behind = -1
    if behind > 0:
        out[MESSAGE_AT] = behind


@compiled_helper
def behind_event_number(buffer: Bytes, at: int, end: int) -> int:
    """Return where the tag begins in `00076 ports: text`, behind the number of the kind of event, as ProCurve's switches
    print it; `at` where no such number stands there.
    """
    if at + _EVENT_DIGITS + 2 >= end or buffer[at] != ZERO or buffer[at + _EVENT_DIGITS] != SPACE:
        return at
    if process_id_of(buffer, at, at + _EVENT_DIGITS) < 0:
        return at
    return behind_blanks(buffer, at + _EVENT_DIGITS, end)


@compiled_helper
def read_role(buffer: Bytes, end: int, out: Int64s) -> None:
    """Write the role with which a message of Meraki begins as the service: `events type=..`, `flows allow src=..`."""
    at = out[MESSAGE_AT]
    stop = end_of_word(buffer, at, end)
    if stop < end and 4 <= stop - at <= _ROLE_BYTES and is_one_of(buffer, at, stop, _ROLES):
        out[SERVICE_AT] = at
        out[SERVICE_END] = stop
        out[MESSAGE_AT] = behind_blanks(buffer, stop, end)


@compiled_helper
def _versioned_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read `1 1643968800.938253 mx84 ` (Meraki behind a relay) into `out`; return where the message begins or -1."""
    if (
        end - at < 20
        or buffer[at] != ONE
        or buffer[at + 1] != SPACE
        or buffer[at + 12] != DOT
        or process_id_of(buffer, at + 3, at + 12) < 0
    ):
        return -1
    start = behind_blanks(buffer, end_of_word(buffer, at + 2, end), end)
    stop = end_of_host(buffer, start, end)
    if stop < 0 or buffer[stop - 1] == COLON:
        return -1
    out[HOST_AT] = start
    out[HOST_END] = stop
    out[MESSAGE_AT] = behind_blanks(buffer, stop, end)
    read_role(buffer, end, out)
    message: int = out[MESSAGE_AT]
    return message


@compiled_helper
def _sender_end(buffer: Bytes, at: int, end: int, out: Int64s) -> int:
    """Read what devices print between host and tag; return where the tag may begin, 0 if the message is found, or -1.

    It is a network device's header of its own, `facility.level` (BusyBox), topics (RouterOS) or a device's identity (UniFi).
    """
    mnemonic = mnemonic_behind(buffer, at, end)
    if mnemonic > 0:
        out[MESSAGE_AT] = mnemonic
        return 0
    if _versioned_end(buffer, at, end, out) > 0:
        return 0
    if at < end and buffer[at] == LESS_THAN:
        return _access_point_end(buffer, at, end)
    # WatchGuard's time, where its serial number is switched off
    if at < end and buffer[at] == OPEN_PARENTHESIS:
        behind = _time_in_parentheses_end(buffer, at, end)
        if behind > 0:
            return behind
    # all others have a comma or a point in their first word, which most tags have not
    stop = at
    while stop < end and buffer[stop] > SPACE and buffer[stop] != COMMA and buffer[stop] != DOT:
        if buffer[stop] == OPEN_BRACKET:
            return -1
        stop += 1
    if stop + 1 < end and buffer[stop] == SPACE and buffer[stop + 1] == OPEN_PARENTHESIS:
        return _serial_end(buffer, at, stop, end)
    if stop >= end or buffer[stop] <= SPACE:
        return -1
    if buffer[stop] == DOT:
        stop = selector_end(buffer, at, end)
        return behind_blanks(buffer, stop, end) if stop > 0 else -1
    stop = topics_end(buffer, at, end)
    if stop > 0:
        read_topics(buffer, at, stop, end, out)
        return 0
    return device_end(buffer, at, end)


@compiled_helper
def _access_point_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the tag begins behind `<10.20.0.7 00:1A:2B:3C:4D:5E> `, which Aruba's access points print behind their
    name; -1 where it does not stand at `at`.
    """
    stop = end_of_word(buffer, at, end)
    close = stop + 1 + _HARDWARE_ADDRESS_BYTES
    if close + 1 >= end or buffer[close] != GREATER_THAN or buffer[close + 1] != SPACE:
        return -1
    if not is_address(buffer, at + 1, stop) or not is_address(buffer, stop + 1, close):
        return -1
    return behind_blanks(buffer, close + 1, end)


@compiled_helper
def _serial_end(buffer: Bytes, at: int, stop: int, end: int) -> int:
    """Return where the tag begins behind `80B60A1C2E4F5 (2022-02-04T10:00:00) `, a serial number and a time, -1 for none.

    WatchGuard's firewalls print them behind the host.
    """
    return _time_in_parentheses_end(buffer, stop + 1, end) if stop - at >= _LEAST_SERIAL_BYTES else -1


@compiled_helper
def _time_in_parentheses_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the tag begins behind `(2022-02-04T10:00:00) ` at `at`, -1 where that does not stand there."""
    # it has a fixed length, and "T" in its middle
    close = at + 20
    if (
        close + 1 >= end
        or buffer[close] != CLOSE_PARENTHESIS
        or buffer[at + 11] != UPPER_T
        or not ZERO <= buffer[at + 1] <= NINE
    ):
        return -1
    return behind_blanks(buffer, close + 1, end)


@compiled_helper
def read_topics(buffer: Bytes, at: int, stop: int, end: int, out: Int64s) -> None:
    """Write the first of the topics between `at` and `stop` as the service, and where the message begins."""
    out[SERVICE_AT] = at
    name_end = at
    while buffer[name_end] != COMMA:
        name_end += 1
    out[SERVICE_END] = name_end
    out[MESSAGE_AT] = behind_blanks(buffer, stop + (buffer[stop] == COLON), end)


@compiled_helper
def mnemonic_behind(buffer: Bytes, at: int, end: int) -> int:
    """Return where a mnemonic begins behind a device's own header, which a relay has kept; -1 if none does.

    That header is a sequence number, a clock mark, a stamp or the time since the start, as in
    `585917: *Feb  4 10:00:00.272 UTC: %LAMP-3-OUT: text` and `29: 3w4d: %LAMP-3-OUT: text`.
    """
    if at >= end:
        return -1
    first = buffer[at]
    if not (ZERO <= first <= NINE or first in (ASTERISK, DOT, COLON)) and (
        end - at < 5 or buffer[at + 3] != SPACE or month_at(buffer, at, end) == 0
    ):
        return -1
    limit = min(end, at + _MAX_TAG_BYTES)
    # a counter and a time since the start have a colon behind them, a year has none; an address is the host
    word = end_of_word(buffer, at, limit)
    if ZERO <= first <= NINE and (buffer[word - 1] != COLON or is_address(buffer, at, word - 1)) and word - at != 4:
        return -1
    while at < limit:
        # tabs and control bytes too, as no word begins with one
        if buffer[at] <= SPACE:
            at += 1
            continue
        if buffer[at] == PERCENT:
            return at if mnemonic_digit(buffer, at, end) >= 0 else -1
        stop = at
        digits, letters, others = 0, 0, 0
        while stop < limit and buffer[stop] > SPACE:
            byte = buffer[stop]
            digits += ZERO <= byte <= NINE
            letters += is_letter(byte)
            # a process in brackets is a tag, and quotes are a message's
            others += byte in (OPEN_BRACKET, OPEN_PARENTHESIS, EQUALS, DOUBLE_QUOTE)
            stop += 1
        # a month or a zone has no digits; a longer word is the device's name
        if others > 0 or (digits == 0 and letters > 5 and buffer[stop - 1] != COLON):
            return -1
        at = stop
    return -1


@compiled_helper
def device_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the tag begins behind the identity of a UniFi device, -1 if none stands at `at`.

    It has the address of twelve hexadecimal digits as one of its fields: `aabbccddeeff,U7-Pro-8.6.11:`,
    `U7PG2,0418d6aabbcc,v4.3.28.11361:` or `("U7PG2,0418d6aabbcc,v3.9.27.8537")`.
    """
    stop = at
    field = 0
    commas = 0
    address = False
    while stop < min(end, at + _MAX_TAG_BYTES) and buffer[stop] > SPACE:
        byte = buffer[stop]
        if byte == COMMA:
            address = address or field == _ADDRESS_DIGITS
            commas += 1
            field = 0
        # what is no digit of an address makes the field too long to be one
        elif ZERO <= byte <= NINE or LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_F:
            field += 1
        elif byte not in (OPEN_PARENTHESIS, DOUBLE_QUOTE):
            field += _MAX_TAG_BYTES
        stop += 1
    if commas == 0 or not address or stop >= end or buffer[stop - 1] not in (COLON, CLOSE_PARENTHESIS):
        return -1
    return behind_blanks(buffer, stop, end)


@compiled_helper
def _whole_word(buffer: Bytes, name_end: int, word_end: int) -> bool:
    """Return whether a tag's bracket stands in the first word, so that the word is the tag and not a host."""
    return bool(name_end < word_end and buffer[name_end] == OPEN_BRACKET)


@compiled_helper
def _names_host(buffer: Bytes, at: int, stop: int, end: int) -> bool:
    """Return whether the word at `at` is a host rather than a tag.

    A word with a colon is a host if it is an address, or if a mnemonic or a tag with a process id follows.
    """
    if buffer[stop - 1] != COLON:
        return True
    # with or without its last colon: "10.0.0.7:" and "fe80::"
    if is_address(buffer, at, stop - 1) or is_address(buffer, at, stop):
        return True
    behind = behind_blanks(buffer, stop, end)
    if behind >= end:
        return False
    if buffer[behind] == PERCENT:
        return True
    word = end_of_word(buffer, behind, end)
    # "gate: prog[812]: text" has a relay's host before the tag; "prog: text" has none
    return bool(word - behind > 3 and buffer[word - 1] == COLON and buffer[word - 2] == CLOSE_BRACKET)
