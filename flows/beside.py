"""Sealing beside the flow: buckets work on threads of their own while the flow reads on and judges.

Compiled loops and sorts leave Python free, so every core has something to do. What a bucket says is what it would say in the
flow, in the same order; only when it is said depends on the threads.
"""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Protocol

from bytewax.operators import StatefulBatchLogic
from typing_extensions import override

from brainstem.report import report_from_plain, report_to_plain
from brainstem.versions import require_version
from flows.batches import Progress
from flows.steps import AttentionLogic, Sealed, Share, shard_key

BESIDE_STATE_VERSION: Final = 2
SHARES_WAITING: Final = 24
"""Shares that a bucket may be behind; beyond it the flow waits for it."""

ROWS_WAITING: Final = 1 << 18
"""Rows that the buckets of one thread may be behind: two or three times what comes in while they seal a stride, so that
neither waits for the other; where every row is of a new kind, each of them weighs half a kilobyte."""

SEALING_THREADS: Final = 2
"""Threads that share the buckets of a process. A third finds no work: what judges and reads keeps pace with two."""

Said = list[tuple[str, Sealed]]
Task = Future[tuple[Iterable[tuple[str, Sealed]], bool]]


class Work(Protocol):
    """What a bucket does with its shares."""

    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        """Take shares; give what is sealed by them, and whether nothing will follow."""


class Worker:
    """A thread that works for some buckets of a process."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="seal")
        # each is written by one thread only: that of the flow, and that which works
        self._rows_given = 0
        self._rows_done = 0

    @property
    def rows_waiting(self) -> int:
        """Count the rows of all shares given that are not worked on yet."""
        return self._rows_given - self._rows_done

    def give(self, logic: Work, shares: list[Share]) -> Task:
        """Have a bucket work on shares, after all that was given before."""
        rows = sum(len(each.deltas.rows) + len(each.deltas.sightings) for each in shares if each.deltas is not None)
        self._rows_given += rows
        return self._thread.submit(self._work, logic, shares, rows)

    def _work(self, logic: Work, shares: list[Share], rows: int) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        try:
            return logic.on_batch(shares)
        finally:
            self._rows_done += rows

    def stop(self) -> None:
        """Work on nothing any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class SealingBeside(StatefulBatchLogic[Share, tuple[str, Sealed], tuple[Any, ...]]):
    """A bucket whose work is done by `worker`."""

    def __init__(self, worker: Worker, inputs: int, state: tuple[Any, ...] | None, stride_slots: int) -> None:
        self._worker = worker
        self._tasks: deque[Task] = deque()
        self._unsaid: Said = []
        self._is_done = False
        logic_state = None
        if state is not None:
            require_version("sealing beside the flow", state[0], BESIDE_STATE_VERSION)
            _, logic_state, unsaid = state
            self._unsaid = [_sealed(each) for each in unsaid]
        self._logic = AttentionLogic(inputs, logic_state, stride_slots)

    @override
    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        self._tasks.append(self._worker.give(self._logic, values))
        # after the last word of all inputs nobody calls again
        is_last = any(share.progress.closed for share in values)
        self._collect(0 if is_last else SHARES_WAITING, ROWS_WAITING)
        said, self._unsaid = self._unsaid, []
        return said, self._is_done

    def _collect(self, most: int, most_rows: int) -> None:
        """Take what has been said, and wait until no more than `most` shares are left to be worked on.

        It also waits for own shares while the buckets of its thread have more than `most_rows` rows left together.
        """
        while self._tasks and (
            len(self._tasks) > most or self._worker.rows_waiting > most_rows or self._tasks[0].done()
        ):
            try:
                said, self._is_done = self._tasks.popleft().result()
            except BaseException:
                # what waits behind a fault must not be worked on: the process ends
                self._worker.stop()
                raise
            self._unsaid.extend(said)

    @override
    def snapshot(self) -> tuple[Any, ...]:
        self._collect(0, 0)
        unsaid = tuple(
            (each.shard, *_plain(each.progress), tuple(map(report_to_plain, each.reports))) for _, each in self._unsaid
        )
        return BESIDE_STATE_VERSION, self._logic.snapshot(), unsaid


def _plain(progress: Progress) -> tuple[int, int, bool, bool]:
    return progress.partition, progress.done_before, progress.closed, progress.idle


def _sealed(plain: tuple[Any, ...]) -> tuple[str, Sealed]:
    shard, *progress, reports = plain
    return shard_key(shard), Sealed(shard, Progress(*progress), tuple(map(report_from_plain, reports)))
