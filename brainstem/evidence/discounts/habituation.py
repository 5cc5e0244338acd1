"""Habituation: what comes often is routine, and what has come for long is one.

Takes features; returns what routine takes off, less for what surely grows.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, age_seconds, example_facts
from brainstem.evidence.frequency.acceleration import SUSTAINED_MAX, growth_share, sustained_points
from brainstem.evidence.statistics import age_in_days, doublings
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, thousandths

HABITUATION: Final = 10
"""column of its points"""

HABIT_DAYS: Final = parameter(
    "habituation.habit_days", 7.0, "days", "age from which having been there for long weighs against a family"
)
HABIT_DOUBLING_POINTS: Final = parameter(
    "habituation.habit_doubling_points", 2.5, "decibans", "what each doubling of the age beyond that takes off"
)
HABIT_SUSTAINED_SHARE: Final = parameter(
    "habituation.habit_sustained_share",
    0.5,
    "share",
    "share of its habit that coming more often for days takes away at the most",
)
BUSY_EPISODES: Final = parameter(
    "habituation.busy_episodes", 2.0, "episodes", "episodes a day from which they weigh as routine"
)
BUSY_DOUBLING_POINTS: Final = parameter(
    "habituation.busy_doubling_points",
    4.3,
    "decibans",
    "what each doubling of the episodes a day beyond that takes off",
)
BUSY_ADDED_EPISODES: Final = parameter(
    "habituation.busy_added_episodes", 0.1, "episodes", "episodes a day that are added to those counted"
)


@compiled
def habituation_points(features: Row) -> float:
    """Return what coming often, and having come for long, take off."""
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
    return -routine * (1.0 - growing)


def _because(facts: Facts) -> str:
    mean = thousandths(facts.get("daily_mean_milli", 0), 1)
    known = max(1, age_seconds(facts) // 86_400)
    return f"known here for {counted(known, 'day')}, {mean} a day {'is' if mean == '1' else 'are'} usual"


KIND: Final = EvidenceKind(
    name="habituation",
    number=16,
    factors=(
        Factor(
            "habituation",
            HABITUATION,
            _because,
            "−(busy_doubling_points · log₂((busy_added_episodes + episodes a day) / busy_episodes) +"
            " habit_doubling_points · log₂((1 + age) / (1 + habit_days))), each from 0 on, · (1 − how surely it"
            " grows).",
            held_down_by="habit",
            not_shown=("has always been like this here", "have always been like this here"),
        ),
    ),
    meaning="What comes often is routine, and what has come for long is one; the more surely it grows, the less. It"
    " does not count for what counts down, drifts or is silent.",
    example=example_facts(
        30.0, count=420, episodes=260, episodes_7d=60, active_days=14, daily_mean_milli=8600, daily_windows=14
    ),
    columns=("daily_mean_milli",),
    is_key=False,
)
