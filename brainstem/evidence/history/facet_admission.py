"""Which facets of a message get a row: those that come in a second slot.

Takes sorted deltas and sightings of hosts and entities; returns the deltas of facets that have a row, and the rows to open.
Most names that a log mentions come once, and nothing but the minute of their first event is kept of them.
"""

from typing import Final

import numpy as np

from brainstem.aggregate.facet_deltas import copy_facet
from brainstem.arrays.aliases import Int32s, Int64s, Row, Rows, UInt64s
from brainstem.arrays.hash_table import place_of
from brainstem.contracts.features import ON_ENTITY, ON_HOST, WHOLE_CONFIGURATION
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.history.episodes import SLOT_MINUTES, mark
from brainstem.evidence.history.state import EVENT_DAYS
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter

COUNTERS = (np.uint64(0), np.uint64(0x510E527FADE682D1), np.uint64(0x9B05688C2B3E6C1F))
PROBATION_SLOTS: Final = parameter(
    "history.facet_admission.probation_slots",
    8 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "within so long a facet must come a second time",
)


@compiled_without_refcounts
def admit(cells: UInt64s, values: Int32s, delta: Row, next_row: int) -> int:
    """Find the row of a facet's delta, and how many facets of its kind the member has been seen with.

    `cells` and `values` are an open-addressing table with room for all keys. A facet gets a row when it comes in a second
    slot; until then, and for `PROBATION_SLOTS` only, the table holds the minute of its first event as -2 - minute. Beside
    facets it holds how many there are of each member and kind. Returns the minute of the first event where the facet gets
    `next_row` now, else -1.
    """
    place = place_of(cells, delta.key)
    minute = delta.first_time // 60_000_000
    since = -2 - values[place]
    waits = values[place] < -1
    opened = -1
    # whether a facet that came once and long ago is still held depends on how full the table is, so it counts as new
    is_new = cells[place] == np.uint64(0) or (waits and delta.slot - since // SLOT_MINUTES > PROBATION_SLOTS)
    if is_new:
        cells[place] = delta.key
        values[place] = -2 - minute
    elif waits and since // SLOT_MINUTES == delta.slot:
        values[place] = -2 - min(since, minute)
    elif waits:
        values[place] = next_row
        opened = since
    delta.row = max(-1, values[place])
    delta.siblings = 0
    if delta.kind != WHOLE_CONFIGURATION:
        counter = place_of(cells, delta.member + COUNTERS[delta.kind])
        cells[counter] = delta.member + COUNTERS[delta.kind]
        values[counter] += 1 if is_new else 0
        delta.siblings = values[counter]
    return int(opened)


@compiled_without_refcounts
def take_in(cells: UInt64s, values: Int32s, into: Rows, counts: Int64s, opened: Rows, used: int) -> None:
    """Keep the delta at the end of `into` if its facet has a row or gets one now.

    `counts` holds how many deltas are kept and how many rows are to be opened behind the `used` ones.
    """
    delta = into[counts[0]]
    since = admit(cells, values, delta, used + counts[1])
    if since >= 0:
        opening = opened[counts[1]]
        opening.delta = counts[0]
        opening.since_minute = since
        # the member may have been forgotten, while its facets came again first
        opening.parent = max(-1, values[place_of(cells, delta.member)]) if delta.kind != WHOLE_CONFIGURATION else -1
        counts[1] += 1
    if delta.row >= 0:
        counts[0] += 1


@compiled_without_refcounts
def enter_facets(
    cells: UInt64s, values: Int32s, rows: Rows, sightings: Rows, used: int, into: Rows, opened: Rows, counts: Int64s
) -> None:
    """Write, slot by slot, the deltas of members, then of their hosts, then of their entities, of the facets that have a
    row.

    `into` and `opened` have room for two of each delta and one of each sighting; `counts` receives how many were
    written.
    """
    low = 0
    sighting = 0
    while low < len(rows):
        slot = rows[low].slot
        high = low
        while high < len(rows) and rows[high].slot == slot:
            copy_facet(into[counts[0]], rows[high], rows[high], WHOLE_CONFIGURATION, np.uint64(0), high)
            take_in(cells, values, into, counts, opened, used)
            high += 1
        for index in range(low, high):
            if rows[index].host != np.uint64(0):
                copy_facet(into[counts[0]], rows[index], rows[index], ON_HOST, rows[index].host, index)
                take_in(cells, values, into, counts, opened, used)
        first = low
        own = low
        while sighting < len(sightings) and sightings[sighting].slot == slot:
            told = sightings[sighting]
            # both are sorted by member; the delta of the same member and host holds the activity of the service
            while rows[first].member != told.member:
                first += 1
            if rows[own].member != told.member or rows[own].host > told.host:
                own = first
            while rows[own].host != told.host:
                own += 1
            copy_facet(into[counts[0]], told, rows[own], ON_ENTITY, told.name, len(rows) + sighting)
            take_in(cells, values, into, counts, opened, used)
            sighting += 1
        low = high


@compiled
def open_rows(facets: Rows, used: int, deltas: Rows, opened: Rows) -> None:
    """Fill the rows of new facets, with the slot of their first event marked."""
    for position in range(len(opened)):
        delta = deltas[opened[position].delta]
        row = facets[used + position]
        since = opened[position].since_minute
        slot = since // SLOT_MINUTES
        row.family = delta.member
        row.tenant = delta.tenant
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
