"""Numbers that run down or leave their range, against a recomputation from all values."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.aggregate.kernels import NUMBER_DTYPE
from brainstem.arrays.aliases import Rows
from brainstem.contracts.features import ON_ENTITY, ON_HOST
from brainstem.contracts.notice import COUNTDOWN, DRIFT, FALL, GROWTH
from brainstem.evidence.numbers.gauges import GAUGES_MOST
from state.attention.notice_tables import GaugeTable
from tests.support.examples import examples

DAY = 144
BLOCK = 36
BIRTH = 20_486 * DAY
"""the first slot of a day in 2026"""


@dataclass(frozen=True, slots=True)
class Reported:
    """A number that was told in a slot, of an entity (0 for none)."""

    slot: int
    value_milli: int
    name: int = 0
    member: int = 1
    host: int = 5


def rows_of(values: Sequence[Reported]) -> Rows:
    """Return number rows in the order in which a bucket hands them on."""
    rows = np.zeros(len(values), NUMBER_DTYPE)
    for index, each in enumerate(values):
        row = rows[index]
        row["slot"], row["value_milli"], row["name"] = each.slot, each.value_milli, each.name
        row["member"], row["host"], row["position"] = each.member, each.host, index
        row["gauge"] = each.member * 1_000_003 + each.host * 1009 + each.name
    return rows[np.lexsort((rows["position"], rows["gauge"], rows["slot"]))]


def notices_of(values: Sequence[Reported], cuts: Sequence[int] = (), to_slot: int = 0) -> Rows:
    """Follow values in stretches that begin at `cuts`, the table carried over a snapshot each time."""
    rows = rows_of(values)
    to_slot = max(to_slot, int(rows["slot"][-1]))
    edges = sorted({int(rows["slot"][0]), *(cut for cut in cuts if int(rows["slot"][0]) < cut <= to_slot)})
    table, parts = GaugeTable(), []
    for low, high in zip(edges, [*edges[1:], to_slot + 1], strict=True):
        state = table.snapshot()
        table = GaugeTable()
        table.restore(state)
        parts.append(table.advance(rows[(rows["slot"] >= low) & (rows["slot"] < high)], low, high - 1))
    return np.concatenate(parts)


def evaluations(values: Sequence[Reported]) -> list[int]:
    """Return the slots at which a number is looked at: its first value in each six hours, once there have been five."""
    seen: set[int] = set()
    slots = []
    for count, each in enumerate(sorted(values, key=lambda told: told.slot), 1):
        if each.slot // BLOCK not in seen and count > 5:
            slots.append(each.slot)
        seen.add(each.slot // BLOCK)
    return slots


def drift_of(values: Sequence[Reported], slot: int) -> tuple[int, float] | None:
    """Return over how many days one number that comes once a slot is drifting at `slot`, and how far in deviations."""
    now = slot // BLOCK
    blocks: dict[int, list[int]] = defaultdict(list)
    for each in values:
        if each.slot <= slot:
            blocks[now - 1 - each.slot // BLOCK].append(each.value_milli)
    born = max(blocks)
    windows = {
        each: fmean(found)
        for each in range(23)
        if (found := [value for back in range(4 * each, 4 * each + 4) for value in blocks.get(back, [])])
    }
    lived = min(23, born // 4 + 1)
    whole = all(each.value_milli % 1000 == 0 for each in values if each.slot <= slot)
    for days in range(8, 1, -1):
        if days >= lived or any(each not in windows for each in range(days + 1)):
            continue
        steps = [windows[each] - windows[each + 1] for each in range(days)]
        total = sum(steps)
        sign = 1 if total > 0 else -1
        even = all(sign * step > 0 for step in steps)
        if not even or max(abs(step) for step in steps) > (0.6 if days > 2 else 0.7) * abs(total):
            continue
        path = [sign * fmean(blocks[back]) for back in range(4 * days + 4) if back in blocks]
        fours = zip(path, path[1:], path[2:], path[3:], strict=False)
        if any(min(newest, new) - max(old, oldest) > 0.6 * abs(total) for newest, new, old, oldest in fours):
            continue
        base = [windows[each] for each in range(days + 1, min(lived, days + 15)) if each in windows]
        if len(base) < 6 or max(base) - min(base) > 0.5 * abs(total):
            continue
        noise = max(stdev(base), 500 if whole else 5, 0.01 * abs(fmean(base)))
        distance = sign * (windows[0] - fmean(base)) / noise
        former = [fmean(blocks[back]) for back in range(4 * days + 4, 4 * days + 60) if back in blocks]
        heard = [each.value_milli for each in values if each.slot <= slot]
        steps = [right - left for left, right in pairwise(heard) if left != right]
        back = sum(sign * step < 0 for step in steps)
        if len(former) < 10 or (max(former) > min(former) and 10 * back < len(steps)):
            continue
        reach = 0.25 * (max(former) - min(former))
        latest = [fmean(blocks[back]) for back in range(4) if back in blocks]
        latest += [fmean(blocks[back]) for back in range(4, 12) if back in blocks][: max(0, 3 - len(latest))]
        beyond = all(mean > max(former) + reach if sign > 0 else mean < min(former) - reach for mean in latest)
        if distance >= 6 and beyond and len(latest) >= 3:
            return days, distance
    return None


@st.composite
def stories(draw: st.DrawFn) -> list[Reported]:
    """Draw a number that stays about a level, then moves at some pace, jumps, or stays, told every so often."""
    every = draw(st.sampled_from([12, 36, 48, 72, 140, 144]))
    level, noise = draw(st.integers(-100, 400)) * 1000, draw(st.sampled_from([0, 1000, 7000]))
    calm, moving = draw(st.integers(3, 20)), draw(st.integers(2, 9))
    pace = draw(st.sampled_from([0, 900, 4000, 15_000, -4000]))
    whole = draw(st.booleans())
    values, slot = [], BIRTH + draw(st.integers(0, 143))
    while slot < BIRTH + (calm + moving) * DAY:
        days = max(0.0, (slot - BIRTH) / DAY - calm)
        value = round(level + pace * days + noise * draw(st.floats(-1, 1)))
        values.append(Reported(slot, value - value % 1000 if whole else value))
        slot += every + draw(st.integers(0, 3))
    return values


@settings(max_examples=examples(150))
@given(values=stories(), cuts=st.lists(st.integers(BIRTH, BIRTH + 30 * DAY), max_size=4))
def test_a_drift_is_told_when_its_recomputation_says_so(values: list[Reported], cuts: list[int]) -> None:
    """At every look the kernel agrees with windows, range and deviations worked out from all values, wherever it is cut."""
    told = {int(each["slot"]): each for each in notices_of(values, cuts) if each["kind"] == DRIFT}
    for slot in evaluations(values):
        expected = drift_of(values, slot)
        if expected is None:
            if slot in told:
                # a distance that lies at the bound may round either way
                assert told[slot]["strength_milli"] <= 6001
            continue
        if slot not in told:
            assert expected[1] < 6.001
            continue
        assert (
            abs(told[slot]["strength_milli"] - 1000 * min(expected[1], 1000)) <= 1 or told[slot]["days"] != expected[0]
        )


@settings(max_examples=examples(60))
@given(values=stories(), names=st.lists(st.integers(0, 3), min_size=400, max_size=400), data=st.data())
def test_cuts_leave_no_trace(values: list[Reported], names: list[int], data: st.DataObject) -> None:
    """Sealing often or once, with the table carried over a snapshot each time, gives the same notices, byte for byte."""
    values = [
        Reported(each.slot, each.value_milli + 1000 * name, name) for each, name in zip(values, names, strict=False)
    ]
    cuts = data.draw(st.lists(st.integers(BIRTH, BIRTH + 30 * DAY), max_size=6))
    assert notices_of(values, cuts).tobytes() == notices_of(values).tobytes()


def level(days: int, value: int, name: int = 0, pace: int = 0, calm: int = 99, swing: int = 2) -> list[Reported]:
    """Return three whole values a day about a level, which move by `pace` a day after `calm` days."""
    return [
        Reported(
            BIRTH + 48 * number, 1000 * (value + swing * (number % 3) + max(0, number - 3 * calm) * pace // 3), name
        )
        for number in range(3 * days)
    ]


@pytest.mark.parametrize(("base", "pace"), [(500, 20), (500, -20), (-500, 20), (-500, -20)])
def test_a_number_that_leaves_its_range_is_told_with_its_pace(base: int, pace: int) -> None:
    """Ten calm days, then a steady pace: told within four days, with former level, mean of the day, and pace."""
    (first, *_) = notices_of(level(15, base, pace=pace, calm=10))
    assert first["kind"] == DRIFT
    assert 12 * DAY <= first["slot"] - BIRTH <= 14 * DAY
    assert abs(int(first["first_milli"]) - 1000 * (base + 2)) < 1000
    assert abs(int(first["pace_milli"]) - 1000 * pace) < 6000
    assert (int(first["last_milli"]) - 1000 * (base + 2)) * pace > 0
    assert first["facet_kind"] == ON_HOST
    assert first["facet"] == 5


def test_a_number_may_drift_through_noise() -> None:
    """A queue that grows day by day is told although single values of six hours lie far apart."""
    waiting = (124, 140, 102, 154, 108, 112, 88, 123, 135, 131, 146, 144, 117, 156, 156, 122, 94, 104, 102, 122)
    growing = (158, 123, 175, 123, 258, 183, 198, 139, 274, 289, 179, 250, 367, 244, 438, 304, 404, 520, 316, 507)
    values = [Reported(BIRTH + 72 * number, 1000 * value) for number, value in enumerate(waiting)]
    values += [Reported(BIRTH + 72 * 20 + 36 * number, 1000 * value) for number, value in enumerate(growing)]
    notices = notices_of(values)
    assert set(notices["kind"].tolist()) == {DRIFT}
    assert (notices["pace_milli"] > 0).all()


@pytest.mark.parametrize(
    "values",
    [
        level(20, 500, pace=20, calm=0),
        level(12, 500) + [Reported(BIRTH + 48 * number, 900_000) for number in range(36, 60)],
        [Reported(BIRTH + 48 * number, 1000 * (500 + (number % 6) * 40)) for number in range(60)],
        [Reported(BIRTH + 48 * number, 1000 * (500 + 60 * min(number // 3 % 7, 5))) for number in range(84)],
        level(5, 500) + [Reported(BIRTH + 48 * number, 1000 * (500 + 7 * number)) for number in range(15, 27)],
        [Reported(BIRTH + 48 * number, number * 7_919_000 % 1_000_000_000) for number in range(84)],
        [Reported(BIRTH + 48 * number, 1000 * (500 + number + max(0, number - 36) * 30)) for number in range(60)],
    ],
    ids=["counter", "jump", "daily swing", "weekly swing", "too young", "scattered ids", "counter that gets faster"],
)
def test_what_is_no_drift_is_not_told(values: list[Reported]) -> None:
    """A number that has always moved like that, one that jumps, one that swings, one with no past, and ids."""
    assert not len(notices_of(values))


def test_what_all_siblings_do_is_no_news() -> None:
    """A third of the entities moving together is a common cause; one of them alone is told, by entity."""
    calm = [each for name in range(2, 6) for each in level(15, 500, name)]
    moving = [each for name in (1, 7, 8) for each in level(15, 500, name, pace=20, calm=10)]
    assert not len(notices_of(calm + moving))
    alone = notices_of(calm + moving[: len(moving) // 3])
    assert set(alone["facet"].tolist()) == {1}
    assert set(alone["facet_kind"].tolist()) == {ON_ENTITY}


@pytest.mark.parametrize(
    ("falls", "every", "told"),
    [
        ([2000] * 3, DAY, 0),
        ([2000] * 4, DAY, 4),
        ([2000, 2000, -1, 1500, 1500, 1500, 1500], DAY, 0),
        ([1000] * 2, DAY, 0),
        ([1000] * 3, DAY, 3),
        ([2000] * 3, 2 * DAY, 3),
        ([1000] * 3, 3 * DAY, 0),
        ([1000] * 5, DAY, 5),
        ([1000] * 5, 20, 0),
        ([1000, 1000, 2000, 1000, 1000], DAY, 5),
        ([1000, 1000, 2001, 1000, 1000], DAY, 0),
        ([100, 1000, 100, 1000, 100, 1000, 100, 1000], DAY, 8),
        ([2000, 2000, 2000, -1, 1000, 1000], DAY, 0),
        ([1000, 1000, 0, 1000, 1000, 1000], DAY, 5),
    ],
)
def test_a_countdown_is_even_or_long_and_takes_a_day(falls: list[int], every: int, told: int) -> None:
    """Eight falls of any size or five even ones, four of what never rose, three by one a day; a rise begins anew."""
    values, value = [Reported(BIRTH, 12_000)], 12_000
    for number, fall in enumerate(falls, 1):
        value -= fall
        values.append(Reported(BIRTH + number * every, value))
    last = notices_of(values)[-1:]
    assert last["falls"].tolist() == ([told] if told else [])
    if told:
        assert int(last["kind"][0]) == COUNTDOWN
        assert int(last["last_milli"][0]) == value
        assert int(last["first_milli"][0]) == 12_000
        assert int(last["pace_milli"][0]) == (value - 12_000) * DAY // (values[-1].slot - BIRTH)


@pytest.mark.parametrize(("lowest", "told"), [(13_999, 1), (14_000, 0)])
def test_a_countdown_is_told_below_fourteen(lowest: int, told: int) -> None:
    """Five even falls, a day apart, that end at fourteen or just below."""
    values = [Reported(BIRTH + number * DAY, lowest + 1000 * (5 - number)) for number in range(6)]
    assert len(notices_of(values)) == told


def test_a_countdown_stands_between_its_values_until_it_rises_or_is_said_no_more() -> None:
    """A nightly number has a notice at every review, four a day, for three days after its last value; none once it rose."""
    falling = [Reported(BIRTH + number * DAY + 7, 1000 * (13 - number)) for number in range(6)]
    reviews = [slot for slot in range(BIRTH, BIRTH + 12 * DAY) if (slot + 1) % BLOCK == 0]
    notices = notices_of(falling, to_slot=BIRTH + 12 * DAY - 1)
    first, last = int(notices["slot"][0]), falling[-1].slot
    assert first == falling[3].slot, "three falls by one a day"
    said = {each.slot for each in falling if each.slot >= first}
    assert notices["slot"].tolist() == sorted(said | {slot for slot in reviews if first < slot <= last + 3 * DAY})
    assert (np.diff(notices["last_milli"]) <= 0).all()
    risen = [*falling, Reported(last + DAY, 90_000)]
    assert notices_of(risen, to_slot=BIRTH + 12 * DAY - 1)["slot"].max() < last + DAY


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([90, 83, 76, 69, 62, 55], 1),
        ([90, 87, 84, 81, 78, 75], 0),
        ([80, 90, 83, 76, 69, 62, 55], 0),
    ],
    ids=["gone in a week", "gone in a month", "has risen before"],
)
def test_a_number_that_only_ever_fell_is_told_a_fortnight_ahead(values: list[int], told: int) -> None:
    """At the pace so far it would be nothing within fourteen days; what rose again before does so by itself."""
    notices = notices_of([Reported(BIRTH + day * DAY, 1000 * value) for day, value in enumerate(values)])
    assert notices["kind"].tolist() == [COUNTDOWN] * told


def test_entities_beyond_the_bound_are_not_followed_and_leave_room_again() -> None:
    """Ids that come once fill no table: a member has so many gauges at once, and three days later they are gone."""
    table = GaugeTable()
    many = rows_of([Reported(BIRTH + number % 3, 1000, name) for number, name in enumerate(range(1, 500))])
    table.advance(many, BIRTH, BIRTH + 2)
    assert len(table) == GAUGES_MOST + 1
    table.advance(many[:0], BIRTH + 3, BIRTH + 5 * DAY)
    assert len(table) <= 2


def nights(values: Sequence[int]) -> list[Reported]:
    """Return the numbers that a job reports each night."""
    return [Reported(BIRTH + DAY * day + 12, 1000 * value) for day, value in enumerate(values)]


def falls_of(values: Sequence[int]) -> list[int]:
    """Return the days on which a nightly number is told to have fallen."""
    notices = notices_of(nights(values))
    return [(int(each) - BIRTH) // DAY for each in notices["slot"][notices["kind"] == FALL]]


USUAL = [480, 471, 492, 466, 485, 478, 490, 469, 481, 488, 470, 483, 477, 491, 474]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([*USUAL, 24, 23], [15, 16]),
        ([*USUAL, 24, 480], [15]),
        ([*USUAL, 0], [15]),
        ([*USUAL, 100, 101], [16]),
        ([*USUAL, 100, 480], []),
        ([*USUAL, 300, 290, 310], []),
        ([*USUAL[:6], 24], []),
        ([480, 60, 300, 21, 90] * 3 + [4, 4], []),
        ([*range(400, 480, 5), 1, 2], []),
        ([40 if day % 7 == 6 else value for day, value in enumerate(USUAL)] + [41, 40], []),
    ],
    ids=[
        *("a twentieth", "a twentieth once", "nothing", "a fifth twice", "a fifth once", "somewhat less"),
        *("too young", "always varied", "a counter that begins anew", "small on Sundays"),
    ],
)
def test_a_job_that_reports_a_fraction_of_what_it_did_is_told(values: list[int], expected: list[int]) -> None:
    """On the same night where it is a tenth or less, on the second night where it is a quarter."""
    assert falls_of(values) == expected


@settings(max_examples=examples(100))
@given(st.lists(st.integers(0, 1000), min_size=9, max_size=23))
def test_a_fall_is_what_a_recount_calls_one(values: list[int]) -> None:
    """Of any nights, from plain lists: below a tenth of the least, or a quarter twice, of values that lay together."""
    told = set(falls_of(values))
    for day in told:
        *former, latest, now = values[: day + 1]
        assert day >= 8
        assert len(former) + 1 >= 9
        assert min(former) > 0
        once = 10 * now <= min(*former, latest) and max(former) <= 3 * min(*former, latest)
        twice = 4 * max(now, latest) <= min(former) and max(former) <= 3 * min(former)
        assert once or twice


def counted_hourly(steps: Sequence[int], days: int = 14) -> list[Reported]:
    """Return a count that is told every hour and rises by one on some days."""
    values, value = [], 5
    for hour in range(24 * days):
        value += hour // 24 in steps and hour % 24 == 7
        values.append(Reported(BIRTH + 6 * hour, 1000 * value))
    return values


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (counted_hourly([2, 4, 6, 8, 10, 12]), True),
        (counted_hourly([2, 4, 6]), False),
        (counted_hourly([]), False),
        ([Reported(BIRTH + 6 * hour, 1000 * (5 + hour)) for hour in range(24 * 9)], False),
        ([Reported(BIRTH + 6 * hour, 1000 * (2 + hour // 20 % 4)) for hour in range(24 * 9)], False),
    ],
    ids=["doubles in days", "grew a little", "stays", "rises each time", "falls again"],
)
def test_a_count_that_never_falls_and_doubles_is_told(values: list[Reported], told: bool) -> None:
    """Hourly reports of 5 to 11 bad sectors are growth; a counter that rises each time is none."""
    notices = notices_of(values)
    growth = notices[notices["kind"] == GROWTH]
    assert bool(len(growth)) == told
    assert all(growth["last_milli"] >= 2 * growth["first_milli"])
