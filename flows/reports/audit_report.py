"""The findings of an audit, as values and as text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from brainstem.contracts.ledger import Tally
from brainstem.text.phrases import counted, printable

_SHOWN: Final = 20


class AuditKind(StrEnum):
    """The kinds of findings."""

    LEDGER_UNREADABLE = "ledger_unreadable"
    UNBALANCED = "unbalanced"
    UNPUBLISHED = "unpublished"
    FILE_DAMAGED = "file_damaged"
    SOURCE_UNKNOWN = "source_unknown"
    WRONG_FOLDER = "wrong_folder"
    INPUT_MISSING = "input_missing"
    GAP = "gap"
    OVERLAP = "overlap"
    BEYOND_END = "beyond_end"
    BYTES_DIFFER = "bytes_differ"
    COUNT_DIFFERS = "count_differs"
    DUPLICATE_UNCOVERED = "duplicate_uncovered"


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
class AuditReport:
    """How much was checked, the findings, and what could not be checked (notes)."""

    findings: tuple[AuditFinding, ...]
    notes: tuple[str, ...]
    sources: int
    records: Tally
    is_whole: bool = True
    """whether every input was read to its end; the notes name those that were not"""

    @property
    def ok(self) -> bool:
        """Return whether nothing was found."""
        return not self.findings

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
        lines += [f"note: {printable(note)}" for note in self.notes]
        return "\n".join(lines) + "\n"
