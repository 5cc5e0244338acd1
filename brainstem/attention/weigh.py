"""Attention: what each kind of evidence in a reading is worth, in decibans.

Takes readings, gives one row of contributions each; their sum and the prior are the score. Points are whole quarters of a
deciban, so every sum is exact. The statistics they rest on stand in `likelihood`.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from brainstem.contracts.features import ON_ENTITY, ON_HOST, ONE_MEMBER
from brainstem.contracts.points import PRIOR_QUARTERS
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.factors import FACTORS
from brainstem.evidence.statistics import (
    LEARNING_SLOTS,
    SCATTERED_PERMILLE,
    YOUNG_DAYS,
    age_in_days,
    bounded,
    days_apart,
    doublings,
    emergence,
    growth_share,
    keeps_to_clock,
    known_share,
    of_another,
    outstanding_share,
    quiet_whole,
    surprise,
    tenfolds,
)
from brainstem.jit.decorators import compiled

SPREAD_WINDOW_SLOTS = 7 * SLOTS_PER_DAY
ERROR_SEVERITY = 17
WARNING_SEVERITY = 13
STRONG_CUE_POINTS = 5.0
WEAK_CUE_POINTS = 3.0
MEMORY_SHARE = 0.5
MEMORY_MAX = 2.0
BRISK_EPISODES = 5
BRISK_HOURS = 8
BRISK_POINTS = 1.0
RECURRENCE_POINTS = 4.0
RECURRENCE_DAYS = 0.5
RECURRENCE_FROM_DAYS = 2
RECURRENCE_MOST_DAYS = 14.0
RECURRENCE_DOUBLING_POINTS = 0.5
HOUR_US = 3_600_000_000
NOVELTY_POINTS = 27.0
NOVELTY_SCALE = 30.0
HABIT_DAYS = 7.0
HABIT_DOUBLING_POINTS = 2.5
HABIT_SUSTAINED_SHARE = 0.5
BUSY_EPISODES = 2.0
BUSY_DOUBLING_POINTS = 4.3
BUSY_ADDED_EPISODES = 0.1
PERIOD_POINTS = 22.0
PERIOD_REGULARITY = 0.4
ROUTINE_TROUBLE = 0.5
JOB_SECONDS = 4 * 3600
FLEET_HOSTS = 3
FLEET_EPISODES = 2.0
FLEET_SHARE = 0.6
PAST_WINDOWS = 4.0
CHANGE_POINTS = 3.0
CHANGE_DOUBLING_POINTS = 0.5
CHANGE_MAX = 14.0
COMPANY = 3.0
CROWD_FAMILIES = 36.0
CROWD_POINTS = 5.0
CROWD_RISING_POINTS = 0.8
CROWD_SIBLING_POINTS = 4.5
CROWD_MEMBER_POINTS = 3.5
CROWD_HOST_POINTS = 4.0
CROWD_ENTITY_POINTS = 1.0
CLOCK_MAX = 14.0
HEAL_CYCLES_LEAST = 2
HEAL_DOUBLING_POINTS = 5.0
HEAL_POINTS_MAX = 14.0
HEAL_NEWS = 20.0
HEAL_TOLD_SHARE = 0.75
RISE_SHARE = 0.15
RISE_MAX = 8.0
SPREAD_DOUBLING_POINTS = 2.0
SPREAD_MAX = 5.0
TREND_POINTS = 2.4
TREND_FROM = 0.5
TREND_MAX = 8.0
GROWTH_POINTS = 30.0
SUSTAINED_SHARE = 0.35
SUSTAINED_KNOWN_FROM_DAYS = 7.0
SUSTAINED_KNOWN_DAYS = 7.0
SUSTAINED_FROM = 8.0
SUSTAINED_MAX = 22.0
SHRINKING_POINTS = 10.0
SHRINKING_FROM = 2.2
SHRINKING_MAX = 20.0
CONCENTRATION_SHARE = 0.2
CONCENTRATION_POINTS_MAX = 18.0
COUNTDOWN_POINTS = 18.0
SILENCE_POINTS = 24.0
SILENCE_RUNS = 12
SILENCE_REGULARITY = 0.5
SILENT_TROUBLE = 0.5
DRIFT_POINTS = 18.0
DRIFT_DOUBLING_POINTS = 2.0
DRIFT_DOUBLINGS_MAX = 6.0
DRIFT_DEVIATIONS = 6.0
PRECURSOR_EVEN = 20.0
PRECURSOR_ADDED = 0.5
PRECURSOR_MAX = 24.0
PRECEDENT_EXPONENT = -0.15
PRECEDENT_MAX = 20.0
FEEDBACK_ADDED_MILLI = 1000.0
FEEDBACK_MAX = 10.0

MEMORY, RECURRENCE, RISE, ACCELERATION, SPREAD, SELF_HEAL = 0, 1, 2, 3, 4, 5
NOVELTY, CUE, COUNTDOWN, PERIOD, HABITUATION, CHANGE_EVENT = 6, 7, 8, 9, 10, 11
CONCENTRATION, CLOCK, CROWD, SILENCE, DRIFT = 12, 13, 14, 15, 16
PRECURSOR, PRECEDENT, FEEDBACK, LINEAGE = 17, 18, 19, 20


@compiled
def trend_points(deviations: float) -> float:
    """Weigh that it comes ever more often over two weeks."""
    return bounded(TREND_POINTS * (deviations - TREND_FROM), TREND_MAX)


@compiled
def sustained_points(decibans: float, age_days: float) -> float:
    """Weigh that it has come more often for days, not on one of them only; what is usual, a week does not tell."""
    known = bounded((age_days - SUSTAINED_KNOWN_FROM_DAYS) / SUSTAINED_KNOWN_DAYS, 1.0)
    return bounded(SUSTAINED_SHARE * (known * decibans - SUSTAINED_FROM), SUSTAINED_MAX)


@compiled
def shrinking_points(deviations: float) -> float:
    """Weigh that the gaps between its episodes shrink."""
    return bounded(SHRINKING_POINTS * (deviations - SHRINKING_FROM), SHRINKING_MAX)


@compiled
def own_share(rising_together: float, daily_windows: float) -> float:
    """Return how much of a rise is its own: what rises in company is a restart or a change, and what has no past yet cannot
    rise above it."""
    return float(min(daily_windows, PAST_WINDOWS) / PAST_WINDOWS / (1.0 + rising_together / COMPANY))


@compiled
def cue_points(features: Any) -> float:
    """Weigh that it says that something is wrong."""
    if features.cue == 2 or features.severity >= ERROR_SEVERITY:
        return STRONG_CUE_POINTS
    return WEAK_CUE_POINTS if features.cue == 1 or features.severity >= WARNING_SEVERITY else 0.0


@compiled
def weigh_coming(features: Any, news: float, points: Any) -> None:
    """Weigh that it is there at all: that it began, keeps coming, comes back, and says that something is wrong."""
    points[CUE] = cue_points(features)
    # what was there when the tenant was first heard is its habit as far as anybody knows; what came later is news
    if news > 0.0:
        points[NOVELTY] = NOVELTY_POINTS * (1.0 - math.exp(-news / NOVELTY_SCALE)) * outstanding_share(features)
    points[MEMORY] = bounded(MEMORY_SHARE * features.memory_milli / 1000.0, MEMORY_MAX)
    days = days_apart(features.active_days, features.first_time, features.last_time)
    if days >= RECURRENCE_FROM_DAYS:
        # two days of two are less sure a habit than seven of seven
        dense = days / (min(RECURRENCE_MOST_DAYS, math.ceil(age_in_days(features))) + RECURRENCE_DAYS)
        points[RECURRENCE] = RECURRENCE_POINTS * min(1.0, dense)
        points[RECURRENCE] += RECURRENCE_DOUBLING_POINTS * math.log2(1.0 + days)
    elif features.episodes >= BRISK_EPISODES and features.last_time - features.first_time >= BRISK_HOURS * HOUR_US:
        # within a day already, when it goes on for longer than a restart or an hour's work
        points[RECURRENCE] = BRISK_POINTS
    if features.heal_cycles_7d >= HEAL_CYCLES_LEAST:
        points[SELF_HEAL] = bounded(HEAL_DOUBLING_POINTS * math.log2(features.heal_cycles_7d), HEAL_POINTS_MAX)
        share = bounded(news / HEAL_NEWS, 1.0)
        if features.heal_outage == 1:
            # words say that it was out of service: that is a trouble also where it is an old one
            share = max(share, HEAL_TOLD_SHARE)
        points[SELF_HEAL] *= share


@compiled
def weigh_growing(features: Any, points: Any) -> None:
    """Weigh that there is more of it than there was: today, over days, on more hosts."""
    own = own_share(float(features.rising_together), float(features.daily_windows))
    points[RISE] = bounded(RISE_SHARE * features.rise_milli / 1000.0, RISE_MAX) * own
    over_days = max(
        trend_points(features.trend_milli / 1000.0),
        sustained_points(features.sustained_milli / 1000.0, age_in_days(features)),
        shrinking_points(features.shrinking_z_milli / 1000.0),
    )
    grown = growth_share(features.growth_z_milli / 1000.0, float(features.growth_permille))
    points[ACCELERATION] = max(over_days * own, GROWTH_POINTS * grown)
    if features.hosts_joined_7d > 0:
        # in a tenant's first days every host meets every family for the first time
        known = bounded((features.tenant_age_slots - LEARNING_SLOTS) / SPREAD_WINDOW_SLOTS, 1.0)
        # what spreads in company is a roll-out
        points[SPREAD] = bounded(SPREAD_DOUBLING_POINTS * math.log2(1.0 + features.hosts_joined_7d), SPREAD_MAX)
        points[SPREAD] *= known / (1.0 + features.spreading_together / COMPANY)


@compiled
def weigh_told(features: Any, points: Any) -> None:
    """Weigh what was told of it: by numbers and clocks that were followed, by earlier incidents, by people."""
    if features.precursor_hits > 0:
        # the odds that an incident follows; even odds outweigh the prior
        odds = (features.precursor_hits + PRECURSOR_ADDED) / (features.precursor_unfollowed + PRECURSOR_ADDED)
        points[PRECURSOR] = bounded(PRECURSOR_EVEN + 10.0 * math.log10(odds), PRECURSOR_MAX)
    if features.precedent_days > 0:
        fading = features.precedent_days**PRECEDENT_EXPONENT
        points[PRECEDENT] = PRECEDENT_MAX * fading * features.precedent_permille / 1000.0
    if features.feedback_useful_milli != features.feedback_useless_milli:
        useful = features.feedback_useful_milli + FEEDBACK_ADDED_MILLI
        said = useful / (features.feedback_useless_milli + FEEDBACK_ADDED_MILLI)
        points[FEEDBACK] = max(-FEEDBACK_MAX, min(FEEDBACK_MAX, 10.0 * math.log10(said)))
    if features.countdown_falls > 0:
        points[COUNTDOWN] = COUNTDOWN_POINTS
    if features.drift_days > 0:
        doublings = math.log2(features.drift_deviations_milli / 1000.0 / DRIFT_DEVIATIONS)
        points[DRIFT] = DRIFT_POINTS + bounded(DRIFT_DOUBLING_POINTS * doublings, DRIFT_DOUBLINGS_MAX)
    if features.silence_runs > 0:
        # the more often it has run and the more evenly, the less its silence is chance; what falls silent in company
        # is a holiday or a machine that was taken away
        even = (features.silence_regularity_permille / 1000.0 - SILENCE_REGULARITY) / (1.0 - SILENCE_REGULARITY)
        known = bounded(features.silence_runs / SILENCE_RUNS, 1.0)
        points[SILENCE] = SILENCE_POINTS * bounded(even, 1.0) * known
        points[SILENCE] /= 1.0 + max(0.0, features.silence_together - 1.0) / COMPANY
        if features.cue > 0:
            # a trouble that says no more is over, surely where it began while somebody listened; an old one may be a
            # job's report
            points[SILENCE] *= SILENT_TROUBLE * (1.0 - known_share(features))


@compiled
def price_of_choosing(features: Any) -> float:
    """Return what it takes off that one of many was chosen: the more there are, and the less it is a message of its own.

    That one host says what others have said before is little news; a name says more, another wording most.
    """
    others = tenfolds(1.0 + float(features.siblings))
    if features.facet_kind == ONE_MEMBER:
        return CROWD_MEMBER_POINTS * others
    if features.facet_kind == ON_HOST:
        return CROWD_SIBLING_POINTS * others + CROWD_HOST_POINTS
    if features.facet_kind == ON_ENTITY:
        return CROWD_SIBLING_POINTS * others + CROWD_ENTITY_POINTS
    return 0.0


@compiled
def concentration_points(features: Any) -> float:
    """Weigh that one of many comes oftener than an average other: the more there are, the likelier it is that one does."""
    unlike = surprise(float(features.episodes_7d), of_another(features))
    if unlike == 0.0:
        return 0.0
    chosen = unlike - 10.0 * math.log10(1.0 + max(1.0, float(features.siblings)))
    return bounded(CONCENTRATION_SHARE * chosen, CONCENTRATION_POINTS_MAX) * quiet_whole(features)


@compiled
def weigh_among_others(features: Any, points: Any) -> None:
    """Weigh it against its likes: that it stands out among them, and how many look like something by chance."""
    if features.facet_kind > 0:
        points[CONCENTRATION] = concentration_points(features)
    # the more families there are, the more of them look like something by chance
    points[CROWD] = -CROWD_POINTS * tenfolds(features.active_families / CROWD_FAMILIES)
    points[CROWD] -= CROWD_RISING_POINTS * doublings(1.0 + features.rising_together)
    points[CROWD] -= price_of_choosing(features)
    # a precedent was weighed by how seldom its like is seen
    points[CROWD] *= 1.0 - (features.precedent_permille / 1000.0 if features.precedent_days > 0 else 0.0)


@compiled
def weigh_routine(features: Any, news: float, points: Any) -> None:
    """Weigh that it comes by the clock or like clockwork; less where a new trouble does, for jobs fail by the clock too."""
    even = 0.0
    if features.period_seconds > 0:
        even = max(0.0, features.regularity_permille / 1000.0 - PERIOD_REGULARITY) / (1.0 - PERIOD_REGULARITY)
    routine = 1.0
    if features.cue > 0 and features.period_seconds >= JOB_SECONDS:
        routine -= ROUTINE_TROUBLE * even * bounded(news / NOVELTY_SCALE, 1.0)
    points[PERIOD] = -PERIOD_POINTS * even * routine
    if features.clock_permille > SCATTERED_PERMILLE:
        points[CLOCK] = -bounded(keeps_to_clock(features), CLOCK_MAX) * routine


@compiled
def weigh_habit(features: Any, points: Any) -> None:
    """Weigh that it comes often and has come for long: what comes often is routine, and what has come for long is one."""
    mean = features.daily_mean_milli / 1000.0
    routine = BUSY_DOUBLING_POINTS * doublings((BUSY_ADDED_EPISODES + mean) / BUSY_EPISODES)
    routine += HABIT_DOUBLING_POINTS * doublings((1.0 + age_in_days(features)) / (1.0 + HABIT_DAYS))
    grown = growth_share(features.growth_z_milli / 1000.0, float(features.growth_permille))
    sustained = (
        HABIT_SUSTAINED_SHARE
        * sustained_points(features.sustained_milli / 1000.0, age_in_days(features))
        / SUSTAINED_MAX
    )
    growing = max(grown, sustained)
    points[HABITUATION] = -routine * (1.0 - growing)


@compiled
def weigh_change(features: Any, points: Any) -> None:
    """Weigh that it came with an update: a service that says many new things at once has been changed."""
    if age_in_days(features) <= YOUNG_DAYS:
        together = CHANGE_POINTS * doublings(features.service_births_2d - 1.0)
        together += CHANGE_DOUBLING_POINTS * max(0.0, doublings(1.0 + features.born_together) - 1.0)
        points[CHANGE_EVENT] = -bounded(together, CHANGE_MAX)
        if features.facet_kind == 0 and features.hosts >= FLEET_HOSTS:
            # what is new and comes about once on each of several machines was brought to them
            once_each = bounded(FLEET_EPISODES - float(features.episodes) / features.hosts, 1.0)
            points[CHANGE_EVENT] = min(points[CHANGE_EVENT], -FLEET_SHARE * once_each * points[NOVELTY])
    if features.heal_counterpart == 1 and points[CUE] == 0.0:
        # that something else has passed is told with that
        points[LINEAGE] = -(points[NOVELTY] + points[SELF_HEAL])
    if features.succeeded_permille > 0:
        # in other words it has been there before
        former = points[NOVELTY] + points[SPREAD] + points[ACCELERATION]
        points[LINEAGE] = min(points[LINEAGE], -former)


@compiled
def weigh_one(features: Any, points: Any) -> None:
    """Write the points of one reading, in decibans, into a row of floats.

    The formulas are explained, with what each stands for, in docs/attention.md.
    """
    news = emergence(features, age_in_days(features))
    weigh_coming(features, news, points)
    weigh_growing(features, points)
    weigh_told(features, points)
    # what is told by the clock, or always there, is news all the same when it stops, runs down or drifts
    told = features.countdown_falls > 0 or features.drift_days > 0 or features.silence_runs > 0
    if not told:
        weigh_habit(features, points)
        # what foretells incidents may come as regularly as they do
        if features.precursor_hits == 0:
            weigh_routine(features, news, points)
            weigh_among_others(features, points)
    weigh_change(features, points)


@compiled
def weigh_all(feature_rows: Any, quarters: Any) -> None:
    """Weigh each reading into a row of quarters of a deciban."""
    points = np.zeros(quarters.shape[1], np.float64)
    for index in range(len(feature_rows)):
        points[:] = 0.0
        weigh_one(feature_rows[index], points)
        for column in range(quarters.shape[1]):
            quarters[index, column] = np.int32(round(points[column] * 4.0))


def weigh(feature_rows: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """Weigh readings; gives contributions in quarters of a deciban, shape (readings, factors)."""
    quarters = np.zeros((len(feature_rows), len(FACTORS)), np.int32)
    weigh_all(feature_rows, quarters)
    return quarters


def scores(quarters: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Add the prior and the contributions of each row, in quarters of a deciban."""
    total: npt.NDArray[np.int32] = quarters.sum(axis=1, dtype=np.int32) + np.int32(PRIOR_QUARTERS)
    return total
