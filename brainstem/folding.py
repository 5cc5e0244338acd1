"""The compiled loops that fold events into deltas, and the shape of the delta tables.

Rows add up without regard to order: counts by +, times by min and max, flags by max.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.compiled import borrowing, compiled
from brainstem.reading import SLOT_US

BUCKETS: Final = 16
"""Keys of the attention step. It shapes where state lives, so changing it means a new state format."""
BUCKET_SHIFT = np.uint64(60)
NUMBER_MAX_MILLI = 1_000_000
"""numbers beyond a thousand are sizes, ids and times rather than something that runs out"""

DELTA_DTYPE: Final = np.dtype(
    [
        ("bucket", "u1"),
        ("slot", "i4"),
        ("member", "u8"),  # key of the family member: tenant, service and signature
        ("host", "u8"),
        ("count", "i4"),
        ("first_time", "i8"),
        ("last_time", "i8"),
        ("severity", "u1"),
        ("cue", "u1"),
        ("stateful", "u1"),  # 1 when something is said to have gone down
    ]
)
"""One row per member, host and slot."""
LINE_DTYPE: Final = np.dtype(
    [
        ("bucket", "u1"),
        ("slot", "i4"),
        ("tenant", "u8"),
        ("service", "u8"),
        ("signature", "u8"),
        ("tokens", "i4"),
        ("member", "u8"),
        ("time", "i8"),  # the tick time, by which lines are ordered; then source and position
        ("source", "u8"),
        ("position", "i8"),
        ("event_time", "i8"),
        ("host", "u8"),
        ("text", "i4"),  # index of its texts
    ]
)
"""The earliest event of each member and slot: the line that speaks for them."""
NUMBER_DTYPE: Final = np.dtype(
    [
        ("bucket", "u1"),
        ("slot", "i4"),
        ("member", "u8"),
        ("gauge", "u8"),  # member, host, entity and which of the numbers
        ("time", "i8"),
        ("source", "u8"),
        ("position", "i8"),
        ("value_milli", "i8"),
    ]
)
"""The latest value of each small number."""
TRANSITION_DTYPE: Final = np.dtype(
    [
        ("bucket", "u1"),
        ("slot", "i4"),
        ("tenant", "u8"),
        ("entity", "u8"),  # key: tenant, host and one of the entities
        ("names", "u8", (3,)),  # hashes of all entities of the event, 0 for none
        ("member", "u8"),
        ("polarity", "i1"),
        ("time", "i8"),
        ("source", "u8"),
        ("position", "i8"),
        ("spelling", "i4"),  # index of how the names read in this event, for what went down; else -1
    ]
)
"""Who went down or came up, one row per event and entity."""

Rows = npt.NDArray[Any]


@borrowing
def mix(left: np.uint64, right: np.uint64) -> np.uint64:
    """Mix two 64-bit values into one (the finalizer of SplitMix64 over a boost-style combination)."""
    value = left ^ (right + np.uint64(0x9E3779B97F4A7C15) + (left << np.uint64(6)) + (left >> np.uint64(2)))
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@borrowing
def bucket_of(tenant: np.uint64, service: np.uint64, tokens: int) -> int:
    """Give the bucket of a signature: what can become one family shares tenant, service and token count."""
    return int(mix(mix(tenant, service), np.uint64(tokens)) >> BUCKET_SHIFT)


@borrowing
def table_size(count: int) -> int:
    """Give a power of two at least twice `count`."""
    size = 16
    while size < 2 * count:
        size *= 2
    return size


@compiled
def fold_events(
    tenant: np.uint64,
    accepted: Any,
    tick_time: Any,
    hosts: Any,
    services: Any,
    severity: Any,
    signatures: Any,
    tokens: Any,
    cue: Any,
    polarity: Any,
    rows: Rows,
) -> int:
    """Fold accepted events into rows of (member, host, slot), through an open-addressing table; gives how many."""
    size = table_size(len(accepted))
    cells = np.full(size, -1, np.int32)
    used = 0
    for index in accepted:
        slot = tick_time[index] // SLOT_US
        member = mix(mix(tenant, services[index]), signatures[index])
        probe = np.int64(mix(member ^ np.uint64(slot), hosts[index]) & np.uint64(size - 1))
        while cells[probe] >= 0:
            row = rows[cells[probe]]
            if row.member == member and row.host == hosts[index] and row.slot == slot:
                break
            probe = (probe + 1) & (size - 1)
        if cells[probe] < 0:
            cells[probe] = used
            row = rows[used]
            used += 1
            row.slot = slot
            row.member = member
            row.host = hosts[index]
            row.bucket = bucket_of(tenant, services[index], tokens[index])
            row.first_time = tick_time[index]
            row.last_time = tick_time[index]
        row = rows[cells[probe]]
        row.count += 1
        row.first_time = min(row.first_time, tick_time[index])
        row.last_time = max(row.last_time, tick_time[index])
        row.severity = max(row.severity, severity[index])
        row.cue = max(row.cue, cue[index])
        if polarity[index] < 0:
            row.stateful = 1
    return used


@compiled
def fold_lines(
    tenant: np.uint64,
    source: np.uint64,
    accepted: Any,
    positions: Any,
    tick_time: Any,
    event_time: Any,
    hosts: Any,
    services: Any,
    signatures: Any,
    tokens: Any,
    rows: Rows,
) -> int:
    """Find the earliest event of each member and slot; `text` is its place in the batch; gives how many."""
    size = table_size(len(accepted))
    cells = np.full(size, -1, np.int32)
    used = 0
    for index in accepted:
        slot = tick_time[index] // SLOT_US
        member = mix(mix(tenant, services[index]), signatures[index])
        probe = np.int64(mix(member, np.uint64(slot)) & np.uint64(size - 1))
        while cells[probe] >= 0:
            row = rows[cells[probe]]
            if row.member == member and row.slot == slot:
                break
            probe = (probe + 1) & (size - 1)
        is_new = cells[probe] < 0
        if is_new:
            cells[probe] = used
            used += 1
        row = rows[cells[probe]]
        if is_new or tick_time[index] < row.time:
            row.slot = slot
            row.tenant = tenant
            row.service = services[index]
            row.signature = signatures[index]
            row.tokens = tokens[index]
            row.member = member
            row.bucket = bucket_of(tenant, services[index], tokens[index])
            row.time = tick_time[index]
            row.source = source
            row.position = positions[index]
            row.event_time = event_time[index]
            row.host = hosts[index]
            row.text = index
    return used


@compiled
def fold_numbers(
    tenant: np.uint64,
    source: np.uint64,
    accepted: Any,
    positions: Any,
    tick_time: Any,
    hosts: Any,
    services: Any,
    signatures: Any,
    tokens: Any,
    entities: Any,
    entity_count: Any,
    numbers: Any,
    number_count: Any,
    rows: Rows,
) -> int:
    """Fold the small numbers of accepted events into the latest value per gauge and slot; gives how many rows."""
    size = table_size(len(rows))
    cells = np.full(size, -1, np.int32)
    used = 0
    for index in accepted:
        if number_count[index] == 0:
            continue
        slot = tick_time[index] // SLOT_US
        member = mix(mix(tenant, services[index]), signatures[index])
        entity = entities[index, 0] if entity_count[index] > 0 else np.uint64(0)
        for which in range(number_count[index]):
            value = numbers[index, which]
            if value < 0 or value > NUMBER_MAX_MILLI:
                continue
            gauge = mix(mix(member, hosts[index]), entity + np.uint64(which))
            probe = np.int64(mix(gauge, np.uint64(slot)) & np.uint64(size - 1))
            while cells[probe] >= 0:
                row = rows[cells[probe]]
                if row.gauge == gauge and row.slot == slot:
                    break
                probe = (probe + 1) & (size - 1)
            if cells[probe] < 0:
                cells[probe] = used
                row = rows[used]
                used += 1
                row.slot = slot
                row.member = member
                row.gauge = gauge
                row.bucket = bucket_of(tenant, services[index], tokens[index])
                row.time = tick_time[index]
                row.source = source
            row = rows[cells[probe]]
            if tick_time[index] >= row.time:
                row.time = tick_time[index]
                row.position = positions[index]
                row.value_milli = value
    return used


@borrowing
def list_transitions(
    tenant: np.uint64,
    source: np.uint64,
    accepted: Any,
    positions: Any,
    tick_time: Any,
    hosts: Any,
    services: Any,
    signatures: Any,
    polarity: Any,
    entities: Any,
    entity_count: Any,
    rows: Rows,
) -> int:
    """List who went down or came up, one row per event and entity; gives how many.

    An event that names no entity tells of nothing that could be followed.
    """
    used = 0
    for index in accepted:
        for which in range(entity_count[index]):
            row = rows[used]
            used += 1
            row.slot = tick_time[index] // SLOT_US
            row.tenant = tenant
            row.entity = mix(mix(tenant, hosts[index]), entities[index, which])
            row.bucket = np.uint8(row.entity >> BUCKET_SHIFT)
            for other in range(entity_count[index]):
                row.names[other] = entities[index, other]
            row.member = mix(mix(tenant, services[index]), signatures[index])
            row.polarity = polarity[index]
            row.time = tick_time[index]
            row.source = source
            row.position = positions[index]
            row.spelling = index if polarity[index] < 0 else -1
    return used


@borrowing
def compact_sorted(rows: Rows) -> int:
    """Add up neighbouring rows of the same slot, member and host in place."""
    used = 0
    for index in range(len(rows)):
        row = rows[index]
        if used > 0:
            into = rows[used - 1]
            if into.slot == row.slot and into.member == row.member and into.host == row.host:
                into.count += row.count
                into.first_time = min(into.first_time, row.first_time)
                into.last_time = max(into.last_time, row.last_time)
                into.severity = max(into.severity, row.severity)
                into.cue = max(into.cue, row.cue)
                into.stateful = max(into.stateful, row.stateful)
                continue
        rows[used] = row
        used += 1
    return used


@borrowing
def first_of_each(rows: Rows) -> int:
    """Keep, in place, the first of neighbouring lines of the same slot and member; gives how many."""
    used = 0
    for index in range(len(rows)):
        if used > 0 and rows[used - 1].slot == rows[index].slot and rows[used - 1].member == rows[index].member:
            continue
        rows[used] = rows[index]
        used += 1
    return used
