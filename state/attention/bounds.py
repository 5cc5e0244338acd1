"""Which readings of a bucket may surface: those that could be promoted with the best that their tenant can add to them.

Only of these are lines and labels put together, for they are a few of many.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from brainstem.aggregate.deltas import Deltas
from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.attention.bounds import BOUND_DTYPE, NEVER_YET, WORTH_WEIGHING_QUARTERS, may_surface
from brainstem.contracts.event import Kind
from brainstem.contracts.slots import SLOT_US
from state.attention.snippets import looked_up


class ScoreBounds:
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

    def bounds(self) -> Rows:
        """Return what bounds the scores of each tenant's readings, as in `BOUND_DTYPE`."""
        bounds = np.zeros(len(self._first_slots), BOUND_DTYPE)
        bounds["tenant"] = list(self._first_slots)
        bounds["since_slot"] = list(self._first_slots.values())
        bounds["incident_slot"], bounds["feedback_slot"] = self._incident_slot, self._feedback_slot
        bounds["floor_quarters"] = WORTH_WEIGHING_QUARTERS
        return bounds

    def within(
        self, feature_rows: Rows, tenants: UInt64s, active: Int32s, first_slots: Rows, stateful: Rows
    ) -> npt.NDArray[np.intp]:
        """Return the places of the readings that may surface.

        What only their tenant knows is filled in with its bounds while they are weighed: how many of its families are
        active at least, how old it is at the most, and how old it was when what a reading is about was first heard.
        """
        since = looked_up(self._first_slots, tenants, 0)
        feature_rows["active_families"] = active
        feature_rows["born_after_slots"] = np.maximum(0, first_slots - since)
        feature_rows["tenant_age_slots"] = feature_rows["slot"] - since
        may = may_surface(feature_rows, self._incident_slot, self._feedback_slot, stateful)
        for column in ("active_families", "born_after_slots", "tenant_age_slots"):
            feature_rows[column] = 0
        return np.flatnonzero(may)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""
        return self._incident_slot, self._feedback_slot, tuple(self._first_slots.items())

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        self._incident_slot, self._feedback_slot, first_slots = state
        self._first_slots = dict(first_slots)
