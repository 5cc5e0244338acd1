"""Lineage: what an update says in other words is not news."""

import random
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.attention.state import new_attention_states
from brainstem.evidence.discounts.lineage import FamilyLife, likeness, list_silent, predecessor
from brainstem.explain.sentences import because
from tests.support.streams import START, Graph, Journal, Line, in_one_go

DAY = 144


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("valve <num> moved to position <num>", "valve <num> moved to position <num>", 1.0),
        ("valve <num> moved to position <num>", "core: valve <num> moved to position <num>", 8 / 9),
        ("valve moved", "pump stood", 0.0),
        ("valve <num> is up", "valve <num> is down", 0.0),
        ("<num> <time>", "<num> <time>", 0.0),
    ],
)
def test_likeness_is_of_words_and_never_across_states(one: str, other: str, alike: float) -> None:
    """Masks are no words; up and down are never the same thing."""
    assert likeness(one, other) == pytest.approx(alike)
    assert likeness(other, one) == likeness(one, other)


OLD = FamilyLife(1, 0, 20 * DAY, 200, "valve <num> moved to place")
NEW = FamilyLife(2, 20 * DAY + 3, 21 * DAY, 10, "core: valve <num> moved to place")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (OLD, NEW, 1),
        (OLD._replace(last_slot=22 * DAY), NEW, None),
        (OLD._replace(last_slot=8 * DAY), NEW, None),
        (OLD._replace(first_slot=NEW.first_slot - 10), NEW, None),
        (OLD._replace(episodes=3), NEW, None),
        (OLD._replace(first_slot=20 * DAY - 6 * 9, episodes=10), NEW._replace(first_slot=21 * DAY + 100), None),
        (OLD._replace(first_slot=20 * DAY, episodes=1), NEW._replace(first_slot=21 * DAY + 100), None),
        (OLD, NEW._replace(episodes=90), None),
        (OLD._replace(template="valve <num> failed to move"), NEW, None),
    ],
    ids=[
        "successor",
        "still heard",
        "long gone",
        "as young",
        "was seldom",
        "was heard for hours",
        "was heard once",
        "comes oftener",
        "other words",
    ],
)
def test_a_successor_begins_where_another_ends_and_keeps_its_rate(
    old: FamilyLife, new: FamilyLife, found: int | None
) -> None:
    """It is none when the older one is still heard, stopped long before, or came much less often."""
    edge = predecessor(new, [new, old], 22 * DAY)
    assert (edge and edge[0]) == found


def works(*, speaks_again: bool = False) -> list[Journal]:
    """Return a month in which a program says twelve things now and then, from day 18 on each with one word more."""
    dice = random.Random(11)
    things = [
        f"{verb} the {noun} of section {{}}"
        for verb in ("measured", "greased", "turned")
        for noun in ["shaft", "gear", "belt", "crank"]
    ]
    lines: list[Line] = []
    for hour in range(28 * 24):
        lines.append(
            (START + timedelta(hours=hour + dice.random()), f"mill1 clerk[2]: {dice.randrange(99)} sacks counted")
        )
        for thing in things:
            if dice.random() < 0.25:
                said = thing.format(dice.randrange(9))
                late = hour >= 18 * 24 and not (speaks_again and "belt" in thing and dice.random() < 0.5)
                form = f"mill1 keeper[4]: line-b {said}" if late else f"mill1 keeper[4]: {said}"
                lines.append((START + timedelta(hours=hour + dice.random()), form))
    return [Journal("north", "file:/north/mill.log", tuple(sorted(lines)))]


@pytest.fixture(scope="module")
def month() -> Graph:
    """Run the month of the update."""
    return in_one_go(works())


def test_an_update_that_changes_all_words_is_at_most_one_item(month: Graph) -> None:
    """Twelve new kinds of messages at once, and nothing new is said."""
    assert len([each for each in month.findings if each.service == "keeper"]) <= 1


def test_the_edge_is_seen_in_the_decisions(month: Graph) -> None:
    """With the family that it goes on for, and how alike the words are."""
    linked = [each for each in month.decisions if dict(each.contributions).get("lineage", 0.0) < 0]
    assert linked
    families = {each.family for each in month.decisions}
    for decision in linked:
        assert decision.facts["succeeded_family"] & 0xFFFFFFFFFFFFFFFF in families
        assert decision.facts["succeeded_permille"] >= 750
        assert "fell silent" in because("lineage", decision.facts)


def test_an_older_family_that_speaks_again_dissolves_the_edge() -> None:
    """Then the newer one is another thing, and is weighed as such."""
    said = [
        each
        for each in in_one_go(works(speaks_again=True)).decisions
        if "line-b" in each.template and "belt" in each.template
    ]
    last = {each.family: each for each in said}
    assert last
    assert all("lineage" not in dict(each.contributions) for each in last.values())


@given(
    lives=st.lists(
        st.tuples(st.integers(0, 25 * DAY), st.integers(0, 25 * DAY), st.integers(1, 300), st.integers(0, 1)),
        min_size=1,
        max_size=12,
    ),
    began=st.integers(0, 25 * DAY),
)
def test_who_fell_silent_is_among_those_found_by_their_slots(
    lives: list[tuple[int, int, int, int]], began: int
) -> None:
    """Whoever precedes a family of the same words is found by slots and episodes alone, and others of the service only."""
    attention_states = new_attention_states(len(lives))
    for place, (first, length, episodes, service) in enumerate(lives):
        attention_states[place]["first_slot"], attention_states[place]["last_slot"] = first, first + length
        attention_states[place]["episodes"], attention_states[place]["service"] = episodes, service
    rows = np.empty(len(lives), np.int32)
    listed = set(rows[: list_silent(attention_states, 1, began, rows)].tolist())
    new = NEW._replace(family=10**6, first_slot=began, last_slot=began + DAY)
    for place, (first, length, episodes, service) in enumerate(lives):
        old = FamilyLife(place, first, first + length, episodes, OLD.template)
        if service == 1 and predecessor(new, [old], began + DAY) is not None:
            assert place in listed
    assert all(lives[place][3] == 1 for place in listed)
