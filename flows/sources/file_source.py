"""The files of a replay as a Bytewax source with a fixed number of virtual partitions.

Batches are read and parsed on one thread and signed on another, both beside the flow. A snapshot holds the state after the
last batch that was emitted; batches read ahead are not part of it and are read again after a restart.
"""

from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from brainstem.contracts.slots import SLOTS_PER_HOUR
from connectors.files.cursor import FileInput
from connectors.files.rotation import Beginning
from flows.config.settings import PARTITIONS, Settings
from flows.process.stop_request import Stop
from flows.sources.batches import Batch, Parsed, PartitionEnd, Progress, SourceItem
from flows.sources.file_merge import MergedFiles

BATCHES_AHEAD = 4
"""Batches that a process reads ahead of its flow, so that reading goes on while slots are sealed; each partition reads at
least one ahead, whatever the sum."""
POLL_INTERVAL = timedelta(milliseconds=3)
"""how long the engine waits before it asks again for a batch that was not ready"""
PACE_SLOTS = 6 * SLOTS_PER_HOUR
"""A partition pauses when it is this far ahead of the slowest one of its process: events of slots that cannot be sealed yet
only take up memory."""

State = tuple[Any, ...]


@dataclass(slots=True)
class SourceWorkers:
    """What the partitions of one process share: a thread that reads and one that signs, and the progress of each partition.

    `observe` is called with the records and bytes of each batch; `stop` says when to stop.
    """

    observe: Callable[[int, int], None]
    stop: Stop
    progress: dict[int, Progress] = field(default_factory=dict)
    without_time: set[int] = field(default_factory=set)
    """partitions that nobody need pause for, since nothing says how far they are"""
    batches_ahead: int = 0
    # reading needs the state after the batch before, signing does not: with a thread for each, two cores are at work before
    # the first slots can be sealed. A second thread for either would alternate with the first one on the same core
    reader: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="read"))
    signer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="sign"))

    def is_ahead(self, partition: int) -> bool:
        """Return whether a partition is so far ahead of the slowest open one that it should pause."""
        done_before = self.progress[partition].done_before
        awaited = [
            each.done_before
            for number, each in self.progress.items()
            if not each.closed and not each.idle and number not in self.without_time
        ]
        return done_before - min(awaited, default=done_before) > PACE_SLOTS


class _Partition(StatefulSourcePartition[SourceItem, State]):
    """One virtual partition: a queue of batches read ahead, and the state after the last one that was emitted."""

    def __init__(self, files: MergedFiles, workers: SourceWorkers) -> None:
        self._files = files
        self._workers = workers
        self._state = files.snapshot()
        self._ahead: deque[
            tuple[Future[tuple[Parsed | PartitionEnd | None, State]], Future[tuple[SourceItem | None, State]]]
        ] = deque()
        """batches that are being read, and the same once they are signed"""
        workers.progress[files.partition] = files.progress

    @override
    def next_batch(self) -> list[SourceItem]:
        if self._workers.stop.asked:
            raise StopIteration
        if self._workers.is_ahead(self._files.partition):
            return []
        self._read_ahead()
        if not self._ahead[0][1].done():
            return []
        _, signed = self._ahead.popleft()
        read, self._state = signed.result()
        self._workers.batches_ahead -= 1
        if read is None:
            raise StopIteration
        self._workers.progress[self._files.partition] = read.progress
        if isinstance(read, Batch):
            self._read_ahead()
            self._workers.observe(len(read.envelopes), int(read.envelopes.length.sum()))
        return [read]

    @override
    def next_awake(self) -> datetime | None:
        # reading a batch takes longer than the engine's default of one millisecond
        is_ready = not self._ahead or self._ahead[0][1].done()
        return None if is_ready else datetime.now(UTC) + POLL_INTERVAL

    def _read_ahead(self) -> None:
        """Submit the next batch to the threads, and more of them while the process holds few."""
        while not self._ahead or self._workers.batches_ahead < BATCHES_AHEAD:
            parsed = self._workers.reader.submit(self._read)
            self._ahead.append((parsed, self._workers.signer.submit(_sign, parsed)))
            self._workers.batches_ahead += 1

    def _read(self) -> tuple[Parsed | PartitionEnd | None, State]:
        read = self._files.read()
        return read, self._files.snapshot()

    @override
    def snapshot(self) -> State:
        return self._state

    @override
    def close(self) -> None:
        ahead: list[Future[Any]] = [each for pair in self._ahead for each in pair]
        for each in ahead:
            each.cancel()
        wait(ahead)
        self._files.close()


def _sign(parsed: Future[tuple[Parsed | PartitionEnd | None, State]]) -> tuple[SourceItem | None, State]:
    """Wait for parsed records and return them signed."""
    read, state = parsed.result()
    return (read.sign() if isinstance(read, Parsed) else read), state


class VirtualSource(FixedPartitionedSource[SourceItem, State]):
    """A source of `PARTITIONS` virtual partitions, named by their numbers. What is read is dealt out to them by the
    subclass."""

    @override
    def list_parts(self) -> list[str]:
        return [f"v{number:03d}" for number in range(PARTITIONS)]

    @override
    def build_part(
        self, step_id: str, for_part: str, resume_state: State | None
    ) -> StatefulSourcePartition[SourceItem, State]:
        return self.open(int(for_part[1:]), resume_state)

    @abstractmethod
    def open(self, number: int, resume_state: State | None) -> StatefulSourcePartition[SourceItem, State]:
        """Return a partition, at its snapshot where there is one."""


class ReplaySource(VirtualSource):
    """Files dealt out to `PARTITIONS` partitions by size."""

    def __init__(
        self,
        files: tuple[FileInput, ...],
        settings: Settings,
        observer: Callable[[int, int], None] | None = None,
        stop: Stop | None = None,
        beginnings: Mapping[str, Beginning] | None = None,
    ) -> None:
        """`beginnings` are, by source, what the files began with when they were found."""
        self._files = files
        self.settings = settings
        self._beginnings = beginnings or {}
        self._workers = SourceWorkers(observer or (lambda _records, _encoded: None), stop or Stop())

    def merged(self, number: int, share: tuple[FileInput, ...]) -> MergedFiles:
        """Return the files of a partition, to be read from their beginnings."""
        return MergedFiles(number, share, self.settings, beginnings=self._beginnings)

    @override
    def open(self, number: int, resume_state: State | None) -> _Partition:
        # the largest files are dealt out first, so that partitions end at about the same time
        ranked = sorted(self._files, key=lambda file: (-file.size_bytes, file.source))
        share = tuple(sorted(ranked[number::PARTITIONS], key=lambda file: file.source))
        files = self.merged(number, share)
        if resume_state is not None:
            files.restore(resume_state)
        return _Partition(files, self._workers)
