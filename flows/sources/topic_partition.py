"""One partition of a topic on its way into the graph: what was fetched, and what is remembered of it."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

import numpy as np

from brainstem.aggregate.deltas import Deltas
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.reject import RejectReason
from brainstem.parse.parser import ParsedBatch, parse
from brainstem.parse.source_context import SourceContext
from brainstem.signature.signing import Signed
from connectors.kafka.reader import Headers, Messages, Place
from flows.config.subscription import UNKNOWN_TENANT, TenantRule
from flows.sources.batches import signed_and_folded

UNKNOWN_US: Final = -(2**62)
"""before any event time"""
PIECE_MESSAGES: Final = 512
"""What comes in smaller pieces is put together: a piece takes room of its own."""
LARGEST_BATCH_BYTES: Final = 256 << 20
"""Offsets within a batch are 32 bits wide, and memory is no better used by larger ones."""

_COLUMNS: Final = tuple(
    each.name
    for each in fields(ParsedBatch)
    if each.name not in ("text", "hosts", "services", "attributes", "stated", "tenants")
)

Understood = tuple[Envelopes, ParsedBatch, Signed, tuple[Deltas, ...]]


@dataclass(slots=True)
class Feed:
    """A partition: `next_offset` is the one after the last message that was given on; `end` bounds it, if anything does.

    What was fetched waits to be given on and is no part of the state: `waiting` messages, in pieces. `fetched_at` and
    `stands_since`, when its time last moved on, are readings of the monotonic clock.
    """

    place: Place
    context: SourceContext
    next_offset: int
    end: int | None = None
    ended: bool = False
    fetched: deque[Messages] = field(default_factory=deque)
    waiting: int = 0
    fetched_at: float = 0.0
    at_end: bool = False
    paused: bool = False
    stands_since: float = field(default_factory=time.monotonic)

    @property
    def watermark_us(self) -> int:
        """Return the event time that the partition has passed; one of unknown time comes first."""
        watermark = self.context.watermark_us
        return UNKNOWN_US if watermark is None else watermark

    def fetch(self, messages: Messages) -> None:
        """Take messages that have come."""
        if not self.waiting:
            self.fetched_at = time.monotonic()
        self.waiting += len(messages)
        if self.fetched and len(self.fetched[-1]) + len(messages) <= PIECE_MESSAGES:
            messages = Messages.joined((self.fetched.pop(), messages))
        self.fetched.append(messages)
        self.at_end = False

    @property
    def end_is_fetched(self) -> bool:
        """Return whether all messages before the bound have come; the last offsets may be nobody's."""
        return self.end is not None and self.waiting > 0 and (self.at_end or self.fetched_offset >= self.end)

    @property
    def fetched_offset(self) -> int:
        """Return the offset after the last message that has come."""
        return int(self.fetched[-1].offsets[-1]) + 1 if self.waiting else self.next_offset

    def take(self, most: int) -> Messages:
        """Take the next messages to give on, within the bounds of a batch and of the partition."""
        pieces: list[Messages] = []
        while self.fetched and most > 0:
            pieces.append(self.fetched.popleft())
            most -= len(pieces[-1])
        most += sum(map(len, pieces))
        taken = Messages.joined(pieces)
        if self.end is not None and taken.offsets[-1] >= self.end:
            taken = taken.cut(0, int(np.searchsorted(taken.offsets, self.end)))
            self.fetched.clear()
            self.at_end = True
        byte_count = np.cumsum(taken.byte_count[:most])
        if any(taken.headers):
            byte_count += np.cumsum([*map(_header_bytes, taken.headers[:most])])
        count = min(len(byte_count), max(1, int(np.searchsorted(byte_count, LARGEST_BATCH_BYTES, side="right"))))
        if count < len(taken):
            self.fetched.appendleft(taken.cut(count, len(taken)))
        self.waiting = sum(map(len, self.fetched))
        return taken.cut(0, count)


def _header_bytes(headers: Headers) -> int:
    """Count the bytes of a message's headers."""
    return sum(len(key) + len(told or b"") for key, told in headers) if headers else 0


def source_name(place: Place, tenant: str = "") -> str:
    """Name a partition as a source; where a header names tenants, each tenant's share is a source of its own."""
    return f"kafka:{place.topic}/{place.partition}{'@' if tenant else ''}{tenant}"


def to_envelopes(place: Place, tenant: str, messages: Messages, now_us: int) -> Envelopes:
    """Return messages of a partition as envelopes of the source that it is."""
    return messages.to_envelopes(source_name(place), tenant, now_us)


def tenants_of(rule: TenantRule, headers: Sequence[Headers]) -> list[str]:
    """Return the tenant that each message's header names; an empty name where it names none that counts."""
    wanted = rule.header
    named = []
    for each in headers:
        value = next((value for key, value in each if key == wanted), None) if each else None
        try:
            name = value.decode() if value else rule.default
        except UnicodeDecodeError:
            name = ""
        named.append(name if not rule.known or name in rule.known or name == rule.default else "")
    return named


def understand(
    place: Place, messages: Messages, rule: TenantRule, context: SourceContext, now_us: int
) -> list[Understood]:
    """Parse, sign and fold messages, in order; gives a share for each tenant that they are of."""
    envelopes = to_envelopes(place, rule.of_topic(place.topic), messages, now_us)
    parsed = parse(envelopes, context)
    if None in messages.values:
        parsed.reject_reason[[value is None for value in messages.values]] = RejectReason.TOMBSTONE
    if not rule.header:
        return [(envelopes, parsed, *signed_and_folded(envelopes, parsed))]
    tenants = tenants_of(rule, messages.headers)
    nobodys = np.array([not name for name in tenants], np.bool_)
    parsed.reject_reason[nobodys & (parsed.reject_reason == RejectReason.ACCEPTED)] = RejectReason.NO_TENANT
    return list(by_tenant(envelopes, parsed, tenants, place))


def set_aside(
    place: Place, messages: Messages, rule: TenantRule, context: SourceContext, now_us: int
) -> list[Understood]:
    """Reject one message that this program fails to read, with its bytes, without looking at them again."""
    tenant = rule.of_topic(place.topic)
    source = source_name(place)
    if rule.header:
        tenant = tenants_of(rule, messages.headers)[0] or UNKNOWN_TENANT
        source = source_name(place, tenant)
    envelopes = replace(to_envelopes(place, tenant, messages, now_us), source=source)
    blank = replace(envelopes, length=np.zeros(1, np.int32), buffer=np.empty(0, np.uint8))
    parsed = parse(blank, context)
    parsed.reject_reason[:] = RejectReason.UNPROCESSABLE
    return [(envelopes, parsed, *signed_and_folded(blank, parsed))]


def by_tenant(envelopes: Envelopes, parsed: ParsedBatch, tenants: list[str], place: Place) -> Iterator[Understood]:
    """Cut a parsed batch into the shares of its tenants, in order of name."""
    names = np.array(tenants)
    for name in sorted(set(tenants)):
        rows = np.flatnonzero(names == name)
        share = replace(
            envelopes,
            source=source_name(place, name or UNKNOWN_TENANT),
            tenant=name or UNKNOWN_TENANT,
            position=envelopes.position[rows],
            length=envelopes.length[rows],
            received_at=envelopes.received_at[rows],
            start=envelopes.start[rows],
            headers=envelopes.headers and [envelopes.headers[row] for row in rows.tolist()],
        )
        own = _rows_of(parsed, rows)
        yield share, own, *signed_and_folded(share, own)


def _rows_of(parsed: ParsedBatch, rows: Any) -> ParsedBatch:
    """Return some rows of a parsed batch; text and names stay whole."""
    attributes = None if parsed.attributes is None else [parsed.attributes[row] for row in rows.tolist()]
    stated = {place: parsed.stated[row] for place, row in enumerate(rows.tolist()) if row in parsed.stated}
    tenants = None if parsed.tenants is None else [parsed.tenants[row] for row in rows.tolist()]
    columns = {name: getattr(parsed, name)[rows] for name in _COLUMNS}
    return replace(parsed, attributes=attributes, stated=stated, tenants=tenants, **columns)
