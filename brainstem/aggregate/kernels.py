"""The compiled loops that fold events into deltas, and the shape of the delta tables.

Rows add up without regard to order: counts by +, times by min and max, flags by max.
"""

from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Rows
from brainstem.arrays.hash_table import mix, table_size
from brainstem.contracts.slots import SLOT_US
from brainstem.jit.decorators import borrowing, compiled

BUCKETS: Final = 16
"""Keys of the attention step. It shapes where state lives, so changing it means a new state format."""
BUCKET_SHIFT = np.uint64(60)
NUMBER_MAX_MILLI = 1_000_000_000
"""numbers beyond a million are ids and times rather than a level of something"""

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
        ("service_slot", "i4"),  # filled in when a slot is sealed, as are the next five: the first slot of its service
        ("service_host_slot", "i4"),  # the first slot of its service on this host
        ("service_24h", "i4"),  # deltas of the service in 24 h, and the daily mean before, in thousandths
        ("service_before_24h_milli", "i8"),
        ("service_72h", "i4"),
        ("service_before_72h_milli", "i8"),
        ("tenant", "u8"),
        ("service", "u8"),
        ("signature", "u8"),
        ("tokens", "i4"),
        ("source", "u8"),  # source, position, event time and text are those of its earliest event
        ("position", "i8"),
        ("event_time", "i8"),
        ("text", "i4"),  # index of its texts
    ]
)
"""One row per member, host and slot, and the line that speaks for them: the earliest by tick time, source and position."""
SIGHTING_DTYPE: Final = np.dtype(
    [
        ("bucket", "u1"),
        ("slot", "i4"),
        ("member", "u8"),
        ("signature", "u8"),
        ("name", "u8"),  # hash of the entity
        ("host", "u8"),
        ("count", "i4"),
        ("first_time", "i8"),
        ("last_time", "i8"),
        ("severity", "u1"),
        ("cue", "u1"),
        ("source", "u8"),  # of the earliest event, as in a delta
        ("position", "i8"),
        ("event_time", "i8"),
        ("name_start", "i4"),  # where the entity stands in the message
        ("name_end", "i4"),
        ("text", "i4"),
    ]
)
"""One row per member, entity, host and slot."""
NUMBER_DTYPE: Final = np.dtype(
    [
        ("bucket", "u1"),
        ("slot", "i4"),
        ("member", "u8"),
        ("gauge", "u8"),  # member, host, entity and which of the numbers
        ("host", "u8"),
        ("name", "u8"),  # hash of the entity, 0 for none
        ("which", "u1"),
        ("time", "i8"),
        ("source", "u8"),
        ("position", "i8"),
        ("value_milli", "i8"),
    ]
)
"""The latest value of each number."""
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


@borrowing
def bucket_of(tenant: np.uint64, service: np.uint64) -> int:
    """Return the bucket of a tenant's service: what can become one family, and what its families are compared with."""
    return int(mix(tenant, service) >> BUCKET_SHIFT)


@compiled
def fold_events(
    tenant: np.uint64,
    source: np.uint64,
    accepted: Any,
    positions: Any,
    tick_time: Any,
    event_time: Any,
    hosts: Any,
    services: Any,
    severity: Any,
    signatures: Any,
    tokens: Any,
    cue: Any,
    polarity: Any,
    rows: Rows,
) -> int:
    """Fold accepted events into rows of (member, host, slot), through an open-addressing table; gives how many.

    `text` receives the place of the earliest event in the batch. Events of a service are in the order of their positions.
    """
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
        is_new = cells[probe] < 0
        if is_new:
            cells[probe] = used
            row = rows[used]
            used += 1
            row.slot = slot
            row.member = member
            row.host = hosts[index]
            row.bucket = bucket_of(tenant, services[index])
            row.tenant = tenant
            row.service = services[index]
            row.signature = signatures[index]
            row.tokens = tokens[index]
            row.source = source
            row.last_time = tick_time[index]
        row = rows[cells[probe]]
        if is_new or tick_time[index] < row.first_time:
            row.first_time = tick_time[index]
            row.position = positions[index]
            row.event_time = event_time[index]
            row.text = index
        row.count += 1
        row.last_time = max(row.last_time, tick_time[index])
        row.severity = max(row.severity, severity[index])
        row.cue = max(row.cue, cue[index])
        if polarity[index] < 0:
            row.stateful = 1
    return used


@compiled
def fold_sightings(
    tenant: np.uint64,
    source: np.uint64,
    accepted: Any,
    positions: Any,
    tick_time: Any,
    event_time: Any,
    hosts: Any,
    services: Any,
    severity: Any,
    signatures: Any,
    cue: Any,
    message_start: Any,
    entities: Any,
    entity_count: Any,
    entity_start: Any,
    entity_end: Any,
    rows: Rows,
) -> int:
    """Fold the entities of accepted events into rows of (member, entity, host, slot); gives how many.

    `text` receives the place of the earliest event in the batch.
    """
    size = table_size(len(rows))
    cells = np.full(size, -1, np.int32)
    used = 0
    for index in accepted:
        slot = tick_time[index] // SLOT_US
        member = mix(mix(tenant, services[index]), signatures[index])
        for which in range(entity_count[index]):
            name = entities[index, which]
            probe = np.int64(mix(member ^ np.uint64(slot), mix(name, hosts[index])) & np.uint64(size - 1))
            while cells[probe] >= 0:
                row = rows[cells[probe]]
                if row.member == member and row.name == name and row.host == hosts[index] and row.slot == slot:
                    break
                probe = (probe + 1) & (size - 1)
            is_new = cells[probe] < 0
            if is_new:
                cells[probe] = used
                row = rows[used]
                used += 1
                row.slot = slot
                row.member = member
                row.signature = signatures[index]
                row.name = name
                row.host = hosts[index]
                row.bucket = bucket_of(tenant, services[index])
                row.source = source
                row.last_time = tick_time[index]
            row = rows[cells[probe]]
            if is_new or tick_time[index] < row.first_time:
                row.first_time = tick_time[index]
                row.position = positions[index]
                row.event_time = event_time[index]
                row.name_start = entity_start[index, which] - message_start[index]
                row.name_end = entity_end[index, which] - message_start[index]
                row.text = index
            row.count += 1
            row.last_time = max(row.last_time, tick_time[index])
            row.severity = max(row.severity, severity[index])
            row.cue = max(row.cue, cue[index])
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
    entities: Any,
    entity_count: Any,
    numbers: Any,
    number_count: Any,
    rows: Rows,
) -> int:
    """Fold the numbers of accepted events into the latest value per gauge and slot; gives how many rows."""
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
                row.host = hosts[index]
                row.name = entity
                row.which = which
                row.bucket = bucket_of(tenant, services[index])
                row.time = tick_time[index]
                row.source = source
            row = rows[cells[probe]]
            if tick_time[index] >= row.time:
                row.time = tick_time[index]
                row.position = positions[index]
                row.value_milli = value
    return used


@borrowing
def number_texts(order: Any, rows: Rows, sightings: Rows, number: Any, asked: Any) -> int:
    """Number the texts that two tables ask for anew, in place: from 0 on, in the order given.

    `asked` receives those that are asked for, in that order, and has room for all of them; `number` is room for a number of
    each text that there is, all 0. Gives how many are asked for.
    """
    for index in range(len(rows)):
        number[rows[index].text] = 1
    for index in range(len(sightings)):
        number[sightings[index].text] = 1
    count = 0
    for text in order:
        if number[text] == 1:
            asked[count] = text
            number[text] = count
            count += 1
    for index in range(len(rows)):
        rows[index].text = number[rows[index].text]
    for index in range(len(sightings)):
        sightings[index].text = number[sightings[index].text]
    return count


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
