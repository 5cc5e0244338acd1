"""Maps of numbers as buffers: the same maps come back, and equal maps make equal buffers."""

import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from brainstem.arrays.packing import Held, packed_maps, unpacked_maps

NUMBERS = st.integers(0, 2**64 - 1)
SEVERAL = st.lists(NUMBERS, min_size=2, max_size=4).map(lambda several: tuple(sorted(several)))
MAPS = st.lists(st.dictionaries(NUMBERS, st.one_of(NUMBERS, SEVERAL), max_size=8), max_size=5)


@given(MAPS, st.randoms(use_true_random=False))
def test_maps_come_back_whatever_the_order_in_which_they_were_filled(
    maps: list[dict[int, Held]], dice: random.Random
) -> None:
    """Also where several numbers stand under a key, in any order."""
    shuffled: list[dict[int, Held]] = []
    for each in maps:
        entries = list(each.items())
        dice.shuffle(entries)
        shuffled.append({key: held if isinstance(held, int) else held[::-1] for key, held in entries})
    assert packed_maps(shuffled) == packed_maps(maps)
    assert unpacked_maps(packed_maps(shuffled)) == maps


@given(st.lists(st.dictionaries(NUMBERS, st.integers(-(2**63), 2**63 - 1), max_size=8), max_size=5))
def test_numbers_with_a_sign_come_back(maps: list[dict[int, int]]) -> None:
    """Where they are packed and unpacked as signed."""
    assert unpacked_maps(packed_maps(maps, np.int64), np.int64) == maps
