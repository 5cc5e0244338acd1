"""Tables by key that grow: schedules of what may run by the clock, and gauges of the numbers that messages report; holds
their rows, and calls what finds notices in them.

Takes the sorted deltas, sightings and numbers of a seal, returns notices in order of slots. When a schedule or a gauge
gives a notice stands in `brainstem.evidence.silence` and `brainstem.evidence.numbers`.
"""

from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Rows, UInt64s
from brainstem.arrays.hash_table import count_distinct, enter_rows
from brainstem.arrays.rows import copied, enlarged, picked
from brainstem.arrays.state_version import require_version
from brainstem.contracts.notice import NOTICE_DTYPE
from brainstem.evidence.numbers.gauges import GAUGE_DTYPE, GAUGES_MOST, NO_SUMS, SUMS_DTYPE
from brainstem.evidence.numbers.number_notices import COUNTDOWNS_PER_REVIEW, advance_gauges
from brainstem.evidence.silence.job_runs import ENTITIES_MOST, SCHEDULE_DTYPE
from brainstem.evidence.silence.overdue import NOTICES_PER_REVIEW, REVIEW_SLOTS, advance_schedules

SCHEDULES_STATE_VERSION: Final = 2
GAUGES_STATE_VERSION: Final = 2
FIRST_CELLS: Final = 256
FREE: Final = -1
ROWS_PER_NUMBER: Final = 3
GAUGES_PER_NUMBER: Final = 2
NOTICES_PER_NUMBER: Final = 4


class KeyedRows:
    """Rows by key: an array of rows, and an open-addressing table of row numbers that compiled code fills."""

    def __init__(self, dtype: np.dtype[Any], counts: int = 1) -> None:
        self.rows = np.zeros(64, dtype)
        self.cells = np.full(FIRST_CELLS, FREE, np.int32)
        self.used = np.zeros(counts, np.int64)
        """how many rows are in use, and further counts of whoever has them"""

    def __len__(self) -> int:
        """Count the rows in use."""
        return int(self.used[0])

    def make_room(self, more: int) -> None:
        """Have room for `more` rows more: compiled code enters them and cannot enlarge an array."""
        count = len(self) + more
        self.rows = enlarged(self.rows, len(self), count)
        size = len(self.cells)
        while size < 2 * count:
            size *= 2
        if size > len(self.cells):
            self.cells = np.full(size, FREE, np.int32)
            enter_rows(self.rows, self.cells, len(self))

    def drop(self, members: UInt64s) -> None:
        """Drop the rows of evicted members."""
        kept = ~np.isin(self.rows["member"][: len(self)], members)
        self.set_bytes(picked(self.rows[: len(self)], kept).tobytes())

    def to_bytes(self) -> bytes:
        """Return the rows in use."""
        return self.rows[: len(self)].tobytes()

    def set_bytes(self, content: bytes) -> None:
        """Take the rows of `to_bytes`."""
        self.rows = np.frombuffer(content, self.rows.dtype).copy()
        self.used[0] = len(self.rows)
        self.cells = np.full(FIRST_CELLS, FREE, np.int32)
        self.make_room(0)
        enter_rows(self.rows, self.cells, len(self))


class ScheduleTable:
    """Schedules of what may run by the clock: of members on hosts, and of members about one entity."""

    def __init__(self) -> None:
        self._table = KeyedRows(SCHEDULE_DTYPE)

    def __len__(self) -> int:
        """Count the rows in use."""
        return len(self._table)

    def advance(self, deltas: Rows, sightings: Rows, from_slot: int, to_slot: int) -> Rows:
        """Fold the sorted deltas and sightings of slots from_slot..to_slot; return notices in order of slots."""
        if not len(self) and not len(deltas):
            return np.zeros(0, NOTICE_DTYPE)
        table = self._table
        members = count_distinct(sightings["member"])
        table.make_room(len(deltas) + min(2 * len(sightings), members * (ENTITIES_MOST + 1)))
        reviews = (to_slot + 1) // REVIEW_SLOTS - from_slot // REVIEW_SLOTS
        notices = np.zeros(NOTICES_PER_REVIEW * reviews, NOTICE_DTYPE)
        written = advance_schedules(table.rows, table.cells, table.used, deltas, sightings, from_slot, to_slot, notices)
        return copied(notices[:written])

    def drop(self, members: UInt64s) -> None:
        """Drop the rows of evicted members."""
        self._table.drop(members)

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        return (SCHEDULES_STATE_VERSION, self._table.to_bytes())

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("the schedules", state[0], SCHEDULES_STATE_VERSION)
        self._table.set_bytes(state[1])


class GaugeTable:
    """Gauges: numbers of members on hosts, about one entity or about the host as a whole."""

    def __init__(self) -> None:
        self._table = KeyedRows(GAUGE_DTYPE, counts=2)
        self._sums = np.zeros(0, SUMS_DTYPE)
        """rows of sums; how many are in use is the second of the table's counts"""

    def __len__(self) -> int:
        """Count the rows in use."""
        return len(self._table)

    def advance(self, numbers: Rows, from_slot: int, to_slot: int) -> Rows:
        """Fold the sorted numbers of slots from_slot..to_slot; return notices in order of slots."""
        if not len(self) and not len(numbers):
            return np.zeros(0, NOTICE_DTYPE)
        table = self._table
        # most numbers are of few members, each of which has so many gauges at the most, and a row for itself
        members = count_distinct(numbers["member"])
        more = min(ROWS_PER_NUMBER * len(numbers), members * (GAUGES_MOST + 1))
        table.make_room(more)
        used = int(table.used[1])
        # what is not written takes up no memory
        most = min(used + GAUGES_PER_NUMBER * len(numbers), len(table) + more)
        self._sums = enlarged(self._sums, used, max(used, most))
        reviews = (to_slot + 1) // REVIEW_SLOTS - from_slot // REVIEW_SLOTS
        notices = np.empty(NOTICES_PER_NUMBER * len(numbers) + COUNTDOWNS_PER_REVIEW * reviews, NOTICE_DTYPE)
        written = advance_gauges(table.rows, table.cells, self._sums, table.used, numbers, from_slot, to_slot, notices)
        return copied(notices[:written])

    def drop(self, members: UInt64s) -> None:
        """Drop the rows of evicted members."""
        sums = self._sums_in_order()
        kept = ~np.isin(self._table.rows["member"][sums["gauge"]], members)
        self._table.drop(members)
        self._set_sums(picked(sums, kept))

    def _set_sums(self, sums: Rows) -> None:
        """Take rows of sums, in the order of the gauges that have some."""
        self._sums = sums
        owners = np.flatnonzero(self._table.rows["sums_row"][: len(self)] != NO_SUMS)
        self._table.rows["sums_row"][owners] = np.arange(len(owners))
        sums["gauge"] = owners
        self._table.used[1] = len(sums)

    def _sums_in_order(self) -> Rows:
        """Return a copy of the rows of sums in the order of their gauges."""
        used = self._sums[: int(self._table.used[1])]
        return picked(used, np.argsort(used["gauge"], kind="stable"))

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        self._set_sums(self._sums_in_order())
        return (GAUGES_STATE_VERSION, self._table.to_bytes(), self._sums.tobytes())

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("the gauges", state[0], GAUGES_STATE_VERSION)
        self._table.set_bytes(state[1])
        self._set_sums(np.frombuffer(state[2], SUMS_DTYPE).copy())
