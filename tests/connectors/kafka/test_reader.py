"""The Kafka reader beside librdkafka's mock cluster: what a poll returns, and how offsets are asked for and changed."""

import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import Producer

from connectors.kafka.client import ClientSettings
from connectors.kafka.reader import KafkaReader, Messages, OffsetLostError, Place, Polled

ANSWER_SECONDS = 30
ONE, OTHER = Place("logs", 0), Place("logs", 1)


@pytest.fixture(scope="module")
def broker() -> Producer:
    """Return a producer that holds a mock cluster with ten messages in each of two partitions."""
    producer = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 2})
    producer.list_topics(ONE.topic, ANSWER_SECONDS)
    for place in (ONE, OTHER):
        for number in range(9):
            producer.produce(place.topic, b"%d" % number, partition=place.partition, timestamp=1_000 * (number + 1))
        producer.produce(place.topic, None, partition=place.partition, timestamp=10_000, headers=[("from", b"\xff")])
    assert producer.flush(ANSWER_SECONDS) == 0
    return producer


@pytest.fixture
def reader(broker: Producer) -> Iterator[KafkaReader]:
    """Return a reader of the mock cluster without any partition."""
    (address,) = broker.list_topics(timeout=ANSWER_SECONDS).brokers.values()
    made = KafkaReader(ClientSettings(f"{address.host}:{address.port}"), "group", "reader", lambda _: None)
    yield made
    made.close()


def polled_until(reader: KafkaReader, holds: Callable[[Polled], bool]) -> Polled:
    """Poll until all that has come fulfils a condition; return it as one."""
    whole, until = Polled(), time.monotonic() + ANSWER_SECONDS
    while not holds(whole):
        assert time.monotonic() < until
        polled = reader.poll()
        whole.messages += polled.messages
        whole.ended |= polled.ended
        whole.lost += polled.lost
    return whole


def of(place: Place, polled: Polled) -> Messages:
    """Return the messages of a partition as one piece."""
    return Messages.joined([messages for each, messages in polled.messages if each == place])


def test_partitions_are_read_side_by_side_each_in_its_order_and_to_its_end(reader: KafkaReader) -> None:
    """Each from the offset it was assigned at, and the offset of its end is known."""
    reader.assign({ONE: 0, OTHER: 7})
    polled = polled_until(reader, lambda whole: len(whole.ended) == 2)
    assert of(ONE, polled).offsets.tolist() == list(range(10))
    assert of(OTHER, polled).values == [b"7", b"8", None]
    assert polled.ended == {ONE: 10, OTHER: 10}


def test_a_message_becomes_a_record_with_its_offset_timestamp_and_headers(reader: KafkaReader) -> None:
    """A tombstone is a record of no bytes, so that it is counted."""
    reader.assign({ONE: 8})
    envelopes = of(ONE, polled_until(reader, lambda whole: bool(whole.ended))).to_envelopes("kafka:logs/0", "acme", 5)
    assert [envelopes.raw(row) for row in range(len(envelopes))] == [b"8", b""]
    assert envelopes.position.tolist() == [8, 9]
    assert envelopes.received_at.tolist() == [9_000_000, 10_000_000]
    assert list(envelopes.headers or ()) == [(), [("from", b"\xff")]]


def test_a_partition_may_be_continued_elsewhere(reader: KafkaReader) -> None:
    """What comes after a seek begins at its offset."""
    reader.assign({ONE: 9})
    polled_until(reader, lambda whole: bool(whole.ended))
    reader.seek(ONE, 2)
    assert of(ONE, polled_until(reader, lambda whole: bool(whole.ended))).offsets.tolist() == list(range(2, 10))


def test_an_offset_that_is_not_there_is_lost_and_its_error_says_what_is(reader: KafkaReader) -> None:
    """Nothing is read from elsewhere instead."""
    reader.assign({ONE: 500})
    polled = polled_until(reader, lambda whole: bool(whole.lost))
    assert (polled.lost, polled.messages) == ([ONE], [])
    error = reader.lost(ONE, 500)
    assert isinstance(error, OffsetLostError)
    assert "partition 0: offset 500, the next to be read, is not there; the broker keeps 0 to 10." in str(error)
    assert "Operator action" in str(error)


def test_the_brokers_say_which_partitions_and_offsets_there_are(reader: KafkaReader) -> None:
    """Also the first offset at a time, which is the end where nothing is that late."""
    assert {ONE, OTHER} <= set(reader.partitions())
    assert reader.bounds(ONE) == (0, 10)
    assert reader.offsets_at([ONE, OTHER], 60_000) == {ONE: 10, OTHER: 10}
