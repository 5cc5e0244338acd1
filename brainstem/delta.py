"""Deltas: one batch of events folded to one row per family member, host and slot.

Takes the parsed and signed columns of a batch, gives three small tables and the few texts that go with them, cut by bucket.
Rows add up without regard to order, so it does not matter how a stream is cut into batches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.compiled import compiled
from brainstem.envelope import Envelopes
from brainstem.hashing import name_hash
from brainstem.parse import ParsedBatch
from brainstem.reading import SLOT_US
from brainstem.reject import RejectReason
from brainstem.signature import Signed

BUCKETS: Final = 64
"""Keys of the attention step. It shapes where state lives, so changing it means a new state format."""
BUCKET_SHIFT = np.uint64(58)
MESSAGE_BYTES: Final = 4096
"""how much of a message travels to where a template may have to be built from it"""
RAW_BYTES: Final = 1024
"""how much of a record travels as an evidence line; the whole record is in the evidence store"""
NUMBER_MAX_MILLI = 1_000_000
"""numbers beyond a thousand are sizes, ids and times rather than something that runs out"""

DELTA_DTYPE: Final = np.dtype(
    [
        ("bucket", "u1"),
        ("slot", "i4"),
        ("tenant", "u8"),
        ("member", "u8"),  # key of the family member: tenant, service and signature
        ("host", "u8"),
        ("signature", "u8"),
        ("service", "u8"),
        ("tokens", "i4"),
        ("count", "i4"),
        ("first_time", "i8"),
        ("last_time", "i8"),
        ("severity", "u1"),
        ("cue", "u1"),
        ("stateful", "u1"),
        ("source", "u8"),  # source and position of the earliest event
        ("position", "i8"),
        ("event_time", "i8"),
        ("line", "i4"),  # index of its texts
    ]
)
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
    ]
)

Rows = npt.NDArray[Any]
UInt64s = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Texts:
    """What a delta row's earliest event says: its record (cut) and its message (cut)."""

    raw: bytes
    message: bytes


@dataclass(frozen=True, slots=True)
class Deltas:
    """The deltas of one batch or of one bucket's share of it; `names` maps name hashes to names."""

    tenant: str
    source: str
    rows: Rows
    numbers: Rows
    transitions: Rows
    texts: tuple[Texts, ...]
    names: dict[int, str]


@compiled
def mix(left: np.uint64, right: np.uint64) -> np.uint64:
    """Mix two 64-bit values into one (the finalizer of SplitMix64 over a boost-style combination)."""
    value = left ^ (right + np.uint64(0x9E3779B97F4A7C15) + (left << np.uint64(6)) + (left >> np.uint64(2)))
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def member_key(tenant: int, service: int, signature: int) -> int:
    """Give the key of a signature within a tenant's service."""
    return int(mix(np.uint64(mix(np.uint64(tenant), np.uint64(service))), np.uint64(signature)))


@compiled
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
            row.tenant = tenant
            row.member = member
            row.host = hosts[index]
            row.signature = signatures[index]
            row.service = services[index]
            row.tokens = tokens[index]
            row.bucket = np.uint8(mix(mix(tenant, services[index]), np.uint64(tokens[index])) >> BUCKET_SHIFT)
            row.count = 0
            row.first_time = np.int64(2**62)
            row.last_time = np.int64(-(2**62))
            row.severity = 0
            row.cue = 0
            row.stateful = 0
            row.source = source
        row = rows[cells[probe]]
        row.count += 1
        if tick_time[index] < row.first_time:
            row.first_time = tick_time[index]
            row.event_time = event_time[index]
            row.position = positions[index]
            row.line = index
        row.last_time = max(row.last_time, tick_time[index])
        row.severity = max(row.severity, severity[index])
        row.cue = max(row.cue, cue[index])
        if polarity[index] != 0:
            row.stateful = 1
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
                row.bucket = np.uint8(mix(mix(tenant, services[index]), np.uint64(tokens[index])) >> BUCKET_SHIFT)
                row.time = np.int64(-(2**62))
                row.source = source
            row = rows[cells[probe]]
            if tick_time[index] >= row.time:
                row.time = tick_time[index]
                row.position = positions[index]
                row.value_milli = value
    return used


@compiled
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
    return used


def fold(envelopes: Envelopes, parsed: ParsedBatch, signed: Signed) -> Deltas:
    """Fold one batch of parsed and signed events."""
    accepted = np.flatnonzero(parsed.reject_reason == int(RejectReason.ACCEPTED))
    tenant, source = np.uint64(name_hash(envelopes.tenant)), np.uint64(name_hash(envelopes.source))
    host_hashes = np.array([name_hash(name) for name in parsed.hosts], np.uint64)
    service_hashes = np.array([name_hash(name) for name in parsed.services], np.uint64)
    hosts = host_hashes[parsed.host] if len(host_hashes) else np.zeros(len(envelopes), np.uint64)
    services = service_hashes[parsed.service] if len(service_hashes) else np.zeros(len(envelopes), np.uint64)
    place = (tenant, source, accepted, envelopes.position, parsed.tick_time)
    rows = np.zeros(len(accepted), DELTA_DTYPE)
    rows = rows[
        : fold_events(
            *place,
            parsed.event_time,
            hosts,
            services,
            parsed.severity,
            signed.signature,
            signed.token_count,
            signed.cue,
            signed.polarity,
            rows,
        )
    ]
    numbers = np.zeros(int(signed.number_count[accepted].sum()), NUMBER_DTYPE)
    numbers = numbers[
        : fold_numbers(
            *place,
            hosts,
            services,
            signed.signature,
            signed.token_count,
            signed.entities,
            signed.entity_count,
            signed.numbers,
            signed.number_count,
            numbers,
        )
    ]
    stateful = accepted[signed.polarity[accepted] != 0]
    transitions = np.zeros(int(signed.entity_count[stateful].sum()), TRANSITION_DTYPE)
    list_transitions(
        tenant,
        source,
        stateful,
        envelopes.position,
        parsed.tick_time,
        hosts,
        services,
        signed.signature,
        signed.polarity,
        signed.entities,
        signed.entity_count,
        transitions,
    )
    names = {int(tenant): envelopes.tenant, int(source): envelopes.source}
    names.update(zip(host_hashes.tolist(), parsed.hosts, strict=True))
    names.update(zip(service_hashes.tolist(), parsed.services, strict=True))
    names.update(entity_names(parsed, signed, stateful))
    texts = tuple(
        Texts(envelopes.raw(line)[:RAW_BYTES], message_of(parsed, line)[:MESSAGE_BYTES])
        for line in rows["line"].tolist()
    )
    rows["line"] = np.arange(len(rows))
    return Deltas(envelopes.tenant, envelopes.source, rows, numbers, transitions, texts, names)


def message_of(parsed: ParsedBatch, index: int) -> bytes:
    """Give the message of one event."""
    return parsed.text[int(parsed.message_start[index]) : int(parsed.message_end[index])].tobytes()


def entity_names(parsed: ParsedBatch, signed: Signed, stateful: npt.NDArray[np.int64]) -> Iterator[tuple[int, str]]:
    """Give hash and name of each entity that went down or came up."""
    for which in range(signed.entities.shape[1]):
        held = stateful[signed.entity_count[stateful] > which]
        hashes, first = np.unique(signed.entities[held, which], return_index=True)
        for entity, index in zip(hashes.tolist(), held[first].tolist(), strict=True):
            name = parsed.text[int(signed.entity_start[index, which]) : int(signed.entity_end[index, which])]
            yield entity, name.tobytes()[:200].decode("utf-8", "replace")


def by_bucket(deltas: Deltas) -> Iterator[tuple[int, Deltas]]:
    """Cut the deltas of a batch into one share per bucket, empty ones included: a share also carries time."""
    row_order, row_cuts = cut(deltas.rows)
    number_order, number_cuts = cut(deltas.numbers)
    transition_order, transition_cuts = cut(deltas.transitions)
    for bucket in range(BUCKETS):
        rows = deltas.rows[row_order[row_cuts[bucket] : row_cuts[bucket + 1]]]
        texts = tuple(deltas.texts[line] for line in rows["line"].tolist())
        rows["line"] = np.arange(len(rows))
        numbers = deltas.numbers[number_order[number_cuts[bucket] : number_cuts[bucket + 1]]]
        transitions = deltas.transitions[transition_order[transition_cuts[bucket] : transition_cuts[bucket + 1]]]
        yield bucket, Deltas(deltas.tenant, deltas.source, rows, numbers, transitions, texts, deltas.names)


def cut(rows: Rows) -> tuple[npt.NDArray[np.int64], list[int]]:
    """Order rows by bucket; gives the order and where each bucket begins."""
    order = np.argsort(rows["bucket"], kind="stable")
    cuts = np.searchsorted(rows["bucket"][order], np.arange(BUCKETS + 1))
    return order, cuts.tolist()


@compiled
def compact_sorted(rows: Rows) -> int:
    """Add up neighbouring rows of the same slot, member and host in place; the first of them gives the line."""
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
                continue
        rows[used] = row
        used += 1
    return used


def compact(rows: Rows) -> Rows:
    """Sort deltas and add up those that tell of the same slot, member and host, however many batches they came in."""
    order = np.lexsort(
        (rows["position"], rows["source"], rows["first_time"], rows["host"], rows["member"], rows["slot"])
    )
    ordered = rows[order]
    return ordered[: compact_sorted(ordered)]
