"""A table from 64-bit keys to row numbers that is asked for many keys at once.

It is a table of keys (`hash_table`) with the row of each key beside it. The key 0 means a free cell and cannot be held.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, UInt64s
from brainstem.arrays.hash_table import enter_all, place_of
from brainstem.jit.decorators import compiled

UNKNOWN: Final = -1
"""stands for the row of a key that is not held"""
_FIRST_CELLS: Final = 64


@compiled
def _enter(cells: UInt64s, values: Int32s, key: np.uint64, value: int) -> bool:
    """Hold a key with its value, in place of an earlier one; return whether the key is new."""
    place = place_of(cells, key)
    is_new = cells[place] == np.uint64(0)
    cells[place] = key
    values[place] = value
    return bool(is_new)


@compiled
def _look_up(cells: UInt64s, values: Int32s, asked: UInt64s, found: Int32s) -> None:
    """Write the value of each key asked for into `found`, or `UNKNOWN`."""
    for index in range(len(asked)):
        place = place_of(cells, asked[index])
        found[index] = values[place] if cells[place] != np.uint64(0) else UNKNOWN


class KeyTable:
    """Row numbers by key."""

    def __init__(self) -> None:
        self._cells: UInt64s = np.zeros(_FIRST_CELLS, np.uint64)
        self._values: Int32s = np.zeros(_FIRST_CELLS, np.int32)
        self._held = 0

    def __len__(self) -> int:
        """Return how many keys are held."""
        return self._held

    def __setitem__(self, key: int, row: int) -> None:
        """Hold a key, in place of an earlier row of it; ValueError for 0."""
        if key == 0:
            raise ValueError("the key 0 means an empty cell")
        if 2 * (self._held + 1) > len(self._cells):
            self._hold_all(*self._entries())
        self._held += _enter(self._cells, self._values, np.uint64(key), row)

    def set_all(self, keys: UInt64s, rows: Int32s) -> None:
        """Hold keys that are not held yet, each once, with the row of each; ValueError for 0."""
        if not keys.all():
            raise ValueError("the key 0 means an empty cell")
        if 2 * (self._held + len(keys)) > len(self._cells):
            held_keys, held_rows = self._entries()
            self._hold_all(np.concatenate([held_keys, keys]), np.concatenate([held_rows, rows]))
            return
        enter_all(self._cells, self._values, keys, rows)
        self._held += len(keys)

    def __getitem__(self, key: int) -> int:
        """Return the row of a key; KeyError when it is not held."""
        row = int(self.rows_of(np.array([key], np.uint64))[0])
        if row == UNKNOWN:
            raise KeyError(key)
        return row

    def renumber(self, numbers: Int32s) -> None:
        """Replace each row by `numbers[row]`, and forget the keys for which that is `UNKNOWN`."""
        keys, rows = self._entries()
        renumbered = numbers[rows]
        kept = renumbered != UNKNOWN
        self._hold_all(keys[kept], renumbered[kept])

    def _entries(self) -> tuple[UInt64s, Int32s]:
        """Return all keys and the row of each, in the order of cells."""
        taken = np.flatnonzero(self._cells)
        return self._cells[taken], self._values[taken]

    def _hold_all(self, keys: UInt64s, rows: Int32s) -> None:
        """Hold these keys and no others, with room for one more."""
        size = _FIRST_CELLS
        while size < 2 * (len(keys) + 1):
            size *= 2
        self._cells, self._values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        enter_all(self._cells, self._values, keys, rows)
        self._held = len(keys)

    def rows_of(self, keys: UInt64s) -> Int32s:
        """Return the row of each key, `UNKNOWN` for those that are not held."""
        found = np.empty(len(keys), np.int32)
        _look_up(self._cells, self._values, np.ascontiguousarray(keys), found)
        return found

    def snapshot(self) -> tuple[bytes, bytes]:
        """Return all keys in ascending order (uint64), and the row of each (int32), as buffers."""
        keys, rows = self._entries()
        order = np.argsort(keys)
        return keys[order].tobytes(), rows[order].tobytes()

    def restore(self, state: tuple[bytes, bytes]) -> None:
        """Take the state of `snapshot`."""
        self._hold_all(np.frombuffer(state[0], np.uint64), np.frombuffer(state[1], np.int32))
