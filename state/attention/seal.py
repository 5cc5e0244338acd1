"""The lists that a bucket fills while it seals slots: notices, ranges of slots, and what is reported of each tenant.

Takes nothing by itself: `bucket` fills these records while it seals and makes reports of them. Nothing here is stored.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.arrays.key_index import UNKNOWN
from brainstem.contracts.features import FEATURES_DTYPE
from brainstem.contracts.tenant_report import HealCycle, Label
from state.attention.snippet_rows import SealedSnippets


@dataclass(slots=True)
class SealedNotices:
    """The notices of a seal in order of slots."""

    rows: Rows
    facet_rows: Int32s = field(init=False)
    """of each notice the row of its facet, -1 where it is about a family"""
    family_rows: Int32s = field(init=False)
    """of each notice the row of its family"""
    labels: Int32s = field(init=False)
    """of each notice the number of its family's label"""

    def __post_init__(self) -> None:
        """Make room for the rows and labels, which are found while families and facets advance."""
        self.facet_rows, self.family_rows, self.labels = (np.full(len(self.rows), UNKNOWN, np.int32) for _ in range(3))


@dataclass(frozen=True, slots=True)
class SlotRange:
    """Slots between two changes of the families, both ends included, and their deltas."""

    from_slot: int
    to_slot: int
    low: int
    """the place of the first of these deltas among all of the seal"""
    rows: Rows
    family_rows: Int32s
    """of each delta the row of its family"""


@dataclass(slots=True)
class TenantSeal:
    """What a seal has gathered of one tenant so far, field by field as in `TenantReport`."""

    births: list[tuple[int, int, int]] = field(default_factory=list)
    labels: dict[tuple[int, int], Label] = field(default_factory=dict)
    feature_rows: Rows = field(default_factory=lambda: np.zeros(0, FEATURES_DTYPE))
    cycles: list[tuple[int, HealCycle]] = field(default_factory=list)
    notices: list[Rows] = field(default_factory=list)
    heard: list[Rows] = field(default_factory=list)
    returns: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Seal:
    """What a seal has gathered so far."""

    first_line: int
    """the number of the line of its first delta"""
    sealed_snippets: SealedSnippets = field(default_factory=SealedSnippets)
    feature_rows: list[Rows] = field(default_factory=list)
    """of families, of all tenants, range by range, and then of facets"""
    tenants_of_features: list[UInt64s] = field(default_factory=list)
    """the tenant of each of these rows"""
    begun_slot: int = 0
    """the first slot that families have not worked off yet"""
    families_begun: int = 0
    """how many rows of families there were when they came to that slot"""
    attached: int = 0
    """of how many of its first deltas the lines are attached to their families"""
    tenants: dict[int, TenantSeal] = field(default_factory=lambda: defaultdict(TenantSeal))
    """by hash of the tenant"""
