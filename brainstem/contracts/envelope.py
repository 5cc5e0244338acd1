"""The envelope: raw bytes with their provenance, before anything is parsed.

This is what every source yields. A batch of envelopes comes from one source and one tenant, in the order of that source.
Bytes are kept as they came.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from brainstem.arrays.aliases import Bytes, Indices, Int32s, Int64s

ENVELOPE_VERSION: Final = 2
"""of the columns of `Envelopes`; the ledger names it beside the versions of what is stored"""

Headers = Sequence[tuple[str, bytes | None]]
"""What a message of a topic carries beside its value: names and values in their order; a name may be repeated."""

HEADERS: Final = pa.list_(
    pa.struct([pa.field("key", pa.string(), nullable=False), pa.field("value", pa.binary(), nullable=True)])
)


@dataclass(frozen=True, slots=True)
class Owners:
    """Whose the records of a batch are where they say so: tenants, and the source of each within that of the batch,
    by name, and for each record its place in both.
    """

    tenants: tuple[str, ...]
    sources: tuple[str, ...]
    owner: Int32s


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Consecutive records of one source.

    `buffer[start[i]:start[i] + length[i]]` are the bytes of record i, terminator included. `position` is its place in the
    source: for a file the byte at which it begins in the uncompressed stream, for a topic its offset. Source and position
    together are the id of a record. `received_at` is in microseconds since the epoch, UTC. `headers` holds those of each
    record, None where the source has none. With `owners` each record has a tenant and a source of its own in the place of
    `tenant` and `source`.
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
    owners: Owners | None = None

    def __len__(self) -> int:
        """Count the records."""
        return len(self.position)

    def by_owner(self) -> Iterator[tuple[str, str, Indices]]:
        """Yield tenant, source and the places of the records of each of them; all of a batch without owners."""
        if self.owners is None:
            yield self.tenant, self.source, np.arange(len(self))
            return
        in_order = np.argsort(self.owners.owner, kind="stable")
        ends = np.cumsum(np.bincount(self.owners.owner, minlength=len(self.owners.tenants)))
        yield from zip(self.owners.tenants, self.owners.sources, np.split(in_order, ends[:-1]), strict=True)

    def raw(self, index: int) -> bytes:
        """Return the bytes of one record."""
        begin = int(self.start[index])
        return self.buffer[begin : begin + int(self.length[index])].tobytes()
