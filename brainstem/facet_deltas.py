"""What a slot says of each facet: of a whole member, of one host, of one entity."""

from typing import Any, Final

import numpy as np

from brainstem.cells import mix
from brainstem.compiled import borrowing, compiled
from brainstem.folding import Rows
from brainstem.reading import ON_ENTITY, ON_HOST, WHOLE

FACET_DELTA_DTYPE: Final = np.dtype(
    [
        ("slot", "i4"),
        ("key", "u8"),  # of the facet: the member itself, or the member with a host or an entity
        ("member", "u8"),
        ("facet", "u8"),  # hash of the host or entity, 0 for the whole member
        ("kind", "u1"),
        ("host", "u8"),
        ("count", "i4"),
        ("first_time", "i8"),
        ("last_time", "i8"),
        ("severity", "u1"),
        ("cue", "u1"),
        ("stateful", "u1"),
        ("service_slot", "i4"),
        ("service_host_slot", "i4"),
        ("service_24h", "i4"),
        ("service_before_24h_milli", "i8"),
        ("service_72h", "i4"),
        ("service_before_72h_milli", "i8"),
        ("line", "i4"),  # index of the delta, or, after all deltas, of the sighting
    ]
)
"""What a slot's deltas and sightings say of each facet."""
KIND_SALTS = (np.uint64(0), np.uint64(0x8F1BBCDCBFA53E0B), np.uint64(0x6ED9EBA1CA62C1D6))


@compiled
def keys_of_facets(facets: Any, keys: Any) -> None:
    """Write the key of each facet's row, as in the column `key` of facet deltas."""
    for index in range(len(facets)):
        keys[index] = facets[index].family
        if facets[index].facet_kind != WHOLE:
            keys[index] = mix(facets[index].family ^ KIND_SALTS[facets[index].facet_kind], facets[index].facet)


@borrowing
def copy_facet(into: Any, delta: Any, of: Any, kind: int, facet: np.uint64, line: int) -> None:
    """Fill in what one delta or sighting says of one facet."""
    into.slot = delta.slot
    into.key = delta.member if kind == WHOLE else mix(delta.member ^ KIND_SALTS[kind], facet)
    into.member = delta.member
    into.facet = facet
    into.kind = kind
    into.host = delta.host
    into.count = delta.count
    into.first_time = delta.first_time
    into.last_time = delta.last_time
    into.severity = delta.severity
    into.cue = delta.cue
    into.service_slot = of.service_slot
    into.service_host_slot = of.service_host_slot
    into.service_24h = of.service_24h
    into.service_before_24h_milli = of.service_before_24h_milli
    into.service_72h = of.service_72h
    into.service_before_72h_milli = of.service_before_72h_milli
    into.line = line


@borrowing
def spread_facets(rows: Rows, sightings: Rows, into: Rows) -> int:
    """Give, slot by slot, what sorted deltas and sightings say of members, then of their hosts, then of their entities."""
    used = 0
    low = 0
    sighting = 0
    while low < len(rows):
        slot = rows[low].slot
        high = low
        while high < len(rows) and rows[high].slot == slot:
            copy_facet(into[used], rows[high], rows[high], WHOLE, np.uint64(0), high)
            into[used].stateful = rows[high].stateful
            used += 1
            high += 1
        for index in range(low, high):
            if rows[index].host != np.uint64(0):
                copy_facet(into[used], rows[index], rows[index], ON_HOST, rows[index].host, index)
                into[used].stateful = rows[index].stateful
                used += 1
        first = low
        own = low
        while sighting < len(sightings) and sightings[sighting].slot == slot:
            # both are sorted by member; the delta of the same member and host tells of the service
            while rows[first].member != sightings[sighting].member:
                first += 1
            if rows[own].member != sightings[sighting].member or rows[own].host > sightings[sighting].host:
                own = first
            while rows[own].host != sightings[sighting].host:
                own += 1
            copy_facet(
                into[used], sightings[sighting], rows[own], ON_ENTITY, sightings[sighting].name, len(rows) + sighting
            )
            into[used].stateful = rows[own].stateful
            used += 1
            sighting += 1
        low = high
    return used
