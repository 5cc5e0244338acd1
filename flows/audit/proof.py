"""The audit: proof from the files alone that nothing received was lost, doubled or changed.

Takes the output folder of a finished run, reads its manifest, its ledger and the record of what was asked, the inputs they
name, and the Parquet files of evidence and rejects. Counts of what is stored and
rejected are held against the ledger here. Returns findings and a verdict on each promise, and writes nothing. What
may be concluded of an input:

- a file: its stored and rejected records tile all its bytes, and are equal to them;
- a duplicate of a file: its bytes are those of the file it repeats, for which the same holds;
- standard input or a pipe: its records tile all bytes that were counted as received (they cannot be compared);
- anything else: its positions occur once.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.arrays.state_version import StateVersionError
from brainstem.contracts.ledger import Account, FaultReason, Ledger, SourceDescription, Tally
from brainstem.contracts.ledger_json import from_json, to_json
from brainstem.contracts.reject import RejectReason
from brainstem.explain.input_gaps import is_whole, unread
from brainstem.text.phrases import counted
from connectors.base import InputError
from connectors.files.cursor import STDIN_SOURCE, path_of
from flows.audit.input_places import not_read
from flows.audit.manifest import (
    COMPACTED_NAME,
    Difference,
    ManifestError,
    differences,
    files_beside,
    is_signed,
    read_manifest,
    relative_name,
)
from flows.audit.original_inputs import Originals, differing
from flows.audit.outcome import digest_differs, disagreements
from flows.audit.recomputed_columns import check_columns
from flows.audit.report import AuditFinding, AuditKind, AuditReport, Promise, Verdict, named
from flows.recovery.run_record import RunRecord, read_record
from flows.sinks.output_folder import FEEDBACK_NAME, OutputFolder
from state.store import file_names, path_names
from state.store.forgotten_counts import Place, read_places
from state.store.layouts import DECISIONS, EVIDENCE, STORES
from state.store.listing import published_files, rereading, staged_files
from state.store.parquet_files import DAY_US
from state.store.readers import reading

_COLUMNS: Final = {
    "evidence": ["tenant", "source", "position", "length", "event_time", "message_raw"],
    "rejects": ["tenant", "source", "position", "length", "received_at", "reason", "raw"],
}
_SCHEMAS: Final = {layout.folder: layout.schema for layout in STORES}
_TIMES: Final = {layout.folder: layout.time_column for layout in STORES}
_CODED: Final = ("tenant", "source", "reason")
_BATCH_ROWS: Final = 65_536
_KIND_OF: Final = {
    Difference.CHANGED: AuditKind.FILE_CHANGED,
    Difference.MISSING: AuditKind.FILE_MISSING,
}
_MOST_PER_SOURCE: Final = 1_000
"""findings of one kind in one source that are listed; the rest are counted in one more"""
_NO_FILES: Final = "the inputs are topics, or what a live run took into its spool"
"""why inputs without a list of files are not checked"""


@dataclass(slots=True)
class _Claims:
    """The records that the stores hold of one source."""

    position: list[Int64s] = field(default_factory=list)
    length: list[Int32s] = field(default_factory=list)
    stored: Tally = field(default_factory=Tally)
    rejected: dict[RejectReason, Tally] = field(default_factory=dict)
    differing: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    """by row, for inputs that can be read again"""
    forgotten: list[Place] = field(default_factory=list)
    """where stored records stood whose lines are not kept any more"""

    def held(self) -> Tally:
        """Return how many records there are, stored and rejected."""
        return sum(self.rejected.values(), self.stored + self.forgot())

    def forgot(self) -> Tally:
        """Return how many records are forgotten."""
        return sum((Tally(each.records, each.bytes) for each in self.forgotten), Tally())

    def intervals(self) -> tuple[Int64s, Int64s]:
        """Return beginnings and ends in bytes of what is held and of what was forgotten, ordered by beginning."""
        return self._with_forgotten(*_intervals(self.position, self.length), [each.end for each in self.forgotten])

    def positions(self) -> tuple[Int64s, Int64s]:
        """Return the first and the last position of each record that is held and of each place, ordered by the first."""
        begin, _ = _intervals(self.position, self.length)
        return self._with_forgotten(begin, begin, [each.last for each in self.forgotten])

    def _with_forgotten(self, begin: Int64s, end: Int64s, ends: list[int]) -> tuple[Int64s, Int64s]:
        if not ends:
            return begin, end
        begin = np.concatenate([begin, np.array([each.begin for each in self.forgotten], np.int64)])
        order = np.argsort(begin, kind="stable")
        return begin[order], np.concatenate([end, np.array(ends, np.int64)])[order]

    def differing_intervals(self) -> tuple[Int64s, Int64s]:
        """Return the beginnings and ends of records whose bytes differ from the input's."""
        chosen = list(zip(self.position, self.length, self.differing, strict=False))
        return _intervals([begin[where] for begin, _, where in chosen], [length[where] for _, length, where in chosen])


@rereading
def audit(out: Path, *, whole: bool = False, key: bytes | None = None) -> AuditReport:
    """Check an output folder against its inputs and return the findings.

    With `whole` the columns of all records are read from their bytes once more, and not those of a sample. With `key` the
    manifest must be signed with it. Raises `InputError` for a folder that holds no run.
    """
    folder = OutputFolder(out)
    if not any((out / name).exists() for name in ("ledger.json", "manifest.json", *_COLUMNS)):
        raise InputError(f"{out} holds no ledger.json. Give the --out folder of a run.")
    try:
        record: RunRecord | None = read_record(folder.run_record)
        why_not = ""
    except (InputError, StateVersionError) as error:
        record, why_not = None, str(error)
    with reading(folder.evidence), Originals(record) as originals:
        return _Audit(folder, record, why_not, originals).run(whole, key)


class _Audit:
    """The state of one audit: what the stores hold by source, the findings so far, and what was checked."""

    def __init__(self, folder: OutputFolder, record: RunRecord | None, why_not: str, originals: Originals) -> None:
        self._folder = folder
        self._record = record
        self._why_not = why_not
        """why there is no record"""
        self._originals = originals
        self._ledger = Ledger()
        self._descriptions: dict[str, SourceDescription] = {}
        self._claims: defaultdict[str, _Claims] = defaultdict(_Claims)
        self._findings: list[AuditFinding] = []
        self._notes: list[str] = []
        self._checked: dict[Promise, str] = {}
        self._not_checked: defaultdict[Promise, list[str]] = defaultdict(list)
        self._compared = 0
        """sources whose bytes were compared"""
        self._root = ""

    def run(self, whole: bool, key: bytes | None) -> AuditReport:
        """Compare the files with the manifest, read the stores once, then check each source and the outcome."""
        self._compare_files(key)
        if not self._read_ledger():
            return self._report(0, Tally())
        for store in _COLUMNS:
            for staged in staged_files(self._folder.root / store):
                self._find(AuditKind.UNPUBLISHED, str(staged), "waits to be published: the run did not finish")
            for path in published_files(self._folder.root / store):
                self._read(path, self._folder.root / store)
        self._check_decisions()
        self._read_forgotten()
        for source in sorted(self._claims.keys() - self._descriptions.keys()):
            self._find(AuditKind.SOURCE_UNKNOWN, source, "the store holds its records and the ledger does not name it")
        self._compare_inventory()
        for description, account in self._ledger:
            self._judge(description, account)
        forgot = sum((each.forgot() for each in self._claims.values()), Tally())
        self._checked[Promise.ACCOUNTED] = f"{counted(len(self._descriptions), 'source')} in the ledger"
        if forgot.records:
            self._checked[Promise.ACCOUNTED] += (
                f"; of what is stored {counted(forgot.records, 'line')} forgotten, each counted in its place"
            )
        self._checked[Promise.PLACES] = "all rows of evidence, rejects and decisions"
        if self._compared:
            self._checked[Promise.BYTES] = counted(self._compared, "input")
        self._compare_beside()
        self._guarded(Promise.COLUMNS, lambda: self._compare_columns(whole))
        self._guarded(Promise.OUTCOME, self._compare_outcome)
        records = sum((each.held() for each in self._claims.values()), Tally())
        self._notes += [*unread(self._ledger, shown=_MOST_PER_SOURCE)]
        return self._report(len(self._descriptions), records)

    def _report(self, sources: int, records: Tally) -> AuditReport:
        verdicts = [
            Verdict(promise, self._checked.get(promise, ""), tuple(self._not_checked[promise])) for promise in Promise
        ]
        findings, whole = tuple(self._findings), is_whole(self._ledger)
        return AuditReport(findings, tuple(self._notes), sources, records, whole, tuple(verdicts), self._root)

    def _compare_files(self, key: bytes | None) -> None:
        """Compare the files of the folder with the manifest, and its signature with the key."""
        try:
            manifest = read_manifest(self._folder)
        except ManifestError as error:
            self._find(AuditKind.MANIFEST_UNREADABLE, "manifest.json", _of_manifest(self._folder, str(error)))
            if key is not None:
                self._find(AuditKind.SIGNATURE_WRONG, "manifest.sig", "there is no manifest that it could be of")
            return
        self._root = manifest.root
        for difference, name, detail in differences(self._folder, manifest):
            self._find(_KIND_OF[difference], name, detail)
        in_stores, others = files_beside(self._folder, manifest)
        for path in in_stores:
            # of a file that waits to be published it is told that it does
            if not path.name.endswith(file_names.STAGED_ENDING):
                name = relative_name(self._folder, path)
                self._find(AuditKind.FILE_ADDED, name, "lies in a store, and the run did not write it")
        self._notes += [
            f"{relative_name(self._folder, path)}: is no file of the run, so it was not checked" for path in others
        ]
        self._checked[Promise.FILES] = counted(len(manifest.files), "file")
        if key is None:
            self._not_checked[Promise.SIGNED].append("no --key was given; whoever can write here can write a manifest")
            return
        signed = is_signed(self._folder, key, manifest.root)
        if not signed:
            why = "is missing" if signed is None else "is not that of this manifest and key"
            self._find(AuditKind.SIGNATURE_WRONG, "manifest.sig", why)
        self._checked[Promise.SIGNED] = "HMAC-SHA256"

    def _read_ledger(self) -> bool:
        """Read the ledger and check its sums; return whether it could be read."""
        try:
            document = self._folder.ledger.read_bytes()
            self._ledger = from_json(document)
            made = orjson.loads(to_json(self._ledger))
            held = orjson.loads(document)
        except FileNotFoundError:
            return self._unreadable("is missing: the run has not ended, or somebody removed it")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            return self._unreadable(f"{type(error).__name__}: {error}")
        self._descriptions = {description.source: description for description, _ in self._ledger}
        for name in ("total", "balanced", "sources", "refused", "forgotten"):
            if held.get(name) != made[name]:
                self._find(AuditKind.LEDGER_DIFFERS, "ledger.json", f"its {name} is not what its sources add up to")
        self._checked[Promise.LEDGER] = "its sums"
        return True

    def _unreadable(self, detail: str) -> bool:
        self._find(AuditKind.LEDGER_UNREADABLE, "ledger.json", detail)
        return False

    def _compare_inventory(self) -> None:
        """Compare the inputs of the ledger with those that the run has found."""
        record = self._record
        if record is None:
            for promise in (Promise.LEDGER, Promise.INPUTS, Promise.BESIDE, Promise.COLUMNS):
                self._not_checked[promise].append(self._why_not)
            return
        inventory = record.plan.inventory
        if not inventory.files:
            self._not_checked[Promise.LEDGER].append(f"{_NO_FILES}, which are not listed before they are read")
            return
        found = {file.source: file.description() for file in inventory.files}
        for source in sorted(found.keys() - self._descriptions.keys()):
            self._find(
                AuditKind.SOURCE_MISSING, source, "the run has found this input, and the ledger does not name it"
            )
        for source in sorted(self._descriptions.keys() - found.keys()):
            self._find(AuditKind.LEDGER_DIFFERS, source, "the run has found no such input")
        for source in sorted(found.keys() & self._descriptions.keys()):
            if found[source] != self._descriptions[source]:
                self._find(AuditKind.LEDGER_DIFFERS, source, "the ledger describes it otherwise than it was found")
        if {*inventory.refused} != {*self._ledger.refused}:
            self._find(AuditKind.LEDGER_DIFFERS, "ledger.json", "it names other refused files than the run has found")
        self._checked[Promise.LEDGER] = f"its sums, and {counted(len(found), 'input')} of run.json"

    def _compare_beside(self) -> None:
        """Look for inputs that are others by now, and for files that lie beside them and were not read."""
        if self._record is None:
            return
        for source, located in self._originals.located.items():
            if located.is_same is False:
                self._find(AuditKind.INPUT_CHANGED, source, "begins or ends otherwise than the file that was found")
        known = sum(located.is_same is not None for located in self._originals.located.values())
        if known:
            self._checked[Promise.INPUTS] = f"length, first and last bytes of {counted(known, 'input')}"
        if not self._record.tops:
            given = "the run was given no files or folders"
            self._not_checked[Promise.BESIDE].append(given if self._record.plan.inventory.files else _NO_FILES)
            return
        beside = 0
        try:
            for path in not_read(self._record, self._ledger):
                beside += 1
                if beside <= _MOST_PER_SOURCE:
                    self._find(
                        AuditKind.INPUT_NOT_READ, str(path), "lies in what was given to the run, which did not read it"
                    )
        except InputError as error:
            self._not_checked[Promise.BESIDE].append(str(error).removesuffix(" Nothing was read or written."))
            return
        self._checked[Promise.BESIDE] = "every folder that was given"

    def _compare_columns(self, whole: bool) -> None:
        """Read columns from the stored bytes once more."""
        if self._record is None:
            return
        if not self._record.plan.inventory.files:
            self._not_checked[Promise.COLUMNS].append(
                f"{_NO_FILES}; only records of files that a replay was given are read once more"
            )
            return
        if self._record.other_build:
            self._not_checked[Promise.COLUMNS].append(self._record.other_build)
            return
        # what stands in a record follows from those before it, which are not there any more
        forgotten = {source for source, claims in self._claims.items() if claims.forgotten}
        if forgotten:
            self._not_checked[Promise.COLUMNS].append(
                f"{counted(len(forgotten), 'source')} of which lines were forgotten"
            )
        check = check_columns(self._folder.root, self._record, whole=whole, without=forgotten)
        for each in check.differences:
            self._find(AuditKind.COLUMN_DIFFERS, each.source, each.detail, each.begin, each.end)
        if check.more:
            self._find(AuditKind.COLUMN_DIFFERS, "evidence", f"{check.more:,} more records")
        is_all = (whole and not forgotten) or check.records == self._held_records()
        how = "all" if is_all else "the beginning of each source"
        self._checked[Promise.COLUMNS] = f"{counted(check.records, 'record')}, {how}"
        if not is_all and not whole:
            self._not_checked[Promise.COLUMNS].append("the rest of longer sources; --deep reads all records once more")

    def _held_records(self) -> int:
        """Return how many records the stores hold."""
        return sum(each.held().records for each in self._claims.values())

    def _compare_outcome(self) -> None:
        """Compare items, decisions and digest with each other."""
        for detail in disagreements(self._folder):
            self._find(AuditKind.OUTCOME_DIFFERS, "items.jsonl", detail)
        self._checked[Promise.OUTCOME] = "each item against its decision"
        if self._record is None:
            self._not_checked[Promise.OUTCOME].append(f"the digest: {self._why_not}")
        elif self._record.other_build:
            self._not_checked[Promise.OUTCOME].append(f"the digest: {self._record.other_build}")
        elif (self._folder.root / COMPACTED_NAME).is_file():
            self._not_checked[Promise.OUTCOME].append("the digest: a compaction was cut short, and writes it anew")
        elif (self._folder.root / FEEDBACK_NAME).exists():
            self._not_checked[Promise.OUTCOME].append("the digest: verdicts were given after it was written")
        else:
            if detail := digest_differs(self._folder, self._record):
                self._find(AuditKind.DIGEST_DIFFERS, "digest.md", detail)
            self._checked[Promise.OUTCOME] += ", and the digest"

    def _guarded(self, promise: Promise, compare: Callable[[], None]) -> None:
        """Do a check that reads stores whole; where their files are damaged, which is found by itself, say that it was not
        done."""
        try:
            compare()
        except FileNotFoundError:
            raise
        except InputError as error:
            self._not_checked[promise].append(str(error))
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException, pl.exceptions.PolarsError) as error:
            self._not_checked[promise].append(f"the stores cannot be read ({type(error).__name__})")

    def _find(self, kind: AuditKind, source: str, detail: str, begin: int = -1, end: int = -1) -> None:
        self._findings.append(AuditFinding(kind, source, detail, begin, end))

    def _read(self, path: Path, root: Path) -> None:
        """Add the records of one Parquet file."""
        try:
            columns = _COLUMNS[root.name]
            coded = [each for each in columns if each in _CODED]
            with pq.ParquetFile(path, read_dictionary=coded) as file:
                self._check_schema(file.schema_arrow, path, root)
                for batch in file.iter_batches(_BATCH_ROWS, columns=columns):
                    self._check_place(batch, path, root)
                    self._claim(batch)
        except FileNotFoundError:
            # swapped out since the folder was listed: the audit begins anew
            raise
        except (OSError, KeyError, ValueError, pa.ArrowException) as error:
            self._find(AuditKind.FILE_DAMAGED, str(path), f"{type(error).__name__}: {error}")

    def _check_decisions(self) -> None:
        """Check that the files of decisions have the columns of theirs, and lie where their rows belong."""
        root = self._folder.root / DECISIONS.folder
        for path in published_files(root):
            try:
                with pq.ParquetFile(path, read_dictionary=["tenant"]) as file:
                    self._check_schema(file.schema_arrow, path, root)
                    for batch in file.iter_batches(_BATCH_ROWS, columns=["tenant", DECISIONS.time_column]):
                        self._check_place(batch, path, root)
            except FileNotFoundError:
                raise
            except (OSError, KeyError, ValueError, pa.ArrowException) as error:
                self._find(AuditKind.FILE_DAMAGED, str(path), f"{type(error).__name__}: {error}")

    def _check_schema(self, schema: pa.Schema, path: Path, root: Path) -> None:
        """Compare the columns of a file with those of its store; one that says that it is of another version is left be."""
        due = _SCHEMAS[root.name]
        metadata, due_metadata = schema.metadata or {}, due.metadata or {}
        if (
            metadata.get(b"contract") == due_metadata[b"contract"]
            and metadata.get(b"version") != due_metadata[b"version"]
        ):
            return
        missing = [name for name in due.names if name not in schema.names]
        further = [name for name in schema.names if name not in due.names]
        if missing or further or metadata.get(b"contract") != due_metadata[b"contract"]:
            how = [f"without {', '.join(missing)}"] if missing else []
            how += [f"with {', '.join(further)}"] if further else []
            self._find(AuditKind.FILE_DAMAGED, str(path), " and ".join(how or ["without the mark of a store"]))

    def _read_forgotten(self) -> None:
        """Add the places of records that were forgotten."""
        root = self._folder.root / EVIDENCE.folder
        for path in published_files(root, file_names.PLACES_ENDING):
            try:
                for place in read_places(path):
                    self._claims[place.source].forgotten.append(place)
            except FileNotFoundError:
                raise
            except (OSError, KeyError, ValueError, TypeError, pa.ArrowException) as error:
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
            self._compare_duplicate(description, account)
        elif path_of(source) is None and source != STDIN_SOURCE:
            first, last = claims.positions()
            repeated = np.flatnonzero(first[1:] <= np.maximum.accumulate(last)[:-1]) + 1
            self._find_each(AuditKind.OVERLAP, source, "held more than once", first[repeated], last[repeated])
            self._notes.append(f"{named(source)}: positions are no byte offsets, only that they occur once was checked")
            self._not_checked[Promise.BYTES].append(f"{named(source)}: its messages are not read again")
        else:
            self._judge_tiles(source, begin, end, self._expected_bytes(description, account))
            differing_begin, differing_end = claims.differing_intervals()
            self._find_each(AuditKind.BYTES_DIFFER, source, "not the input's bytes", differing_begin, differing_end)
            self._compare_forgotten(description, claims)

    def _compare_forgotten(self, description: SourceDescription, claims: _Claims) -> None:
        """Compare the checksums of what was forgotten with the bytes of the input."""
        original = self._originals.bytes_of(description)
        if original is None:
            return
        for place in claims.forgotten:
            if zlib.crc32(original[place.begin : place.end]) != place.crc32:
                detail = "what was forgotten here were not the input's bytes"
                self._find(AuditKind.BYTES_DIFFER, description.source, detail, place.begin, place.end)

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
            if source in self._originals.no_room:
                self._not_checked[Promise.BYTES].append(f"{named(source)}: {self._originals.no_room[source]}")
            elif description.can_be_reread:
                self._find(AuditKind.INPUT_MISSING, source, "cannot be read again, so its bytes were not compared")
            else:
                self._notes.append(f"{named(source)}: can be read only once, so its bytes were not compared")
                self._not_checked[Promise.BYTES].append(f"{named(source)}: can be read only once")
            return received_bytes
        self._compared += 1
        if not description.can_be_reread:
            self._find(
                AuditKind.LEDGER_DIFFERS, source, "the ledger says that it can be read only once, and it is a file"
            )
        if len(original) <= received_bytes:
            return len(original)
        located = self._originals.located[source]
        if located.path.stat().st_size > description.size_bytes:
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

    def _compare_duplicate(self, description: SourceDescription, account: Account) -> None:
        """Compare the bytes of a duplicate with those of the input that it repeats."""
        known = self._descriptions.get(description.duplicate_of)
        if known is None:
            return
        own, original = self._originals.bytes_of(description), self._originals.bytes_of(known)
        if own is None or original is None:
            which = description.source if own is None else known.source
            why = self._originals.no_room.get(which, "cannot be read again")
            self._not_checked[Promise.DUPLICATES].append(f"{named(description.source)}: {named(which)} {why}")
            return
        size_bytes = account.received.bytes
        if (
            len(own) < size_bytes
            or len(original) < size_bytes
            or not np.array_equal(own[:size_bytes], original[:size_bytes])
        ):
            detail = f"counts as a repetition of {known.source}, and holds other bytes"
            self._find(AuditKind.DUPLICATE_DIFFERS, description.source, detail)
        self._checked[Promise.DUPLICATES] = "all bytes of each"

    def _compare_counts(self, source: str, claims: _Claims, account: Account) -> None:
        """Compare the rows of the stores with the counts of the ledger."""
        pairs = [("stored", claims.stored + claims.forgot(), account.stored)]
        # a compaction that was cut short has forgotten lines, and not written it into the ledger yet
        if self._root:
            pairs.append(("forgotten", claims.forgot(), account.raw_forgotten))
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
    """Return a text column as codes and the texts they stand for. Raises `ValueError` where a code stands for none."""
    column = batch.column(name)
    coded = column if isinstance(column, pa.DictionaryArray) else column.dictionary_encode()
    texts: list[str] = coded.dictionary.to_pylist()  # type: ignore[assignment]  # the columns hold no nulls
    codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    # a changed byte may leave a file that can be decoded, with a dictionary that has lost entries
    if len(codes) and not 0 <= codes.min() <= codes.max() < len(texts):
        raise ValueError(f"{name} has codes outside its dictionary")
    return codes, texts


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


def _of_manifest(folder: OutputFolder, detail: str) -> str:
    """Return what is wrong with a manifest, and what that means."""
    if folder.manifest.exists():
        return detail
    if (folder.root / "_recovery").is_dir():
        return f"{detail}: the run goes on, or was cut short; --resume ends it"
    if (folder.root / COMPACTED_NAME).is_file():
        return f"{detail}: a compaction was cut short; `brainstem compact` ends it"
    return f"{detail}: somebody removed it"
