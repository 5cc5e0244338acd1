"""Silence: a job that ran by the clock is overdue, while its host and its source went on.

Takes features that a notice of silence has filled in; returns their points. When a job is overdue stands in `overdue`.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.statistics import COMPANY, bounded, known_share
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import clock, counted, duration

SILENCE: Final = 15
"""column of its points"""

SILENCE_POINTS: Final = parameter("silence.points", 24.0, "decibans", "most that the silence of a job gives")
SILENCE_RUNS: Final = parameter("silence.runs", 12, "runs", "runs after which the silence of a job weighs in full")
SILENCE_REGULARITY: Final = parameter(
    "silence.regularity", 0.5, "share", "regularity at which the silence of a job weighs nothing"
)
SILENT_TROUBLE: Final = parameter(
    "silence.silent_trouble", 0.5, "share", "share of its points that the silence of an old trouble keeps"
)


@compiled
def silence_points(features: Row) -> float:
    """Return the points of a job that is overdue."""
    if features.silence_runs > 0:
        # the more often it has run and the more evenly, the less its silence is chance; jobs that fall silent together
        # mean a holiday or a machine that was taken away
        even = (features.silence_regularity_permille / 1000.0 - SILENCE_REGULARITY) / (1.0 - SILENCE_REGULARITY)
        known = bounded(features.silence_runs / SILENCE_RUNS, 1.0)
        points = SILENCE_POINTS * bounded(even, 1.0) * known
        points /= 1.0 + max(0.0, features.silence_together - 1.0) / COMPANY
        if features.cue > 0:
            # a trouble that comes no more is over, surely so where it began while the tenant was known; an old one may be a
            # job's report
            points *= SILENT_TROUBLE * (1.0 - known_share(features))
        return float(points)
    return 0.0


def _because(facts: Facts) -> str:
    usual, quiet = duration(facts.get("silence_period_seconds", 0)), duration(facts.get("silence_seconds", 0))
    runs = counted(facts.get("silence_runs", 0), "run")
    others = facts.get("silence_together", 0)
    beside = f", as did {counted(others, 'other job')} about then" if others else ""
    went_on = "while its host and its source went on"
    return f"used to come every {usual}, in {runs}, and has been quiet for {quiet} {went_on}{beside}"


def _headline(subject: Subject) -> str:
    facts = subject.facts
    runs, quiet = counted(facts.get("silence_runs", 0), "run"), duration(facts.get("silence_seconds", 0))
    came = f"it had come every {duration(facts.get('silence_period_seconds', 0))}, in {runs}"
    if subject.ended_us:
        until = clock(subject.ended_us, subject.zone)
        return f"{subject.message} was silent{subject.where} for {quiet}, until {until}: {came}"
    since = f" since {clock(facts['last_time'], subject.zone)}" if facts.get("last_time", 0) else ""
    return f"{subject.message} has gone silent{subject.where}{since}: {came}, and not for {quiet} now"


KIND: Final = EvidenceKind(
    name="silence",
    number=9,
    factors=(
        Factor(
            "silence",
            SILENCE,
            _because,
            "points · (regularity − regularity at which it weighs nothing) / (1 − that) · min(1, its runs / runs) /"
            " (1 + (other jobs that stopped within a day − 1) / company); of what has a cue silent_trouble of that,"
            " down to nothing where it began after the tenant's first days.",
            called="how long it has been silent",
        ),
    ),
    meaning="A job that ran by the clock is overdue, while its host, its source and its program went on. What stops"
    " together with others is a holiday or a machine that was taken away, and a trouble that says no more is"
    " over.",
    example=example_facts(
        30.0,
        count=29,
        episodes=29,
        episodes_7d=6,
        active_days=13,
        facet_kind=1,
        silence_runs=29,
        silence_regularity_permille=1000,
        silence_period_seconds=86_400,
        silence_seconds=93_600,
    ),
    columns=(
        "silence_runs",
        "silence_regularity_permille",
        "silence_period_seconds",
        "silence_seconds",
        "silence_together",
    ),
    stands_alone=True,
    headline=_headline,
    why_it_matters="A job that does not run reports no error either.",
    headline_tells=True,
    says_what_is_going_on=True,
    needs_no_event=True,
)
