"""The table of bands: whole, in order, and what the rest of the program reads from it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.attention.bands import BEHAVIOURS, LEAVE_PROMOTE_DECIBANS, Band, floor_quarters
from brainstem.attention.state import band_of
from brainstem.contracts.points import POINT_QUANTUM


def test_there_is_one_behaviour_for_each_band_in_order() -> None:
    """The table can be indexed by band, and floors rise."""
    assert [each.band for each in BEHAVIOURS] == list(Band)
    assert len({each.title for each in BEHAVIOURS}) == len(Band)
    assert all(lower.from_decibans < higher.from_decibans for lower, higher in pairwise(BEHAVIOURS))
    assert BEHAVIOURS[0].from_decibans == float("-inf")


def test_a_higher_band_keeps_and_shows_no_less() -> None:
    """Retention grows with attention, and what a band records or shows the higher ones do too; one band surfaces."""
    for lower, higher in pairwise(BEHAVIOURS):
        assert lower.evidence_days < higher.evidence_days
        assert lower.evidence_days < lower.rollup_days <= higher.rollup_days
        assert lower.snippets <= higher.snippets
        assert lower.records_moves <= higher.records_moves
    assert [each.band for each in BEHAVIOURS if each.surfaces] == [Band.PROMOTE]


def test_floors_are_whole_quarters() -> None:
    """A score in quarters can be compared with a floor exactly; promotion is left below where it is entered."""
    for band in list(Band)[1:]:
        assert floor_quarters(band) / POINT_QUANTUM == BEHAVIOURS[band].from_decibans
    assert BEHAVIOURS[Band.PROMOTE].from_decibans > LEAVE_PROMOTE_DECIBANS


@given(score=st.integers(-400, 400), cue=st.integers(0, 2), two_keys=st.booleans())
def test_a_score_belongs_to_the_highest_band_whose_floor_it_reaches(score: int, cue: int, two_keys: bool) -> None:
    """Promotion also takes two keys, and a cue keeps a family out of ignore-fast."""
    reached = max(each.band for each in BEHAVIOURS if score / POINT_QUANTUM >= each.from_decibans)
    if reached is Band.PROMOTE and not two_keys:
        reached = Band.INVESTIGATE
    if reached is Band.IGNORE_FAST and cue:
        reached = Band.BACKGROUND
    assert band_of(score, cue, two_keys) == reached


@pytest.mark.parametrize("band", list(Band)[1:])
def test_a_quarter_of_a_deciban_decides(band: Band) -> None:
    """The floor belongs to the band, a quarter below it does not."""
    assert band_of(floor_quarters(band), 0, True) == band
    assert band_of(floor_quarters(band) - 1, 0, True) == band - 1
