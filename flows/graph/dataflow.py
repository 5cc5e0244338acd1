"""The one graph: read (envelope, event, signature), delta, attention, discovery, item, sinks.

Every step's name is its stage; errors, metrics and recovery show it. Live runs and replays differ in the source and the
sinks only. Batches are the items of the graph; only deltas, reports and items reach keyed state.
"""

from collections.abc import Callable, Iterator
from typing import Any

import bytewax.operators as op
import orjson
import pyarrow as pa
from bytewax.dataflow import Dataflow, Stream
from bytewax.inputs import Source

from brainstem.aggregate.kernels import BUCKETS
from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.decision import decisions_to_arrow
from brainstem.contracts.finding import Finding
from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from brainstem.evidence.incidents.consent import NO_CONSENT, Consent
from brainstem.explain.advice import NO_ADVICE, Advice
from brainstem.explain.item import compose
from brainstem.signature.arrow import evidence_rows, reject_rows
from brainstem.text.phrases import Zones
from flows.config.settings import PARTITIONS
from flows.graph.pooled_attention import PooledAttention, Workers
from flows.graph.steps import Composed, Discovered, DiscoveryLogic, OrderLogic, Share, bucket_key
from flows.sinks.folder_sinks import EVIDENCE_PARTS, Sinks
from flows.sources.batches import Batch, Closing, Heartbeat
from flows.sources.file_source import Read
from flows.sources.pace import Pace


def build(
    source: Source[Read],
    sinks: Sinks,
    zones: Zones,
    consent: Consent = NO_CONSENT,
    items_a_day: int = ITEMS_A_DAY,
    stride_slots: int = 1,
    advice: Advice = NO_ADVICE,
    pace: Pace | None = None,
) -> Dataflow:
    """Wire the graph between a source of batches and a set of sinks.

    `zones` are for words a person reads; `consent` says whose precedents may speak at other tenants;
    `items_a_day` is the budget of each tenant; slots are sealed `stride_slots` at a time;
    `advice` says what to check next; `pace` learns what rows cost.
    """
    pace = pace or Pace()
    flow = Dataflow("brainstem")
    read = op.input("read", flow, source)
    batches = op.filter_map("batches", read, _batch)
    closed: Stream[Closing | Heartbeat] = op.filter_map("closed", read, _word)
    ticks = op.flat_map("tick", closed, _ticks)
    rejected = op.flat_map("reject", batches, _rejects)
    op.output("rejects", op.merge("all_rejects", rejected, ticks), sinks.rejects)
    ends = op.filter_map("end", closed, _end)
    op.output("evidence", op.merge("all_evidence", op.map("keep", batches, _evidence), ticks, ends), sinks.evidence)
    shares = op.merge("share", op.flat_map("delta", batches, _deltas), op.flat_map("close", closed, _closings))
    sealed = op.stateful_batch("attention", shares, _bucket(stride_slots, pace))
    by_shard = op.map("report", sealed, lambda keyed: keyed[1])
    discovered = op.stateful_batch(
        "discovery", by_shard, lambda state: DiscoveryLogic(state, consent, items_a_day, pace)
    )
    accounts = op.merge(
        "accounts", op.map("account", closed, _account), op.filter_map("forget", discovered, _forgotten)
    )
    op.output("ledger", accounts, sinks.ledger)
    decided = op.flat_map("decide", discovered, _decisions)
    op.output("decisions", op.merge("all_decisions", decided, ticks), sinks.decisions)
    composed = op.map("item", discovered, lambda keyed: ("items", _compose(keyed[1], zones, advice)))
    items = op.stateful_batch("order", composed, OrderLogic)
    op.output("items", items, sinks.items)
    if sinks.item_topic is not None:
        op.output("item_topic", items, sinks.item_topic)
    if sinks.decision_topic is not None:
        op.output("decision_topic", decided, sinks.decision_topic)
    if sinks.reject_topic is not None:
        op.output("reject_topic", rejected, sinks.reject_topic)
    return flow


def _bucket(stride_slots: int, pace: Pace) -> Callable[[tuple[Any, ...] | None], PooledAttention]:
    """Return what makes a bucket; buckets work beside the flow."""
    workers = Workers(pace=pace)
    return lambda state: PooledAttention(workers, PARTITIONS, state, stride_slots)


def _batch(read: Read) -> Batch | None:
    return read if isinstance(read, Batch) else None


def _word(read: Read) -> Closing | Heartbeat | None:
    """Return what a partition says of itself without records."""
    return None if isinstance(read, Batch) else read


def _ticks(said: Closing | Heartbeat) -> Iterator[tuple[str, None]]:
    """Let every store publish what has become durable, also those that have nothing to write."""
    if isinstance(said, Heartbeat):
        yield _part(said.progress.partition), None


def _end(said: Closing | Heartbeat) -> tuple[str, int] | None:
    """Tell the store of evidence that a partition has ended, so that it need not wait with what it has."""
    return (_part(said.progress.partition), said.progress.partition) if isinstance(said, Closing) else None


def _account(closing: Closing | Heartbeat) -> tuple[str, tuple[str, bytes]]:
    return "0", (f"v{closing.progress.partition:03d}", closing.ledger)


def _forgotten(keyed: tuple[str, Discovered]) -> tuple[str, tuple[str, bytes]] | None:
    """Return the account of a shard that has let families go."""
    _, discovered = keyed
    if not discovered.forgotten:
        return None
    ledger = Ledger()
    ledger.forgotten = dict(discovered.forgotten)
    return "0", (f"t{discovered.progress.partition:03d}", to_json(ledger))


def _rejects(batch: Batch) -> Iterator[tuple[str, pa.RecordBatch]]:
    if (batch.parsed.reject_reason != RejectReason.ACCEPTED).any():
        yield _part(batch.progress.partition), reject_rows(batch.envelopes, batch.parsed)


def _evidence(batch: Batch) -> tuple[str, pa.RecordBatch]:
    return _part(batch.progress.partition), evidence_rows(batch.envelopes, batch.parsed, batch.signed)


def _deltas(batch: Batch) -> Iterator[tuple[str, Share]]:
    for bucket, deltas in enumerate(batch.shares):
        yield bucket_key(bucket), Share(bucket, batch.progress, deltas)


def _closings(closing: Closing | Heartbeat) -> Iterator[tuple[str, Share]]:
    """Tell every bucket that a partition has ended, or how far it has come."""
    for bucket in range(BUCKETS):
        yield bucket_key(bucket), Share(bucket, closing.progress, None)


def _decisions(keyed: tuple[str, Discovered]) -> Iterator[tuple[str, pa.RecordBatch]]:
    _, discovered = keyed
    if discovered.decisions:
        yield _part(discovered.progress.partition), decisions_to_arrow(discovered.decisions)


def _compose(discovered: Discovered, zones: Zones, advice: Advice) -> Composed:
    def line(found: Finding) -> bytes:
        return orjson.dumps(compose(found, zones.of(found.tenant), advice), option=orjson.OPT_SORT_KEYS)

    items = tuple((found.tick_us, found.tenant, found.family, line(found)) for found in discovered.findings)
    return Composed(discovered.progress, items)


def _part(number: int) -> str:
    return str(number % EVIDENCE_PARTS)
