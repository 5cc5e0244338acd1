"""Bounds a score from above: the best that some features can reach, whatever the tenant's step may still add to them.

Takes features and what bounds their scores; returns which may surface, and which facets are worth sending to the
tenant. What is too low for that stays low whatever the tenant knows. Each column that only a tenant fills must be able
to add no more than `reach_of` allows, see `weigh`.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Flags, Floats, Row, Rows
from brainstem.attention.bands import Band, floor_quarters
from brainstem.attention.weigh import weigh_one
from brainstem.contracts.features import ONE_MEMBER, WHOLE_CONFIGURATION
from brainstem.contracts.points import POINT_QUANTUM, PRIOR_DECIBANS, PRIOR_QUARTERS
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.concentration import CONCENTRATION, CONCENTRATION_POINTS_MAX, concentration_points
from brainstem.evidence.cue import cue_points
from brainstem.evidence.discounts.crowd import price_of_choosing
from brainstem.evidence.discounts.habituation import HABITUATION
from brainstem.evidence.feedback import FEEDBACK_MAX
from brainstem.evidence.frequency.novelty import NOVELTY_POINTS
from brainstem.evidence.frequency.recurrence import BRISK_POINTS, MEMORY_MAX
from brainstem.evidence.frequency.spread import SPREAD_MAX
from brainstem.evidence.incidents.rarity import RARE_72H, is_rare
from brainstem.evidence.kinds import FACTORS
from brainstem.evidence.self_heal.by_timing import is_followed
from brainstem.evidence.self_heal.kind import HEAL_POINTS_MAX
from brainstem.evidence.self_heal.meetings import TOLD_EPISODES_MOST
from brainstem.evidence.statistics import KNOWN_FROM_SLOTS, LEARNING_SLOTS
from brainstem.jit.decorators import compiled, compiled_helper

BOUND_DTYPE: Final = np.dtype(
    [
        ("tenant", "u8"),
        ("since_slot", "i4"),  # of its first event
        ("incident_slot", "i4"),  # of the tenant's first incident: what comes later may foretell another
        ("feedback_slot", "i4"),  # of the tenant's first verdict
        ("floor_quarters", "i4"),  # a facet that cannot reach this score is not worth weighing
    ]
)
"""What bounds the scores of one tenant's features."""
NEVER_YET: Final = 2**31 - 1
WORTH_WEIGHING_QUARTERS: Final = floor_quarters(Band.BACKGROUND)
ROUNDING_QUARTERS: Final = 4
"""what the points of up to eight factors may gain when each is rounded to a quarter"""
MAY_SURFACE, IF_WORDS_TELL = 1, 2
PROMOTED_QUARTERS = floor_quarters(Band.PROMOTE)
HEALED_QUARTERS = int(HEAL_POINTS_MAX * POINT_QUANTUM)
PRAISED_QUARTERS = int(FEEDBACK_MAX * POINT_QUANTUM)
COLUMNS = len(FACTORS)


# the tenant's step applies these rules to many rows of features at once, a bucket to one
_is_rare, _is_followed = compiled_helper(is_rare), compiled_helper(is_followed)


@compiled_helper
def most_of_healing(points: Floats) -> int:
    """Return the most that heal cycles add to a score, in quarters of a deciban: their points, and what habit takes off."""
    return int(HEALED_QUARTERS - round(points[HABITUATION] * 4.0))


@compiled
def reach_of(features: Row, stateful: int, is_praised: bool, points: Floats) -> int:
    """Return the best score, in quarters of a deciban, that features can have; `points` is a scratch array for their
    points.

    Of what only the tenant knows, the features hold how many families are active at least, and how old the tenant is
    and was at the first event at the most. `stateful` is 1 where the family says that something went down.
    """
    points[:] = 0.0
    weigh_one(features, points)
    if features.facet_kind == ONE_MEMBER:
        # only the tenant knows how many members the family has, and how often they come
        points[CONCENTRATION] = CONCENTRATION_POINTS_MAX
    total = PRIOR_QUARTERS
    for column in range(COLUMNS):
        total += round(points[column] * 4.0)
    if stateful > 0 or _is_followed(features):
        # heal cycles come from words or from a counterpart
        total += most_of_healing(points)
    return total + PRAISED_QUARTERS if is_praised else total


@compiled
def may_foretell(features: Row, incident_slot: int) -> bool:
    """Return whether it may be a precursor or a precedent: the former outweighs the prior by itself, the latter with little
    else.
    """
    if features.slot <= incident_slot or features.last_time // SLOT_US != features.slot:
        return False
    # a precursor's facets are precursors too, and they may be younger than it and have come more often since
    return bool(_is_rare(features) or (features.facet_kind > 0 and features.episodes_72h <= RARE_72H))


@compiled
def is_worth_weighing(features: Row, first_slot: int, stateful: int, bound: Row, points: Floats) -> bool:
    """Return whether a facet could score more than `bound.floor_quarters`, or has to be seen for the pairs that it may form.

    It depends on nothing but what has been sealed, so it is the same however many slots are sealed together. `points` is a
    scratch array.
    """
    features.active_families = 1
    features.born_after_slots = max(0, first_slot - bound.since_slot)
    features.tenant_age_slots = features.slot - bound.since_slot
    is_worth = (
        _is_followed(features)
        or may_foretell(features, bound.incident_slot)
        or reach_of(features, stateful, features.slot > bound.feedback_slot, points) >= bound.floor_quarters
    )
    features.active_families = 0
    features.born_after_slots = 0
    features.tenant_age_slots = 0
    return bool(is_worth)


@compiled
def is_beyond_reach(features: Row, first_slot: int, stateful: int, bound: Row) -> bool:
    """Return whether a facet in its first day is not worth weighing whatever else is known of it, by its counts alone.

    Within a day nothing rises above a past, grows or comes back on another day, so few factors can have points; most
    facets are sorted out here before any statistics of their episodes are computed.
    """
    born_after_slots = first_slot - bound.since_slot
    if (
        features.slot - first_slot >= SLOTS_PER_DAY
        or features.facet_kind == ONE_MEMBER
        # what may heal, form pairs, foretell or have verdicts is looked at whole
        or stateful > 0
        or born_after_slots >= LEARNING_SLOTS
        or features.slot > min(bound.incident_slot, bound.feedback_slot)
    ):
        return False
    best = PRIOR_DECIBANS + cue_points(features) + MEMORY_MAX + BRISK_POINTS - price_of_choosing(features)
    best += concentration_points(features)
    if born_after_slots > KNOWN_FROM_SLOTS:
        best += NOVELTY_POINTS
    if features.slot - bound.since_slot > LEARNING_SLOTS:
        best += SPREAD_MAX
    return bool(best * POINT_QUANTUM + ROUNDING_QUARTERS < bound.floor_quarters)


@compiled
def tell_who_may_surface(
    feature_rows: Rows, stateful: Flags, incident_slot: int, feedback_slot: int, may: Flags
) -> None:
    """Fill `may`, one number a row of features: 0, `MAY_SURFACE` or `IF_WORDS_TELL`; see `may_surface`."""
    points = np.zeros(COLUMNS, np.float64)
    for index in range(len(feature_rows)):
        features = feature_rows[index]
        reach = reach_of(features, stateful[index], features.slot > feedback_slot, points)
        if reach >= PROMOTED_QUARTERS or may_foretell(features, incident_slot):
            may[index] = MAY_SURFACE
        elif (
            features.facet_kind == WHOLE_CONFIGURATION
            and features.episodes_7d <= TOLD_EPISODES_MOST
            and reach + most_of_healing(points) >= PROMOTED_QUARTERS
        ):
            may[index] = IF_WORDS_TELL


def may_surface(feature_rows: Rows, incident_slot: int, feedback_slot: int, stateful: npt.NDArray[np.uint8]) -> Flags:
    """Return for each row of features whether it could reach promotion with the best that the tenant's step can add to it:
    0 or `MAY_SURFACE`, or `IF_WORDS_TELL` where it could if its words call something out of service.

    `active_families` holds how many there are at least, `born_after_slots` and `tenant_age_slots` how many there are
    at the most. The slots are those of the tenant's first incident and first verdict. `stateful` is 1 for each row
    whose family says that something went down.
    """
    may = np.zeros(len(feature_rows), np.uint8)
    tell_who_may_surface(feature_rows, stateful, incident_slot, feedback_slot, may)
    return may
