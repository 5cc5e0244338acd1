"""What the pairs of a `key=value` record (logfmt, firewall logs) name: its host, its service and its message.

Takes the bounds of records that were recognized as such, returns offsets into the same buffer. Keys are compared in lower
case with those that JSON records use too (`field_names`), by a hash of 64 bits. Never copies a value, and leaves escapes in
it as they are.
"""

from typing import Final, NamedTuple

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s, UInt64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.parse.field_names import HOST_FIELDS, MESSAGE_FIELDS, SERVICE_FIELDS
from brainstem.text.ascii import BACKSLASH, DOUBLE_QUOTE, EQUALS, LOWER_CASE_BIT, SPACE, UPPER_A, UPPER_Z

# firewalls have names of their own: FortiOS, Sophos, SonicWall
_DEVICE_FIELDS: Final = ("devname", "device_name", "dvchost", "fw")
_PART_FIELDS: Final = ("log_component", "subtype")
_ROLES: Final = ((*HOST_FIELDS, *_DEVICE_FIELDS), (*SERVICE_FIELDS, *_PART_FIELDS), MESSAGE_FIELDS)
HOST, SERVICE, MESSAGE = range(len(_ROLES))
# FNV-1a with 64 bits (Fowler, Noll, Vo), taken while a key's bytes are passed
_FOLD: Final = np.uint64(0x100000001B3)
_SEED: Final = np.uint64(0xCBF29CE484222325)


class Named(NamedTuple):
    """Where the values of the named roles stand, shape (roles, rows); -1 where a record has none."""

    start: Int64s
    end: Int64s


def _hash(key: str) -> int:
    """Return the hash that `_walk` computes for a key as it reads it."""
    value = int(_SEED)
    for byte in key.encode():
        value = ((value ^ byte) * int(_FOLD)) & 0xFFFFFFFFFFFFFFFF
    return value


_KEYS: Final = np.array([_hash(key) for keys in _ROLES for key in keys], np.uint64)
_ROLE_OF: Final = np.array([role for role, keys in enumerate(_ROLES) for _ in keys], np.int64)


def scan_pairs(buffer: Bytes, rows: Int64s, begin: Int64s, end: Int64s) -> Named:
    """Return where the values of host, service and message stand in the records `rows`.

    `begin` and `end` are columns of the batch. Of several keys of one role the one that is listed first wins. A message
    counts only when it is quoted and has a blank in it: a single word behind `msg=` says less than the pairs beside it.
    """
    start = np.full((len(_ROLES), len(rows)), -1, np.int64)
    stop = np.full((len(_ROLES), len(rows)), -1, np.int64)
    _walk(buffer, rows, begin, end, _KEYS, _ROLE_OF, start, stop)
    return Named(start, stop)


@compiled_helper
def _value_end(buffer: Bytes, at: int, end: int) -> int:
    """Return where the value at `at` ends: at its closing quote, or before the next blank."""
    if at < end and buffer[at] == DOUBLE_QUOTE:
        at += 1
        while at < end and buffer[at] != DOUBLE_QUOTE:
            # a quote behind a backslash belongs to the value
            at += 2 if buffer[at] == BACKSLASH else 1
        # a backslash as the last byte, or a quote that is cut off: the record's end closes it
        return min(at, end)
    while at < end and buffer[at] > SPACE:
        at += 1
    return at


@compiled_helper
def _has_blank(buffer: Bytes, at: int, end: int) -> bool:
    """Return whether a space stands between `at` and `end`."""
    while at < end and buffer[at] != SPACE:
        at += 1
    return at < end


@compiled
def _walk(
    buffer: Bytes,
    rows: Int64s,
    begin: Int64s,
    end: Int64s,
    keys: UInt64s,
    role_of: Int64s,
    start: Int64s,
    stop: Int64s,
) -> None:
    """Write the bounds of the values to `start` and `stop`, one row a role and one column a record."""
    # the place in the list of the key that a role has its value from so far
    rank = np.empty(len(start), np.int64)
    for index in range(len(rows)):
        rank[:] = len(keys)
        at, last = begin[rows[index]], end[rows[index]]
        while at < last:
            value = _SEED
            # the key, up to its "="; it is hashed in lower case
            while at < last and buffer[at] > SPACE and buffer[at] != EQUALS and buffer[at] != DOUBLE_QUOTE:
                byte = np.uint64(buffer[at])
                if np.uint64(UPPER_A) <= byte <= np.uint64(UPPER_Z):
                    byte |= np.uint64(LOWER_CASE_BIT)
                value = (value ^ byte) * _FOLD
                at += 1
            # a word without "=" between pairs, a quoted text, or the end
            if at >= last or buffer[at] != EQUALS:
                at = _value_end(buffer, at, last) + 1
                continue
            first = at + 1
            closing = _value_end(buffer, first, last)
            at = closing + 1
            quoted = buffer[first] == DOUBLE_QUOTE if first < last else False
            first += quoted
            # some thirty keys: a plain search costs less than a table, as most records have few pairs
            for place in range(len(keys)):
                # an empty value names nothing, and leaves its role to a key of lower rank
                if keys[place] == value and place < rank[role_of[place]] and closing > first:
                    role = role_of[place]
                    if role == MESSAGE and not (quoted and _has_blank(buffer, first, closing)):
                        break
                    rank[role] = place
                    start[role, index] = first
                    stop[role, index] = closing
                    break
