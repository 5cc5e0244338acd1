"""Cue: the words of a message, or the severity that its source gives it, say that something is wrong.

Takes features; returns its points. It is a key, but makes no item of its own: what a message says of itself is no reason to
show it before another kind of evidence agrees.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, example_facts
from brainstem.evidence.statistics import days_apart
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter

CUE: Final = 7
"""column of its points"""

ERROR_SEVERITY: Final = parameter(
    "cue.error_severity", 17, "severity number (OpenTelemetry)", "from which it counts as an error", least=1, most=24
)
WARNING_SEVERITY: Final = parameter(
    "cue.warning_severity", 13, "severity number (OpenTelemetry)", "from which it counts as a warning", least=1, most=24
)
STRONG_CUE_POINTS: Final = parameter(
    "cue.strong_cue_points", 5.0, "decibans", "what a strong word, or an error, is worth"
)
WEAK_CUE_POINTS: Final = parameter("cue.weak_cue_points", 3.0, "decibans", "what a weak word, or a warning, is worth")
FIRST_DAY_SHARE: Final = parameter(
    "cue.first_day_share", 0.3, "share", "share of that for what has come on one day only, and a few times"
)
FIRST_DAY_EPISODES: Final = parameter(
    "cue.first_day_episodes", 6, "episodes", "episodes from which it counts in full on the first day"
)


@compiled
def cue_points(features: Row) -> float:
    """Return the points of saying that something is wrong.

    Somebody's work of an afternoon says so a few times and never again; what is wrong says so again on another day.
    """
    strong = features.cue == 2 or features.severity >= ERROR_SEVERITY
    weak = features.cue == 1 or features.severity >= WARNING_SEVERITY
    points = STRONG_CUE_POINTS if strong else (WEAK_CUE_POINTS if weak else 0.0)
    days = days_apart(features.active_days, features.first_time, features.last_time)
    return points * FIRST_DAY_SHARE if days < 2 and features.episodes < FIRST_DAY_EPISODES else points


def _because(facts: Facts) -> str:
    if facts.get("cue", 0) == 2:
        return "its own words say that something broke"
    if facts.get("severity", 0) >= ERROR_SEVERITY:
        return "its source grades it as an error"
    return "its words or its grade hint at trouble"


KIND: Final = EvidenceKind(
    name="cue",
    number=6,
    factors=(
        Factor(
            "cue",
            CUE,
            _because,
            "strong_cue_points for a strong word or a severity from error_severity on; weak_cue_points for a weak"
            " word or a severity from warning_severity on; first_day_share of that for fewer than first_day_episodes"
            " episodes on one day.",
            called="how its own words or its source grade it",
        ),
    ),
    meaning="Its own words, or the severity that its source gives it, say that something is wrong. The words stand in"
    " `brainstem/signature/lexicon.py`.",
    example=example_facts(2.0, count=3, episodes=3, episodes_7d=3, active_days=2, cue=2, severity=17),
    columns=("cue", "severity"),
)
