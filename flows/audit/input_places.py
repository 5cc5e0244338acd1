"""What lies where the inputs of a run lay: whether they are those that were read, and whether others have joined them.

Takes the record of a run; returns findings in words. An input that was renamed is found again by the hash of its beginning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from brainstem.contracts.ledger import Ledger, SourceDescription
from connectors.files.compression import Compression
from connectors.files.cursor import FileInput, path_of
from connectors.files.discovery import files_below
from connectors.files.peek import peek
from connectors.files.rotation import renamed
from flows.recovery.run_record import RunRecord, Sample, sample_of


@dataclass(frozen=True, slots=True)
class Located:
    """Where an input is now. `is_same` says whether it begins and ends with what was found before the run; None where
    nothing is known of that."""

    path: Path
    compression: Compression
    is_same: bool | None


def path_of_input(description: SourceDescription) -> Path | None:
    """Return the path of an input; None for one that is no file. A second mention of a file has another name, not path."""
    scheme, _, _ = description.source.partition(":")
    return path_of(f"{scheme}:{description.path}") if description.path else path_of(description.source)


def locate(description: SourceDescription, record: RunRecord | None) -> Located | None:
    """Return where an input is now, under its own name or one that rotation has given it; None for one that is no file."""
    path = path_of_input(description)
    if path is None:
        return None
    compression = Compression(description.compression)
    sample = record.samples.get(description.source) if record is not None else None
    if record is None or sample is None:
        return Located(path, compression, None)
    if sample_of(path, compression, sample.size_bytes, sample.head_bytes) == sample:
        return Located(path, compression, True)
    file = next((each for each in record.plan.inventory.files if each.source == description.source), None)
    for other in renamed(file) if file is not None else ():
        if other.path is not None and _begins_as(other, sample):
            return Located(other.path, other.compression, True)
    return Located(path, compression, False)


def _begins_as(other: FileInput, sample: Sample) -> bool:
    """Return whether a file holds what an input held at its beginning; an empty one says nothing."""
    if other.path is None or not sample.head_bytes:
        return False
    found = sample_of(other.path, other.compression, other.size_bytes, sample.head_bytes)
    return found is not None and found.head_sha256 == sample.head_sha256


def not_read(record: RunRecord, ledger: Ledger) -> Iterator[Path]:
    """Yield the files that lie in the inputs of a run now and that its ledger does not name.

    A copy that rotation has made of an input is none. Raises `InputError` where an input is gone.
    """
    known = {path for description, _ in ledger if (path := path_of_input(description)) is not None}
    known |= {Path(refused.path) for refused in ledger.refused}
    # of a copy that rotation has made the beginning is known
    heads = {(sample.head_bytes, sample.head_sha256) for sample in record.samples.values() if sample.head_bytes}
    lengths = sorted({head_bytes for head_bytes, _ in heads})
    for top in record.tops:
        for path, size_bytes in files_below(top, [record.settings.out, Path(record.shown_out)]):
            if path in known or not size_bytes:
                continue
            seen = peek(path, UTC, both_ends=False)
            if seen.refusal is not None:
                continue
            samples = (sample_of(path, seen.compression, size_bytes, length) for length in lengths)
            if not any(each and (each.head_bytes, each.head_sha256) in heads for each in samples):
                yield path
