"""The time grid: event time is cut into slots of ten minutes, counted from the epoch.

A slot is the number of its ten minutes since 1970-01-01T00:00Z; a tick is the end of a slot. A slot with at least one event
is an episode, however many events it holds.
"""

from typing import Final

from brainstem.parameters import parameter

SLOT_SECONDS: Final = parameter(
    "slots.slot_seconds",
    600,
    "seconds",
    "length of a slot; a slot with an event is an episode, and its end is a tick",
    fixed="every stored count is by slot",
)
SLOT_US: Final = SLOT_SECONDS * 1_000_000
SLOTS_PER_HOUR: Final = 6
SLOTS_PER_DAY: Final = 144
