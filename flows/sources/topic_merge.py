"""The Kafka partitions of one virtual partition, read as one stream in the order of event time.

Takes a subscription, gives batches, and remembers how far it gave them. Partitions advance together: one that is far ahead
of a partition with something to read waits, and its fetching pauses. What the batches say does not depend on where they are
cut.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from confluent_kafka import KafkaException

from brainstem.arrays.state_version import require_version
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.ledger import (
    FaultReason,
    Ledger,
    SourceDescription,
    account_from_plain,
    account_to_plain,
)
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_HOUR
from brainstem.parse.source_context import SourceContext
from connectors.kafka.reader import KafkaReader, Messages, Place
from flows.config.settings import TOPICS_STATE_VERSION, Settings
from flows.config.subscription import Subscription, owner_of
from flows.process.record_failures import Failures
from flows.sources.batches import Batch, Closing, Heartbeat, Progress
from flows.sources.pace import BATCH_RECORDS_LEAST, Pace
from flows.sources.start_offsets import first_offset, require_named
from flows.sources.topic_partition import UNKNOWN_US, Feed, Understood, set_aside, source_name, understand
from state.frontier import NOT_YET

PACE_US: Final = 6 * SLOTS_PER_HOUR * SLOT_US
LINGER_SECONDS: Final = 2.0
"""How long a few messages wait for more, at most until a snapshot is due: a batch costs about two milliseconds whatever it
holds, so fifty partitions with a message now and then would cost a tenth of a processor."""
LINGER_US: Final = SLOTS_PER_HOUR * SLOT_US
"""How far a partition may lag in event time and let a few messages wait for more: others wait for one that lags far."""
POLLS: Final = 32
"""How often the client is asked before something is given on: what came is some sixteen thousand messages at the most."""
FETCHED_BATCHES: Final = 4
"""A partition that is not read on holds this many batches at most."""
RETRY_SECONDS: Final = 1.0

Read = Batch | Closing
Understand = Callable[..., list[Understood]]


@dataclass(slots=True)
class Sight:
    """What the virtual partitions of a process share about the brokers: asking one that is away takes its time, so that
    all of them ask no more often than one would."""

    asks_from: float = 0.0
    """a reading of the monotonic clock"""
    stopping: Callable[[], bool] = lambda: False
    """whether there is any use in asking still"""
    busy_us: dict[int, int] = field(default_factory=dict)
    """by virtual partition, the event time that its furthest partition has passed, of those with many messages at hand"""


def _by_watermark(feed: Feed) -> tuple[int, Place]:
    """Order partitions: the one that others wait for comes first."""
    return feed.watermark_us, feed.place


@dataclass(slots=True)
class TopicPartitions:
    """The Kafka partitions that fall to one virtual partition. `partition` is its number."""

    partition: int
    subscription: Subscription
    settings: Settings
    say: Callable[[str], None] = lambda _: None
    ready: Callable[[], None] = lambda: None
    understand: Understand = understand
    sight: Sight = field(default_factory=Sight)
    failures: Failures = field(default_factory=Failures)
    pace: Pace | None = None
    """what bounds how much is read at a time; nothing does where nobody waits for a snapshot, as in a replay"""
    ledger: Ledger = field(default_factory=Ledger)
    last_slot: int = NOT_YET
    closed: bool = False
    started: bool = False
    """the brokers have said at least once what there is"""
    known: bool = False
    """and have said so to this process"""
    reader: KafkaReader | None = None
    feeds: dict[Place, Feed] = field(default_factory=dict)
    _next_look: float = 0.0
    _away: bool = False
    _told: bytes = b""
    _assigned: set[Place] = field(default_factory=set)
    _states: dict[Place, tuple[Any, ...]] = field(default_factory=dict)
    _accounts: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def is_replay(self) -> bool:
        """Return whether this reads between bounds and then ends."""
        return self.subscription.bounds is not None

    @property
    def progress(self) -> Progress:
        """Say how far event time is complete over all partitions."""
        if self.closed:
            return Progress(self.partition, self.last_slot + 1, closed=True)
        open_feeds = [feed for feed in self.feeds.values() if not feed.ended]
        awaited = [feed for feed in open_feeds if not self._is_idle(feed)]
        least = min((feed.watermark_us for feed in awaited or open_feeds), default=None)
        done_before = self.last_slot if least is None else max(least // SLOT_US, NOT_YET)
        return Progress(
            self.partition, done_before, closed=False, idle=self.known and not awaited and not self.is_replay
        )

    @property
    def is_full(self) -> bool:
        """Return whether so much waits to be worked off that nothing more should be given on."""
        return self.pace is not None and self.pace.is_full

    @property
    def _records_most(self) -> int:
        """Return how many records the next batch should hold."""
        most = self.settings.batch_records
        return most if self.pace is None else self.pace.records_most(most)

    def _is_idle(self, feed: Feed) -> bool:
        """Return whether a partition need not be waited for: read to its end and standing for long, its broker at hand.

        It may say something all the time, if nothing of it tells a later time.
        """
        if self.is_replay or self._away or feed.waiting >= BATCH_RECORDS_LEAST or not feed.at_end:
            return False
        return time.monotonic() - feed.stands_since >= self.subscription.idle_seconds

    def read(self) -> list[Read]:
        """Return what is at hand, in the order it must go on; nothing once the partition has closed."""
        if self.closed:
            return []
        self._look_for_partitions()
        self._take_what_came()
        given: list[Read] = []
        busy = [feed for feed in self.feeds.values() if feed.waiting >= BATCH_RECORDS_LEAST and not feed.ended]
        left = self._records_most
        # others wait for partitions with a few messages, and for those nothing is known of
        for feed in self._ready():
            is_unheard_of = feed.watermark_us == UNKNOWN_US and not self.is_replay
            if left > 0 and (feed.waiting < BATCH_RECORDS_LEAST or is_unheard_of):
                before = feed.waiting
                given += self._batches(feed, min(BATCH_RECORDS_LEAST, left))
                left -= before - feed.waiting
        if left > self._records_most // 2:
            for feed in self._ready()[:1]:
                given += self._batches(feed, self._records_most)
        self.sight.busy_us[self.partition] = max((feed.watermark_us for feed in busy), default=UNKNOWN_US)
        if given:
            return given
        if self.is_replay and self.known and all(feed.ended for feed in self.feeds.values()):
            self.closed = True
            return [Closing(self.progress, to_json(self.ledger))]
        return []

    def pulse(self) -> Heartbeat:
        """Say how far this is and what it has counted."""
        if not self._told:
            self._told = to_json(self.ledger)
        return Heartbeat(self.progress, self._told)

    def _look_for_partitions(self) -> None:
        """Ask for topics and partitions when it is time to, and begin to read those that are new."""
        now = time.monotonic()
        if (self.is_replay and self.known) or now < max(self._next_look, self.sight.asks_from) or self.sight.stopping():
            return
        try:
            reader = self._reader()
            wanted = self._wanted(reader)
            starts = self._starts(reader, [place for place in wanted if place not in self.feeds])
        except KafkaException as error:
            self._lose_sight(error.args[0].str())
            self.sight.asks_from = time.monotonic() + RETRY_SECONDS
            return
        self._regain_sight()
        for place, offset in starts.items():
            self._open(place, offset)
        unread = {place: self.feeds[place].next_offset for place in wanted if place not in self._assigned}
        self._assigned.update(unread)
        reader.assign({place: offset for place, offset in unread.items() if not self.feeds[place].ended})
        self.known = self.started = True
        self.ready()
        self._next_look = time.monotonic() + self.subscription.discovery_seconds

    def _lose_sight(self, why: str) -> None:
        """Note that brokers are away; the client goes on trying, and nobody counts as standing meanwhile."""
        self._away = True
        self.say(why)
        self._next_look = time.monotonic() + RETRY_SECONDS

    def _regain_sight(self) -> None:
        """Note that brokers answer; who stands does so from now on."""
        if self._away:
            self._away = False
            self.say("")
            for feed in self.feeds.values():
                feed.stands_since = time.monotonic()

    def _reader(self) -> KafkaReader:
        if self.reader is None:
            subscription = self.subscription
            name = f"brainstem-v{self.partition:03d}"
            self.reader = KafkaReader(subscription.client, subscription.group, name, self._lose_sight)
        return self.reader

    def _wanted(self, reader: KafkaReader) -> list[Place]:
        """Return the partitions there are that fall to this one."""
        bounds = self.subscription.bounds
        places = list(bounds) if bounds is not None else reader.partitions()
        if bounds is None and not self.started:
            require_named(self.subscription, places)
        return sorted(
            place for place in places if owner_of(place) == self.partition and self.subscription.wants(place.topic)
        )

    def _starts(self, reader: KafkaReader, new: list[Place]) -> dict[Place, int]:
        """Return where to begin with partitions that nothing is remembered of."""
        subscription = self.subscription
        if subscription.bounds is not None:
            return {place: subscription.bounds[place][0] for place in new}
        if self.started:
            # what was added since the run began was empty when it did
            return {place: reader.bounds(place)[0] for place in new}
        return {place: first_offset(subscription, reader, place) for place in new}

    def _open(self, place: Place, offset: int) -> None:
        """Begin with a partition, or find it among what is remembered."""
        if place not in self.feeds:
            bounds = self.subscription.bounds
            end = bounds[place][1] if bounds is not None else None
            self.feeds[place] = Feed(place, self._context(place), offset, end, ended=end is not None and offset >= end)

    def _context(self, place: Place) -> SourceContext:
        # where headers say whose a message is, the messages of several tenants share a partition and its clock
        rule = self.subscription.tenant
        return SourceContext(
            reference_time_us=None,
            zone=self.settings.zone if rule.header else self.settings.zone_of(rule.of_topic(place.topic)),
            default_service=place.topic,
            received_counts=not self.is_replay,
            lateness_us=self.settings.lateness_us,
        )

    def _take_what_came(self) -> None:
        """Take some of the messages that have come, until the partition that the others wait for can fill a batch."""
        for _ in range(POLLS):
            if self.reader is None or not self._poll(self.reader):
                break
            last = min(self._awaited(), key=_by_watermark, default=None)
            if last is not None and self._fills_a_batch(last):
                break

    def _fills_a_batch(self, feed: Feed) -> bool:
        """Return whether the next batch of a partition could hold no more."""
        return feed.waiting >= self._records_most or feed.end_is_fetched

    def _need_not_linger(self, feed: Feed) -> bool:
        """Return whether a partition is read on in although its next batch could hold more."""
        lingered_seconds = time.monotonic() - feed.fetched_at
        if self._fills_a_batch(feed) or lingered_seconds >= min(LINGER_SECONDS, self.settings.snapshot_seconds):
            return True
        # nobody waits for what a replay says, and full batches cost least
        return not self.is_replay and (
            feed.waiting >= BATCH_RECORDS_LEAST
            or max(self.sight.busy_us.values(), default=UNKNOWN_US) - feed.watermark_us > LINGER_US
        )

    def _poll(self, reader: KafkaReader) -> bool:
        """Take some of what has come, and let nobody fetch far more than is read; tells whether anything had come."""
        polled = reader.poll()
        for place, messages in polled.messages:
            self.feeds[place].fetch(messages)
        for place, offset in polled.ended.items():
            feed = self.feeds[place]
            # a replay ends where its bound is, whatever else a broker calls the end for the moment
            feed.at_end = feed.end is None or offset >= feed.end
        for place in polled.damaged:
            self._fault(place, FaultReason.CORRUPT)
        for trouble in polled.troubles:
            self._lose_sight(trouble)
        for place in polled.lost:
            self._pass_gap(reader, self.feeds[place])
        most = FETCHED_BATCHES * self.settings.batch_records
        for place, feed in self.feeds.items():
            if not feed.paused and feed.waiting > most:
                feed.paused = True
                reader.pause(place)
            elif feed.paused and feed.waiting < most // 2:
                feed.paused = False
                reader.resume(place)
        return polled.came

    def _pass_gap(self, reader: KafkaReader, feed: Feed) -> None:
        """Go on behind messages that a broker has deleted, if the operator accepts that. Raises `OffsetLostError`."""
        if self.subscription.lost_offsets == "stop":
            raise reader.lost(feed.place, feed.fetched_offset)
        self._fault(feed.place, FaultReason.LOST_OFFSETS)
        reader.seek(feed.place, reader.bounds(feed.place)[0])

    def _ready(self) -> list[Feed]:
        """Return the partitions to read on in, of which none is far ahead of another; the one that lags most comes first."""
        return sorted(filter(self._need_not_linger, self._near()), key=_by_watermark)

    def _near(self) -> list[Feed]:
        """Return the partitions with something to give that are not far ahead of another; is done with those at their
        end.
        """
        unended = [feed for feed in self.feeds.values() if not feed.ended]
        for feed in unended:
            if feed.end is not None and feed.at_end and not feed.waiting:
                self._end(feed)
        behind = min((feed.watermark_us for feed in self._awaited()), default=2**62)
        return [feed for feed in unended if feed.waiting and feed.watermark_us - behind <= PACE_US]

    def _awaited(self) -> list[Feed]:
        """Return the partitions with something to read that the others should not be far ahead of."""
        unended = [feed for feed in self.feeds.values() if not feed.ended]
        return [feed for feed in unended if (feed.waiting or not feed.at_end) and not self._is_idle(feed)]

    def _batches(self, feed: Feed, records_most: int) -> list[Read]:
        """Return on the next messages of a partition."""
        before = self.progress
        messages = feed.take(records_most)
        if not len(messages):
            return []
        lag_before_us = feed.watermark_us
        shares = self._understood(feed, messages)
        if feed.watermark_us > lag_before_us:
            feed.stands_since = time.monotonic()
        if self.pace is not None and len(messages) >= BATCH_RECORDS_LEAST:
            # a few say little of what many come to
            self.pace.fold(len(messages), sum(each.weight for *_, deltas in shares for each in deltas))
        feed.next_offset = int(messages.offsets[-1]) + 1
        if feed.end is not None and feed.next_offset >= feed.end:
            self._end(feed)
        for envelopes, parsed, _, _ in shares:
            self._count(envelopes, parsed.reject_reason)
            accepted = parsed.tick_time[parsed.reject_reason == RejectReason.ACCEPTED]
            if len(accepted):
                self.last_slot = max(self.last_slot, int(accepted.max()) // SLOT_US)
        self._states.pop(feed.place, None)
        after = self.progress
        # what is promised holds once all of these are given
        return [Batch(after if share is shares[-1] else before, *share) for share in shares]

    def _end(self, feed: Feed) -> None:
        """Be done with a partition that was read to its bound."""
        feed.ended = True
        self._states.pop(feed.place, None)
        if self.reader is not None:
            self.reader.drop(feed.place)

    def _understood(self, feed: Feed, messages: Messages) -> list[Understood]:
        """Read messages; one on which this program fails is set aside, and the others go on."""
        remembered = feed.context.snapshot()
        now_us = time.time_ns() // 1000
        rule = self.subscription.tenant
        try:
            return self.understand(feed.place, messages, rule, feed.context, now_us)
        except Exception as error:  # noqa: BLE001 - any fault of ours in reading a record must cost that record only
            feed.context.restore(remembered)
            where = f"{source_name(feed.place)}, offset {messages.offsets[0]},"
            if len(messages) == 1:
                self.failures.note(error, where, 1)
                return set_aside(feed.place, messages, rule, feed.context, now_us)
            before, middle = self.failures.records, len(messages) // 2
            halves = messages.cut(0, middle), messages.cut(middle, len(messages))
            shares = [share for half in halves for share in self._understood(feed, half)]
            if self.failures.records == before:
                # each record can be read for itself, so nothing else would tell of it
                self.failures.note(error, where, 0)
            return shares

    def _fault(self, place: Place, reason: FaultReason) -> None:
        """Count what went wrong with a partition itself."""
        source = source_name(place)
        self._describe(source, self.subscription.tenant.of_topic(place.topic))
        self.ledger.fault(source, reason)
        self._accounts.pop(source, None)
        self._told = b""

    def _count(self, envelopes: Envelopes, reasons: npt.NDArray[np.uint8]) -> None:
        """Count what came and what became of it."""
        source = envelopes.source
        self._describe(source, envelopes.tenant)
        self.ledger.receive(source, len(envelopes), int(envelopes.length.sum(dtype=np.int64)))
        self.ledger.settle(source, reasons, envelopes.length)
        self._accounts.pop(source, None)
        self._told = b""

    def _describe(self, source: str, tenant: str) -> None:
        self.ledger.describe(SourceDescription(source=source, tenant=tenant, can_be_reread=False))

    @staticmethod
    def durable_offsets(state: tuple[Any, ...]) -> dict[Place, int]:
        """Return what a group may be told once a snapshot is durable."""
        return {Place(topic, number): offset for topic, number, offset, *_ in state[4]}

    def commit(self, offsets: dict[Place, int]) -> None:
        """Tell the group how far reading is durable."""
        if self.reader is not None and not self.is_replay:
            self.reader.commit(offsets)

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values, version first; cheap enough to be taken after every batch."""
        for place, feed in self.feeds.items():
            if place not in self._states:
                self._states[place] = (*place, feed.next_offset, feed.end, feed.ended, feed.context.snapshot())
        for description, account in self.ledger:
            if description.source not in self._accounts:
                plain = account_to_plain(account)
                self._accounts[description.source] = (description.source, description.tenant, plain)
        return (
            TOPICS_STATE_VERSION,
            self.closed,
            self.last_slot,
            self.started,
            tuple(self._states[place] for place in self.feeds),
            tuple(self._accounts[description.source] for description, _ in self.ledger),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`: read on where it stood."""
        require_version("a partition of topics", state[0], TOPICS_STATE_VERSION)
        _, self.closed, self.last_slot, self.started, feeds, accounts = state
        for topic, number, offset, end, ended, context in feeds:
            place = Place(topic, number)
            self.feeds[place] = Feed(place, self._context(place), offset, end, ended)
            self.feeds[place].context.restore(context)
        for source, tenant, account in accounts:
            self._describe(source, tenant)
            self.ledger.account(source).add(account_from_plain(account))

    def close(self) -> None:
        """Let go of the brokers."""
        if self.reader is not None:
            self.reader.close()
            self.reader = None
