"""Standing: what is remembered of a family's attention, and how a tick's score changes it.

Takes scores and contributions in order of slots, gives a verdict for each: the band it left, the band it is in, whether that
is worth recording and whether a person should see it. Compiled, integers only.
"""

from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.attention.bands import (
    BEHAVIOURS,
    KEY_DECIBANS,
    LEAVE_PROMOTE_DECIBANS,
    LEAVE_PROMOTE_HOURS,
    MOVE_DECIBANS,
    SURFACE_AGAIN_DAYS,
    SURFACE_SOONER_DECIBANS,
    SURFACE_SOONER_HOURS,
    Band,
    floor_quarters,
)
from brainstem.attention.co_occurrence import HEARD_KEPT, comes_with, joined_moments, note_moment
from brainstem.contracts.points import POINT_QUANTUM
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.evidence.kinds import (
    COLUMNS_OF_KEYS,
    FACTORS,
    KEYS_ALONE,
    KEYS_FOLLOWING_BY_THEMSELVES,
    KEYS_NEEDING_NO_EVENT,
    KEYS_NEWS_EACH_TIME,
)
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter

NEVER: Final = -(2**31)

ATTENTION_STATE_DTYPE: Final = np.dtype(
    [
        ("family", "u8"),
        ("service", "i4"),  # row of its service
        ("first_slot", "i4"),
        ("last_slot", "i4"),  # of the latest event
        ("episodes", "i4"),  # ever, when it was last read
        (
            "heard_seconds",
            "u4",
            (HEARD_KEPT,),
        ),  # the latest event of each of the latest slots with one, since the epoch
        ("born_together", "i4"),
        ("healing", "u1"),  # 1 when heal cycles are kept for it
        ("returned_slot", "i4"),  # when it last said that what was down is back
        ("counterpart_until_slot", "i4"),  # until then it counts as what only says that another one has passed
        ("judged", "u1"),  # 0 until the first verdict
        ("band", "u1"),
        ("blocker", "u1"),
        ("below_since_slot", "i4"),  # since when a promoted family scores too low
        ("risen_slot", "i4"),  # when it last began to rise
        ("spread_slot", "i4"),  # when it last began to spread
        ("surfaced_slot", "i4"),
        ("surfaced_score", "i4"),
        ("surfaced_kinds", "u4"),
        ("foretold_slot", "i4"),  # when it last surfaced as a precursor
        ("recorded_score", "i4"),
        ("recorded_quarters", "i4", (len(FACTORS),)),
    ]
)


HIGHER_STAYS: Final = (
    "band",
    "judged",
    "last_slot",
    "episodes",
    "healing",
    "returned_slot",
    "counterpart_until_slot",
    "risen_slot",
    "spread_slot",
    "surfaced_slot",
    "surfaced_score",
    "foretold_slot",
)
"""columns of which the higher value stays when two standings become one"""


class Fate(IntEnum):
    """What becomes of a family in a slot, where a person should see it."""

    UNSEEN = 0
    """nothing: it is not worth showing"""
    SHOWN = 1
    FOR_LATER = 2
    """the day has its items already"""
    TOLD_OF = 3
    """what was shown tells the same"""


class Cause(IntEnum):
    """Why a decision was recorded."""

    NONE = 0
    BORN = 1
    """the family was seen for the first time"""
    EVIDENCE = 2
    """events changed its band"""
    DECAY = 3
    """time alone changed its band"""
    MOVED = 4
    """its score moved within the band"""
    HELD = 5
    """something began or ceased to hold it back"""
    SURFACED = 6
    """it was shown to a person"""
    JOINED = 7
    """it was found to be part of an older family, which speaks for it from now on"""


VERDICT_DTYPE: Final = np.dtype(
    [("from_band", "u1"), ("to_band", "u1"), ("cause", "u1"), ("blocker", "u1"), ("held_before", "u1"), ("kinds", "u4")]
)

KIND_OF = np.full((len(COLUMNS_OF_KEYS), len(FACTORS)), False)
for _number, _columns in enumerate(COLUMNS_OF_KEYS):
    KIND_OF[_number, list(_columns)] = True
FORETELLS = np.uint32(KEYS_NEWS_EACH_TIME)
ALONE = np.uint32(KEYS_ALONE)
UNHEARD = np.uint32(KEYS_NEEDING_NO_EVENT)
"""kinds that are news although nothing is heard"""
ONCE_MORE = np.uint32(KEYS_FOLLOWING_BY_THEMSELVES)
"""kinds that come of themselves where it goes on, and are no news beside what was shown"""
KEY_QUARTERS = int(KEY_DECIBANS * POINT_QUANTUM)
MOVE_QUARTERS = int(MOVE_DECIBANS * POINT_QUANTUM)
LEAVE_QUARTERS = int(LEAVE_PROMOTE_DECIBANS * POINT_QUANTUM)
LEAVE_SLOTS = LEAVE_PROMOTE_HOURS * SLOTS_PER_HOUR
AGAIN_SLOTS = SURFACE_AGAIN_DAYS * SLOTS_PER_DAY
SOONER_SLOTS = SURFACE_SOONER_HOURS * SLOTS_PER_HOUR
SOONER_QUARTERS = int(SURFACE_SOONER_DECIBANS * POINT_QUANTUM)
FLOORS = tuple(floor_quarters(band) for band in (Band.BACKGROUND, Band.WATCH, Band.INVESTIGATE, Band.PROMOTE))
RECORDS_MOVES_FROM = int(min(each.band for each in BEHAVIOURS if each.records_moves))
RECENT_SLOTS: Final = parameter(
    "attention_state.recent_slots",
    SLOTS_PER_DAY,
    "slots of ten minutes",
    "how long after its latest event a family may be shown",
)
RISEN_AGAIN_SLOTS: Final = parameter(
    "attention_state.risen_again_slots",
    SLOTS_PER_DAY,
    "slots of ten minutes",
    "after so long it counts as beginning to rise again",
)
RISING_MILLI: Final = parameter(
    "attention_state.rising_milli", 6_000, "thousandths", "rise from which a family counts as rising"
)
IGNORE, BACKGROUND, WATCH, INVESTIGATE, PROMOTE = 0, 1, 2, 3, 4
NO_BLOCK, TWO_KEYS, COOLDOWN, SILENT, BUDGET, TOLD_ALREADY = 0, 1, 2, 3, 4, 5
SHOWN, FOR_LATER, TOLD_OF = 1, 2, 3
NO_CAUSE, BORN, EVIDENCE, DECAY, MOVED, HELD, SURFACED = 0, 1, 2, 3, 4, 5, 6


@compiled
def kinds_of(quarters: Any) -> np.uint32:
    """Return the mask of the kinds of evidence that are keys."""
    mask = np.uint32(0)
    for kind in range(KIND_OF.shape[0]):
        points = 0
        for factor in range(KIND_OF.shape[1]):
            if KIND_OF[kind, factor]:
                points += quarters[factor]
        if points >= KEY_QUARTERS:
            mask |= np.uint32(1) << np.uint32(kind)
    return mask


@compiled
def has_two_keys(kinds: np.uint32) -> bool:
    """Return whether two kinds speak, or one that stands alone."""
    return bool(kinds & (kinds - np.uint32(1)) != np.uint32(0) or kinds & ALONE != np.uint32(0))


@compiled
def band_of(score: int, cue: int, two_keys: bool) -> int:
    """Return the band that a score belongs to by itself."""
    if score >= FLOORS[3]:
        return PROMOTE if two_keys else INVESTIGATE
    if score >= FLOORS[2]:
        return INVESTIGATE
    if score >= FLOORS[1]:
        return WATCH
    return BACKGROUND if score >= FLOORS[0] or cue > 0 else IGNORE


@compiled
def held_band(attention_state: Any, target: int, score: int, slot: int) -> int:
    """Return the band after hysteresis: promotion is left only after a day of low scores."""
    if attention_state.band != PROMOTE or target == PROMOTE or score >= LEAVE_QUARTERS:
        attention_state.below_since_slot = NEVER
        return max(target, PROMOTE) if attention_state.band == PROMOTE else target
    if attention_state.below_since_slot == NEVER:
        attention_state.below_since_slot = slot
    return target if slot - attention_state.below_since_slot >= LEAVE_SLOTS else PROMOTE


@compiled
def is_news(attention_state: Any, score: int, kinds: np.uint32, slot: int) -> bool:
    """Return whether a promoted family is worth showing now."""
    if kinds & FORETELLS != np.uint32(0) and (
        attention_state.foretold_slot == NEVER or slot - attention_state.foretold_slot >= SOONER_SLOTS
    ):
        # each occasion may be the one before an incident, whatever was shown of the family lately
        return True
    if attention_state.surfaced_slot == NEVER or slot - attention_state.surfaced_slot >= AGAIN_SLOTS:
        return True
    if slot - attention_state.surfaced_slot < SOONER_SLOTS:
        return False
    return bool(
        score >= attention_state.surfaced_score + SOONER_QUARTERS
        or kinds & ~(attention_state.surfaced_kinds | ONCE_MORE) != np.uint32(0)
    )


@compiled
def is_worth_showing(attention_state: Any, slot: int, cue: int, score: int, quarters: Any) -> bool:
    """Return whether a person should see a family now, if there is room for it."""
    kinds = kinds_of(quarters)
    recent = slot - attention_state.last_slot < RECENT_SLOTS or kinds & UNHEARD != np.uint32(0)
    return bool(
        recent and band_of(score, cue, has_two_keys(kinds)) == PROMOTE and is_news(attention_state, score, kinds, slot)
    )


@compiled
def worth_showing(attention_states: Any, rows: Any, slot: int, cues: Any, score: Any, quarters: Any) -> Any:
    """Tell of each reading of a slot whether a person should see it, if there is room for it."""
    worth = np.zeros(len(rows), np.bool_)
    for index in range(len(rows)):
        worth[index] = is_worth_showing(attention_states[rows[index]], slot, cues[index], score[index], quarters[index])
    return worth


@compiled
def tells_the_same(attention_state: Any, quarters: Any, shown: Any, kinds: np.uint32) -> bool:
    """Return whether a family comes whenever one that was shown with some kinds of evidence does, and says nothing alone
    that the other one did not.
    """
    own = kinds_of(quarters) & ALONE & ~kinds
    return bool(own == np.uint32(0) and comes_with(attention_state.heard_seconds, shown.heard_seconds))


def shown_lately(attention_states: npt.NDArray[Any], slot: int) -> npt.NDArray[np.intp]:
    """Return the rows of what a person was shown and would not be shown again of itself."""
    since = np.int64(slot - AGAIN_SLOTS)
    return np.flatnonzero(attention_states["surfaced_slot"] > since)


@compiled
def judge_one(attention_state: Any, slot: int, cue: int, score: int, quarters: Any, fate: int, verdict: Any) -> None:
    """Change one standing by one score and write the verdict; `fate` is one of `SHOWN` and its like."""
    shown = fate == SHOWN
    kinds = kinds_of(quarters)
    two_keys = has_two_keys(kinds)
    before = attention_state.band
    target = band_of(score, cue, two_keys)
    after = held_band(attention_state, target, score, slot)
    recent = slot - attention_state.last_slot < RECENT_SLOTS or kinds & UNHEARD != np.uint32(0)
    blocker = NO_BLOCK
    if score >= FLOORS[3] and not two_keys:
        blocker = TWO_KEYS
    elif fate == FOR_LATER:
        blocker = BUDGET
    elif fate == TOLD_OF:
        blocker = TOLD_ALREADY
    elif target == PROMOTE and not shown and (before != PROMOTE or attention_state.blocker != NO_BLOCK):
        blocker = COOLDOWN if recent else SILENT
    verdict.from_band = before
    verdict.to_band = after
    verdict.held_before = attention_state.blocker
    verdict.blocker = blocker
    verdict.kinds = kinds
    cause = NO_CAUSE
    if shown:
        cause = SURFACED
        attention_state.surfaced_slot = slot
        attention_state.surfaced_score = score
        attention_state.surfaced_kinds = kinds
        if kinds & FORETELLS != np.uint32(0):
            attention_state.foretold_slot = slot
    elif attention_state.judged == 0:
        cause = BORN
    elif after != before:
        cause = EVIDENCE if attention_state.last_slot == slot else DECAY
    elif blocker != attention_state.blocker:
        cause = HELD
    elif after >= RECORDS_MOVES_FROM and abs(score - attention_state.recorded_score) >= MOVE_QUARTERS:
        cause = MOVED
    verdict.cause = cause
    attention_state.judged = 1
    attention_state.band = after
    attention_state.blocker = blocker


@compiled
def judge(
    attention_states: Any,
    rows: Any,
    slot: int,
    cues: Any,
    score: Any,
    quarters: Any,
    fates: Any,
    verdicts: Any,
    changes: Any,
) -> None:
    """Judge the readings of one slot, one of each family; `fates` tells what becomes of those that are worth showing.

    `changes` receives what moved since the last recorded decision of each.
    """
    for index in range(len(rows)):
        attention_state = attention_states[rows[index]]
        judge_one(attention_state, slot, cues[index], score[index], quarters[index], fates[index], verdicts[index])
        if verdicts[index].cause != NO_CAUSE:
            for factor in range(quarters.shape[1]):
                changes[index, factor] = quarters[index, factor] - attention_state.recorded_quarters[factor]
                attention_state.recorded_quarters[factor] = quarters[index, factor]
            attention_state.recorded_score = score[index]


@compiled
def pass_to(ring: Any, state: Any, slot: int) -> None:
    """Clear the counts of a ring by slot that fall out of it on the way from the slot `state` stands at."""
    for passed in range(max(state[0] + 1, slot - len(ring) + 1), slot + 1):
        ring[passed % len(ring)] = 0


@compiled
def survey(
    attention_states: Any, rows: Any, slot: int, feature_rows: Any, heard: Any, risen: Any, spread: Any, state: Any
) -> None:
    """Fill in what only the whole tenant shows: how many families are active, and which were born, rise or spread together.

    `heard` counts families by the slot of their latest event, `risen` and `spread` by the slot in which they began to rise
    or to spread, each modulo its length; `state` holds the slot they stand at and the slot of the tenant's first event.
    """
    for ring in (heard, risen, spread):
        pass_to(ring, state, slot)
    state[0] = slot
    for index in range(len(rows)):
        attention_state = attention_states[rows[index]]
        if feature_rows[index].last_time // 600_000_000 == slot:
            if attention_state.last_slot > slot - SLOTS_PER_DAY:
                heard[attention_state.last_slot % SLOTS_PER_DAY] -= 1
            heard[slot % SLOTS_PER_DAY] += 1
            attention_state.last_slot = slot
            note_moment(attention_state.heard_seconds, feature_rows[index].last_time // 1_000_000)
            attention_state.episodes = feature_rows[index].episodes
        if feature_rows[index].rise_milli >= RISING_MILLI and (
            attention_state.risen_slot == NEVER or slot - attention_state.risen_slot >= RISEN_AGAIN_SLOTS
        ):
            attention_state.risen_slot = slot
            risen[slot % len(risen)] += 1
        if feature_rows[index].hosts_joined_7d > 0 and (
            attention_state.spread_slot == NEVER or slot - attention_state.spread_slot >= AGAIN_SLOTS
        ):
            attention_state.spread_slot = slot
            spread[slot % len(spread)] += 1
    active, rising, spreading = heard.sum(), risen.sum(), spread.sum()
    for index in range(len(rows)):
        attention_state = attention_states[rows[index]]
        own_rise = 1 if slot - attention_state.risen_slot < len(risen) and attention_state.risen_slot != NEVER else 0
        own_spread = (
            1 if slot - attention_state.spread_slot < len(spread) and attention_state.spread_slot != NEVER else 0
        )
        feature_rows[index].active_families = active
        feature_rows[index].rising_together = rising - own_rise
        feature_rows[index].spreading_together = spreading - own_spread
        feature_rows[index].born_together = attention_state.born_together
        feature_rows[index].born_after_slots = attention_state.first_slot - state[1]
        feature_rows[index].tenant_age_slots = slot - state[1]


def join_states(into: Any, old: Any) -> None:
    """Let one standing speak for another one as well: the higher band and the latest surfacing stay."""
    for column in HIGHER_STAYS:
        into[column] = max(into[column], old[column])
    into["surfaced_kinds"] |= old["surfaced_kinds"]
    into["heard_seconds"] = joined_moments(into["heard_seconds"], old["heard_seconds"])
    into["first_slot"] = min(into["first_slot"], old["first_slot"])


def new_attention_states(count: int) -> npt.NDArray[Any]:
    """Return rows for families that have not been judged yet."""
    rows = np.zeros(count, ATTENTION_STATE_DTYPE)
    for column in ATTENTION_STATE_DTYPE.names or ():
        if column.endswith("_slot") and column != "first_slot":
            rows[column] = NEVER
    return rows
