"""The one graph: raw, envelope, event, signature, delta, attention, discovery, item, sinks.

Every step's name is its stage; errors, metrics and recovery show it. Live runs and replays differ in the source and the
sinks only. Batches are the items of the graph; only deltas, reports and items reach keyed state.
"""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import bytewax.operators as op
import orjson
import pyarrow as pa
from bytewax.dataflow import Dataflow
from bytewax.inputs import Source

from brainstem.canonical import evidence_rows, reject_rows
from brainstem.decision import decisions_to_arrow
from brainstem.delta import by_bucket, fold
from brainstem.folding import BUCKETS
from brainstem.item import compose
from brainstem.reject import RejectReason
from brainstem.signature import sign
from flows.batches import Read, SignedBatch
from flows.settings import PARTITIONS
from flows.sinks import EVIDENCE_PARTS, Sinks
from flows.steps import AttentionLogic, Composed, Discovered, DiscoveryLogic, OrderLogic, Share, bucket_key


def build(source: Source[Read], sinks: Sinks, zone: ZoneInfo) -> Dataflow:
    """Wire the graph between a source of read batches and a set of sinks; `zone` is for words a person reads."""
    flow = Dataflow("brainstem")
    read = op.input("read", flow, source)
    op.output("ledger", op.flat_map("account", read, _accounts), sinks.ledger)
    op.output("rejects", op.flat_map("reject", read, _rejects), sinks.rejects)
    signed = op.flat_map("sign", read, _sign)
    op.output("evidence", op.map("keep", signed, _evidence), sinks.evidence)
    shares = op.merge("share", op.flat_map("delta", signed, _deltas), op.flat_map("close", read, _closings))
    sealed = op.stateful_batch("attention", shares, lambda state: AttentionLogic(PARTITIONS, state))
    by_shard = op.map("report", sealed, lambda keyed: keyed[1])
    discovered = op.stateful_batch("discovery", by_shard, DiscoveryLogic)
    op.output("decisions", op.flat_map("decide", discovered, _decisions), sinks.decisions)
    composed = op.map("item", discovered, lambda keyed: ("items", _compose(keyed[1], zone)))
    op.output("items", op.stateful_batch("order", composed, OrderLogic), sinks.items)
    return flow


def _accounts(read: Read) -> Iterator[tuple[str, tuple[int, bytes]]]:
    if read.ledger:
        yield "0", (read.progress.partition, read.ledger)


def _rejects(read: Read) -> Iterator[tuple[str, pa.RecordBatch]]:
    if read.envelopes is None or read.parsed is None:
        return
    if (read.parsed.reject_reason != RejectReason.ACCEPTED).any():
        yield _part(read.progress.partition), reject_rows(read.envelopes, read.parsed)


def _sign(read: Read) -> Iterator[SignedBatch]:
    if read.envelopes is not None and read.parsed is not None:
        parsed = read.parsed
        signed = sign(parsed.text, parsed.message_start, parsed.message_end)
        yield SignedBatch(read.progress, read.envelopes, parsed, signed)


def _evidence(batch: SignedBatch) -> tuple[str, pa.RecordBatch]:
    return _part(batch.progress.partition), evidence_rows(batch.envelopes, batch.parsed, batch.signed)


def _deltas(batch: SignedBatch) -> Iterator[tuple[str, Share]]:
    for bucket, deltas in by_bucket(fold(batch.envelopes, batch.parsed, batch.signed)):
        yield bucket_key(bucket), Share(bucket, batch.progress, deltas)


def _closings(read: Read) -> Iterator[tuple[str, Share]]:
    """Tell every bucket of progress that comes without records."""
    if read.envelopes is None:
        for bucket in range(BUCKETS):
            yield bucket_key(bucket), Share(bucket, read.progress, None)


def _decisions(keyed: tuple[str, Discovered]) -> Iterator[tuple[str, pa.RecordBatch]]:
    _, discovered = keyed
    if discovered.decisions:
        yield _part(discovered.progress.partition), decisions_to_arrow(discovered.decisions)


def _compose(discovered: Discovered, zone: ZoneInfo) -> Composed:
    items = tuple(
        (found.tick_us, found.tenant, found.family, orjson.dumps(compose(found, zone), option=orjson.OPT_SORT_KEYS))
        for found in discovered.findings
    )
    return Composed(discovered.progress, items)


def _part(number: int) -> str:
    return str(number % EVIDENCE_PARTS)
