"""Sealing beside the flow waits where too much is left to be worked on."""

import threading
from collections.abc import Iterable

import pytest
from streams import deltas_of, works
from typing_extensions import override

import flows.beside
from flows.batches import Progress
from flows.beside import Desk, SealingBeside, Work, Workers
from flows.steps import Sealed, Share

SHARE = Share(0, Progress(0, -(2**31), closed=False), deltas_of(works(1, days=2)[0])[0])
ROWS = len(SHARE.deltas.rows) + len(SHARE.deltas.sightings) if SHARE.deltas is not None else 0


class Held(Work):
    """Work on shares that does not end before it may."""

    def __init__(self) -> None:
        self.may_end = threading.Event()

    @override
    def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
        """Wait for leave."""
        assert self.may_end.wait(60)
        return [], False


def test_workers_count_the_rows_they_have_not_worked_on() -> None:
    """Rows count from when they are given until they have been worked on."""
    workers, held = Workers(), Held()
    desk = Desk(held)
    tasks = [workers.give(desk, [SHARE]) for _ in range(3)]
    assert workers.rows_waiting == 3 * ROWS > 0
    held.may_end.set()
    for task in tasks:
        task.result()
    assert workers.rows_waiting == 0
    workers.stop()


def test_rows_are_done_with_also_where_work_on_them_failed() -> None:
    """What fails is not counted as waiting for ever."""

    class Failing(Work):
        """Work that always fails."""

        @override
        def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
            """Fail."""
            raise ValueError("no")

    workers = Workers()
    task = workers.give(Desk(Failing()), [SHARE])
    with pytest.raises(ValueError, match="no"):
        task.result()
    assert workers.rows_waiting == 0
    workers.stop()


def test_a_bucket_works_on_its_shares_in_order_and_others_have_turns() -> None:
    """Whatever the number of threads, a bucket takes one share after another; none waits for all those of another."""
    taken: list[tuple[str, int]] = []

    class Noting(Work):
        """Work that notes what it was given."""

        def __init__(self, name: str) -> None:
            self.name = name

        @override
        def on_batch(self, values: list[Share]) -> tuple[Iterable[tuple[str, Sealed]], bool]:
            """Note it."""
            taken.append((self.name, values[0].progress.done_before))
            return [], False

    workers, held = Workers(threads=1), Held()
    first = workers.give(Desk(held), [SHARE])
    tasks = [
        workers.give(desk, [Share(0, Progress(0, number, closed=False), None)])
        for desk in (Desk(Noting("one")), Desk(Noting("other")))
        for number in range(3)
    ]
    held.may_end.set()
    for task in (first, *tasks):
        task.result()
    assert taken == [(name, number) for number in range(3) for name in ("one", "other")]
    workers.stop()


def test_a_bucket_waits_while_too_many_rows_are_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share that takes the rows beyond their bound is not left behind: the flow waits until it is worked on."""
    workers = Workers()
    bucket = SealingBeside(workers, 1, None, 4)
    monkeypatch.setattr(flows.beside, "ROWS_WAITING", ROWS - 1)
    for _ in range(5):
        bucket.on_batch([SHARE])
        assert workers.rows_waiting == 0
    workers.stop()


def test_a_bucket_goes_on_while_few_rows_are_waiting() -> None:
    """Below the bounds a bucket does not wait for the thread, which is held here."""
    workers, held = Workers(threads=1), Held()
    desk = Desk(held)
    first = workers.give(desk, [SHARE])
    bucket = SealingBeside(workers, 1, None, 4)
    bucket.on_batch([SHARE])
    assert not first.done()
    assert workers.rows_waiting == 2 * ROWS
    held.may_end.set()
    workers.stop()
