"""The findings of an audit, and of each promise whether it was checked, as values and as text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from brainstem.contracts.ledger import Tally
from brainstem.text.phrases import counted, printable

_SHOWN: Final = 20
_REASONS_SHOWN: Final = 3


class AuditKind(StrEnum):
    """The kinds of findings."""

    LEDGER_UNREADABLE = "ledger_unreadable"
    LEDGER_DIFFERS = "ledger_differs"
    UNBALANCED = "unbalanced"
    UNPUBLISHED = "unpublished"
    FILE_DAMAGED = "file_damaged"
    FILE_CHANGED = "file_changed"
    FILE_MISSING = "file_missing"
    FILE_ADDED = "file_added"
    MANIFEST_UNREADABLE = "manifest_unreadable"
    SIGNATURE_WRONG = "signature_wrong"
    SOURCE_UNKNOWN = "source_unknown"
    SOURCE_MISSING = "source_missing"
    WRONG_FOLDER = "wrong_folder"
    INPUT_MISSING = "input_missing"
    INPUT_CHANGED = "input_changed"
    INPUT_NOT_READ = "input_not_read"
    GAP = "gap"
    OVERLAP = "overlap"
    BEYOND_END = "beyond_end"
    BYTES_DIFFER = "bytes_differ"
    COLUMN_DIFFERS = "column_differs"
    COUNT_DIFFERS = "count_differs"
    DUPLICATE_UNCOVERED = "duplicate_uncovered"
    DUPLICATE_DIFFERS = "duplicate_differs"
    OUTCOME_DIFFERS = "outcome_differs"
    DIGEST_DIFFERS = "digest_differs"


class Promise(StrEnum):
    """What a run promises, in the order in which an audit reports it."""

    FILES = "every file of the output is as the run wrote it"
    SIGNED = "the manifest is signed with the key"
    LEDGER = "the ledger names what the run has found, and adds up"
    ACCOUNTED = "every record received is stored, rejected, dropped or a counted duplicate"
    BYTES = "what is stored is equal to the inputs, byte for byte"
    DUPLICATES = "duplicates hold the same bytes as what they repeat"
    INPUTS = "the inputs are the files that were found"
    BESIDE = "no file lies in the inputs that was not read"
    PLACES = "each row lies in the folder of its tenant and day"
    COLUMNS = "times, hosts, services, severities and signatures follow from the bytes"
    OUTCOME = "items, decisions and digest agree"


BROKEN_BY: Final = {
    Promise.FILES: {
        AuditKind.FILE_CHANGED,
        AuditKind.FILE_MISSING,
        AuditKind.FILE_ADDED,
        AuditKind.MANIFEST_UNREADABLE,
    },
    Promise.SIGNED: {AuditKind.SIGNATURE_WRONG},
    Promise.LEDGER: {AuditKind.LEDGER_UNREADABLE, AuditKind.LEDGER_DIFFERS, AuditKind.SOURCE_MISSING},
    Promise.ACCOUNTED: {
        AuditKind.UNBALANCED,
        AuditKind.UNPUBLISHED,
        AuditKind.FILE_DAMAGED,
        AuditKind.SOURCE_UNKNOWN,
        AuditKind.GAP,
        AuditKind.OVERLAP,
        AuditKind.BEYOND_END,
        AuditKind.COUNT_DIFFERS,
    },
    Promise.BYTES: {AuditKind.BYTES_DIFFER, AuditKind.INPUT_MISSING},
    Promise.DUPLICATES: {AuditKind.DUPLICATE_UNCOVERED, AuditKind.DUPLICATE_DIFFERS},
    Promise.INPUTS: {AuditKind.INPUT_CHANGED},
    Promise.BESIDE: {AuditKind.INPUT_NOT_READ},
    Promise.PLACES: {AuditKind.WRONG_FOLDER},
    Promise.COLUMNS: {AuditKind.COLUMN_DIFFERS},
    Promise.OUTCOME: {AuditKind.OUTCOME_DIFFERS, AuditKind.DIGEST_DIFFERS},
}
"""the promise that a finding breaks; each kind stands under one"""


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One violation; `begin` and `end` are byte offsets in the source, -1 for none."""

    kind: AuditKind
    source: str
    detail: str
    begin: int = -1
    end: int = -1

    def __str__(self) -> str:
        where = f" bytes {self.begin}..{self.end}" if self.begin >= 0 else ""
        return printable(f"{self.kind}: {named(self.source)}{where}: {self.detail}")


def named(source: str) -> str:
    """Return a source's name as a sentence has it: "stdin" for "stdin:"."""
    return source.removesuffix(":")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one promise: `checked` says how much was looked at, empty for nothing, and each of `not_checked` why
    something was not."""

    promise: Promise
    checked: str = ""
    not_checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditReport:
    """How much was checked, the findings, the verdict on each promise, and what else is worth knowing (notes)."""

    findings: tuple[AuditFinding, ...]
    notes: tuple[str, ...]
    sources: int
    records: Tally
    is_whole: bool = True
    """whether every input was read to its end; the notes name those that were not"""
    verdicts: tuple[Verdict, ...] = ()
    root: str = ""
    """root hash of the manifest; empty where there is none that can be read"""

    @property
    def ok(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings

    def broken(self, promise: Promise) -> int:
        """Return the number of findings that break a promise."""
        return sum(finding.kind in BROKEN_BY[promise] for finding in self.findings)

    def to_text(self) -> str:
        """Return the report for a person, the first findings of many."""
        fine = "everything received is accounted for" if self.records.records else "nothing was received"
        verdict = fine if self.ok else counted(len(self.findings), "finding")
        records = f"{counted(self.records.records, 'record')}, {counted(self.records.bytes, 'byte')}"
        checked = f"{counted(self.sources, 'source')}, {records}"
        rest = "" if self.is_whole else "; not everything that was found could be read, see the notes"
        lines = [f"audit: {verdict} ({checked} checked){rest}"]
        lines += [str(finding) for finding in self.findings[:_SHOWN]]
        if len(self.findings) > _SHOWN:
            lines.append(f"and {len(self.findings) - _SHOWN:,} more")
        lines += [printable(line) for verdict in self.verdicts for line in self._lines(verdict)]
        if self.root:
            lines.append(f"root of the manifest: {self.root}")
        lines += [f"note: {printable(note)}" for note in self.notes]
        return "\n".join(lines) + "\n"

    def _lines(self, verdict: Verdict) -> list[str]:
        """Return what came of a promise, a line for each outcome."""
        lines = []
        broken = self.broken(verdict.promise)
        if broken:
            lines.append(f"broken: {verdict.promise} ({counted(broken, 'finding')})")
        elif verdict.checked:
            lines.append(f"checked: {verdict.promise} ({verdict.checked})")
        lines += [f"not checked: {verdict.promise}: {why}" for why in verdict.not_checked[:_REASONS_SHOWN]]
        if len(verdict.not_checked) > _REASONS_SHOWN:
            lines.append(f"not checked: {verdict.promise}: and {len(verdict.not_checked) - _REASONS_SHOWN:,} more")
        return lines
