"""Open-addressing hash tables of 64-bit keys over plain arrays, for compiled code.

**Problem.** A batch holds hundreds of thousands of keys that compiled loops look up, count and number. Python's dictionary
cannot be reached from there, and an object for each key would be most of the memory.

**Idea.** A table is an array of *cells* whose length is a power of two. The low bits of a key choose its cell; where
another key stands there, the next cells are tried in order, round the end (linear probing: Knuth, The Art of Computer
Programming 3, section 6.4, algorithm L). Keys are hashes whose bits are already mixed (`mix`, `name_hash`, signatures), so
they are not hashed again.

There are two layouts:

- *Tables of keys*: `cells` uint64 hold the keys themselves, and parallel arrays what belongs to them. A cell of 0 is free,
  so the key 0 cannot be held; a caller that may meet it counts it apart, as `count_distinct` does. `place_of` finds a key.
- *Tables of row numbers*: `cells` int32 hold numbers of rows of a structured array with a field `key`; a cell of `FREE` is
  free. Every key can be held, and rows keep their order and number when the cells are made anew. `row_place` finds a key.

**Rules.** Both finders return the cell where the key is or, if it is not held, the free cell where it would be; the caller
compares and enters. They end only because some cell is free: a caller enlarges a table before more than half of its cells
are taken (`table_size`), which also keeps the cells tried for a key that is held at about one and a half. Nothing is ever
deleted from a table, since a free cell would cut off the keys behind it: to forget keys, a caller builds the cells anew
(`enter_all`, `enter_rows`). Where a key stands depends on the order of entering, so cells are never stored or compared: a
snapshot holds sorted keys or rows.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.jit.decorators import compiled, compiled_without_refcounts

FREE: Final = -1
"""what a cell of row numbers holds that has none"""


@compiled_without_refcounts
def mix(left: np.uint64, right: np.uint64) -> np.uint64:
    """Return a hash of two 64-bit values, in which their order counts.

    A combination as in boost's `hash_combine`, then the finalizer of SplitMix64 (https://prng.di.unimi.it/splitmix64.c).
    """
    value = left ^ (right + np.uint64(0x9E3779B97F4A7C15) + (left << np.uint64(6)) + (left >> np.uint64(2)))
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled_without_refcounts
def table_size(count: int) -> int:
    """Return how many cells a table for `count` keys has: a power of two, at least twice as many, at least 16."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size


@compiled
def count_distinct(keys: UInt64s) -> int:
    """Return how many different keys there are."""
    cells = np.zeros(table_size(len(keys)), np.uint64)
    # a key of zero looks like a free cell
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
def place_of(cells: UInt64s, key: np.uint64) -> int:
    """Return the cell of a key in a table of keys: where it is, or the free one where it would be.

    Does not end when the key is not held and no cell is free.
    """
    mask = len(cells) - 1
    place = np.int64(key & np.uint64(mask))
    while cells[place] != np.uint64(0) and cells[place] != key:
        place = (place + 1) & mask
    return int(place)


@compiled_without_refcounts
def enter_all(cells: UInt64s, values: Int32s, keys: UInt64s, held: Int32s) -> None:
    """Put keys with their values into an empty table of keys with room for them."""
    for index in range(len(keys)):
        place = place_of(cells, keys[index])
        cells[place] = keys[index]
        values[place] = held[index]


@compiled_without_refcounts
def row_place(table: Rows, cells: Int32s, key: np.uint64) -> int:
    """Return the cell of a key in a table of row numbers: where its row is, or the free one where it would be.

    Does not end when the key is not held and no cell is free.
    """
    mask = len(cells) - 1
    place = np.int64(key & np.uint64(mask))
    while cells[place] != FREE and table[cells[place]].key != key:
        place = (place + 1) & mask
    return int(place)


@compiled_without_refcounts
def enter_rows(table: Rows, cells: Int32s, used: int) -> None:
    """Overwrite the cells of a table of row numbers with those of the first `used` rows; there has to be room for them."""
    for place in range(len(cells)):
        cells[place] = FREE
    for index in range(used):
        cells[row_place(table, cells, table[index].key)] = index
