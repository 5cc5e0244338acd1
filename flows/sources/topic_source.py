"""Topics as a Bytewax source with a fixed number of virtual partitions: live without an end, or a replay between offsets.

Reading, parsing, signing and folding run on a thread beside the flow. A snapshot holds the state after the last batch that
was emitted. The engine asks a source for its next batch only once the whole cluster has committed the epoch, so the first
call of `next_batch` after a snapshot means that this snapshot is durable: only then are its offsets committed to the group.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import UTC, datetime, timedelta

from bytewax.inputs import StatefulSourcePartition
from typing_extensions import override

from brainstem.contracts.slots import SLOT_US
from flows.config.settings import Settings
from flows.config.subscription import Subscription
from flows.process.status import StatusBoard
from flows.process.stop_request import Stop
from flows.sources.batches import Batch, Heartbeat, PartitionEnd, SourceItem
from flows.sources.file_source import SourceWorkers, State, VirtualSource
from flows.sources.pace import Pace
from flows.sources.stored_messages import StoredReading
from flows.sources.topic_merge import BrokerContact, MergedTopics, ParseMessages
from flows.sources.topic_partition import parse_messages
from state.frontier import NOT_YET

IDLE_POLL_SECONDS = 0.02
"""How long the engine waits before it asks a partition that had nothing to emit again."""

Emitted = list[Batch | PartitionEnd]


class _Partition(StatefulSourcePartition[SourceItem, State]):
    """One virtual partition of topics, with one read ahead and the state after what was emitted."""

    def __init__(self, topics: MergedTopics, workers: SourceWorkers, board: StatusBoard) -> None:
        self._topics = topics
        self._workers = workers
        self._board = board
        self._state = topics.snapshot()
        self._pending_snapshot: State | None = None
        self._snapshot_at = 0.0
        self._has_emitted_last = False
        self._ahead: Future[tuple[Emitted, State, Heartbeat]] | None = None
        self._heartbeat = topics.heartbeat()
        self._wakes_at: datetime | None = None
        workers.progress[topics.partition] = topics.progress

    @override
    def next_batch(self) -> list[SourceItem]:
        if self._workers.progress[self._topics.partition].closed:
            raise StopIteration
        if self._workers.stop.asked:
            return self._last_heartbeat()
        self._wakes_at = None
        emitted: list[SourceItem] = []
        if self._pending_snapshot is not None:
            self._note_durable(self._pending_snapshot)
            emitted += self._emitted_heartbeats(self._heartbeat)
        if self._workers.is_ahead(self._topics.partition) or self._topics.is_full:
            self._pause()
            return emitted
        if self._ahead is None:
            self._ahead = self._workers.reader.submit(self._read)
        if not self._ahead.done():
            self._pause(IDLE_POLL_SECONDS / 10)
            return emitted
        read, self._state, heartbeat = self._ahead.result()
        self._ahead = None
        if heartbeat.progress.idle != self._heartbeat.progress.idle and not read:
            emitted += self._emitted_heartbeats(heartbeat)
        self._heartbeat = heartbeat
        self._workers.progress[self._topics.partition] = heartbeat.progress
        if self._topics.has_nothing_to_read:
            self._workers.with_nothing_to_read.add(self._topics.partition)
        else:
            self._workers.with_nothing_to_read.discard(self._topics.partition)
        emitted += read
        if read and not heartbeat.progress.closed:
            self._ahead = self._workers.reader.submit(self._read)
        elif not read:
            self._pause()
        self._report(read)
        return emitted

    def _last_heartbeat(self) -> list[SourceItem]:
        """Return the ledger of all that was emitted, so that the ledger of a stopped run agrees with its evidence."""
        if self._has_emitted_last or self._topics.is_replay:
            raise StopIteration
        self._has_emitted_last = True
        return list(self._emitted_heartbeats(self._heartbeat))

    def _read(self) -> tuple[Emitted, State, Heartbeat]:
        read = self._topics.read()
        return read, self._topics.snapshot(), self._topics.heartbeat()

    def _emitted_heartbeats(self, heartbeat: Heartbeat) -> list[Heartbeat]:
        """Return a heartbeat to emit; none in a replay, where an account means that its partition has ended."""
        return [] if self._topics.is_replay else [heartbeat]

    def _pause(self, seconds: float = IDLE_POLL_SECONDS) -> None:
        self._wakes_at = datetime.now(UTC) + timedelta(seconds=seconds)

    def _note_durable(self, state: State) -> None:
        """Commit the offsets of a durable snapshot to the group, in the thread that owns the client."""
        self._pending_snapshot = None
        offsets = self._topics.durable_offsets(state)
        self._workers.reader.submit(self._topics.commit, offsets)
        self._board.durable(self._topics.partition, offsets, time.monotonic() - self._snapshot_at)

    def _report(self, read: Emitted) -> None:
        for each in read:
            if isinstance(each, Batch):
                envelopes = each.envelopes
                self._workers.observe(len(envelopes), int(envelopes.length.sum()))
                for _, source, rows in envelopes.by_owner():
                    last_us = int(envelopes.received_at[rows].max(initial=0))
                    late = int(each.parsed.late[rows].sum())
                    self._board.received(len(rows), source, last_us, late)
        progress = self._heartbeat.progress
        is_known = not progress.idle and progress.done_before > NOT_YET
        self._board.judged_before(progress.partition, progress.done_before * SLOT_US if is_known else None)
        self._board.write()

    @override
    def next_awake(self) -> datetime | None:
        return self._wakes_at

    @override
    def snapshot(self) -> State:
        self._pending_snapshot = self._state
        self._snapshot_at = time.monotonic()
        return self._state

    @override
    def close(self) -> None:
        if self._ahead is not None:
            wait([self._ahead])
        self._workers.reader.submit(self._topics.close).result()


class TopicSource(VirtualSource):
    """The Kafka partitions of topics, dealt out to `PARTITIONS` virtual ones by topic and number."""

    def __init__(
        self,
        subscription: Subscription,
        settings: Settings,
        board: StatusBoard,
        stop: Stop,
        observer: Callable[[int, int], None] | None = None,
        parse_messages: ParseMessages = parse_messages,
        pace: Pace | None = None,
        stored: StoredReading | None = None,
    ) -> None:
        self._stored = stored
        self._subscription = subscription
        self._settings = settings
        self._board = board
        self._workers = SourceWorkers(observer or (lambda _records, _encoded: None), stop)
        self._understand = parse_messages
        self._pace = pace
        self._sight = BrokerContact(stopping=lambda: stop.asked, report_missing=board.missing_topics)

    @override
    def open(self, number: int, resume_state: State | None) -> _Partition:
        topics = MergedTopics(
            number,
            self._subscription,
            self._settings,
            report_trouble=lambda trouble: self._board.trouble(number, trouble),
            ready=self._board.ready,
            parse_messages=self._understand,
            contact=self._sight,
            failures=self._board.failures,
            pace=self._pace,
            stored=self._stored,
        )
        if resume_state is not None:
            topics.restore(resume_state)
        return _Partition(topics, self._workers, self._board)
