"""A finding: one family that is worth a person's attention, with all that was known at that tick.

`explain` puts findings into words; here are only fields, their units, and the ids that are published.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

ITEM_VERSION: Final = 3
NAMES_VERSION: Final = 1
"""of what names of items and families are made of; verdicts are found by them, so it is not that of the document"""
_FAMILY_ID: Final = re.compile(r"f1-([0-9a-f]{16})")


class EvidenceLine(NamedTuple):
    """One record shown with a finding; `raw` is byte-exact, times are in microseconds since the epoch, UTC."""

    source: str
    position: int
    event_time_us: int
    host: str
    raw: bytes


class Earlier(NamedTuple):
    """Something similar that happened before; `tenant` is empty for another tenant, which is not named."""

    when_us: int
    tenant: str
    outcome: str
    similarity_permille: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one kind of evidence adds to the score, in decibans (a multiple of a quarter)."""

    factor: str
    points: float


class Shown(NamedTuple):
    """A family as it was shown: the tick in microseconds since the epoch, UTC, and the points of each factor."""

    tick_us: int
    points: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A family surfacing at a tick.

    `facts` are the columns of its features by name. `changes` are the factors that moved most since the earlier decision,
    largest first. `blocker` names what held the family back before, or is empty.
    """

    tenant: str
    service: str
    family: int
    signatures: tuple[int, ...]
    template: str
    tick_us: int
    band: str
    score: float
    prior: float
    contributions: tuple[Contribution, ...]
    kinds: tuple[str, ...]
    facts: Mapping[str, int]
    hosts: tuple[str, ...]
    entities: tuple[str, ...]
    changes: tuple[Contribution, ...]
    blocker: str
    surfaced_before_us: tuple[int, ...]
    evidence: tuple[EvidenceLine, ...]
    shown_before: Shown | None = None
    """what was shown of it last; None where it never was shown"""
    earlier: tuple[Earlier, ...] = ()
    """incidents and surfacings of the past, for "have we seen this before?" """


def item_id(tenant: str, family: int, tick_us: int) -> str:
    """Return the id of an item, the same whenever the same family surfaces at the same tick."""
    named = f"{NAMES_VERSION}\0{tenant}\0{family:016x}\0{tick_us}".encode("utf-8", "surrogatepass")
    return f"i{NAMES_VERSION}-{hashlib.sha256(named).hexdigest()[:24]}"


def family_id(family: int) -> str:
    """Return the published name of a family: "f", the version of what makes a family, and 16 hexadecimal digits."""
    return f"f{NAMES_VERSION}-{int(family):016x}"


def parse_family_id(name: str) -> int:
    """Return the number of a family by its published name. Raises ValueError for another form or version."""
    match = _FAMILY_ID.fullmatch(name)
    if match is None:
        raise ValueError(f"not a family: {name!r}, expected f1- and 16 hexadecimal digits")
    return int(match[1], 16)
