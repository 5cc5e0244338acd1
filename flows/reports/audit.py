"""The audit: proof from the files alone that nothing received was lost, doubled or changed.

Takes the output folder of a finished run, reads its ledger, the inputs the ledger names, and the Parquet files of
evidence and rejects. Returns findings as values and writes nothing. What may be concluded of an input:

- a file: its stored and rejected records tile all its bytes, and are equal to them;
- a duplicate of a file: the same, of the file it repeats;
- standard input or a pipe: its records tile all bytes that were counted as received (they cannot be compared);
- anything else: its positions occur once.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.contracts.ledger import Account, FaultReason, Ledger, SourceDescription, Tally
from brainstem.contracts.ledger_json import from_json
from brainstem.contracts.reject import RejectReason
from brainstem.explain.input_gaps import is_whole, unread
from connectors.base import InputError
from connectors.files.cursor import STDIN_SOURCE, path_of
from flows.reports.audit_report import AuditFinding, AuditKind, AuditReport, named
from flows.reports.original_inputs import Originals, differing
from state.store import file_names, path_names
from state.store.layouts import STORES
from state.store.listing import published_files, rereading, staged_files
from state.store.parquet_files import DAY_US

_COLUMNS: Final = {
    "evidence": ["tenant", "source", "position", "length", "event_time", "message_raw"],
    "rejects": ["tenant", "source", "position", "length", "received_at", "reason", "raw"],
}
_TIMES: Final = {layout.folder: layout.time_column for layout in STORES}
_CODED: Final = ("tenant", "source", "reason")
_BATCH_ROWS: Final = 65_536
_MOST_PER_SOURCE: Final = 1_000
"""findings of one kind in one source that are listed; the rest are counted in one more"""


@dataclass(slots=True)
class _Claims:
    """The records that the stores hold of one source."""

    position: list[Int64s] = field(default_factory=list)
    length: list[Int32s] = field(default_factory=list)
    stored: Tally = field(default_factory=Tally)
    rejected: dict[RejectReason, Tally] = field(default_factory=dict)
    differing: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    """by row, for inputs that can be read again"""

    def intervals(self) -> tuple[Int64s, Int64s]:
        """Return beginnings and ends in bytes, ordered by beginning."""
        return _intervals(self.position, self.length)

    def differing_intervals(self) -> tuple[Int64s, Int64s]:
        """Return the beginnings and ends of records whose bytes differ from the input's."""
        chosen = list(zip(self.position, self.length, self.differing, strict=False))
        return _intervals([begin[where] for begin, _, where in chosen], [length[where] for _, length, where in chosen])


@rereading
def audit(out: Path) -> AuditReport:
    """Check an output folder against its inputs and return the findings.

    Raises `InputError` for a folder that holds no run.
    """
    if not any((out / name).exists() for name in ("ledger.json", *_COLUMNS)):
        raise InputError(f"{out} holds no ledger.json. Give the --out folder of a run.")
    try:
        ledger = from_json((out / "ledger.json").read_bytes())
    except FileNotFoundError:
        return _unreadable("is missing: the run has not ended, or somebody removed it")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _unreadable(f"{type(error).__name__}: {error}")
    with Originals() as originals:
        return _Audit(ledger, originals).run(out)


def _unreadable(detail: str) -> AuditReport:
    return AuditReport((AuditFinding(AuditKind.LEDGER_UNREADABLE, "ledger.json", detail),), (), 0, Tally())


class _Audit:
    """The state of one audit: what the stores hold by source, and the findings so far."""

    def __init__(self, ledger: Ledger, originals: Originals) -> None:
        self._ledger = ledger
        self._originals = originals
        self._descriptions = {description.source: description for description, _ in ledger}
        self._claims: defaultdict[str, _Claims] = defaultdict(_Claims)
        self._findings: list[AuditFinding] = []
        self._notes: list[str] = []

    def run(self, out: Path) -> AuditReport:
        """Read the stores once, then check each source."""
        for store in _COLUMNS:
            for staged in staged_files(out / store):
                self._find(AuditKind.UNPUBLISHED, str(staged), "waits to be published: the run did not finish")
            for path in published_files(out / store):
                self._read(path, out / store)
        for source in sorted(self._claims.keys() - self._descriptions.keys()):
            self._find(AuditKind.SOURCE_UNKNOWN, source, "the store holds its records and the ledger does not name it")
        for description, account in self._ledger:
            self._judge(description, account)
        claims = self._claims.values()
        records = sum((tally for each in claims for tally in (each.stored, *each.rejected.values())), Tally())
        self._notes += [*unread(self._ledger, shown=_MOST_PER_SOURCE)]
        whole = is_whole(self._ledger)
        return AuditReport(tuple(self._findings), tuple(self._notes), len(self._descriptions), records, whole)

    def _find(self, kind: AuditKind, source: str, detail: str, begin: int = -1, end: int = -1) -> None:
        self._findings.append(AuditFinding(kind, source, detail, begin, end))

    def _read(self, path: Path, root: Path) -> None:
        """Add the records of one Parquet file."""
        try:
            columns = _COLUMNS[root.name]
            coded = [each for each in columns if each in _CODED]
            with pq.ParquetFile(path, read_dictionary=coded) as file:
                for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
                    self._check_place(batch, path, root)
                    self._claim(batch)
        except FileNotFoundError:
            # swapped out since the folder was listed: the audit begins anew
            raise
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            self._find(AuditKind.FILE_DAMAGED, str(path), f"{type(error).__name__}: {error}")

    def _check_place(self, batch: pa.RecordBatch, path: Path, root: Path) -> None:
        """Compare the rows' tenant with the folder they lie in, and their days with those in the name of the file."""
        name, tenant = file_names.parse(path.name), file_names.tenant_in(path.relative_to(root).parts[0])
        codes, names = _coded(batch, "tenant")
        tenants = {path_names.encode(names[code]) for code in np.unique(codes).tolist()}
        if tenant is not None and tenants != {tenant}:
            self._find(AuditKind.WRONG_FOLDER, str(path), f"holds rows of {', '.join(sorted(tenants))}")
        if name is not None and name.days is not None:
            times = batch.column(_TIMES[root.name]).cast(pa.int64()).to_numpy()
            first, last = int(times.min()) // DAY_US, int(times.max()) // DAY_US
            if not name.days[0] <= first <= last <= name.days[1]:
                days = {str(np.datetime64(day, "D")) for day in (first, last)}
                self._find(AuditKind.WRONG_FOLDER, str(path), f"holds rows of {' to '.join(sorted(days))}")

    def _claim(self, batch: pa.RecordBatch) -> None:
        """Add the records of a batch, source by source, and compare their bytes with the input."""
        is_rejects = "reason" in batch.schema.names
        codes, sources = _coded(batch, "source")
        reason_codes, reasons = _coded(batch, "reason") if is_rejects else (codes, [])
        tenant_codes, tenants = _coded(batch, "tenant")
        body, offsets = _binary_parts(batch, "raw" if is_rejects else "message_raw")
        position, length = batch.column("position").to_numpy(), batch.column("length").to_numpy()
        for code in np.unique(codes).tolist():
            rows = np.flatnonzero(codes == code)
            claims = self._claims[sources[code]]
            claims.position.append(position[rows])
            claims.length.append(length[rows])
            description = self._descriptions.get(sources[code])
            if description is None:
                continue
            foreign = {tenants[each] for each in np.unique(tenant_codes[rows]).tolist()} - {description.tenant}
            if foreign and description.tenant:
                self._find(AuditKind.WRONG_FOLDER, description.source, f"rows of another tenant: {sorted(foreign)}")
            original = self._originals.bytes_of(description)
            if original is not None:
                claims.differing.append(differing(rows, body, offsets, position, length, original))
            if is_rejects:
                _count_reasons(claims.rejected, reason_codes[rows], reasons, length[rows])
            else:
                claims.stored += Tally(len(rows), int(length[rows].sum(dtype=np.int64)))

    def _judge(self, description: SourceDescription, account: Account) -> None:
        """Compare what the stores hold of a source with its bytes and its account."""
        source = description.source
        claims = self._claims.get(source, _Claims())
        if not account.balances():
            self._find(
                AuditKind.UNBALANCED, source, f"received {account.received}, but {account.accounted()} accounted"
            )
        self._compare_counts(source, claims, account)
        begin, end = claims.intervals()
        if description.duplicate_of:
            self._judge_duplicate(description, account)
        elif path_of(source) is None and source != STDIN_SOURCE:
            repeated = np.flatnonzero(begin[1:] == begin[:-1])
            self._find_each(AuditKind.OVERLAP, source, "held more than once", begin[repeated], end[repeated])
            self._notes.append(f"{named(source)}: positions are no byte offsets, only that they occur once was checked")
        else:
            self._judge_tiles(source, begin, end, self._expected_bytes(description, account))
            differing_begin, differing_end = claims.differing_intervals()
            self._find_each(AuditKind.BYTES_DIFFER, source, "not the input's bytes", differing_begin, differing_end)

    def _judge_tiles(self, source: str, begin: Int64s, end: Int64s, size_bytes: int) -> None:
        """Find the gaps between 0 and `size_bytes`, what is held twice, and what lies beyond the end."""
        reach = np.maximum.accumulate(np.concatenate([np.zeros(1, np.int64), end]))
        start = np.append(begin, max(size_bytes, int(reach[-1])))
        gap = np.flatnonzero(start > reach)
        self._find_each(AuditKind.GAP, source, "neither stored nor rejected", reach[gap], start[gap])
        overlap = np.flatnonzero(begin < reach[:-1])
        overlap_end = np.minimum(end[overlap], reach[overlap])
        self._find_each(AuditKind.OVERLAP, source, "held more than once", begin[overlap], overlap_end)
        beyond = np.flatnonzero(end > size_bytes)
        self._find_each(AuditKind.BEYOND_END, source, f"the input has {size_bytes} bytes", begin[beyond], end[beyond])

    def _expected_bytes(self, description: SourceDescription, account: Account) -> int:
        """Return how many bytes of an input the store must hold."""
        source, received_bytes = description.source, account.received.bytes
        original = self._originals.bytes_of(description)
        if original is None:
            if description.can_be_reread:
                self._find(AuditKind.INPUT_MISSING, source, "cannot be read again, so its bytes were not compared")
            else:
                self._notes.append(f"{named(source)}: can be read only once, so its bytes were not compared")
            return received_bytes
        if len(original) <= received_bytes:
            return len(original)
        path = path_of(source)
        if path is not None and path.stat().st_size > description.size_bytes:
            self._notes.append(f"{named(source)}: has grown since it was read; what was read is {received_bytes} bytes")
            return received_bytes
        # a read error may be gone by now, so only what was received is expected; a damaged file yields the same bytes again
        return received_bytes if FaultReason.READ_ERROR in account.faults else len(original)

    def _judge_duplicate(self, description: SourceDescription, account: Account) -> None:
        """Check that the original of a duplicate is held, with as many records."""
        source, original = description.source, description.duplicate_of
        known = self._descriptions.get(original)
        if known is None or known.duplicate_of:
            self._find(AuditKind.DUPLICATE_UNCOVERED, source, f"repeats {original}, which is not held")
        elif account.duplicate != self._ledger.account(original).received:
            self._find(AuditKind.DUPLICATE_UNCOVERED, source, f"counts other records than {original}, which it repeats")

    def _compare_counts(self, source: str, claims: _Claims, account: Account) -> None:
        """Compare the rows of the stores with the counts of the ledger."""
        pairs = [("stored", claims.stored, account.stored)]
        for reason in sorted(claims.rejected.keys() | account.rejected.keys()):
            held, counted = claims.rejected.get(reason, Tally()), account.rejected.get(reason, Tally())
            pairs.append((f"rejected as {reason.name.lower()}", held, counted))
        for what, held, counted in pairs:
            if held != counted:
                self._find(AuditKind.COUNT_DIFFERS, source, f"{what}: the files hold {held}, the ledger says {counted}")

    def _find_each(self, kind: AuditKind, source: str, detail: str, begin: Int64s, end: Int64s) -> None:
        """Add findings of one kind: the first `_MOST_PER_SOURCE`, and one that counts the rest."""
        intervals = zip(begin[:_MOST_PER_SOURCE].tolist(), end[:_MOST_PER_SOURCE].tolist(), strict=True)
        for first, last in intervals:
            self._find(kind, source, detail, first, last)
        if len(begin) > _MOST_PER_SOURCE:
            rest = len(begin) - _MOST_PER_SOURCE
            self._find(kind, source, f"{detail}: {rest} more places", int(begin[_MOST_PER_SOURCE]), int(end[-1]))


def _intervals(position: list[Int64s], length: list[Int32s]) -> tuple[Int64s, Int64s]:
    """Join pieces of columns and return beginnings and ends, ordered by beginning."""
    if not position:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    joined = np.concatenate(position)
    order = np.argsort(joined, kind="stable")
    begin = joined[order]
    return begin, begin + np.concatenate(length)[order]


def _coded(batch: pa.RecordBatch, name: str) -> tuple[Int64s, list[str]]:
    """Return a text column as codes and the texts they stand for."""
    column = batch.column(name)
    coded = column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()
    texts: list[str] = coded.dictionary.to_pylist()  # type: ignore[assignment]  # the columns hold no nulls
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), texts


def _binary_parts(batch: pa.RecordBatch, name: str) -> tuple[Bytes, Int32s]:
    """Return the bytes of a binary column and its n + 1 offsets into them."""
    column = batch.column(name)
    _, offsets, body = column.buffers()
    held = np.frombuffer(memoryview(offsets or b""), np.int32)[column.offset : column.offset + len(column) + 1]
    return np.frombuffer(memoryview(body or b""), np.uint8), held


def _count_reasons(tallies: dict[RejectReason, Tally], codes: Int64s, names: list[str], length: Int32s) -> None:
    """Add the records and bytes of each reason to `tallies`. Raises `KeyError` for an unknown reason."""
    for code in np.unique(codes).tolist():
        reason = RejectReason[names[code].upper()]
        byte_count = int(length[codes == code].sum(dtype=np.int64))
        tallies[reason] = tallies.get(reason, Tally()) + Tally(int((codes == code).sum()), byte_count)
