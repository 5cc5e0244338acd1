"""Merging Kafka partitions: every message is emitted once, and the partition that others wait for goes first."""

import time
from collections import defaultdict
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path

import pytest
from confluent_kafka import Message
from hypothesis import given
from hypothesis import strategies as st

from brainstem.contracts.slots import SLOT_US
from brainstem.parse.source_context import DEFAULT_LATENESS_US
from connectors.kafka.client import ClientSettings
from connectors.kafka.reader import AT_ONCE, Place
from flows.config.settings import BATCH_RECORDS, PARTITIONS, Settings
from flows.config.subscription import Subscription, owner_of
from flows.sources.batches import Batch, PartitionEnd
from flows.sources.pace import BATCH_RECORDS_LEAST, Pace
from flows.sources.topic_merge import FETCHED_BATCHES, FETCHED_BYTES, POLLS, MergedTopics
from flows.sources.topic_partition import LARGEST_BATCH_BYTES, source_name
from tests.support.queued_client import TIMESTAMP_MS, QueuedClient, end, message

PLACES = [place for place in (Place("logs", number) for number in range(6 * PARTITIONS)) if owner_of(place) == 0]
PLAIN = b"nothing in here is a time"


def at(hour: int) -> bytes:
    """Return a line that was written in an hour of the day."""
    return b"2026-03-02T%02d:00:00Z web app: fine" % hour


def run_of(place: Place, value: bytes | None, count: int, first: int = 0) -> list[Message]:
    """Return messages with consecutive offsets."""
    return [message(place, first + number, value) for number in range(count)]


def topics_of(
    client: QueuedClient,
    bounds: dict[Place, tuple[int, int]] | None = None,
    batch_records: int = BATCH_RECORDS,
    pace: Pace | None = None,
) -> MergedTopics:
    """Return the virtual partition that reads from a client."""
    with pytest.MonkeyPatch.context() as patch:
        client.take_place_of_the_real_one(patch)
        subscription = Subscription(ClientSettings("127.0.0.1:1"), ("logs",), bounds=bounds)
        topics = MergedTopics(0, subscription, Settings(Path("out"), batch_records=batch_records), pace=pace)
        topics._reader()
    return topics


def batches_of(topics: MergedTopics) -> list[tuple[str, int]]:
    """Return the source and the number of records of each batch of one read."""
    return [(each.envelopes.source, len(each.envelopes)) for each in topics.read() if isinstance(each, Batch)]


def topics_at(client: QueuedClient, hours: list[int], pace: Pace | None = None) -> MergedTopics:
    """Return partitions with watermarks at hours of the day and nothing queued."""
    client.queue = [each for place, hour in zip(PLACES, hours, strict=False) for each in run_of(place, at(hour), 10)]
    client.queue += [end(place, 0) for place in client.places]
    topics = topics_of(client, pace=pace)
    topics.read()
    for cursor in topics.cursors.values():
        cursor.fetched_at = 0.0
    while topics.read():
        pass
    assert [cursor.next_offset for cursor in topics.cursors.values()][: len(hours)] == [10] * len(hours)
    return topics


stretches = st.lists(
    st.tuples(
        st.sampled_from([at(3), at(4), PLAIN, None]),
        st.integers(1, 40),
        # offsets that nobody is given: markers of transactions, and what was compacted away
        st.integers(0, 3),
    ),
    max_size=5,
)


@given(
    of_place=st.lists(stretches, min_size=1, max_size=4),
    batch_records=st.sampled_from([1, 7, 97, BATCH_RECORDS]),
    beyond=st.integers(0, 5),
    order=st.randoms(use_true_random=False),
)
def test_a_replay_gives_each_message_before_its_bound_once_and_in_order_and_ends(
    of_place: list[list[tuple[bytes | None, int, int]]], batch_records: int, beyond: int, order: object
) -> None:
    """Whatever gaps there are between offsets, whatever comes behind the end, however partitions alternate."""
    bounds, wanted = {}, {}
    pieces: dict[Place, list[list[Message]]] = {}
    for place, several in zip(PLACES, of_place, strict=False):
        offset, mine = 0, []
        for value, count, gap in several:
            mine.append(run_of(place, value, count, offset))
            offset += count + gap
        bounds[place] = (0, offset)
        wanted[source_name(place)] = [each.offset() for piece in mine for each in piece]
        pieces[place] = [*mine, run_of(place, at(5), beyond, offset), [end(place, offset + beyond)]]
    client = QueuedClient(bounds)
    while any(pieces.values()):
        place = order.choice([each for each, left in pieces.items() if left])  # type: ignore[attr-defined]  # a Random
        client.queue += pieces[place].pop(0)
    topics = topics_of(client, bounds, batch_records)
    offsets: dict[str, list[int]] = defaultdict(list)
    closed = 0
    for _ in range(1000):
        for each in topics.read():
            if isinstance(each, Batch):
                offsets[each.envelopes.source] += each.envelopes.position.tolist()
                assert len(each.envelopes) <= batch_records
            closed += isinstance(each, PartitionEnd)
    assert closed == 1
    assert dict(offsets) == {source: each for source, each in wanted.items() if each}


def test_partitions_with_a_few_messages_are_read_together_and_before_one_with_many() -> None:
    """Others wait for them."""
    client = QueuedClient(PLACES[:4])
    topics = topics_at(client, [3, 3, 3, 5], Pace())
    many, *few, _ = PLACES[:4]
    client.queue = run_of(many, at(5), 2 * BATCH_RECORDS, 10)
    assert [source for source, _ in batches_of(topics)] == [source_name(many)]
    client.queue = [each for place in few for each in run_of(place, at(3), 2, 10)] + client.queue
    sources = [source for _ in range(4) for source, _ in batches_of(topics)]
    assert sources[:2] == [source_name(place) for place in few]


def test_few_messages_linger_while_nobody_waits_for_them() -> None:
    """However far behind their partition's clock is, and also where it has no time yet."""
    client = QueuedClient(PLACES[:3])
    topics = topics_at(client, [3, 9])
    client.queue = [each for place in PLACES[:3] for each in run_of(place, at(3), 2, 10)]
    assert batches_of(topics) == []


def test_of_a_partition_that_nothing_is_known_of_a_few_messages_are_read_first() -> None:
    """One with a day to catch up must not be far ahead by then."""
    client = QueuedClient(PLACES[:2])
    client.queue = run_of(PLACES[0], at(3), 2 * BATCH_RECORDS) + run_of(PLACES[1], at(3), 20)
    topics = topics_of(client)
    assert batches_of(topics) == [(source_name(PLACES[0]), BATCH_RECORDS_LEAST)]
    sizes = [each for _ in range(4) for each in batches_of(topics)]
    assert sizes[0] == (source_name(PLACES[1]), 20)


def test_what_is_polled_before_something_is_emitted_is_bounded() -> None:
    """A stop must take effect, and queued messages must not wait for all that a broker has."""
    client = QueuedClient(PLACES[:2])
    client.queue = run_of(PLACES[0], at(3), 100_000)
    topics = topics_of(client)
    before = client.asked
    assert batches_of(topics)
    assert 0 < client.asked - before <= POLLS


def test_a_partition_that_is_far_ahead_is_paused() -> None:
    """What is fetched of it meanwhile is bounded."""
    client = QueuedClient(PLACES[:2])
    topics = topics_at(client, [3, 15])
    client.queue = run_of(PLACES[1], at(16), (FETCHED_BATCHES + 1) * 512, 10)
    topics.settings = Settings(Path("out"), batch_records=512)
    # there is more to come of the one that lags
    topics.cursors[PLACES[0]].at_end = False
    for _ in range(10):
        batches_of(topics)
    assert client.paused == {PLACES[1]}
    assert topics.cursors[PLACES[1]].queued <= FETCHED_BATCHES * 512 + AT_ONCE


def test_large_messages_are_bounded_by_their_bytes() -> None:
    """A thousand messages of a quarter of a megabyte fill no memory, whatever their number may be, and all come out."""
    client = QueuedClient(PLACES[:1])
    line = at(3) + b"x" * (256 << 10)
    client.queue = run_of(PLACES[0], line, 1000)
    topics = topics_of(client, {PLACES[0]: (0, 1000)})
    cursor, read = None, 0
    while not topics.closed:
        for each in topics.read():
            if isinstance(each, Batch):
                read += len(each.envelopes)
                assert len(each.envelopes.buffer) <= LARGEST_BATCH_BYTES
        cursor = topics.cursors[PLACES[0]]
        # what one poll returns cannot be bounded before it is there
        assert cursor.queued_bytes <= FETCHED_BYTES + AT_ONCE * len(line)
        assert cursor.queued_bytes == sum(len(value or b"") for piece in cursor.fetched for value in piece.values)
        assert cursor.paused or cursor.queued_bytes <= FETCHED_BYTES or cursor.ended
    assert read == 1000


@pytest.mark.parametrize("line", [at(3), PLAIN])
def test_a_replay_reads_full_batches(line: bytes) -> None:
    """With a time in them or without: nobody waits for results of a replay, and full batches cost least."""
    client = QueuedClient(PLACES[:1])
    client.queue = run_of(PLACES[0], line, 5000)
    topics = topics_of(client, {PLACES[0]: (0, 5000)}, 2000)
    sizes = [size for _ in range(5) for _, size in batches_of(topics)]
    assert sizes == [2000, 2000, 1000]


def test_many_partitions_with_a_few_messages_bring_no_more_than_a_batch_may() -> None:
    """What was emitted must be processed before a snapshot is durable."""
    client = QueuedClient(PLACES)
    topics = topics_at(client, [3] * len(PLACES), Pace())
    client.queue = [each for place in PLACES for each in run_of(place, at(3), BATCH_RECORDS_LEAST - 1, 10)]
    topics.read()
    for cursor in topics.cursors.values():
        cursor.fetched_at = 0.0
    totals = [sum(size for _, size in batches_of(topics)) for _ in range(2 * len(PLACES))]
    assert sum(totals) == len(PLACES) * (BATCH_RECORDS_LEAST - 1)
    assert max(totals) <= BATCH_RECORDS_LEAST


def test_single_messages_are_put_together_while_they_wait() -> None:
    """An array for each message would take memory and time."""
    client = QueuedClient(PLACES[:2])
    topics = topics_at(client, [3, 15])
    for number in range(3 * AT_ONCE):
        client.queue = run_of(PLACES[1], at(16), 1, 10 + number)
        topics._fetch()
    pieces = topics.cursors[PLACES[1]].fetched
    assert sum(map(len, pieces)) == 3 * AT_ONCE
    assert len(pieces) <= 4
    assert all(one.offsets[-1] + 1 == other.offsets[0] for one, other in pairwise(pieces))


def test_a_partition_without_a_time_in_it_comes_as_far_as_its_messages_were_sent() -> None:
    """All others would wait for it for ever."""
    client = QueuedClient(PLACES[:1])
    client.queue = run_of(PLACES[0], PLAIN, BATCH_RECORDS_LEAST)
    topics = topics_of(client)
    batches_of(topics)
    assert topics.cursors[PLACES[0]].watermark_us == TIMESTAMP_MS * 1000 - DEFAULT_LATENESS_US


def test_a_partition_whose_time_does_not_move_on_is_not_waited_for() -> None:
    """Although messages come all the time."""
    client = QueuedClient(PLACES[:2])
    topics = topics_at(client, [3, 5])
    idle, moving = topics.cursors.values()
    long_ago = time.monotonic() - topics.subscription.idle_seconds
    idle.advanced_at = long_ago
    for first in (10, 10 + BATCH_RECORDS_LEAST):
        client.queue = [
            *run_of(idle.place, PLAIN, BATCH_RECORDS_LEAST, first),
            end(idle.place, first),
        ]
        assert batches_of(topics) == [(source_name(idle.place), BATCH_RECORDS_LEAST)]
    assert idle.watermark_us < moving.watermark_us
    assert topics.progress.done_before == moving.watermark_us // SLOT_US
    client.queue = [
        *run_of(idle.place, at(4), BATCH_RECORDS_LEAST, 10_000),
        end(idle.place, 11_024),
    ]
    batches_of(topics)
    assert topics.progress.done_before == idle.watermark_us // SLOT_US
    for cursor in (idle, moving):
        cursor.advanced_at = long_ago
    assert topics.progress.idle


def test_named_topics_that_are_not_at_the_brokers_are_reported_until_they_are() -> None:
    """A misspelt name would be waited for in silence."""
    client, told = QueuedClient([]), list[Collection[str]]()
    topics = topics_of(client)
    topics.contact.report_missing = told.append
    topics.read()
    assert told == [["logs"]]
    client.places = PLACES
    topics._next_discovery_at = 0.0
    topics.read()
    assert told == [["logs"], []]
    assert Subscription(ClientSettings("127.0.0.1:1"), ("^lo.*",)).missing([]) == []
