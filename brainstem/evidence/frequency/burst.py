"""Burst: a family comes more often in the last one or three days than it ever did.

Takes features; returns the points of its rise, which `history.rates` has worked out as a log likelihood ratio.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.statistics import bounded
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, thousandths

RISE: Final = 2
"""column of its points"""

RISE_SHARE: Final = parameter("burst.rise_share", 0.15, "share", "what each deciban of a rise gives")
RISE_MAX: Final = parameter("burst.rise_max", 8.0, "decibans", "most that a rise gives")


@compiled
def rise_points(features: Row, own: float) -> float:
    """Return the points of a rise; `own` is the share of it that is the family's own."""
    return bounded(RISE_SHARE * features.rise_milli / 1000.0, RISE_MAX) * own


def _because(facts: Facts) -> str:
    hours = facts.get("rise_hours", 0) or 24
    seen = counted(facts.get("episodes_72h" if hours == 72 else "episodes_24h", 0), "time")
    mean = facts.get("daily_mean_milli", 0)
    if mean < 50:
        return f"{seen} in {hours} h where there used to be almost none"
    return f"{seen} in {hours} h where {thousandths(mean, 1)} a day {'was' if mean == 1000 else 'were'} usual"


def _headline(subject: Subject) -> str:
    return f"{subject.message} is far more frequent than usual{subject.where}: {_because(subject.facts)}"


KIND: Final = EvidenceKind(
    name="burst",
    number=1,
    factors=(
        Factor(
            "rise",
            RISE,
            _because,
            "rise_share · likelihood ratio / dispersion, cut at rise_max, · own share; own share = min(1, days lived"
            " through / past_windows) / (1 + others that began to rise in the last 2 hours / company).",
            called="how much more often than usual it comes",
        ),
    ),
    meaning="It is above its own past in the last 24 or 72 hours, and its service is not. What rises together with"
    " others is a restart or a change, and what has no past yet cannot rise above it.",
    example=example_facts(
        12.0,
        count=90,
        episodes=38,
        episodes_24h=14,
        episodes_7d=26,
        active_days=9,
        daily_mean_milli=2000,
        daily_windows=12,
        rise_milli=48_000,
        rise_hours=24,
    ),
    columns=("rise_milli", "rise_hours", "daily_windows", "daily_record", "rising_together"),
    headline=_headline,
    why_it_matters="Something drives it that did not before.",
    headline_tells=True,
    follows_by_itself=True,
)
