"""Stored rows: from the parsed and signed columns of a batch to the Arrow rows of the event store.

Takes the columns of one batch, returns one record batch for each contract. Accepted records become evidence, rejected ones
rejects; together they are all records of the batch.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from brainstem.arrays.aliases import Indices
from brainstem.arrays.arrow_columns import binary_slices, coded, constant
from brainstem.contracts.envelope import HEADERS, Envelopes, Headers
from brainstem.contracts.event import EVIDENCE_SCHEMA, TimeOrigin, names
from brainstem.contracts.reject import REJECT_SCHEMA, RejectReason
from brainstem.parse.parser import ParsedBatch
from brainstem.signature.signing import Signed

TIMESTAMP = pa.timestamp("us", "UTC")
_ORIGINS = names(TimeOrigin)
_REASONS = names(RejectReason)


class Columns:
    """The columns of the accepted records of a batch; each is made when it is asked for."""

    def __init__(self, envelopes: Envelopes, parsed: ParsedBatch, signed: Signed) -> None:
        self._envelopes = envelopes
        self._parsed = parsed
        self._signed = signed
        self._rows = np.flatnonzero(parsed.reject_reason == RejectReason.ACCEPTED)
        self._all = len(self._rows) == len(envelopes)

    def __len__(self) -> int:
        return len(self._rows)

    def _kept(self, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return column if self._all else column[self._rows]

    def _plain(self, column: npt.NDArray[Any], kind: pa.DataType | None = None) -> "pa.Array[Any]":
        array: pa.Array[Any] = pa.array(self._kept(column), kind)
        return array

    def get(self, name: str) -> "pa.Array[Any]":
        """Return one column of `EVIDENCE_SCHEMA`. Raises `KeyError` for any other name."""
        envelopes, parsed, kept = self._envelopes, self._parsed, self._kept
        match name:
            case "tenant" if parsed.tenants is not None:
                return _tenants(parsed, self._rows)
            case "source" | "tenant":
                return _owned(envelopes, name, None if self._all else self._rows)
            case "position" | "length":
                return self._plain(getattr(envelopes, name))
            case "received_at":
                return self._plain(envelopes.received_at, TIMESTAMP)
            case "event_time":
                return self._plain(parsed.event_time, TIMESTAMP)
            case "event_time_origin":
                return coded(kept(parsed.origin).astype(np.int32), _ORIGINS)
            case "late":
                return self._plain(parsed.late)
            case "host":
                return coded(kept(parsed.host), parsed.hosts)
            case "service":
                return coded(kept(parsed.service), parsed.services)
            case "severity_number":
                return self._plain(parsed.severity.astype(np.int8))
            case "signature":
                return self._plain(self._signed.signature)
            case "message_raw":
                return binary_slices(envelopes.buffer, kept(envelopes.start), kept(envelopes.length))
            case "headers":
                return _headers(envelopes, self._rows)
        raise KeyError(name)


def evidence_rows(envelopes: Envelopes, parsed: ParsedBatch, signed: Signed) -> pa.RecordBatch:
    """Return the accepted records in `EVIDENCE_SCHEMA`: what is kept of an event."""
    columns = Columns(envelopes, parsed, signed)
    return pa.RecordBatch.from_arrays([columns.get(name) for name in EVIDENCE_SCHEMA.names], schema=EVIDENCE_SCHEMA)


def reject_rows(envelopes: Envelopes, parsed: ParsedBatch) -> pa.RecordBatch:
    """Return the rejected records in `REJECT_SCHEMA`."""
    rows = np.flatnonzero(parsed.reject_reason != RejectReason.ACCEPTED)
    columns = [
        _owned(envelopes, "tenant", rows) if parsed.tenants is None else _tenants(parsed, rows),
        _owned(envelopes, "source", rows),
        pa.array(envelopes.position[rows]),
        pa.array(envelopes.length[rows]),
        pa.array(envelopes.received_at[rows], TIMESTAMP),
        coded(parsed.reject_reason[rows].astype(np.int32), _REASONS),
        binary_slices(envelopes.buffer, envelopes.start[rows], envelopes.length[rows]),
        _headers(envelopes, rows),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=REJECT_SCHEMA)


def _owned(envelopes: Envelopes, name: str, rows: Indices | None) -> "pa.DictionaryArray[Any, Any]":
    """Return the column `tenant` or `source` of some rows, of all rows for None."""
    owners = envelopes.owners
    if owners is None:
        return constant(getattr(envelopes, name), len(envelopes) if rows is None else len(rows))
    names = owners.tenants if name == "tenant" else owners.sources
    return coded(owners.owner if rows is None else owners.owner[rows], list(names))


def _headers(envelopes: Envelopes, rows: Indices) -> "pa.Array[Any]":
    """Return the headers of some rows."""
    headers = envelopes.headers
    if headers and len(rows) < len(headers):
        headers = [headers[row] for row in rows.tolist()]
    return header_lists(headers, len(rows))


def _tenants(parsed: ParsedBatch, rows: Indices) -> "pa.DictionaryArray[Any, Any]":
    """Return the tenants of some rows, where the records themselves name them."""
    names = parsed.tenants or []
    column: pa.DictionaryArray[Any, Any] = pa.array(
        [names[row] for row in rows.tolist()], pa.string()
    ).dictionary_encode()
    return column


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
