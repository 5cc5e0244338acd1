"""Period: a family comes like clockwork, as jobs do.

Takes features; returns what its regular gaps take off, and how much of a routine counts for one that may be a failing job.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, example_facts
from brainstem.evidence.frequency.novelty import NOVELTY_SCALE
from brainstem.evidence.statistics import bounded
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import duration

PERIOD: Final = 9
"""column of its points"""

PERIOD_POINTS: Final = parameter("period.points", 22.0, "decibans", "most that coming like clockwork takes off")
PERIOD_REGULARITY: Final = parameter("period.regularity", 0.4, "share", "regularity from which it comes like clockwork")
ROUTINE_TROUBLE: Final = parameter(
    "period.routine_trouble",
    0.5,
    "share",
    "share of the points against what comes by the clock that a new trouble is spared",
)
JOB_SECONDS: Final = parameter(
    "period.job_seconds", 4 * 3600, "seconds", "a new trouble is spared only where it comes no more often than that"
)


@compiled
def evenness(features: Row) -> float:
    """Return how regular its gaps are, 0 at `PERIOD_REGULARITY` to 1."""
    even = 0.0
    if features.period_seconds > 0:
        even = max(0.0, features.regularity_permille / 1000.0 - PERIOD_REGULARITY) / (1.0 - PERIOD_REGULARITY)
    return even


@compiled
def routine_share(features: Row, news: float, even: float) -> float:
    """Return how much of a routine counts: less where a new trouble comes by the clock, for jobs fail by the clock too."""
    routine = 1.0
    if features.cue > 0 and features.period_seconds >= JOB_SECONDS:
        routine -= ROUTINE_TROUBLE * even * bounded(news / NOVELTY_SCALE, 1.0)
    return routine


@compiled
def period_points(even: float, routine: float) -> float:
    """Return what gaps of such evenness take off, see `evenness` and `routine_share`."""
    return -PERIOD_POINTS * even * routine


def _because(facts: Facts) -> str:
    usual = duration(facts.get("period_seconds", 0))
    share = facts.get("regularity_permille", 0)
    if share >= 800:
        return f"comes every {usual} on its hosts, so it is a job"
    if share < 10 or not facts.get("period_seconds", 0):
        return "its gaps look like those of a job"
    return f"{share // 10} % of its gaps are {usual}, as those of a job would be"


KIND: Final = EvidenceKind(
    name="period",
    number=14,
    factors=(
        Factor(
            "period",
            PERIOD,
            _because,
            "−points · (regularity of its gaps − regularity) / (1 − regularity); down to routine_trouble of that for"
            " what is new, has a cue and comes every job_seconds or less often.",
            held_down_by="its regular gaps",
            not_shown=("runs like clockwork, as jobs do", "run like clockwork, as jobs do"),
        ),
    ),
    meaning="It comes like clockwork, as jobs do. A new trouble that comes by the clock is spared in part, for jobs"
    " fail by the clock too. It does not count for what counts down, drifts, is silent or foretells"
    " incidents.",
    example=example_facts(
        8.0, count=192, episodes=192, episodes_7d=168, active_days=9, period_seconds=3600, regularity_permille=940
    ),
    columns=("regularity_permille", "period_seconds"),
    is_key=False,
)
