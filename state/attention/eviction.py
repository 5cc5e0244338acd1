"""Eviction: which families a bucket removes when it has too many, and the trace (member, first minute) that stays of each.

A source that writes ever new words must not take memory without bound. A bucket holds `FAMILIES_MOST` families. At the
end of a slot that leaves more, it evicts those heard in one slot only, those heard longest ago first, until
`FAMILIES_LEFT` are left; others, again the longest silent first, only where these do not suffice. Each evicted member
leaves a trace of twelve bytes, so that a signature that comes back is not taken for new. All of this follows from the
events alone, not from their batches.
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Int32s, UInt64s
from brainstem.arrays.state_version import require_version
from brainstem.parameters import parameter

FORGETTING_STATE_VERSION: Final = 1
FAMILIES_MOST: Final = parameter(
    "eviction.families_most", 16_384, "number", "families that a bucket (one of 16) holds at the end of a slot"
)
FAMILIES_LEFT: Final = parameter(
    "eviction.families_left",
    12_288,
    "number",
    "how many are left when there were more; those heard once and longest ago go first",
)
TRACES_MOST: Final = parameter("eviction.traces_most", 1 << 20, "number", "traces that a bucket keeps, the latest ones")
TRACES_AT_ONCE: Final = 1 << 16
FACETS_WAITING_MOST: Final = parameter(
    "eviction.facets_waiting_most",
    1 << 16,
    "number",
    "hosts and entities of a bucket that came once, once it has forgotten anything, the latest ones",
)


def to_evict(episodes: Int32s, last_slots: Int32s, families: UInt64s, left: int) -> npt.NDArray[np.intp]:
    """Return the places of all families but `left`: those heard in one slot first, then the longest silent, then by key."""
    order = np.lexsort((families, last_slots, episodes > 1))
    return order[: max(0, len(order) - left)]


class EvictionTraces:
    """When each evicted member had been heard first, in minutes since the epoch."""

    def __init__(self) -> None:
        self._recent: dict[int, int] = {}
        self._keys = np.zeros(0, np.uint64)
        self._minutes = np.zeros(0, np.int32)

    def __len__(self) -> int:
        """Count the traces."""
        return len(self._recent) + len(self._keys)

    def add(self, members: Iterable[int], minutes: Iterable[int]) -> None:
        """Add traces; of a member that has one the older one stays."""
        for member, minute in zip(members, minutes, strict=True):
            self._recent[member] = min(minute, self._recent.get(member, minute))
        if len(self._recent) >= TRACES_AT_ONCE:
            self._merge()

    def _merge(self) -> None:
        """Sort the recent traces in, and drop the oldest where there are too many: all of one minute together."""
        keys = np.concatenate([np.fromiter(self._recent, np.uint64, len(self._recent)), self._keys])
        minutes = np.concatenate([np.fromiter(self._recent.values(), np.int32, len(self._recent)), self._minutes])
        order = np.lexsort((minutes, keys))
        keys, minutes = keys[order], minutes[order]
        first = np.concatenate([[True], keys[1:] != keys[:-1]])
        keys, minutes = keys[first], minutes[first]
        if len(keys) > TRACES_MOST:
            kept = minutes > np.partition(minutes, len(minutes) - TRACES_MOST - 1)[len(minutes) - TRACES_MOST - 1]
            keys, minutes = keys[kept], minutes[kept]
        self._keys, self._minutes, self._recent = keys, minutes, {}

    def first_minute_of(self, member: int) -> int | None:
        """Return the minute in which an evicted member had been heard first; None for one without a trace."""
        if not len(self):
            return None
        found = [self._recent[member]] if member in self._recent else []
        place = int(np.searchsorted(self._keys, np.uint64(member)))
        if place < len(self._keys) and int(self._keys[place]) == member:
            found.append(int(self._minutes[place]))
        return min(found, default=None)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values, version first."""
        recent = tuple(sorted(self._recent.items()))
        return FORGETTING_STATE_VERSION, recent, self._keys.tobytes(), self._minutes.tobytes()

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("the traces of evicted members", state[0], FORGETTING_STATE_VERSION)
        self._recent = dict(state[1])
        self._keys, self._minutes = np.frombuffer(state[2], np.uint64), np.frombuffer(state[3], np.int32)
