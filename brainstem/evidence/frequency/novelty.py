"""Novelty: a family began after a silence, and has come often enough since for that to be no chance.

Takes features; returns how much its beginning is news, and its points. What was there when the tenant was first heard is its
habit as far as anybody knows; what came later is news.
"""

import math
from datetime import UTC, tzinfo
from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.contracts.slots import SLOT_SECONDS, SLOTS_PER_DAY
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.statistics import (
    DECIBANS_PER_NAT,
    days_apart,
    known_share,
    outstanding_share,
    quiet_whole,
)
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, day, days_or_hours

NOVELTY: Final = 6
"""column of its points"""

NOVELTY_POINTS: Final = parameter("novelty.points", 27.0, "decibans", "most that novelty gives")
NOVELTY_SCALE: Final = parameter("novelty.scale", 30.0, "decibans", "news that gives 63 % of it", least=0.25)
SILENCE_DAYS: Final = parameter(
    "novelty.silence_days", 14.0, "days", "longest silence before a first event that still adds to novelty"
)
NEWS_AT_ONCE: Final = parameter(
    "novelty.news_at_once", 2.0, "episodes", "episodes that count towards novelty, however they come"
)
NEWS_A_DAY: Final = parameter(
    "novelty.news_a_day", 1.5, "episodes", "and so many more of its episodes for each active day"
)
FADE_FROM_DAYS: Final = parameter("novelty.fade_from_days", 7.0, "days", "age from which novelty fades")
FADE_DAYS: Final = parameter("novelty.fade_days", 5.0, "days", "how fast novelty fades: to a third in so many days")


@compiled
def emergence(features: Row, age_days: float) -> float:
    """Return how much the beginning of a family is news: the log likelihood ratio, in decibans, of a rate that began at the
    first event against one that was always there.

    n events in the age a after a silence b: n ln((a + b) / a), divided by the dispersion. The silence is as long as the
    service was heard without it, or, of a service that has little to say, the tenant; it is cut at `SILENCE_DAYS`, for
    longer silences say little more.
    """
    alone = features.born_after_slots / max(1.0, features.service_families)
    silence = max(0.0, min(float(features.born_after_slots), max(alone, float(features.born_into_service_slots))))
    silence = min(silence / SLOTS_PER_DAY, SILENCE_DAYS)
    known = known_share(features)
    if known == 0.0:
        return 0.0
    # what comes together within a day has one cause, and says less of a rate than what comes day after day
    days = days_apart(features.active_days, features.first_time, features.last_time)
    events = min(float(features.episodes), NEWS_AT_ONCE + NEWS_A_DAY * max(1.0, float(days)))
    ratio = DECIBANS_PER_NAT * events * math.log((age_days + silence) / age_days)
    fading = math.exp(-max(0.0, age_days - FADE_FROM_DAYS) / FADE_DAYS)
    return float(known * quiet_whole(features) * ratio * fading / max(1.0, features.dispersion_milli / 1000.0))


@compiled
def novelty_points(features: Row, news: float) -> float:
    """Return the points of a family whose beginning is news of so many decibans, see `emergence`."""
    # what was there when the tenant was first heard is its habit as far as anybody knows; what came later is news
    if news > 0.0:
        return float(NOVELTY_POINTS * (1.0 - math.exp(-news / NOVELTY_SCALE)) * outstanding_share(features))
    return 0.0


def silence_before_seconds(facts: Facts) -> int:
    """Return for how long the tenant, or the service if it has enough to say, was heard before the first event."""
    known = facts.get("born_after_slots", 0)
    alone = known // max(1, facts.get("service_families", 0))
    return SLOT_SECONDS * max(0, min(known, max(alone, facts.get("born_into_service_slots", 0))))


def _because(facts: Facts, zone: tzinfo = UTC) -> str:
    silence = silence_before_seconds(facts)
    first = f"first seen {day(facts.get('first_time', 0), zone)}"
    return f"{first}; nothing like it in the {days_or_hours(silence)} of log before" if silence >= 600 else first


def _headline(subject: Subject) -> str:
    return f"New{subject.where}: {subject.message}, {counted(subject.facts.get('count', 0), 'event')} so far"


KIND: Final = EvidenceKind(
    name="novelty",
    number=5,
    factors=(
        Factor(
            "novelty",
            NOVELTY,
            _because,
            "points · (1 − exp(−news / scale)); news = 10 log₁₀(((age + silence) / age)ⁿ) / dispersion, fading after"
            " a week; n episodes, at most news_at_once and news_a_day for each active day. A facet keeps the share"
            " log₂(times it comes oftener than an average other) / outstanding_doublings, or, where that is less,"
            " (decibans by which it is unlike an average other − 10 log₁₀(1 + others)) / outstanding_decibans.",
            called="that it is new",
            because_in=_because,
        ),
    ),
    meaning="It began after a silence, and it has come often enough since for that to be no chance. Silence is how"
    " long the tenant had been heard by then, or the service if it has enough to say. In a tenant's first"
    " days everything is new to us only, so novelty counts from the second day on and in full from the"
    " fourth.",
    example=example_facts(
        2.0,
        count=3,
        episodes=3,
        episodes_7d=3,
        active_days=2,
        born_after_slots=20 * SLOTS_PER_DAY,
        born_into_service_slots=20 * SLOTS_PER_DAY,
        service_families=12,
    ),
    columns=("born_into_service_slots", "born_after_slots", "service_families"),
    headline=_headline,
    why_it_matters="A message that was never there before has a cause that is new as well.",
)
