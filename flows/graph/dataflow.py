"""The one graph: from a source of batches to the stores, topics and `items.jsonl`.

Live runs and replays differ in the source and the sinks only. The items of the graph are batches of records, never single
lines, for the engine charges per item (docs/decisions/0001). A step's id is its stage: errors, metrics and the recovery
store show it, and stored state is found by it, so an id may change only together with `recovery.plan.GRAPH_VERSION`.

```text
read -+- batches -+- reject -------------- all_rejects -> rejects [-> reject_topic]
      |           +- keep ---------------- all_evidence -> evidence
      |           +- delta -+
      +- closed --+- close -+- share -> attention -> report -> discovery -+- decide - all_decisions -> decisions
                  |                                                       |                        [-> decision_topic]
                  |                                                       +- item -> order -> items [-> item_topic]
                  +- tick (to all_rejects, all_evidence, all_decisions)   +- forget -+
                  +- end (to all_evidence)                                           |
                  +- account -------------------------------------------- accounts --+-> ledger
```

What passes, and by what it is keyed:

| from | what passes | key |
|---|---|---|
| `read` | `Batch`, `Passed`, `Heartbeat` or `PartitionEnd` of one of 8 virtual partitions, parsed, signed and folded | - |
| `delta`, `close` | `Share`: the deltas of one batch for one bucket, or progress alone | bucket, `b00` to `b15` |
| `attention` | `Sealed`: reports of the slots that the bucket sealed, for one tenant shard | tenant shard, `t00` |
| `discovery` | `Discovered`: decisions and findings of the slots that the shard has judged | tenant shard |
| `item` | `Composed`: findings in words | one key for all |
| `order` | items as JSON lines in the order of tick, tenant, family | one key for all |
| `keep`, `reject`, `decide` | Arrow record batches of the stored contracts | writer of the store, `0` or `1` |

Keyed steps keep state, and there are three. **attention** holds the families of a bucket, by tenant and service, and runs
on threads beside the flow (`pooled_attention`). **discovery** holds what only a whole tenant shows. **order** holds items
that may not leave yet. Each of them waits for all of its inputs: a bucket seals a slot once every partition has passed it,
a shard judges it once every bucket has sealed it, and an item leaves once every shard has judged its tick. That is why
every batch carries the progress of its partition, and why heartbeats and ends go to every bucket: a bucket without events
still has to learn that time has passed.

Traps. An operator that drops progress stops the whole graph. Stores publish what they have staged only at the next
snapshot, so `tick` wakes them in a live run also when nothing is to be written. Bytewax gives snapshots only of keys that
had items in the epoch. Nothing here may depend on the order in which items of different partitions arrive.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import bytewax.operators as op
import orjson
import pyarrow as pa
from bytewax.dataflow import Dataflow, Stream
from bytewax.inputs import FixedPartitionedSource, Source
from bytewax.outputs import FixedPartitionedSink, Sink

from brainstem.aggregate.kernels import BUCKETS
from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.decision import decisions_to_arrow
from brainstem.contracts.finding import Finding
from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from brainstem.evidence.incidents.consent import NO_CONSENT, Consent
from brainstem.explain.advice import NO_ADVICE, Advice
from brainstem.explain.elsewhere import NOTHING_ELSEWHERE, Elsewhere
from brainstem.explain.item import compose
from brainstem.parameters import DEFAULT_VERSION
from brainstem.stored_rows import evidence_rows, reject_rows
from brainstem.text.phrases import Zones
from flows.config.settings import PARTITIONS
from flows.graph.checked_snapshots import SealedSink, SealedSource, sealed_logic
from flows.graph.memory import Memory
from flows.graph.pooled_attention import PooledAttention, Workers
from flows.graph.steps import Composed, Discovered, DiscoveryLogic, OrderLogic, Share, bucket_key
from flows.sinks.folder_sinks import EVIDENCE_PARTS, Sinks
from flows.sources.batches import Batch, Heartbeat, PartitionEnd, SourceItem, WithoutRecords
from flows.sources.pace import Pace


def build(
    source: Source[SourceItem],
    sinks: Sinks,
    zones: Zones,
    consent: Consent = NO_CONSENT,
    items_a_day: int = ITEMS_A_DAY,
    stride_slots: int = 1,
    advice: Advice = NO_ADVICE,
    pace: Pace | None = None,
    parameter_version: str = DEFAULT_VERSION,
    memory: Memory | None = None,
) -> Dataflow:
    """Return the graph between a source of batches and a set of sinks.

    `zones` are the time zones of texts for people; `consent` says whose precedents may be used at other tenants;
    `items_a_day` is the budget of each tenant; slots are sealed `stride_slots` at a time; `advice` is the table of what to
    check next; `pace` measures what rows cost, and is shared with the source of a live run; `parameter_version` is told in
    every item; `memory` is what buckets and shards continue, and where they leave their state at the end.
    """
    pace = pace or Pace()
    flow = Dataflow("brainstem")
    read = op.input("read", flow, _sealed_source(source))
    batches = op.filter_map("batches", read, _batch)
    closed: Stream[WithoutRecords] = op.filter_map("closed", read, _without_records)
    ticks = op.flat_map("tick", closed, _store_ticks)
    rejected = op.flat_map("reject", batches, _rejects)
    op.output("rejects", op.merge("all_rejects", rejected, ticks), _sealed_sink(sinks.rejects))
    stored = _sealed_sink(sinks.evidence)
    ends = op.filter_map("end", closed, _partition_end)
    op.output("evidence", op.merge("all_evidence", op.map("keep", batches, _evidence), ticks, ends), stored)
    shares = op.merge("share", op.flat_map("delta", batches, _deltas), op.flat_map("close", closed, _progress_shares))
    sealed = op.stateful_batch("attention", shares, sealed_logic(_bucket_builder(stride_slots, pace, memory)))
    by_shard = op.map("report", sealed, lambda keyed: keyed[1])
    discovered = op.stateful_batch(
        "discovery", by_shard, sealed_logic(lambda state: DiscoveryLogic(state, consent, items_a_day, pace, memory))
    )
    accounts = op.merge(
        "accounts", op.filter_map("account", closed, _account), op.filter_map("forget", discovered, _forgotten)
    )
    op.output("ledger", accounts, _sealed_sink(sinks.ledger))
    decided = op.flat_map("decide", discovered, _decisions)
    op.output("decisions", op.merge("all_decisions", decided, ticks), _sealed_sink(sinks.decisions))
    elsewhere = NOTHING_ELSEWHERE if memory is None else memory.elsewhere(consent.apart)
    composed = op.map(
        "item",
        discovered,
        lambda keyed: ("items", _compose(keyed[1], zones, advice, parameter_version, elsewhere)),
    )
    items = op.stateful_batch("order", composed, sealed_logic(OrderLogic))
    op.output("items", items, _sealed_sink(sinks.items))
    if sinks.item_topic is not None:
        op.output("item_topic", items, _sealed_sink(sinks.item_topic))
    if sinks.decision_topic is not None:
        op.output("decision_topic", decided, _sealed_sink(sinks.decision_topic))
    if sinks.reject_topic is not None:
        op.output("reject_topic", rejected, _sealed_sink(sinks.reject_topic))
    return flow


def _sealed_source(source: Source[SourceItem]) -> Source[SourceItem]:
    """Return a source with sealed snapshots; one without partitions takes none."""
    return SealedSource(source) if isinstance(source, FixedPartitionedSource) else source


def _sealed_sink(sink: Sink[Any]) -> Sink[Any]:
    """Return a sink with sealed snapshots; one without partitions takes none."""
    return SealedSink(sink) if isinstance(sink, FixedPartitionedSink) else sink


def _bucket_builder(
    stride_slots: int, pace: Pace, memory: Memory | None
) -> Callable[[tuple[Any, ...] | None], PooledAttention]:
    """Return the function that creates a bucket from its snapshot; all buckets of the process share one pool of threads."""
    workers = Workers(pace=pace)
    return lambda state: PooledAttention(workers, PARTITIONS, state, stride_slots, memory)


def _batch(read: SourceItem) -> Batch | None:
    return read if isinstance(read, Batch) else None


def _without_records(read: SourceItem) -> WithoutRecords | None:
    """Return what comes without records; None for records."""
    return None if isinstance(read, Batch) else read


def _store_ticks(item: WithoutRecords) -> Iterator[tuple[str, None]]:
    """Return an empty item for a writer of each store, so that it publishes what is durable though it has nothing to
    write."""
    if isinstance(item, Heartbeat):
        yield _writer_key(item.progress.partition), None


def _partition_end(item: WithoutRecords) -> tuple[str, int] | None:
    """Return the number of a partition that has ended, so that evidence need not wait for more of it."""
    return (_writer_key(item.progress.partition), item.progress.partition) if isinstance(item, PartitionEnd) else None


def _account(item: WithoutRecords) -> tuple[str, tuple[str, bytes]] | None:
    if isinstance(item, PartitionEnd | Heartbeat):
        return "0", (f"v{item.progress.partition:03d}", item.ledger)
    return None


def _forgotten(keyed: tuple[str, Discovered]) -> tuple[str, tuple[str, bytes]] | None:
    """Return the ledger of a shard that has ended, or whose tenants had families evicted; None for any other."""
    _, discovered = keyed
    if not discovered.forgotten and not discovered.progress.closed:
        return None
    ledger = Ledger()
    ledger.forgotten = dict(discovered.forgotten)
    return "0", (f"t{discovered.progress.partition:03d}", to_json(ledger))


def _rejects(batch: Batch) -> Iterator[tuple[str, pa.RecordBatch]]:
    if (batch.parsed.reject_reason != RejectReason.ACCEPTED).any():
        yield _writer_key(batch.progress.partition), reject_rows(batch.envelopes, batch.parsed)


def _evidence(batch: Batch) -> tuple[str, pa.RecordBatch]:
    return _writer_key(batch.progress.partition), evidence_rows(batch.envelopes, batch.parsed, batch.signed)


def _deltas(batch: Batch) -> Iterator[tuple[str, Share]]:
    for bucket, deltas in enumerate(batch.shares):
        yield bucket_key(bucket), Share(bucket, batch.progress, deltas)


def _progress_shares(item: WithoutRecords) -> Iterator[tuple[str, Share]]:
    """Return the progress of a partition for every bucket, without deltas."""
    for bucket in range(BUCKETS):
        yield bucket_key(bucket), Share(bucket, item.progress, None)


def _decisions(keyed: tuple[str, Discovered]) -> Iterator[tuple[str, pa.RecordBatch]]:
    _, discovered = keyed
    if discovered.decisions:
        yield _writer_key(discovered.progress.partition), decisions_to_arrow(discovered.decisions)


def _compose(
    discovered: Discovered, zones: Zones, advice: Advice, parameter_version: str, elsewhere: Elsewhere
) -> Composed:
    def line(found: Finding) -> bytes:
        item = compose(found, zones.of(found.tenant), advice, parameter_version, elsewhere)
        return orjson.dumps(item, option=orjson.OPT_SORT_KEYS)

    items = tuple(
        (tick_us, tenant, rank, line(found))
        for (tick_us, tenant), ranked in groupby(discovered.findings, key=lambda found: (found.tick_us, found.tenant))
        for rank, found in enumerate(ranked)
    )
    return Composed(discovered.progress, items)


def _writer_key(number: int) -> str:
    return str(number % EVIDENCE_PARTS)
