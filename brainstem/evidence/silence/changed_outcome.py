"""The kind of evidence: a job that runs by the clock ends otherwise than it used to, run after run; its weight and words.

Takes features that a notice of it has filled in; returns their points. When an outcome has changed stands in `substitutes`.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.contracts.finding import family_id
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.statistics import bounded
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted, duration

OUTCOME: Final = 21
"""column of its points"""

OUTCOME_POINTS: Final = parameter("changed_outcome.points", 18.0, "decibans", "the least that a changed outcome gives")
OUTCOME_SHARE: Final = parameter(
    "changed_outcome.share", 0.2, "share", "what each deciban by which it is beyond chance gives beside that"
)
OUTCOME_SHARE_MAX: Final = parameter(
    "changed_outcome.share_max", 8.0, "decibans", "most that being beyond chance gives beside that"
)


@compiled
def outcome_points(features: Row) -> float:
    """Return the points of a message that stands in the place of a job's usual one."""
    if features.outcome_times > 0:
        return OUTCOME_POINTS + bounded(OUTCOME_SHARE * features.outcome_strength_milli / 1000.0, OUTCOME_SHARE_MAX)
    return 0.0


def _runs(facts: Facts) -> str:
    times, runs = facts.get("outcome_times", 0), facts.get("outcome_runs", 0)
    if times == runs:
        return f"the last {counted(runs, 'run')}" if runs > 1 else "the last run"
    return f"{times} of the last {counted(runs, 'run')}"


def _because(facts: Facts) -> str:
    usual, before = duration(facts.get("outcome_period_seconds", 0)), counted(facts.get("outcome_before", 0), "run")
    family = family_id(facts.get("outcome_former", 0) & 0xFFFFFFFFFFFFFFFF)
    return f"came in place of {family}, which a job says every {usual}, in {_runs(facts)}, after {before} that ended so"


def _headline(subject: Subject) -> str:
    before = counted(subject.facts.get("outcome_before", 0), "run")
    return (
        f"A job ends otherwise{subject.where}: {subject.message} in {_runs(subject.facts)}, after {before} without it"
    )


KIND: Final = EvidenceKind(
    name="changed_outcome",
    number=13,
    factors=(
        Factor(
            "outcome",
            OUTCOME,
            _because,
            "points + share · −10 log₁₀(chance that the latest runs hold so many of all runs that ended so), the latter"
            " cut at share_max.",
            called="how many runs have ended otherwise",
        ),
    ),
    meaning="A job that runs by the clock ends with another message than it used to: Failed where it said Success, an error"
    " in its place. That it comes by the clock and at one time of day is then no excuse. A job whose outcome has"
    " always varied does not count, for chance would put so many of them last.",
    example=example_facts(
        4.0,
        count=5,
        episodes=5,
        episodes_7d=5,
        active_days=5,
        facet_kind=1,
        outcome_times=5,
        outcome_runs=5,
        outcome_before=15,
        outcome_strength_milli=41_905,
        outcome_period_seconds=86_400,
    ),
    columns=(
        "outcome_times",
        "outcome_runs",
        "outcome_before",
        "outcome_strength_milli",
        "outcome_period_seconds",
        "outcome_former",
    ),
    stands_alone=True,
    headline=_headline,
    why_it_matters="A job that fails by the clock looks like a job that works, and what it should have done is missing.",
    says_what_is_going_on=True,
)
