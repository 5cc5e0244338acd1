"""Which facets of a message have a row: those that come in a second slot."""

from typing import Any

import numpy as np

from brainstem.cells import place_of
from brainstem.compiled import borrowing, compiled
from brainstem.episodes import SLOT_MINUTES, Int32s, Rows, mark
from brainstem.family_state import EVENT_DAYS
from brainstem.reading import SLOTS_PER_DAY, WHOLE

COUNTERS = (np.uint64(0), np.uint64(0x510E527FADE682D1), np.uint64(0x9B05688C2B3E6C1F))
PROBATION_SLOTS = 8 * SLOTS_PER_DAY


@borrowing
def admit(cells: Any, values: Any, deltas: Rows, used: int, rows_of: Int32s, siblings: Int32s, opened: Rows) -> int:
    """Find the row of each facet's delta, sorted by slot, and how many facets of its kind the member has been seen with.

    `cells` and `values` are an open-addressing table with room for all keys. A facet gets a row when it comes in a second
    slot; until then, and for `PROBATION_SLOTS` only, the table holds the minute of its first event as -2 - minute. Beside
    facets it holds how many there are of each member and kind. Gives how many rows are to be opened.
    """
    count = 0
    for index in range(len(deltas)):
        delta = deltas[index]
        place = place_of(cells, delta.key)
        minute = delta.first_time // 60_000_000
        since = -2 - values[place]
        waits = values[place] < -1
        # whether what came once and long ago is still held depends on how full the table is, so it counts as new
        is_new = cells[place] == np.uint64(0) or (waits and delta.slot - since // SLOT_MINUTES > PROBATION_SLOTS)
        rows_of[index] = -1
        if is_new:
            cells[place] = delta.key
            values[place] = -2 - minute
        elif waits and since // SLOT_MINUTES == delta.slot:
            values[place] = -2 - min(since, minute)
        elif waits:
            values[place] = used + count
            opened[count].delta = index
            opened[count].since_minute = since
            # a member that was forgotten may have left facets behind that come again before it does
            opened[count].parent = max(-1, values[place_of(cells, delta.member)]) if delta.kind != WHOLE else -1
            count += 1
        if values[place] >= 0:
            rows_of[index] = values[place]
        if delta.kind != WHOLE:
            counter = place_of(cells, delta.member + COUNTERS[delta.kind])
            cells[counter] = delta.member + COUNTERS[delta.kind]
            values[counter] += 1 if is_new else 0
            siblings[index] = values[counter]
    return count


@compiled
def open_rows(facets: Rows, used: int, deltas: Rows, opened: Rows) -> None:
    """Give new facets their rows, with the slot of their first event marked."""
    for position in range(len(opened)):
        delta = deltas[opened[position].delta]
        row = facets[used + position]
        since = opened[position].since_minute
        slot = since // SLOT_MINUTES
        row.family = delta.member
        row.facet = delta.facet
        row.facet_kind = delta.kind
        row.alive = 1
        row.parent = opened[position].parent
        row.first_slot = slot
        row.last_slot = slot - 1
        row.read_slot = slot - 1
        row.first_time = since * 60_000_000
        row.last_time = row.first_time
        row.count = 1
        row.severity = delta.severity
        row.cue = delta.cue
        mark(row, slot)
        row.events[(slot // SLOTS_PER_DAY) % EVENT_DAYS] = 1
