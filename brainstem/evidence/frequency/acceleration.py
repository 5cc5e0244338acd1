"""Acceleration: a family comes more and more often, for days.

Takes features; returns the points of the strongest of four signs: a trend over two weeks, coming more often for days on end,
ever shorter gaps on one host, or more events day by day. The first three are weighed by the share of the rise that is the
family's own; growth day by day is not, for what grows for a week is no restart.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, age_seconds, example_facts
from brainstem.evidence.statistics import age_in_days, bounded, own_share
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, thousandths

_DAY_SECONDS: Final = 86_400

ACCELERATION: Final = 3
"""column of its points"""

TREND_POINTS: Final = parameter(
    "acceleration.trend_points", 2.4, "decibans", "what each deviation of the trend over 14 days gives"
)
TREND_FROM: Final = parameter("acceleration.trend_from", 0.5, "deviations", "deviations from which the trend counts")
TREND_MAX: Final = parameter("acceleration.trend_max", 8.0, "decibans", "most that the trend gives")
SUSTAINED_SHARE: Final = parameter(
    "acceleration.sustained_share", 0.35, "share", "what each deciban of coming more often for days gives"
)
SUSTAINED_KNOWN_FROM_DAYS: Final = parameter(
    "acceleration.sustained_known_from_days", 7.0, "days", "age from which what is usual begins to be known"
)
SUSTAINED_KNOWN_DAYS: Final = parameter(
    "acceleration.sustained_known_days", 7.0, "days", "days after which what is usual is known well enough"
)
SUSTAINED_FROM: Final = parameter(
    "acceleration.sustained_from", 8.0, "decibans", "decibans from which coming more often for days counts"
)
SUSTAINED_MAX: Final = parameter(
    "acceleration.sustained_max", 22.0, "decibans", "most that coming more often for days gives", least=0.25
)
SHRINKING_POINTS: Final = parameter(
    "acceleration.shrinking_points", 10.0, "decibans", "what each deviation of shrinking gaps gives"
)
SHRINKING_FROM: Final = parameter(
    "acceleration.shrinking_from", 2.2, "deviations", "deviations from which shrinking gaps count"
)
SHRINKING_MAX: Final = parameter("acceleration.shrinking_max", 20.0, "decibans", "most that shrinking gaps give")
GROWTH_POINTS: Final = parameter("acceleration.growth_points", 30.0, "decibans", "most that growing day by day gives")
GROWTH_PERMILLE: Final = parameter(
    "acceleration.growth_permille",
    2000,
    "thousandths",
    "the last days against the first from which it may be growing day by day",
)
GROWTH_FROM: Final = parameter(
    "acceleration.growth_from", 2.5, "deviations", "deviations from which growing day by day counts"
)
GROWTH_RANGE: Final = parameter(
    "acceleration.growth_range", 1.5, "deviations", "deviations beyond that at which growing day by day is sure"
)


@compiled
def trend_points(deviations: float) -> float:
    """Return the points of coming ever more often over two weeks."""
    return bounded(TREND_POINTS * (deviations - TREND_FROM), TREND_MAX)


@compiled
def sustained_points(decibans: float, age_days: float) -> float:
    """Return the points of having come more often for days, not on one of them only; what is usual is not known after a
    week.
    """
    known = bounded((age_days - SUSTAINED_KNOWN_FROM_DAYS) / SUSTAINED_KNOWN_DAYS, 1.0)
    return bounded(SUSTAINED_SHARE * (known * decibans - SUSTAINED_FROM), SUSTAINED_MAX)


@compiled
def shrinking_points(deviations: float) -> float:
    """Return the points of ever shorter gaps between episodes."""
    return bounded(SHRINKING_POINTS * (deviations - SHRINKING_FROM), SHRINKING_MAX)


@compiled
def growth_share(deviations: float, permille: float) -> float:
    """Return how sure it is, 0 to 1, that a rate has grown day by day; such a rate is no habit, however often it comes."""
    if permille < GROWTH_PERMILLE:
        return 0.0
    return bounded((deviations - GROWTH_FROM) / GROWTH_RANGE, 1.0)


@compiled
def acceleration_points(features: Row, own: float) -> float:
    """Return the points of the strongest sign; `own` is the share of a rise that is the family's own."""
    over_days = max(
        trend_points(features.trend_milli / 1000.0),
        sustained_points(features.sustained_milli / 1000.0, age_in_days(features)),
        shrinking_points(features.shrinking_z_milli / 1000.0),
    )
    grown = growth_share(features.growth_z_milli / 1000.0, float(features.growth_permille))
    return max(over_days * own, GROWTH_POINTS * grown)


def strongest_sign(facts: Facts) -> str:
    """Return which sign has most points: "trend", "sustained", "shrinking" or "growth"; of equals the first."""
    growth, sustained, shrinking, trend = (
        facts.get(name, 0) / 1000 for name in ("growth_z_milli", "sustained_milli", "shrinking_z_milli", "trend_milli")
    )
    own = own_share(float(facts.get("rising_together", 0)), float(facts.get("daily_windows", 0)))
    points = {
        "trend": own * trend_points(trend),
        "sustained": own * sustained_points(sustained, age_seconds(facts) / 86_400),
        "shrinking": own * shrinking_points(shrinking),
        "growth": GROWTH_POINTS * growth_share(growth, float(facts.get("growth_permille", 0))),
    }
    return max(points, key=points.__getitem__)


def _because(facts: Facts) -> str:
    sign = strongest_sign(facts)
    if sign == "growth":
        times = thousandths(facts.get("growth_permille", 0), 1)
        return f"grew day by day, over up to 14 days, to {times} times as many events"
    if sign == "sustained":
        return f"has come more often than it used to for {facts['sustained_days']} days, not on one of them only"
    way = "comes back after ever shorter gaps" if sign == "shrinking" else "comes ever more often"
    return f"{way}{_paces(facts)}"


def _paces(facts: Facts) -> str:
    """Return how often a day it came before and comes lately, empty where the numbers do not show that it grows."""
    days, recent_days, lately = age_seconds(facts) // _DAY_SECONDS, 7, facts.get("episodes_7d", 0)
    if days < recent_days + 3:
        recent_days, lately = 1, facts.get("episodes_24h", 0)
    if days <= recent_days:
        return ""
    before = 1000 * (facts.get("episodes", 0) - lately) // (days - recent_days)
    now = 1000 * lately // recent_days
    span = "7 days" if recent_days > 1 else "24 h"
    return (
        f": {thousandths(now, 1)} a day in the last {span}, {thousandths(before, 1)} a day before"
        if now > before >= 0
        else ""
    )


def _headline(subject: Subject) -> str:
    sign = strongest_sign(subject.facts)
    if sign == "growth":
        grown = thousandths(subject.facts["growth_permille"], 1)
        return f"{subject.message} grows day by day{subject.where}: {grown} times as many events as at first"
    if sign == "sustained":
        days, week = subject.facts["sustained_days"], counted(subject.facts.get("episodes_7d", 0), "time")
        return f"{subject.message} has come more often than it used to for {days} days{subject.where}: {week} in 7 days"
    pace = _paces(subject.facts) or f": {counted(subject.facts.get('count', 0), 'event')} so far"
    if sign == "shrinking":
        return f"{subject.message} comes back after ever shorter gaps{subject.where}{pace}"
    return f"{subject.message} comes ever more often{subject.where}{pace}"


KIND: Final = EvidenceKind(
    name="acceleration",
    number=2,
    factors=(
        Factor(
            "acceleration",
            ACCELERATION,
            _because,
            "max(own share · max(trend_points · (U − trend_from), sustained_share · (known · ratio − sustained_from),"
            " shrinking_points · (z of the gaps − shrinking_from)), growth_points · (z of the days − growth_from) /"
            " growth_range), each cut at its maximum; growth only when the last three days have growth_permille of the"
            " first three.",
            called="how fast it grows",
        ),
    ),
    meaning="It comes more and more often: over two weeks (Laplace's U), for days on end and not on one of them only,"
    " after ever shorter gaps on one host (Kendall's z), or with more events day by day (Kendall's z). The"
    " strongest of these counts. The first three lose as a burst does when others rise as well.",
    example=example_facts(
        12.0,
        count=240,
        episodes=60,
        episodes_24h=9,
        episodes_7d=41,
        active_days=12,
        daily_windows=12,
        daily_mean_milli=4200,
        growth_z_milli=3600,
        growth_permille=4200,
    ),
    columns=(
        "sustained_milli",
        "sustained_days",
        "shrinking_z_milli",
        "trend_milli",
        "growth_z_milli",
        "growth_permille",
    ),
    headline=_headline,
    why_it_matters="At this pace it becomes constant.",
    headline_tells=True,
)
