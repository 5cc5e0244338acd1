"""Keeps the activity of a bucket's services between slots: how many events each has had, and the first slot of each on each
host; takes and restores the snapshot of it.

Takes the sorted deltas of a seal and fills in their columns about the service. Rows are only added: services are few.
"""

from typing import Any, Final

import numpy as np

from brainstem.aggregate.service_activity import SERVICE_DTYPE, fill_service_activity
from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.arrays.hash_table import enter_all
from brainstem.arrays.state_version import require_version

SERVICES_STATE_VERSION: Final = 1
FIRST_CELLS: Final = 256


class ServiceTable:
    """Rows of services, and the first slot of each service on each host."""

    def __init__(self) -> None:
        self._cells = np.zeros(FIRST_CELLS, np.uint64)
        self._values = np.zeros(FIRST_CELLS, np.int32)
        self._services = np.zeros(8, SERVICE_DTYPE)
        self._used = 0

    def fill_activity(self, rows: Rows) -> None:
        """Fill in the columns of sorted deltas about their service, and count the deltas in it."""
        services = len(np.unique(rows["service"])) * len(np.unique(rows["tenant"]))
        self._make_room(2 * min(services * len(np.unique(rows["host"])), len(rows)))
        more = self._used + min(services, len(rows))
        if more > len(self._services):
            grown = np.zeros(max(more, 2 * len(self._services)), SERVICE_DTYPE)
            grown[: self._used] = self._services[: self._used]
            self._services = grown
        self._used = fill_service_activity(rows, self._cells, self._values, self._services, self._used)

    def _make_room(self, more: int) -> None:
        """Have room for more keys: compiled code enters them and cannot enlarge the table."""
        held = np.flatnonzero(self._cells)
        if 2 * (len(held) + more) <= len(self._cells):
            return
        self._set_cells(self._cells[held], self._values[held], more, len(self._cells))

    def _set_cells(self, keys: UInt64s, values: Int32s, more: int = 0, size: int = FIRST_CELLS) -> None:
        """Replace the hash table by one of these keys, with room for `more` and at least `size` cells."""
        while size < 2 * (len(keys) + more):
            size *= 2
        self._cells, self._values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        enter_all(self._cells, self._values, np.ascontiguousarray(keys), np.ascontiguousarray(values))

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        held = np.flatnonzero(self._cells)
        held = held[np.argsort(self._cells[held])]
        return (
            SERVICES_STATE_VERSION,
            self._cells[held].tobytes(),
            self._values[held].tobytes(),
            self._services[: self._used].tobytes(),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("the services", state[0], SERVICES_STATE_VERSION)
        self._set_cells(np.frombuffer(state[1], np.uint64), np.frombuffer(state[2], np.int32))
        self._services = np.frombuffer(state[3], SERVICE_DTYPE).copy()
        self._used = len(self._services)
