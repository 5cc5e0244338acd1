"""The table of attention states of a tenant's families; rows of removed families are used again.

Takes families by key, returns their attention states to read and write in place. A row number is good until its family is
removed: keep the key.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Row, UInt64s
from brainstem.arrays.key_index import KeyTable
from brainstem.arrays.packing import packed_rows, unpacked_rows
from brainstem.attention.state import ATTENTION_STATE_DTYPE, new_attention_states
from brainstem.evidence.discounts.lineage import list_silent

_FIRST_ROWS: Final = 64
_LIFE_COLUMNS: Final = ATTENTION_STATE_DTYPE[["first_slot", "last_slot", "episodes"]]
_BLANK: Final = new_attention_states(1)[0]


class StateTable:
    """Attention states by family."""

    def __init__(self) -> None:
        self.table = new_attention_states(_FIRST_ROWS)
        self._used = 0
        self._free: list[int] = []
        """rows that are free for use"""
        self._row_of: dict[int, int] = {}
        self._index = KeyTable()
        """the same of families that were asked for, many of which are looked up at once"""
        self._is_indexed = True
        """whether all that it holds is true; a removed family cannot be taken out of it"""

    def __contains__(self, family: int) -> bool:
        return family in self._row_of

    def __iter__(self) -> Iterator[int]:
        return iter(self._row_of)

    def __getitem__(self, family: int) -> Row:
        """Return the attention state of a family, to read and to write. Raises KeyError where it has none."""
        return self.table[self._row_of[family]]

    def row_of(self, family: int) -> int:
        """Return the row of a family. Raises KeyError where it has none."""
        return self._row_of[family]

    def rows_of(self, families: UInt64s) -> Int32s:
        """Return the row of each family. Raises KeyError where one has none."""
        if not self._is_indexed:
            self._index = KeyTable()
            self._is_indexed = True
        rows = self._index.rows_of(families)
        if len(rows) and rows.min() < 0:
            # those that are asked for the first time
            for family in dict.fromkeys(families[rows < 0].tolist()):
                self._index[family] = self._row_of[family]
            rows = self._index.rows_of(families)
        return rows

    def life_of(self, family: int) -> tuple[int, int, int]:
        """Return the first and the latest slot of a family, and its episodes. Raises KeyError where it has none."""
        first, last, episodes = self.table[self._row_of[family]].view(_LIFE_COLUMNS).item()
        return first, last, episodes

    def add(self, family: int, first_slot: int, service: int) -> Row:
        """Add an attention state for a family and return it; `service` is the row of its service."""
        if not self._free:
            if self._used == len(self.table):
                self.table = np.concatenate([self.table, new_attention_states(self._used)])
            self._free.append(self._used)
            self._used += 1
        row = self._free.pop()
        self._row_of[family] = row
        attention_state = self.table[row]
        attention_state["family"], attention_state["first_slot"], attention_state["service"] = (
            family,
            first_slot,
            service,
        )
        return attention_state

    def remove(self, family: int) -> Row | None:
        """Remove a family; return a copy of its attention state, None where it had none."""
        row = self._row_of.pop(family, None)
        if row is None:
            return None
        attention_state = self.table[row].copy()
        self._blank(row)
        return attention_state

    def evict(self, family: int) -> None:
        """Remove a family with its attention state. Raises KeyError where it has none."""
        self._blank(self._row_of.pop(family))

    def _blank(self, row: int) -> None:
        """Clear a row for the next family."""
        self.table[row] = _BLANK
        self._free.append(row)
        self._is_indexed = False

    def may_have_fallen_silent(self, service: int, first_slot: int) -> list[int]:
        """Return the families of a service that may have fallen silent when one of it began in `first_slot`."""
        rows = np.empty(self._used, np.int32)
        count = list_silent(self.table[: self._used], service, first_slot, rows)
        # picked by place, for `take` would copy the column of all rows first
        return [family for family in self.table["family"][rows[:count]].tolist() if family in self._row_of]

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values."""
        return self.table[: self._used].tobytes(), packed_rows(self._row_of)

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        rows = np.frombuffer(state[0], ATTENTION_STATE_DTYPE)
        self._used = len(rows)
        self.table = np.concatenate([rows, new_attention_states(_FIRST_ROWS)])
        self._row_of = unpacked_rows(state[1])
        self._is_indexed = False
        self._free = sorted({*range(self._used)} - {*self._row_of.values()}, reverse=True)
        self.table[self._free] = new_attention_states(len(self._free))
