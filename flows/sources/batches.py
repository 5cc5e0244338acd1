"""What a source emits: batches of records, and progress, heartbeats and ends of partitions without records.

All of them carry the progress of their partition, so that the steps behind know which slots are complete. Nothing here reads
or waits.
"""

from dataclasses import dataclass

from brainstem.aggregate.deltas import Deltas, aggregate, by_bucket
from brainstem.contracts.envelope import Envelopes
from brainstem.parse.parser import ParsedBatch
from brainstem.signature.signing import Signed, sign


def sign_and_fold(envelopes: Envelopes, parsed: ParsedBatch) -> tuple[Signed, tuple[Deltas, ...]]:
    """Return the signature of each record, and the deltas of all records as one share for each bucket."""
    signed = sign(parsed.text, parsed.message_start, parsed.message_end)
    return signed, tuple(share for _, share in by_bucket(aggregate(envelopes, parsed, signed)))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a partition has come: its watermark, in slots.

    Nothing more will come for slots below `done_before`, apart from late events. A closed partition has ended. An idle one
    has been silent for so long that the others do not wait for it.
    """

    partition: int
    done_before: int
    closed: bool
    idle: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one source: raw, parsed and signed. `shares` are their deltas, one for each bucket."""

    progress: Progress
    envelopes: Envelopes
    parsed: ParsedBatch
    signed: Signed
    shares: tuple[Deltas, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """Consecutive records of one source, raw and parsed. What remains to be done needs nothing of the batches before, so
    another thread can do it."""

    progress: Progress
    envelopes: Envelopes
    parsed: ParsedBatch

    def sign(self) -> Batch:
        """Return the batch with the signature of each record and the deltas of all."""
        return Batch(self.progress, self.envelopes, self.parsed, *sign_and_fold(self.envelopes, self.parsed))


@dataclass(frozen=True, slots=True)
class PartitionEnd:
    """The end of a partition; `ledger` is its account as JSON."""

    progress: Progress
    ledger: bytes


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The progress of a partition without an end, emitted after each snapshot; `ledger` is its account so far as JSON.

    With it buckets go on beside a partition that has become idle, and stores publish what they have staged, for the snapshot
    that it belongs to is durable.
    """

    progress: Progress
    ledger: bytes


@dataclass(frozen=True, slots=True)
class Passed:
    """The progress of a partition and nothing else: a step towards what its last batch has passed."""

    progress: Progress


WithoutRecords = PartitionEnd | Heartbeat | Passed
SourceItem = Batch | WithoutRecords
"""what a source emits into the graph"""
