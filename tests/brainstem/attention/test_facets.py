"""Facets: who gets a row, what is read of it, and that no cut of the stream leaves a trace."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.aggregate.deltas import compact, compact_sightings
from brainstem.arrays.aliases import Rows
from brainstem.arrays.hashing import name_hash
from brainstem.attention.bounds import BOUND_DTYPE, HEALED_QUARTERS, NEVER_YET, WORTH_WEIGHING_QUARTERS
from brainstem.attention.facet_features import FACET_EPISODES, FACET_EPISODES_24H
from brainstem.attention.weigh import scores, weigh
from brainstem.contracts.features import FEATURES_DTYPE, ON_ENTITY, ON_HOST, ONE_MEMBER, WHOLE_CONFIGURATION
from brainstem.contracts.slots import SLOT_US
from brainstem.evidence.concentration import CONCENTRATION, CONCENTRATION_POINTS_MAX
from brainstem.evidence.history.facet_admission import PROBATION_SLOTS
from brainstem.evidence.self_heal.meetings import EPISODES_MOST
from state.attention.facet_table import FacetTable
from tests.support.examples import examples
from tests.support.oracles import Happening, Story, features_of
from tests.support.streams import START, Journal, assert_plain, deltas_of, events_of, works

DAY = 144
SINCE_SLOT = int(START.timestamp() * 1_000_000) // SLOT_US
"""when the tenant was first heard"""
MINUTE_US = 60_000_000

Facet = tuple[int, int, int]
"""kind, member, and hash of the host or entity"""


@dataclass(slots=True)
class Kept:
    """A facet that has a row: what the row knows of."""

    happenings: list[Happening]

    def episodes(self, low: int, high: int) -> int:
        """Count its slots from low to high, both included."""
        return len({each.slot for each in self.happenings if low <= each.slot <= high})


@dataclass(slots=True)
class FacetsInWords:
    """The rules of facets over dictionaries."""

    kept: dict[Facet, Kept] = field(default_factory=dict)
    waiting: dict[Facet, int] = field(default_factory=dict)
    """minute of the first event of what came in one slot so far"""
    seen: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    """facets by kind and member; what comes again after eight days on probation counts anew"""

    def hear(self, slot: int, told: dict[Facet, list[Happening]]) -> list[dict[str, float]]:
        """Take the deltas of a slot by facet; return the features, members first, then hosts, then entities."""
        siblings = {facet: self._admit(facet, slot, told[facet]) for facet in sorted(told)}
        for facet in told:
            if facet in self.kept:
                self.kept[facet].happenings += told[facet]
        return [self._read(facet, slot, siblings[facet]) for facet in sorted(told) if self._is_telling(facet, slot)]

    def _admit(self, facet: Facet, slot: int, happenings: Sequence[Happening]) -> int:
        first_minute = min(each.time_us for each in happenings) // MINUTE_US
        since = self.waiting.get(facet)
        if facet not in self.kept and (since is None or slot - since // 10 > PROBATION_SLOTS):
            self.seen[facet[:2]] += 1
            self.waiting[facet] = first_minute
        elif facet not in self.kept and since is not None:
            # of its first slot a row knows the minute only
            self.kept[facet] = Kept([Happening(since * MINUTE_US)])
        return self.seen[facet[:2]] - 1

    def _is_telling(self, facet: Facet, slot: int) -> bool:
        if facet not in self.kept:
            return False
        own, whole = self.kept[facet], self.kept[WHOLE_CONFIGURATION, facet[1], 0]
        if own.episodes(0, slot) < FACET_EPISODES or own.episodes(slot - DAY + 1, slot) > FACET_EPISODES_24H:
            return False
        return facet[0] == WHOLE_CONFIGURATION or own.episodes(0, slot) < whole.episodes(0, slot)

    def _read(self, facet: Facet, slot: int, siblings: int) -> dict[str, float]:
        whole = self.kept[WHOLE_CONFIGURATION, facet[1], 0]
        own = self.kept[facet]
        week, ever = own.episodes(slot - 7 * DAY + 1, slot), own.episodes(0, slot)
        # episodes of others that the events tell of, and that have no slot of their own
        told = (len(whole.happenings) - len(own.happenings)) * ever // len(own.happenings)
        beside = min(max(0, told - (whole.episodes(0, slot) - ever)), max(0, siblings) * ever)
        if facet[0] == WHOLE_CONFIGURATION:
            beside = 0
        of_whole = {
            "whole_7d": whole.episodes(slot - 7 * DAY + 1, slot) + week * beside // ever,
            "whole_episodes": whole.episodes(0, slot),
            "siblings": siblings if facet[0] != WHOLE_CONFIGURATION else -1,
        }
        named = {"facet_kind": facet[0] or ONE_MEMBER, "family": facet[1], "facet": facet[2] or facet[1]}
        return features_of(Story(self.kept[facet].happenings), slot) | of_whole | named


def told_of(events: Sequence[dict[str, Any]]) -> dict[Facet, list[Happening]]:
    """Return the events of a slot by facet."""
    told: dict[Facet, list[Happening]] = defaultdict(list)
    downs = {(event["member"], event["host"]) for event in events if event["polarity"] < 0}
    for event in events:
        member, host = event["member"], event["host"]
        down = (member, host) in downs
        happening = Happening(event["time"], host, event["severity"], event["cue"], down)
        told[WHOLE_CONFIGURATION, member, 0].append(happening)
        if host:
            told[ON_HOST, member, host].append(happening)
        for name in event["entities"]:
            told[ON_ENTITY, member, name].append(happening)
    return told


def expected_of(journals: Sequence[Journal]) -> list[dict[str, float]]:
    """Return all features of facets of some sources by the rules in words."""
    by_slot: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for journal in journals:
        for event in events_of(journal):
            by_slot[event["slot"]].append(event)
    rules = FacetsInWords()
    return [features for slot in sorted(by_slot) for features in rules.hear(slot, told_of(by_slot[slot]))]


def tables_of(journals: Sequence[Journal]) -> tuple[Rows, Rows]:
    """Return the deltas and sightings of whole sources in order."""
    folded = [deltas for journal in journals for deltas in deltas_of(journal)]
    return (
        compact(np.concatenate([deltas.rows for deltas in folded])),
        compact_sightings(np.concatenate([deltas.sightings for deltas in folded])),
    )


def read(table: FacetTable, rows: Rows, sightings: Rows, low: int, high: int) -> Rows:
    """Step a table over slots low..high - 1."""
    kept_rows, kept_sightings = (each[(each["slot"] >= low) & (each["slot"] < high)] for each in (rows, sightings))
    return stepped(table, kept_rows, kept_sightings)


def stepped(table: FacetTable, rows: Rows, sightings: Rows, floor_quarters: int = -NEVER_YET) -> Rows:
    """Advance a table over all deltas; return the features of all facets that can reach a score."""
    deltas = table.admit(rows, sightings)
    bounds = np.array([(name_hash("north"), SINCE_SLOT, NEVER_YET, NEVER_YET, floor_quarters)], BOUND_DTYPE)
    return table.advance(deltas, np.ones(len(deltas), bool), bounds)[0]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2))])
def test_facets_have_features_by_the_rules(seed: int) -> None:
    """Who gets a row, when it is read, its statistics, its whole and how many are alike: against dictionaries."""
    journals = [*works(seed, days=24, tenants=("north",)), valves(seed, 24)]
    rows, sightings = tables_of(journals)
    feature_rows = stepped(FacetTable(), rows, sightings)
    expected = expected_of(journals)
    names = ("slot", "facet_kind", "family", "facet")
    assert [tuple(row) for row in feature_rows[list(names)].tolist()] == [
        tuple(each[name] for name in names) for each in expected
    ]
    assert {ON_HOST, ON_ENTITY, ONE_MEMBER} == {each["facet_kind"] for each in expected}
    for features, said in zip(feature_rows[::5], expected[::5], strict=True):
        for name, value in said.items():
            # what its rows of hosts know begins with its second slot, as what the rules are told does
            if not name.startswith("countdown"):
                rounded = name.endswith("_milli") or name == "clock_permille"
                assert abs(int(features[name]) - value) <= rounded, name


@pytest.mark.parametrize("seed", range(3))
def test_facets_that_stay_ignored_whatever_the_tenant_knows_are_not_read(seed: int) -> None:
    """Features are made of what may reach the band above, heal or be followed, and are the same as without a bound."""
    rows, sightings = tables_of([*works(seed, days=24, tenants=("north",)), valves(seed, 24)])
    everything = stepped(FacetTable(), rows, sightings)
    read_of = stepped(FacetTable(), rows, sightings, WORTH_WEIGHING_QUARTERS)
    bounded = everything.copy()
    bounded["active_families"] = 1
    bounded["born_after_slots"] = np.maximum(0, bounded["first_time"] // SLOT_US - SINCE_SLOT)
    bounded["tenant_age_slots"] = bounded["slot"] - SINCE_SLOT
    quarters = weigh(bounded)
    quarters[bounded["facet_kind"] == ONE_MEMBER, CONCENTRATION] = CONCENTRATION_POINTS_MAX * 4
    young = (bounded["slot"] - bounded["first_time"] // SLOT_US <= 14 * DAY) & (bounded["born_after_slots"] >= 3 * DAY)
    followed = young & (bounded["episodes_7d"] <= EPISODES_MOST)
    worth = (scores(quarters) >= WORTH_WEIGHING_QUARTERS) | followed
    with_healing = (scores(quarters) + HEALED_QUARTERS >= WORTH_WEIGHING_QUARTERS) | followed
    read_places = np.flatnonzero(np.isin(everything[["slot", "facet", "family"]], read_of[["slot", "facet", "family"]]))
    assert read_of.tobytes() == everything[read_places].tobytes()
    was_read = np.isin(np.arange(len(everything)), read_places)
    # of members that never say that anything went down nothing can have healed
    unhurt = ~np.isin(everything["family"], everything["family"][everything["stateful"] > 0])
    assert 0 < (unhurt & worth).sum() < unhurt.sum()
    assert (was_read == worth)[unhurt].all()
    assert (was_read <= with_healing).all()
    assert (was_read >= worth).all()


@settings(max_examples=examples(25))
@given(seed=st.integers(0, 6), cuts=st.sets(st.integers(0, 16 * DAY), max_size=8), restarts=st.booleans())
def test_cuts_leave_no_trace_in_facets(seed: int, cuts: set[int], restarts: bool) -> None:
    """Sealing often or once, restarted each time or not, returns the same features, byte for byte."""
    rows, sightings = tables_of([*works(seed, days=16, tenants=("north",)), valves(seed, 16)])
    whole = stepped(FacetTable(), rows, sightings)
    first, last = int(rows["slot"][0]), int(rows["slot"][-1])
    edges = sorted({first, last + 1, *(first + cut for cut in cuts if first + cut <= last)})
    table, parts = FacetTable(), []
    for low, high in pairwise(edges):
        parts.append(read(table, rows, sightings, low, high))
        if restarts:
            state = table.snapshot()
            assert_plain(state)
            table = FacetTable()
            table.restore(state)
    assert np.concatenate(parts).tobytes() == whole.tobytes()


def valves(seed: int, days: int) -> Journal:
    """Return valves that leak on two mills, some on both, some by day only, and one far more often than the others."""
    dice, lines = random.Random(seed), []
    for day in range(days):
        for number in range(6):
            for _ in range(dice.choice([0, 0, 1]) if number else dice.randrange(12) * (day % 3)):
                at = START + timedelta(days=day, seconds=dice.randrange(86_400))
                mill = 1 + dice.randrange(1 + number % 2)
                lines.append((at, f"mill{mill} valves[3]: valve steam{number} leaks into drain{dice.randrange(3)}"))
    return Journal("north", "file:/north/valves.log", tuple(sorted(lines)))


def strangers(days: int, a_day: int) -> Journal:
    """Return a gate that lets in somebody new all the time, and one guest every ninth day."""
    lines = []
    for day in range(days):
        for number in range(a_day):
            at = START + timedelta(days=day, minutes=number * 1440 // a_day)
            lines.append((at, f"gate1 keeper[9]: visitor guest{day * a_day + number} was let in"))
        if day % 9 == 0:
            lines.append((START + timedelta(days=day, minutes=3), "gate1 keeper[9]: visitor regular9 was let in"))
    return Journal("north", "file:/strangers.log", tuple(sorted(lines)))


def test_what_comes_once_takes_a_cell_and_is_dropped_later() -> None:
    """Thousands of names that come once take no rows, and their cells are used again; dropping them changes no features."""
    rows, sightings = tables_of([strangers(100, 100)])
    assert len(np.unique(sightings["name"])) > 9900
    whole, cut = FacetTable(), FacetTable()
    feature_rows = stepped(whole, rows, sightings)
    first, last = int(rows["slot"][0]), int(rows["slot"][-1])
    parts = [read(cut, rows, sightings, low, low + DAY) for low in range(first, last + 1, DAY)]
    assert np.concatenate(parts).tobytes() == feature_rows.tobytes()
    assert len(whole) == len(cut) <= 3
    held = np.frombuffer(cut.snapshot()[1], np.uint64)  # type: ignore[call-overload]  # a snapshot says no types
    assert len(held) < 4500


def roll_call(days: int, names: int) -> Journal:
    """Return a job that names all stations within one slot a night, a new one from the middle on."""
    lines = []
    for day in range(days):
        for number in range(names + (day >= days // 2)):
            at = START + timedelta(days=day, hours=2, seconds=number)
            lines.append((at, f"gate1 roster[9]: station berth{number} reported"))
    return Journal("north", "file:/roster.log", tuple(lines))


def test_what_is_named_together_with_all_others_does_not_stand_out() -> None:
    """Thirty names come in every slot in which any of them does; a new one among them has nothing that they have not."""
    feature_rows = stepped(FacetTable(), *tables_of([roll_call(20, 30)]))
    named = feature_rows[
        (feature_rows["facet_kind"] == ON_ENTITY) & (feature_rows["slot"] > feature_rows["slot"].max() - DAY)
    ]
    assert named[["episodes_7d", "whole_7d", "siblings"]].tolist() == [(7, 7 * 31, 30)]
    assert not weigh(named)[:, CONCENTRATION].any()


def test_no_deltas_make_no_features() -> None:
    """Neither rows nor features."""
    table = FacetTable()
    rows, sightings = tables_of(works(0, days=1, tenants=("north",)))
    assert len(stepped(table, rows[:0], sightings[:0])) == 0
    assert stepped(table, rows[:0], sightings[:0]).dtype == FEATURES_DTYPE
    assert SLOT_US == 10 * MINUTE_US
