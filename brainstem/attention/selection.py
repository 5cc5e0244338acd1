"""Selection: which of the families worth showing are shown, and which are covered by another one.

Takes candidates, the strongest first, and what was shown lately, returns what becomes of candidate. A family that only
comes together with one that is shown is covered by it and takes no room of the day's budget.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from brainstem.arrays.aliases import Flags, Int32s, Rows
from brainstem.attention.state import Disposition, is_covered_by, kinds_of, recently_shown


class Candidate(NamedTuple):
    """A family that is worth showing in a slot."""

    place: int
    """of its features among those of the slot"""
    row: int
    """of its attention state"""
    quarters: Int32s
    """contributions of the factors, in quarters of a deciban"""
    hosts: tuple[str, ...]
    """that can be shown of it"""


class ShownFamily(NamedTuple):
    """A family that is shown or was lately: its row, the mask of the kinds of evidence with which, and its hosts."""

    row: int
    kinds: np.uint32
    hosts: frozenset[str]


@dataclass(slots=True)
class Selection:
    """What becomes of the features of a slot, by their place."""

    dispositions: Flags
    """of each the value of a `Disposition`"""
    covered_by: dict[int, int] = field(default_factory=dict)
    """of each that is covered, the family that covers it"""
    shown: int = 0
    """how many are shown"""


def select(
    candidates: Sequence[Candidate],
    attention_states: Rows,
    hosts_of: Callable[[int], frozenset[str]],
    slot: int,
    left: int,
    selection: Selection,
) -> None:
    """Select at most `left` of the candidates of a slot; write what becomes of each into `selection`.

    `hosts_of` returns the hosts of a family's latest item.
    """
    shown_rows = recently_shown(attention_states, slot).tolist()
    before = [
        ShownFamily(row, attention_states["surfaced_kinds"][row], hosts_of(int(attention_states["family"][row])))
        for row in shown_rows
    ]
    now: list[ShownFamily] = []
    for candidate in candidates:
        # a family that was shown itself lately is news beside the others of that time
        others = now if candidate.row in shown_rows else [*now, *before]
        cover = next((other for other in others if _covers(attention_states, other, candidate)), None)
        if cover is not None:
            selection.dispositions[candidate.place] = Disposition.COVERED
            selection.covered_by[candidate.place] = int(attention_states["family"][cover.row])
        elif selection.shown < left:
            selection.dispositions[candidate.place] = Disposition.SHOWN
            selection.shown += 1
            now.append(ShownFamily(candidate.row, kinds_of(candidate.quarters), frozenset(candidate.hosts)))
        else:
            selection.dispositions[candidate.place] = Disposition.DEFERRED


def _covers(attention_states: Rows, shown: ShownFamily, candidate: Candidate) -> bool:
    """Return whether a family that is shown covers a candidate: it comes at the same times, and at one of its hosts."""
    if not is_covered_by(attention_states[candidate.row], candidate.quarters, attention_states[shown.row], shown.kinds):
        return False
    return not shown.hosts or not candidate.hosts or not shown.hosts.isdisjoint(candidate.hosts)
