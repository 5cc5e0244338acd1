"""What a seal of a bucket gathers before it is reported: notices, stretches of slots, and each tenant's share."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows
from brainstem.arrays.key_index import UNKNOWN
from brainstem.contracts.tenant_report import HealCycle, Label
from state.attention.snippets import SealedSnippets


@dataclass(slots=True)
class SealedNotices:
    """The notices of a seal in order of slots; of each the row of its facet (-1 for none), of its family, and its label."""

    rows: Rows
    facet_rows: Int32s = field(init=False)
    owners: Int32s = field(init=False)
    labels: Int32s = field(init=False)

    def __post_init__(self) -> None:
        """Make room for what is to be found of each."""
        self.facet_rows, self.owners, self.labels = (np.full(len(self.rows), UNKNOWN, np.int32) for _ in range(3))


@dataclass(frozen=True, slots=True)
class SlotRange:
    """Slots between two changes of the families: their deltas, the first of which is the `low`th, and the row of each."""

    from_slot: int
    to_slot: int
    low: int
    rows: Rows
    row_of: Int32s


@dataclass(slots=True)
class Sealing:
    """What one tenant's share of a seal has gathered so far."""

    births: list[tuple[int, int, int]] = field(default_factory=list)
    labels: dict[tuple[int, int], Label] = field(default_factory=dict)
    feature_rows: list[Rows] = field(default_factory=list)
    cycles: list[tuple[int, HealCycle]] = field(default_factory=list)
    notices: list[Rows] = field(default_factory=list)
    heard: list[Rows] = field(default_factory=list)
    returns: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Seal:
    """What a seal has gathered so far, by tenant; `first_line` is the number of the line of its first delta."""

    first_line: int
    sealed_snippets: SealedSnippets = field(default_factory=SealedSnippets)
    shares: dict[int, Sealing] = field(default_factory=lambda: defaultdict(Sealing))
