"""Deltas: one batch of events, aggregated into a few small tables per bucket.

Takes the parsed and signed columns of a batch, returns its tables and the few texts that go with them, split by bucket. Rows
add up in any order, so it does not matter how a stream is cut into batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from brainstem.aggregate.compaction import compact_sorted, compact_sorted_sightings
from brainstem.aggregate.facet_deltas import KIND_SALTS
from brainstem.aggregate.kernels import (
    BUCKETS,
    DELTA_DTYPE,
    NUMBER_DTYPE,
    SIGHTING_DTYPE,
    TRANSITION_DTYPE,
    aggregate_events,
    aggregate_numbers,
    aggregate_sightings,
    bucket_of,
    list_transitions,
    number_texts,
)
from brainstem.arrays.aliases import Flags, Int32s, Int64s, Rows, UInt64s
from brainstem.arrays.byte_strings import Spans, Texts
from brainstem.arrays.hash_table import mix
from brainstem.arrays.hashing import name_hash
from brainstem.arrays.rows import filled, in_order
from brainstem.contracts.envelope import Envelopes, Owners
from brainstem.contracts.event import Kind
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.statement import Statement
from brainstem.parse.parser import ParsedBatch
from brainstem.signature.signing import Signed

MESSAGE_BYTES: Final = 4096
"""of a message that travel to the bucket, which may have to build a template from them"""
RAW_BYTES: Final = 1024
"""of a record that travel as an evidence line; the whole record is in the event store"""
KEPT_TIMES_MOST: Final = 2
"""The text of a batch is kept while its deltas wait, instead of a copy of the records that travel, as long as it is at
most so many times as large. The text of a file is part of a block that was read at once and that a few batches share.
"""
ENTITY_BYTES: Final = 200
"""of an entity's name that travel"""


@dataclass(frozen=True, slots=True)
class Deltas:
    """The deltas of one batch or of one bucket's share of it.

    `rows`, `sightings`, `numbers` and `transitions` are tables of the dtypes in `kernels`; the column `text` of the first
    two counts in `texts`, from `first_text` on. `names` maps the hashes of tenants, sources, hosts and services to names.
    `transitions["spelling"]` is a place in `spellings`: the names of one event as written, in the order of
    `transitions["names"]`.
    """

    rows: Rows
    sightings: Rows
    numbers: Rows
    transitions: Rows
    texts: Texts
    names: dict[int, str]
    spellings: tuple[tuple[str, ...], ...]
    statements: tuple[Statement, ...] = ()
    """incidents and feedback, at the times of their ticks; every bucket's share has all of them"""
    first_slots: tuple[tuple[int, int], ...] = ()
    """the tenant's hash with the first slot of its events in the batch; every bucket's share has it"""
    first_text: int = 0

    @property
    def weight(self) -> int:
        """Return the number of rows that a seal has to work on."""
        return len(self.rows) + len(self.sightings)


@dataclass(frozen=True, slots=True)
class _Batch:
    """The columns of a batch that are aggregated, with hashes in place of names; `accepted` holds the places of its
    events in order of their services' buckets.
    """

    tenants: UInt64s
    sources: UInt64s
    accepted: Int64s
    hosts: UInt64s
    services: UInt64s
    envelopes: Envelopes
    parsed: ParsedBatch
    signed: Signed


def member_key(tenant: int, service: int, signature: int) -> int:
    """Return the key of a signature within a tenant's service."""
    return int(mix(np.uint64(mix(np.uint64(tenant), np.uint64(service))), np.uint64(signature)))


def aggregate(envelopes: Envelopes, parsed: ParsedBatch, signed: Signed) -> Deltas:
    """Return the deltas of one batch of parsed and signed events."""
    owners = envelopes.owners or Owners((envelopes.tenant,), (envelopes.source,), np.zeros(len(envelopes), np.int32))
    hosts, host_hashes = _hashed(parsed.hosts, parsed.host)
    services, service_hashes = _hashed(parsed.services, parsed.service)
    tenants, tenant_hashes = _hashed(list(owners.tenants), owners.owner)
    sources, source_hashes = _hashed(list(owners.sources), owners.owner)
    # a statement of a person is no message of a service
    accepted = np.flatnonzero((parsed.reject_reason == int(RejectReason.ACCEPTED)) & (parsed.kind < int(Kind.INCIDENT)))
    batch = _Batch(
        tenants=tenants,
        sources=sources,
        # then the rows of a bucket are made one behind the other, and need not be moved
        accepted=accepted[np.argsort(_buckets(owners, parsed, service_hashes, accepted), kind="stable")],
        hosts=hosts,
        services=services,
        envelopes=envelopes,
        parsed=parsed,
        signed=signed,
    )
    rows, sightings = _rows(batch), _sightings(batch)
    texts = _texts(batch, renumbered(batch.accepted, len(envelopes), rows, sightings))
    names = dict(zip(tenant_hashes + source_hashes, owners.tenants + owners.sources, strict=True))
    names.update(zip(host_hashes, parsed.hosts, strict=True))
    names.update(zip(service_hashes, parsed.services, strict=True))
    transitions = _transitions(batch)
    spellings = tuple(_spellings(parsed, signed, transitions))
    first_slots = tuple(_first_slots(rows, tenant_hashes))
    return Deltas(
        rows, sightings, _numbers(batch), transitions, texts, names, spellings, _statements(batch), first_slots
    )


def _buckets(owners: Owners, parsed: ParsedBatch, services: list[int], accepted: Int64s) -> Flags:
    """Return the bucket of each accepted event; `services` are hashes of the batch's services."""
    if len(owners.tenants) == 1:
        tenant = np.uint64(name_hash(owners.tenants[0]))
        buckets = np.array([bucket_of(tenant, np.uint64(service)) for service in services], np.uint8)
        return buckets[parsed.service[accepted]]
    tenants = [np.uint64(name_hash(tenant)) for tenant in owners.tenants]
    pairs = owners.owner[accepted].astype(np.int64) * len(services) + parsed.service[accepted]
    distinct, place = np.unique(pairs, return_inverse=True)
    split = (divmod(pair, len(services)) for pair in distinct.tolist())
    return np.array([bucket_of(tenants[owner], np.uint64(services[code])) for owner, code in split], np.uint8)[place]


def _first_slots(rows: Rows, tenants: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the hash of each tenant that has rows, with their first slot."""
    if len(tenants) == 1 and len(rows):
        yield tenants[0], int(rows["slot"].min())
    elif len(rows):
        found, place = np.unique(rows["tenant"], return_inverse=True)
        first = np.full(len(found), np.iinfo(np.int64).max)
        np.minimum.at(first, place, rows["slot"])
        yield from zip(found.tolist(), first.tolist(), strict=True)


def _statements(batch: _Batch) -> tuple[Statement, ...]:
    """Return the accepted statements, each at the time of its tick and with the tenant that it is about."""
    envelopes, parsed, owners = batch.envelopes, batch.parsed, batch.envelopes.owners
    return tuple(
        Statement(
            int(parsed.tick_time[row]),
            parsed.tenants[row]
            if parsed.tenants is not None
            else envelopes.tenant
            if owners is None
            else owners.tenants[owners.owner[row]],
            envelopes.source if owners is None else owners.sources[owners.owner[row]],
            int(envelopes.position[row]),
            stated,
        )
        for row, stated in sorted(parsed.stated.items())
        if parsed.reject_reason[row] == int(RejectReason.ACCEPTED)
    )


def renumbered(order: Int64s, count: int, rows: Rows, sightings: Rows) -> Int64s:
    """Number the texts that two tables use anew, in place: from 0 on, in the given order. Return those that are used.

    `order` holds the texts that may be used, of the `count` that there are.
    """
    used = np.empty(len(order), np.int64)
    return used[: number_texts(order, rows, sightings, np.zeros(count, np.int32), used)]


def _texts(batch: _Batch, events: Int64s) -> Texts:
    """Return the texts of some events: as parts of the batch's text, or copied where that would keep much else in memory."""
    envelopes, parsed = batch.envelopes, batch.parsed
    start = parsed.message_start[events]
    # the text of a batch begins with its records, so their places in the buffer are places in the text
    raws = Spans(parsed.text, envelopes.start[events], np.minimum(envelopes.length[events], RAW_BYTES).astype(np.int64))
    messages = Spans(parsed.text, start, np.minimum(parsed.message_end[events] - start, MESSAGE_BYTES))
    texts = Texts(raws, messages)
    is_mostly_used = KEPT_TIMES_MOST * int(raws.length.sum()) >= len(parsed.text)
    return texts if is_mostly_used else Texts.joined([texts])


def _hashed(names: list[str], codes: Int32s) -> tuple[UInt64s, list[int]]:
    """Return a column of name hashes for a column of codes, and the hash of each name."""
    hashes = [name_hash(name) for name in names]
    if not names:
        return np.zeros(len(codes), np.uint64), hashes
    return np.array(hashes, np.uint64)[codes], hashes


def _rows(batch: _Batch) -> Rows:
    """Return the table of deltas."""
    parsed, signed = batch.parsed, batch.signed
    rows = np.zeros(len(batch.accepted), DELTA_DTYPE)
    used = aggregate_events(
        batch.tenants,
        batch.sources,
        batch.accepted,
        batch.envelopes.position,
        parsed.tick_time,
        parsed.event_time,
        batch.hosts,
        batch.services,
        parsed.severity,
        signed.signature,
        signed.token_count,
        signed.cue,
        signed.polarity,
        rows,
    )
    return filled(rows, used)


def _sightings(batch: _Batch) -> Rows:
    """Return the table of sightings."""
    parsed, signed = batch.parsed, batch.signed
    sightings = np.zeros(int(signed.entity_count[batch.accepted].sum()), SIGHTING_DTYPE)
    used = aggregate_sightings(
        batch.tenants,
        batch.sources,
        batch.accepted,
        batch.envelopes.position,
        parsed.tick_time,
        parsed.event_time,
        batch.hosts,
        batch.services,
        parsed.severity,
        signed.signature,
        signed.cue,
        parsed.message_start,
        signed.entities,
        signed.entity_count,
        signed.entity_start,
        signed.entity_end,
        sightings,
    )
    return filled(sightings, used)


def _numbers(batch: _Batch) -> Rows:
    """Return the table of numbers."""
    signed = batch.signed
    numbers = np.zeros(int(signed.number_count[batch.accepted].sum()), NUMBER_DTYPE)
    used = aggregate_numbers(
        batch.tenants,
        batch.sources,
        batch.accepted,
        batch.envelopes.position,
        batch.parsed.tick_time,
        batch.hosts,
        batch.services,
        signed.signature,
        signed.entities,
        signed.entity_count,
        signed.numbers,
        signed.number_count,
        numbers,
    )
    return filled(numbers, used)


def _transitions(batch: _Batch) -> Rows:
    """Return the table of transitions; `spelling` holds the place of the event in the batch."""
    signed = batch.signed
    stateful = batch.accepted[signed.polarity[batch.accepted] != 0]
    transitions = np.zeros(int(signed.entity_count[stateful].sum()), TRANSITION_DTYPE)
    list_transitions(
        batch.tenants,
        batch.sources,
        stateful,
        batch.envelopes.position,
        batch.parsed.tick_time,
        batch.hosts,
        batch.services,
        signed.signature,
        signed.polarity,
        signed.entities,
        signed.entity_count,
        transitions,
    )
    return transitions


def _spellings(parsed: ParsedBatch, signed: Signed, transitions: Rows) -> Iterator[tuple[str, ...]]:
    """Yield the entities of each event that says "down", as written, and number them anew in `transitions`."""
    events, numbered = np.unique(transitions["spelling"], return_inverse=True)
    down = events[events >= 0]
    transitions["spelling"] = numbered - (len(events) - len(down))
    text = parsed.text.tobytes() if len(down) else b""
    starts, ends = signed.entity_start[down], signed.entity_end[down]
    counts = signed.entity_count[down].tolist()
    for begin, end, count in zip(
        starts.tolist(), np.minimum(ends, starts + ENTITY_BYTES).tolist(), counts, strict=True
    ):
        yield tuple(text[begin[which] : end[which]].decode("utf-8", "replace") for which in range(count))


def by_bucket(deltas: Deltas) -> Iterator[tuple[int, Deltas]]:
    """Split the deltas of a batch into one share per bucket. An empty share is yielded too, for it carries names and time.

    `aggregate` returns all tables but the transitions in order of buckets, so these are only sliced.
    """
    ordered = deltas.transitions.take(np.argsort(deltas.transitions["bucket"], kind="stable"))
    slices = map(_slices_by_bucket, (deltas.rows, deltas.sightings, deltas.numbers, ordered))
    last_text = -1
    for bucket, (rows, sightings, numbers, transitions) in enumerate(zip(*slices, strict=True)):
        # texts are in order of buckets, as is all else that belongs to a service
        first_text = last_text + 1
        last_text = max((int(table["text"].max()) for table in (rows, sightings) if len(table)), default=last_text)
        yield (
            bucket,
            Deltas(
                rows,
                sightings,
                numbers,
                transitions,
                deltas.texts.between(first_text, last_text + 1),
                deltas.names,
                kept_spellings(transitions, deltas.spellings) if len(transitions) else (),
                deltas.statements,
                deltas.first_slots,
                first_text,
            ),
        )


def kept_spellings(transitions: Rows, spellings: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the spellings that some transitions use, and number their column `spelling` anew, in place."""
    used, numbered = np.unique(transitions["spelling"], return_inverse=True)
    kept = used[used >= 0].tolist()
    # -1 stands for none and sorts first, so it becomes -1 again
    transitions["spelling"] = numbered - (len(used) - len(kept))
    return tuple(spellings[number] for number in kept)


def _slices_by_bucket(ordered: Rows) -> list[Rows]:
    """Return the rows of each bucket, given a table in order of buckets."""
    cuts = np.searchsorted(ordered["bucket"], np.arange(BUCKETS + 1))
    return [ordered[low:high] for low, high in pairwise(cuts.tolist())]


def compact(rows: Rows) -> Rows:
    """Return deltas sorted, those of one slot, member and host added up, however many batches they came in."""
    ordered = in_order(rows, "slot", "member", "host")
    return ordered[: compact_sorted(ordered)]


def compact_sightings(rows: Rows) -> Rows:
    """Return sightings sorted, those of one slot, member, entity and host added up."""
    ordered = in_order(rows, "slot", "member", "name", "host")
    return ordered[: compact_sorted_sightings(ordered)]


def facet_key(member: int, kind: int, facet: int) -> int:
    """Return the key of a member's host or entity, as in the column `key` of facet deltas."""
    return int(mix(np.uint64(member) ^ KIND_SALTS[kind], np.uint64(facet)))
