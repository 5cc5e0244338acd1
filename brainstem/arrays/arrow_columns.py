"""Arrow columns from numpy arrays: one value repeated, codes with their values, and slices of a buffer.

Each returns one column; none knows what it holds. Which columns a stored row has stands in `contracts`.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from brainstem.arrays.aliases import Bytes, Int32s, Int64s


def constant(value: str, count: int) -> "pa.DictionaryArray[Any, Any]":
    """Return a dictionary column that holds one value `count` times."""
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([value], pa.string()))


def coded(codes: Int32s, values: list[str]) -> "pa.DictionaryArray[Any, Any]":
    """Return a dictionary column from codes that index `values`."""
    return pa.DictionaryArray.from_arrays(codes, pa.array(values, pa.string()))


def binary_slices(buffer: Bytes, start: Int64s, length: Int32s) -> "pa.Array[Any]":
    """Return slices of `buffer` as an Arrow binary column, without a copy where the slices lie end to end."""
    count = len(start)
    end = start + length
    if count == 0:
        return pa.array([], pa.binary())
    if np.array_equal(end[:-1], start[1:]):
        base = int(start[0])
        offsets = np.empty(count + 1, np.int32)
        offsets[:-1] = start - base
        offsets[-1] = end[-1] - base
        body = pa.py_buffer(buffer[base : int(end[-1])].data)
        return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(offsets.data), body])
    return pa.array([buffer[a:b].tobytes() for a, b in zip(start.tolist(), end.tolist(), strict=True)], pa.binary())
