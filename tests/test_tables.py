"""Tables of rows: sorting packed words gives the order of a sort by each column."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from brainstem.tables import ROWS_WORTH_PACKING, order_of

KINDS = ("slots", "hashes", "few hashes", "times", "flags", "signed", "one")


def column(kind: str, count: int, dice: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    """Give a column of one kind, of values as the tables hold them."""
    hashes = dice.integers(0, 2**64, count, np.uint64)
    columns = {
        "slots": dice.integers(2_900_000, 2_900_024, count).astype(np.int32),
        "hashes": hashes,
        "few hashes": dice.choice(hashes[:9], count),
        "times": dice.integers(10**15, 10**15 + 10**11, count),
        "flags": dice.integers(0, 2, count).astype(np.uint8),
        "signed": dice.integers(-(2**62), 2**62, count),
        "one": np.full(count, 7, np.int32),
    }
    return columns[kind]


@settings(max_examples=150)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=5),
    count=st.sampled_from([0, 1, ROWS_WORTH_PACKING - 1, ROWS_WORTH_PACKING, 3000]),
    seed=st.integers(0, 2**32),
)
def test_rows_are_sorted_as_by_each_column(kinds: list[str], count: int, seed: int) -> None:
    """The order is that of a stable sort by all columns, also among rows that are alike."""
    dice = np.random.default_rng(seed)
    columns = [column(kind, count, dice) if count else np.zeros(0, np.int64) for kind in kinds]
    assert order_of(*columns).tolist() == np.lexsort(columns[::-1]).tolist()


def test_hashes_that_share_their_upper_bits_are_told_apart() -> None:
    """Where the packed bits do not tell two rows apart, the whole columns do."""
    upper = np.uint64(0xABCDEF0123456) << np.uint64(12)
    count = 4 * ROWS_WORTH_PACKING
    slots = np.zeros(count, np.int32)
    first = upper + np.arange(count, dtype=np.uint64)[::-1] % np.uint64(5)
    first[0] = np.uint64(1)
    second = upper + np.arange(count, dtype=np.uint64)[::-1]
    second[1] = np.uint64(2)
    assert order_of(slots, first, second).tolist() == np.lexsort((second, first, slots)).tolist()
