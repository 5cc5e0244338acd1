"""Which of a slot's candidates are shown: of a trouble and its end the trouble, at once and later."""

from itertools import permutations

import numpy as np
import numpy.typing as npt
import pytest

from brainstem.attention.selection import Candidate, Selection, select
from brainstem.attention.state import Disposition, new_attention_states
from brainstem.evidence.cue import CUE
from brainstem.evidence.frequency.novelty import NOVELTY
from brainstem.evidence.kinds import FACTORS
from brainstem.evidence.numbers.countdown import COUNTDOWN

SLOT = 2_960_000
TROUBLE, END, OTHER = 0, 1, 2
TOLD = {TROUBLE: -2, END: 1, OTHER: 0}


def quarters(**points: int) -> npt.NDArray[np.int32]:
    """Return contributions that are two keys, and more where points are given."""
    row = np.zeros(len(FACTORS), np.int32)
    row[NOVELTY], row[CUE] = 60, 20
    for column, number in points.items():
        row[{"countdown": COUNTDOWN}[column]] = number
    return row


def dispositions(order: tuple[int, ...], *, service: int = 0, shown_before: bool = False, **points: int) -> list[int]:
    """Return what becomes of a trouble, its end half an hour later, and a third family, in an order of scores."""
    states = new_attention_states(3)
    states["family"] = [101, 102, 103]
    states["service"] = [0, service, 0]
    for row in (TROUBLE, END, OTHER):
        states["heard_seconds"][row, -3:] = np.array([0, 40_000, 90_000]) + 1_700_000_000 + 1800 * row
    if shown_before:
        states["surfaced_slot"][TROUBLE] = SLOT - 20
    candidates = [
        Candidate(row, row, quarters(**(points if row == END else {})), ("mill1",), TOLD[row])
        for row in order
        if not (shown_before and row == TROUBLE)
    ]
    selection = Selection(np.zeros(3, np.uint8))
    select(candidates, states, lambda _: frozenset(), lambda family: TOLD[family - 101], SLOT, 5, selection)
    return [int(each) for each in selection.dispositions]


@pytest.mark.parametrize("order", list(permutations((TROUBLE, END, OTHER))))
def test_the_end_of_a_trouble_is_told_with_it_whatever_scores_more(order: tuple[int, ...]) -> None:
    """In the same slot, and where the trouble was shown before."""
    shown, covered, none = Disposition.SHOWN, Disposition.COVERED, Disposition.NONE
    assert dispositions(order) == [shown, covered, shown]
    assert dispositions(order, shown_before=True) == [none, covered, shown]


def test_what_is_no_end_or_news_by_itself_is_shown() -> None:
    """A message of another service, and one that runs down beside it."""
    order = (TROUBLE, END, OTHER)
    assert dispositions(order, service=1)[END] == Disposition.SHOWN
    assert dispositions(order, countdown=80)[END] == Disposition.SHOWN
