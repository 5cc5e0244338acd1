"""Topics as a Bytewax source with a fixed number of partitions: live without an end, or a replay between bounds.

Reading, parsing, signing and folding go on in a thread beside the flow; a snapshot tells of batches given only. The first
call after a snapshot means that this snapshot is durable in the whole cluster: only then is the group told.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import UTC, datetime, timedelta

from bytewax.inputs import StatefulSourcePartition
from typing_extensions import override

from flows.config.settings import Settings
from flows.config.subscription import Subscription
from flows.process.status import StatusBoard
from flows.process.stop_request import Stop
from flows.sources.batches import Batch, Closing, Heartbeat
from flows.sources.file_source import Crew, Read, State, VirtualSource
from flows.sources.pace import Pace
from flows.sources.topic_merge import Sight, TopicPartitions, Understand
from flows.sources.topic_partition import understand

REST_SECONDS = 0.02
"""How long a partition with nothing at hand is left alone."""

Given = list[Batch | Closing]


class _Partition(StatefulSourcePartition[Read, State]):
    """One virtual partition of topics."""

    def __init__(self, topics: TopicPartitions, crew: Crew, board: StatusBoard) -> None:
        self._topics = topics
        self._crew = crew
        self._board = board
        self._state = topics.snapshot()
        self._not_yet_durable: State | None = None
        self._snapshot_at = 0.0
        self._said_last = False
        self._ahead: Future[tuple[Given, State, Heartbeat]] | None = None
        self._pulse = topics.pulse()
        self._wakes_at: datetime | None = None
        crew.progress[topics.partition] = topics.progress

    @override
    def next_batch(self) -> list[Read]:
        if self._crew.progress[self._topics.partition].closed:
            raise StopIteration
        if self._crew.stop.asked:
            return self._last_word()
        self._wakes_at = None
        given: list[Read] = []
        if self._not_yet_durable is not None:
            self._note_durable(self._not_yet_durable)
            given += self._pulses(self._pulse)
        if self._crew.is_ahead(self._topics.partition) or self._topics.is_full:
            self._rest()
            return given
        if self._ahead is None:
            self._ahead = self._crew.reader.submit(self._read)
        if not self._ahead.done():
            self._rest(REST_SECONDS / 10)
            return given
        read, self._state, pulse = self._ahead.result()
        self._ahead = None
        if pulse.progress.idle != self._pulse.progress.idle and not read:
            given += self._pulses(pulse)
        self._pulse = pulse
        self._crew.progress[self._topics.partition] = pulse.progress
        given += read
        if read and not pulse.progress.closed:
            self._ahead = self._crew.reader.submit(self._read)
        elif not read:
            self._rest()
        self._tell(read)
        return given

    def _last_word(self) -> list[Read]:
        """Say what was counted of all that was given, so that the ledger of a stopped run agrees with its evidence."""
        if self._said_last or self._topics.is_replay:
            raise StopIteration
        self._said_last = True
        return list(self._pulses(self._pulse))

    def _read(self) -> tuple[Given, State, Heartbeat]:
        read = self._topics.read()
        return read, self._topics.snapshot(), self._topics.pulse()

    def _pulses(self, pulse: Heartbeat) -> list[Heartbeat]:
        """A replay's accounts mean that it has ended, so it only gives them then."""
        return [] if self._topics.is_replay else [pulse]

    def _rest(self, seconds: float = REST_SECONDS) -> None:
        self._wakes_at = datetime.now(UTC) + timedelta(seconds=seconds)

    def _note_durable(self, state: State) -> None:
        """Let the group know how far reading is durable, in the thread that owns the client."""
        self._not_yet_durable = None
        offsets = self._topics.durable_offsets(state)
        self._crew.reader.submit(self._topics.commit, offsets)
        self._board.durable(self._topics.partition, offsets, time.monotonic() - self._snapshot_at)

    def _tell(self, read: Given) -> None:
        for each in read:
            if isinstance(each, Batch):
                self._crew.observe(len(each.envelopes), int(each.envelopes.length.sum()))
                self._board.received(len(each.envelopes))
        self._board.write()

    @override
    def next_awake(self) -> datetime | None:
        return self._wakes_at

    @override
    def snapshot(self) -> State:
        self._not_yet_durable = self._state
        self._snapshot_at = time.monotonic()
        return self._state

    @override
    def close(self) -> None:
        if self._ahead is not None:
            wait([self._ahead])
        self._crew.reader.submit(self._topics.close).result()


class TopicSource(VirtualSource):
    """The partitions of topics, dealt out to `PARTITIONS` virtual ones by topic and number."""

    def __init__(
        self,
        subscription: Subscription,
        settings: Settings,
        board: StatusBoard,
        stop: Stop,
        observer: Callable[[int, int], None] | None = None,
        understand: Understand = understand,
        pace: Pace | None = None,
    ) -> None:
        self._subscription = subscription
        self._settings = settings
        self._board = board
        self._crew = Crew(observer or (lambda _records, _encoded: None), stop)
        self._understand = understand
        self._pace = pace
        self._sight = Sight(stopping=lambda: stop.asked)

    @override
    def open(self, number: int, resume_state: State | None) -> _Partition:
        topics = TopicPartitions(
            number,
            self._subscription,
            self._settings,
            say=lambda told: self._board.trouble(number, told),
            ready=self._board.ready,
            understand=self._understand,
            sight=self._sight,
            failures=self._board.failures,
            pace=self._pace,
        )
        if resume_state is not None:
            topics.restore(resume_state)
        return _Partition(topics, self._crew, self._board)
