"""Kafka topics as a source: partitions that are assigned to the reader at offsets of its caller's choice.

Takes partitions and offsets, returns messages as columns. It assigns and never subscribes, so no group is rebalanced, and a
partition is read by the process whose snapshots hold its offset. Offsets are committed only on request, for people and
monitoring to see: a run resumes from its snapshot and never from the group. An event that is an error never advances an
offset.

One client reads many partitions, and the broker decides whose messages come next; that is why `poll` returns pieces of
partitions where a `Source` is asked for one origin's records. Each partition by itself keeps the promises of a source: its
messages come in order, each of them is one record, and reading resumes at the offset after the last message.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from operator import itemgetter
from typing import Final, NamedTuple, cast

import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from brainstem.arrays.aliases import Int64s
from brainstem.contracts.envelope import Envelopes
from connectors.base import InputError
from connectors.kafka.client import ClientSettings

ASK_SECONDS: Final = 5.0
"""how long the answer to a question for metadata or offsets is waited for; then the broker counts as away"""
AT_ONCE: Final = 512
"""Messages that one poll takes from the client at most. Measured: so few stay in the processor's cache until their fields
are copied into columns, which halves the cost of a message."""
NO_TIMESTAMP: Final = -1
"""what librdkafka returns for a message without a timestamp"""

_AWAY: Final = (KafkaError._TIMED_OUT, KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN)

Headers = list[tuple[str, bytes | None]] | None


class Place(NamedTuple):
    """A partition of a topic, by name and number."""

    topic: str
    partition: int


class OffsetLostError(InputError):
    """The broker does not have the offset that is to be read next: deleted by retention, or the topic was created anew."""


_milliseconds: Final = itemgetter(1)


def byte_counts(values: list[bytes | None]) -> Int64s:
    """Return the number of bytes of each value, 0 for None."""
    # a tombstone is rare, and one search for None costs less than a test of every value
    sized = [value or b"" for value in values] if None in values else cast("list[bytes]", values)
    return np.fromiter(map(len, sized), np.int64, len(sized))


@dataclass(slots=True)
class Messages:
    """Consecutive messages of one partition, as columns.

    A value is None in a tombstone. `timestamp_ms` is in milliseconds since the epoch, `NO_TIMESTAMP` where a message has
    none. `byte_count` is the number of bytes of each value, 0 for None.
    """

    values: list[bytes | None] = field(default_factory=list)
    offsets: Int64s = field(default_factory=lambda: np.empty(0, np.int64))
    timestamp_ms: Int64s = field(default_factory=lambda: np.empty(0, np.int64))
    headers: list[Headers] = field(default_factory=list)
    byte_count: Int64s = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, messages: list[Message]) -> "Messages":
        """Return messages of one partition as columns."""
        # confluent_kafka has no access to many messages at once: one call for each column and message is the least
        count, values = len(messages), list(map(Message.value, messages))
        return cls(
            values,
            np.fromiter(cast("Iterator[int]", map(Message.offset, messages)), np.int64, count),
            np.fromiter(map(_milliseconds, map(Message.timestamp, messages)), np.int64, count),
            cast("list[Headers]", list(map(Message.headers, messages))),
            byte_counts(values),
        )

    @classmethod
    def joined(cls, parts: "Sequence[Messages]") -> "Messages":
        """Return pieces of one partition, which follow each other, as one piece."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            list(chain.from_iterable(each.values for each in parts)),
            np.concatenate([each.offsets for each in parts]),
            np.concatenate([each.timestamp_ms for each in parts]),
            list(chain.from_iterable(each.headers for each in parts)),
            np.concatenate([each.byte_count for each in parts]),
        )

    def to_envelopes(self, source: str, tenant: str, now_us: int) -> Envelopes:
        """Return the messages as records of a source: each message is one record and its offset the position.

        `received_at` is the timestamp of the message, and `now_us` (microseconds since the epoch, UTC) where it has none. A
        tombstone becomes a record of no bytes. Headers, none or many, stay with their record.
        """
        length = self.byte_count.astype(np.int32)
        start = np.zeros(len(length), np.int64)
        np.cumsum(length[:-1], out=start[1:])
        return Envelopes(
            source=source,
            tenant=tenant,
            peer="",
            position=self.offsets,
            length=length,
            received_at=np.where(self.timestamp_ms > NO_TIMESTAMP, self.timestamp_ms * 1000, now_us),
            buffer=np.frombuffer(b"".join(filter(None, self.values)), np.uint8),
            start=start,
            headers=[each or () for each in self.headers] if any(self.headers) else [()] * len(length),
        )

    def at(self, rows: Sequence[int]) -> "Messages":
        """Return the messages at some indexes."""
        chosen = np.asarray(rows, np.int64)
        return Messages(
            [self.values[row] for row in rows],
            self.offsets[chosen],
            self.timestamp_ms[chosen],
            [self.headers[row] for row in rows],
            self.byte_count[chosen],
        )

    def cut(self, low: int, high: int) -> "Messages":
        """Return the messages from index `low` up to, and without, index `high`."""
        return Messages(
            self.values[low:high],
            self.offsets[low:high],
            self.timestamp_ms[low:high],
            self.headers[low:high],
            self.byte_count[low:high],
        )


@dataclass(slots=True)
class Polled:
    """What one poll returned: pieces of partitions, and events that are no messages.

    `ended` holds partitions that were read to their end, with the offset of that end. `troubles` are errors in words, for
    people. Of a `damaged` partition the client has passed over a batch of messages that fails its check sum; of a `lost`
    one the offset to be read next is not on the broker.
    """

    messages: list[tuple[Place, Messages]] = field(default_factory=list)
    ended: dict[Place, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    damaged: list[Place] = field(default_factory=list)
    lost: list[Place] = field(default_factory=list)
    came: bool = False
    """whether the client had anything at hand, an event without messages included"""
    has_new_places: bool = False
    """whether partitions were found that are not assigned, so that it is worth looking for them at once"""


def _place_of(message: Message) -> Place:
    """Return the partition of a message or event; an event about a whole client has topic "" and number -1."""
    partition = message.partition()
    return Place(message.topic() or "", -1 if partition is None else partition)


class KafkaReader:
    """One consumer with the partitions that were assigned to it."""

    def __init__(self, settings: ClientSettings, group: str, client: str, trouble: Callable[[str], None]) -> None:
        """Make a consumer; no broker is asked for anything yet.

        `trouble` is called with what librdkafka says of brokers that are away, from within `poll`. The client goes on
        trying by itself.
        """
        configuration = settings.configuration(
            {
                "group.id": group,
                "client.id": client,
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "error",
            }
        )
        # smaller than librdkafka's own defaults, so that quiet topics and returning brokers are noticed soon; an operator
        # may set others
        configuration.setdefault("fetch.wait.max.ms", 100)
        configuration.setdefault("reconnect.backoff.max.ms", 2000)
        configuration.setdefault("topic.metadata.refresh.interval.ms", 30_000)
        self._consumer = Consumer({**configuration, "error_cb": lambda error: trouble(error.str())})
        self._topics: set[str] = set()
        # of all clients only this one is told the id of a topic; it connects when it is first asked
        self._admin = AdminClient(settings.configuration({"client.id": client}))

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Begin to read further partitions, from these offsets on."""
        places = [TopicPartition(place.topic, place.partition, offset) for place, offset in offsets.items()]
        self._consumer.incremental_assign(places)
        self._topics.update(place.topic for place in offsets)

    def seek(self, place: Place, offset: int) -> None:
        """Continue an assigned partition at another offset."""
        self._consumer.incremental_unassign([TopicPartition(*place)])
        self.assign({place: offset})

    def poll(self) -> Polled:
        """Return what is at hand, at most `AT_ONCE` messages; never waits."""
        given = messages = self._consumer.consume(AT_ONCE, 0)
        polled = Polled(came=bool(given))
        if any(map(Message.error, given)):
            messages = [message for message in given if message.error() is None]
            for message in given:
                if message.error() is not None:
                    self._note(message, polled)
        if messages:
            polled.messages = [(place, Messages.of(run)) for place, run in self._by_partition(messages)]
        return polled

    def _by_partition(self, messages: list[Message]) -> Iterator[tuple[Place, list[Message]]]:
        """Yield runs of messages of one partition; there are few, since the client returns what a broker has sent of a
        partition in one piece.
        """
        numbers = list(map(Message.partition, messages))
        topics = list(map(Message.topic, messages)) if len(self._topics) > 1 else [messages[0].topic()] * len(numbers)
        if numbers.count(numbers[0]) == topics.count(topics[0]) == len(numbers):
            yield _place_of(messages[0]), messages
            return
        places = list(zip(topics, numbers, strict=True))
        edges = [row for row, (one, other) in enumerate(pairwise(places), 1) if one != other]
        for low, high in pairwise((0, *edges, len(messages))):
            yield _place_of(messages[low]), messages[low:high]

    def _note(self, message: Message, polled: Polled) -> None:
        """Add an event that is no message to what it means."""
        error = message.error()
        place = _place_of(message)
        code = error.code() if error is not None else None
        if code == KafkaError._PARTITION_EOF:
            polled.ended[place] = message.offset() or 0
        elif code in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):
            polled.lost.append(place)
        elif code in (KafkaError._BAD_MSG, KafkaError._BAD_COMPRESSION):
            polled.damaged.append(place)
            polled.troubles.append(f"{place.topic}/{place.partition}: {error}")
        else:
            polled.troubles.append(f"{place.topic}/{place.partition}: {error.str() if error else 'unknown'}")

    def lost(self, place: Place, wanted: int) -> OffsetLostError:
        """Return the error for an offset that the broker does not have, with what it does have and what to do."""
        try:
            low, high = self.bounds(place)
            kept = f"the broker keeps {low} to {high}"
        except KafkaException:
            kept = "the broker does not say what it keeps"
        return OffsetLostError(
            f"topic {place.topic}, partition {place.partition}: offset {wanted}, the next to be read, is not there; {kept}."
            " Messages were deleted before they were read, or the topic was made anew. Operator action: lengthen the topic's"
            ' retention; to go on with what is left and have the gap in the ledger, set kafka.lost_offsets = "beginning".'
        )

    def drop(self, place: Place) -> None:
        """End the reading of a partition."""
        self._consumer.incremental_unassign([TopicPartition(*place)])

    def pause(self, place: Place) -> None:
        """Stop fetching a partition until `resume`; what was fetched before may still come."""
        self._consumer.pause([TopicPartition(*place)])

    def resume(self, place: Place) -> None:
        """Fetch a paused partition again."""
        self._consumer.resume([TopicPartition(*place)])

    def commit(self, offsets: Mapping[Place, int]) -> None:
        """Commit offsets for the group, without waiting for the answer: the next commit repeats what this one says."""
        if offsets:
            places = [TopicPartition(place.topic, place.partition, offset) for place, offset in offsets.items()]
            self._consumer.commit(offsets=places, asynchronous=True)

    @property
    def is_caught_up(self) -> bool:
        """Return whether `partitions` returns all that there are: brokers name them at once."""
        return True

    def partitions(self) -> list[Place]:
        """Return the partitions of all topics. Raises `KafkaException` when no broker answers."""
        topics = self._consumer.list_topics(timeout=ASK_SECONDS).topics
        return [
            Place(name, number) for name, topic in topics.items() if topic.error is None for number in topic.partitions
        ]

    def topic_ids(self, topics: Iterable[str]) -> dict[str, str]:
        """Return the id of each topic, which is another one when the topic is deleted and made anew.

        Topics without an id, as brokers before 2.8 have them, and those that the broker does not tell of are left out.
        Raises `KafkaException` when no broker answers.
        """
        names = sorted(set(topics))
        if not names:
            return {}
        ids = {}
        for name, answer in self._admin.describe_topics(TopicCollection(names), request_timeout=ASK_SECONDS).items():
            try:
                found = str(answer.result().topic_id)
            except KafkaException as error:
                if error.args[0].retriable() or error.args[0].code() in _AWAY:
                    raise
                continue
            if found.strip("A="):
                ids[name] = found
        return ids

    def made_anew(self, place: Place, wanted: int) -> OffsetLostError:
        """Return the error for a topic that was deleted and made anew since it was read, with what to do."""
        return OffsetLostError(
            f"topic {place.topic}, partition {place.partition}: the topic was deleted and made anew after offset"
            f" {wanted - 1} was read, so its offsets are those of other messages. Operator action: to read the new topic"
            ' from its beginning, and have the gap in the ledger, set kafka.lost_offsets = "beginning".'
        )

    def bounds(self, place: Place) -> tuple[int, int]:
        """Return the first offset of a partition and the one after its last. Raises `KafkaException` without an answer."""
        low, high = self._consumer.get_watermark_offsets(TopicPartition(*place), ASK_SECONDS)
        return low, high

    def offsets_at(self, places: Iterable[Place], time_ms: int) -> dict[Place, int]:
        """Return the first offset at or after a time by partition, its end where no message is that late.

        `time_ms` is in milliseconds since the epoch, UTC. Raises `KafkaException` when no broker answers.
        """
        asked = [TopicPartition(place.topic, place.partition, time_ms) for place in places]
        found = self._consumer.offsets_for_times(asked, ASK_SECONDS)
        offsets = {}
        for each in found:
            place = Place(each.topic, each.partition)
            offsets[place] = each.offset if each.offset >= 0 else self.bounds(place)[1]
        return offsets

    def close(self) -> None:
        """Disconnect from the brokers."""
        self._consumer.close()
