"""The envelope: raw bytes with their provenance, before anything is parsed.

This is what every source yields. A batch of envelopes comes from one source and one tenant, in the order of that source.
Bytes are kept as they came.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from brainstem.arrays.aliases import Bytes, Int32s, Int64s

ENVELOPE_VERSION: Final = 2
"""of the columns of `Envelopes`; the ledger names it beside the versions of what is stored"""

Headers = Sequence[tuple[str, bytes | None]]
"""What a message of a topic carries beside its value: names and values in their order; a name may be repeated."""

HEADERS: Final = pa.list_(
    pa.struct([pa.field("key", pa.string(), nullable=False), pa.field("value", pa.binary(), nullable=True)])
)


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Consecutive records of one source.

    `buffer[start[i]:start[i] + length[i]]` are the bytes of record i, terminator included. `position` is its place in the
    source: for a file the byte at which it begins in the uncompressed stream, for a topic its offset. Source and position
    together are the id of a record. `received_at` is in microseconds since the epoch, UTC. `headers` holds those of each
    record, None where the source has none.
    """

    source: str
    tenant: str
    peer: str
    position: Int64s
    length: Int32s
    received_at: Int64s
    buffer: Bytes
    start: Int64s
    headers: Sequence[Headers] | None = None

    def __len__(self) -> int:
        """Count the records."""
        return len(self.position)

    def raw(self, index: int) -> bytes:
        """Return the bytes of one record."""
        begin = int(self.start[index])
        return self.buffer[begin : begin + int(self.length[index])].tobytes()


def constant(value: str, count: int) -> "pa.DictionaryArray[Any, Any]":
    """Return a dictionary column that holds one value `count` times."""
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([value], pa.string()))


def header_lists(headers: Sequence[Headers] | None, count: int) -> "pa.Array[Any]":
    """Return the headers of `count` records as a column of `HEADERS`; all null where the source has none."""
    if headers is None:
        return pa.nulls(count, HEADERS)
    if not any(headers):
        nothing = pa.array([], HEADERS.value_type)
        return pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32), pa.int32()), nothing, type=HEADERS)
    ends = pa.array(np.cumsum([0, *map(len, headers)]), pa.int32())
    keys = pa.array([key for of_record in headers for key, _ in of_record], pa.string())
    values = pa.array([value for of_record in headers for _, value in of_record], pa.binary())
    pairs = pa.StructArray.from_arrays([keys, values], fields=list(HEADERS.value_type))
    return pa.ListArray.from_arrays(ends, pairs, type=HEADERS)


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
