"""What is kept of lines that were forgotten: counts by kind of message, host and day, and where in their sources they stood.

Two tables for each tenant and writer, in files beside its events (`file_names`): counts (`FORGOTTEN_SCHEMA`) and places
(`PLACES_SCHEMA`). A place is a run of records that followed one another in their source, with the CRC-32 of their bytes
(ISO 3309, as zlib has it), so that an audit can compare it with the source though the lines are gone. Two places that meet
become one, whose CRC follows from both.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from state.store.file_names import FORGOTTEN_ENDING, PLACES_ENDING, tenant_folder, tenant_in
from state.store.layouts import EVIDENCE
from state.store.listing import published_files

FORGOTTEN_VERSION: Final = 1
_POLYNOMIAL: Final = 0xEDB88320
_BYTE_SOURCES: Final = ("file:", "file-bytes:", "stdin:")
"""sources whose positions are offsets in bytes; those of others count records"""

_COUNT_FIELDS: "Final[list[pa.Field[Any]]]" = [
    pa.field("tenant", pa.string(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("service", pa.string(), nullable=False),
    pa.field("signature", pa.uint64(), nullable=False),
    pa.field("host", pa.string(), nullable=False),
    pa.field("day", pa.int32(), nullable=False),
    pa.field("events", pa.int64(), nullable=False),
    pa.field("bytes", pa.int64(), nullable=False),
    pa.field("first_us", pa.int64(), nullable=False),
    pa.field("last_us", pa.int64(), nullable=False),
    pa.field("hours", pa.uint32(), nullable=False),
]
FORGOTTEN_SCHEMA: Final = pa.schema(
    _COUNT_FIELDS, metadata={"contract": "brainstem.forgotten", "version": str(FORGOTTEN_VERSION)}
)
"""Columns as those of rollups. Counts that are older than their band keeps them have signature 0, no service and no host."""
_PLACE_FIELDS: "Final[list[pa.Field[Any]]]" = [
    pa.field("tenant", pa.string(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("begin", pa.int64(), nullable=False),
    pa.field("last", pa.int64(), nullable=False),
    pa.field("end", pa.int64(), nullable=False),
    pa.field("records", pa.int64(), nullable=False),
    pa.field("bytes", pa.int64(), nullable=False),
    pa.field("crc32", pa.uint32(), nullable=False),
]
PLACES_SCHEMA: Final = pa.schema(
    _PLACE_FIELDS, metadata={"contract": "brainstem.places", "version": str(FORGOTTEN_VERSION)}
)
"""`begin` and `last` are the positions of the first and the last record, `end` is where the last one ended."""

COUNT_KEYS: Final = ("tenant", "source", "service", "signature", "host", "day")


class Place(NamedTuple):
    """A row of `PLACES_SCHEMA`."""

    tenant: str
    source: str
    begin: int
    last: int
    end: int
    records: int
    bytes: int
    crc32: int

    def meets(self, other: "Place") -> bool:
        """Return whether another place begins where this one ends."""
        if (self.tenant, self.source) != (other.tenant, other.source):
            return False
        return self.end == other.begin if counts_bytes(self.source) else self.last + 1 == other.begin

    def joined(self, other: "Place") -> "Place":
        """Return this place and one that it meets as one."""
        return self._replace(
            last=other.last,
            end=other.end,
            records=self.records + other.records,
            bytes=self.bytes + other.bytes,
            crc32=_crc_of_both(self.crc32, other.crc32, other.bytes),
        )


def counts_bytes(source: str) -> bool:
    """Return whether positions of a source are offsets in bytes."""
    return source.startswith(_BYTE_SOURCES)


def joined_places(places: Iterable[Place]) -> list[Place]:
    """Return places in order, those that meet as one."""
    found: list[Place] = []
    for place in sorted(places, key=lambda each: (each.tenant, each.source, each.begin)):
        if found and found[-1].meets(place):
            found[-1] = found[-1].joined(place)
        else:
            found.append(place)
    return found


def summed(counts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return counts by their keys, in order."""
    return (
        pl.concat([_empty(FORGOTTEN_SCHEMA), *counts])
        .group_by(COUNT_KEYS)
        .agg(
            pl.col("events", "bytes").sum(),
            pl.col("first_us").min(),
            pl.col("last_us").max(),
            pl.col("hours").bitwise_or(),
        )
        .select(FORGOTTEN_SCHEMA.names)
        .sort("tenant", "signature", "service", "day", "host", "source")
    )


def counts_of(out: Path, tenants: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the counts of all forgotten lines of an output folder, of some tenants or of all; by their keys, in order."""
    return summed([_read(path, FORGOTTEN_SCHEMA) for path in _files(out, FORGOTTEN_ENDING, tenants)])


def places_of(out: Path) -> list[Place]:
    """Return the places of all forgotten lines of an output folder, in order."""
    found = []
    for path in _files(out, PLACES_ENDING, None):
        found += read_places(path)
    return sorted(found)


def read_places(path: Path) -> list[Place]:
    """Return the places in one file."""
    return [Place(*row) for row in _read(path, PLACES_SCHEMA).iter_rows()]


def read_counts(path: Path) -> pl.DataFrame:
    """Return the counts in one file."""
    return _read(path, FORGOTTEN_SCHEMA)


def _files(out: Path, ending: str, tenants: Sequence[str] | None) -> list[Path]:
    root = out / EVIDENCE.folder
    folders = None if tenants is None else {tenant_folder(tenant) for tenant in tenants}
    return [
        path
        for path in published_files(root, ending)
        if tenant_in(path.parent.name) is not None and (folders is None or path.parent.name in folders)
    ]


def _read(path: Path, schema: pa.Schema) -> pl.DataFrame:
    # a file aside has an ending that polars knows nothing of
    found = pl.from_arrow(pq.read_table(path, columns=schema.names, partitioning=None))
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table becomes a frame
    return found


def _empty(schema: pa.Schema) -> pl.DataFrame:
    found = pl.from_arrow(schema.empty_table())
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - a table becomes a frame
    return found


def _crc_of_both(first: int, second: int, second_bytes: int) -> int:
    """Return the CRC-32 of two texts one behind the other, from those of both and the length of the second: zlib's
    `crc32_combine`, where the first is moved on by so many zero bits."""
    return _times(_power_of_x(second_bytes * 8), first) ^ second


def _times(one: int, other: int) -> int:
    """Return the product of two polynomials over GF(2), modulo that of the CRC; the highest bit is x to the power of 0."""
    product, bit = 0, 1 << 31
    while bit:
        if one & bit:
            product ^= other
        bit >>= 1
        other = (other >> 1) ^ _POLYNOMIAL if other & 1 else other >> 1
    return product


def _power_of_x(exponent: int) -> int:
    """Return x to a power, modulo the polynomial of the CRC."""
    product, square = 1 << 31, 1 << 30
    while exponent:
        if exponent & 1:
            product = _times(square, product)
        square = _times(square, square)
        exponent >>= 1
    return product
