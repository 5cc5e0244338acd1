"""Precursors and precedents against slow recounts, and what they never do."""

import random
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.evidence.incidents.consent import NO_CONSENT, Consent
from brainstem.evidence.incidents.message_shape import names, shape_of
from brainstem.evidence.incidents.occurrences import (
    AWAY_SLOTS,
    GAP_SLOTS,
    LEAST_LEAD_SLOTS,
    OCCURRENCES_KEPT,
    appearances,
    merge_occurrences,
    new_occurrences,
    note_episodes,
    weigh_up,
)
from brainstem.evidence.incidents.precedent import Case, Precedents, weight
from brainstem.evidence.incidents.precursor import HITS_LEAST, Precursors, Ticket, tail, title_words
from tests.support.examples import examples

DAY = 144
SLOTS = st.lists(st.integers(0, 40 * DAY), min_size=1, max_size=60, unique=True).map(sorted)


def table_of(slots: list[int]) -> Any:
    """Return a table with one shape that was heard in some slots."""
    table = new_occurrences(1)
    table[0]["families"] = 1
    for slot in slots:
        note_episodes(table, np.zeros(1, np.int32), slot)
    return table


def runs(slots: list[int], gap: int) -> list[tuple[int, int]]:
    """Cut slots where more than `gap` lies between two."""
    found: list[tuple[int, int]] = []
    for slot in slots:
        if found and slot - found[-1][1] <= gap:
            found[-1] = (found[-1][0], slot)
        else:
            found.append((slot, slot))
    return found


@settings(max_examples=examples(60))
@given(SLOTS, st.lists(st.integers(0, 40 * DAY), max_size=6, unique=True).map(sorted), st.sampled_from([54, 144]))
def test_counts_of_a_shape_agree_with_a_recount_slot_by_slot(slots: list[int], times: list[int], window: int) -> None:
    """Hits, slots covered and occurrences unfollowed, from the episodes themselves."""
    table, now, since = table_of(slots), 40 * DAY, 0
    spans = runs(slots, GAP_SLOTS)
    begin = since
    if len(spans) > OCCURRENCES_KEPT:
        begin = spans[-OCCURRENCES_KEPT - 1][1] + window + 1
    spans = spans[-OCCURRENCES_KEPT:]
    counts = np.zeros((1, 5), np.int64)
    weigh_up(table, np.array(times, np.int64), window, since, now, counts)
    preceded = {
        slot
        for slot in range(begin, now + 1)
        if any(start <= slot - LEAST_LEAD_SLOTS and end >= slot - window for start, end in spans)
    }
    counted = [time for time in times if time >= begin]
    unfollowed = [
        (start, end) for start, end in spans if end + window < now and not any(start < t <= end + window for t in times)
    ]
    assert counts[0].tolist() == [
        len(counted),
        sum(time in preceded for time in counted),
        len(preceded),
        max(0, now - begin + 1),
        len(unfollowed),
    ]


@given(SLOTS)
def test_appearances_are_runs_without_three_days_of_silence(slots: list[int]) -> None:
    """The latest occurrences, joined."""
    kept = runs(slots, GAP_SLOTS)[-OCCURRENCES_KEPT:]
    joined: list[tuple[int, int]] = []
    for start, end in kept:
        if joined and start - joined[-1][1] <= AWAY_SLOTS:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    row = table_of(slots)[0]
    assert appearances(row) == joined
    assert row["first_slot"] == slots[0]
    present = runs(slots, AWAY_SLOTS)[-1]
    assert row["appeared_slot"] == present[0]
    assert row["appeared_episodes"] == sum(slot >= present[0] for slot in slots)


@given(SLOTS, SLOTS)
def test_two_shapes_that_become_one_were_heard_whenever_either_was(slots: list[int], others: list[int]) -> None:
    """Merging loses occurrences only where more than are kept come together."""
    one, other = table_of(slots), table_of(others)
    merge_occurrences(one[0], other[0])
    together = runs(sorted({*slots, *others}), GAP_SLOTS)
    row = one[0]
    if max(len(runs(each, GAP_SLOTS)) for each in (slots, others)) <= OCCURRENCES_KEPT:
        spans = list(zip(row["starts"].tolist(), row["ends"].tolist(), strict=True))[: row["count"]]
        assert spans == together[-OCCURRENCES_KEPT:]
    assert row["first_slot"] == min(slots[0], others[0])


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 100))
def test_the_tail_of_a_binomial_is_that_of_exact_fractions(hits: int, trials: int, percent: int) -> None:
    """The same sum in rational numbers."""
    chance = Fraction(percent, 100)
    exact = sum(comb(trials, each) * chance**each * (1 - chance) ** (trials - each) for each in range(hits, trials + 1))
    assert tail(hits, trials, percent / 100) == pytest.approx(float(exact), abs=1e-12)


def learned(slots: list[int], incidents: list[int], crowd: int = 0, seed: int = 1) -> Precursors:
    """Return what is learned of a shape among a crowd of others that come at random."""
    dice = random.Random(seed)
    rows = [slots, *[sorted(dice.sample(range(40 * DAY), 4)) for _ in range(crowd)]]
    table = np.concatenate([table_of(each) for each in rows])
    table["shape"] = np.arange(1, len(table) + 1)
    precursors = Precursors()
    for number, slot in enumerate(incidents):
        for group in precursors.take(Ticket(slot, slot, f"pump {number} stands"), "pumps"):
            precursors.learn(group, table, np.zeros(len(table), np.bool_), 0, slot)
    return precursors


def test_what_came_hours_before_three_incidents_and_hardly_otherwise_is_a_precursor() -> None:
    """Rare, and close enough each time."""
    incidents = [8 * DAY, 17 * DAY, 29 * DAY]
    slots = [incident - lead for incident, lead in zip(incidents, (30, 22, 41), strict=True)] + [20 * DAY]
    assert set(learned(sorted(slots), incidents).learned) == {0}


def test_what_comes_all_the_time_is_no_precursor() -> None:
    """Every incident follows it, and so does everything else."""
    assert not learned(list(range(0, 40 * DAY, 70)), [8 * DAY, 17 * DAY, 29 * DAY]).learned


@pytest.mark.parametrize("seed", range(5))
def test_chance_meetings_of_many_rare_messages_with_incidents_teach_nothing(seed: int) -> None:
    """A thousand shapes of four episodes in forty days, and not one that has anything to do with the incidents."""
    found = learned([1], [8 * DAY, 17 * DAY, 29 * DAY, 33 * DAY], crowd=1000, seed=seed).learned
    assert len(found) <= 1


def test_tickets_of_one_incident_count_once() -> None:
    """Three tickets within an hour do not make three incidents."""
    incidents = [8 * DAY, 8 * DAY + 2, 8 * DAY + 4]
    assert not learned([8 * DAY - 30], incidents).learned


def test_titles_are_alike_without_names_and_numbers() -> None:
    """Host names, numbers and the service itself say nothing of what happened."""
    assert title_words("Pump-7 on db01.north.example stands", "pump-7") == {"on", "stands"}
    precursors = Precursors()
    first = precursors.take(Ticket(DAY, 0, "pump 1 stands still"), "pumps")
    assert not first
    assert len(precursors.take(Ticket(9 * DAY, 0, "pump 22 stands still"), "pumps")) == 1
    other = precursors.take(Ticket(19 * DAY, 0, "new colleague wants a key"), "pumps")
    assert len(other) == 1, "the service has had three incidents, though of this sort one"


def test_what_has_been_learned_survives_a_snapshot() -> None:
    """Groups, tickets and precursors."""
    incidents = [8 * DAY, 17 * DAY, 29 * DAY]
    precursors = learned([each - 30 for each in incidents], incidents)
    again = Precursors.restored(precursors.snapshot())
    assert again.snapshot() == precursors.snapshot()
    assert again.learned == precursors.learned
    assert HITS_LEAST == 2


def case(tenant: str, slot: int, exact: int = 7, **changes: Any) -> Case:
    """Return a case of an own message."""
    fields: dict[str, Any] = {
        "tenant": tenant,
        "slot": slot,
        "time_us": slot,
        "appeared_slot": slot - DAY,
        "episodes": 4,
        "exact": exact,
        "near": (),
        "is_own": True,
        "title": "secret title",
    }
    return Case(**fields | changes)


def test_precedents_cross_tenants_only_with_the_consent_of_both() -> None:
    """A tenant kept apart neither gives nor takes."""
    for consent, expected in (
        (Consent(True, frozenset()), 1),
        (NO_CONSENT, 0),
        (Consent(True, frozenset({"giver"})), 0),
        (Consent(True, frozenset({"taker"})), 0),
    ):
        precedents = Precedents(consent)
        precedents.take([case("giver", 10 * DAY)])
        assert len(precedents.recall("taker", 7, (), 5, 20 * DAY)) == expected
        assert len(precedents.recall("giver", 7, (), 5, 20 * DAY)) == 1


def test_what_goes_on_since_the_incident_is_no_precedent_of_itself() -> None:
    """The same appearance at the same tenant."""
    precedents = Precedents()
    precedents.take([case("north", 10 * DAY)])
    assert not precedents.recall("north", 7, (), 5, 10 * DAY - 3)


def test_a_shape_often_seen_near_no_incident_has_no_weight() -> None:
    """One case against one other appearance is a third, and too little."""
    cases = [(case("north", 10 * DAY), 1000)]
    alone = weight(cases, 0)
    assert alone is not None
    assert alone.permille == 1000
    assert weight(cases, 1) is None


def test_shapes_know_no_names() -> None:
    """Whatever is masked or holds a digit is a gap; a line of pairs is told by service and message."""
    one = shape_of("relayd", "link <host> to war<num> fell back to mode <num>")
    other = shape_of("relayd", "link <ip> to cph<num> fell back to mode <hex>")
    assert one == other
    assert (
        shape_of("all", 'time=<time> host=a<num> service=relayd msg="link <host> to x7 fell back to mode <num>"') == one
    )
    assert shape_of("otherd", "link <host> to war<num> fell back to mode <num>").exact != one.exact
    plain = shape_of("relayd", "adapter anna fell back to mode <num> again")
    assert shape_of("relayd", "adapter bert fell back to mode <num> again").exact != plain.exact
    assert set(shape_of("relayd", "adapter bert fell back to mode <num> again").near) & set(plain.near)
    assert not set(shape_of("relayd", "relay seven is up again today").near) & set(
        shape_of("relayd", "relay seven is down again today").near
    )


def test_a_service_is_named_as_a_whole_word() -> None:
    """By the service of a message or in its words."""
    assert names("Grind", "", "grind")
    assert names("systemd", "Started grind.service", "grind")
    assert not names("systemd", "Started grinder", "grind")
    assert not names("systemd", "anything", "")
