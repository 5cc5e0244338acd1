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


@given(parts=st.lists(st.lists(KEYS, max_size=60), max_size=6))
def test_many_keys_at_once_are_held_as_one_by_one(parts: list[list[int]]) -> None:
    """Keys that are new are entered together, and the table is the same."""
    table, reference = KeyTable(), KeyTable()
    row = 0
    for part in parts:
        fresh = [key for key in dict.fromkeys(part) if reference.rows_of(np.array([key], np.uint64))[0] == UNKNOWN]
        table.set_all(np.array(fresh, np.uint64), np.arange(row, row + len(fresh), dtype=np.int32))
        for key in fresh:
            reference[key] = row
            row += 1
    assert len(table) == len(reference)
    assert table.snapshot() == reference.snapshot()


def test_an_unknown_key_and_the_key_zero_are_refused() -> None:
    """A single question wants an answer; zero means an empty cell."""
    table = KeyTable()
    with pytest.raises(KeyError):
        table[7]
    with pytest.raises(ValueError, match="empty cell"):
        table[0] = 1
    with pytest.raises(ValueError, match="empty cell"):
        table.set_all(np.array([3, 0], np.uint64), np.array([1, 2], np.int32))
