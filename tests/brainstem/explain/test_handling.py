"""What is set aside comes back when it has earned that, and says who had set it aside and why."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.attention.bands import BEHAVIOURS
from brainstem.explain.answers.handling import HOSTS_FOR_ONE_MORE, Since, Verdict, came_back, handling_of, set_aside
from tests.support.findings import DAY_US, NOON_US

BANDS = [each.title for each in BEHAVIOURS]
UNTIL_US = NOON_US + 2 * DAY_US
ACK = Verdict(NOON_US, "acknowledged", "vendor has a case", "ann")
FOR_GOOD = ACK._replace(verdict="snoozed")
FOR_A_WHILE = FOR_GOOD._replace(until_us=UNTIL_US)
DONE = ACK._replace(verdict="resolved")
WATCHED = Since(bands=((NOON_US - DAY_US, "watch"),), hosts={"edge4": NOON_US - DAY_US}, heard_us=NOON_US - 5)
HIGHER = WATCHED._replace(bands=(*WATCHED.bands, (NOON_US + 7, "promote")))
WIDER = WATCHED._replace(hosts={**WATCHED.hosts, "edge5": NOON_US + 7}, heard_us=NOON_US + 7)
AGAIN = WATCHED._replace(heard_us=NOON_US + 7)
SHOWN = AGAIN._replace(shown_us=NOON_US + 9)


@pytest.mark.parametrize(
    ("said", "since", "is_over"),
    [
        (ACK, AGAIN, False),
        (ACK, HIGHER, True),
        (ACK, WIDER, True),
        (ACK, SHOWN, True),
        (FOR_GOOD, SHOWN, False),
        (FOR_GOOD, HIGHER, True),
        (FOR_GOOD, WIDER, True),
        (FOR_A_WHILE, SHOWN, False),
        (FOR_A_WHILE, HIGHER, True),
        (DONE, WATCHED, False),
        (DONE, HIGHER, False),
        (DONE, AGAIN, True),
    ],
)
def test_it_comes_back_when_it_has_earned_that(said: Verdict, since: Since, is_over: bool) -> None:
    """A higher band, another host, shown again, or heard again after it was resolved."""
    handling = handling_of(said, since, NOON_US + DAY_US)
    assert handling.is_over is is_over
    told = came_back(handling, UTC) if is_over else set_aside(handling, NOON_US + DAY_US, UTC)
    assert told.startswith(f"{said.verdict} by ann")
    assert "vendor has a case" in told


def test_a_snooze_is_over_at_its_time_and_says_who_and_why() -> None:
    """Not a moment before."""
    assert not handling_of(FOR_A_WHILE, WATCHED, UNTIL_US - 1).is_over
    over = handling_of(FOR_A_WHILE, WATCHED, UNTIL_US)
    assert came_back(over, UTC) == (
        "snoozed by ann Mon 1 Jun 2026 12:00 until Wed 3 Jun 2026 12:00: vendor has a case;"
        " came back: its time was over Wed 3 Jun 2026 12:00"
    )


def test_what_is_set_aside_tells_its_age() -> None:
    """And until when, where it has an end."""
    handling = handling_of(FOR_A_WHILE, WATCHED, NOON_US + DAY_US)
    told = set_aside(handling, NOON_US + DAY_US, UTC)
    assert told == "snoozed by ann 24 h ago, Mon 1 Jun 2026 12:00 until Wed 3 Jun 2026 12:00: vendor has a case"
    nobody = handling_of(FOR_GOOD._replace(by="", note=""), WATCHED, NOON_US)
    assert set_aside(nobody, NOON_US, UTC) == "snoozed 0 s ago, Mon 1 Jun 2026 12:00 until it escalates"


@pytest.mark.parametrize(
    ("known", "new", "is_over"), [(1, 1, True), (HOSTS_FOR_ONE_MORE, 1, True), (25, 2, False), (25, 3, True)]
)
def test_a_message_of_many_hosts_comes_back_on_a_tenth_more(known: int, new: int, is_over: bool) -> None:
    """It is on another one every day."""
    hosts = {f"old{number}": NOON_US - number for number in range(known)}
    hosts |= {f"new{number}": NOON_US + 1 + number for number in range(new)}
    assert handling_of(ACK, Since(hosts=hosts), NOON_US + DAY_US).is_over is is_over


def test_names_and_notes_are_shown_without_what_a_terminal_would_act_upon() -> None:
    """They are written by anybody who may state something."""
    said = ACK._replace(by="a\x1b[2Jnn", note="password=hunter2seven")
    wider = WIDER._replace(hosts={**WATCHED.hosts, "e\x1b]0;x\x07": NOON_US + 7})
    told = came_back(handling_of(said, wider, NOON_US + DAY_US), UTC)
    assert told.isprintable()
    assert "hunter2seven" not in told


MOMENTS = st.integers(NOON_US - DAY_US, NOON_US + DAY_US)


@given(
    st.sampled_from([ACK, FOR_GOOD, FOR_A_WHILE._replace(until_us=NOON_US + DAY_US // 2), DONE]),
    st.lists(st.tuples(MOMENTS, st.sampled_from(BANDS)), max_size=6, unique_by=lambda each: each[0]).map(sorted),
    st.dictionaries(st.sampled_from("abcdef"), MOMENTS, max_size=6),
    st.lists(MOMENTS, min_size=2, max_size=2).map(sorted),
)
def test_what_came_back_stays_until_somebody_says_something(
    said: Verdict, bands: list[tuple[int, str]], hosts: dict[str, int], looked: list[int]
) -> None:
    """At a later moment more is known, and nothing of it sets it aside again."""
    over = []
    for now_us in looked:
        heard = {host: first_us for host, first_us in hosts.items() if first_us <= now_us}
        known = Since(tuple(each for each in bands if each[0] <= now_us), heard, max(heard.values(), default=0))
        over.append(handling_of(said, known, now_us).is_over)
    assert over == sorted(over)
