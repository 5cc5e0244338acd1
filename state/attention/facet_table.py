"""The tables of a bucket's facets, which are members, and members with one of their hosts or entities: makes room for new
rows and advances them; keeps in cells of its own what has come only once.

Takes the sorted deltas and sightings of a seal, returns features of facets that could matter to their tenant. A facet that
comes once takes a cell of twelve bytes; one that comes again gets a row like that of a family.
"""

from typing import Any, Final

import numpy as np

from brainstem.aggregate.facet_deltas import FACET_DELTA_DTYPE, keys_of_facets
from brainstem.arrays.aliases import Bools, Int32s, Rows, UInt64s
from brainstem.arrays.hash_table import count_distinct, enter_all
from brainstem.arrays.rows import enlarged, picked
from brainstem.arrays.state_version import require_version
from brainstem.attention.facet_features import advance_facets
from brainstem.contracts.features import FEATURES_DTYPE, ON_ENTITY, ON_HOST
from brainstem.evidence.history.episodes import SLOT_MINUTES
from brainstem.evidence.history.facet_admission import COUNTERS, PROBATION_SLOTS, enter_facets, open_rows
from brainstem.evidence.history.state import FAMILY_DTYPE, HOST_DTYPE, OPENED_DTYPE
from state.attention.family_table import kept_hosts

FACETS_STATE_VERSION: Final = 2
FIRST_CELLS: Final = 1024


class FacetTable:
    """Rows of facets and of their hosts."""

    def __init__(self) -> None:
        self._cells = np.zeros(FIRST_CELLS, np.uint64)
        self._values = np.zeros(FIRST_CELLS, np.int32)
        self._held = 0
        self._facets = np.zeros(16, FAMILY_DTYPE)
        self._hosts = np.zeros(32, HOST_DTYPE)
        self._used = 0
        self._cursor = np.zeros(1, np.int32)

    def __len__(self) -> int:
        """Count the rows."""
        return self._used

    def admit(self, rows: Rows, sightings: Rows) -> Rows:
        """Take the sorted deltas and sightings of a seal, and open rows for facets that come again.

        Returns the deltas of facets that have a row, as in `FACET_DELTA_DTYPE`, in order of slots.
        """
        most = 2 * len(rows) + len(sightings)
        # what is not written takes up no memory
        deltas, opened = np.empty(most + 1, FACET_DELTA_DTYPE), np.empty(most, OPENED_DTYPE)
        counts = np.zeros(2, np.int64)
        if len(rows):
            # of each member its own key and two counters, and of all others a key each
            keys = 3 * count_distinct(rows["member"]) + len(rows) + len(sightings)
            self._make_room(keys, int(rows["slot"][0]))
            enter_facets(self._cells, self._values, rows, sightings, self._used, deltas, opened, counts)
            count = int(counts[1])
            self._facets = enlarged(self._facets, self._used, self._used + count)
            open_rows(self._facets, self._used, deltas, opened[:count])
            self._used += count
        return deltas[: counts[0]]

    def advance(self, deltas: Rows, wanted: Bools, bounds: Rows) -> tuple[Rows, Int32s]:
        """Fold the deltas of `admit`; return features in order of slots, and the row of each.

        Features are made only of the `wanted` deltas' facets, and only where they could reach what `bounds` asks for, one
        row a tenant as in `BOUND_DTYPE`.
        """
        known = int(self._cursor[0])
        self._hosts = enlarged(self._hosts, known, known + len(deltas))
        # what is not written takes up no memory; the last place is for what turns out not to be worth it
        room = int(np.count_nonzero(wanted)) + 1
        feature_rows, rows = np.empty(room, FEATURES_DTYPE), np.empty(room, np.int32)
        written = advance_facets(self._facets, self._hosts, self._cursor, deltas, wanted, bounds, feature_rows, rows)
        return feature_rows[:written], rows[:written]

    def drop(self, members: UInt64s, slot: int, most: int) -> Bools:
        """Drop the facets of members that are evicted at the end of `slot`; return for each row whether it is kept.

        Rows that are kept are numbered anew in their order. Of the facets that came once all but the latest `most` are
        dropped too; those of one minute go together, so that the outcome does not depend on the order of cells.
        """
        facets = self._facets[: self._used]
        kept = ~np.isin(facets["family"], members)
        row_keys = np.zeros(len(facets), np.uint64)
        keys_of_facets(facets, row_keys)
        counters = np.concatenate([members + COUNTERS[kind] for kind in (ON_HOST, ON_ENTITY)])
        held = self._cells != 0
        keys, values = self._cells[held], self._values[held]
        minutes = -2 - values
        # a cell holds the row of a facet, -2 less the minute of one that came once, or a count of hosts or entities
        waits = (values < -1) & (minutes // SLOT_MINUTES >= slot - PROBATION_SLOTS)
        if waits.sum() > most:
            waits &= minutes > np.partition(minutes[waits], waits.sum() - most - 1)[waits.sum() - most - 1]
        is_row = np.isin(keys, row_keys)
        numbers = (np.cumsum(kept) - 1).astype(np.int32)
        stays = waits | ((values >= -1) & ~is_row & ~np.isin(keys, counters))
        stays[is_row] = kept[values[is_row]]
        values[is_row] = numbers[values[is_row]]
        self._set_cells(keys[stays], values[stays])
        if not kept.all():
            self._keep(kept, numbers)
        return kept

    def _keep(self, kept: Bools, numbers: Int32s) -> None:
        """Keep some rows; the parent of a row that is kept is kept too."""
        facets = picked(self._facets[: self._used], kept)
        has_parent = facets["parent"] >= 0
        facets["parent"][has_parent] = numbers[facets["parent"][has_parent]]
        self._hosts = kept_hosts(facets, self._hosts[: self._cursor[0]])
        self._facets, self._used = facets, len(facets)
        self._cursor[0] = len(self._hosts)

    def _set_cells(self, keys: UInt64s, values: Int32s, more: int = 0, size: int = FIRST_CELLS) -> None:
        """Replace the hash table by one of these keys, with room for `more` and at least `size` cells."""
        while size < 3 * (len(keys) + more):
            size *= 2
        self._cells, self._values = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        enter_all(self._cells, self._values, keys, values)
        self._held = len(keys) + more

    def row_of(self, key: int) -> int:
        """Return the row of a facet by its key, -1 for none."""
        mask = len(self._cells) - 1
        place = key & mask
        while self._cells[place] not in (0, key):
            place = (place + 1) & mask
        return max(-1, int(self._values[place])) if self._cells[place] else -1

    def _make_room(self, more: int, slot: int) -> None:
        """Have room for more keys; before it grows, drop the facets that came once and long ago."""
        self._held = int(np.count_nonzero(self._cells)) if self._held + more > len(self._cells) // 2 else self._held
        if 2 * (self._held + more) <= len(self._cells):
            self._held += more
            return
        held = self._cells != 0
        stale = (self._values < -1) & ((-2 - self._values) // SLOT_MINUTES < slot - PROBATION_SLOTS)
        kept = held & ~stale
        self._set_cells(self._cells[kept], self._values[kept], more, len(self._cells))

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        held = np.flatnonzero(self._cells)
        held = held[np.argsort(self._cells[held])]
        return (
            FACETS_STATE_VERSION,
            self._cells[held].tobytes(),
            self._values[held].tobytes(),
            self._facets[: self._used].tobytes(),
            self._hosts[: self._cursor[0]].tobytes(),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("the facets", state[0], FACETS_STATE_VERSION)
        self._set_cells(np.frombuffer(state[1], np.uint64), np.frombuffer(state[2], np.int32))
        self._facets = np.frombuffer(state[3], FAMILY_DTYPE).copy()
        self._hosts = np.frombuffer(state[4], HOST_DTYPE).copy()
        self._used = len(self._facets)
        self._cursor = np.array([len(self._hosts)], np.int32)
