"""Which readings of a bucket may surface: those that could be promoted with the best that their tenant can add to them.

Only of these are lines and labels put together, for they are a few of many.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.attention import CONCENTRATION_POINTS_MAX, FEEDBACK_MAX, HEAL_POINTS_MAX, scores, weigh
from brainstem.bands import Band, floor_quarters
from brainstem.delta import Deltas
from brainstem.event import Kind
from brainstem.factors import Factor
from brainstem.finding import POINT_QUANTUM
from brainstem.outcomes import is_rare
from brainstem.pairing import is_followed
from brainstem.reading import ONE_MEMBER, SLOT_US
from state.gallery import looked_up

NEVER_YET: Final = 2**31 - 1

Rows = npt.NDArray[Any]
Int32s = npt.NDArray[np.int32]
UInt64s = npt.NDArray[np.uint64]


class Reach:
    """What bounds the score of a reading: since when its tenant is heard, and whether people have stated anything yet."""

    def __init__(self) -> None:
        self._first_slots: dict[int, int] = {}
        """of each tenant, by hash"""
        # the slots of the earliest incident and verdict: from the next one on, families may surface because of them
        self._incident_slot = NEVER_YET
        self._feedback_slot = NEVER_YET

    def note(self, deltas: Deltas) -> None:
        """Note what a share of deltas tells of tenants and of statements."""
        for tenant, slot in deltas.first_slots:
            self._first_slots[tenant] = min(self._first_slots.get(tenant, slot), slot)
        for statement in deltas.statements:
            slot = statement.time_us // SLOT_US
            if statement.stated.kind == Kind.INCIDENT:
                self._incident_slot = min(self._incident_slot, slot)
            else:
                self._feedback_slot = min(self._feedback_slot, slot)

    def within(
        self, readings: Rows, tenants: UInt64s, active: Int32s, first_slots: Rows, stateful: Rows
    ) -> npt.NDArray[np.intp]:
        """Give the places of the readings that may surface.

        What only their tenant knows is filled in with its bounds while they are weighed: how many of its families are
        active at least, how old it is at the most, and how old it was when what a reading is about was first heard.
        """
        since = looked_up(self._first_slots, tenants, 0)
        readings["active_families"] = active
        readings["born_after_slots"] = np.maximum(0, first_slots - since)
        readings["tenant_age_slots"] = readings["slot"] - since
        may = may_surface(readings, self._incident_slot, self._feedback_slot, stateful)
        for column in ("active_families", "born_after_slots", "tenant_age_slots"):
            readings[column] = 0
        return np.flatnonzero(may)

    def snapshot(self) -> tuple[Any, ...]:
        """Give the state as plain values."""
        return self._incident_slot, self._feedback_slot, tuple(self._first_slots.items())

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        self._incident_slot, self._feedback_slot, first_slots = state
        self._first_slots = dict(first_slots)


def may_surface(
    readings: Rows, incident_slot: int, feedback_slot: int, stateful: npt.NDArray[np.uint8]
) -> npt.NDArray[np.bool_]:
    """Tell which readings could reach promotion with the best that the tenant's step can add to them.

    `active_families` holds how many there are at least, `born_after_slots` and `tenant_age_slots` how many there are at the
    most. The slots are those of the first incident and the first verdict of all. `stateful` tells of each reading whether
    its family says that something went down.
    """
    quarters = weigh(readings)
    # how many members its family has, and how often they come, only the tenant knows
    quarters[readings["facet_kind"] == ONE_MEMBER, Factor.CONCENTRATION] = int(CONCENTRATION_POINTS_MAX * POINT_QUANTUM)
    # what heals is told by words or by a counterpart
    heals = (stateful > 0) | is_followed(readings)
    healed = heals.astype(np.int32) * int(HEAL_POINTS_MAX * POINT_QUANTUM)
    after_incident = readings["slot"] > incident_slot
    # a precursor outweighs the prior by itself, a precedent together with little else
    foretells = after_incident & (readings["last_time"] // SLOT_US == readings["slot"]) & is_rare(readings)
    praised = (readings["slot"] > feedback_slot).astype(np.int32) * int(FEEDBACK_MAX * POINT_QUANTUM)
    reach = scores(quarters) + healed + praised >= floor_quarters(Band.PROMOTE)
    return np.asarray(reach | foretells, bool)
