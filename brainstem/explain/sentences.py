"""Why a factor has points: the sentence of its definition, from the integers of features.

Takes a factor's name and facts; returns what was seen, not what it is worth, so that a technician can check it against the
log.
"""

from datetime import UTC, tzinfo

from brainstem.evidence.definition import Facts
from brainstem.evidence.kinds import FACTOR_NAMED


def because(factor: str, facts: Facts, zone: tzinfo = UTC) -> str:
    """Return why a factor has points, with dates in `zone`. A factor that is not known, as of an older version, is named.

    `facts` are columns of features by name; what is missing counts as 0.
    """
    known = FACTOR_NAMED.get(factor)
    if known and known.because_in:
        return known.because_in(facts, zone)
    return known.because(facts) if known else f"{factor.replace('_', ' ')} speaks for or against it"


def called(factor: str) -> str:
    """Return a factor in a few words, as what has grown."""
    known = FACTOR_NAMED.get(factor)
    return (known and known.called) or f"the weight of its {factor.replace('_', ' ')}"
