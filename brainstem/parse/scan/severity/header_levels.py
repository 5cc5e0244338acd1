"""Levels in the header of a line: between stamp and tag, as `facility.level`, or among topics."""

from typing import Final

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.parse.scan.severity.scale import SYSLOG_SEVERITY
from brainstem.parse.scan.severity.words import (
    codes_of,
    digits_end,
    is_capital,
    is_one_of,
    level_of,
    value_of,
    word_end,
)
from brainstem.text.ascii import (
    CLOSE_PARENTHESIS,
    COLON,
    COMMA,
    DOT,
    HYPHEN,
    LOWER_A,
    LOWER_Z,
    NINE,
    OPEN_PARENTHESIS,
    SPACE,
    ZERO,
)

_FACILITIES = codes_of(
    "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp"
    " local0 local1 local2 local3 local4 local5 local6 local7"
)

_TOPIC_BYTES: Final = 48


@compiled_helper
def header_level(buffer: Bytes, stamp_end: int, message: int) -> int:
    """Return the level printed between a stamp and the tag, 0 for none.

    `info` in `<stamp> info prog[1]: text`, `daemon.err` behind stamp or host, or that among RouterOS's topics.
    """
    start = stamp_end + 1
    if stamp_end < 0 or start >= message:
        return 0
    stop = word_end(buffer, start, message)
    if stop < message and buffer[stop] == SPACE:
        severity = level_of(buffer, start, stop)
        if severity > 0:
            return severity
    stop = numbered_end(buffer, start, message)
    if stop > 0:
        # behind the number stand a parenthesis and a blank; its last three bits are the level
        return int(SYSLOG_SEVERITY[value_of(buffer, start + 3, stop - 2) & 7])
    # most headers have neither a point nor a comma
    stop = start
    while stop < message and buffer[stop] != DOT and buffer[stop] != COMMA:
        stop += 1
    if stop == message:
        return 0
    # a word or two may stand before a facility or topics: the host, or OpenWrt's second stamp in brackets
    for _ in range(3):
        stop = selector_end(buffer, start, message)
        if stop > 0:
            while stop > start and buffer[stop - 1] != DOT:
                stop -= 1
            return level_of(buffer, stop, word_end(buffer, stop, message))
        stop = topics_end(buffer, start, message)
        if stop > 0:
            return _topic_level(buffer, start, stop)
        while start < message and buffer[start] > SPACE:
            start += 1
        while start < message and buffer[start] <= SPACE:
            start += 1
    return 0


@compiled_helper
def numbered_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the tag begins behind `In(182) `, a level's letters and a syslog priority (ESXi 8), -1 for none."""
    if end - at < 6 or not is_capital(buffer[at]) or buffer[at + 2] != OPEN_PARENTHESIS:
        return -1
    stop = digits_end(buffer, at + 3, end)
    if not 1 <= stop - at - 3 <= 3 or stop + 1 >= end or buffer[stop] != CLOSE_PARENTHESIS or buffer[stop + 1] != SPACE:
        return -1
    return stop + 2


@compiled_helper
def selector_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of `facility.level` at `at`, as BusyBox and OpenWrt print it, -1 if it is none."""
    dot = word_end(buffer, at, min(end, at + 9))
    if dot >= end or buffer[dot] != DOT or not is_one_of(buffer, at, dot, _FACILITIES):
        return -1
    stop = word_end(buffer, dot + 1, end)
    return stop if stop < end and buffer[stop] <= SPACE and level_of(buffer, dot + 1, stop) > 0 else -1


@compiled_helper
def topics_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of topics such as `interface,info` at `at`, as RouterOS prints them, -1 if these are none."""
    stop = at
    commas = 0
    while stop < min(end, at + _TOPIC_BYTES) and (
        LOWER_A <= buffer[stop] <= LOWER_Z or ZERO <= buffer[stop] <= NINE or buffer[stop] in (COMMA, HYPHEN)
    ):
        commas += buffer[stop] == COMMA
        stop += 1
    if commas == 0 or stop >= end or buffer[at] == COMMA or buffer[stop - 1] == COMMA:
        return -1
    if buffer[stop] != SPACE and buffer[stop] != COLON:
        return -1
    return stop if _topic_level(buffer, at, stop) > 0 else -1


@compiled_helper
def _topic_level(buffer: Bytes, at: int, end: int) -> int:
    """Return the highest level among words between commas, 0 for none."""
    highest = 0
    while at < end:
        stop = at
        while stop < end and buffer[stop] != COMMA:
            stop += 1
        highest = max(highest, level_of(buffer, at, stop))
        at = stop + 1
    return highest
