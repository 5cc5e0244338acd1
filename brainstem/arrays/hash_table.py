"""Open-addressing tables of 64-bit keys: hashes are mixed, and a key stands at its place or behind it."""

from typing import Any, Final

import numpy as np

from brainstem.jit.decorators import compiled, compiled_without_refcounts

FREE: Final = -1
"""what a cell of row numbers holds that has none"""


@compiled_without_refcounts
def mix(left: np.uint64, right: np.uint64) -> np.uint64:
    """Mix two 64-bit values into one (the finalizer of SplitMix64 over a boost-style combination)."""
    value = left ^ (right + np.uint64(0x9E3779B97F4A7C15) + (left << np.uint64(6)) + (left >> np.uint64(2)))
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled_without_refcounts
def table_size(count: int) -> int:
    """Return a power of two at least twice `count`."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size


@compiled
def count_distinct(keys: Any) -> int:
    """Count the different keys among many."""
    cells = np.zeros(table_size(len(keys)), np.uint64)
    # a key of zero looks like a free place
    has_zero = False
    count = 0
    for key in keys:
        place = place_of(cells, key)
        if cells[place] != key:
            cells[place] = key
            count += 1
        has_zero = has_zero or key == np.uint64(0)
    return count + 1 if has_zero else count


@compiled_without_refcounts
def place_of(cells: Any, key: np.uint64) -> int:
    """Return the place of a key in an open-addressing table: where it is, or where it would be."""
    mask = len(cells) - 1
    place = np.int64(key & np.uint64(mask))
    while cells[place] != np.uint64(0) and cells[place] != key:
        place = (place + 1) & mask
    return int(place)


@compiled_without_refcounts
def enter_all(cells: Any, values: Any, keys: Any, held: Any) -> None:
    """Put keys with their values into an empty table with room for them."""
    for index in range(len(keys)):
        place = place_of(cells, keys[index])
        cells[place] = keys[index]
        values[place] = held[index]


@compiled_without_refcounts
def row_place(table: Any, cells: Any, key: np.uint64) -> int:
    """Return the place of a key in an open-addressing table of row numbers: where it is, or where it would be."""
    mask = len(cells) - 1
    place = np.int64(key & np.uint64(mask))
    while cells[place] != FREE and table[cells[place]].key != key:
        place = (place + 1) & mask
    return int(place)


@compiled_without_refcounts
def enter_rows(table: Any, cells: Any, used: int) -> None:
    """Write the row number of each key into a table of cells with room for them."""
    for place in range(len(cells)):
        cells[place] = FREE
    for index in range(used):
        cells[row_place(table, cells, table[index].key)] = index
