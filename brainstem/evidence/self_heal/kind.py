"""Self-heal: something goes down and comes back before anybody is at it, again and again.

Takes features whose heal cycles a tenant's step has filled in; returns their points. Where the cycles come from stands in
`by_words` and `by_timing`.
"""

import math
from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.statistics import bounded
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, duration

SELF_HEAL: Final = 5
"""column of its points"""

HEAL_CYCLES_LEAST: Final = parameter(
    "self_heal.cycles_least", 2, "cycles", "heal cycles of one thing from which they count"
)
HEAL_DOUBLING_POINTS: Final = parameter(
    "self_heal.doubling_points", 5.0, "decibans", "what each doubling of the heal cycles gives"
)
HEAL_POINTS_MAX: Final = parameter("self_heal.points_max", 14.0, "decibans", "most that self_heal gives", least=0.25)
HEAL_NEWS: Final = parameter("self_heal.news", 20.0, "decibans", "news at which heal cycles count in full", least=0.25)
HEAL_TOLD_SHARE: Final = parameter(
    "self_heal.told_share", 1.0, "share", "share of that which an outage in words gives where it is not new"
)

HEAL_OUTLIVES_HABIT: Final = parameter(
    "self_heal.outlives_habit",
    1.0,
    "share",
    "share of habituation that is taken back where words call it out of service and self-heal has all of its points",
)


@compiled
def routine_of_healing(features: Row, self_heal: float) -> float:
    """Return the share of habituation that counts: what goes out of service is none that people get used to."""
    if features.heal_outage == 0:
        return 1.0
    return 1.0 - HEAL_OUTLIVES_HABIT * bounded(self_heal / HEAL_POINTS_MAX, 1.0)


@compiled
def self_heal_points(features: Row, news: float) -> float:
    """Return the points of heal cycles, for a family whose beginning is news of so many decibans."""
    if features.heal_cycles_7d >= HEAL_CYCLES_LEAST:
        points = bounded(HEAL_DOUBLING_POINTS * math.log2(features.heal_cycles_7d), HEAL_POINTS_MAX)
        share = bounded(news / HEAL_NEWS, 1.0)
        if features.heal_outage == 1:
            # words say that it was out of service: that is a trouble even where it is an old one
            share = max(share, HEAL_TOLD_SHARE)
        points *= share
        return points
    return 0.0


def _because(facts: Facts) -> str:
    times = facts.get("heal_cycles_7d", 0)
    usual = duration(facts.get("heal_seconds", 0))
    if facts.get("heal_learned", 0):
        return f"came {counted(times, 'time')} in 7 days, and its counterpart soon after it, usually within {usual}"
    return f"went down and came back {counted(times, 'time')} in 7 days, usually within {usual}"


def _headline(subject: Subject) -> str:
    times = counted(subject.facts.get("heal_cycles_7d", 0), "time")
    usual = duration(subject.facts.get("heal_seconds", 0))
    if subject.facts.get("heal_learned", 0):
        return f"{subject.message} keeps coming and passing by itself{subject.where}: {times} in 7 days, usually for {usual}"
    several = subject.thing != subject.message and " and " in subject.thing
    verbs = "go down and come back by themselves" if several else "goes down and comes back by itself"
    most = "up to " if several else ""
    return f"{subject.thing}{subject.where} {verbs}, {most}{times} in 7 days, usually within {usual}"


KIND: Final = EvidenceKind(
    name="self_heal",
    number=4,
    factors=(
        Factor(
            "self_heal",
            SELF_HEAL,
            _because,
            "doubling_points · log₂(cycles of one thing in 7 days), cut at points_max, · min(1, novelty's news /"
            " news), from cycles_least cycles on; where words call it out of service, told_share at the least.",
            called="how often it comes back by itself",
        ),
    ),
    meaning="It goes down and comes back before anybody is at it. What was always so is how the thing works; where"
    " words call it out of service it is a trouble however old it is.",
    example=example_facts(
        4.0,
        count=18,
        episodes=9,
        episodes_7d=9,
        active_days=4,
        heal_cycles_7d=9,
        heal_entities=1,
        heal_seconds=41,
        heal_outage=1,
        stateful=1,
        born_after_slots=20 * SLOTS_PER_DAY,
        born_into_service_slots=20 * SLOTS_PER_DAY,
        service_families=12,
    ),
    columns=("heal_cycles_7d", "heal_entities", "heal_seconds", "heal_outage", "heal_learned", "stateful"),
    headline=_headline,
    why_it_matters="Each time interrupts what runs over it, and an alarm that clears by itself is counted by nobody.",
    headline_tells=True,
    says_what_is_going_on=True,
)
