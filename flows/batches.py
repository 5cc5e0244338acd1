"""What travels through the graph: batches of records with what their partition has to say of its progress."""

from dataclasses import dataclass

from brainstem.envelope import Envelopes
from brainstem.parse import ParsedBatch
from brainstem.signature import Signed


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a partition has come: nothing more will come for slots below `done_before`; a closed one has ended."""

    partition: int
    done_before: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A batch as the source gives it. Without records it carries progress only; `ledger` is the partition's account so far,
    given when it closes."""

    progress: Progress
    envelopes: Envelopes | None = None
    parsed: ParsedBatch | None = None
    ledger: bytes = b""


@dataclass(frozen=True, slots=True)
class SignedBatch:
    """A batch whose messages are signed."""

    progress: Progress
    envelopes: Envelopes
    parsed: ParsedBatch
    signed: Signed
