"""Dictionary coding of byte slices: equal slices get equal small numbers, in order of first appearance.

It is how columns of names (hosts, services) leave a batch: one number a row, and each name once.
"""

import numpy as np

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper


@compiled
def code_slices(text: Bytes, start: Int64s, end: Int64s) -> tuple[Int32s, Int64s]:
    """Return the code of each slice `text[start[i]:end[i]]`, and for each code the row where its slice first stands.

    A row with a negative `start` counts as an empty slice. Codes are 0, 1, ... in order of first appearance.
    """
    count = len(start)
    # a table of open addressing whose slots hold codes; the slices themselves are compared, so no two are ever taken for one
    codes = np.empty(count, np.int32)
    first = np.empty(count, np.int64)
    size = 64
    slots = np.full(size, -1, np.int64)
    distinct = 0
    for row in range(count):
        hashed = _slice_hash(text, start[row], end[row])
        slot = np.int64(hashed & np.uint64(size - 1))
        while slots[slot] >= 0 and not _slices_equal(text, start, end, row, first[slots[slot]]):
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot] = distinct
            first[distinct] = row
            distinct += 1
        codes[row] = slots[slot]
        if 2 * distinct > size:
            # all codes are different, so each goes to the first free slot without a comparison
            size *= 4
            slots = np.full(size, -1, np.int64)
            for code in range(distinct):
                hashed = _slice_hash(text, start[first[code]], end[first[code]])
                slot = np.int64(hashed & np.uint64(size - 1))
                while slots[slot] >= 0:
                    slot = (slot + 1) & (size - 1)
                slots[slot] = code
    return codes, first[:distinct]


@compiled_helper
def _slice_hash(text: Bytes, start: int, end: int) -> np.uint64:
    """Return a hash of a slice: FNV-1a with 64 bits (RFC 9923), folded so that the low bits depend on all."""
    value = np.uint64(0xCBF29CE484222325)
    if start >= 0:
        for at in range(start, end):
            value = (value ^ np.uint64(text[at])) * np.uint64(0x100000001B3)
    return value ^ (value >> np.uint64(32))


@compiled_helper
def _slices_equal(text: Bytes, start: Int64s, end: Int64s, row: int, other: int) -> bool:
    """Return whether the slices of two rows are equal."""
    length = end[row] - start[row] if start[row] >= 0 else 0
    if length != (end[other] - start[other] if start[other] >= 0 else 0):
        return False
    for index in range(length):  # noqa: SIM110  # compiled code has no generator expressions
        if text[start[row] + index] != text[start[other] + index]:
            return False
    return True
