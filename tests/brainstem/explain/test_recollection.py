"""What is remembered of a family: appearances, how they ended, what was near, in order and in words."""

import itertools
from datetime import UTC

from hypothesis import given
from hypothesis import strategies as st

from brainstem.explain.answers.recollection import (
    AWAY_US,
    NEAR_US,
    Appearance,
    Day,
    Incident,
    Like,
    Said,
    ShownItem,
    appearances_of,
    joined_likes,
    near_of,
    with_ends,
)
from tests.support.findings import DAY_US, NOON_US

HOUR_US = DAY_US // 24


def days_of(events: list[tuple[int, str]]) -> list[Day]:
    """Return the counts by host and UTC day of some events."""
    keys = {(host, time_us // DAY_US) for time_us, host in events}
    held = {key: [time_us for time_us, host in events if (host, time_us // DAY_US) == key] for key in keys}
    return [Day(host, len(times), min(times), max(times)) for (host, _), times in held.items()]


@given(st.lists(st.tuples(st.integers(0, 40 * DAY_US), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=40))
def test_counts_by_day_tell_the_appearances_of_the_events_themselves(events: list[tuple[int, str]]) -> None:
    """Cut wherever three days pass without an event, whatever the host."""
    times = sorted(time_us for time_us, _ in events)
    expected = [[times[0]]]
    for before, after in itertools.pairwise(times):
        if after - before > AWAY_US:
            expected.append([])
        expected[-1].append(after)
    found = appearances_of(days_of(events))
    assert [(each.first_us, each.last_us, each.events) for each in found] == [
        (held[0], held[-1], len(held)) for held in expected
    ]
    assert sum(number for each in found for _, number in each.hosts) == len(events)


def ends(appearances: list[Appearance], said: list[Said], end_us: int) -> list[str]:
    """Return how some appearances ended, in a word each."""
    return [each.ended for each in with_ends(appearances, [], said, end_us, UTC)]


def test_an_appearance_ends_with_silence_or_with_what_somebody_said() -> None:
    """The last one goes on as long as its silence is shorter than those that end one."""
    times = (NOON_US, NOON_US + 10 * DAY_US)
    held = [Appearance(time_us, time_us + HOUR_US, 2, (("a", 2),)) for time_us in times]
    last_us = held[-1].last_us
    assert ends(held, [], last_us + AWAY_US) == ["went quiet", "goes on"]
    assert ends(held, [], last_us + AWAY_US + 1) == ["went quiet", "went quiet"]
    resolved = Said(NOON_US + DAY_US, "resolved", "new cable", "i1-x")
    assert ends(held, [resolved], last_us) == ["resolved", "goes on"]
    assert ends(held, [resolved._replace(verdict="useful")], last_us) == ["went quiet", "goes on"]
    (first, _) = with_ends(held, [], [resolved], last_us, UTC)
    assert "new cable" in first.how


@given(st.integers(-5 * DAY_US, 5 * DAY_US))
def test_an_incident_is_near_within_two_days_and_told_with_the_item_before_it(offset_us: int) -> None:
    """Each once, with the time between."""
    incident = Incident(NOON_US + offset_us, "A1", "Lift stuck", "lift")
    item = ShownItem(NOON_US, "i1-x", "Lift creaks", 3.0)
    found = near_of([incident], [], [item])
    assert [each.after_us for each in found] == ([offset_us] if abs(offset_us) <= NEAR_US else [])
    appearance = Appearance(NOON_US - DAY_US, NOON_US, 9, ())
    both = near_of([incident], [appearance], [item])
    is_told = -NEAR_US - DAY_US <= offset_us <= NEAR_US
    assert len(both) == is_told
    if 0 <= offset_us <= NEAR_US:
        assert both[0].what == "its item"


def test_a_family_that_is_alike_for_two_reasons_is_told_once_with_both() -> None:
    """And before one that is alike for one of them."""
    one = Like(7, "north", "lift", "creaks", ("same hours",), 0.8)
    other = Like(8, "north", "lift", "creaks twice", ("same hours",), 0.8)
    again = Like(7, "north", "lift", "creaks", ("nearly the same words",), 0.4)
    merged = joined_likes([other, one, again])
    assert [each.family for each in merged] == [7, 8]
    assert merged[0].reasons == ("same hours", "nearly the same words")
