"""Sealing beside the flow: buckets work on threads of their own while the flow reads on and judges.

Compiled loops and sorts leave Python free, so every core has something to do. What a bucket says is what it would say in the
flow, in the same order; only when it is said depends on the threads.
"""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import thread_time
from typing import Any, Final, Protocol
from weakref import WeakSet

from bytewax.operators import StatefulBatchLogic
from typing_extensions import override

from brainstem.arrays.state_version import require_version
from brainstem.contracts.tenant_report import report_from_plain, report_to_plain
from flows.graph.steps import AttentionLogic, Sealed, Share, shard_key
from flows.sources.batches import Progress
from flows.sources.pace import Pace

POOLED_STATE_VERSION: Final = 3
SHARES_WAITING: Final = 24
"""Shares that a bucket may be behind; beyond it the flow waits for it."""

ROWS_WAITING: Final = 1 << 19
"""Rows that the buckets of a process may be behind: two or three times what comes in while they seal a stride, so that
neither waits for the other; where every row is of a new kind, each of them weighs half a kilobyte."""

SECONDS_WAITING: Final = 1.0
"""Work, in seconds, that the buckets of a process may be behind. A snapshot waits for all of it, and where each row is of a
new kind a batch takes that long."""

SEALING_THREADS: Final = 2
"""Threads that work for the buckets of a process. A third finds no work: what judges and reads keeps pace with two."""

SOON: Final = timedelta(milliseconds=50)
"""when a bucket that has been given work looks whether it is done, unless it is given more before"""

Said = list[tuple[str, Sealed]]
Task = Future[tuple[Iterable[tuple[str, Sealed]], bool]]


class Work(Protocol):
    """What a bucket does with its shares."""

    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        """Take shares; give what is sealed by them, and whether nothing will follow."""


class BucketQueue:
    """Where a bucket's shares wait, in the order that they came, until a thread has time for all of them."""

    def __init__(self, logic: Work) -> None:
        self.logic = logic
        self.waiting: deque[tuple[Task, list[Share], int]] = deque()
        self.is_served = False


class Workers:
    """Threads that work for the buckets of a process, each for whichever bucket has waited longest.

    Buckets are of unequal weight, so threads with buckets of their own would wait for the one with the heaviest.
    """

    def __init__(self, threads: int = SEALING_THREADS, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="seal")
        self._at_once = threads
        self._lock = Lock()
        self._buckets: WeakSet[PooledAttention] = WeakSet()

    @property
    def is_behind(self) -> bool:
        """Return whether so much waits that nothing more should be read."""
        return self.pace.rows_waiting > ROWS_WAITING or self.pace.seconds_waiting / self._at_once > SECONDS_WAITING

    def give(self, queue: BucketQueue, shares: list[Share]) -> Task:
        """Have a bucket work on shares, after all that was given to it before."""
        rows = sum(each.deltas.weight for each in shares if each.deltas is not None)
        task: Task = Future()
        self.pace.add_waiting(rows)
        with self._lock:
            queue.waiting.append((task, shares, rows))
            is_served, queue.is_served = queue.is_served, True
        if not is_served:
            self._threads.submit(self._serve, queue)
        return task

    def _serve(self, queue: BucketQueue) -> None:
        """Do all the work that waits at a desk at once: the more there is, the more slots are sealed together.

        What comes meanwhile has its turn after the other desks.
        """
        with self._lock:
            taken = [*queue.waiting]
            queue.waiting.clear()
        done: tuple[Iterable[tuple[str, Sealed]], bool] | None = None
        fault: BaseException | None = None
        began = thread_time()
        try:
            done = queue.logic.on_batch([share for _, shares, _ in taken for share in shares])
        except BaseException as raised:  # noqa: BLE001 - it is raised again where the work is taken
            fault = raised
        worked_on = sum(rows for *_, rows in taken)
        self.pace.add_waiting(-worked_on)
        self.pace.measure(worked_on, thread_time() - began)
        with self._lock:
            goes_on = bool(queue.waiting) and fault is None
            # what waits behind a fault must not be worked on: the process ends
            queue.is_served = goes_on or fault is not None
        if done is None:
            for task, *_ in taken:
                task.set_exception(fault)
            return
        said, is_done = done
        for task, *_ in taken:
            # the first one says all of it
            task.set_result((said, is_done))
            said = []
        # not what stands at the desk by now: whoever gave it more since then has called for a thread
        if goes_on:
            self._threads.submit(self._serve, queue)

    def join(self, bucket: "PooledAttention") -> None:
        """Take a bucket among those of the process."""
        self._buckets.add(bucket)

    def leave(self, bucket: "PooledAttention") -> None:
        """Let a bucket go that has ended."""
        self._buckets.discard(bucket)

    def take_snapshots(self) -> None:
        """Have the states of all buckets put into plain values, once all that was given to them has been worked on.

        The engine asks for one after the other and for all at the same time, so each core has something to do.
        """
        asked = [bucket for bucket in self._buckets if bucket.snapshot_beside is None]
        for bucket in asked:
            bucket.wait()
        for bucket in asked:
            bucket.snapshot_beside = self._threads.submit(bucket.logic.snapshot)

    def stop(self) -> None:
        """Work on nothing any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class PooledAttention(StatefulBatchLogic[Share, tuple[str, Sealed], tuple[Any, ...]]):
    """A bucket whose work is done by `workers`."""

    def __init__(self, workers: Workers, inputs: int, state: tuple[Any, ...] | None, stride_slots: int) -> None:
        self._workers = workers
        self._tasks: deque[Task] = deque()
        self._unsaid: Said = []
        self._is_done = False
        logic_state = None
        if state is not None:
            require_version("sealing beside the flow", state[0], POOLED_STATE_VERSION)
            _, logic_state, unsaid = state
            self._unsaid = [_sealed(each) for each in unsaid]
        self.logic = AttentionLogic(inputs, logic_state, stride_slots)
        self.snapshot_beside: Future[tuple[Any, ...]] | None = None
        """the state as it is now, where it has been asked for; what comes next must wait for it"""
        self._queue = BucketQueue(self.logic)
        workers.join(self)

    @override
    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        if self.snapshot_beside is not None:
            # this bucket had heard nothing, so nobody asked for it
            self.snapshot_beside.result()
            self.snapshot_beside = None
        self._tasks.append(self._workers.give(self._queue, values))
        self._collect(SHARES_WAITING)
        return self._say()

    @override
    def notify_at(self) -> datetime | None:
        # where nothing else comes, what is done by then is said all the same
        return datetime.now(UTC) + SOON if self._tasks else None

    @override
    def on_notify(self) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        self._collect(len(self._tasks))
        return self._say()

    @override
    def on_eof(self) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        # all buckets have been given all that there is, so whoever waits for one lets the others work
        self.wait()
        return self._say()

    def _say(self) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        said, self._unsaid = self._unsaid, []
        # what is done only now is said before it is let go
        ends = self._is_done and not self._tasks
        if ends:
            self._workers.leave(self)
        return said, ends

    def wait(self) -> None:
        """Wait until all that was given has been worked on."""
        self._collect(0)

    def _collect(self, most: int) -> None:
        """Take what has been said, and wait until no more than `most` shares are left to be worked on.

        It also waits for own shares while the buckets of the process are behind together.
        """
        while self._tasks and (len(self._tasks) > most or self._workers.is_behind or self._tasks[0].done()):
            try:
                said, self._is_done = self._tasks.popleft().result()
            except BaseException:
                self._workers.stop()
                raise
            self._unsaid.extend(said)

    @override
    def snapshot(self) -> tuple[Any, ...]:
        if self.snapshot_beside is None:
            self._workers.take_snapshots()
        taken, self.snapshot_beside = self.snapshot_beside, None
        # one that has ended is no longer among the buckets of the process
        logic_state = self.logic.snapshot() if taken is None else taken.result()
        unsaid = tuple(
            (each.shard, *_plain(each.progress), tuple(map(report_to_plain, each.reports))) for _, each in self._unsaid
        )
        return POOLED_STATE_VERSION, logic_state, unsaid


def _plain(progress: Progress) -> tuple[int, int, bool, bool]:
    return progress.partition, progress.done_before, progress.closed, progress.idle


def _sealed(plain: tuple[Any, ...]) -> tuple[str, Sealed]:
    shard, *progress, reports = plain
    return shard_key(shard), Sealed(shard, Progress(*progress), tuple(map(report_from_plain, reports)))
