"""The compiled loops that fold events into deltas, and the shape of the delta tables.

Rows add up without regard to order: counts by +, times by min and max, flags by max.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.compiled import borrowing, compiled
from brainstem.reading import ON_ENTITY, ON_HOST, SLOT_US, SLOTS_PER_HOUR, WHOLE

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
SERVICE_HOURS = 408
"""two weeks before the last three days"""
SERVICE_DTYPE: Final = np.dtype(
    [
        ("first_slot", "i4"),
        ("hour", "i4"),  # the latest hour
        ("slot", "i4"),  # the latest slot
        ("in_24h", "i4"),  # what deltas of that slot are told
        ("before_24h_milli", "i8"),
        ("in_72h", "i4"),
        ("before_72h_milli", "i8"),
        ("hours", "i4", (SERVICE_HOURS,)),  # deltas by hour % SERVICE_HOURS
    ]
)
"""How busy a service is."""
KIND_SALTS = (np.uint64(0), np.uint64(0x8F1BBCDCBFA53E0B), np.uint64(0x6ED9EBA1CA62C1D6))
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

Rows = npt.NDArray[Any]


@borrowing
def mix(left: np.uint64, right: np.uint64) -> np.uint64:
    """Mix two 64-bit values into one (the finalizer of SplitMix64 over a boost-style combination)."""
    value = left ^ (right + np.uint64(0x9E3779B97F4A7C15) + (left << np.uint64(6)) + (left >> np.uint64(2)))
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@compiled
def keys_of_facets(facets: Any, keys: Any) -> None:
    """Write the key of each facet's row, as in the column `key` of facet deltas."""
    for index in range(len(facets)):
        keys[index] = facets[index].family
        if facets[index].facet_kind != WHOLE:
            keys[index] = mix(facets[index].family ^ KIND_SALTS[facets[index].facet_kind], facets[index].facet)


@borrowing
def bucket_of(tenant: np.uint64, service: np.uint64) -> int:
    """Give the bucket of a tenant's service: what can become one family, and what its families are compared with."""
    return int(mix(tenant, service) >> BUCKET_SHIFT)


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

    `text` receives the place of the earliest event in the batch. Events of a batch are in the order of their positions.
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
def is_earlier(row: Any, other: Any) -> bool:
    """Tell which of two rows has the earlier line, by tick time, source and position."""
    if row.first_time != other.first_time:
        return bool(row.first_time < other.first_time)
    if row.source != other.source:
        return bool(row.source < other.source)
    return bool(row.position < other.position)


@borrowing
def compact_sorted(rows: Rows) -> int:
    """Add up neighbouring rows of the same slot, member and host in place; the one of the earliest line speaks for them."""
    used = 0
    for index in range(len(rows)):
        row = rows[index]
        if used > 0:
            into = rows[used - 1]
            if into.slot == row.slot and into.member == row.member and into.host == row.host:
                into.count += row.count
                into.last_time = max(into.last_time, row.last_time)
                into.severity = max(into.severity, row.severity)
                into.cue = max(into.cue, row.cue)
                into.stateful = max(into.stateful, row.stateful)
                if is_earlier(row, into):
                    into.first_time = row.first_time
                    into.source = row.source
                    into.position = row.position
                    into.event_time = row.event_time
                    into.text = row.text
                    into.tokens = row.tokens
                continue
        rows[used] = row
        used += 1
    return used


@borrowing
def compact_sorted_sightings(rows: Rows) -> int:
    """Add up neighbouring rows of the same slot, member, entity and host in place, as `compact_sorted` does."""
    used = 0
    for index in range(len(rows)):
        row = rows[index]
        if used > 0:
            into = rows[used - 1]
            same = into.slot == row.slot and into.member == row.member
            if same and into.name == row.name and into.host == row.host:
                into.count += row.count
                into.last_time = max(into.last_time, row.last_time)
                into.severity = max(into.severity, row.severity)
                into.cue = max(into.cue, row.cue)
                if is_earlier(row, into):
                    into.first_time = row.first_time
                    into.source = row.source
                    into.position = row.position
                    into.event_time = row.event_time
                    into.name_start = row.name_start
                    into.name_end = row.name_end
                    into.text = row.text
                continue
        rows[used] = row
        used += 1
    return used


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


@borrowing
def place_of(cells: Any, key: np.uint64) -> int:
    """Give the place of a key in an open-addressing table: where it is, or where it would be."""
    mask = len(cells) - 1
    place = np.int64(key & np.uint64(mask))
    while cells[place] != np.uint64(0) and cells[place] != key:
        place = (place + 1) & mask
    return int(place)


@borrowing
def enter_all(cells: Any, values: Any, keys: Any, held: Any) -> None:
    """Put keys with their values into an empty table with room for them."""
    for index in range(len(keys)):
        place = place_of(cells, keys[index])
        cells[place] = keys[index]
        values[place] = held[index]


@borrowing
def hours_between(service: Any, low: int, high: int) -> int:
    """Count the deltas of a service in hours low..high, both included."""
    total = 0
    for hour in range(max(low, service.hour - SERVICE_HOURS + 1, service.first_slot // SLOTS_PER_HOUR), high + 1):
        total += service.hours[hour % SERVICE_HOURS]
    return total


@borrowing
def mean_before(service: Any, days: int) -> int:
    """Give the daily mean of up to two weeks before the last `days`, in thousandths; -1 where there is no such past."""
    now = service.hour
    hours = min(14 * 24, now - service.first_slot // SLOTS_PER_HOUR - 24 * days)
    if hours < 24:
        return -1
    return int(hours_between(service, now - 24 * days - hours + 1, now - 24 * days) * 24_000 // hours)


@borrowing
def date_services(rows: Rows, cells: Any, values: Any, services: Rows, used: int) -> int:
    """Fill in what sorted deltas are told of their service, and count them in it; gives how many services there are.

    `cells` and `values` hold the row of each service, and the first slot of each service on each host; both tables have
    room for all of them.
    """
    for index in range(len(rows)):
        row = rows[index]
        key = mix(row.tenant, row.service)
        place = place_of(cells, key)
        if cells[place] == np.uint64(0):
            cells[place] = key
            values[place] = used
            services[used].first_slot = row.slot
            services[used].hour = row.slot // SLOTS_PER_HOUR
            services[used].slot = -1
            used += 1
        service = services[values[place]]
        hour = row.slot // SLOTS_PER_HOUR
        for passed in range(max(service.hour + 1, hour - SERVICE_HOURS + 1), hour + 1):
            service.hours[passed % SERVICE_HOURS] = 0
        service.hour = hour
        if service.slot != row.slot:
            service.slot = row.slot
            service.in_24h = hours_between(service, hour - 23, hour)
            service.before_24h_milli = mean_before(service, 1)
            service.in_72h = hours_between(service, hour - 71, hour)
            service.before_72h_milli = mean_before(service, 3)
        service.hours[hour % SERVICE_HOURS] += 1
        row.service_slot = service.first_slot
        row.service_24h = service.in_24h
        row.service_before_24h_milli = service.before_24h_milli
        row.service_72h = service.in_72h
        row.service_before_72h_milli = service.before_72h_milli
        on_host = mix(key, row.host)
        place = place_of(cells, on_host)
        if cells[place] == np.uint64(0):
            cells[place] = on_host
            values[place] = row.slot
        row.service_host_slot = values[place]
    return used
