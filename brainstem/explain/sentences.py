"""Why a factor has points: the sentence of its definition, from the integers of features.

Takes a factor's name and facts; returns what was seen, not what it is worth, so that a technician can check it against the
log.
"""

from brainstem.evidence.definition import Facts
from brainstem.evidence.kinds import FACTOR_NAMED


def because(factor: str, facts: Facts) -> str:
    """Return why a factor has points. A factor that is not known, as of an older version, is named.

    `facts` are columns of features by name; what is missing counts as 0.
    """
    known = FACTOR_NAMED.get(factor)
    return known.because(facts) if known else f"{factor.replace('_', ' ')} speaks for or against it"
