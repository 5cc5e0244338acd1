"""Kafka topics as a source: partitions that are read at offsets we choose, in batches, never in a group's name.

Takes topic names and offsets, gives messages as columns. It assigns and never subscribes, so nothing is rebalanced; offsets
are committed only when told to. An error event never moves an offset on.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from operator import itemgetter
from typing import Final, NamedTuple, cast

import numpy as np
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from brainstem.arrays.aliases import Int64s
from connectors.base import InputError
from connectors.kafka.client import ClientSettings

ASK_SECONDS: Final = 5.0
"""How long a broker is asked for metadata or offsets before it counts as away."""
AT_ONCE: Final = 512
"""Messages that the client is asked for at once: so few that they stay in the processor's cache until they are taken apart,
which halves the cost of a message."""
NO_TIMESTAMP: Final = -1

Headers = list[tuple[str, bytes | None]] | None


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class OffsetLostError(InputError):
    """The broker no longer keeps (or does not have yet) the offset that is to be read next."""


_milliseconds: Final = itemgetter(1)


def byte_counts(values: list[bytes | None]) -> Int64s:
    """Count the bytes of values, 0 for none."""
    # a tombstone is rare, and looking for one costs less than asking each value
    sized = [value or b"" for value in values] if None in values else cast("list[bytes]", values)
    return np.fromiter(map(len, sized), np.int64, len(sized))


@dataclass(slots=True)
class Messages:
    """Consecutive messages of one partition, as columns; `timestamp_ms` is -1 where a message has none.

    `octets` counts the bytes of each value, 0 for none.
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
        """Take messages of one partition apart."""
        # one call into the client for each column and message is what its interface allows
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
        """Put messages behind one another."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            list(chain.from_iterable(each.values for each in parts)),
            np.concatenate([each.offsets for each in parts]),
            np.concatenate([each.timestamp_ms for each in parts]),
            list(chain.from_iterable(each.headers for each in parts)),
            np.concatenate([each.byte_count for each in parts]),
        )

    def cut(self, low: int, high: int) -> "Messages":
        """Return the messages from place `low` up to `high`."""
        return Messages(
            self.values[low:high],
            self.offsets[low:high],
            self.timestamp_ms[low:high],
            self.headers[low:high],
            self.byte_count[low:high],
        )


@dataclass(slots=True)
class Polled:
    """What one poll gave: pieces of partitions, partitions read to their end (and where that is), and what went wrong.

    `troubles` are for people; a damaged batch was passed over by the client, a lost offset is not on the broker.
    """

    messages: list[tuple[Place, Messages]] = field(default_factory=list)
    ended: dict[Place, int] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    damaged: list[Place] = field(default_factory=list)
    lost: list[Place] = field(default_factory=list)
    came: bool = False
    """whether anything had come"""


def _place_of(message: Message) -> Place:
    """Return where a message, or an event that is none, comes from."""
    partition = message.partition()
    return Place(message.topic() or "", -1 if partition is None else partition)


class KafkaReader:
    """One consumer with the partitions that were assigned to it."""

    def __init__(self, settings: ClientSettings, group: str, client: str, trouble: Callable[[str], None]) -> None:
        """Make a consumer; nothing is asked of a broker yet. `trouble` hears of brokers that are away."""
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
        # small defaults that an operator may overrule
        configuration.setdefault("fetch.wait.max.ms", 100)
        configuration.setdefault("reconnect.backoff.max.ms", 2000)
        configuration.setdefault("topic.metadata.refresh.interval.ms", 30_000)
        self._consumer = Consumer({**configuration, "error_cb": lambda error: trouble(error.str())})
        self._topics: set[str] = set()

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Read further partitions, from these offsets on."""
        places = [TopicPartition(place.topic, place.partition, offset) for place, offset in offsets.items()]
        self._consumer.incremental_assign(places)
        self._topics.update(place.topic for place in offsets)

    def seek(self, place: Place, offset: int) -> None:
        """Go on elsewhere in an assigned partition."""
        self._consumer.incremental_unassign([TopicPartition(*place)])
        self.assign({place: offset})

    def poll(self) -> Polled:
        """Return some of what is at hand; does not wait."""
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
        """Cut messages where the partition changes; the client gives what a broker has sent of one in one piece."""
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
        """Sort an event that is no message."""
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
        """Say that an offset is not there (any more), and what to do."""
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
        """Read no more of a partition."""
        self._consumer.incremental_unassign([TopicPartition(*place)])

    def pause(self, place: Place) -> None:
        """Fetch no more of a partition for now."""
        self._consumer.pause([TopicPartition(*place)])

    def resume(self, place: Place) -> None:
        """Fetch a paused partition again."""
        self._consumer.resume([TopicPartition(*place)])

    def commit(self, offsets: Mapping[Place, int]) -> None:
        """Tell the group how far reading is durable; the answer is not waited for, the next commit says more."""
        if offsets:
            places = [TopicPartition(place.topic, place.partition, offset) for place, offset in offsets.items()]
            self._consumer.commit(offsets=places, asynchronous=True)

    def partitions(self) -> list[Place]:
        """Ask which topics with which partitions there are. Raises `KafkaException` when no broker answers."""
        topics = self._consumer.list_topics(timeout=ASK_SECONDS).topics
        return [
            Place(name, number) for name, topic in topics.items() if topic.error is None for number in topic.partitions
        ]

    def bounds(self, place: Place) -> tuple[int, int]:
        """Ask for the first offset and the one after the last. Raises `KafkaException` when no broker answers."""
        low, high = self._consumer.get_watermark_offsets(TopicPartition(*place), ASK_SECONDS)
        return low, high

    def offsets_at(self, places: Iterable[Place], time_ms: int) -> dict[Place, int]:
        """Ask for the first offset at or after a time, the end where there is none. Raises `KafkaException`."""
        asked = [TopicPartition(place.topic, place.partition, time_ms) for place in places]
        found = self._consumer.offsets_for_times(asked, ASK_SECONDS)
        offsets = {}
        for each in found:
            place = Place(each.topic, each.partition)
            offsets[place] = each.offset if each.offset >= 0 else self.bounds(place)[1]
        return offsets

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()
