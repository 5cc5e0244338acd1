"""Formulas that several kinds share and no kind owns: surprise of a rate against an average other, how known a tenant is,
how many rise beside it. A formula of one kind stands with that kind.

Takes counts, or features; returns log likelihood ratios in decibans, and shares from 0 to 1 of how sure something is.
"""

import math
from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter

YOUNG_DAYS: Final = parameter(
    "shared.young_days", 14.0, "days", "age up to which births beside it weigh against a family"
)
KNOWN_FROM_SLOTS: Final = parameter(
    "shared.known_from_slots",
    SLOTS_PER_DAY,
    "slots of ten minutes",
    "until a tenant is so old, what is new is new to us only, and from then on ever less so",
)
LEARNING_SLOTS: Final = parameter(
    "shared.learning_slots",
    3 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "after so long a tenant is known: before, what is new is new to us only",
)
AGE_LEAST_DAYS: Final = parameter("shared.age_least_days", 0.5, "days", "age that the youngest family is taken to have")
WHOLE_EPISODES: Final = parameter(
    "shared.whole_episodes", 15.0, "episodes", "episodes a day of a whole at which its facets weigh half"
)
OTHER_LEAST_EPISODES: Final = parameter(
    "shared.other_least_episodes", 0.1, "episodes", "episodes in 7 days that an average other has at the least"
)
OTHER_ADDED_EPISODES: Final = parameter(
    "shared.other_added_episodes", 0.5, "episodes", "episodes that are added to those of the others"
)
OUTSTANDING_DOUBLINGS: Final = parameter(
    "shared.outstanding_doublings",
    3.0,
    "number",
    "doublings of an average other at which the novelty of one of many counts whole",
)
OUTSTANDING_DECIBANS: Final = parameter(
    "shared.outstanding_decibans",
    25.0,
    "decibans",
    "how unlike an average other one of many must be, beyond chance, for its novelty to count whole",
    least=0.25,
)
PAST_WINDOWS: Final = parameter(
    "shared.past_windows", 4.0, "days", "days lived through until a rise or a trend weighs in full"
)
COMPANY: Final = parameter(
    "shared.company", 3.0, "families", "so many others that rise, spread or stop with it halve what it is worth"
)
DECIBANS_PER_NAT: Final = 10.0 / math.log(10.0)
DAY_US: Final = SLOTS_PER_DAY * SLOT_US


@compiled
def bounded(value: float, most: float) -> float:
    """Cut a value to 0..most."""
    return max(0.0, min(value, most))


@compiled
def doublings(ratio: float) -> float:
    """Return how often 1 doubles to a ratio; 0 when it is not more."""
    return math.log2(ratio) if ratio > 1.0 else 0.0


@compiled
def tenfolds(ratio: float) -> float:
    """Return the decimal logarithm of a ratio; 0 when it is not more than 1."""
    return math.log10(ratio) if ratio > 1.0 else 0.0


@compiled
def surprise(count: float, expected: float) -> float:
    """Return the log likelihood ratio of a Poisson count against what is expected, in decibans; 0 when it is not more."""
    if count <= expected:
        return 0.0
    return DECIBANS_PER_NAT * (count * math.log(count / expected) - (count - expected))


@compiled
def quiet_whole(features: Row) -> float:
    """Return how much one of many may stand out, 0 to 1: 1 when the whole is rare, a half when it comes 15 times a day.

    Of what comes all day, some host or name has most, and another one its first.
    """
    if features.facet_kind == 0:
        return 1.0
    return float(1.0 / (1.0 + features.whole_7d / (7.0 * WHOLE_EPISODES)))


@compiled
def told_with(own_events: int, own: int, whole_events: int, whole: int, siblings: int) -> int:
    """Return how many episodes others of its kind had in the slots of its own, over all of the past.

    A whole counts slots, so others that come in the same slot as one of them are not seen in it: a job that names all hosts
    each night has one episode a night, and so has each host. The events tell: those beyond its own are of so many episodes,
    each of as many events as its own have, and what finds no slot beside its own was within these.
    """
    others = (whole_events - own_events) * own // max(1, own_events)
    return int(min(max(0, others - (whole - own)), max(0, siblings) * own))


@compiled
def of_another(features: Row) -> float:
    """Return the episodes in 7 days of an average other facet of the same kind."""
    rest = max(0.0, float(features.whole_7d - features.episodes_7d))
    return max(OTHER_LEAST_EPISODES, (rest + OTHER_ADDED_EPISODES) / max(1.0, float(features.siblings)))


@compiled
def outstanding_share(features: Row) -> float:
    """Return how much of its novelty one of many keeps, 0 to 1: all of it when it comes eight times as often as an average
    other, and often enough for that to be no chance.

    Of many alike one has always just come for the first time, and one has most of a few events.
    """
    if features.facet_kind == 0 or features.siblings < 1:
        return 1.0
    other = of_another(features)
    unlike = beyond_chance(features, other)
    return min(
        bounded(doublings(features.episodes_7d / other) / OUTSTANDING_DOUBLINGS, 1.0),
        bounded(unlike / OUTSTANDING_DECIBANS, 1.0),
    )


@compiled
def beyond_chance(features: Row, other: float) -> float:
    """Return by how many decibans one of many is unlike an average other of `other` episodes in 7 days, less what choosing
    it among all of them costs; negative where chance does as much.
    """
    return surprise(float(features.episodes_7d), other) - 10.0 * math.log10(1.0 + max(1.0, float(features.siblings)))


@compiled
def known_share(features: Row) -> float:
    """Return how sure it is, 0 to 1, that a family began while its tenant was known: in a tenant's first days everything
    is new to us only.
    """
    return bounded((features.born_after_slots - KNOWN_FROM_SLOTS) / (LEARNING_SLOTS - KNOWN_FROM_SLOTS), 1.0)


@compiled
def days_apart(active_days: int, first_time: int, last_time: int) -> int:
    """Return on how many of the last 14 days it has come: one, and one more for each day from its first event to the latest.

    The windows of 24 hours of which `active_days` are active end now, so an evening's events lie in two of them a day later.
    """
    return min(active_days, 1 + (last_time - first_time) // DAY_US)


@compiled
def age_in_days(features: Row) -> float:
    """Return the days since the first event, a half at the least."""
    return float(max(AGE_LEAST_DAYS, (features.slot + 1 - features.first_time // 600_000_000) / SLOTS_PER_DAY))


@compiled
def own_share(rising_together: float, daily_windows: float) -> float:
    """Return how much of a rise, 0 to 1, is the family's own: what rises together with others is a restart or a change, and
    what has no past yet cannot rise above it.
    """
    return float(min(daily_windows, PAST_WINDOWS) / PAST_WINDOWS / (1.0 + rising_together / COMPANY))
