"""What `topic_merge` reads from: topics at brokers, a spool on disk, or both at once behind one interface."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from connectors.base import InputError
from connectors.kafka.reader import KafkaReader, Place, Polled
from connectors.spool.folder import Folder
from connectors.spool.places import is_of_spool
from connectors.spool.reader import SpoolReader
from flows.config.subscription import Subscription, headers_of, owner_of


class Reader(Protocol):
    """Partitions that were assigned are read by one thread. `connectors.kafka.reader.KafkaReader` says what each does."""

    @property
    def is_caught_up(self) -> bool:
        """Return whether `partitions` has all that there were when it was opened."""

    def partitions(self) -> list[Place]:
        """Return the partitions that there are."""

    def topic_ids(self, topics: Iterable[str]) -> dict[str, str]:
        """Return the id of each topic."""

    def bounds(self, place: Place) -> tuple[int, int]:
        """Return the first offset and the one after the last."""

    def offsets_at(self, places: Iterable[Place], time_ms: int) -> dict[Place, int]:
        """Return the first offset at or after a time."""

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Begin to read further partitions."""

    def seek(self, place: Place, offset: int) -> None:
        """Continue at another offset."""

    def drop(self, place: Place) -> None:
        """End the reading of a partition."""

    def pause(self, place: Place) -> None:
        """Fetch nothing of a partition."""

    def resume(self, place: Place) -> None:
        """Fetch a paused partition again."""

    def poll(self) -> Polled:
        """Return what is at hand."""

    def commit(self, offsets: Mapping[Place, int]) -> None:
        """Note what is durable."""

    def lost(self, place: Place, wanted: int) -> InputError:
        """Return the error for an offset that is not there."""

    def made_anew(self, place: Place, wanted: int) -> InputError:
        """Return the error for a topic that was made anew."""

    def close(self) -> None:
        """Close it."""


class BothReaders:
    """Topics and a spool. A place says which of both it belongs to."""

    def __init__(self, topics: KafkaReader, spool: SpoolReader) -> None:
        self._topics, self._spool = topics, spool

    @property
    def is_caught_up(self) -> bool:
        """Return whether `partitions` has all that there were when it was opened."""
        return self._topics.is_caught_up and self._spool.is_caught_up

    def _of(self, place: Place) -> Reader:
        return self._spool if is_of_spool(place.topic) else self._topics

    def partitions(self) -> list[Place]:
        """Return the partitions of both. Raises `KafkaException` when no broker answers."""
        return [*self._spool.partitions(), *self._topics.partitions()]

    def topic_ids(self, topics: Iterable[str]) -> dict[str, str]:
        """Return the id of each topic, and of the spool."""
        names = sorted(set(topics))
        spooled = [name for name in names if is_of_spool(name)]
        return self._topics.topic_ids([name for name in names if not is_of_spool(name)]) | self._spool.topic_ids(
            spooled
        )

    def bounds(self, place: Place) -> tuple[int, int]:
        """Return the first offset and the one after the last."""
        return self._of(place).bounds(place)

    def offsets_at(self, places: Iterable[Place], time_ms: int) -> dict[Place, int]:
        """Return the first offset at or after a time."""
        return {key: found for place in places for key, found in self._of(place).offsets_at([place], time_ms).items()}

    def assign(self, offsets: Mapping[Place, int]) -> None:
        """Begin to read further partitions."""
        for reader, own in self._split(offsets):
            reader.assign(own)

    def seek(self, place: Place, offset: int) -> None:
        """Continue at another offset."""
        self._of(place).seek(place, offset)

    def drop(self, place: Place) -> None:
        """End the reading of a partition."""
        self._of(place).drop(place)

    def pause(self, place: Place) -> None:
        """Fetch nothing of a partition."""
        self._of(place).pause(place)

    def resume(self, place: Place) -> None:
        """Fetch a paused partition again."""
        self._of(place).resume(place)

    def poll(self) -> Polled:
        """Return what both have at hand."""
        one, other = self._topics.poll(), self._spool.poll()
        return Polled(
            messages=one.messages + other.messages,
            ended=one.ended | other.ended,
            troubles=one.troubles + other.troubles,
            damaged=one.damaged + other.damaged,
            lost=one.lost + other.lost,
            came=one.came or other.came,
            has_new_places=other.has_new_places,
        )

    def commit(self, offsets: Mapping[Place, int]) -> None:
        """Note what is durable, to the group and beside the spool."""
        for reader, own in self._split(offsets):
            reader.commit(own)

    def lost(self, place: Place, wanted: int) -> InputError:
        """Return the error for an offset that is not there."""
        return self._of(place).lost(place, wanted)

    def made_anew(self, place: Place, wanted: int) -> InputError:
        """Return the error for a topic that was made anew."""
        return self._of(place).made_anew(place, wanted)

    def close(self) -> None:
        """Close both."""
        self._spool.close()
        self._topics.close()

    def _split(self, offsets: Mapping[Place, int]) -> list[tuple[Reader, dict[Place, int]]]:
        spooled = {place: offset for place, offset in offsets.items() if is_of_spool(place.topic)}
        return [
            (self._topics, {place: offsets[place] for place in offsets if place not in spooled}),
            (self._spool, spooled),
        ]


def open_reader(
    subscription: Subscription, partition: int, trouble: Callable[[str], None], known: Iterable[Place]
) -> Reader:
    """Return the reader of a virtual partition. `known` are its partitions of a snapshot."""
    spool = None
    if subscription.spool is not None:
        spool = SpoolReader(
            Folder(subscription.spool),
            partition,
            headers_of,
            lambda place: owner_of(place) == partition,
            [place for place in known if is_of_spool(place.topic)],
        )
        if not subscription.topics:
            return spool
    topics = KafkaReader(subscription.client, subscription.group, f"brainstem-v{partition:03d}", trouble)
    return topics if spool is None else BothReaders(topics, spool)
