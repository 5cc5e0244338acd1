"""Attention: what each kind of evidence in a reading is worth, in decibans.

Takes readings, gives one row of contributions each; their sum and the prior are the score. Points are whole quarters of a
deciban, so every sum is exact.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.compiled import compiled
from brainstem.finding import POINT_QUANTUM, PRIOR_DECIBANS
from brainstem.reading import SLOTS_PER_DAY


class Factor(IntEnum):
    """Kinds of evidence, in the order of the columns of a contribution row."""

    MEMORY = 0
    RECURRENCE = 1
    RISE = 2
    ACCELERATION = 3
    SPREAD = 4
    SELF_HEAL = 5
    NOVELTY = 6
    CUE = 7
    COUNTDOWN = 8
    PERIOD = 9
    HABITUATION = 10
    CHANGE_EVENT = 11
    PRECURSOR = 12
    PRECEDENT = 13
    FEEDBACK = 14


FACTORS: Final = tuple(factor.name.lower() for factor in Factor)
PRIOR_QUARTERS: Final = int(PRIOR_DECIBANS * POINT_QUANTUM)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of evidence that can be one of the two keys of promotion, with the factors that show it."""

    name: str
    factors: tuple[Factor, ...]
    stands_alone: bool = False


KINDS: Final = (
    # memory is the long form of recurrence: both say that it keeps coming
    Kind("recurrence", (Factor.MEMORY, Factor.RECURRENCE)),
    Kind("burst", (Factor.RISE,)),
    Kind("acceleration", (Factor.ACCELERATION,)),
    Kind("spread", (Factor.SPREAD,)),
    Kind("self_heal", (Factor.SELF_HEAL,)),
    Kind("novelty", (Factor.NOVELTY,)),
    Kind("cue", (Factor.CUE,)),
    Kind("countdown", (Factor.COUNTDOWN,), stands_alone=True),
    Kind("precursor", (Factor.PRECURSOR,), stands_alone=True),
    Kind("precedent", (Factor.PRECEDENT,)),
)
"""Kinds of an item; the position is the kind's bit in a mask."""

LEARNING_SLOTS = 3 * SLOTS_PER_DAY
SPREAD_WINDOW_SLOTS = 7 * SLOTS_PER_DAY
BORN_TOGETHER = 6
CHANGE_DAYS = 4
HABIT_DAYS = 8
NEWS_WINDOWS = 4
HABIT_WINDOWS = 14
HABIT_SHARE = 0.4
COMPANY = 3.0
HEAL_POINTS_MAX = 12.0
PRECURSOR_EVEN = 20.0
PRECURSOR_MAX = 24.0
PRECEDENT_MAX = 20.0
FEEDBACK_MAX = 10.0

MEMORY, RECURRENCE, RISE, ACCELERATION, SPREAD, SELF_HEAL = 0, 1, 2, 3, 4, 5
NOVELTY, CUE, COUNTDOWN, PERIOD, HABITUATION, CHANGE_EVENT = 6, 7, 8, 9, 10, 11
PRECURSOR, PRECEDENT, FEEDBACK = 12, 13, 14


@compiled
def bounded(points: float, most: float) -> float:
    """Cut points to 0..most."""
    return max(0.0, min(points, most))


@compiled
def weigh_one(reading: Any, points: Any) -> None:
    """Write the points of one reading, in decibans, into a row of floats.

    The formulas are explained, with what each stands for, in docs/attention.md.
    """
    mean = reading.daily_mean_milli / 1000.0
    # what comes all day, every day, is no sparse signal: its recurrence says little
    sparsity = 1.0 / (1.0 + (mean / 12.0) ** 2)
    age_slots = reading.slot + 1 - reading.first_time // 600_000_000
    # what was there when the tenant was first heard is its habit as far as anybody knows; what came later is news
    news = bounded(reading.born_after_slots / LEARNING_SLOTS, 1.0)
    weight = sparsity * (HABIT_SHARE + (1.0 - HABIT_SHARE) * news)
    points[MEMORY] = bounded(1.5 * reading.memory_milli / 1000.0, 4.0) * weight
    if reading.active_days >= 2:
        points[RECURRENCE] = bounded(2.2 * math.log2(1.0 + reading.active_days), 8.0) * weight
    # the more families there are, the more of them rise by chance; a family too young to have a past cannot rise above it
    crowd = 10.0 * math.log10(max(1.0, reading.active_families / 10.0))
    # a habit has a week, and it takes two to know it; what is new has a few days to compare with
    needed = HABIT_WINDOWS - (HABIT_WINDOWS - NEWS_WINDOWS) * news
    settled = min(float(reading.daily_windows), needed) / needed
    # what rises in company is a restart or a change, and each that does is a smaller part of it
    alone = settled / (1.0 + reading.rising_together / COMPANY)
    points[RISE] = bounded(reading.rise_milli / 1000.0 - crowd, 10.0) * alone
    points[ACCELERATION] = bounded(2.5 * (reading.trend_milli / 1000.0 - 1.0), 6.0) * alone
    if reading.hosts_joined_7d > 0:
        # in a tenant's first days every host meets every family for the first time
        known = bounded((reading.tenant_age_slots - LEARNING_SLOTS) / SPREAD_WINDOW_SLOTS, 1.0)
        # what spreads in company is a roll-out
        points[SPREAD] = bounded(5.0 * math.log2(1.0 + reading.hosts_joined_7d) * sparsity, 10.0)
        points[SPREAD] *= known / (1.0 + reading.spreading_together / COMPANY)
    if reading.heal_cycles_7d >= 2:
        points[SELF_HEAL] = bounded(4.0 * math.log2(1.0 + reading.heal_cycles_7d) * sparsity, HEAL_POINTS_MAX)
    born_alone = reading.born_together < BORN_TOGETHER
    if born_alone:
        points[NOVELTY] = 6.0 * math.exp(-age_slots / 432.0) * news
    if reading.cue == 2 or reading.severity >= 17:
        points[CUE] = 6.0
    elif reading.cue == 1 or reading.severity >= 13:
        points[CUE] = 2.0
    counts_down = reading.countdown_falls > 0
    if counts_down:
        points[COUNTDOWN] = 18.0
    foretells = reading.precursor_hits > 0
    if foretells:
        # the odds that an incident follows; even odds outweigh the prior
        odds = (reading.precursor_hits + 0.5) / (reading.precursor_unfollowed + 0.5)
        points[PRECURSOR] = bounded(PRECURSOR_EVEN + 10.0 * math.log10(odds), PRECURSOR_MAX)
    if reading.precedent_days > 0:
        fading = reading.precedent_days**-0.15
        points[PRECEDENT] = PRECEDENT_MAX * fading * reading.precedent_permille / 1000.0
    said = (reading.feedback_useful_milli + 1000.0) / (reading.feedback_useless_milli + 1000.0)
    points[FEEDBACK] = max(-FEEDBACK_MAX, min(FEEDBACK_MAX, 10.0 * math.log10(said)))
    # what foretells incidents may come as regularly as they do
    if not counts_down and not foretells and reading.period_seconds > 0:
        points[PERIOD] = -22.0 * max(0.0, reading.regularity_permille / 1000.0 - 0.4) / 0.6
    if age_slots > HABIT_DAYS * SLOTS_PER_DAY and not counts_down:
        changing = bounded(1.0 - (points[RISE] + points[ACCELERATION]) / 10.0, 1.0)
        points[HABITUATION] = -(4.0 + 2.0 * math.log2(1.0 + mean)) * changing
    if not born_alone and age_slots <= CHANGE_DAYS * SLOTS_PER_DAY:
        points[CHANGE_EVENT] = -10.0


@compiled
def weigh_all(readings: Any, quarters: Any) -> None:
    """Weigh each reading into a row of quarters of a deciban."""
    points = np.zeros(quarters.shape[1], np.float64)
    for index in range(len(readings)):
        points[:] = 0.0
        weigh_one(readings[index], points)
        for column in range(quarters.shape[1]):
            quarters[index, column] = np.int32(round(points[column] * 4.0))


def weigh(readings: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    """Weigh readings; gives contributions in quarters of a deciban, shape (readings, factors)."""
    quarters = np.zeros((len(readings), len(FACTORS)), np.int32)
    weigh_all(readings, quarters)
    return quarters


def scores(quarters: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Add the prior and the contributions of each row, in quarters of a deciban."""
    total: npt.NDArray[np.int32] = quarters.sum(axis=1, dtype=np.int32) + np.int32(PRIOR_QUARTERS)
    return total
