"""Helpers of the tests of framing and parsing."""

from datetime import UTC, datetime, timedelta

import numpy as np

from brainstem.contracts.envelope import Envelopes
from brainstem.parse.boundaries.framing import frame
from brainstem.parse.parser import ParsedBatch, SourceContext, parse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REFERENCE = datetime(2022, 3, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """Return microseconds since the epoch."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def at(event_time: int) -> datetime:
    """Return the moment of an event time."""
    return EPOCH + timedelta(microseconds=int(event_time))


def records(content: bytes, **options: int) -> list[bytes]:
    """Cut a whole stream into records."""
    frames = frame(np.frombuffer(content, np.uint8), final=True, **options)
    return [content[s : s + n] for s, n in zip(frames.start.tolist(), frames.length.tolist(), strict=True)]


def envelopes_of(content: bytes, received: datetime = REFERENCE) -> Envelopes:
    """Frame a whole stream into one batch."""
    buffer = np.frombuffer(content, np.uint8)
    frames = frame(buffer, final=True)
    received_at = np.full(len(frames), microseconds(received), np.int64)
    return Envelopes("file:lab.log", "lab", "", frames.start, frames.length, received_at, buffer, frames.start)


def context_of(reference: datetime | None = REFERENCE, **options: int | str) -> SourceContext:
    """Return a fresh source."""
    return SourceContext(None if reference is None else microseconds(reference), **options)  # type: ignore[arg-type]  # options are checked by the constructor


def batch_of(content: bytes, reference: datetime | None = REFERENCE, **options: int | str) -> ParsedBatch:
    """Frame and parse a whole stream as one batch of a fresh source."""
    return parse(envelopes_of(content), context_of(reference, **options))
