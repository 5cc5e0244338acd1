"""Spread: what began on one host is reaching others.

Takes features; returns the points of the hosts that joined in the last seven days.
"""

import math
from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.statistics import COMPANY, LEARNING_SLOTS, bounded
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted

SPREAD: Final = 4
"""column of its points"""

SPREAD_WINDOW_SLOTS: Final = parameter(
    "spread.window_slots",
    7 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "after learning, how long until spreading weighs in full",
)
SPREAD_DOUBLING_POINTS: Final = parameter(
    "spread.doubling_points", 2.0, "decibans", "what each doubling of one more than the hosts that joined gives"
)
SPREAD_MAX: Final = parameter("spread.max", 5.0, "decibans", "most that spreading gives")


@compiled
def spread_points(features: Row) -> float:
    """Return the points of the hosts that joined; none where none did."""
    if features.hosts_joined_7d > 0:
        # in a tenant's first days every host meets every family for the first time
        known = bounded((features.tenant_age_slots - LEARNING_SLOTS) / SPREAD_WINDOW_SLOTS, 1.0)
        # what spreads in company is a roll-out
        points = bounded(SPREAD_DOUBLING_POINTS * math.log2(1.0 + features.hosts_joined_7d), SPREAD_MAX)
        points *= known / (1.0 + features.spreading_together / COMPANY)
        return float(points)
    return 0.0


def _because(facts: Facts) -> str:
    joined, hosts = facts.get("hosts_joined_7d", 0), facts.get("hosts", 0)
    return f"{counted(joined, 'further host')} joined in the last 7 days, {hosts} in all"


def _headline(subject: Subject) -> str:
    hosts, joined = subject.facts.get("hosts", 0), subject.facts.get("hosts_joined_7d", 0)
    where = subject.where.strip() or "on several hosts"
    return f"{subject.message} is spreading: {where}, {joined} of {hosts} new in the last 7 days"


KIND: Final = EvidenceKind(
    name="spread",
    number=3,
    factors=(
        Factor(
            "spread",
            SPREAD,
            _because,
            "doubling_points · log₂(1 + hosts that joined in 7 days), cut at max, · known / (1 + others that began to"
            " spread in the last 24 hours / company); known grows from 0 to 1 over window_slots after the tenant's"
            " first three days.",
            called="how many hosts it has reached",
        ),
    ),
    meaning="What began in one place is reaching others. In a tenant's first days every host meets every family for the"
    " first time, and what spreads together with others is a roll-out.",
    example=example_facts(6.0, count=44, episodes=20, episodes_7d=20, active_days=6, hosts=5, hosts_joined_7d=3),
    columns=("hosts_joined_7d", "spreading_together"),
    headline=_headline,
    why_it_matters="What began in one place is reaching others, so the cause is shared.",
    headline_tells=True,
    follows_by_itself=True,
)
