"""A table from 64-bit keys to row numbers that is asked for many keys at once.

Open addressing with linear probing over two arrays (Knuth, The Art of Computer Programming 3, 6.4, algorithm L). Keys are
hashes already, so their low bits are their place. The key 0 means an empty cell and cannot be held.
"""

from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Int32s, UInt64s
from brainstem.jit.decorators import compiled

UNKNOWN: Final = -1
"""stands for the row of a key that is not held"""
_FIRST_CELLS: Final = 64


@compiled
def _enter(cells: Any, values: Any, key: np.uint64, value: int) -> bool:
    """Hold a key with its value, in place of an earlier one; tells whether the key is new."""
    mask = len(cells) - 1
    place = np.int64(key & np.uint64(mask))
    while cells[place] != np.uint64(0) and cells[place] != key:
        place = (place + 1) & mask
    is_new = cells[place] == np.uint64(0)
    cells[place] = key
    values[place] = value
    return bool(is_new)


@compiled
def _enter_all(cells: Any, values: Any, old_cells: Any, old_values: Any) -> None:
    """Hold what another pair of arrays holds."""
    for index in range(len(old_cells)):
        if old_cells[index] != np.uint64(0):
            _enter(cells, values, old_cells[index], old_values[index])


@compiled
def _look_up(cells: Any, values: Any, asked: Any, found: Any) -> None:
    """Write the value of each key asked for, or `UNKNOWN`."""
    mask = len(cells) - 1
    for index in range(len(asked)):
        place = np.int64(asked[index] & np.uint64(mask))
        while cells[place] != np.uint64(0) and cells[place] != asked[index]:
            place = (place + 1) & mask
        found[index] = values[place] if cells[place] != np.uint64(0) else UNKNOWN


class KeyTable:
    """Row numbers by key."""

    def __init__(self) -> None:
        self._cells: UInt64s = np.zeros(_FIRST_CELLS, np.uint64)
        self._values: Int32s = np.zeros(_FIRST_CELLS, np.int32)
        self._held = 0

    def __len__(self) -> int:
        """Count the keys."""
        return self._held

    def __setitem__(self, key: int, row: int) -> None:
        """Hold a key; ValueError for 0."""
        if key == 0:
            raise ValueError("the key 0 means an empty cell")
        if 2 * (self._held + 1) > len(self._cells):
            cells, values = np.zeros(2 * len(self._cells), np.uint64), np.zeros(2 * len(self._cells), np.int32)
            _enter_all(cells, values, self._cells, self._values)
            self._cells, self._values = cells, values
        self._held += _enter(self._cells, self._values, np.uint64(key), row)

    def __getitem__(self, key: int) -> int:
        """Return the row of a key; KeyError when it is not held."""
        row = int(self.rows_of(np.array([key], np.uint64))[0])
        if row == UNKNOWN:
            raise KeyError(key)
        return row

    def renumber(self, numbers: Int32s) -> None:
        """Return each key the new number of its row, and let those go whose row has none."""
        held = np.flatnonzero(self._cells)
        keys, rows = self._cells[held], numbers[self._values[held]]
        kept = rows != UNKNOWN
        self._hold_all(keys[kept], rows[kept])

    def _hold_all(self, keys: UInt64s, rows: Int32s) -> None:
        """Hold these keys and no others."""
        size = _FIRST_CELLS
        while size < 2 * (len(keys) + 1):
            size *= 2
        self._cells, self._values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        _enter_all(self._cells, self._values, keys, rows)
        self._held = len(keys)

    def rows_of(self, keys: UInt64s) -> Int32s:
        """Return the row of each key, `UNKNOWN` for those that are not held."""
        found = np.empty(len(keys), np.int32)
        _look_up(self._cells, self._values, np.ascontiguousarray(keys), found)
        return found

    def snapshot(self) -> tuple[bytes, bytes]:
        """Return all keys in their order, and the row of each, as buffers."""
        held = np.flatnonzero(self._cells)
        held = held[np.argsort(self._cells[held])]
        return self._cells[held].tobytes(), self._values[held].tobytes()

    def restore(self, state: tuple[bytes, bytes]) -> None:
        """Take the state of `snapshot`."""
        self._hold_all(np.frombuffer(state[0], np.uint64), np.frombuffer(state[1], np.int32))
