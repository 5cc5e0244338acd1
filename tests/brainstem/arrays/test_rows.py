"""Tables of rows: sorting packed words is sorting by each column."""

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brainstem.arrays.rows import ROWS_WORTH_PACKING, enlarged, filled, gathered, order_of
from tests.support.examples import examples

KINDS = ("slots", "hashes", "few hashes", "times", "flags", "signed", "one")


def column(kind: str, count: int, dice: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    """Return a column of one kind, of values as the tables hold them."""
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


@settings(max_examples=examples(150))
@example(kinds=["signed", "signed"], count=3000, seed=536870913)
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


def test_hashes_that_share_their_upper_bits_are_distinguished() -> None:
    """Where the packed bits of two rows are equal, the whole columns decide."""
    upper = np.uint64(0xABCDEF0123456) << np.uint64(12)
    count = 4 * ROWS_WORTH_PACKING
    slots = np.zeros(count, np.int32)
    first = upper + np.arange(count, dtype=np.uint64)[::-1] % np.uint64(5)
    first[0] = np.uint64(1)
    second = upper + np.arange(count, dtype=np.uint64)[::-1]
    second[1] = np.uint64(2)
    assert order_of(slots, first, second).tolist() == np.lexsort((second, first, slots)).tolist()


def test_two_hashes_that_share_their_upper_bits_keep_their_rows_apart() -> None:
    """Rows of two hashes that differ in their last bits only are not mixed, whatever the next column holds."""
    count = 4 * ROWS_WORTH_PACKING
    dice = np.random.default_rng(5)
    gauge = dice.integers(0, 2**64, count, np.uint64)
    gauge[: count // 2] = gauge[0] ^ (np.arange(count // 2, dtype=np.uint64) % np.uint64(2))
    moment = dice.integers(10**15, 10**15 + 10**11, count)
    assert order_of(gauge, moment).tolist() == np.lexsort((moment, gauge)).tolist()


@given(room=st.integers(1, 200), share=st.floats(0, 1))
def test_filled_rows_keep_at_most_twice_the_memory_they_need(room: int, share: float) -> None:
    """Rows that wait for long must not keep a table that was made for many more of them."""
    table = np.zeros(room, np.dtype([("slot", "i4"), ("host", "u8")]))
    table["slot"] = np.arange(room)
    count = round(share * room)
    rows = filled(table, count)
    assert rows["slot"].tolist() == list(range(count))
    held = rows
    while isinstance(held.base, np.ndarray):
        held = held.base
    assert held.nbytes <= 2 * rows.nbytes


@settings(max_examples=examples(60))
@given(sizes=st.lists(st.integers(0, 30), min_size=1, max_size=6), seed=st.integers(0, 2**32))
def test_rows_are_gathered_from_several_tables_as_from_all_of_them_joined(sizes: list[int], seed: int) -> None:
    """A place counts through all tables, empty ones too, and may be asked for twice."""
    dtype = np.dtype([("slot", "i4"), ("host", "u8")])
    dice = np.random.default_rng(seed)
    parts = [np.zeros(size, dtype) for size in sizes]
    for part in parts:
        part["slot"], part["host"] = dice.integers(0, 100, len(part)), dice.integers(0, 2**63, len(part))
    whole = np.concatenate(parts)
    places = dice.integers(0, len(whole), 40) if len(whole) else np.zeros(0, np.int64)
    assert gathered(parts, places, dtype).tolist() == whole[places].tolist()


@given(room=st.integers(1, 50), used=st.integers(0, 50), more=st.integers(0, 200))
def test_a_table_that_grows_keeps_its_used_rows_and_no_others(room: int, used: int, more: int) -> None:
    """Rows behind those in use are zero once a table had to grow."""
    used = min(used, room)
    table = np.zeros(room, np.dtype([("slot", "i4")]))
    table["slot"] = np.arange(1, room + 1)
    grown = enlarged(table, used, used + more)
    assert len(grown) >= used + more
    assert grown["slot"][:used].tolist() == list(range(1, used + 1))
    assert grown is table or not grown["slot"][used:].any()
