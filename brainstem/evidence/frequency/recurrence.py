"""Recurrence: a family keeps coming back, on other days or for longer than a restart or an hour's work lasts.

Takes features; returns the points of two factors. Recurrence counts days, memory is its long form over all episodes.
"""

import math
from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, age_seconds, example_facts
from brainstem.evidence.statistics import age_in_days, bounded, days_apart
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, duration

MEMORY: Final = 0
RECURRENCE: Final = 1
"""columns of its points"""

MEMORY_SHARE: Final = parameter(
    "recurrence.memory_share", 0.5, "share", "decibans that each unit of the base level, a natural logarithm, gives"
)
MEMORY_MAX: Final = parameter("recurrence.memory_max", 2.0, "decibans", "most that memory gives")
RECURRENCE_POINTS: Final = parameter(
    "recurrence.points", 4.0, "decibans", "most that the share of its active days gives"
)
RECURRENCE_DAYS: Final = parameter(
    "recurrence.days", 0.5, "days", "days without it that are assumed beside those counted"
)
RECURRENCE_FROM_DAYS: Final = parameter("recurrence.from_days", 2, "days", "active days from which it recurs")
RECURRENCE_SECOND_DAY_SHARE: Final = parameter(
    "recurrence.second_day_share", 0.7, "share", "share of its points that coming back on a single other day gives"
)
RECURRENCE_MOST_DAYS: Final = parameter(
    "recurrence.most_days", 14.0, "days", "latest days whose share of active ones counts, at the most"
)
RECURRENCE_DOUBLING_POINTS: Final = parameter(
    "recurrence.doubling_points",
    0.5,
    "decibans",
    "what each doubling of one more than the active days gives beside that",
)
BRISK_EPISODES: Final = parameter(
    "recurrence.brisk_episodes", 5, "episodes", "episodes that make a recurrence within the first day"
)
BRISK_HOURS: Final = parameter(
    "recurrence.brisk_hours", 8, "hours", "hours from the first to the last of these episodes"
)
BRISK_POINTS: Final = parameter(
    "recurrence.brisk_points", 1.0, "decibans", "what coming back within the first day is worth"
)
HOUR_US: Final = 3_600_000_000

_DAY_US: Final = 86_400 * 1_000_000


@compiled
def memory_points(features: Row) -> float:
    """Return the points of the base level: how often and how lately a family has come, over all of its episodes."""
    return bounded(MEMORY_SHARE * features.memory_milli / 1000.0, MEMORY_MAX)


@compiled
def recurrence_points(features: Row) -> float:
    """Return the points of coming back on other days, or for longer than a restart or an hour's work."""
    days = days_apart(features.active_days, features.first_time, features.last_time)
    if days >= RECURRENCE_FROM_DAYS:
        # two days of two are less sure a habit than seven of seven
        dense = days / (min(RECURRENCE_MOST_DAYS, math.ceil(age_in_days(features))) + RECURRENCE_DAYS)
        points = RECURRENCE_POINTS * min(1.0, dense)
        points += RECURRENCE_DOUBLING_POINTS * math.log2(1.0 + days)
        # what somebody works on goes on the next morning, and then never again
        return float(points * RECURRENCE_SECOND_DAY_SHARE if days == RECURRENCE_FROM_DAYS else points)
    if features.episodes >= BRISK_EPISODES and features.last_time - features.first_time >= BRISK_HOURS * HOUR_US:
        # within a day already, when it goes on for longer than a restart or an hour's work
        return BRISK_POINTS
    return 0.0


def days_known(facts: Facts) -> int:
    """Return on how many of the last 14 days it has come."""
    return days_apart(*(facts.get(name, 0) for name in ("active_days", "first_time", "last_time")))


def _because_memory(facts: Facts) -> str:
    span_days = (facts.get("last_time", 0) - facts.get("first_time", 0)) // _DAY_US
    within = f"over {counted(span_days, 'day')}" if span_days else "within a day"
    return f"{counted(facts.get('count', 0), 'event')} {within}"


def _because_recurrence(facts: Facts) -> str:
    days = days_known(facts)
    if facts.get("count", 0) == 1:
        return "seen once"
    if days < 2:
        return f"{counted(facts.get('episodes', 0), 'time')} within {duration(age_seconds(facts))}"
    return f"seen on {days} of the last 14 days"


def headline(subject: Subject) -> str:
    """Return how often it has come; also the headline of what is of no kind that makes items."""
    days, count = days_known(subject.facts), counted(subject.facts.get("count", 0), "event")
    if subject.facts.get("count", 0) == 1:
        return f"{subject.message} was seen once{subject.where}"
    if days < 2:
        times = counted(subject.facts.get("episodes", 0), "time")
        return f"{subject.message} keeps coming back{subject.where}: {times} within a day"
    return f"{subject.message} keeps coming back{subject.where}: on {days} of the last 14 days, {count} in all"


KIND: Final = EvidenceKind(
    name="recurrence",
    number=0,
    factors=(
        Factor(
            "memory",
            MEMORY,
            _because_memory,
            "memory_share · ln(60 · Σ n/√age), cut to 0..memory_max; n events of each age in seconds: the base level"
            " of ACT-R (Anderson and Schooler 1991).",
            called="how often and how lately it came",
        ),
        Factor(
            "recurrence",
            RECURRENCE,
            _because_recurrence,
            "points · min(1, active days / (days known, most_days at the most, + days)) + doubling_points · log₂(1 +"
            " active days), from from_days active days on; within the first day brisk_points, from brisk_episodes"
            " over brisk_hours.",
            called="on how many days it came",
        ),
    ),
    meaning="It keeps coming: on other days, or for longer than a restart or an hour's work lasts. Memory is the same"
    " over all of its past: how often it came, and how lately.",
    example=example_facts(9.0, count=31, episodes=14, episodes_7d=9, active_days=6, memory_milli=2400),
    columns=("active_days", "memory_milli"),
    headline=headline,
    why_it_matters="Too rare for any alarm, yet it keeps returning, so something keeps causing it.",
    headline_tells=True,
    follows_by_itself=True,
)
