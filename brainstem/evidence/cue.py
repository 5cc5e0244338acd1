"""Cue: the words of a message, or the severity that its source gives it, say that something is wrong.

Takes features; returns its points. It is a key, but makes no item of its own: what a message says of itself is no reason to
show it before another kind of evidence agrees.
"""

from typing import Final

from brainstem.arrays.aliases import Row
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, example_facts
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


@compiled
def cue_points(features: Row) -> float:
    """Return the points of saying that something is wrong."""
    if features.cue == 2 or features.severity >= ERROR_SEVERITY:
        return STRONG_CUE_POINTS
    return WEAK_CUE_POINTS if features.cue == 1 or features.severity >= WARNING_SEVERITY else 0.0


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
            " word or a severity from warning_severity on.",
            called="how its own words or its source grade it",
        ),
    ),
    meaning="Its own words, or the severity that its source gives it, say that something is wrong. The words stand in"
    " `brainstem/signature/lexicon.py`.",
    example=example_facts(0.0, cue=2, severity=17),
    columns=("cue", "severity"),
)
