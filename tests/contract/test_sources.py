"""Every registered source keeps every promise of `connectors.base`, or says in the registry why it cannot."""

import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, TypeVar

import pytest

from brainstem.contracts.envelope import Envelopes
from connectors.base import InputError, Promise, Source
from connectors.files import PIPES
from connectors.registry import SOURCES, input_forms
from tests.support.staged_sources import ANSWER_SECONDS, STAGES, Stage

PLAIN = [b"2026-03-02T00:00:%02dZ anvil pump[7]: primed %d times\n" % (each % 60, each) for each in range(300)]
"""enough of it that what follows is no binary file, which would be refused"""
WILD = [
    b"naked \xff\xfe and \xc3( are no UTF-8\n",
    b"NUL \0 within\n",
    b"\0\n",
    b"\xef\xbb\xbfwith a byte order mark\n",
    b"\n",
    b"\r\n",
    b"a return \r within\n",
    b"\x1b[31mred\x1b[0m\n",
    b"".join(bytes([byte]) for byte in range(256) if byte != ord("\n")) + b"\n",
    b"x" * 100_000 + b"\n",
    b"last line, torn off",
]
"""each of them one record to every source: none continues the one above, and only the last has no newline"""
RECORDS = PLAIN + WILD
LONG_LINE = b"2026-03-02T00:00:00Z anvil pump[7]: " + b"primed again, and " * 28 + b"\n"
MOST_HELD = 1 / 4
"""of a long input"""
READS_OF_NOTHING = 3_000
"""in `ANSWER_SECONDS`, so that a wait of 10 ms in each would be noticed"""


T = TypeVar("T")


class Case(NamedTuple):
    """A source and the promise that it is held to."""

    source: str
    promise: Promise


def held_to(promise: Promise) -> pytest.MarkDecorator:
    """Run a test for each registered source, and skip it with the reason that the registry has."""
    return pytest.mark.parametrize(
        "stage",
        [
            pytest.param(
                Case(source.name, promise),
                id=source.name,
                marks=[pytest.mark.skip(reason=source.exempt[promise])] if promise in source.exempt else [],
            )
            for source in SOURCES
        ],
        indirect=True,
    )


@pytest.fixture
def stage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Return the place that the source of a case reads from."""
    case: Case = request.param
    with STAGES[case.source](tmp_path, monkeypatch) as staged:
        yield staged


def batches(source: Source, max_records: int) -> Iterator[Envelopes]:
    """Read a source to its end, asking again where nothing is at hand yet."""
    until = time.monotonic() + ANSWER_SECONDS
    while (batch := source.read(max_records)) is not None:
        assert len(batch) <= max_records
        assert time.monotonic() < until
        if len(batch):
            yield batch


def records(source: Source, max_records: int = 1_000) -> list[bytes]:
    """Return the bytes of all records that are left in a source, and close it."""
    held = [batch.raw(row) for batch in batches(source, max_records) for row in range(len(batch))]
    source.close()
    return held


def in_time(work: Callable[[], T]) -> T:
    """Return what some work returns; fails when it does not return in time."""
    returned: list[T] = []
    thread = threading.Thread(target=lambda: returned.append(work()), daemon=True)
    thread.start()
    thread.join(ANSWER_SECONDS)
    assert returned
    return returned[0]


@held_to(Promise.EXACT)
def test_bytes_come_back_exactly_whatever_they_are(stage: Stage) -> None:
    """Invalid UTF-8, NUL, every other byte, blank lines and a long line are not decoded, trimmed or replaced."""
    stage.put(RECORDS)
    assert records(stage.open()) == RECORDS


@held_to(Promise.COMPLETE)
@pytest.mark.parametrize("max_records", [1, 7, 100_000])
def test_every_byte_is_in_exactly_one_record_at_a_position_of_its_own(stage: Stage, max_records: int) -> None:
    """However many are asked for at a time; positions grow, and `position` is behind what was returned."""
    stage.put(RECORDS)
    source = stage.open()
    held, last = b"", -1
    for batch in batches(source, max_records):
        held += b"".join(batch.raw(row) for row in range(len(batch)))
        positions = batch.position.tolist()
        assert [last, *positions] == sorted({last, *positions})
        last = positions[-1]
        assert source.position > last
    source.close()
    assert held == b"".join(RECORDS)


@held_to(Promise.RESUMES)
def test_a_source_opened_where_another_stood_continues_behind_its_last_record(stage: Stage) -> None:
    """At any position, though the other has read ahead, and was never closed."""
    stage.put(WILD)
    with ExitStack() as opened:
        first = stage.open()
        opened.callback(first.close)
        positions = [first.position]
        for batch in batches(first, 1):
            assert len(batch) == 1
            positions.append(first.position)
        assert [records(stage.open(position)) for position in positions] == [
            WILD[number:] for number in range(len(WILD) + 1)
        ]


@held_to(Promise.UNDELAYED)
def test_what_is_at_hand_is_returned_though_a_batch_could_hold_more(stage: Stage) -> None:
    """The writer has fallen silent, and more may come."""
    stage.put(PLAIN[:3], ended=False)
    source = stage.open()
    batch = in_time(lambda: next(batches(source, 1_000)))
    assert [batch.raw(row) for row in range(len(batch))] == PLAIN[: len(batch)]
    source.close()


@held_to(Promise.DOES_NOT_WAIT)
def test_reading_returns_where_nothing_is_at_hand(stage: Stage) -> None:
    """Each of many times, so that even a short wait would add up."""
    stage.put([], ended=False)
    source = stage.open()
    assert in_time(lambda: not any(source.read(10) for _ in range(READS_OF_NOTHING)))
    source.close()


@held_to(Promise.BOUNDED)
def test_a_long_input_passes_through_in_little_memory(stage: Stage) -> None:
    """What is held at a time is far less than the whole."""
    written = stage.long_bytes // len(LONG_LINE)
    stage.put(LONG_LINE for _ in range(written))
    source = stage.open()
    count = 0
    tracemalloc.start()
    try:
        for batch in batches(source, 500):
            count += len(batch)
        _, most_held_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        source.close()
    assert count == written
    assert most_held_bytes < MOST_HELD * stage.long_bytes


@held_to(Promise.CLOSES)
def test_a_source_may_be_closed_twice_before_its_end_and_after(stage: Stage) -> None:
    """A run that fails closes what it has, and does not know what was closed before."""
    stage.put(PLAIN)
    source = stage.open()
    assert next(batches(source, 1))
    source.close()
    source.close()


def test_every_promise_is_tried_on_every_registered_source(request: pytest.FixtureRequest) -> None:
    """The cases of this module are all there are, and one that is skipped has a reason."""
    module = request.node.getparent(pytest.Module)
    functions = [item for item in module.collect() if hasattr(item, "callspec") and "stage" in item.callspec.params]
    tried = {item.callspec.params["stage"] for item in functions}
    skipped = {
        item.callspec.params["stage"]: mark.kwargs["reason"] for item in functions for mark in item.iter_markers("skip")
    }
    assert tried == {Case(source.name, promise) for source in SOURCES for promise in Promise}
    assert skipped == {
        Case(source.name, promise): reason for source in SOURCES for promise, reason in source.exempt.items()
    }
    assert all(len(reason.split()) > 5 for reason in skipped.values())
    assert STAGES.keys() == {source.name for source in SOURCES}
    assert len({source.name for source in SOURCES}) == len(SOURCES)


def test_a_pipe_that_is_to_be_resumed_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be kept is not tried in silence."""
    assert Promise.RESUMES in PIPES.exempt
    with STAGES[PIPES.name](tmp_path, monkeypatch) as stage, pytest.raises(InputError, match="Save it to a file"):
        stage.open(10)


def test_the_help_of_inputs_names_every_source_that_is_one() -> None:
    """A source that is registered as an input is offered to a person."""
    forms = input_forms()
    assert all((source.argument in forms) == source.is_input for source in SOURCES)
