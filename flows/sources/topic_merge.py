"""Merge the Kafka partitions of one virtual partition into one stream by event time.

**Problem.** A slot of event time is sealed once every partition has passed it, so the slowest partition decides when
anything is judged. Kafka has no order across partitions: a consumer that takes messages as they come may be hours of event
time ahead in one partition and at the beginning of another. Everything ahead waits in memory for the one behind. And a
partition may be silent for ever, or its clock may stand, and must not stop the others.

**Idea.** Each partition has a cursor (`topic_partition.PartitionCursor`) with a queue of fetched messages and a watermark:
the event time that it has passed. `read` emits first what others wait for, the lowest watermarks:

1. take messages from the client until the partition with the lowest watermark can fill a batch, or none are left;
2. emit the small queues, 1,024 messages of each and one batch of all at most, since others wait for their watermarks;
3. emit one whole batch of the partition with the lowest watermark.

*Pace.* A partition more than six hours of event time ahead of one that still has something to read is not emitted, and its
fetching is paused once it holds four batches. *Lingering.* A batch costs two milliseconds whatever it holds, so a few
messages wait up to two seconds for more, unless a busy partition is an hour of event time ahead of theirs. *Backpressure.*
In a live run `pace` bounds a batch by the work it brings and stops emission while too much is queued.

**Idle partitions.** In a live run a partition is idle when it was read to its end, nothing has moved its watermark for
`idle_seconds`, few messages are queued and the brokers answer. The watermark of the virtual partition is the lowest of
those that are not idle. When an idle partition speaks again its events are late and count in the earliest slot that is
still open. A replay waits for every partition, for each has an end. While brokers are away nobody becomes idle: silence
then says nothing.

**Invariants.**

- Progress never goes back, and what a batch promises is promised only with the last batch of its messages.
- `next_offset` is the offset after the last message *emitted*. Queued messages are no part of a snapshot and are
  fetched again.
- What is decided does not depend on where batches are cut; only throughput and latency do.
- A record on which the parser fails costs that record only: messages are halved until it stands alone, then it is rejected.

**Example.** Partition A has passed 12:00, B 09:00, and C has never had a message and is at its end. B is read until it
catches up; A may go on to 15:00 meanwhile. After 60 s C is idle, and slots up to B's watermark are sealed.

**Traps.** Watermarks of a virtual partition are snapshotted with its cursors, so both must change in the same call of
`read`. The client belongs to the thread that calls `read`. `_plain_by_place` holds the snapshots of cursors that have not
changed: whoever changes a cursor has to drop its entry.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from confluent_kafka import KafkaException

from brainstem.arrays.state_version import require_version
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.ledger import (
    DropReason,
    FaultReason,
    Ledger,
    SourceDescription,
    account_from_plain,
    account_to_plain,
)
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_HOUR
from brainstem.parse.formats.registry import GIVEN_FORMATS
from brainstem.parse.parser import ParsedBatch
from brainstem.parse.source_context import SourceContext
from brainstem.parse.unread_fields import unread_fields
from connectors.files.cursor import path_of
from connectors.files.peek import service_of
from connectors.kafka.reader import Messages, Place
from connectors.spool.places import is_of_spool, listener_of
from connectors.tail.file_set import shown
from flows.config.settings import TOPICS_STATE_VERSION, Settings
from flows.config.subscription import UNKNOWN_TENANT, Subscription, owner_of
from flows.process.record_failures import Failures
from flows.sources.batches import Batch, Heartbeat, PartitionEnd, Progress
from flows.sources.file_context import ORDERS
from flows.sources.pace import BATCH_RECORDS_LEAST, Pace
from flows.sources.readers import Reader, open_reader
from flows.sources.start_offsets import first_offset, require_existing
from flows.sources.stored_messages import StoredReading
from flows.sources.topic_partition import (
    LARGEST_BATCH_BYTES,
    UNKNOWN_US,
    PartitionCursor,
    SignedMessages,
    dropped_counts,
    parse_messages,
    reject_unprocessable,
    source_name,
    tenants_of,
    unread_reasons,
)
from state.frontier import NOT_YET

PACE_US: Final = 6 * SLOTS_PER_HOUR * SLOT_US
"""how far, in event time, a partition may be ahead of one with something to read"""
LINGER_SECONDS: Final = 2.0
"""How long a few messages wait for more, and no longer than until a snapshot is due. A batch costs about two milliseconds
whatever it holds, so fifty partitions with a message now and then would cost a tenth of a processor."""
LINGER_US: Final = SLOTS_PER_HOUR * SLOT_US
"""A partition that lags a busy one by more than this does not let a few messages wait for more: others wait for it."""
POLLS: Final = 32
"""How often the client is polled before something is emitted: at most some sixteen thousand messages."""
FETCHED_BATCHES: Final = 4
"""Queued batches of a partition above which its fetching is paused; it is resumed below half of that."""
FETCHED_BYTES: Final = 32 << 20
"""the same in bytes, for messages that are large; no more is fetched at once either"""
RETRY_SECONDS: Final = 1.0

MergedItem = Batch | PartitionEnd
ParseMessages = Callable[..., list[SignedMessages]]
"""a function like `parse_messages`, which tests replace by one that fails on some records"""


@dataclass(slots=True)
class BrokerContact:
    """What the virtual partitions of a process share about the brokers: a broker that is away answers only after a timeout,
    so all of them together retry no more often than one would."""

    retry_at: float = 0.0
    """the time of the monotonic clock, in seconds, before which nobody asks again"""
    stopping: Callable[[], bool] = lambda: False
    """whether the run is stopping, so that brokers are asked no more"""
    report_missing: Callable[[Collection[str]], None] = lambda _: None
    """takes the topics that are not at the brokers, whenever these have been asked"""
    busy_watermark_us: dict[int, int] = field(default_factory=dict)
    """by virtual partition, the highest watermark of its partitions with many queued messages"""


def _by_watermark(cursor: PartitionCursor) -> tuple[int, Place]:
    """Return the key that sorts partitions by watermark: the one that others wait for comes first."""
    return cursor.watermark_us, cursor.place


@dataclass(slots=True)
class MergedTopics:
    """The Kafka partitions of one virtual partition; `partition` is its number. See the module for how they are merged."""

    partition: int
    subscription: Subscription
    settings: Settings
    report_trouble: Callable[[str], None] = lambda _: None
    ready: Callable[[], None] = lambda: None
    parse_messages: ParseMessages = parse_messages
    contact: BrokerContact = field(default_factory=BrokerContact)
    failures: Failures = field(default_factory=Failures)
    pace: Pace | None = None
    """bounds the work of a batch; None in a replay, where nobody waits for a snapshot"""
    stored: StoredReading | None = None
    """what a run has stored is read in the place of brokers and a spool; None where these are read themselves"""
    ledger: Ledger = field(default_factory=Ledger)
    last_slot: int = NOT_YET
    closed: bool = False
    started: bool = False
    """whether the run has got its list of partitions; those found later are read from their beginning"""
    discovered: bool = False
    """whether this process has got it"""
    reader: Reader | None = None
    cursors: dict[Place, PartitionCursor] = field(default_factory=dict)
    _next_discovery_at: float = 0.0
    _found_places: bool = False
    """whether the reader has found partitions that have no cursor yet"""
    _is_unreachable: bool = False
    _ledger_json: bytes = b""
    _assigned: set[Place] = field(default_factory=set)
    _plain_by_place: dict[Place, tuple[Any, ...]] = field(default_factory=dict)
    _plain_by_source: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def is_replay(self) -> bool:
        """Return whether this reads between two offsets of each partition and then ends."""
        return self.subscription.bounds is not None

    @property
    def progress(self) -> Progress:
        """Return how far event time is complete over all partitions that are not idle; of what a run has stored no further
        than that run has judged.
        """
        reached = self._reached
        if self.stored is None or self.stored.judged_before is None:
            return reached
        return replace(reached, done_before=min(reached.done_before, self.stored.judged_before))

    @property
    def _reached(self) -> Progress:
        if self.closed:
            return Progress(self.partition, self.last_slot + 1, closed=True)
        open_cursors = [cursor for cursor in self.cursors.values() if not cursor.ended]
        awaited = [cursor for cursor in open_cursors if not self._is_idle(cursor)]
        least = min((cursor.watermark_us for cursor in awaited or open_cursors), default=None)
        done_before = self.last_slot if least is None else max(least // SLOT_US, NOT_YET)
        return Progress(
            self.partition, done_before, closed=False, idle=self._knows_all and not awaited and not self.is_replay
        )

    @property
    def _knows_all(self) -> bool:
        """Return whether it knows of all partitions that were there when reading began: a spool has to be read for that."""
        is_complete = self.reader is not None and self.reader.is_caught_up and not self._found_places
        return self.discovered and is_complete

    @property
    def has_nothing_to_read(self) -> bool:
        """Return whether all that is known are places of a spool that are read to their end.

        Slots wait for them until they are idle, and reading does not: they are empty, or end with an old file, and what
        comes over the network would not be stored until then.
        """
        cursors = [cursor for cursor in self.cursors.values() if not cursor.ended]
        return self._knows_all and all(
            is_of_spool(each.place.topic) and each.at_end and not each.queued for each in cursors
        )

    @property
    def is_full(self) -> bool:
        """Return whether so much work is queued in this process that nothing more should be emitted."""
        return self.pace is not None and self.pace.is_full

    @property
    def _records_most(self) -> int:
        """Return how many records the next batch should hold."""
        most = self.settings.batch_records
        return most if self.pace is None else self.pace.records_most(most)

    def _is_idle(self, cursor: PartitionCursor) -> bool:
        """Return whether a partition need not be waited for: read to its end, and its watermark unchanged for
        `idle_seconds`.

        Messages may come all the time, as long as none of them has a later event time.
        """
        if self.is_replay or self._is_unreachable or cursor.queued >= BATCH_RECORDS_LEAST or not cursor.at_end:
            return False
        return time.monotonic() - cursor.advanced_at >= self.subscription.idle_seconds

    def read(self) -> list[MergedItem]:
        """Return the next batches in the order of emission; none when nothing is due, or once the partition has closed."""
        if self.closed:
            return []
        self._discover_partitions()
        self._fetch()
        emitted: list[MergedItem] = []
        busy = [cursor for cursor in self.cursors.values() if cursor.queued >= BATCH_RECORDS_LEAST and not cursor.ended]
        left = self._records_most
        # others wait for partitions with few messages, and for those without a time yet
        for cursor in self._due():
            has_no_time = cursor.watermark_us == UNKNOWN_US and not self.is_replay
            if left > 0 and (cursor.queued < BATCH_RECORDS_LEAST or has_no_time):
                before = cursor.queued
                emitted += self._batches(cursor, min(BATCH_RECORDS_LEAST, left))
                left -= before - cursor.queued
        if left > self._records_most // 2:
            for cursor in self._due()[:1]:
                emitted += self._batches(cursor, self._records_most)
        self.contact.busy_watermark_us[self.partition] = max(
            (cursor.watermark_us for cursor in busy), default=UNKNOWN_US
        )
        if emitted:
            return emitted
        if self.is_replay and self.discovered and all(cursor.ended for cursor in self.cursors.values()):
            self.closed = True
            return [PartitionEnd(self.progress, to_json(self.ledger))]
        return []

    def heartbeat(self) -> Heartbeat:
        """Return the progress and the ledger so far."""
        if not self._ledger_json:
            self._ledger_json = to_json(self.ledger)
        return Heartbeat(self.progress, self._ledger_json)

    def _discover_partitions(self) -> None:
        """Ask the brokers for partitions when it is time to, and start reading those that are new."""
        now = time.monotonic()
        if (
            (self.is_replay and self.discovered)
            or now < max(self._next_discovery_at, self.contact.retry_at)
            or self.contact.stopping()
        ):
            return
        try:
            reader = self._reader()
            wanted = self._owned_partitions(reader)
            starts = self._start_offsets(reader, [place for place in wanted if place not in self.cursors])
            ids = reader.topic_ids(place.topic for place in wanted)
            renewed = {place: reader.bounds(place)[0] for place in wanted if self._is_made_anew(place, ids)}
        except KafkaException as error:
            self._note_unreachable(error.args[0].str())
            self.contact.retry_at = time.monotonic() + RETRY_SECONDS
            return
        self._note_reachable()
        for place, offset in starts.items():
            self._open_cursor(place, offset)
        self._begin_anew(reader, renewed)
        for place in wanted:
            if (topic_id := ids.get(place.topic)) and self.cursors[place].topic_id != topic_id:
                self.cursors[place].topic_id = topic_id
                self._plain_by_place.pop(place, None)
        unread = {place: self.cursors[place].next_offset for place in wanted if place not in self._assigned}
        self._assigned.update(unread)
        reader.assign({place: offset for place, offset in unread.items() if not self.cursors[place].ended})
        self.discovered = self.started = True
        self._found_places = False
        self.ready()
        self._next_discovery_at = time.monotonic() + self.subscription.discovery_seconds

    def _is_made_anew(self, place: Place, ids: Mapping[str, str]) -> bool:
        """Return whether the topic of a partition is another than was read before; an id that is not known says nothing."""
        cursor, found = self.cursors.get(place), ids.get(place.topic)
        return cursor is not None and not cursor.ended and bool(found and cursor.topic_id) and cursor.topic_id != found

    def _begin_anew(self, reader: Reader, renewed: Mapping[Place, int]) -> None:
        """Read topics that were made anew from their beginning, as sources of another name, if the configuration allows it.

        Raises `OffsetLostError` where it does not.
        """
        for place, low in renewed.items():
            cursor = self.cursors[place]
            if self.subscription.lost_offsets == "stop" and not is_of_spool(place.topic):
                raise reader.made_anew(place, cursor.next_offset)
            self._fault(place, FaultReason.LOST_OFFSETS)
            cursor.begin_anew(low)
            self._plain_by_place.pop(place, None)
            if place in self._assigned:
                reader.seek(place, low)

    def _note_unreachable(self, why: str) -> None:
        """Note that brokers are away; the client goes on trying, and no partition becomes idle meanwhile."""
        self._is_unreachable = True
        self.report_trouble(why)
        self._next_discovery_at = time.monotonic() + RETRY_SECONDS

    def _note_reachable(self) -> None:
        """Note that brokers answer; the time until a partition is idle starts anew."""
        if self._is_unreachable:
            self._is_unreachable = False
            self.report_trouble("")
            for cursor in self.cursors.values():
                cursor.advanced_at = time.monotonic()

    def _reader(self) -> Reader:
        if self.reader is None and self.stored is not None:
            self.reader = self.stored.open_reader()
        if self.reader is None:
            self.reader = open_reader(self.subscription, self.partition, self._note_unreachable, self.cursors)
        return self.reader

    def _owned_partitions(self, reader: Reader) -> list[Place]:
        """Return the partitions of the topics that belong to this virtual partition."""
        bounds = self.subscription.bounds
        places = list(bounds) if bounds is not None else reader.partitions()
        if bounds is None and not self.started:
            require_existing(self.subscription, places)
        if bounds is None:
            self.contact.report_missing(self.subscription.missing({place.topic for place in places}))
        return sorted(
            place for place in places if owner_of(place) == self.partition and self.subscription.wants(place.topic)
        )

    def _start_offsets(self, reader: Reader, new: list[Place]) -> dict[Place, int]:
        """Return the first offsets of partitions that are not in the snapshot."""
        subscription = self.subscription
        if subscription.bounds is not None:
            return {place: subscription.bounds[place][0] for place in new}
        if self.started:
            # a partition added since the run began was empty then
            return {place: reader.bounds(place)[0] for place in new}
        return {place: first_offset(subscription, reader, place) for place in new}

    def _open_cursor(self, place: Place, offset: int) -> None:
        """Create the cursor of a partition that has none yet."""
        if place not in self.cursors:
            bounds = self.subscription.bounds
            end = bounds[place][1] if bounds is not None else None
            self.cursors[place] = PartitionCursor(
                place, self._context(place), offset, end, ended=end is not None and offset >= end
            )

    def _context(self, place: Place) -> SourceContext:
        # where headers name tenants, the messages of several tenants share a partition and its clock
        rule = self.subscription.tenant
        zone, date_order, given_format = self.settings.zone, self.settings.date_order, ""
        if not rule.header_of(place.topic):
            tenant = rule.of_topic(place.topic)
            zone, date_order = self.settings.zone_of(tenant), self.settings.date_order_of(tenant)
        service = listener_of(place.topic) if is_of_spool(place.topic) else place.topic
        if is_of_spool(place.topic) and (path := path_of(service)) is not None:
            service = service_of(shown(path))
            if (of_set := self.subscription.set_of(path)) is not None:
                service = of_set.service_of(path)
                zone, date_order = of_set.zone or zone, of_set.date_order or date_order
                given_format = of_set.given_format
        return SourceContext(
            reference_time_us=None,
            zone=zone,
            date_order=ORDERS[date_order],
            json_date_order=ORDERS[date_order],
            given_format=GIVEN_FORMATS[given_format] if given_format else None,
            default_service=service,
            received_counts=not self.is_replay if self.stored is None else self.stored.is_live,
            lateness_us=self.settings.lateness_us,
        )

    def _fetch(self) -> None:
        """Poll the client until the partition with the lowest watermark can fill a batch, or nothing more has come."""
        for _ in range(POLLS):
            if self.reader is None or not self._poll(self.reader):
                break
            last = min(self._awaited(), key=_by_watermark, default=None)
            if last is not None and self._fills_a_batch(last):
                break
            if sum(cursor.queued_bytes for cursor in self.cursors.values()) > FETCHED_BYTES:
                break

    def _fills_a_batch(self, cursor: PartitionCursor) -> bool:
        """Return whether the next batch of a partition is full, or its end is fetched."""
        is_full = cursor.queued >= self._records_most or cursor.queued_bytes >= LARGEST_BATCH_BYTES
        return is_full or cursor.end_is_fetched

    def _is_due(self, cursor: PartitionCursor) -> bool:
        """Return whether a partition should be emitted now although its next batch could hold more."""
        lingered_seconds = time.monotonic() - cursor.fetched_at
        if self._fills_a_batch(cursor) or lingered_seconds >= min(LINGER_SECONDS, self.settings.snapshot_seconds):
            return True
        # in a replay nobody waits for results, and full batches cost least
        return not self.is_replay and (
            cursor.queued >= BATCH_RECORDS_LEAST
            or max(self.contact.busy_watermark_us.values(), default=UNKNOWN_US) - cursor.watermark_us > LINGER_US
        )

    def _poll(self, reader: Reader) -> bool:
        """Queue what the client has fetched, and pause or resume fetching by partition; return whether anything came."""
        polled = reader.poll()
        if polled.has_new_places:
            self._found_places = True
            self._next_discovery_at = 0.0
        for place, messages in polled.messages:
            self.cursors[place].append(messages)
        for place, offset in polled.ended.items():
            cursor = self.cursors[place]
            # a replay ends at its own bound, not at what the broker calls the end at the moment
            cursor.at_end = cursor.end is None or offset >= cursor.end
        for place in polled.damaged:
            self._fault(place, FaultReason.CORRUPT)
        for trouble in polled.troubles:
            self._note_unreachable(trouble)
        for place in polled.lost:
            self._skip_lost_offsets(reader, self.cursors[place])
        most = FETCHED_BATCHES * self.settings.batch_records
        for place, cursor in self.cursors.items():
            if not cursor.paused and (cursor.queued > most or cursor.queued_bytes > FETCHED_BYTES):
                cursor.paused = True
                reader.pause(place)
            elif cursor.paused and cursor.queued < most // 2 and cursor.queued_bytes < FETCHED_BYTES // 2:
                cursor.paused = False
                reader.resume(place)
        return polled.came

    def _skip_lost_offsets(self, reader: Reader, cursor: PartitionCursor) -> None:
        """Seek past messages that the broker has deleted, if the configuration allows it. Raises `OffsetLostError`."""
        if self.subscription.lost_offsets == "stop":
            raise reader.lost(cursor.place, cursor.fetched_offset)
        low = reader.bounds(cursor.place)[0]
        self._fault(cursor.place, FaultReason.LOST_OFFSETS)
        if low < cursor.fetched_offset:
            # offsets come again only where the topic was made anew
            cursor.begin_anew(low)
            self._plain_by_place.pop(cursor.place, None)
        reader.seek(cursor.place, low)

    def _due(self) -> list[PartitionCursor]:
        """Return the partitions to emit now, lowest watermark first."""
        return sorted(filter(self._is_due, self._within_pace()), key=_by_watermark)

    def _within_pace(self) -> list[PartitionCursor]:
        """Return the partitions with queued messages that are not too far ahead of another. Partitions at their end are
        closed on the way.
        """
        unended = [cursor for cursor in self.cursors.values() if not cursor.ended]
        for cursor in unended:
            if cursor.end is not None and cursor.at_end and not cursor.queued:
                self._end(cursor)
        behind = min((cursor.watermark_us for cursor in self._awaited()), default=2**62)
        return [cursor for cursor in unended if cursor.queued and cursor.watermark_us - behind <= PACE_US]

    def _awaited(self) -> list[PartitionCursor]:
        """Return the partitions with something to read, which the others may not be too far ahead of."""
        unended = [cursor for cursor in self.cursors.values() if not cursor.ended]
        return [cursor for cursor in unended if (cursor.queued or not cursor.at_end) and not self._is_idle(cursor)]

    def _batches(self, cursor: PartitionCursor, records_most: int) -> list[MergedItem]:
        """Parse the next messages of a partition and return their batches: one, unless records failed."""
        before = self.progress
        messages = cursor.take(records_most)
        if not len(messages):
            return []
        end = int(messages.offsets[-1]) + 1
        if dropped := dropped_counts(messages):
            messages = self._count_dropped(cursor, messages, dropped)
        if unread := unread_reasons(messages):
            for reason in unread.values():
                self._fault(cursor.place, reason)
            messages = messages.at([row for row in range(len(messages)) if row not in unread])
        if not len(messages):
            cursor.next_offset = end
            self._plain_by_place.pop(cursor.place, None)
            return []
        watermark_before_us = cursor.watermark_us
        shares = self._parse_or_reject(cursor, messages)
        if cursor.watermark_us > watermark_before_us:
            cursor.advanced_at = time.monotonic()
        if self.pace is not None and len(messages) >= BATCH_RECORDS_LEAST:
            # a few messages are no measure of how many rows many of them fold into
            self.pace.measure_fold(len(messages), sum(each.weight for *_, deltas in shares for each in deltas))
        cursor.next_offset = end
        if cursor.end is not None and cursor.next_offset >= cursor.end:
            self._end(cursor)
        for envelopes, parsed, _, _ in shares:
            self._count(envelopes, parsed)
            accepted = parsed.tick_time[parsed.reject_reason == RejectReason.ACCEPTED]
            if len(accepted):
                self.last_slot = max(self.last_slot, int(accepted.max()) // SLOT_US)
        self._plain_by_place.pop(cursor.place, None)
        after = self.progress
        # the new progress holds only once all of these batches are emitted
        return [Batch(after if share is shares[-1] else before, *share) for share in shares]

    def _end(self, cursor: PartitionCursor) -> None:
        """Close a partition that was read to its end."""
        cursor.ended = True
        self._plain_by_place.pop(cursor.place, None)
        if self.reader is not None:
            self.reader.drop(cursor.place)

    def _parse_or_reject(self, cursor: PartitionCursor, messages: Messages) -> list[SignedMessages]:
        """Parse messages; one on which this program fails is rejected alone, found by halving."""
        remembered = cursor.context.snapshot()
        now_us = time.time_ns() // 1000
        rule = self.subscription.tenant
        try:
            return self.parse_messages(cursor.place, messages, rule, cursor.context, now_us, cursor.generation)
        except Exception as error:  # noqa: BLE001 - any fault of ours in parsing a record must cost that record only
            cursor.context.restore(remembered)
            where = f"{source_name(cursor.place)}, offset {messages.offsets[0]},"
            if len(messages) == 1:
                self.failures.note(error, where, 1)
                return reject_unprocessable(cursor.place, messages, rule, cursor.context, now_us, cursor.generation)
            before, middle = self.failures.records, len(messages) // 2
            halves = messages.cut(0, middle), messages.cut(middle, len(messages))
            shares = [share for half in halves for share in self._parse_or_reject(cursor, half)]
            if self.failures.records == before:
                # each record can be parsed alone, so nothing else would report the failure
                self.failures.note(error, where, 0)
            return shares

    def _fault(self, place: Place, reason: FaultReason) -> None:
        """Count a fault of the partition itself in the ledger."""
        # what is damaged in a spool is of no partition that is read
        source = source_name(place, "", self.cursors[place].generation if place in self.cursors else 0)
        self._describe(source, self.subscription.tenant.of_topic(place.topic))
        self.ledger.fault(source, reason)
        self._plain_by_source.pop(source, None)
        self._ledger_json = b""

    def _count(self, envelopes: Envelopes, parsed: ParsedBatch) -> None:
        """Count records and their outcomes in the ledger."""
        # most batches have no such record, and there may be thousands of tenants
        all_unread = unread_fields(parsed)
        for tenant, source, rows in envelopes.by_owner():
            unread = unread_fields(parsed, rows) if all_unread and envelopes.owners is not None else all_unread
            self._describe(source, tenant)
            length = envelopes.length[rows]
            self.ledger.receive(source, len(rows), int(length.sum(dtype=np.int64)))
            self.ledger.settle(source, parsed.reject_reason[rows], length)
            self.ledger.miss(source, unread)
            self._plain_by_source.pop(source, None)
        self._ledger_json = b""

    def _count_dropped(self, cursor: PartitionCursor, messages: Messages, dropped: dict[int, int]) -> Messages:
        """Count what an intake says that it has dropped, in the ledger, and return the messages without these."""
        rule, place = self.subscription.tenant, cursor.place
        names = tenants_of(rule, messages.headers) if rule.header_of(place.topic) else []
        for row, count in dropped.items():
            tenant = (names[row] or UNKNOWN_TENANT) if names else ""
            source = source_name(place, tenant, cursor.generation)
            self._describe(source, tenant or rule.of_topic(place.topic))
            self.ledger.receive(source, count, 0)
            self.ledger.drop(source, DropReason.SHED, count, 0)
            self._plain_by_source.pop(source, None)
        self._ledger_json = b""
        return messages.at([row for row in range(len(messages)) if row not in dropped])

    def _describe(self, source: str, tenant: str) -> None:
        self.ledger.describe(SourceDescription(source=source, tenant=tenant, can_be_reread=False))

    @staticmethod
    def durable_offsets(state: tuple[Any, ...]) -> dict[Place, int]:
        """Return the offsets to commit to the group once a snapshot is durable."""
        return {Place(topic, number): offset for topic, number, offset, *_ in state[4]}

    @staticmethod
    def accounts(state: tuple[Any, ...]) -> tuple[tuple[str, str, Any], ...]:
        """Return source, tenant and plain account of each source in a snapshot."""
        found: tuple[tuple[str, str, Any], ...] = state[5]
        return found

    def commit(self, offsets: dict[Place, int]) -> None:
        """Commit durable offsets to the consumer group; a replay commits nothing."""
        if self.reader is not None and not self.is_replay:
            self.reader.commit(offsets)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values, version first; cheap enough to be taken after every batch."""
        for place, cursor in self.cursors.items():
            if place not in self._plain_by_place:
                self._plain_by_place[place] = (
                    *place,
                    cursor.next_offset,
                    cursor.end,
                    cursor.ended,
                    cursor.context.snapshot(),
                    cursor.topic_id,
                    cursor.generation,
                )
        for description, account in self.ledger:
            if description.source not in self._plain_by_source:
                plain = account_to_plain(account)
                self._plain_by_source[description.source] = (description.source, description.tenant, plain)
        return (
            TOPICS_STATE_VERSION,
            self.closed,
            self.last_slot,
            self.started,
            tuple(self._plain_by_place[place] for place in self.cursors),
            tuple(self._plain_by_source[description.source] for description, _ in self.ledger),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state of `snapshot`. Raises `StateVersionError` for one of another version."""
        require_version("a partition of topics", state[0], TOPICS_STATE_VERSION)
        _, self.closed, self.last_slot, self.started, cursors, accounts = state
        for topic, number, offset, end, ended, context, topic_id, generation in cursors:
            place = Place(topic, number)
            self.cursors[place] = PartitionCursor(
                place, self._context(place), offset, end, ended, topic_id=topic_id, generation=generation
            )
            self.cursors[place].context.restore(context)
        for source, tenant, account in accounts:
            self._describe(source, tenant)
            self.ledger.account(source).add(account_from_plain(account))

    def close(self) -> None:
        """Close the connection to the brokers."""
        if self.reader is not None:
            self.reader.close()
            self.reader = None
