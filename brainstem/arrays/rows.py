"""Tables of rows: structured arrays that are joined, copied, picked from and sorted, each row as one block of bytes.

NumPy copies a structured array field by field, which takes 20 to 40 times as long as copying its bytes [measured].
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Bools, Indices, Rows, UInt64s

ROWS_WORTH_PACKING: Final = 512
"""fewer rows are sorted column by column"""


def _as_bytes(rows: Rows) -> Rows:
    """Return a view of the same rows as opaque bytes, without their fields."""
    return rows.view(np.dtype((np.void, rows.dtype.itemsize)))


def copied(rows: Rows) -> Rows:
    """Return a copy of a table."""
    return _as_bytes(rows).copy().view(rows.dtype)


def filled(rows: Rows, count: int) -> Rows:
    """Return the first `count` rows, those that were filled: a view, or a copy where more than half is unused."""
    return rows[:count] if 2 * count >= len(rows) else copied(rows[:count])


def picked(rows: Rows, kept: Bools | Indices) -> Rows:
    """Return a copy of the rows for which `kept` is true, or of those at the places that it holds."""
    return _as_bytes(rows)[kept].view(rows.dtype)


def concat(parts: Sequence[Rows], dtype: np.dtype[Any]) -> Rows:
    """Return the rows of tables of one dtype, one table behind the other; a single part is returned as it is, not copied."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([_as_bytes(part) for part in parts]).view(dtype) if parts else np.zeros(0, dtype)


def gathered(parts: Sequence[Rows], places: Indices, dtype: np.dtype[Any]) -> Rows:
    """Return a copy of the rows of tables of one dtype at some places, which count through all tables, one behind the other.

    Each row is copied once, where `concat` and `picked` would copy it twice.
    """
    if len(parts) == 1:
        return picked(parts[0], places)
    rows = np.empty(len(places), dtype)
    into = _as_bytes(rows)
    ends = np.cumsum([len(part) for part in parts])
    owners = np.searchsorted(ends, places, side="right")
    order = np.argsort(owners, kind="stable")
    cuts = np.searchsorted(owners[order], np.arange(len(parts) + 1)).tolist()
    for number, part in enumerate(parts):
        chosen = order[cuts[number] : cuts[number + 1]]
        into[chosen] = _as_bytes(part)[places[chosen] - (ends[number] - len(part))]
    return rows


def enlarged(rows: Rows, used: int, count: int) -> Rows:
    """Return a table with room for `count` rows: itself, or a copy of the first `used` rows at least twice as large.

    Rows behind those are zero in the copy. Room that is never written takes up no memory, and to copy it would write it.
    """
    if count <= len(rows):
        return rows
    grown = np.zeros(max(count, 2 * len(rows)), rows.dtype)
    _as_bytes(grown)[:used] = _as_bytes(rows)[:used]
    return grown


def in_order(rows: Rows, *columns: str) -> Rows:
    """Return a copy of the rows in the order of some columns, the first the most significant."""
    return rows.take(order_of(*(rows[column] for column in columns)))


def order_of(*columns: Rows) -> Indices:
    """Return the stable order of rows by columns of integers, the first the most significant.

    It is the order of `np.lexsort`, which sorts once for each column. Here as many columns as go into 64 bits are sorted at
    once, hashes by their upper bits, and only rows that tie are sorted by the rest; it takes a third of the time [measured].
    """
    if len(columns[0]) < ROWS_WORTH_PACKING:
        return np.lexsort(columns[::-1])
    keys, partial, whole = _packed(columns)
    order = np.argsort(keys)
    keys = keys.take(order)
    # two values with the same upper bits would be sorted by what stands behind them; it is rare, so all is sorted anew
    for place, bits in partial:
        column, upper = columns[place].take(order), keys >> np.uint64(bits)
        if ((upper[1:] == upper[:-1]) & (column[1:] != column[:-1])).any():
            return np.lexsort(columns[::-1])
    same = keys[1:] == keys[:-1]
    if not same.any():
        return order
    # ties: sorted by the columns that had no room, and among equals by their place, which keeps the order stable
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    places, keys = order.take(tied), keys.take(tied)
    runs = np.cumsum(np.concatenate([[False], keys[1:] != keys[:-1]]))
    order[tied] = places.take(np.lexsort((places, *(column.take(places) for column in columns[whole:][::-1]), runs)))
    return order


def _packed(columns: Sequence[Rows]) -> tuple[UInt64s, list[tuple[int, int]], int]:
    """Pack columns into words of 64 bits that sort as the columns do, as long as there is room.

    Returns the words; for each column of which only the upper bits are packed with others behind them, its number and how
    many bits stand behind; and how many of the first columns are packed.
    """
    keys, room = np.zeros(len(columns[0]), np.uint64), 64
    partial: list[tuple[int, int]] = []
    # n rows make n^2/2 pairs, so two different hashes agree in these bits in fewer than one sort of 128
    distinguishing_bits = 2 * len(keys).bit_length() + 6
    for place, column in enumerate(columns):
        # differences to the least value, modulo 2^64: signed columns keep their order and all take fewer bits
        words = column.astype(np.uint64) - np.uint64(int(column.min()) % 2**64)
        bits = int(words.max()).bit_length()
        taken = min(bits, room, distinguishing_bits if place + 1 < len(columns) else room)
        keys = (keys << np.uint64(taken) if taken < 64 else keys) | words >> np.uint64(bits - taken)
        room -= taken
        partial = [(each, below + taken) for each, below in partial]
        if taken < bits and not room:
            return keys, partial, place
        if taken < bits:
            partial.append((place, 0))
    return keys, partial, len(columns)


def without_repeats(ordered: Rows) -> Rows:
    """Return a copy of the rows that differ from the one before them; in a sorted table, each row once."""
    rows = _as_bytes(ordered)
    return picked(ordered, np.concatenate([[True], rows[1:] != rows[:-1]])[: len(rows)])
