"""Selection: which of the families worth showing are shown, and which are covered by another one.

Takes candidates, the strongest first, and what was shown lately, returns what becomes of each candidate. A family that only
comes together with one that is shown is covered by it and takes no room of the day's budget. So is one that only says that
what is shown has passed: of a trouble and its end the trouble is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from brainstem.arrays.aliases import Flags, Int32s, Rows
from brainstem.attention.co_occurrence import ends
from brainstem.attention.state import STANDS_ALONE, Disposition, is_covered_by, kinds_of, recently_shown


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
    told: int = 0
    """the state that its words tell: below 0 a trouble, above 0 its end"""


class ShownFamily(NamedTuple):
    """A family that is shown or was lately: its row, the mask of the kinds of evidence with which, its hosts, and the state
    that its words tell.
    """

    row: int
    kinds: np.uint32
    hosts: frozenset[str]
    told: int


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
    told_by: Callable[[int], int],
    slot: int,
    left: int,
    selection: Selection,
) -> None:
    """Select at most `left` of the candidates of a slot; write what becomes of each into `selection`.

    `hosts_of` returns the hosts of a family's latest item, `told_by` the state that a family's words tell.
    """
    shown_rows = recently_shown(attention_states, slot).tolist()
    before = [
        ShownFamily(row, attention_states["surfaced_kinds"][row], hosts_of(family), told_by(family))
        for row, family in ((row, int(attention_states["family"][row])) for row in shown_rows)
    ]
    # what was shown last is named first; rows follow from hashes and decide nothing
    before.sort(key=lambda shown: _since(attention_states, shown.row))
    now: list[ShownFamily] = []
    for candidate in _ends_last(candidates, attention_states):
        # a family that was shown itself lately is news beside the others of that time
        others = now if candidate.row in shown_rows else [*now, *before]
        cover = next((other for other in others if _covers(attention_states, other, candidate)), None)
        if cover is not None:
            selection.dispositions[candidate.place] = Disposition.COVERED
            selection.covered_by[candidate.place] = int(attention_states["family"][cover.row])
        elif selection.shown < left:
            selection.dispositions[candidate.place] = Disposition.SHOWN
            selection.shown += 1
            kinds = np.uint32(kinds_of(candidate.quarters))
            now.append(ShownFamily(candidate.row, kinds, frozenset(candidate.hosts), candidate.told))
        else:
            selection.dispositions[candidate.place] = Disposition.DEFERRED


def _since(attention_states: Rows, row: int) -> tuple[int, ...]:
    """Return what orders families that were shown: the latest first, then the one that has been there for longest."""
    state = attention_states[row]
    return -int(state["surfaced_slot"]), int(state["first_slot"]), *state["heard_seconds"].tolist()


def _ends_last(candidates: Sequence[Candidate], attention_states: Rows) -> list[Candidate]:
    """Return the candidates with those behind all others that only end a trouble among them."""
    troubles = [each for each in candidates if each.told < 0]
    later = {
        each.row
        for each in candidates
        if each.told > 0 and any(_is_end(attention_states, trouble.row, each.row) for trouble in troubles)
    }
    return sorted(candidates, key=lambda each: each.row in later)


def _is_end(attention_states: Rows, trouble: int, end: int) -> bool:
    """Return whether a message comes soon after another one of its service each time, by the rows of both."""
    first, second = attention_states[trouble], attention_states[end]
    return bool(first["service"] == second["service"] and ends(second["heard_seconds"], first["heard_seconds"]))


def _covers(attention_states: Rows, shown: ShownFamily, candidate: Candidate) -> bool:
    """Return whether a family that is shown covers a candidate: it comes at the same times or has passed with the candidate
    each time, and it comes at one of its hosts.
    """
    if shown.hosts and candidate.hosts and shown.hosts.isdisjoint(candidate.hosts):
        return False
    if shown.told < 0 < candidate.told and _is_end(attention_states, shown.row, candidate.row):
        # compiled code returns plain numbers, whose complement is negative and no mask of 32 bits
        return int(kinds_of(candidate.quarters)) & int(STANDS_ALONE) & ~int(shown.kinds) == 0
    return is_covered_by(attention_states[candidate.row], candidate.quarters, attention_states[shown.row], shown.kinds)
