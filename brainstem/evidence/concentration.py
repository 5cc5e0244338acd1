"""Concentration: one host, name or wording of many alike has this, and the others have not.

Takes features of a facet; returns its points. How unlike an average other it is, is one of the shared `statistics`. The
more others there are, the likelier that one stands out by chance, and that is taken off.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.statistics import beyond_chance, bounded, of_another, quiet_whole
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, thousandths

CONCENTRATION: Final = 12
"""column of its points"""

CONCENTRATION_SHARE: Final = parameter(
    "concentration.share", 0.2, "share", "what each deciban by which a facet is unlike the others of its kind gives"
)
CONCENTRATION_POINTS_MAX: Final = parameter(
    "concentration.points_max", 18.0, "decibans", "most that concentration gives"
)

ALIKE: Final = ("message", "host", "name", "wording")
"""What there are several of, by the kind of facet that features are about."""


@compiled
def concentration_points(features: Row) -> float:
    """Return the points of one of many that comes oftener than an average other: the more there are, the likelier it is that
    one does.
    """
    chosen = beyond_chance(features, of_another(features))
    return bounded(CONCENTRATION_SHARE * chosen, CONCENTRATION_POINTS_MAX) * quiet_whole(features)


def _share_of_whole(facts: Facts) -> tuple[str, str]:
    """Return how many alike there are, and what part of all times in 7 days is its own."""
    own, whole, others = (facts.get(name, 0) for name in ("episodes_7d", "whole_7d", "siblings"))
    alike = counted(others + 1, ALIKE[facts.get("facet_kind", 0)])
    usual = thousandths(max(0, whole - own) * 1000 // max(1, others), 1)
    return alike, f"{own} of {counted(max(own, whole), 'time')} in 7 days, the usual one has {usual}"


def _because(facts: Facts) -> str:
    alike, share = _share_of_whole(facts)
    return f"stands out among {alike}: {share}"


def _headline(subject: Subject) -> str:
    alike, share = _share_of_whole(subject.facts)
    message = "" if subject.one == subject.message else f" with {subject.message}"
    return f"{subject.one} stands out among {alike}{message}: {share}"


KIND: Final = EvidenceKind(
    name="concentration",
    number=8,
    factors=(
        Factor(
            "concentration",
            CONCENTRATION,
            _because,
            "of a facet: share · (10 log₁₀ of the likelihood ratio of its episodes in 7 days against those of an"
            " average other − 10 log₁₀(1 + others)), cut at points_max, · 1 / (1 + episodes a day of the whole /"
            " whole_episodes).",
            called="how it stands out among others of its sort",
        ),
    ),
    meaning="One among many alike, a host, a name or a wording, has this and the others have not. The more there are,"
    " the likelier that one stands out by chance, and of what is said all day somebody has to have most.",
    example=example_facts(
        5.0,
        count=30,
        episodes=22,
        episodes_7d=22,
        active_days=5,
        facet_kind=1,
        siblings=11,
        whole_7d=26,
        whole_episodes=26,
    ),
    columns=("whole_7d", "whole_episodes", "siblings"),
    headline_tells=True,
    headline=_headline,
    why_it_matters="Others of its kind do not have this, so the cause sits with this one.",
)
