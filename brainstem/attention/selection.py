"""Choosing: which of those worth showing are shown, and which are told of by another one.

Takes candidates, the strongest first, and what was shown lately; gives what becomes of each. What only comes with another
one that is shown takes no room of the day's budget.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.attention.state import Disposition, is_covered_by, kinds_of, recently_shown


class Candidate(NamedTuple):
    """A family that is worth showing in a slot: where its reading and its standing stand, its contributions in quarters of a
    deciban, and the hosts that can be shown of it."""

    place: int
    row: int
    quarters: Any
    hosts: tuple[str, ...]


class ShownFamily(NamedTuple):
    """A family that is shown or was lately: its row, the mask of the kinds of evidence that showed it, and where it was."""

    row: int
    kinds: np.uint32
    hosts: frozenset[str]


@dataclass(slots=True)
class Selection:
    """What becomes of candidates: the fate of each, and of what is told of already the family that tells it, by index."""

    dispositions: npt.NDArray[np.uint8]
    covered_by: dict[int, int] = field(default_factory=dict)
    shown: int = 0
    """how many are shown"""


def select(
    candidates: Sequence[Candidate],
    attention_states: npt.NDArray[Any],
    hosts_of: Callable[[int], frozenset[str]],
    slot: int,
    left: int,
    selection: Selection,
) -> None:
    """Choose at most `left` of the candidates of a slot; `hosts_of` gives where a family was when it was shown last."""
    lately = recently_shown(attention_states, slot).tolist()
    before = [
        ShownFamily(row, attention_states["surfaced_kinds"][row], hosts_of(int(attention_states["family"][row])))
        for row in lately
    ]
    now: list[ShownFamily] = []
    for each in candidates:
        # what was shown itself since then has something to say of its own
        others = now if each.row in lately else [*now, *before]
        cover = next((other for other in others if _covers(attention_states, other, each)), None)
        if cover is not None:
            selection.dispositions[each.place] = Disposition.COVERED
            selection.covered_by[each.place] = int(attention_states["family"][cover.row])
        elif selection.shown < left:
            selection.dispositions[each.place] = Disposition.SHOWN
            selection.shown += 1
            now.append(ShownFamily(each.row, kinds_of(each.quarters), frozenset(each.hosts)))
        else:
            selection.dispositions[each.place] = Disposition.DEFERRED


def _covers(attention_states: npt.NDArray[Any], shown: ShownFamily, candidate: Candidate) -> bool:
    """Return whether what is shown tells the same as a candidate: it comes at the same times and places."""
    if not is_covered_by(attention_states[candidate.row], candidate.quarters, attention_states[shown.row], shown.kinds):
        return False
    return not shown.hosts or not candidate.hosts or not shown.hosts.isdisjoint(candidate.hosts)
