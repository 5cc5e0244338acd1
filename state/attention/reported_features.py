"""Picks the features of a bucket that are reported: those whose best possible score could promote them.

Takes deltas as they come and features as they are made, returns the places of those few of many for which snippets are worth
making. It never changes a score.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from brainstem.aggregate.deltas import Deltas
from brainstem.arrays.aliases import Flags, Int32s, Rows
from brainstem.attention.bounds import (
    BOUND_DTYPE,
    IF_WORDS_TELL,
    MAY_SURFACE,
    NEVER_YET,
    WORTH_WEIGHING_QUARTERS,
    may_surface,
)
from brainstem.contracts.event import Kind
from brainstem.contracts.slots import SLOT_US


class ScoreBounds:
    """What bounds a score: the first slot of each tenant, and whether people have stated anything yet."""

    def __init__(self) -> None:
        self._first_slots: dict[int, int] = {}
        """of each tenant, by hash"""
        # the slots of the earliest incident and verdict: from the slot after it on, families may surface because of it
        self._incident_slot = NEVER_YET
        self._feedback_slot = NEVER_YET

    def note(self, deltas: Deltas) -> None:
        """Note the first slots of tenants and the slots of statements that a share of deltas carries."""
        for tenant, slot in deltas.first_slots:
            self._first_slots[tenant] = min(self._first_slots.get(tenant, slot), slot)
        for statement in deltas.statements:
            slot = statement.time_us // SLOT_US
            if statement.stated.kind == Kind.INCIDENT:
                self._incident_slot = min(self._incident_slot, slot)
            else:
                self._feedback_slot = min(self._feedback_slot, slot)

    def bounds(self) -> Rows:
        """Return what bounds the scores of each tenant's features, as in `BOUND_DTYPE`."""
        bounds = np.zeros(len(self._first_slots), BOUND_DTYPE)
        bounds["tenant"] = list(self._first_slots)
        bounds["since_slot"] = list(self._first_slots.values())
        bounds["incident_slot"], bounds["feedback_slot"] = self._incident_slot, self._feedback_slot
        bounds["floor_quarters"] = WORTH_WEIGHING_QUARTERS
        return bounds

    def since_slots(self, tenants: Iterable[int]) -> Int32s:
        """Return the first slot of each tenant, by hash."""
        return np.array([self._first_slots.get(tenant, 0) for tenant in tenants], np.int32)

    def may_surface(
        self,
        feature_rows: Rows,
        since: Int32s,
        active: Int32s,
        first_slots: Int32s,
        stateful: Flags,
        tells_outage: Callable[[int], bool] | None = None,
    ) -> npt.NDArray[np.intp]:
        """Return the places of the features that may surface.

        `tells_outage` returns whether the words of the family at a place call something out of service.

        While they are weighed, columns that only the tenant knows hold its bounds: how many of its families are active at
        least (`active`), how old it is at the most (`since`), and how old it was at the subject's first event
        (`first_slots`). Afterwards these columns are zero again.
        """
        feature_rows["active_families"] = active
        feature_rows["born_after_slots"] = np.maximum(0, first_slots - since)
        feature_rows["tenant_age_slots"] = feature_rows["slot"] - since
        may = may_surface(feature_rows, self._incident_slot, self._feedback_slot, stateful)
        for column in ("active_families", "born_after_slots", "tenant_age_slots"):
            feature_rows[column] = 0
        if tells_outage is not None:
            for place in np.flatnonzero(may == IF_WORDS_TELL).tolist():
                may[place] = MAY_SURFACE if tells_outage(place) else 0
        return np.flatnonzero(may == MAY_SURFACE)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""
        return self._incident_slot, self._feedback_slot, tuple(self._first_slots.items())

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        self._incident_slot, self._feedback_slot, first_slots = state
        self._first_slots = dict(first_slots)
