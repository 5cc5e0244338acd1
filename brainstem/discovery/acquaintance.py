"""Acquaintance: since when a tenant is known, by what it said and not by its earliest stamp.

Takes the slots in which a tenant was heard, in order; returns the slot from which on its silence about something says that
the thing was not there. One line of the year 2000, from before a clock was set, or an old file beside the log, must not
make all that follows look new. Nor must a log that is added to one that has been read for long and says something else.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int64s
from brainstem.attention.state import NEVER
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.parameters import parameter

PAUSE_SLOTS_LEAST: Final = parameter(
    "acquaintance.pause_slots_least",
    2 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "silence of a whole tenant up to which it counts as heard all the time",
)
PAUSE_TIMES: Final = parameter(
    "acquaintance.pause_times",
    4,
    "number",
    "times its longest pause so far up to which another one is its habit",
)
CADENCE_SLOTS_MOST: Final = parameter(
    "acquaintance.cadence_slots_most",
    16 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "longest pause that a tenant may make again and again and be known",
)

SERVICES_LEAST: Final = parameter(
    "acquaintance.services_least",
    4,
    "services",
    "services first heard within a day, at the least, that are a further log",
)
SERVICES_TIMES: Final = parameter(
    "acquaintance.services_times", 2, "number", "times all services known before that day, at the least, that are one"
)


class Acquaintance:
    """Since when a tenant is known.

    A pause longer than a tenant has been heard before, in days with events, begins anew, unless it turns out to be the way
    in which this tenant speaks: the next pause is about as long. So does a day that brings far more services than were known
    before: a further log is being read, where a fault would speak in one or two.
    """

    def __init__(self) -> None:
        self._since = self._last = self._since_before = NEVER
        """the slot from which it is known, of its latest event, and the former of these before the latest new beginning"""
        self._days = self._days_before = 0
        """days with events since then, and before"""
        self._longest = self._pause = 0
        """the longest pause that is its habit, and the pause before the latest new beginning, in slots"""
        self._day_slot = NEVER
        """the slot in which the day of the latest new services began"""
        self._known = self._more = 0
        """services known before that day, and first heard in it"""

    @property
    def since_slot(self) -> int:
        """Return the slot from which the tenant is known, `NEVER` before its first event."""
        return self._since

    def hear(self, slot: int) -> None:
        """Note that the tenant was heard in a slot, not earlier than the one before."""
        if self._last == NEVER:
            self._since = slot
        pause = slot - self._last if self._last != NEVER else 0
        heard_slots = self._days * SLOTS_PER_DAY
        if pause > max(PAUSE_SLOTS_LEAST, heard_slots, PAUSE_TIMES * self._longest):
            if pause <= CADENCE_SLOTS_MOST and 0 < self._pause <= PAUSE_TIMES * pause:
                # the pause before was no accident: the tenant speaks as seldom as that
                self._since, self._days = self._since_before, self._days + self._days_before
                self._longest, self._pause = pause, 0
            else:
                self._since_before, self._days_before = self._since, self._days
                self._pause = pause if pause <= CADENCE_SLOTS_MOST else 0
                self._since, self._days = slot, 0
        if self._days == 0 or slot // SLOTS_PER_DAY != self._last // SLOTS_PER_DAY:
            self._days += 1
        self._last = slot

    def meet(self, slot: int, services: int) -> None:
        """Note how many services the tenant has by a slot, not earlier than the one before."""
        if services == self._known + self._more:
            return
        if self._day_slot == NEVER or slot - self._day_slot >= SLOTS_PER_DAY:
            self._day_slot, self._known, self._more = slot, self._known + self._more, 0
        more, least = services - self._known, max(SERVICES_LEAST, SERVICES_TIMES * self._known)
        if self._known and self._more < least <= more:
            self._since, self._days = slot, 1
        self._more = more

    def snapshot(self) -> Int64s:
        """Return the state as numbers."""
        return np.array(
            [
                self._since,
                self._last,
                self._since_before,
                self._days,
                self._days_before,
                self._longest,
                self._pause,
                self._day_slot,
                self._known,
                self._more,
            ],
            np.int64,
        )

    def restore(self, state: Int64s) -> None:
        """Take the state of `snapshot`."""
        self._since, self._last, self._since_before, *counts = state.tolist()
        self._days, self._days_before, self._longest, self._pause, self._day_slot, self._known, self._more = counts
