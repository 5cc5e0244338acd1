"""How a tick's score changes what a family is: against a plain reference, and case by case."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.attention.blockers import Blocker
from brainstem.attention.state import (
    NEVER,
    VERDICT_DTYPE,
    Cause,
    Disposition,
    fill_tenant_columns,
    judge,
    new_attention_states,
    settle,
)
from brainstem.attention.weigh import scores
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.points import POINT_QUANTUM
from brainstem.contracts.slots import SLOT_SECONDS, SLOT_US
from brainstem.evidence.kinds import FACTORS, KEYS
from brainstem.evidence.self_heal.kind import SELF_HEAL
from tests.support.examples import examples

HOUR = 6
DAY = 144
START = 2_960_000

Points = dict[str, float]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict in words."""

    from_band: Band
    to_band: Band
    cause: Cause
    blocker: Blocker
    kinds: frozenset[str]


@dataclass(slots=True)
class Reference:
    """The rules of the attention state in plain words, for one family."""

    band: Band = Band.IGNORE_FAST
    blocker: Blocker = Blocker.NONE
    judged: bool = False
    last_slot: int | None = None
    low_since: int | None = None
    surfaced: tuple[int, float, frozenset[str]] | None = None
    foretold: int | None = None
    recorded: Points = field(default_factory=dict)
    recorded_score: float = 0.0

    def judge(self, slot: int, cue: int, points: Points, heard: bool, again: bool = False) -> Verdict:
        """Judge a family that has these points at the end of a slot; `heard` is whether it had an event in it."""
        if heard:
            self.last_slot = slot
        score = -20.0 + sum(points.values())
        kinds = frozenset(kind.name for kind in KEYS if sum(points.get(each.name, 0.0) for each in kind.factors) >= 2.0)
        two_keys = len(kinds) >= 2 or any(kind.stands_alone for kind in KEYS if kind.name in kinds)
        own = max(each.band for each in BEHAVIOURS if score >= each.from_decibans)
        if own is Band.PROMOTE and not two_keys:
            own = Band.INVESTIGATE
        if own is Band.IGNORE_FAST and cue:
            own = Band.BACKGROUND
        before, after = self.band, self._held(own, score, slot)
        # what is silent is news because nothing is heard of it
        active = (self.last_slot is not None and slot - self.last_slot < DAY) or "silence" in kinds
        shown = own is Band.PROMOTE and active and (self._is_again(slot, again) or self._is_news(score, kinds, slot))
        blocker = Blocker.NONE
        if score >= 0.0 and not two_keys:
            blocker = Blocker.TWO_KEYS
        elif own is Band.PROMOTE and not shown and (before is not Band.PROMOTE or self.blocker is not Blocker.NONE):
            blocker = Blocker.COOLDOWN if active else Blocker.SILENT
        cause = self._cause(shown, after, blocker, score, slot)
        if shown:
            self.surfaced = (slot, score, kinds)
            self.foretold = slot if "precursor" in kinds else self.foretold
        if cause is not Cause.NONE:
            self.recorded, self.recorded_score = points, score
        self.band, self.blocker, self.judged = after, blocker, True
        return Verdict(before, after, cause, blocker, kinds)

    def _held(self, own: Band, score: float, slot: int) -> Band:
        """Keep a promoted family promoted until its score has stayed below -5 for a day."""
        if self.band is not Band.PROMOTE or own is Band.PROMOTE or score >= -5.0:
            self.low_since = None
            return Band.PROMOTE if self.band is Band.PROMOTE else own
        self.low_since = slot if self.low_since is None else self.low_since
        return own if slot - self.low_since >= DAY else Band.PROMOTE

    def _is_again(self, slot: int, again: bool) -> bool:
        """Show what ended and has begun anew since it was shown a day ago or more."""
        return again and (self.surfaced is None or slot - self.surfaced[0] >= DAY)

    def _is_news(self, score: float, kinds: frozenset[str], slot: int) -> bool:
        """Show what was never shown, or not for a week, or not for a day and has 6 decibans more or a new kind; a precursor
        each day anew."""
        if "precursor" in kinds and (self.foretold is None or slot - self.foretold >= DAY):
            return True
        if self.surfaced is None:
            return True
        when, then, kinds_then = self.surfaced
        # what is new and goes on recurs, bursts and spreads of itself
        grown = score >= then + 6.0 or bool(kinds - kinds_then - {"recurrence", "burst", "spread"})
        return slot - when >= 7 * DAY or (slot - when >= DAY and grown)

    def _cause(self, shown: bool, after: Band, blocker: Blocker, score: float, slot: int) -> Cause:
        """Return the first reason of several for recording a decision."""
        if shown:
            return Cause.SURFACED
        if not self.judged:
            return Cause.BORN
        if after is not self.band:
            return Cause.EVIDENCE if self.last_slot == slot else Cause.DECAY
        if blocker is not self.blocker:
            return Cause.HELD
        if after >= Band.WATCH and abs(score - self.recorded_score) >= 3.0:
            return Cause.MOVED
        return Cause.NONE


class Family:
    """One family's attention state in compiled code."""

    def __init__(self) -> None:
        self.attention_states = new_attention_states(1)
        self._heard = np.zeros(DAY, np.int32)
        self._rings = (np.zeros(12, np.int32), np.zeros(DAY, np.int32))
        self._clock = np.array([NEVER, NEVER], np.int64)
        self.changes: Points = {}

    def judge(self, slot: int, cue: int, points: Points, heard: bool, again: bool = False) -> Verdict:
        """Judge points at the end of a slot."""
        feature_rows = np.zeros(1, FEATURES_DTYPE)
        feature_rows["last_time"] = slot * SLOT_US if heard else 0
        feature_rows["cue"] = cue
        rows = np.zeros(1, np.int32)
        fill_tenant_columns(self.attention_states, rows, slot, feature_rows, self._heard, *self._rings, self._clock)
        quarters = in_quarters(points)
        verdicts, changes = np.zeros(1, VERDICT_DTYPE), np.zeros_like(quarters)
        feature_rows["silence_seconds"] = SLOT_SECONDS if again else 0
        worth, score = np.zeros(1, np.bool_), scores(quarters)
        where = (self.attention_states, rows, slot)
        if settle(*where, feature_rows, score, quarters, worth, verdicts, changes) < 0:
            # whatever is worth it is shown
            cues = np.ascontiguousarray(feature_rows["cue"])
            judge(*where, cues, score, quarters, worth.astype(np.uint8), verdicts, changes)
        verdict = verdicts[0]
        self.changes = in_decibans(changes[0])
        kinds = frozenset(kind.name for bit, kind in enumerate(KEYS) if int(verdict["kinds"]) >> bit & 1)
        return Verdict(
            Band(verdict["from_band"]),
            Band(verdict["to_band"]),
            Cause(verdict["cause"]),
            Blocker(verdict["blocker"]),
            kinds,
        )


def in_quarters(points: Points) -> npt.NDArray[np.int32]:
    """Return points by factor as one row of contributions."""
    return np.array([[int(points.get(name, 0.0) * POINT_QUANTUM) for name in FACTORS]], np.int32)


def in_decibans(quarters: Any) -> Points:
    """Return what is not zero of a row of contributions."""
    return {name: each / POINT_QUANTUM for name, each in zip(FACTORS, quarters.tolist(), strict=True) if each}


QUARTERS = st.integers(-12, 48).map(lambda each: each / POINT_QUANTUM)
POINTS = st.dictionaries(st.sampled_from(FACTORS), QUARTERS, max_size=6)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 3, HOUR, 35, DAY - 1, DAY, 3 * DAY, 7 * DAY]), st.integers(0, 1), POINTS, st.booleans()
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=examples(200))
@given(STEPS, st.lists(st.booleans(), min_size=1))
def test_attention_state_follows_the_rules_in_plain_words(
    steps: list[tuple[int, int, Points, bool]], renewed: list[bool]
) -> None:
    """Over any run of scores the compiled judgement and the reference agree."""
    family, reference, slot = Family(), Reference(), START
    for number, (wait, cue, points, heard) in enumerate(steps):
        slot += wait
        recorded = reference.recorded
        again = renewed[number % len(renewed)]
        expected = reference.judge(slot, cue, points, heard, again)
        assert family.judge(slot, cue, points, heard, again) == expected
        moved = {name: points.get(name, 0.0) - recorded.get(name, 0.0) for name in FACTORS}
        changes = {name: change for name, change in moved.items() if change}
        assert family.changes == ({} if expected.cause is Cause.NONE else changes)


@settings(max_examples=examples(100))
@given(STEPS)
def test_from_any_state_a_family_can_reach_promotion_and_a_person(steps: list[tuple[int, int, Points, bool]]) -> None:
    """No band is terminal: whatever has been, two strong kinds of evidence promote at once and are shown within a week."""
    family, slot = Family(), START
    for wait, cue, points, heard in steps:
        slot += wait
        family.judge(slot, cue, points, heard)
    strong = {"recurrence": 8.0, "self_heal": 12.0}
    week = [family.judge(slot + 1 + day * DAY, 0, strong, heard=True) for day in range(8)]
    assert week[0].to_band is Band.PROMOTE
    assert Cause.SURFACED in {verdict.cause for verdict in week}


ONE_KEY: Points = {"rise": 10.0, "period": 10.0}
TWO_KEYS: Points = {"recurrence": 8.0, "self_heal": 12.0}
THREE_KEYS: Points = {"recurrence": 8.0, "self_heal": 12.0, "acceleration": 2.0}
ON_MORE_HOSTS: Points = {"recurrence": 8.0, "self_heal": 12.0, "spread": 2.0}
GROWN: Points = {"recurrence": 8.0, "self_heal": 12.0, "period": 6.0}
JUST_KEYS: Points = {"recurrence": 2.0, "rise": 2.0, "period": 16.0}
NO_KEYS: Points = {"recurrence": 1.75, "rise": 1.75, "period": 16.5}
STANDS_ALONE: Points = {"countdown": 14.0, "period": 6.0}
LOW: Points = {"recurrence": 8.0}
EASED: Points = {"recurrence": 8.0, "self_heal": 7.0}

Step = tuple[int, Points, bool, str, str, str]

TABLE: dict[str, list[Step]] = {
    "two kinds surface at once": [(0, TWO_KEYS, True, "promote", "surfaced", "none")],
    "one kind is held back, the second lets go": [
        (0, ONE_KEY, True, "investigate", "born", "two_keys"),
        (1, ONE_KEY, True, "investigate", "none", "two_keys"),
        (2, JUST_KEYS, True, "promote", "surfaced", "none"),
    ],
    "two kinds below two decibans are no keys": [(0, NO_KEYS, True, "investigate", "born", "two_keys")],
    "a kind that stands alone needs no other": [(0, STANDS_ALONE, True, "promote", "surfaced", "none")],
    "memory and recurrence are one kind": [
        (0, {"memory": 4.0, "recurrence": 8.0, "period": 8.0}, True, "investigate", "born", "two_keys")
    ],
    "a dip is no end of promotion": [
        (0, TWO_KEYS, True, "promote", "surfaced", "none"),
        (6, LOW, False, "promote", "moved", "none"),
        (100, EASED, False, "promote", "moved", "none"),
        (101, LOW, False, "promote", "moved", "none"),
        (101 + DAY - 1, LOW, False, "promote", "none", "none"),
        (101 + DAY, LOW, False, "background", "decay", "none"),
    ],
    "after a week it surfaces again": [
        (0, TWO_KEYS, True, "promote", "surfaced", "none"),
        (7 * DAY - 1, TWO_KEYS, True, "promote", "none", "none"),
        (7 * DAY, TWO_KEYS, True, "promote", "surfaced", "none"),
    ],
    "after a day six decibans more are news": [
        (0, TWO_KEYS, True, "promote", "surfaced", "none"),
        (DAY - 1, GROWN, True, "promote", "moved", "none"),
        (DAY, GROWN, True, "promote", "surfaced", "none"),
    ],
    "after a day a new kind is news": [
        (0, TWO_KEYS, True, "promote", "surfaced", "none"),
        (DAY, TWO_KEYS, True, "promote", "none", "none"),
        (DAY + 1, THREE_KEYS, True, "promote", "surfaced", "none"),
    ],
    "that it goes on on more hosts is no new kind": [
        (0, TWO_KEYS, True, "promote", "surfaced", "none"),
        (DAY + 1, ON_MORE_HOSTS, True, "promote", "none", "none"),
    ],
    "coming back within the week waits": [
        (0, TWO_KEYS, True, "promote", "surfaced", "none"),
        (1, {}, False, "promote", "moved", "none"),
        (1 + DAY, {}, False, "ignore-fast", "decay", "none"),
        (3 * DAY, TWO_KEYS, True, "promote", "evidence", "cooldown"),
        (3 * DAY + 1, TWO_KEYS, True, "promote", "none", "cooldown"),
        (7 * DAY, TWO_KEYS, True, "promote", "surfaced", "none"),
    ],
    "what is silent for a day is not shown": [
        (0, LOW, True, "background", "born", "none"),
        (DAY, TWO_KEYS, False, "promote", "decay", "silent"),
        (DAY + 1, TWO_KEYS, True, "promote", "surfaced", "none"),
    ],
    "a family moves up and down without a person": [
        (0, {}, True, "ignore-fast", "born", "none"),
        (1, {"memory": 4.0}, True, "background", "evidence", "none"),
        (2, {"memory": 4.0, "recurrence": 6.0}, True, "watch", "evidence", "none"),
        (3, {"memory": 4.0, "recurrence": 7.0}, True, "watch", "none", "none"),
        (4, {"memory": 4.0, "recurrence": 8.0, "rise": 1.0}, True, "watch", "moved", "none"),
        (5, {"memory": 4.0, "recurrence": 8.0, "rise": 4.0}, True, "investigate", "evidence", "none"),
        (40, {"memory": 4.0}, False, "background", "decay", "none"),
        (41, {"memory": 3.75}, False, "background", "none", "none"),
    ],
}


@pytest.mark.parametrize("name", TABLE)
def test_a_run_of_scores_is_judged_as_the_table_says(name: str) -> None:
    """Each case: slot, points, whether there was an event, then the band, the cause and the blocker expected."""
    family = Family()
    for slot, points, heard, band, cause, blocker in TABLE[name]:
        verdict = family.judge(START + slot, 0, points, heard)
        said = (BEHAVIOURS[verdict.to_band].title, verdict.cause.name.lower(), verdict.blocker.name.lower())
        assert said == (band, cause, blocker), slot


def test_a_cue_keeps_a_family_in_the_background() -> None:
    """What carries a cue is never ignored fast."""
    assert Family().judge(START, 1, {}, heard=True).to_band is Band.BACKGROUND
    assert Family().judge(START, 0, {}, heard=True).to_band is Band.IGNORE_FAST


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(st.integers(1, 200), st.sets(st.integers(0, 11), max_size=6)), min_size=1, max_size=25))
def test_a_survey_counts_who_was_heard_in_the_last_day(slots: list[tuple[int, set[int]]]) -> None:
    """Active families are those with an event in the last 144 slots, the present one included; ages count from births."""
    attention_states, heard, clock = (
        new_attention_states(12),
        np.zeros(DAY, np.int32),
        np.array([NEVER, NEVER], np.int64),
    )
    attention_states["first_slot"] = START + 1 + np.arange(12)
    rings = (np.zeros(12, np.int32), np.zeros(DAY, np.int32))
    clock[1] = START + 1
    slot, last = START, dict.fromkeys(range(12), -(10**6))
    for wait, speaking in slots:
        slot += wait
        reviewed = sorted(speaking | {0})
        feature_rows = np.zeros(len(reviewed), FEATURES_DTYPE)
        feature_rows["last_time"] = [(slot if each in speaking else START - 999) * SLOT_US for each in reviewed]
        fill_tenant_columns(attention_states, np.array(reviewed, np.int32), slot, feature_rows, heard, *rings, clock)
        last |= dict.fromkeys(speaking, slot)
        active = sum(slot - each < DAY for each in last.values())
        assert feature_rows["active_families"].tolist() == [active] * len(reviewed)
        assert feature_rows["tenant_age_slots"].tolist() == [slot - START - 1] * len(reviewed)
        assert feature_rows["born_after_slots"].tolist() == reviewed


def test_judging_one_family_leaves_the_others_alone() -> None:
    """A verdict depends on its own row and changes only that."""
    attention_states = new_attention_states(3)
    before = attention_states[[0, 2]].tobytes()
    quarters = in_quarters(TWO_KEYS)
    verdicts, changes = np.zeros(1, VERDICT_DTYPE), np.zeros_like(quarters)
    attention_states["last_slot"][1] = START
    row, cue = np.array([1], np.int32), np.zeros(1, np.uint8)
    shown = np.array([Disposition.SHOWN], np.uint8)
    judge(attention_states, row, START, cue, scores(quarters), quarters, shown, verdicts, changes)
    assert attention_states[[0, 2]].tobytes() == before
    assert Cause(verdicts[0]["cause"]) is Cause.SURFACED
    assert SELF_HEAL in np.flatnonzero(changes[0])
