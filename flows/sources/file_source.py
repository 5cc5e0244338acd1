"""The files of a replay as a Bytewax source with a fixed number of virtual partitions.

Batches are read and parsed on one thread and signed on another, both beside the flow. A snapshot holds the state after the
last batch that was emitted; batches read ahead are not part of it and are read again after a restart.

**Passing on in steps.** A batch of a tenant who says little holds a month, so what it has passed could be sealed at once,
and the features of a month would wait in memory until all of them are judged. So progress over many days is emitted after
the batch, some days at a time (`SourceWorkers.next_step`), each step once the one before is sealed and mostly judged
(`pace`). What is decided does not depend on the steps, so a snapshot does not hold them: after a restart the next progress
covers the rest at once.
"""

from abc import abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition
from typing_extensions import override

from brainstem.contracts.reject import RejectReason
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY, SLOTS_PER_HOUR
from connectors.files.cursor import FileInput
from connectors.files.rotation import Beginning
from flows.config.settings import PARTITIONS, Settings
from flows.process.stop_request import Stop
from flows.sources.batches import Batch, Parsed, PartitionEnd, Passed, Progress, SourceItem
from flows.sources.file_merge import MergedFiles
from flows.sources.pace import Pace
from state.frontier import NOT_YET

BATCHES_AHEAD = 4
"""Batches that a process reads ahead of its flow, so that reading goes on while slots are sealed; each partition reads at
least one ahead, whatever the sum."""
POLL_INTERVAL = timedelta(milliseconds=3)
"""how long the engine waits before it asks again for a batch that was not ready"""
STEP_INTERVAL = timedelta(milliseconds=25)
"""how long the engine waits before it asks again for a step: to seal and judge one takes a multiple"""
PACE_SLOTS = 6 * SLOTS_PER_HOUR
"""A partition pauses when it is this far ahead of the slowest one of its process: events of slots that cannot be sealed yet
only take up memory."""
State = tuple[Any, ...]


@dataclass(slots=True)
class SourceWorkers:
    """What the partitions of one process share: a thread that reads and one that signs, and the progress of each partition.

    `observe` is called with the records and bytes of each batch; `stop` says when to stop. `pace` says when the next step
    may be passed on; without one, nothing is passed on in steps.
    """

    observe: Callable[[int, int], None]
    stop: Stop
    pace: Pace | None = None
    progress: dict[int, Progress] = field(default_factory=dict)
    with_nothing_to_read: set[int] = field(default_factory=set)
    """partitions that nobody need pause for: they have been read to the end of all that is there"""
    batches_ahead: int = 0
    records: Counter[int] = field(default_factory=Counter)
    """by day, those emitted of days that not all partitions have passed"""
    passed: dict[int, int] = field(default_factory=dict)
    """how far each partition has come, whatever it has said of that"""
    step_end: int = NOT_YET
    """the slot up to which partitions say what they have passed"""
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
            if not each.closed and not each.idle and number not in self.with_nothing_to_read
        ]
        return done_before - min(awaited, default=done_before) > PACE_SLOTS

    def note_records(self, batch: Batch) -> None:
        """Count the records of a batch by their day."""
        if self.pace is not None:
            accepted = batch.parsed.tick_time[batch.parsed.reject_reason == RejectReason.ACCEPTED]
            days = accepted // (SLOT_US * SLOTS_PER_DAY)
            first = int(days.min()) if len(days) else 0
            counts = np.bincount(days - first)
            self.records.update({first + day: int(counts[day]) for day in np.flatnonzero(counts).tolist()})

    def note_progress(self, progress: Progress) -> None:
        """Note the progress that a partition has emitted."""
        self.progress[progress.partition] = progress
        least = min((each.done_before for each in self.progress.values() if not each.closed), default=0)
        for day in [day for day in self.records if (day + 1) * SLOTS_PER_DAY <= least]:
            del self.records[day]

    def next_step(self, partition: int, done_before: int) -> int:
        """Return the slot up to which a partition that has passed all below `done_before` should say so next; what it has
        said already while others have not come as far.

        All partitions go by the same steps, for what is sealed follows from the slowest.
        """
        said = self.progress[partition].done_before
        self.passed[partition] = done_before
        if self.pace is None or done_before - said <= SLOTS_PER_DAY:
            return done_before
        awaited = [number for number, each in self.progress.items() if not each.closed]
        least = min(self.progress[number].done_before for number in awaited)
        if least >= self.step_end:
            if any(self.passed.get(number, NOT_YET) == NOT_YET for number in awaited):
                # records of days that others have not read yet are not counted yet
                return said
            self.step_end = self._end_of_step(least, self.pace.records_a_step)
        return max(said, min(self.step_end, done_before))

    def _end_of_step(self, begin: int, most: int) -> int:
        """Return the end of the step that begins at a slot, which all partitions have passed: of whole days with `most` or
        more records."""
        records = 0
        for day in sorted(self.records):
            end = (day + 1) * SLOTS_PER_DAY
            records += self.records[day] if end > begin else 0
            if records >= most and end > begin:
                return end
        return max(self.passed.values())


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
        self._passed = files.progress
        """the progress after the last batch that was emitted"""
        workers.progress[files.partition] = files.progress
        # what a snapshot holds was passed; others would wait for one that waits for them
        workers.passed[files.partition] = files.progress.done_before

    @override
    def next_batch(self) -> list[SourceItem]:
        if self._workers.stop.asked:
            raise StopIteration
        if self._workers.is_ahead(self._files.partition):
            return []
        self._read_ahead()
        if self._is_in_step:
            return self._step()
        if not self._ahead[0][1].done():
            return []
        read, state = self._ahead[0][1].result()
        if isinstance(read, PartitionEnd):
            # up to the last slot, which stays open until the end itself
            last_slot = read.progress.done_before - 1
            if self._workers.next_step(self._files.partition, last_slot) < last_slot:
                self._passed = replace(read.progress, done_before=last_slot, closed=False)
                return self._step()
        self._ahead.popleft()
        self._state = state
        self._workers.batches_ahead -= 1
        if read is None:
            raise StopIteration
        if isinstance(read, Batch):
            self._read_ahead()
            self._workers.observe(len(read.envelopes), int(read.envelopes.length.sum()))
            self._workers.note_records(read)
            self._passed = read.progress
            if self._workers.next_step(self._files.partition, self._passed.done_before) < self._passed.done_before:
                return [replace(read, progress=self._workers.progress[self._files.partition])]
        self._workers.note_progress(read.progress)
        return [read]

    @property
    def _is_in_step(self) -> bool:
        """Return whether more is passed than was emitted."""
        return self._passed.done_before > self._workers.progress[self._files.partition].done_before

    def _step(self) -> list[SourceItem]:
        """Return the next step of the progress, nothing while the one before is being worked off."""
        if self._workers.pace is None or self._workers.pace.is_passing:
            return []
        end = self._workers.next_step(self._files.partition, self._passed.done_before)
        if end <= self._workers.progress[self._files.partition].done_before:
            return []
        progress = replace(self._passed, done_before=end)
        self._workers.note_progress(progress)
        return [Passed(progress)]

    @override
    def next_awake(self) -> datetime | None:
        # reading a batch takes longer than the engine's default of one millisecond
        if self._is_in_step:
            return datetime.now(UTC) + STEP_INTERVAL
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
        pace: Pace | None = None,
        found_at_us: int = 0,
    ) -> None:
        """`beginnings` are, by source, what the files began with when they were found, which began at `found_at_us`; `pace`
        is that of the graph, where all of it is in this process."""
        self._files = files
        self._found_at_us = found_at_us
        repeated = {file.duplicate_of for file in files if file.duplicate_of}
        self._originals = {file.source: file for file in files if file.source in repeated}
        self.settings = settings
        self._beginnings = beginnings or {}
        self._workers = SourceWorkers(observer or (lambda _records, _encoded: None), stop or Stop(), pace)

    def merged(self, number: int, share: tuple[FileInput, ...]) -> MergedFiles:
        """Return the files of a partition, to be read from their beginnings."""
        return MergedFiles(
            number,
            share,
            self.settings,
            beginnings=self._beginnings,
            originals=self._originals,
            found_at_us=self._found_at_us,
        )

    @override
    def open(self, number: int, resume_state: State | None) -> _Partition:
        # the largest files are dealt out first, so that partitions end at about the same time
        ranked = sorted(self._files, key=lambda file: (-file.size_bytes, file.source))
        share = tuple(sorted(ranked[number::PARTITIONS], key=lambda file: file.source))
        files = self.merged(number, share)
        if resume_state is not None:
            files.restore(resume_state)
        return _Partition(files, self._workers)
