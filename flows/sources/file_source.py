"""The files of a replay as a Bytewax source with a fixed number of partitions."""

from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from brainstem.contracts.slots import SLOTS_PER_HOUR
from connectors.files.cursor import FileInput
from flows.config.settings import PARTITIONS, Settings
from flows.process.stop_request import Stop
from flows.sources.batches import Batch, Closing, Heartbeat, Parsed, Progress
from flows.sources.file_merge import MergedFiles

BATCHES_AHEAD = 4
"""Batches that a process reads ahead of its flow, so that reading goes on while slots are sealed; one for each partition
in any case."""
LOOKED_FOR_AFTER = timedelta(milliseconds=3)
"""how long the engine waits before it looks again for a batch that was not read yet"""
PACE_SLOTS = 6 * SLOTS_PER_HOUR
"""A partition waits when it is this far ahead of the slowest one of its process: what cannot be sealed only piles up."""


Read = Batch | Closing | Heartbeat
State = tuple[Any, ...]


@dataclass(slots=True)
class Crew:
    """What the partitions of one process share: a thread that reads and one that signs, how far each has come, who is told
    and who stops.
    """

    observe: Callable[[int, int], None]
    stop: Stop
    progress: dict[int, Progress] = field(default_factory=dict)
    batches_ahead: int = 0
    # reading needs what was read before, signing does not: with a thread for each, two cores are at work before the first
    # slots can be sealed. A second thread for either would only take turns
    reader: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="read"))
    signer: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="sign"))

    def is_ahead(self, partition: int) -> bool:
        """Return whether a partition is so far ahead of one that is waited for that it should rest."""
        own = self.progress[partition].done_before
        awaited = [each.done_before for each in self.progress.values() if not each.closed and not each.idle]
        return own - min(awaited, default=own) > PACE_SLOTS


class _Partition(StatefulSourcePartition[Read, State]):
    """One partition. The next batch is read, parsed and signed beside the flow; a snapshot tells of batches given only."""

    def __init__(self, files: MergedFiles, crew: Crew) -> None:
        self._files = files
        self._crew = crew
        self._state = files.snapshot()
        self._ahead: deque[tuple[Future[tuple[Parsed | Closing | None, State]], Future[tuple[Read | None, State]]]] = (
            deque()
        )
        """what is being read, and what it is once it is signed"""
        crew.progress[files.partition] = files.progress

    @override
    def next_batch(self) -> list[Read]:
        if self._crew.stop.asked:
            raise StopIteration
        if self._crew.is_ahead(self._files.partition):
            return []
        self._read_ahead()
        if not self._ahead[0][1].done():
            return []
        _, signed = self._ahead.popleft()
        read, self._state = signed.result()
        self._crew.batches_ahead -= 1
        if read is None:
            raise StopIteration
        self._crew.progress[self._files.partition] = read.progress
        if isinstance(read, Batch):
            self._read_ahead()
            self._crew.observe(len(read.envelopes), int(read.envelopes.length.sum()))
        return [read]

    @override
    def next_awake(self) -> datetime | None:
        # what is being read takes longer than the engine's millisecond
        is_there = not self._ahead or self._ahead[0][1].done()
        return None if is_there else datetime.now(UTC) + LOOKED_FOR_AFTER

    def _read_ahead(self) -> None:
        """Have a batch read beside the flow, and more of them while the process holds few."""
        while not self._ahead or self._crew.batches_ahead < BATCHES_AHEAD:
            features = self._crew.reader.submit(self._read)
            self._ahead.append((features, self._crew.signer.submit(_signed, features)))
            self._crew.batches_ahead += 1

    def _read(self) -> tuple[Parsed | Closing | None, State]:
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


def _signed(features: Future[tuple[Parsed | Closing | None, State]]) -> tuple[Read | None, State]:
    """Wait for records and sign them."""
    read, state = features.result()
    return (read.signed() if isinstance(read, Parsed) else read), state


class VirtualSource(FixedPartitionedSource[Read, State]):
    """A source of `PARTITIONS` virtual partitions, named by their numbers."""

    @override
    def list_parts(self) -> list[str]:
        return [f"v{number:03d}" for number in range(PARTITIONS)]

    @override
    def build_part(
        self, step_id: str, for_part: str, resume_state: State | None
    ) -> StatefulSourcePartition[Read, State]:
        return self.open(int(for_part[1:]), resume_state)

    @abstractmethod
    def open(self, number: int, resume_state: State | None) -> StatefulSourcePartition[Read, State]:
        """Return a partition, where it stood if it has stood anywhere."""


class ReplaySource(VirtualSource):
    """Files dealt out to `PARTITIONS` partitions."""

    def __init__(
        self,
        files: tuple[FileInput, ...],
        settings: Settings,
        observer: Callable[[int, int], None] | None = None,
        stop: Stop | None = None,
    ) -> None:
        self._files = files
        self._settings = settings
        self._crew = Crew(observer or (lambda _records, _encoded: None), stop or Stop())

    @override
    def open(self, number: int, resume_state: State | None) -> _Partition:
        # the largest files are dealt out first, so that partitions end at about the same time
        ranked = sorted(self._files, key=lambda file: (-file.size_bytes, file.source))
        share = tuple(sorted(ranked[number::PARTITIONS], key=lambda file: file.source))
        files = MergedFiles(number, share, self._settings)
        if resume_state is not None:
            files.restore(resume_state)
        return _Partition(files, self._crew)
