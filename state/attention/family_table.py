"""The tables of a bucket's families: makes room for new rows, holds counts, hosts, times and sixteen days of slots, and runs
the compiled step that advances them.

Takes sorted deltas with the row of each one's family, returns features by slot. What a column means and how it is computed
stands in `brainstem.evidence.history`.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Bools, Flags, Int32s, Rows, UInt64s
from brainstem.arrays.rows import concat, enlarged, picked
from brainstem.arrays.state_version import require_version
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.evidence.history.advance import REVIEW_SLOTS, advance
from brainstem.evidence.history.episodes import SLOT_MINUTES, merge_families, revive
from brainstem.evidence.history.state import FAMILY_DTYPE, FAMILY_STATE_VERSION, HOST_DTYPE, HOSTS_EXACT
from brainstem.jit.decorators import compiled

FEATURES_AT_ONCE: Final = 65_536
GONE: Final = -(2**31)
"""the latest slot of a row that is no family any more"""


@compiled
def _list_hosts(families: Rows, hosts: Rows, rows: Int32s, slots: Int32s, known: UInt64s) -> None:
    """Write into `known`, a line for each row, the hosts of its family known by its slot, by first slot and hash."""
    places = np.empty(known.shape[1], np.int32)
    for index in range(len(rows)):
        family = families[rows[index]]
        count = 0
        for position in range(family.host_rows):
            added = family.host_row[position]
            if hosts[added].first_slot > slots[index]:
                continue
            place = count
            while place > 0 and (
                hosts[places[place - 1]].first_slot > hosts[added].first_slot
                or (
                    hosts[places[place - 1]].first_slot == hosts[added].first_slot
                    and hosts[places[place - 1]].host > hosts[added].host
                )
            ):
                places[place] = places[place - 1]
                place -= 1
            places[place] = added
            count += 1
        for position in range(count):
            known[index, position] = hosts[places[position]].host


def kept_hosts(rows: Rows, hosts: Rows) -> Rows:
    """Return the hosts that rows of families or facets still refer to, and number their column `host_row` anew, in place."""
    is_host = np.arange(HOSTS_EXACT) < rows["host_rows"][:, None]
    used = np.zeros(len(hosts), bool)
    used[rows["host_row"][is_host]] = True
    numbers = (np.cumsum(used) - 1).astype(np.int32)
    rows["host_row"][is_host] = numbers[rows["host_row"][is_host]]
    return picked(hosts, used)


class FamilyTable:
    """Rows of families and of their hosts."""

    def __init__(self) -> None:
        self._families = np.zeros(16, FAMILY_DTYPE)
        self._hosts = np.zeros(32, HOST_DTYPE)
        self._used = 0
        self._cursor = np.zeros(1, np.int32)
        # beside the rows, for what is asked of all of them again and again should not read all of their bytes
        self._last_slots = np.full(16, GONE, np.int32)
        self._tenant_numbers = np.zeros(16, np.int32)
        self._number_of_tenant: dict[int, int] = {}

    def __len__(self) -> int:
        """Count the rows in use or used before."""
        return self._used

    def add(self, family: int, tenant: int, slot: int) -> int:
        """Add a row for a new family and return its number; `slot` is the family's first one."""
        return self.add_all(np.array([family], np.uint64), [tenant], np.array([slot], np.int32))

    def add_all(self, families: UInt64s, tenants: Sequence[int], slots: Int32s) -> int:
        """Add rows for new families, one behind the other, and return the number of the first; `slots` are their first
        ones.
        """
        first, end = self._used, self._used + len(families)
        self._families = enlarged(self._families, first, end)
        rows = self._families[first:end]
        rows["family"], rows["tenant"], rows["alive"] = families, np.array(tenants, np.uint64), 1
        rows["first_slot"], rows["last_slot"], rows["read_slot"] = slots, slots - 1, slots - 1
        rows["first_time"], rows["last_time"] = 2**62, -(2**62)
        self._used = end
        self._make_room()
        self._last_slots[first:end] = slots - 1
        self._tenant_numbers[first:end] = [
            self._number_of_tenant.setdefault(tenant, len(self._number_of_tenant)) for tenant in tenants
        ]
        return first

    def _make_room(self) -> None:
        """Have as much room beside the rows as there are rows."""
        more = len(self._families) - len(self._last_slots)
        if more > 0:
            self._last_slots = np.concatenate([self._last_slots, np.full(more, GONE, np.int32)])
            self._tenant_numbers = np.concatenate([self._tenant_numbers, np.zeros(more, np.int32)])

    def _note_all(self) -> None:
        """Fill in what stands beside the rows, for all rows in use."""
        self._last_slots, self._tenant_numbers = np.zeros(0, np.int32), np.zeros(0, np.int32)
        self._make_room()
        rows = self._families[: self._used]
        self._last_slots[: self._used] = np.where(rows["alive"] == 1, rows["last_slot"], GONE)
        self._tenant_numbers[: self._used] = [
            self._number_of_tenant.setdefault(tenant, len(self._number_of_tenant)) for tenant in rows["tenant"].tolist()
        ]

    def add_returned(self, family: int, tenant: int, minute: int) -> int:
        """Add a row for a family that had been evicted and return its number; `minute` is when it was heard first."""
        row = self.add(family, tenant, minute // SLOT_MINUTES)
        revive(self._families, row, minute // SLOT_MINUTES, minute)
        self._last_slots[row] = self._families[row]["last_slot"]
        return row

    def alive(self) -> tuple[Int32s, Rows]:
        """Return the numbers of the rows in use, and a copy of these rows."""
        numbers = np.flatnonzero(self._families["alive"][: self._used]).astype(np.int32)
        return numbers, self._families.take(numbers)

    def keep(self, kept: Bools) -> Int32s:
        """Keep some rows only; return the new number of each row, -1 for those dropped."""
        families = picked(self._families[: self._used], kept)
        numbers = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        self._hosts = kept_hosts(families, self._hosts[: self._cursor[0]])
        self._families, self._used = families, len(families)
        self._cursor[0] = len(self._hosts)
        self._note_all()
        return numbers

    def merge(self, kept: int, absorbed: int, family: int) -> None:
        """Merge the row `absorbed` into the row `kept`, whose key becomes `family`."""
        merge_families(self._families, self._hosts, kept, absorbed)
        self._families[kept]["family"] = family
        self._last_slots[kept], self._last_slots[absorbed] = self._families[kept]["last_slot"], GONE

    def active_since(self, slot: int, rows: int) -> Int32s:
        """Count by number of tenant those of the first `rows` families that have been heard in `slot` or later, as one where
        there is none."""
        heard = self._tenant_numbers[:rows][self._last_slots[:rows] >= slot]
        return np.maximum(1, np.bincount(heard, minlength=len(self._number_of_tenant))).astype(np.int32)

    @property
    def tenants(self) -> list[int]:
        """Return the hash of each tenant, in the order of their numbers."""
        return list(self._number_of_tenant)

    def tenant_numbers_of(self, rows: Int32s) -> Int32s:
        """Return the number of each row's tenant: tenants are numbered as they come, anew after a restart."""
        return self._tenant_numbers.take(rows)

    def stateful(self, rows: Int32s) -> Flags:
        """Return for each row 1 where its events say that something went down, else 0."""
        return np.asarray(self._families["stateful"][rows], np.uint8)

    def first_slots_of(self, rows: Int32s) -> Int32s:
        """Return the first slot of each row."""
        return np.asarray(self._families["first_slot"][rows], np.int32)

    def tenants_of(self, rows: Int32s) -> UInt64s:
        """Return the hash of each row's tenant."""
        return np.asarray(self._families["tenant"][rows], np.uint64)

    def hosts_of(self, rows: Int32s, slots: Int32s) -> UInt64s:
        """Return for each row the hashes of its hosts known by the end of its slot, in order of appearance, then zeros."""
        known = np.zeros((len(rows), HOSTS_EXACT), np.uint64)
        _list_hosts(self._families, self._hosts, rows, slots, known)
        return known

    def advance(self, deltas: Rows, delta_rows: Int32s, from_slot: int, to_slot: int) -> tuple[Rows, Int32s]:
        """Fold the sorted deltas of slots from_slot..to_slot; return features by slot, and the row of each.

        `delta_rows` holds the row of each delta's family.
        """
        known = int(self._cursor[0])
        self._hosts = enlarged(self._hosts, known, known + len(deltas))
        reviews = (to_slot + 1) // REVIEW_SLOTS - from_slot // REVIEW_SLOTS
        room = min(FEATURES_AT_ONCE, len(deltas) + reviews * self._used)
        # what is not written takes up no memory
        feature_rows = np.empty(self._used + room, FEATURES_DTYPE)
        rows = np.empty(len(feature_rows), np.int32)
        # where the compiled loop goes on once it has filled what it can write into: slot, row
        resume = np.array([from_slot, 0], np.int64)
        parts: list[Rows] = []
        row_parts: list[Int32s] = []
        newest = int(self._last_slots[: self._used].max(initial=-1))
        while resume[0] <= to_slot:
            written = advance(
                self._families,
                self._used,
                self._hosts,
                self._cursor,
                deltas,
                delta_rows,
                int(resume[0]),
                to_slot,
                newest,
                feature_rows,
                rows,
                resume,
            )
            parts.append(feature_rows[:written])
            row_parts.append(rows[:written].copy())
            if resume[0] <= to_slot:
                feature_rows = np.empty(len(feature_rows), FEATURES_DTYPE)
        self._last_slots[delta_rows] = self._families["last_slot"][delta_rows]
        if not parts:
            return feature_rows[:0], rows[:0]
        return concat(parts, FEATURES_DTYPE), np.concatenate(row_parts)

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        return (
            FAMILY_STATE_VERSION,
            self._families[: self._used].tobytes(),
            self._hosts[: self._cursor[0]].tobytes(),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("the families", state[0], FAMILY_STATE_VERSION)
        self._families = np.frombuffer(state[1], FAMILY_DTYPE).copy()
        self._hosts = np.frombuffer(state[2], HOST_DTYPE).copy()
        self._used = len(self._families)
        self._cursor = np.array([len(self._hosts)], np.int32)
        self._note_all()
