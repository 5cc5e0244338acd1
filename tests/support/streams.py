"""A small stream of a made-up works, and the keyed steps of the graph driven by hand, without the engine."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np

from brainstem.aggregate.deltas import Deltas, aggregate, by_bucket, member_key
from brainstem.aggregate.kernels import BUCKETS
from brainstem.arrays.hashing import name_hash
from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.decision import Decision
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.finding import Finding
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.tenant_report import TenantReport
from brainstem.parse.boundaries.framing import frame
from brainstem.parse.parser import parse
from brainstem.parse.source_context import SourceContext
from brainstem.signature.signing import sign
from flows.graph.pooled_attention import PooledAttention, Workers
from flows.graph.steps import AttentionLogic, DiscoveryLogic, Sealed, Share, shard_key
from flows.sources.batches import Progress
from state.attention.bucket import BUCKET_STATE_VERSION
from state.discovery.tenant_shard import SHARD_STATE_VERSION, SHARDS

START = datetime(2026, 3, 2, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLAIN = (int, str, bytes, bool, type(None))

Line = tuple[datetime, str]
"""when, and the rest of the line: host, program, message"""


@dataclass(frozen=True, slots=True)
class Journal:
    """The lines of one source, in order of time."""

    tenant: str
    source: str
    lines: tuple[Line, ...]


def works(seed: int, days: int = 10, tenants: Sequence[str] = ("north", "south")) -> list[Journal]:
    """Return two sources per tenant: routine, gate keepers of many names, a valve that closes and opens again, a permit that
    runs out, and wear that spreads over mills."""
    dice = random.Random(seed)
    journals = []
    for tenant in tenants:
        gates: list[Line] = []
        mills: list[Line] = []
        for day in range(days):
            base = START + timedelta(days=day)
            hours = (base + timedelta(hours=hour, minutes=7) for hour in range(0, 24, 3))
            gates.extend((at, "gate1 rounds[7]: watch walked its round") for at in hours)
            for _ in range(dice.randrange(5)):
                who = dice.choice(("alder", "birch", "cedar", "dogwood", "elder", "fir"))
                at = base + timedelta(seconds=dice.randrange(86_400))
                gates.append((at, f"gate{dice.randrange(1, 3)} keeper[9]: visitor {who} was let in"))
            for _ in range(dice.randrange(max(1, day - 3))):
                shut = base + timedelta(seconds=dice.randrange(80_000))
                mills.append((shut, "mill1 valves[3]: valve steam4 is down"))
                mills.append((shut + timedelta(seconds=20 + dice.randrange(60)), "mill1 valves[3]: valve steam4 is up"))
            mills.append((base + timedelta(hours=5), f"mill1 office[2]: permit for boiler expires in {20 - day} days"))
            for mill in range(1, 1 + max(0, day - 4)):
                at = base + timedelta(seconds=dice.randrange(86_400))
                mills.append((at, f"mill{mill} grind[5]: stone wears thin, {dice.randrange(90)} grains lost"))
            if dice.random() < 0.3:
                at = base + timedelta(seconds=dice.randrange(86_400))
                mills.extend(
                    (at + timedelta(seconds=each), f"mill2 loom[1]: thread {each} was cut") for each in range(9)
                )
        journals.append(Journal(tenant, f"file:/{tenant}/gates.log", tuple(sorted(gates))))
        journals.append(Journal(tenant, f"file:/{tenant}/mills.log", tuple(sorted(mills))))
    return journals


def envelopes_of(journal: Journal) -> Envelopes:
    """Return the whole of a source as one batch."""
    text = "".join(f"{moment.isoformat(timespec='microseconds')} {line}\n" for moment, line in journal.lines).encode()
    buffer = np.frombuffer(text, np.uint8)
    frames = frame(buffer, final=True)
    received = np.zeros(len(frames), np.int64)
    return Envelopes(journal.source, journal.tenant, "", frames.start, frames.length, received, buffer, frames.start)


def deltas_of(journal: Journal, cuts: Sequence[int] = ()) -> list[Deltas]:
    """Parse, sign and fold a source in batches that begin at `cuts`."""
    whole, context = envelopes_of(journal), SourceContext(10**17)
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(whole)}), len(whole)]
    folded = []
    for low, high in pairwise(edges):
        part = slice(low, high)
        batch = Envelopes(
            whole.source,
            whole.tenant,
            "",
            whole.position[part],
            whole.length[part],
            whole.received_at[part],
            whole.buffer,
            whole.start[part],
        )
        parsed = parse(batch, context)
        folded.append(aggregate(batch, parsed, sign(parsed.text, parsed.message_start, parsed.message_end)))
    return folded


def events_of(journal: Journal) -> list[dict[str, Any]]:
    """Return what parsing and signing make of each event, as plain values."""
    envelopes = envelopes_of(journal)
    parsed = parse(envelopes, SourceContext(10**17))
    signed = sign(parsed.text, parsed.message_start, parsed.message_end)
    tenant = name_hash(journal.tenant)
    events = []
    for index in range(len(envelopes)):
        host, service = name_hash(parsed.hosts[parsed.host[index]]), name_hash(parsed.services[parsed.service[index]])
        events.append(
            {
                "time": int(parsed.tick_time[index]),
                "slot": int(parsed.tick_time[index]) // SLOT_US,
                "member": member_key(tenant, service, int(signed.signature[index])),
                "host": host,
                "tenant": tenant,
                "service": service,
                "severity": int(parsed.severity[index]),
                "cue": int(signed.cue[index]),
                "polarity": int(signed.polarity[index]),
                "position": int(envelopes.position[index]),
                "event_time": int(parsed.event_time[index]),
                "raw": envelopes.raw(index),
                "message": parsed.message(index),
                "numbers": signed.numbers[index][: signed.number_count[index]].tolist(),
                "entities": signed.entities[index][: signed.entity_count[index]].tolist(),
                "spelt": [
                    (int(signed.entity_start[index][which]), int(signed.entity_end[index][which]))
                    for which in range(int(signed.entity_count[index]))
                ],
                "message_start": int(parsed.message_start[index]),
            }
        )
    return events


def assert_plain(value: object) -> None:
    """Fail unless a snapshot consists of tuples and plain values."""
    if type(value) is tuple:
        for each in value:
            assert_plain(each)
    else:
        assert type(value) in PLAIN, f"{value!r} is a {type(value)}"


WORKERS = Workers()
"""seal for all graphs that do not seal slot by slot"""


@dataclass(slots=True)
class Graph:
    """The attention and discovery steps of one input partition, and what came out of them."""

    decisions: list[Decision] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    sealed: list[Sealed] = field(default_factory=list)
    buckets: list[AttentionLogic | PooledAttention] = field(init=False)
    items_a_day: int = ITEMS_A_DAY
    stride_slots: int = 1
    shards: list[DiscoveryLogic] = field(init=False)

    def __post_init__(self) -> None:
        """Start with buckets and shards that have seen no tenant."""
        self.buckets = [self._bucket(None) for _ in range(BUCKETS)]
        self.shards = [DiscoveryLogic(None, items_a_day=self.items_a_day) for _ in range(SHARDS)]

    def _bucket(self, state: tuple[object, ...] | None) -> AttentionLogic | PooledAttention:
        """Make a bucket as the graph does where several slots are sealed at a time, else its logic alone."""
        if self.stride_slots == 1:
            return AttentionLogic(1, state)
        return PooledAttention(WORKERS, 1, state, self.stride_slots)

    def take(self, shares: Sequence[Deltas], done_before: int, closed: bool = False) -> None:
        """Pass deltas to the buckets, with the slot below which nothing more will come."""
        progress = Progress(0, done_before, closed)
        cut: list[list[Share]] = [[] for _ in range(BUCKETS)]
        for deltas in shares:
            for bucket, share in by_bucket(deltas):
                # the last share carries the progress of all of them
                cut[bucket].append(Share(bucket, Progress(0, -(2**31), closed=False), share))
        for bucket in range(BUCKETS):
            self._hear(self.buckets[bucket].on_batch([*cut[bucket], Share(bucket, progress, None)]))
        for logic in self.buckets if closed else ():
            self._hear(logic.on_eof())

    def _hear(self, said: tuple[Iterable[tuple[str, Sealed]], bool]) -> None:
        for key, sealed in said[0]:
            assert key == shard_key(sealed.shard)
            self._discover(sealed)

    @property
    def reports(self) -> list[TenantReport]:
        """Return what the buckets have reported."""
        return [report for sealed in self.sealed for report in sealed.reports]

    def _discover(self, sealed: Sealed) -> None:
        self.sealed.append(sealed)
        for discovered in self.shards[sealed.shard].on_batch([sealed])[0]:
            self.decisions.extend(discovered.decisions)
            self.findings.extend(discovered.findings)

    def restore(self) -> None:
        """Go through a snapshot of every step, as a restart would."""
        states = [logic.snapshot() for logic in self.buckets]
        shard_states = [logic.snapshot() for logic in self.shards]
        for state in (*states, *shard_states):
            assert_plain(state)
        versions = {state[0] if self.stride_slots == 1 else state[1][0] for state in states}
        assert versions == {BUCKET_STATE_VERSION}
        assert {state[0] for state in shard_states} == {SHARD_STATE_VERSION}
        self.buckets = [self._bucket(state) for state in states]
        self.shards = [DiscoveryLogic(state, items_a_day=self.items_a_day) for state in shard_states]

    def said(self) -> tuple[list[Decision], list[Finding]]:
        """Return all decisions and findings, sorted."""
        decisions = sorted(self.decisions, key=lambda each: (each.tick_us, each.tenant, each.family))
        return decisions, sorted(self.findings, key=lambda each: (each.tick_us, each.tenant, each.family))


def last_slot(shares: Sequence[Deltas]) -> int:
    """Return the latest slot of deltas."""
    return max(int(deltas.rows["slot"].max()) for deltas in shares if len(deltas.rows))


def in_one_go(journals: Sequence[Journal], items_a_day: int = ITEMS_A_DAY) -> Graph:
    """Run whole sources through the steps and seal once."""
    graph = Graph(items_a_day=items_a_day)
    shares = [deltas for journal in journals for deltas in deltas_of(journal)]
    graph.take(shares, last_slot(shares) + 1, closed=True)
    return graph


def in_pieces(
    journals: Sequence[Journal],
    seed: int,
    pieces: int,
    seals: float,
    restarts: float = 0.0,
    items_a_day: int = ITEMS_A_DAY,
    stride_slots: int = 1,
) -> Graph:
    """Run the sources cut at random, the pieces in any order, sealing as far as no piece is missing.

    `seals` and `restarts` are the chances that it seals, and goes through a snapshot, after a piece.
    """
    dice, graph = random.Random(seed), Graph(items_a_day=items_a_day, stride_slots=stride_slots)
    waiting = []
    for journal in journals:
        cuts = [dice.randrange(max(1, len(journal.lines))) for _ in range(pieces)]
        waiting += [deltas for deltas in deltas_of(journal, cuts) if len(deltas.rows)]
    end = last_slot(waiting) + 1
    # roughly in order of time, so that sealing gets somewhere
    waiting.sort(key=lambda deltas: int(deltas.rows["slot"].min()) + dice.randrange(288))
    held: list[Deltas] = []
    while waiting:
        held.append(waiting.pop(0))
        if dice.random() < seals:
            done_before = min((int(deltas.rows["slot"].min()) for deltas in waiting), default=end)
            dice.shuffle(held)
            graph.take(held, done_before)
            held = []
        if dice.random() < restarts:
            graph.restore()
    graph.take(held, end, closed=True)
    return graph
