"""Deltas of facets: what a slot holds of a whole member, of one of its hosts, of one of its entities.

Takes deltas and sightings, makes rows of `FACET_DELTA_DTYPE`. Which facets get a row stands in
`evidence.history.facet_admission`. Nothing here is stored.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Row, Rows, UInt64s
from brainstem.arrays.hash_table import mix
from brainstem.contracts.features import WHOLE_CONFIGURATION
from brainstem.jit.decorators import compiled, compiled_without_refcounts

FACET_DELTA_DTYPE: Final = np.dtype(
    [
        ("slot", "i4"),
        ("key", "u8"),  # of the facet: the member itself, or the member with a host or an entity
        ("member", "u8"),
        ("tenant", "u8"),
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
        ("row", "i4"),  # of the facet
        ("siblings", "i4"),  # how many facets of its kind the member has been seen with, this one included
    ]
)
"""One row per facet that has a row in the table of facets, host and slot."""
KIND_SALTS = (np.uint64(0), np.uint64(0x8F1BBCDCBFA53E0B), np.uint64(0x6ED9EBA1CA62C1D6))
"""mixed into the key of a member for a facet of each kind, so that a host and an entity of one hash differ"""


@compiled
def keys_of_facets(facets: Rows, keys: UInt64s) -> None:
    """Write the key of each row of the table of facets into `keys`, as in the column `key` of facet deltas."""
    for index in range(len(facets)):
        keys[index] = facets[index].family
        if facets[index].facet_kind != WHOLE_CONFIGURATION:
            keys[index] = mix(facets[index].family ^ KIND_SALTS[facets[index].facet_kind], facets[index].facet)


@compiled_without_refcounts
def copy_facet(into: Row, delta: Row, of: Row, kind: int, facet: np.uint64, line: int) -> None:
    """Fill in a facet's delta from a delta or sighting; `of` is the delta of the same member and host.

    A sighting lacks the columns about tenant and service, which are those of `of`. `line` is as in `FACET_DELTA_DTYPE`.
    """
    into.slot = delta.slot
    into.key = delta.member if kind == WHOLE_CONFIGURATION else mix(delta.member ^ KIND_SALTS[kind], facet)
    into.member = delta.member
    into.tenant = of.tenant
    into.facet = facet
    into.kind = kind
    into.host = delta.host
    into.count = delta.count
    into.first_time = delta.first_time
    into.last_time = delta.last_time
    into.severity = delta.severity
    into.cue = delta.cue
    into.stateful = of.stateful
    into.service_slot = of.service_slot
    into.service_host_slot = of.service_host_slot
    into.service_24h = of.service_24h
    into.service_before_24h_milli = of.service_before_24h_milli
    into.service_72h = of.service_72h
    into.service_before_72h_milli = of.service_before_72h_milli
    into.line = line
