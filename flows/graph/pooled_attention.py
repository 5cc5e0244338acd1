"""The attention step on a pool of threads beside the flow, with the same output and snapshots as without threads.

**Problem.** Bytewax runs a worker's operators one after the other on one thread. Sealing the slots of a bucket is most of
the work of a run, and while it is done nothing is read, parsed or judged. The compiled loops and sorts of a seal release
the interpreter lock, so a second core could work, but more workers would mean more processes with state of their own.

**Idea.** `PooledAttention` is the logic that the engine drives for one bucket. It does not process its shares but puts them
into the bucket's `BucketQueue` and returns. `Workers`, shared by all buckets of the process, has a few threads; a free one
takes the queue that has waited longest, processes everything in it with one call of `AttentionLogic.on_batch`, and
completes the tasks of all shares it took. The operator emits finished output at the next call of `on_batch`, or at a
notification soon after.

**Why the order is exact.**

- A queue is first in, first out, and `is_scheduled` is set while a thread owns it or is about to: two threads never process
  one bucket. So a bucket sees its shares in the order in which the engine delivered them.
- One call for several shares gives the same reports as several calls: a seal depends on the frontier and the sums of deltas
  alone. Only which reports come in one batch differs, and discovery waits for all buckets before it judges a slot.
- Tasks are collected in the order of submission, so output keeps its order. The first task of a call carries all its output.

**Why snapshots are exact.** The engine asks for a snapshot at an epoch's end, after all items of the epoch were delivered.
The first bucket asked makes `Workers` wait for every bucket's queue and then serializes all buckets on the threads at once.
Each `pending_snapshot` is the state as of then; a bucket that gets a share before it was asked finishes and drops its
pending one. Output that was computed and not emitted yet goes into the snapshot (`_not_emitted`) and is emitted after a
restart.

**Backpressure.** A bucket with more than `SHARES_WAITING` shares, or a process with more than `ROWS_WAITING` rows or
`SECONDS_WAITING` of work queued, makes `on_batch` wait for its own oldest task.

**Traps.** After an exception nothing queued behind it may run: `is_scheduled` stays set, the exception reaches the engine
when its task is collected, and the process ends. At the end of input the engine calls `on_eof` of every bucket after all
shares were submitted; to wait earlier would leave the other threads idle.
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
from flows.graph.memory import Memory
from flows.graph.steps import AttentionLogic, Sealed, Share, shard_key
from flows.sources.batches import Progress
from flows.sources.pace import Pace

POOLED_STATE_VERSION: Final = 5
SHARES_WAITING: Final = 24
"""Queued shares of a bucket above which the flow waits for it."""

ROWS_WAITING: Final = 1 << 19
"""Queued rows of all buckets of a process above which the flow waits: two or three times what comes in while they seal a
stride, so that neither waits for the other. A row of a kind of message that is new takes half a kilobyte."""

SECONDS_WAITING: Final = 1.0
"""Queued work of all buckets of a process, in seconds, above which the flow waits. A snapshot waits for all of it; a batch
of which each row is of a new kind takes that long."""

SEALING_THREADS: Final = 2
"""Threads of the pool. A third finds no work: reading and judging keep pace with two [measured]."""

POLL_INTERVAL: Final = timedelta(milliseconds=50)
"""how long after its last share a bucket with queued work is asked for finished output"""

Output = list[tuple[str, Sealed]]
Task = Future[tuple[Iterable[tuple[str, Sealed]], bool]]


class BatchLogic(Protocol):
    """What processes the shares of a bucket: `AttentionLogic`, or a stand-in of a test."""

    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        """Process shares; return what they seal, with its key, and whether the bucket has ended."""


class BucketQueue:
    """The shares of a bucket in the order of submission, each with its task and its rows, until a thread takes all of
    them."""

    def __init__(self, logic: BatchLogic) -> None:
        self.logic = logic
        self.waiting: deque[tuple[Task, list[Share], int]] = deque()
        self.is_scheduled = False


class Workers:
    """The pool of threads that all buckets of a process share; a free thread takes the bucket that has waited longest.

    Buckets differ in size, so threads with buckets of their own would wait for the one with the largest.
    """

    def __init__(self, threads: int = SEALING_THREADS, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="seal")
        self._thread_count = threads
        self._lock = Lock()
        self._buckets: WeakSet[PooledAttention] = WeakSet()

    @property
    def is_behind(self) -> bool:
        """Return whether so much work is queued that nothing more should be read."""
        return self.pace.rows_waiting > ROWS_WAITING or self.pace.seconds_waiting / self._thread_count > SECONDS_WAITING

    def submit(self, queue: BucketQueue, shares: list[Share]) -> Task:
        """Queue shares for a bucket behind all that was submitted before; return the task that will hold their outcome."""
        rows = sum(each.deltas.weight for each in shares if each.deltas is not None)
        task: Task = Future()
        self.pace.add_waiting(rows)
        self.pace.add_shares(len(shares))
        with self._lock:
            queue.waiting.append((task, shares, rows))
            is_scheduled, queue.is_scheduled = queue.is_scheduled, True
        if not is_scheduled:
            self._threads.submit(self._serve, queue)
        return task

    def _serve(self, queue: BucketQueue) -> None:
        """Process all queued shares of a bucket in one call: the more there are, the more slots are sealed together.

        Shares that come meanwhile are processed after the other buckets had their turn.
        """
        with self._lock:
            batch = [*queue.waiting]
            queue.waiting.clear()
        done: tuple[Iterable[tuple[str, Sealed]], bool] | None = None
        fault: BaseException | None = None
        began = thread_time()
        try:
            done = queue.logic.on_batch([share for _, shares, _ in batch for share in shares])
        except BaseException as raised:  # noqa: BLE001 - it is raised again where the task is collected
            fault = raised
        processed = sum(rows for *_, rows in batch)
        self.pace.add_waiting(-processed)
        self.pace.add_shares(-sum(len(shares) for _, shares, _ in batch))
        self.pace.measure(processed, thread_time() - began)
        with self._lock:
            has_more = bool(queue.waiting) and fault is None
            # shares queued behind a fault must not be processed: the process ends
            queue.is_scheduled = has_more or fault is not None
        if done is None:
            for task, *_ in batch:
                task.set_exception(fault)
            return
        output, is_done = done
        for task, *_ in batch:
            # the first task carries the output of all
            task.set_result((output, is_done))
            output = []
        # `has_more` as of the lock, not the queue as it is by now: whoever submitted since then has scheduled it himself
        if has_more:
            self._threads.submit(self._serve, queue)

    def register(self, bucket: "PooledAttention") -> None:
        """Add a bucket to those that take their snapshots together."""
        self._buckets.add(bucket)

    def unregister(self, bucket: "PooledAttention") -> None:
        """Remove a bucket that has ended."""
        self._buckets.discard(bucket)

    def take_snapshots(self) -> None:
        """Start the snapshots of all buckets on the threads, once everything submitted to them has been processed.

        The engine asks the buckets one after the other, all for the same epoch, so they can be serialized side by side.
        """
        asked = [bucket for bucket in self._buckets if bucket.pending_snapshot is None]
        for bucket in asked:
            bucket.wait()
        for bucket in asked:
            bucket.pending_snapshot = self._threads.submit(bucket.logic.snapshot)

    def stop(self) -> None:
        """Drop everything that is queued and end the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class PooledAttention(StatefulBatchLogic[Share, tuple[str, Sealed], tuple[Any, ...]]):
    """One bucket of the attention step, as the engine drives it; `workers` process its shares."""

    def __init__(
        self,
        workers: Workers,
        inputs: int,
        state: tuple[Any, ...] | None,
        stride_slots: int,
        memory: Memory | None = None,
    ) -> None:
        self._workers = workers
        self._tasks: deque[Task] = deque()
        self._not_emitted: Output = []
        self._is_done = False
        logic_state = None
        if state is not None:
            require_version("sealing beside the flow", state[0], POOLED_STATE_VERSION)
            _, logic_state, not_emitted = state
            self._not_emitted = [_sealed(each) for each in not_emitted]
        self.logic = AttentionLogic(inputs, logic_state, stride_slots, memory, workers.pace)
        self.pending_snapshot: Future[tuple[Any, ...]] | None = None
        """the snapshot of this epoch, where it was started; the next share must wait for it"""
        self._queue = BucketQueue(self.logic)
        workers.register(self)

    @override
    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        if self.pending_snapshot is not None:
            # the engine asks only buckets that had items in the epoch for their snapshot, and this one had none
            self.pending_snapshot.result()
            self.pending_snapshot = None
        self._tasks.append(self._workers.submit(self._queue, values))
        self._collect(SHARES_WAITING)
        return self._emit()

    @override
    def notify_at(self) -> datetime | None:
        # where no share comes, finished output is emitted all the same
        return datetime.now(UTC) + POLL_INTERVAL if self._tasks else None

    @override
    def on_notify(self) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        self._collect(len(self._tasks))
        return self._emit()

    @override
    def on_eof(self) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        # all shares of all buckets have been submitted by now, so waiting for one bucket leaves no thread idle
        self.wait()
        return self._emit()

    def _emit(self) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        output, self._not_emitted = self._not_emitted, []
        # a bucket that has ended emits the rest of its output before it is removed
        ends = self._is_done and not self._tasks
        if ends:
            self._workers.unregister(self)
        return output, ends

    def wait(self) -> None:
        """Wait until everything submitted has been processed."""
        self._collect(0)

    def _collect(self, most: int) -> None:
        """Collect finished output, and wait until no more than `most` shares are queued.

        It waits longer, for shares of its own, while too much is queued in the process as a whole.
        """
        while self._tasks and (len(self._tasks) > most or self._workers.is_behind or self._tasks[0].done()):
            try:
                output, self._is_done = self._tasks.popleft().result()
            except BaseException:
                self._workers.stop()
                raise
            self._not_emitted.extend(output)

    @override
    def snapshot(self) -> tuple[Any, ...]:
        if self.pending_snapshot is None:
            self._workers.take_snapshots()
        batch, self.pending_snapshot = self.pending_snapshot, None
        # one that has ended is no longer among the buckets of the process
        logic_state = self.logic.snapshot() if batch is None else batch.result()
        not_emitted = tuple(
            (each.shard, *_plain(each.progress), tuple(map(report_to_plain, each.reports)))
            for _, each in self._not_emitted
        )
        return POOLED_STATE_VERSION, logic_state, not_emitted


def bucket_state(pooled: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return the state of the bucket in a snapshot; None where some of what it has sealed was not emitted yet."""
    require_version("sealing beside the flow", pooled[0], POOLED_STATE_VERSION)
    _, logic_state, not_emitted = pooled
    return None if not_emitted else logic_state


def _plain(progress: Progress) -> tuple[int, int, bool, bool]:
    return progress.partition, progress.done_before, progress.closed, progress.idle


def _sealed(plain: tuple[Any, ...]) -> tuple[str, Sealed]:
    shard, *progress, reports = plain
    return shard_key(shard), Sealed(shard, Progress(*progress), tuple(map(report_from_plain, reports)))
