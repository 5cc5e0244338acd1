"""Tables of rows: structured arrays joined, copied and picked from, each row as one stretch of bytes.

NumPy copies a structured array field by field, which takes 20 to 40 times as long as copying its bytes [measured].
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Rows

ROWS_WORTH_PACKING: Final = 512


def _as_bytes(rows: Rows) -> Rows:
    """Return the same rows without their fields."""
    return rows.view(np.dtype((np.void, rows.dtype.itemsize)))


def copied(rows: Rows) -> Rows:
    """Copy a table."""
    return _as_bytes(rows).copy().view(rows.dtype)


def filled(rows: Rows, count: int) -> Rows:
    """Return the rows of a table that were filled, the first `count`; a copy where more room was left than was needed."""
    return rows[:count] if 2 * count >= len(rows) else copied(rows[:count])


def picked(rows: Rows, kept: npt.NDArray[np.bool_]) -> Rows:
    """Copy the rows for which `kept` holds."""
    return _as_bytes(rows)[kept].view(rows.dtype)


def concat(parts: Sequence[Rows], dtype: np.dtype[Any]) -> Rows:
    """Put tables of one dtype one behind the other; no parts give no rows. A single part is given as it is."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([_as_bytes(part) for part in parts]).view(dtype) if parts else np.zeros(0, dtype)


def enlarged(rows: Rows, count: int) -> Rows:
    """Return a table room for `count` rows, doubling it when it must grow; what is new is zero."""
    if count <= len(rows):
        return rows
    grown = np.zeros(max(count, 2 * len(rows)), rows.dtype)
    _as_bytes(grown)[: len(rows)] = _as_bytes(rows)
    return grown


def in_order(rows: Rows, *columns: str) -> Rows:
    """Sort rows by columns, the first the most significant; gives a copy."""
    return rows.take(order_of(*(rows[column] for column in columns)))


def order_of(*columns: Rows) -> npt.NDArray[np.intp]:
    """Return the stable order of rows by columns of integers, the first the most significant.

    It is the order of `np.lexsort`, which sorts once for each column. Here as many columns as go into 64 bits are sorted at
    once, hashes by their upper bits, and only rows that are alike in these are sorted by the rest [measured: a third].
    """
    if len(columns[0]) < ROWS_WORTH_PACKING:
        return np.lexsort(columns[::-1])
    keys, parts, whole = _packed(columns)
    order = np.argsort(keys)
    keys = keys.take(order)
    for place, bits in parts:
        column, upper = columns[place].take(order), keys >> np.uint64(bits)
        if ((upper[1:] == upper[:-1]) & (column[1:] != column[:-1])).any():
            return np.lexsort(columns[::-1])
    same = keys[1:] == keys[:-1]
    if not same.any():
        return order
    tied = np.flatnonzero(np.concatenate([same, [False]]) | np.concatenate([[False], same]))
    places, keys = order.take(tied), keys.take(tied)
    runs = np.cumsum(np.concatenate([[False], keys[1:] != keys[:-1]]))
    order[tied] = places.take(np.lexsort((places, *(column.take(places) for column in columns[whole:][::-1]), runs)))
    return order


def _packed(columns: Sequence[Rows]) -> tuple[npt.NDArray[np.uint64], list[tuple[int, int]], int]:
    """Pack columns into words that sort as they do, so long as there is room.

    Gives the words; the place of each column of which only the upper bits are there with others behind them, and how many
    bits these take; and how many columns the words tell of whole.
    """
    keys, room = np.zeros(len(columns[0]), np.uint64), 64
    parts: list[tuple[int, int]] = []
    # so many of the upper bits of two hashes seldom agree by chance
    telling = 2 * len(keys).bit_length() + 6
    for place, column in enumerate(columns):
        words = column.astype(np.uint64) - np.uint64(int(column.min()) % 2**64)
        bits = int(words.max()).bit_length()
        taken = min(bits, room, telling if place + 1 < len(columns) else room)
        keys = (keys << np.uint64(taken) if taken < 64 else keys) | words >> np.uint64(bits - taken)
        room -= taken
        parts = [(each, below + taken) for each, below in parts]
        if taken < bits and not room:
            return keys, parts, place
        if taken < bits:
            parts.append((place, 0))
    return keys, parts, len(columns)


def without_repeats(ordered: Rows) -> Rows:
    """Copy the rows that differ from the one before them."""
    rows = _as_bytes(ordered)
    return picked(ordered, np.concatenate([[True], rows[1:] != rows[:-1]])[: len(rows)])
