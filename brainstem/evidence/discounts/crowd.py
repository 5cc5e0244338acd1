"""Crowd: the more there is to look at, the more of it looks like something by chance (the look-elsewhere effect).

Takes features; returns what the number of families, of others that rise as well, and of facets alike takes off.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.contracts.features import ON_ENTITY, ON_HOST, ONE_MEMBER
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, example_facts
from brainstem.evidence.statistics import doublings, tenfolds
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted

CROWD: Final = 14
"""column of its points"""

CROWD_FAMILIES: Final = parameter(
    "crowd.families", 36.0, "families", "active families of a tenant from which their number weighs against each"
)
CROWD_POINTS: Final = parameter("crowd.points", 5.0, "decibans", "what ten times as many families take off")
CROWD_RISING_POINTS: Final = parameter(
    "crowd.rising_points", 0.8, "decibans", "what each doubling of those that rise with it takes off"
)
CROWD_SIBLING_POINTS: Final = parameter(
    "crowd.sibling_points", 4.5, "decibans", "what ten times as many others of its kind take off a host or a name"
)
CROWD_MEMBER_POINTS: Final = parameter(
    "crowd.member_points", 3.5, "decibans", "what ten times as many others take off one member of several"
)
CROWD_HOST_POINTS: Final = parameter(
    "crowd.host_points", 4.0, "decibans", "what it takes off that it is about one host"
)
CROWD_ENTITY_POINTS: Final = parameter(
    "crowd.entity_points", 1.0, "decibans", "what it takes off that it is about one name"
)


@compiled
def price_of_choosing(features: Row) -> float:
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
def crowd_points(features: Row) -> float:
    """Return what being one of many takes off."""
    # the more families there are, the more of them look like something by chance
    points = -CROWD_POINTS * tenfolds(features.active_families / CROWD_FAMILIES)
    points -= CROWD_RISING_POINTS * doublings(1.0 + features.rising_together)
    points -= price_of_choosing(features)
    # a precedent was weighed by how seldom its like is seen
    points *= 1.0 - (features.precedent_permille / 1000.0 if features.precedent_days > 0 else 0.0)
    return points


def _because(facts: Facts) -> str:
    active, rising = counted(facts.get("active_families", 0), "active kind of message", "active kinds of message"), ""
    if facts.get("rising_together", 0):
        rising = f"; {counted(facts['rising_together'], 'other')} began to rise with it"
    return f"among {active} some look like this by chance{rising}"


KIND: Final = EvidenceKind(
    name="crowd",
    number=17,
    factors=(
        Factor(
            "crowd",
            CROWD,
            _because,
            "−(points · log₁₀(active families / families) + rising_points · log₂(1 + others that rise with it)); of a"
            " facet also −(sibling_points · log₁₀(1 + others) + host_points or entity_points), of one member of"
            " several −member_points · log₁₀(1 + others); · (1 − weight of its precedent).",
            held_down_by="how many others look like it",
        ),
    ),
    meaning="The more families, hosts, names or wordings there are, the more of them look like something by chance: the"
    " look-elsewhere effect. It does not count for what counts down, drifts, is silent or foretells incidents.",
    example=example_facts(2.0, count=5, episodes=4, episodes_7d=4, active_families=360, rising_together=3),
    columns=("active_families",),
    is_key=False,
)
