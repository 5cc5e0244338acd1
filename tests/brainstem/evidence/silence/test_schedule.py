"""Jobs that run by the clock and stop: when they are told, and what is not told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.aggregate.kernels import DELTA_DTYPE, SIGHTING_DTYPE
from brainstem.arrays.aliases import Rows
from brainstem.contracts.features import ON_ENTITY, ON_HOST
from brainstem.contracts.notice import SILENCE
from brainstem.evidence.silence.job_runs import ENTITIES_MOST
from state.attention.notice_tables import ScheduleTable
from tests.support.examples import examples

DAY = 144
MONDAY = 20_486 * DAY
"""the first slot of a Monday in 2026"""
MINUTE = MONDAY * 10
NIGHT, HOUR, WORKDAYS = 1440, 60, (0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Said:
    """What a member said in a minute (counted from a Monday), of an entity or of none."""

    minute: int
    member: int = 1
    host: int = 5
    name: int = 0
    service: int = 3
    count: int = 1
    severity: int = 9


def rows_of(said: Sequence[Said], dtype: np.dtype[Any]) -> Rows:
    """Return one row per slot, member, host and entity, sorted as a bucket hands them on."""
    rows: dict[tuple[int, ...], list[int]] = {}
    severity: dict[tuple[int, ...], int] = {}
    for each in said:
        name = each.name if dtype is SIGHTING_DTYPE else 0
        if dtype is SIGHTING_DTYPE and not name:
            continue
        key = ((MINUTE + each.minute) // 10, each.member, name, each.host, each.service)
        rows.setdefault(key, []).extend([MINUTE + each.minute] * each.count)
        severity[key] = max(severity.get(key, 0), each.severity)
    table = np.zeros(len(rows), dtype)
    for index, (about, minutes) in enumerate(sorted(rows.items())):
        row = table[index]
        slot, member, name, host, service = about
        row["severity"] = severity[about]
        row["slot"], row["member"], row["host"], row["source"] = slot, member, host, 9
        row["count"] = len(minutes)
        row["first_time"], row["last_time"] = min(minutes) * 60_000_000, max(minutes) * 60_000_000
        if dtype is SIGHTING_DTYPE:
            row["name"] = name
        else:
            row["service"] = service
    return table


def notices_of(said: Sequence[Said], days: int, cuts: Sequence[int] = (), kind: int = SILENCE) -> Rows:
    """Follow what was said for some days, in stretches that begin at `cuts`, the table carried over a snapshot each time;
    return the notices of a kind.
    """
    deltas, sightings = rows_of(said, DELTA_DTYPE), rows_of(said, SIGHTING_DTYPE)
    to_slot = MONDAY + days * DAY - 1
    edges = sorted({MONDAY, *(cut for cut in cuts if MONDAY < cut <= to_slot)})
    table, parts = ScheduleTable(), []
    for low, high in zip(edges, [*edges[1:], to_slot + 1], strict=True):
        state = table.snapshot()
        table = ScheduleTable()
        table.restore(state)
        of_deltas, of_sightings = (rows[(rows["slot"] >= low) & (rows["slot"] < high)] for rows in (deltas, sightings))
        parts.append(table.advance(of_deltas, of_sightings, low, high - 1))
    notices = np.concatenate(parts)
    chosen: Rows = notices[notices["kind"] == kind]
    return chosen


def runs(period: int, days: float, at: int = 125, on: Sequence[int] = range(7), **about: int) -> list[Said]:
    """Return runs every so many minutes, on some days of the week, for so many days."""
    times = range(at, int(days * 1440), period)
    return [Said(time, **about) for time in times if time // 1440 % 7 in on]


def first_told(notices: Rows) -> float:
    """Return the day on which the first notice fell."""
    return (int(notices["slot"][0]) + 1 - MONDAY) / DAY


@pytest.mark.parametrize(
    ("period", "on", "stopped", "earliest", "latest"),
    [
        (NIGHT, range(7), 14, 14.25, 14.5),
        (NIGHT, WORKDAYS, 19, 21.25, 22.0),
        (NIGHT, WORKDAYS, 15, 15.25, 15.5),
        (2 * NIGHT, range(7), 30, 30.25, 33.0),
        (HOUR, range(7), 10, 10.1, 10.5),
        (360, range(7), 10, 10.2, 10.75),
        (30, range(7), 10, 10.1, 10.5),
        (5, range(7), 10, 10.1, 10.5),
    ],
)
def test_a_job_that_stops_is_told_soon_after_it_was_due(
    period: int, on: Sequence[int], stopped: int, earliest: float, latest: float
) -> None:
    """Nightly, on workdays only, every two days, hourly, four times a day, every half hour, every five minutes."""
    notices = notices_of(runs(period, stopped, on=on), 40)
    assert earliest <= first_told(notices) <= latest
    assert set(notices["period_minutes"].tolist()) == {max(period, 10)}
    assert (np.diff(notices["slot"]) > 0).all(), "one notice a review"
    assert notices["slot"][-1] - notices["slot"][0] <= 8 * DAY, "and not for ever"


@pytest.mark.parametrize(
    "said",
    [
        runs(NIGHT, 30),
        runs(NIGHT, 30, on=WORKDAYS),
        runs(NIGHT, 14) + [Said(day * 1440 + 125 + 150) for day in range(14, 30)],
        runs(NIGHT, 6),
        [Said(day * 1440 + day * 331 % 1440) for day in range(14)],
        runs(NIGHT, 14) + runs(NIGHT, 30, at=14 * 1440 + 125, host=6),
        runs(NIGHT, 14) + runs(NIGHT, 30, at=14 * 1440 + 135, member=2),
        [Said(minute, count=1 + minute * 7919 % 13) for minute in range(0, 12 * 1440, 3)],
        runs(HOUR, 12, on=WORKDAYS),
    ],
    ids=[
        *("runs on", "free weekends", "moved to another hour", "too young", "irregular", "moved to another host"),
        *("other words after an update", "chatter", "ends with a weekend"),
    ],
)
def test_what_is_no_silent_job_is_not_told(said: list[Said]) -> None:
    """A job that goes on somewhere, somehow or at its own days; what never had a schedule; what is too young to have one."""
    assert not len(notices_of(said, 14 if said[-1].minute < 13 * 1440 else 30))


def test_a_late_run_is_waited_for_as_long_as_runs_have_been_late() -> None:
    """What kept its time to some minutes is missed after three hours, what was up to forty late after four more."""
    said = runs(NIGHT, 20)
    late = [replace(each, minute=each.minute + (40 if each.minute // 1440 == 9 else 0)) for each in said]
    for each, earliest in ((said, 125 + 180), (late, 125 + 40 + 240)):
        minutes = (first_told(notices_of(each, 24)) - 20) * 1440
        assert earliest <= minutes <= earliest + 360


def test_a_second_miss_is_told_like_the_first() -> None:
    """Of a job that keeps its time to the minute, once it has run for long; a third one is one of many."""
    nights = runs(NIGHT, 28)
    for missing, expected in (((14,), 1), ((14, 20), 2), ((12, 16, 20, 24), 1)):
        notices = notices_of([each for each in nights if each.minute // 1440 not in missing], 28)
        assert len({int(each) for each in notices["due_minute"]}) == expected


def test_what_its_like_leave_out_often_is_no_silence_here() -> None:
    """Workstations miss a morning now and then, and one that did not so far is missed later than a server's job is."""
    # ten workstations say something on two mornings of three; one that did on each of twelve was lucky, and is missed on the
    # third morning without it; ten servers whose jobs always run are each missed as if it were alone
    seldom = [
        Said(day * 1440 + 500, host=host)
        for host in range(10, 19)
        for day in range(21)
        if day % 7 < 5 and (day * 7 + host * 5) % 3
    ]
    lucky = runs(NIGHT, 16, at=500, on=WORKDAYS)
    alone = first_told(notices_of(lucky, 19))
    assert alone < 17
    assert first_told(notices_of([*lucky, *seldom], 19)) > 18
    always = [each for host in range(10, 19) for each in runs(NIGHT, 21, at=500, on=WORKDAYS, host=host)]
    among = notices_of([*lucky, *always], 19)
    assert first_told(among[among["host"] == 5]) == alone


def test_chance_misses_are_waited_for() -> None:
    """A job that has left out one night in ten is told only after it has left out three running."""
    kept = [each for each in runs(NIGHT, 24) if each.minute // 1440 % 11 != 5]
    assert first_told(notices_of(runs(NIGHT, 24), 30)) <= 25
    assert 26 < first_told(notices_of(kept, 30)) <= 27


def test_a_line_that_comes_more_or_less_often_in_a_run_may_once_not_come_at_all() -> None:
    """Of warnings of varying number a night without any is no silence yet; two are."""
    said = [
        replace(each, minute=each.minute + number)
        for each in runs(NIGHT, 14)
        for number in range(1 + each.minute // 1440 * 7 % 5)
    ]
    assert 14.25 <= first_told(notices_of(runs(NIGHT, 14), 18)) <= 14.5
    assert 15.25 <= first_told(notices_of(said, 18)) <= 15.5


@pytest.mark.parametrize(("spread", "told"), [(0, 14.25), (15, 14.25), (40, 15.25)])
def test_what_keeps_its_time_to_the_minute_is_missed_sooner(spread: int, told: float) -> None:
    """A clock's work is told after one night; what comes at about that time may once come elsewhere or not at all."""
    said = [replace(each, minute=each.minute + each.minute // 1440 * 7 % 5 * spread // 4) for each in runs(NIGHT, 14)]
    notices = notices_of(said, 18)
    assert told <= first_told(notices) <= told + 0.5
    assert (int(notices["regularity_permille"][0]) == 1000) == (told < 15)


@pytest.mark.parametrize("lines", [1, 4])
def test_one_job_of_many_lines_is_told_once(lines: int) -> None:
    """Members of one program on one host that stop together give one notice a review."""
    said = [
        replace(each, minute=each.minute + 8 * number, member=number + 1)
        for each in runs(NIGHT, 14)
        for number in range(lines)
    ]
    notices = notices_of(said, 16)
    assert len(np.unique(notices["slot"])) == len(notices) > 0
    assert len(np.unique(notices["member"])) == 1


def test_an_entity_has_a_schedule_of_its_own() -> None:
    """On one server that saves many, the one whose copy stops is told by name while the others go on."""
    said = [
        each for name in range(11, 19) for each in runs(NIGHT, 30 if name != 14 else 14, at=60 + 20 * name, name=name)
    ]
    notices = notices_of(said, 16)
    assert set(notices["facet"].tolist()) == {14}
    assert set(notices["facet_kind"].tolist()) == {ON_ENTITY}


def test_a_program_that_has_gone_altogether_is_no_silent_job() -> None:
    """When all else that it said on the host stops too, the program was taken away; when that goes on the job is silent."""
    job = runs(NIGHT, 14)
    talk = [Said(minute + minute * 7919 % 43, member=2) for minute in range(30, 14 * 1440, 47)]
    assert not len(notices_of(job + talk, 16))
    later = [Said(minute + minute * 7919 % 43, member=2) for minute in range(14 * 1440, 16 * 1440, 47)]
    notices = notices_of(job + talk + later, 16)
    assert set(notices["member"].tolist()) == {1}
    assert set(notices["facet_kind"].tolist()) == {ON_HOST}


@settings(max_examples=examples(60))
@given(
    nights=st.lists(st.booleans(), min_size=9, max_size=30),
    jitter=st.integers(0, 40),
    on=st.sampled_from([tuple(range(7)), WORKDAYS, (0, 2, 4)]),
)
def test_a_nightly_job_is_told_when_the_recount_says_so(nights: list[bool], jitter: int, on: tuple[int, ...]) -> None:
    """Of any nights: never soon after a run, and surely when a job that left out none of its days is missing on one."""
    said = [
        Said(125 + 1440 * day + jitter * (day * 7 % 5) // 4)
        for day, ran in enumerate(nights)
        if day % 7 in on and (ran or day < 8)
    ]
    days = len(nights) + 6
    told = notices_of(said, days)
    for each in told:
        last = max(one.minute for one in said if MINUTE + one.minute <= int(each["last_minute"]))
        assert MINUTE + last == int(each["last_minute"])
        later = [one.minute for one in said if one.minute > last and MINUTE + one.minute < 10 * (int(each["slot"]) + 1)]
        assert not later, "a run after the last one"
        assert 10 * (int(each["slot"]) + 1) - int(each["last_minute"]) >= 1440 + 180
        assert int(each["due_minute"]) > int(each["last_minute"])
    if all(nights) and len(nights) >= 21 and on != (0, 2, 4):
        assert len(told)


@settings(max_examples=examples(40))
@given(data=st.data())
def test_cuts_leave_no_trace(data: st.DataObject) -> None:
    """Sealing often or once, with the table carried over a snapshot each time, gives the same notices, byte for byte."""
    said = []
    for member in range(1, data.draw(st.integers(2, 5))):
        period = data.draw(st.sampled_from([10, 30, HOUR, NIGHT, NIGHT]))
        stopped = data.draw(st.integers(9, 20))
        name, host = data.draw(st.integers(0, 2)), data.draw(st.integers(5, 6))
        said += runs(period, stopped, at=data.draw(st.integers(0, 1000)), member=member, name=name, host=host)
    cuts = data.draw(st.lists(st.integers(MONDAY, MONDAY + 24 * DAY), max_size=6))
    assert notices_of(said, 24, cuts).tobytes() == notices_of(said, 24).tobytes()


def test_entities_beyond_the_bound_are_not_followed_and_leave_room_again() -> None:
    """Ids that come once fill no table: a member has so many entities at once, and nine days later they are gone."""
    table = ScheduleTable()
    said = [Said(number % 9, name=name) for number, name in enumerate(range(1, 500))]
    table.advance(rows_of(said, DELTA_DTYPE), rows_of(said, SIGHTING_DTYPE), MONDAY, MONDAY + 1)
    assert len(table) == ENTITIES_MOST + 2
    table.advance(rows_of([], DELTA_DTYPE), rows_of([], SIGHTING_DTYPE), MONDAY + 2, MONDAY + 11 * DAY)
    assert len(table) == 0
