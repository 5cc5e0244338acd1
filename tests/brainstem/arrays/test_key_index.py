"""The table from keys to rows, against a dictionary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainstem.arrays.key_index import UNKNOWN, KeyTable

# few low bits differ, so that keys contend for cells
KEYS = st.integers(1, 40).map(lambda number: (number << 32) | (number % 5 + 1))


@given(entered=st.lists(st.tuples(KEYS, st.integers(0, 9)), max_size=300), asked=st.lists(KEYS, max_size=60))
def test_it_holds_what_a_dictionary_would(entered: list[tuple[int, int]], asked: list[int]) -> None:
    """The latest row of each key, whatever the order and the collisions."""
    table, reference = KeyTable(), {}
    for key, row in entered:
        table[key] = reference[key] = row
    assert len(table) == len(reference)
    restored = KeyTable()
    restored.restore(table.snapshot())
    assert restored.snapshot() == table.snapshot()
    assert len(restored) == len(reference)
    expected = [reference.get(key, UNKNOWN) for key in asked]
    assert table.rows_of(np.array(asked, np.uint64)).tolist() == expected
    assert restored.rows_of(np.array(asked, np.uint64)).tolist() == expected


def test_an_unknown_key_and_the_key_zero_are_refused() -> None:
    """A single question wants an answer; zero means an empty cell."""
    table = KeyTable()
    with pytest.raises(KeyError):
        table[7]
    with pytest.raises(ValueError, match="empty cell"):
        table[0] = 1
