"""The compiled loops that aggregate the events of one batch into deltas, and the dtypes of the tables of deltas.

The problem: a batch has tens of thousands of events, and most of them say again what another one says. Only what differs
is worth sending to keyed state. So events are added up in the process that read them, a batch at a time.

Four tables leave a batch, each with a loop of its own:

- deltas (`aggregate_events`): one row per member, host and slot. A *member* is a signature within a tenant's service;
- sightings (`aggregate_sightings`): one row per member, entity, host and slot;
- numbers (`aggregate_numbers`): the latest value of each number that a message reports, per gauge and slot;
- transitions (`list_transitions`): one row per event and entity for "down" and "up"; these are too few to add up.

Each loop looks a row's key up in an open-addressing table of row numbers that lives for this call only, and starts a new
row where it finds none. The key is hashed from its columns and then compared column by column, so equal hashes do no
harm.

Invariant: rows of one key add up in any order, across batches too (`compaction`): counts by +, times by min and max,
flags and severity by max, and the line that is shown is the earliest by tick time, source and position. That is why
results do not depend on how a stream is cut into batches.

An example: 900 times "disk sda is slow" on two hosts within one slot become two deltas, of 450 events each, and two
sightings of the entity sda. The text of two lines travels on, that of 898 does not.

Traps:

- `text` holds the event's place in the batch first; `number_texts` turns it into the number of a text that travels.
- A later event replaces a delta's line only if it is strictly earlier in time, so events of a service must come in order
  of their positions, and of equal times the lowest position wins.
- Buckets come from a key's highest four bits, probes of hash tables from its lowest.
- Rows must be zero when a loop starts: columns that are filled in later (`service_*`) are not touched here.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Flags, Int32s, Int64s, Rows, UInt64s
from brainstem.arrays.hash_table import mix, table_size
from brainstem.contracts.slots import SLOT_US
from brainstem.jit.decorators import compiled, compiled_without_refcounts

BUCKETS: Final = 16
"""Keys of the attention step. It shapes where state lives, so changing it means a new state format."""
BUCKET_SHIFT = np.uint64(60)
"""what is left of a 64-bit key are the four bits that number 16 buckets"""
NUMBER_MAX_MILLI = 1_000_000_000
"""thousandths; numbers beyond a million are ids and times rather than a level of something"""

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
        ("stateful", "u1"),  # 1 when its events say that something went down
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
"""One row per member, host and slot, with its earliest line by tick time, source and position. Stored while it waits."""
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
"""One row per member, entity, host and slot, with its earliest line. Stored while it waits."""
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
"""The latest value of each gauge in a slot. Stored while it waits."""
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
"""What went down or came up, one row per event and entity. Stored while it waits."""


@compiled_without_refcounts
def bucket_of(tenant: np.uint64, service: np.uint64) -> int:
    """Return the bucket of a tenant's service: all that can become one family, and all that it is compared with, is in
    it.
    """
    return int(mix(tenant, service) >> BUCKET_SHIFT)


@compiled
def aggregate_events(
    tenants: UInt64s,
    sources: UInt64s,
    accepted: Int64s,
    positions: Int64s,
    tick_time: Int64s,
    event_time: Int64s,
    hosts: UInt64s,
    services: UInt64s,
    severity: Flags,
    signatures: UInt64s,
    tokens: Int32s,
    cue: Flags,
    polarity: npt.NDArray[np.int8],
    rows: Rows,
) -> int:
    """Aggregate events into `rows`, one per member, host and slot; return how many are filled.

    `accepted` holds the places of the events in the columns of the batch, those of a service in order of their positions;
    `rows` has room for one row each, all zero. `text` receives the place of the earliest event.
    """
    size = table_size(len(accepted))
    cells = np.full(size, -1, np.int32)
    used = 0
    for index in accepted:
        slot = tick_time[index] // SLOT_US
        member = mix(mix(tenants[index], services[index]), signatures[index])
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
            row.bucket = bucket_of(tenants[index], services[index])
            row.tenant = tenants[index]
            row.service = services[index]
            row.signature = signatures[index]
            row.tokens = tokens[index]
            row.source = sources[index]
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
def aggregate_sightings(
    tenants: UInt64s,
    sources: UInt64s,
    accepted: Int64s,
    positions: Int64s,
    tick_time: Int64s,
    event_time: Int64s,
    hosts: UInt64s,
    services: UInt64s,
    severity: Flags,
    signatures: UInt64s,
    cue: Flags,
    message_start: Int64s,
    entities: UInt64s,
    entity_count: Flags,
    entity_start: Int64s,
    entity_end: Int64s,
    rows: Rows,
) -> int:
    """Aggregate the entities of events into `rows`, one per member, entity, host and slot; return how many are filled.

    `entities` and where they start and end have shape (events, entities of an event). `text` receives the place of the
    earliest event in the batch. `name_start` and `name_end` count from the beginning of the message.
    """
    size = table_size(len(rows))
    cells = np.full(size, -1, np.int32)
    used = 0
    for index in accepted:
        slot = tick_time[index] // SLOT_US
        member = mix(mix(tenants[index], services[index]), signatures[index])
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
                row.bucket = bucket_of(tenants[index], services[index])
                row.source = sources[index]
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
def aggregate_numbers(
    tenants: UInt64s,
    sources: UInt64s,
    accepted: Int64s,
    positions: Int64s,
    tick_time: Int64s,
    hosts: UInt64s,
    services: UInt64s,
    signatures: UInt64s,
    entities: UInt64s,
    entity_count: Flags,
    numbers: Int64s,
    number_count: Flags,
    rows: Rows,
) -> int:
    """Aggregate the numbers of events into `rows`, the latest value per gauge and slot; return how many are filled.

    `numbers` has shape (events, numbers of an event), in thousandths. Of equal times the later event counts.
    """
    size = table_size(len(rows))
    cells = np.full(size, -1, np.int32)
    used = 0
    for index in accepted:
        if number_count[index] == 0:
            continue
        slot = tick_time[index] // SLOT_US
        member = mix(mix(tenants[index], services[index]), signatures[index])
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
                row.bucket = bucket_of(tenants[index], services[index])
                row.time = tick_time[index]
                row.source = sources[index]
            row = rows[cells[probe]]
            if tick_time[index] >= row.time:
                row.time = tick_time[index]
                row.position = positions[index]
                row.value_milli = value
    return used


@compiled_without_refcounts
def number_texts(order: Int64s, rows: Rows, sightings: Rows, number: Int32s, used: Int64s) -> int:
    """Number the texts that two tables use anew, in place: from 0 on, in the given order. Return how many are used.

    `order` holds the texts that may be used. `used` receives those that are, in that order; it has room for all. `number` is
    room for a number of each text that there is, all 0.
    """
    for index in range(len(rows)):
        number[rows[index].text] = 1
    for index in range(len(sightings)):
        number[sightings[index].text] = 1
    count = 0
    for text in order:
        if number[text] == 1:
            used[count] = text
            number[text] = count
            count += 1
    for index in range(len(rows)):
        rows[index].text = number[rows[index].text]
    for index in range(len(sightings)):
        sightings[index].text = number[sightings[index].text]
    return count


@compiled_without_refcounts
def list_transitions(
    tenants: UInt64s,
    sources: UInt64s,
    accepted: Int64s,
    positions: Int64s,
    tick_time: Int64s,
    hosts: UInt64s,
    services: UInt64s,
    signatures: UInt64s,
    polarity: npt.NDArray[np.int8],
    entities: UInt64s,
    entity_count: Flags,
    rows: Rows,
) -> int:
    """List what went down or came up in `rows`, one per event and entity; return how many are filled.

    An event without an entity makes no row: there is nothing whose return could be recognized.
    """
    used = 0
    for index in accepted:
        for which in range(entity_count[index]):
            row = rows[used]
            used += 1
            row.slot = tick_time[index] // SLOT_US
            row.tenant = tenants[index]
            row.entity = mix(mix(tenants[index], hosts[index]), entities[index, which])
            row.bucket = np.uint8(row.entity >> BUCKET_SHIFT)
            for other in range(entity_count[index]):
                row.names[other] = entities[index, other]
            row.member = mix(mix(tenants[index], services[index]), signatures[index])
            row.polarity = polarity[index]
            row.time = tick_time[index]
            row.source = sources[index]
            row.position = positions[index]
            row.spelling = index if polarity[index] < 0 else -1
    return used
