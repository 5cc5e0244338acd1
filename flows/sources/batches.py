"""What travels through the graph: batches of records with what their partition has to say of its progress."""

from dataclasses import dataclass

from brainstem.aggregate.deltas import Deltas, aggregate, by_bucket
from brainstem.contracts.envelope import Envelopes
from brainstem.parse.parser import ParsedBatch
from brainstem.signature.signing import Signed, sign


def signed_and_folded(envelopes: Envelopes, parsed: ParsedBatch) -> tuple[Signed, tuple[Deltas, ...]]:
    """Tell what kind of message each record is, and give the deltas of all, one share for each bucket."""
    signed = sign(parsed.text, parsed.message_start, parsed.message_end)
    return signed, tuple(share for _, share in by_bucket(aggregate(envelopes, parsed, signed)))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a partition has come: nothing more will come for slots below `done_before`; a closed one has ended.

    An idle one has been silent so long that the others should not wait for it.
    """

    partition: int
    done_before: int
    closed: bool
    idle: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one source: as they came, as they were read, and what kind of message each is.

    `shares` are their deltas, one for each bucket.
    """

    progress: Progress
    envelopes: Envelopes
    parsed: ParsedBatch
    signed: Signed
    shares: tuple[Deltas, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """Consecutive records of one source as they came and as they were read; what remains to be done takes no memory of
    those before."""

    progress: Progress
    envelopes: Envelopes
    parsed: ParsedBatch

    def signed(self) -> Batch:
        """Tell what kind of message each record is, and fold all into deltas."""
        return Batch(self.progress, self.envelopes, self.parsed, *signed_and_folded(self.envelopes, self.parsed))


@dataclass(frozen=True, slots=True)
class Closing:
    """The last word of a partition; `ledger` is its account as JSON."""

    progress: Progress
    ledger: bytes


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a partition without an end says after each snapshot, records or not; `ledger` is its account so far as JSON.

    It tells the others of a partition that falls silent, and the stores that what they have staged is durable.
    """

    progress: Progress
    ledger: bytes
