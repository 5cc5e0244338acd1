"""One Kafka partition: its position, the messages fetched and not yet emitted, and how messages become batches.

Takes messages, returns envelopes with their parsed columns, signatures and deltas. It decides
nothing about which partition is read next; `topic_merge` does.
"""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import orjson

from brainstem.aggregate.deltas import Deltas
from brainstem.contracts.envelope import Envelopes, Owners
from brainstem.contracts.ledger import FaultReason
from brainstem.contracts.reject import RejectReason
from brainstem.parse.parser import ParsedBatch, parse
from brainstem.parse.source_context import SourceContext
from brainstem.signature.signing import Signed
from connectors.kafka.reader import Headers, Messages, Place
from connectors.spool.places import is_of_spool
from flows.config.subscription import (
    DROPPED_HEADER,
    FAULT_HEADER,
    PEER_HEADER,
    UNKNOWN_TENANT,
    UNREAD_HEADER,
    TenantRule,
)
from flows.sources.batches import sign_and_fold

UNKNOWN_US: Final = -(2**62)
"""watermark of a partition that no event time is known of: before all others"""
PIECE_MESSAGES: Final = 512
"""Smaller pieces that come one after the other are joined up to this size, since each piece has arrays of its own."""
TENANT_BYTES_MOST: Final = 255
"""of a tenant that a header names: it is kept in many tables, so a longer one is taken for none"""
MOST_DIGITS: Final = 15
"""of a number of dropped messages"""
LARGEST_BATCH_BYTES: Final = 16 << 20
"""Messages may be a megabyte each, so their number alone bounds no memory; a batch is parsed and stored as copies."""

SignedMessages = tuple[Envelopes, ParsedBatch, Signed, tuple[Deltas, ...]]
"""messages: raw, parsed, signed, and their deltas by bucket"""


@dataclass(slots=True)
class PartitionCursor:
    """A partition: `next_offset` is the one after the last message that was emitted; a replay has an `end` offset.

    `fetched` holds messages in the order of their offsets that were not emitted yet, in pieces; `queued` is their number
    and `queued_bytes` the bytes of their values and headers. They are no part of a snapshot and are fetched again after a
    restart. `fetched_at`, when the oldest of them came, and `advanced_at`, when the watermark last moved, are times of the
    monotonic clock in seconds. `at_end` means that the broker has nothing more at the moment.
    """

    place: Place
    context: SourceContext
    next_offset: int
    end: int | None = None
    ended: bool = False
    fetched: deque[Messages] = field(default_factory=deque)
    queued: int = 0
    queued_bytes: int = 0
    fetched_at: float = 0.0
    at_end: bool = False
    paused: bool = False
    topic_id: str = ""
    """that the brokers gave the topic when it was made; empty as long as it is not known"""
    generation: int = 0
    """how often the topic has been made anew while it was read: offsets repeat then, so it is part of the source's name"""
    advanced_at: float = field(default_factory=time.monotonic)

    @property
    def watermark_us(self) -> int:
        """Return the event time that the partition has passed; one without a time yet sorts before all others."""
        watermark = self.context.watermark_us
        return UNKNOWN_US if watermark is None else watermark

    def begin_anew(self, offset: int) -> None:
        """Go on at the beginning of a topic that was made anew; what was fetched of the one before is read no more."""
        self.generation += 1
        self.next_offset, self.queued, self.queued_bytes, self.at_end = offset, 0, 0, False
        self.fetched.clear()

    def append(self, messages: Messages) -> None:
        """Append messages that were fetched to those not yet emitted."""
        if not self.queued:
            self.fetched_at = time.monotonic()
        self.queued += len(messages)
        self.queued_bytes += _bytes_of(messages)
        if self.fetched and len(self.fetched[-1]) + len(messages) <= PIECE_MESSAGES:
            messages = Messages.joined((self.fetched.pop(), messages))
        self.fetched.append(messages)
        self.at_end = False

    @property
    def end_is_fetched(self) -> bool:
        """Return whether all messages before `end` have been fetched; the offsets just before it may hold no message."""
        return self.end is not None and self.queued > 0 and (self.at_end or self.fetched_offset >= self.end)

    @property
    def fetched_offset(self) -> int:
        """Return the offset after the last message that was fetched."""
        return int(self.fetched[-1].offsets[-1]) + 1 if self.queued else self.next_offset

    def take(self, most: int) -> Messages:
        """Remove and return the next messages to emit: at most `most`, within the size of a batch and before `end`."""
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
        self.queued = sum(map(len, self.fetched))
        taken = taken.cut(0, count)
        self.queued_bytes = self.queued_bytes - _bytes_of(taken) if self.fetched else 0
        return taken


def _bytes_of(messages: Messages) -> int:
    """Count the bytes of the values and headers of messages."""
    header_bytes = sum(map(_header_bytes, messages.headers)) if any(messages.headers) else 0
    return int(messages.byte_count.sum()) + header_bytes


def _header_bytes(headers: Headers) -> int:
    """Count the bytes of a message's headers."""
    return sum(len(key) + len(value or b"") for key, value in headers) if headers else 0


def source_name(place: Place, tenant: str = "", generation: int = 0) -> str:
    """Return the name of a partition as a source; where a header names tenants, each tenant has a source of its own, and so
    has each topic that was made anew under the same name. A place of a spool names its listener and its tenant itself.
    """
    anew = f"+{generation}" if generation else ""
    if is_of_spool(place.topic):
        return f"{place.topic}{anew}"
    return f"kafka:{place.topic}/{place.partition}{anew}{'@' if tenant else ''}{tenant}"


def to_envelopes(place: Place, tenant: str, messages: Messages, now_us: int, generation: int = 0) -> Envelopes:
    """Return messages of a partition as envelopes of the source that it is."""
    return messages.to_envelopes(source_name(place, "", generation), tenant, now_us)


def tenants_of(rule: TenantRule, headers: Sequence[Headers]) -> list[str]:
    """Return the tenant that each message's header names; an empty name where it names none, or none that is known."""
    wanted = rule.header
    named = []
    for each in headers:
        value = next((value for key, value in each if key == wanted), None) if each else None
        try:
            name = rule.default
            if value:
                name = value.decode() if len(value) <= TENANT_BYTES_MOST else ""
        except UnicodeDecodeError:
            name = ""
        named.append(name if not rule.known or name in rule.known or name == rule.default else "")
    return named


def rows_with(headers: Sequence[Headers], key: str) -> list[int]:
    """Return the places of the messages that have a header of that name."""
    return [row for row, each in enumerate(headers) if each and any(name == key for name, _ in each)]


def dropped_counts(messages: Messages) -> dict[int, int]:
    """Return how many messages an intake says that it has dropped, by the place of the message that says so.

    One that says no number is not among these; it is rejected like other bytes with a fault.
    """
    rows = [row for row, each in enumerate(messages.headers) if each and each[-1] == DROPPED_HEADER]
    said = {row: messages.values[row] or b"" for row in rows}
    return {row: int(value) for row, value in said.items() if value.isdigit() and len(value) <= MOST_DIGITS}


def unread_reasons(messages: Messages) -> dict[int, FaultReason]:
    """Return why some of a file could not be read, by the place of the message that says so."""
    rows = [row for row, each in enumerate(messages.headers) if each and each[-1] == UNREAD_HEADER]
    found = {}
    for row in rows:
        try:
            found[row] = FaultReason(orjson.loads(messages.values[row] or b"")["reason"])
        except (ValueError, KeyError, TypeError):
            # no message of ours; it is rejected like other bytes with a fault
            continue
    return found


def _without_bytes(envelopes: Envelopes, rows: list[int]) -> Envelopes:
    """Return envelopes for the parser in which some records have no bytes, so that no stamp in them is read."""
    if not rows:
        return envelopes
    length = envelopes.length.copy()
    length[rows] = 0
    return replace(envelopes, length=length)


def name_hosts_by_peer(parsed: ParsedBatch, headers: Sequence[Headers]) -> None:
    """Set the host of records that name none to the address that they came from, where an intake has noted it."""
    if "" not in parsed.hosts:
        return
    codes = {name: code for code, name in enumerate(parsed.hosts)}
    for row in np.flatnonzero(parsed.host == codes[""]).tolist():
        peer = next((value for key, value in headers[row] or () if key == PEER_HEADER and value), b"")
        name = peer.decode(errors="replace")
        if name not in codes:
            codes[name] = len(parsed.hosts)
            parsed.hosts.append(name)
        parsed.host[row] = codes[name]


def parse_messages(
    place: Place, messages: Messages, rule: TenantRule, context: SourceContext, now_us: int, generation: int = 0
) -> list[SignedMessages]:
    """Parse, sign and fold messages in order, of all their tenants at once; `context` is advanced past them."""
    envelopes = to_envelopes(place, rule.of_topic(place.topic), messages, now_us, generation)
    has_headers = any(messages.headers)
    misframed = rows_with(messages.headers, FAULT_HEADER) if has_headers else []
    parsed = parse(_without_bytes(envelopes, misframed), context)
    parsed.reject_reason[misframed] = RejectReason.MISFRAMED
    if None in messages.values:
        parsed.reject_reason[[value is None for value in messages.values]] = RejectReason.TOMBSTONE
    if has_headers:
        name_hosts_by_peer(parsed, messages.headers)
    if not rule.header_of(place.topic):
        return [(envelopes, parsed, *sign_and_fold(envelopes, parsed))]
    tenants = tenants_of(rule, messages.headers)
    is_without_tenant = np.array([not name for name in tenants], np.bool_)
    parsed.reject_reason[is_without_tenant & (parsed.reject_reason == RejectReason.ACCEPTED)] = RejectReason.NO_TENANT
    owners = _owners(tenants, place, generation)
    owned = replace(envelopes, owners=owners)
    if len(owners.tenants) == 1:
        owned = replace(envelopes, tenant=owners.tenants[0], source=owners.sources[0])
    return [(owned, parsed, *sign_and_fold(owned, parsed))]


def _owners(tenants: list[str], place: Place, generation: int) -> Owners:
    """Return whose the messages are whose headers name these tenants."""
    names = sorted(set(tenants))
    place_of = {name: number for number, name in enumerate(names)}
    return Owners(
        tuple(name or UNKNOWN_TENANT for name in names),
        tuple(source_name(place, name or UNKNOWN_TENANT, generation) for name in names),
        np.array([place_of[name] for name in tenants], np.int32),
    )


def reject_unprocessable(
    place: Place, messages: Messages, rule: TenantRule, context: SourceContext, now_us: int, generation: int = 0
) -> list[SignedMessages]:
    """Reject one message that this program fails to parse: its bytes are kept, and not parsed again."""
    tenant = rule.of_topic(place.topic)
    source = source_name(place, "", generation)
    if rule.header_of(place.topic):
        tenant = tenants_of(rule, messages.headers)[0] or UNKNOWN_TENANT
        source = source_name(place, tenant, generation)
    envelopes = replace(to_envelopes(place, tenant, messages, now_us, generation), source=source)
    blank = replace(envelopes, length=np.zeros(1, np.int32), buffer=np.empty(0, np.uint8))
    parsed = parse(blank, context)
    parsed.reject_reason[:] = RejectReason.UNPROCESSABLE
    return [(envelopes, parsed, *sign_and_fold(blank, parsed))]
