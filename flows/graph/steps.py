"""Adapters that Bytewax drives: keyed state on one side, the pure logic of a bucket, a tenant shard and the order on the
other.

An adapter passes items in, advances the frontier, returns what is complete, and takes snapshots as plain values. It decides
nothing about logs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from time import thread_time
from typing import Any

from bytewax.operators import StatefulBatchLogic
from typing_extensions import override

from brainstem.aggregate.deltas import Deltas
from brainstem.aggregate.kernels import BUCKETS
from brainstem.arrays.state_version import require_version
from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import Finding
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.tenant_report import TenantReport
from brainstem.evidence.incidents.consent import NO_CONSENT, Consent
from flows.graph.memory import Memory
from flows.sources.batches import Progress
from flows.sources.pace import Pace
from state.attention.bucket import Bucket
from state.attention.pending import without_known
from state.discovery.tenant_shard import SHARDS, Shard, shard_of
from state.frontier import Frontier


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a source batch for one bucket; `deltas` is None where only the progress of the partition is passed on."""

    bucket: int
    progress: Progress
    deltas: Deltas | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a bucket reports to one tenant shard; `progress.partition` is the bucket's number."""

    shard: int
    progress: Progress
    reports: tuple[TenantReport, ...]


@dataclass(frozen=True, slots=True)
class Discovered:
    """What a tenant shard has found; `progress.partition` is the shard's number."""

    progress: Progress
    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]
    forgotten: tuple[tuple[str, int], ...] = ()
    """tenants that had families evicted, and how many so far"""


Item = tuple[int, str, int, bytes]
"""tick in microseconds, tenant, family, and the item as JSON"""


@dataclass(frozen=True, slots=True)
class Composed:
    """The items of a tenant shard; `progress.partition` is the shard's number."""

    progress: Progress
    items: tuple[Item, ...]


class AttentionLogic(StatefulBatchLogic[Share, tuple[str, Sealed], tuple[Any, ...]]):
    """A bucket of families: takes deltas, seals slots, reports to every tenant shard.

    Where a memory is given it continues the state that the run before has left there, and leaves its own when all inputs
    have ended.
    """

    def __init__(
        self,
        inputs: int,
        state: tuple[Any, ...] | None,
        stride_slots: int = 1,
        memory: Memory | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._inputs, self._memory, self._pace = inputs, memory, pace or Pace()
        self._bucket = Bucket(inputs, stride_slots)
        self._has_begun = state is not None
        if state is not None:
            self._bucket.restore(state)

    def _begin(self, key: str) -> None:
        """Continue what is remembered of the bucket; the engine does not tell its key before its first item."""
        self._has_begun = True
        remembered = None if self._memory is None else self._memory.state_of(key)
        if remembered is not None:
            self._bucket.restore(remembered)
            # the inputs of the run before have ended, those of this one begin
            self._bucket.frontier = Frontier(self._inputs)

    @override
    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        if values and not self._has_begun:
            self._begin(bucket_key(values[0].bucket))
        bucket, memory = self._bucket, self._memory
        for share in values:
            if share.deltas is not None:
                deltas = share.deltas
                bucket.add_deltas(deltas if memory is None else without_known(deltas, memory.known_before))
            progress = share.progress
            bucket.frontier.advance(progress.partition, progress.done_before, progress.closed, progress.idle)
        before = bucket.sealed_before
        reports = bucket.seal()
        if bucket.sealed_before == before and not bucket.frontier.closed:
            return [], StatefulBatchLogic.RETAIN
        progress = Progress(values[0].bucket, bucket.sealed_before, bucket.frontier.closed)
        by_shard: list[list[TenantReport]] = [[] for _ in range(SHARDS)]
        self._pace.add_features(sum(len(report.feature_rows) for report in reports))
        for report in reports:
            by_shard[shard_of(report.tenant)].append(report)
        sealed = [(shard_key(shard), Sealed(shard, progress, tuple(by_shard[shard]))) for shard in range(SHARDS)]
        if bucket.frontier.closed and memory is not None:
            memory.keep(bucket_key(values[0].bucket), bucket.sealed_before, bucket.snapshot())
        # all inputs have ended: the engine may drop the state, nothing will be asked of it any more
        return sealed, bucket.frontier.closed

    @override
    def snapshot(self) -> tuple[Any, ...]:
        return self._bucket.snapshot()


class DiscoveryLogic(StatefulBatchLogic[Sealed, Discovered, tuple[Any, ...]]):
    """A shard of tenants: judges slots from the reports of all buckets."""

    def __init__(
        self,
        state: tuple[Any, ...] | None,
        consent: Consent = NO_CONSENT,
        items_a_day: int = ITEMS_A_DAY,
        pace: Pace | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._pace, self._memory = pace or Pace(), memory
        self._shard = Shard(consent, items_a_day)
        self._has_begun = state is not None
        if state is not None:
            self._shard.restore(state)

    def _begin(self, key: str) -> None:
        """Continue what is remembered of the shard; the engine does not tell its key before its first item."""
        self._has_begun = True
        remembered = None if self._memory is None else self._memory.state_of(key)
        if remembered is not None:
            self._shard.restore(remembered)
            # the buckets of the run before have ended, those of this one begin
            self._shard.frontier = Frontier(BUCKETS)

    @override
    def on_batch(self, values: list[Sealed]) -> tuple[Iterable[Discovered], bool]:
        if values and not self._has_begun:
            self._begin(shard_key(values[0].shard))
        shard, began = self._shard, thread_time()
        features = shard.features_waiting
        for sealed in values:
            features += sum(len(report.feature_rows) for report in sealed.reports)
            for report in sealed.reports:
                shard.add_report(report)
            shard.frontier.advance(sealed.progress.partition, sealed.progress.done_before, sealed.progress.closed)
        before = shard.sealed_before
        outcome = shard.seal()
        self._pace.measure(0, thread_time() - began)
        self._pace.add_features(shard.features_waiting - features)
        if shard.sealed_before == before and not shard.frontier.closed:
            return [], StatefulBatchLogic.RETAIN
        if shard.frontier.closed and self._memory is not None:
            self._memory.keep(shard_key(values[0].shard), shard.sealed_before, shard.snapshot())
        progress = Progress(values[0].shard, shard.sealed_before, shard.frontier.closed)
        # at its end every shard has an account, so that one that is lost is missed
        forgotten = shard.evicted if outcome.has_evicted or shard.frontier.closed else ()
        discovered = Discovered(progress, tuple(outcome.decisions), tuple(outcome.findings), forgotten)
        return [discovered], shard.frontier.closed

    @override
    def snapshot(self) -> tuple[Any, ...]:
        return self._shard.snapshot()


class OrderLogic(StatefulBatchLogic[Composed, bytes, tuple[Any, ...]]):
    """The total order of items over all tenants: tick, tenant, rank. Items wait until every shard has judged their
    tick."""

    VERSION = 1

    def __init__(self, state: tuple[Any, ...] | None) -> None:
        self._frontier = Frontier(SHARDS)
        self._waiting: list[Item] = []
        if state is not None:
            require_version("the order of items", state[0], self.VERSION)
            self._frontier.restore(state[1])
            self._waiting = list(state[2])

    @override
    def on_batch(self, values: list[Composed]) -> tuple[Iterable[bytes], bool]:
        for composed in values:
            self._waiting.extend(composed.items)
            progress = composed.progress
            self._frontier.advance(progress.partition, progress.done_before, progress.closed)
        before_us = self._frontier.done_before * SLOT_US
        # a tick is the end of its slot
        ready = sorted(item for item in self._waiting if item[0] <= before_us)
        self._waiting = [item for item in self._waiting if item[0] > before_us]
        return [line for *_, line in ready], self._frontier.closed and not self._waiting

    @override
    def snapshot(self) -> tuple[Any, ...]:
        return self.VERSION, self._frontier.snapshot(), tuple(self._waiting)


def bucket_key(bucket: int) -> str:
    """Return the key of a bucket in the attention step."""
    return f"b{bucket:02d}"


def shard_key(shard: int) -> str:
    """Return the key of a tenant shard in the discovery step."""
    return f"t{shard:02d}"
