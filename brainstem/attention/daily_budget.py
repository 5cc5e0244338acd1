"""The budget of a tenant's day: how many items may be shown, and how many are left.

A day is a UTC day of ticks. Items are shown as they come, not at the end of a day, for an item that waits loses its lead
over the incident; within one tick the strongest come first. What goes beyond the budget is held back. The first tick of a
day reviews the families heard lately, so what was held back competes for the next day by its score then.
"""

from dataclasses import dataclass
from typing import Final

from brainstem.contracts.slots import SLOTS_PER_DAY

ITEMS_A_DAY: Final = 5
"""items of a tenant and day, unless a run is configured otherwise"""


@dataclass(slots=True)
class Budget:
    """The items of a tenant's present day."""

    items_a_day: int = ITEMS_A_DAY
    day: int = 0
    """days since the epoch"""
    shown: int = 0
    """items of that day so far"""

    def left(self, slot: int) -> int:
        """Return how many items may be shown at the end of `slot`; slots do not fall."""
        day = (slot + 1) // SLOTS_PER_DAY
        if day > self.day:
            self.day, self.shown = day, 0
        return max(0, self.items_a_day - self.shown)
