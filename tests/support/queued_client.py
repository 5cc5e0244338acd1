"""A broker's client as the Kafka reader sees it, with all messages there and in an order of the test's choice."""

from collections import Counter
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, Message, TopicPartition

from connectors.kafka.reader import Place

TIMESTAMP_MS = 1_772_409_600_000


def message(place: Place, offset: int, value: bytes | None) -> Message:
    """Return a message as the client would."""
    return Message(
        topic=place.topic, partition=place.partition, offset=offset, value=value, timestamp=(1, TIMESTAMP_MS)
    )


def end(place: Place, offset: int) -> Message:
    """Return the event that a partition was read to its end."""
    return Message(
        topic=place.topic, partition=place.partition, offset=offset, error=KafkaError(KafkaError._PARTITION_EOF)
    )


class QueuedClient:
    """What `confluent_kafka.Consumer` offers, over a queue in memory; counts how often it was asked."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = list(places)
        self.queue: list[Message] = []
        self.asked = 0
        self.paused: set[Place] = set()
        self.dropped: set[Place] = set()

    def take_place_of_the_real_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make every reader that is made use this client."""
        monkeypatch.setattr("connectors.kafka.reader.Consumer", lambda _settings: self)
        monkeypatch.setattr("connectors.kafka.reader.AdminClient", lambda _settings: self)

    def consume(self, count: int, _timeout: float) -> list[Message]:
        """Return the next messages of partitions that are not paused."""
        self.asked += 1
        given: list[Message] = []
        left: list[Message] = []
        for number, each in enumerate(self.queue):
            place = Place(each.topic() or "", each.partition() or 0)
            if len(given) == count:
                left += self.queue[number:]
                break
            if place not in self.dropped:
                (left if place in self.paused else given).append(each)
        self.queue = left
        return given

    def list_topics(self, timeout: float) -> Any:
        """Return the topics with their partitions."""
        assert timeout > 0
        topics = {
            topic: SimpleNamespace(
                error=None, partitions={place.partition: None for place in self.places if place.topic == topic}
            )
            for topic in Counter(place.topic for place in self.places)
        }
        return SimpleNamespace(topics=topics)

    def describe_topics(self, _topics: object, request_timeout: float) -> dict[str, Any]:
        """Return no topic, as a broker that knows no ids."""
        assert request_timeout > 0
        return {}

    def get_watermark_offsets(self, _place: TopicPartition, _timeout: float) -> tuple[int, int]:
        """Return offsets of a partition that nothing was deleted from."""
        return 0, 2**62

    def incremental_assign(self, places: list[TopicPartition]) -> None:
        """Do nothing: messages come whatever is assigned."""

    def incremental_unassign(self, places: list[TopicPartition]) -> None:
        """Return no more messages of partitions."""
        self.dropped.update(Place(each.topic, each.partition) for each in places)

    def pause(self, places: list[TopicPartition]) -> None:
        """Keep back the messages of partitions."""
        self.paused.update(Place(each.topic, each.partition) for each in places)

    def resume(self, places: list[TopicPartition]) -> None:
        """Return the messages of partitions again."""
        self.paused.difference_update(Place(each.topic, each.partition) for each in places)

    def close(self) -> None:
        """Do nothing: nothing is held."""
