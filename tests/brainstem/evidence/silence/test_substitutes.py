"""Jobs that end otherwise than they used to: the statistic against a count of all orders, and which jobs are told."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.arrays.aliases import Rows
from brainstem.contracts.notice import OUTCOME
from brainstem.evidence.silence.job_runs import SCHEDULE_DTYPE, STARTS
from brainstem.evidence.silence.substitutes import (
    BEFORE,
    CELLS,
    CHANCE_MOST,
    CHANCE_MOST_OF_OTHERS,
    IS_NEW,
    RUNS,
    RUNS_BEFORE,
    TAKEN_COLUMNS,
    TIMES,
    chance_of_last,
    mark_cells,
    take_outcome,
)
from tests.brainstem.evidence.silence.test_schedule import (
    DAY,
    HOUR,
    MINUTE,
    MONDAY,
    NIGHT,
    WORKDAYS,
    Said,
    notices_of,
    runs,
)
from tests.support.examples import examples

WELL, ILL = 1, 2
WARNING, ERROR = 13, 17


def job(outcomes: str, period: int = NIGHT, on: Sequence[int] = range(7), severity: int = ERROR) -> list[Said]:
    """Return the runs of a job: "." ends well, "x" ill, "-" does not run at all; days that are not in `on` have none."""
    times = (each.minute for each in runs(period, 1000, on=on))
    return [
        Said(minute, member=WELL if outcome == "." else ILL, severity=9 if outcome == "." else severity)
        for minute, outcome in zip(times, outcomes, strict=False)
        if outcome != "-"
    ]


def outcomes_of(said: Sequence[Said], cuts: Sequence[int] = ()) -> Rows:
    """Return the notices of outcomes until a day after the last run."""
    return notices_of(said, said[-1].minute // 1440 + 2, cuts, OUTCOME)


def told(said: Sequence[Said]) -> list[tuple[int, int, int]]:
    """Return how often, of how many runs, after how many, at each notice of the ill outcome."""
    return [(int(each["instead_times"]), int(each["instead_runs"]), int(each["runs"])) for each in outcomes_of(said)]


@settings(max_examples=examples(60))
@given(data=st.data())
def test_the_chance_is_the_share_of_all_orders(data: st.DataObject) -> None:
    """Counted one by one: the marked cells may be any, and so many of them are among the last."""
    number = data.draw(st.integers(1, 11))
    marked, last = data.draw(st.integers(0, number)), data.draw(st.integers(0, number))
    least = data.draw(st.integers(0, number))
    orders = list(combinations(range(number), marked))
    held = sum(sum(cell >= number - last for cell in order) >= least for order in orders)
    assert chance_of_last(number, marked, last, least) == pytest.approx(held / len(orders), abs=1e-12)


def recounted(marks: list[int], most: float, most_of_others: float) -> tuple[Fraction, tuple[int, ...]] | None:
    """Return what `take_outcome` should, in exact fractions: the rarest end of the marks that is rare enough."""
    if not marks or not marks[-1]:
        return None
    best = None
    for begin in [place for place, mark in enumerate(marks) if mark]:
        earlier, held = sum(marks[:begin]), sum(marks[begin:])
        if begin - earlier < RUNS_BEFORE:
            continue
        last, number = len(marks) - begin, len(marks)
        ways = sum(
            comb(sum(marks), x) * comb(number - sum(marks), last - x) for x in range(held, min(last, sum(marks)) + 1)
        )
        chance = Fraction(ways, comb(number, last))
        if chance <= (most_of_others if earlier else most) and (best is None or chance < best[0]):
            best = chance, (held, last, begin, int(not earlier))
            if not earlier:
                break
    return best


@settings(max_examples=examples(200))
@given(st.lists(st.integers(0, 1), max_size=CELLS), st.booleans())
def test_the_end_that_is_told_is_the_rarest_one(marks: list[int], is_worse: bool) -> None:
    """Against a recount in fractions; a first appearance comes before a second one."""
    most, others = (CHANCE_MOST, CHANCE_MOST_OF_OTHERS) if is_worse else (CHANCE_MOST_OF_OTHERS, 0.0)
    taken = np.zeros(TAKEN_COLUMNS, np.int64)
    chance = take_outcome(np.array([*marks, 0], np.int64), len(marks), most, others, taken)
    expected = recounted(marks, most, others)
    assert (chance == 1.0) == (expected is None)
    if expected is not None:
        assert chance == pytest.approx(float(expected[0]), rel=1e-6)
        assert tuple(taken[[TIMES, RUNS, BEFORE, IS_NEW]].tolist()) == expected[1]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("." * 15 + "xxxxx", (5, 5, 15)),
        ("." * 15 + "x.x.x", (3, 5, 15)),
        ("." * 15 + "xx", (2, 2, 15)),
        ("." * 15 + "x-x", (2, 2, 15)),
        ("." * 9 + "x" + "." * 8 + "xxxx", (4, 4, 18)),
    ],
    ids=["five running", "three of five", "two running", "not run between", "had failed once before"],
)
def test_a_job_that_turns_is_told(outcomes: str, expected: tuple[int, int, int]) -> None:
    """By the review after the run that makes it more than chance."""
    assert told(job(outcomes))[-1] == expected


@pytest.mark.parametrize(
    "outcomes",
    ["." * 20, "." * 15 + "x", "." * 15 + "x....x", ".x" * 12, "..x.x..xx.x..x...xx", "." * 6 + "xxxx", "x" * 20],
    ids=["runs on", "failed once", "failed twice", "always varied", "varied at random", "too young", "always failed"],
)
def test_what_chance_does_is_not_told(outcomes: str) -> None:
    """A job whose outcome always varied, one that failed once, and one that is too young."""
    assert not told(job(outcomes))


@pytest.mark.parametrize(("period", "on"), [(NIGHT, WORKDAYS), (HOUR, range(7)), (7 * NIGHT, range(7))])
def test_other_schedules_are_told_as_well(period: int, on: Sequence[int]) -> None:
    """On workdays, hourly and weekly."""
    ran = "-" if on == WORKDAYS else ""
    assert told(job("." * (200 if period == HOUR else 12) + ran + "xxxx", period, on))


def test_what_reports_no_trouble_takes_a_surer_place() -> None:
    """Two such nights are told of an error, four of a message of the same severity."""
    assert told(job("." * 16 + "xx"))
    assert not told(job("." * 16 + "xxx", severity=9))
    assert told(job("." * 16 + "xxxx", severity=9))


def test_a_better_severity_is_no_trouble() -> None:
    """From warnings to errors counts, from errors to warnings does not."""
    better = [replace(each, severity=26 - each.severity) for each in job("." * 16 + "xx")]
    assert not told(better)


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_failure_may_come_hours_before_or_after_the_usual_time(hours: int) -> None:
    """It breaks off at once, or waits for its timeout."""
    said = [replace(each, minute=each.minute + 60 * hours * (each.member == ILL)) for each in job("." * 15 + "xxx")]
    assert told(said)


def test_what_comes_beside_the_usual_message_is_no_other_outcome() -> None:
    """A warning of a run that ends well all the same, and what comes at any time of day."""
    beside = [*job("." * 20), *(Said(1440 * day + 128, member=ILL, severity=WARNING) for day in range(15, 20))]
    assert not told(sorted(beside, key=lambda each: each.minute))
    chatter = [Said(minute, member=ILL, severity=ERROR) for minute in range(15 * 1440, 20 * 1440, 77)]
    assert not told([*job("." * 15), *chatter])


def test_a_job_that_ends_otherwise_is_not_silent() -> None:
    """Neither from the first failure on, nor where failures were known before."""
    for outcomes in ("." * 15 + "xxx", ".....x....x.....xxx"):
        assert not len(notices_of(job(outcomes), 20))


@settings(max_examples=examples(40))
@given(
    outcomes=st.text(".x-", min_size=18, max_size=30),
    cuts=st.lists(st.integers(MONDAY, MONDAY + 30 * DAY), max_size=5),
)
def test_cuts_leave_no_trace(outcomes: str, cuts: list[int]) -> None:
    """Sealing often or once gives the same notices."""
    said = job("..." + outcomes)
    assert outcomes_of(said, cuts).tobytes() == outcomes_of(said).tobytes()


@settings(max_examples=examples(100))
@given(
    first=st.sets(st.integers(0, 40), min_size=2, max_size=STARTS),
    second=st.sets(st.integers(0, 40), max_size=STARTS),
    minutes=st.integers(-300, 300),
)
def test_cells_are_those_of_a_calendar(first: set[int], second: set[int], minutes: int) -> None:
    """Of nights by number: a night of both is the job's own, a night of the other one alone is its."""
    row = np.zeros(2, SCHEDULE_DTYPE)
    for place, (nights, off) in enumerate(((first, 0), (second, minutes))):
        row["runs"][place] = len(nights)
        row["starts"][place][: len(nights)] = [MINUTE + 1440 * night + off for night in sorted(nights)]
    marks = np.zeros(CELLS + 1, np.int64)
    number = mark_cells(row[0], row[1], NIGHT, marks)
    # what came before the first run of the job stands in no place
    known = {night for night in second if night > min(first) or (night == min(first) and minutes >= 0)}
    alone, both = known - first, known & first
    if 2 * len(both) > len(alone):
        assert number == 0
    else:
        assert marks[:number].tolist() == [int(night in alone) for night in sorted(first | alone)]
