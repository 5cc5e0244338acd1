"""Attention bands: how the product behaves towards a family, as a table."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from brainstem.contracts.points import POINT_QUANTUM


class Band(IntEnum):
    """Attention bands, from least to most. No band is terminal: a family can earn more attention later."""

    IGNORE_FAST = 0
    BACKGROUND = 1
    WATCH = 2
    INVESTIGATE = 3
    PROMOTE = 4


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a band decides. `from_decibans` is the least score of the band."""

    band: Band
    title: str
    from_decibans: float
    evidence_days: int
    """how long raw evidence is kept; afterwards counters only"""
    compute: str
    """what is worked out for a family of this band"""
    snippets: bool
    """whether template, hosts and evidence lines travel with its readings"""
    records_moves: bool
    """whether a decision is also written when the score moves within the band"""
    surfaces: bool
    """whether a person sees it"""


BEHAVIOURS: Final = (
    Behaviour(Band.IGNORE_FAST, "ignore-fast", float("-inf"), 7, "counts", False, False, False),
    Behaviour(Band.BACKGROUND, "background", -18.0, 30, "counts and rates", False, False, False),
    Behaviour(Band.WATCH, "watch", -10.0, 90, "rates, hosts, numbers", False, True, False),
    Behaviour(Band.INVESTIGATE, "investigate", -4.0, 180, "candidate with evidence lines", True, True, False),
    Behaviour(Band.PROMOTE, "promote", 0.0, 730, "item, kept as memory", True, True, True),
)

LEAVE_PROMOTE_DECIBANS: Final = -5.0
"""a promoted family goes on being promoted until its score stays below this ..."""
LEAVE_PROMOTE_HOURS: Final = 24
"""... for this long"""
SURFACE_AGAIN_DAYS: Final = 7
"""a promoted family surfaces again after this many days ..."""
SURFACE_SOONER_HOURS: Final = 24
"""... or after this many hours when it has"""
SURFACE_SOONER_DECIBANS: Final = 6.0
"""gained this much or shows a new kind of evidence"""
KEY_DECIBANS: Final = 2.0
"""a kind of evidence is a key for promotion from this many points on"""
MOVE_DECIBANS: Final = 3.0
"""a move of the score this large is recorded in the bands that record moves"""


def floor_quarters(band: Band) -> int:
    """Return the least score of a band above ignore-fast, in quarters of a deciban."""
    return int(BEHAVIOURS[band].from_decibans * POINT_QUANTUM)
