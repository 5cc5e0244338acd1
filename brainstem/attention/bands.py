"""Attention bands: what the product does about a family of some score, as a table, and the rules round promotion.

Takes nothing; returns rows and thresholds.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from brainstem.contracts.points import to_quarters
from brainstem.parameters import parameter


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
    """how long raw evidence is kept; afterwards counts only"""
    rollup_days: int
    """how long its counts are kept by service, host and day; afterwards by source and day only"""
    compute: str
    """what is worked out for a family of this band"""
    snippets: bool
    """whether template, hosts and evidence lines travel with its features"""
    records_moves: bool
    """whether a decision is also written when the score moves within the band"""
    surfaces: bool
    """whether a person sees it"""


def _behaviour(
    band: Band,
    from_decibans: float,
    evidence_days: int,
    rollup_days: int,
    compute: str,
    *,
    snippets: bool = False,
    records_moves: bool = False,
    surfaces: bool = False,
) -> Behaviour:
    """Return a row of the table, with its numbers declared as parameters."""
    name = band.name.lower()
    least = parameter(
        f"bands.{name}_from_decibans",
        from_decibans,
        "decibans",
        "least score of the band",
        fixed="" if math.isfinite(from_decibans) else "every score has a band",
    )
    days = parameter(f"bands.{name}_evidence_days", evidence_days, "days", "how long its raw evidence is kept")
    counts = parameter(
        f"bands.{name}_rollup_days", rollup_days, "days", "how long its counts by host and day are kept where it is not"
    )
    return Behaviour(band, name.replace("_", "-"), least, days, counts, compute, snippets, records_moves, surfaces)


BEHAVIOURS: Final = (
    _behaviour(Band.IGNORE_FAST, -math.inf, 7, 400, "counts"),
    _behaviour(Band.BACKGROUND, -18.0, 30, 400, "counts and rates"),
    _behaviour(Band.WATCH, -10.0, 90, 730, "rates, hosts, numbers", records_moves=True),
    _behaviour(Band.INVESTIGATE, -4.0, 180, 1_825, "candidate with evidence lines", snippets=True, records_moves=True),
    _behaviour(Band.PROMOTE, 0.0, 730, 3_650, "item, kept as memory", snippets=True, records_moves=True, surfaces=True),
)

LEAVE_PROMOTE_DECIBANS: Final = parameter(
    "bands.leave_promote_decibans",
    -5.0,
    "decibans",
    "a promoted family stays promoted until its score has stayed below this",
)
LEAVE_PROMOTE_HOURS: Final = parameter(
    "bands.leave_promote_hours", 24, "hours", "how long the score of a promoted family must stay below that"
)
SURFACE_AGAIN_DAYS: Final = parameter(
    "bands.surface_again_days", 7, "days", "a promoted family surfaces again after this many days"
)
SURFACE_SOONER_HOURS: Final = parameter(
    "bands.surface_sooner_hours",
    24,
    "hours",
    "it surfaces again after this many hours already when it is stronger or of a new kind",
)
SURFACE_SOONER_DECIBANS: Final = parameter(
    "bands.surface_sooner_decibans", 6.0, "decibans", "how much stronger it must be to surface sooner"
)
KEY_DECIBANS: Final = parameter(
    "bands.key_decibans", 2.0, "decibans", "a kind of evidence is a key for promotion from this many points on"
)
MOVE_DECIBANS: Final = parameter(
    "bands.move_decibans", 3.0, "decibans", "a move of the score this large is recorded in the bands that record moves"
)


def floor_quarters(band: Band) -> int:
    """Return the least score of a band above ignore-fast, in quarters of a deciban."""
    return to_quarters(BEHAVIOURS[band].from_decibans)
