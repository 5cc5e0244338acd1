"""What the pairs of a `key=value` record (logfmt, firewall logs) name: its host, service and message, and what happened.

Takes the bounds of records that were recognized as such, returns offsets into the same buffer, and the texts by which
records with a message are signed: the message, then the pairs that say what happened and to what, as `fields.signed_text`
writes them for other formats. Keys are compared in lower case with those that JSON records use too (`field_names`), by a
hash of 64 bits. Escapes in values stay as they are.
"""

from typing import Final, NamedTuple

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s, UInt64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.parse.field_names import (
    HOST_FIELDS,
    MESSAGE_FIELDS,
    PARTY_FIELDS,
    SERVICE_FIELDS,
    STATE_FIELDS,
    THING_FIELDS,
    printed_name,
)
from brainstem.text.ascii import (
    BACKSLASH,
    BAR,
    COMMA,
    DOT,
    DOUBLE_QUOTE,
    EQUALS,
    FIRST_NON_ASCII,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_Z,
    NINE,
    SINGLE_QUOTE,
    SPACE,
    UNDERSCORE,
    UPPER_A,
    UPPER_Z,
    ZERO,
)

# firewalls have names of their own: Sophos, SonicWall
_DEVICE_FIELDS: Final = ("device_name", "fw")
_ROLES: Final = ((*HOST_FIELDS, *_DEVICE_FIELDS), SERVICE_FIELDS, MESSAGE_FIELDS)
HOST, SERVICE, MESSAGE = range(len(_ROLES))
# FNV-1a with 64 bits (Fowler, Noll, Vo), taken while a key's bytes are passed
_FOLD: Final = np.uint64(0x100000001B3)
_SEED: Final = np.uint64(0xCBF29CE484222325)

MOST_STATES: Final = 6
MOST_NAMES: Final = 3
_MOST_VALUE_BYTES: Final = 80
_MOST_PAIR_BYTES: Final = _MOST_VALUE_BYTES + 40
"""a value with its name, quotes and separator"""
_LEAST_SAID_BYTES: Final = 2
_SLOTS: Final = 1024


class Named(NamedTuple):
    """Where the values of the named roles stand, shape (roles, rows); -1 where a record has none."""

    start: Int64s
    end: Int64s
    text: Bytes
    """the signed texts of the records with a message that pairs stand behind, end to end"""
    text_start: Int64s
    """of each row; -1 where the message is signed as it stands"""
    text_end: Int64s


def _hash(key: str) -> int:
    """Return the hash that `_walk` computes for a key as it reads it."""
    value = int(_SEED)
    for byte in key.encode():
        value = ((value ^ byte) * int(_FOLD)) & 0xFFFFFFFFFFFFFFFF
    return value


_RANKED: Final = [key for keys in _ROLES for key in keys]
_ROLE_OF: Final = np.array([role for role, keys in enumerate(_ROLES) for _ in keys], np.int64)
_SIGNED: Final = [
    *STATE_FIELDS.items(),
    *((key, printed_name(key)) for key in (*THING_FIELDS, *PARTY_FIELDS)),
]
"""keys whose pairs are signed, each with the name that is printed: states, then things, then parties"""
_FIRST_THING: Final = len(STATE_FIELDS)
_FIRST_PARTY: Final = len(STATE_FIELDS) + len(THING_FIELDS)
_EVENT_IDS: Final = np.array([printed == "event_id" for _, printed in _SIGNED])
_PRINTED: Final = [*(printed.encode() for _, printed in _SIGNED), b"event"]
"""the last is for the id of an event that is no number"""
_NAMES: Final = np.frombuffer(b"".join(_PRINTED), np.uint8)
_NAME_ENDS: Final = np.cumsum([len(printed) for printed in _PRINTED], dtype=np.int64)
_BARE: Final = np.zeros(256, np.bool_)
_BARE[[*range(0x80, 0x100), *b"-_.:/+@%#*!?$&^~|<>", *b"0123456789", *range(0x41, 0x5B), *range(0x61, 0x7B)]] = True
"""bytes of values that need no quotes"""
_NOTHING: Final = np.array(
    [_hash(word) for word in ("-", "n/a", "null", "none", "unknown", "(null)", "undefined", "?", "sfw")], np.uint64
)
"""values that name nothing; the last is what every firewall of Sophos calls its device"""


def _key_table() -> tuple[UInt64s, Int64s, Int64s]:
    """Return a hash table of all keys: their hashes, their ranks among the roles, and their places among the signed."""
    hashes = np.zeros(_SLOTS, np.uint64)
    ranks, signed = np.full(_SLOTS, -1, np.int64), np.full(_SLOTS, -1, np.int64)
    for column, keys in ((ranks, _RANKED), (signed, [key for key, _ in _SIGNED])):
        for place, key in enumerate(keys):
            value = _hash(key)
            slot = value % _SLOTS
            while hashes[slot] not in (0, value):
                slot = (slot + 1) % _SLOTS
            hashes[slot] = value
            column[slot] = place
    return hashes, ranks, signed


_KEY_HASHES, _KEY_RANKS, _KEY_SIGNED = _key_table()


def scan_pairs(buffer: Bytes, rows: Int64s, begin: Int64s, end: Int64s) -> Named:
    """Return where the values of host, service and message stand in the records `rows`, and the texts that are signed.

    `begin` and `end` are columns of the batch. Of several keys of one role the one that is listed first wins. A message
    counts only when it is quoted and has a blank in it: a single word behind `msg=` says less than the pairs beside it.
    """
    start = np.full((len(_ROLES), len(rows)), -1, np.int64)
    stop = np.full((len(_ROLES), len(rows)), -1, np.int64)
    room = int((end[rows] - begin[rows]).sum()) + len(rows) * (MOST_STATES + MOST_NAMES) * _MOST_PAIR_BYTES
    text = np.empty(room, np.uint8)
    text_start, text_end = np.full(len(rows), -1, np.int64), np.full(len(rows), -1, np.int64)
    used = _walk(
        buffer, rows, begin, end, _KEY_HASHES, _KEY_RANKS, _KEY_SIGNED, start, stop, text, text_start, text_end
    )
    return Named(start, stop, text[:used], text_start, text_end)


@compiled_helper
def _value_end(buffer: Bytes, at: int, end: int, separator: int) -> int:
    """Return where the value at `at` ends: at its closing quote, or before the next separator."""
    if at < end and buffer[at] == DOUBLE_QUOTE:
        at += 1
        while at < end and buffer[at] != DOUBLE_QUOTE:
            # a quote behind a backslash belongs to the value
            at += 2 if buffer[at] == BACKSLASH else 1
        # a backslash as the last byte, or a quote that is cut off: the record's end closes it
        return min(at, end)
    while at < end and buffer[at] != separator and (separator != SPACE or buffer[at] > SPACE):
        at += 1
    return at


@compiled_helper
def _separator(buffer: Bytes, at: int, end: int) -> int:
    """Return what separates the pairs at `at`: a bar where the first value ends at one and a key follows, else a blank."""
    while at < end and buffer[at] > SPACE and buffer[at] != BAR:
        if buffer[at] == DOUBLE_QUOTE:
            return SPACE
        at += 1
    if at >= end or buffer[at] != BAR:
        return SPACE
    at += 1
    while at < end and (_is_alphanumeric(buffer[at]) or buffer[at] == UNDERSCORE):
        at += 1
    return BAR if at < end and buffer[at] == EQUALS else SPACE


@compiled_helper
def _has_blank(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a space stands between `at` and `end`."""
    while at < end and buffer[at] != SPACE:
        at += 1
    return at < end


@compiled_helper
def _lowered(byte: int) -> int:
    """Return a letter in lower case, and any other byte as it is."""
    return byte | LOWER_CASE_BIT if UPPER_A <= byte <= UPPER_Z else byte


@compiled_helper
def _is_nothing(buffer: Bytes, start: int, end: int) -> bool:
    """Return whether a value says that there is none, or is too long to be a state or a name."""
    if end <= start or end - start > _MOST_VALUE_BYTES:
        return True
    if end - start > 9:
        return False
    value = _SEED
    for at in range(start, end):
        value = (value ^ np.uint64(_lowered(buffer[at]))) * _FOLD
    for word in _NOTHING:  # noqa: SIM110  # compiled code has no generator expressions
        if word == value:
            return True
    return False


@compiled_helper
def _is_alphanumeric(byte: int) -> bool:
    """Return whether a byte belongs to a word."""
    return bool(ZERO <= byte <= NINE or LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z or byte >= FIRST_NON_ASCII)


@compiled_helper
def _says(text: Bytes, begin: int, end: int, buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether the value `buffer[start:stop]` stands between `begin` and `end` of a text as a word of its own."""
    width = stop - start
    for at in range(begin, end - width + 1):
        same = 0
        while same < width and text[at + same] == buffer[start + same]:
            same += 1
        if (
            same == width
            and (at == begin or not _is_alphanumeric(text[at - 1]))
            and (at + width == end or not _is_alphanumeric(text[at + width]))
        ):
            return True
    return False


@compiled_helper
def _is_bare(buffer: Bytes, start: int, end: int) -> bool:
    """Return whether a value needs no quotes."""
    for at in range(start, end):  # noqa: SIM110  # compiled code has no generator expressions
        if not _BARE[buffer[at]]:
            return False
    return True


@compiled_helper
def _is_number(buffer: Bytes, start: int, end: int) -> bool:
    """Return whether a value holds digits alone."""
    for at in range(start, end):  # noqa: SIM110  # compiled code has no generator expressions
        if not ZERO <= buffer[at] <= NINE:
            return False
    return True


@compiled_helper
def _put_pair(buffer: Bytes, place: int, start: int, end: int, bare: bool, text: Bytes, out: int) -> int:
    """Write `, name=value` behind `out`, the value in quotes unless it is `bare`; return where it ends."""
    if text[out - 1] != DOT and text[out - 1] != COMMA:
        text[out] = COMMA
        out += 1
    text[out] = SPACE
    out += 1
    first = _NAME_ENDS[place - 1] if place > 0 else 0
    for at in range(first, _NAME_ENDS[place]):
        text[out] = _NAMES[at]
        out += 1
    text[out] = EQUALS
    out += 1
    if not bare:
        text[out] = DOUBLE_QUOTE
        out += 1
    for at in range(start, end):
        text[out] = SINGLE_QUOTE if buffer[at] == DOUBLE_QUOTE else buffer[at]
        out += 1
    if not bare:
        text[out] = DOUBLE_QUOTE
        out += 1
    return out


@compiled_helper
def _put_signed(
    buffer: Bytes, begin: int, end: int, host: int, service: int, start: Int64s, stop: Int64s, text: Bytes, out: int
) -> int:
    """Write the message `buffer[begin:end]` and the pairs behind it to `text` from `out` on; return where they end.

    `start` and `stop` are the bounds of the values of all signed keys, -1 for those that the record lacks; `host` and
    `service` are where the values begin that name these. Returns `out` where no pair stands behind the message.
    """
    at = out
    for index in range(begin, end):
        text[at] = buffer[index]
        at += 1
    said = at
    states = 0
    names = 0
    for place in range(len(start)):
        first, last = start[place], stop[place]
        if first < 0 or first == service or first == host:
            continue
        if place < _FIRST_THING:
            if states < MOST_STATES:
                printed = place
                if _EVENT_IDS[place] and not _is_number(buffer, first, last):
                    printed = len(_NAME_ENDS) - 1
                at = _put_pair(buffer, printed, first, last, _is_bare(buffer, first, last), text, at)
                states += 1
        elif names < MOST_NAMES and (
            place < _FIRST_PARTY
            or (last - first >= _LEAST_SAID_BYTES and not _says(text, out, said, buffer, first, last))
        ):
            at = _put_pair(buffer, place, first, last, False, text, at)
            names += 1
    return at if states + names > 0 else out


@compiled
def _walk(
    buffer: Bytes,
    rows: Int64s,
    begin: Int64s,
    end: Int64s,
    hashes: UInt64s,
    ranks: Int64s,
    signed: Int64s,
    start: Int64s,
    stop: Int64s,
    text: Bytes,
    text_start: Int64s,
    text_end: Int64s,
) -> int:
    """Write the bounds of the values to `start` and `stop`, one row a role and one column a record, and the signed texts.

    Returns how many bytes of `text` are used.
    """
    # the place in the list of the key that a role has its value from so far
    rank = np.empty(len(start), np.int64)
    first_of, last_of = np.empty(len(_NAME_ENDS) - 1, np.int64), np.empty(len(_NAME_ENDS) - 1, np.int64)
    used = 0
    for index in range(len(rows)):
        rank[:] = len(_ROLE_OF)
        first_of[:] = -1
        at, last = begin[rows[index]], end[rows[index]]
        separator = _separator(buffer, at, last)
        while at < last:
            value = _SEED
            # the key, up to its "="; it is hashed in lower case
            while at < last and buffer[at] > SPACE and buffer[at] != EQUALS and buffer[at] != DOUBLE_QUOTE:
                value = (value ^ np.uint64(_lowered(buffer[at]))) * _FOLD
                at += 1
            # a word without "=" between pairs, a quoted text, or the end
            if at >= last or buffer[at] != EQUALS:
                at = _value_end(buffer, at, last, separator) + 1
                continue
            first = at + 1
            closing = _value_end(buffer, first, last, separator)
            at = closing + 1
            quoted = buffer[first] == DOUBLE_QUOTE if first < last else False
            first += quoted
            slot = np.int64(value % np.uint64(_SLOTS))
            while hashes[slot] != 0 and hashes[slot] != value:
                slot = (slot + 1) % _SLOTS
            # an empty value names nothing, and leaves its role to a key of lower rank
            if hashes[slot] == 0 or closing <= first:
                continue
            place = ranks[slot]
            if place >= 0:
                role = _ROLE_OF[place]
                # a name of none, as the audit daemon's `hostname=?`, leaves its role to another key too
                fits = (quoted or separator == BAR) and _has_blank(buffer, first, closing)
                fits = fits if role == MESSAGE else not _is_nothing(buffer, first, closing)
                # SonicWall counts the programs that it knows: a number is no name
                fits = fits and (role != SERVICE or not _is_number(buffer, first, closing))
                if place < rank[role] and fits:
                    rank[role] = place
                    start[role, index] = first
                    stop[role, index] = closing
            place = signed[slot]
            if place >= 0 and first_of[place] < 0 and not _is_nothing(buffer, first, closing):
                first_of[place], last_of[place] = first, closing
        if start[MESSAGE, index] >= 0:
            out = _put_signed(
                buffer,
                start[MESSAGE, index],
                stop[MESSAGE, index],
                start[HOST, index],
                start[SERVICE, index],
                first_of,
                last_of,
                text,
                used,
            )
            if out > used:
                text_start[index], text_end[index] = used, out
                used = out
    return used
