"""The unit of attention: decibans, added as whole quarters.

A deciban is ten times the decimal logarithm of odds. Points are rounded to quarters of a deciban before they are added, so
sums of them are exact in binary and the same in every order (docs/decisions/0004-points-are-quarters.md).
"""

from typing import Final

from brainstem.parameters import parameter

PRIOR_DECIBANS: Final = parameter(
    "points.prior_decibans", -20.0, "decibans", "1:100 odds that an active family deserves eyes"
)
POINT_QUANTUM: Final = parameter(
    "points.point_quantum",
    4,
    "number",
    "points are quarters of a deciban, so that binary sums of contributions are exact",
    fixed="every stored score is a number of them",
)


def to_quarters(decibans: float) -> int:
    """Return decibans as quarters; what is no whole number of quarters is cut towards zero."""
    return int(decibans * POINT_QUANTUM)


PRIOR_QUARTERS: Final = to_quarters(PRIOR_DECIBANS)
