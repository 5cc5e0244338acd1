"""The attention step on a pool of threads: order, snapshots and backpressure are those of one thread."""

import threading
from collections.abc import Iterable

import pytest
from typing_extensions import override

import flows.graph.pooled_attention
from flows.graph.pooled_attention import BatchLogic, BucketQueue, PooledAttention, Workers
from flows.graph.steps import AttentionLogic, Sealed, Share
from flows.sources.batches import Progress
from tests.support.streams import deltas_of, works

SHARE = Share(0, Progress(0, -(2**31), closed=False), deltas_of(works(1, days=2)[0])[0])
ROWS = len(SHARE.deltas.rows) + len(SHARE.deltas.sightings) if SHARE.deltas is not None else 0


class Held(BatchLogic):
    """Work on shares that does not end before it may."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    @override
    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        """Wait until the test allows the end."""
        assert self.may_end.wait(60)
        return [], False


class Noted(BatchLogic):
    """Work that is done at once."""

    @override
    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        """Do nothing."""
        return [], False


def test_workers_count_the_rows_that_are_queued() -> None:
    """Rows count from when they are submitted until they have been processed."""
    workers, held = Workers(), Held()
    queue = BucketQueue(held)
    tasks = [workers.submit(queue, [SHARE]) for _ in range(3)]
    assert workers.pace.rows_waiting == 3 * ROWS > 0
    held.may_end.set()
    for task in tasks:
        task.result()
    assert workers.pace.rows_waiting == 0
    workers.stop()


def test_rows_are_no_longer_queued_also_where_processing_failed() -> None:
    """Rows that failed are not counted as queued for ever."""

    class Failing(BatchLogic):
        """Work that always fails."""

        @override
        def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
            """Fail."""
            raise ValueError("no")

    workers = Workers()
    task = workers.submit(BucketQueue(Failing()), [SHARE])
    with pytest.raises(ValueError, match="no"):
        task.result()
    assert workers.pace.rows_waiting == 0
    workers.stop()


def test_all_that_is_queued_for_a_bucket_is_processed_at_once_and_in_order() -> None:
    """What came while the threads were busy; another bucket has its turn between, and the first task has the output."""
    batch: list[tuple[str, list[int]]] = []

    class Noting(BatchLogic):
        """Work that notes what it was given."""

        def __init__(self, name: str) -> None:
            self.name = name

        @override
        def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
            """Note it, and return one output."""
            numbers = [each.progress.done_before for each in values]
            batch.append((self.name, numbers))
            return [(self.name, Sealed(0, Progress(0, numbers[-1], closed=False), ()))], numbers[-1] == 2

    workers, held = Workers(threads=1), Held()
    first = workers.submit(BucketQueue(held), [SHARE])
    queues = [BucketQueue(Noting("one")), BucketQueue(Noting("other"))]
    tasks = [
        workers.submit(queue, [Share(0, Progress(0, number, closed=False), None)])
        for number in range(3)
        for queue in queues
    ]
    held.may_end.set()
    first.result()
    output = [task.result() for task in tasks]
    assert batch == [("one", [0, 1, 2]), ("other", [0, 1, 2])]
    assert [len(list(each)) for each, _ in output] == [1, 1, 0, 0, 0, 0]
    assert all(is_done for _, is_done in output)
    workers.stop()


def test_a_bucket_is_never_processed_by_two_threads() -> None:
    """However a share comes in between the end of one call and the beginning of the next: none is lost, none overtakes."""

    class Counting(BatchLogic):
        """Work that notes what it was given, and whether it was interrupted."""

        def __init__(self) -> None:
            self.batch: list[int] = []
            self.at_work = 0
            self.most_at_work = 0

        @override
        def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
            """Note it."""
            self.at_work += 1
            self.most_at_work = max(self.most_at_work, self.at_work)
            self.batch.extend(each.progress.done_before for each in values)
            self.at_work -= 1
            return [], False

    workers, works = Workers(), [Counting() for _ in range(3)]
    queues = [BucketQueue(work) for work in works]
    last = [
        [workers.submit(queue, [Share(0, Progress(0, number, closed=False), None)]) for queue in queues]
        for number in range(4000)
    ][-1]
    for task in last:
        task.result()
    for work in works:
        assert work.batch == list(range(4000))
        assert work.most_at_work == 1
    assert not any(queue.is_scheduled or queue.waiting for queue in queues)
    workers.stop()


def test_nothing_queued_behind_a_fault_is_processed() -> None:
    """The flow sees the fault when it collects the task; until then more may be submitted, and none of it is done."""
    begun: list[int] = []

    class FailingAtOnce(BatchLogic):
        """Work that fails on its first share."""

        @override
        def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
            """Fail, and note what was begun."""
            begun.append(values[0].progress.done_before)
            raise ValueError("no")

    workers = Workers()
    queue = BucketQueue(FailingAtOnce())
    tasks = [workers.submit(queue, [Share(0, Progress(0, number, closed=False), None)]) for number in range(20)]
    with pytest.raises(ValueError, match="no"):
        tasks[0].result()
    tasks.append(workers.submit(queue, [SHARE]))
    elsewhere = workers.submit(BucketQueue(Noted()), [SHARE])
    elsewhere.result()
    assert begun == [0]
    assert all(task.exception() for task in tasks if task.done())
    assert not tasks[-1].done()
    workers.stop()


def test_a_bucket_waits_while_too_many_rows_are_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    """The flow waits for a share that takes the queued rows beyond their bound."""
    workers = Workers()
    bucket = PooledAttention(workers, 1, None, 4)
    monkeypatch.setattr(flows.graph.pooled_attention, "ROWS_WAITING", ROWS - 1)
    for _ in range(5):
        bucket.on_batch([SHARE])
        assert workers.pace.rows_waiting == 0
    workers.stop()


def test_finished_output_is_emitted_although_no_share_comes() -> None:
    """A bucket with queued work asks to be woken soon, and then emits what is finished."""
    workers = Workers()
    bucket = PooledAttention(workers, 1, None, 1)
    end = int(SHARE.deltas.rows["slot"].max()) + 10 if SHARE.deltas is not None else 0
    assert bucket.notify_at() is None
    output: list[tuple[str, Sealed]] = []
    output.extend(bucket.on_batch([SHARE])[0])
    output.extend(bucket.on_batch([Share(0, Progress(0, end, closed=False), None)])[0])
    while bucket.notify_at() is not None:
        output.extend(bucket.on_notify()[0])
    assert sum(len(sealed.reports) for _, sealed in output) > 0
    assert max(sealed.progress.done_before for _, sealed in output) == end
    workers.stop()


def test_queued_work_is_measured_in_seconds_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the cost of rows is measured, a few that take long are as much as many that take little."""
    workers, held = Workers(threads=1), Held()
    workers.submit(BucketQueue(Noted()), [SHARE]).result()
    task = workers.submit(BucketQueue(held), [SHARE])
    told = [workers.is_behind]
    monkeypatch.setattr(flows.graph.pooled_attention, "SECONDS_WAITING", 0.0)
    told.append(workers.is_behind)
    held.may_end.set()
    task.result()
    told.append(workers.is_behind)
    assert told == [False, True, False]
    workers.stop()


def test_all_buckets_take_their_snapshots_when_one_is_asked_for_its_own() -> None:
    """Each is the state as of then, also of a bucket that is not asked and gets more shares before it is asked again."""
    workers = Workers()
    asked, other = (PooledAttention(workers, 1, None, 1) for _ in range(2))
    alone = AttentionLogic(1, None, 1)
    later = Share(0, Progress(0, int(SHARE.deltas.rows["slot"].max()) + 10 if SHARE.deltas else 0, closed=False), None)
    for bucket in (asked, other):
        bucket.on_batch([SHARE])
    alone.on_batch([SHARE])
    before = alone.snapshot()
    assert asked.snapshot()[1] == before
    is_taken = [bucket.pending_snapshot is not None for bucket in (asked, other)]
    assert is_taken == [False, True]
    other.on_batch([later])
    alone.on_batch([later])
    assert other.snapshot()[1] == alone.snapshot() != before
    assert asked.snapshot()[1] == before
    workers.stop()


def test_a_bucket_goes_on_while_few_rows_are_queued() -> None:
    """Below the bounds a bucket does not wait for the thread, which is held here."""
    workers, held = Workers(threads=1), Held()
    queue = BucketQueue(held)
    first = workers.submit(queue, [SHARE])
    bucket = PooledAttention(workers, 1, None, 4)
    bucket.on_batch([SHARE])
    assert not first.done()
    assert workers.pace.rows_waiting == 2 * ROWS
    held.may_end.set()
    workers.stop()
