"""The output folder of a run: the path of each part, and whether a run may begin in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.base import ConfigurationError, InputError
from state.store.atomic_files import sync
from state.store.file_names import ROLLUPS

LOCK_NAME: Final = "_lock"
"""held by the run that writes into the folder"""
RUN_RECORD_NAME: Final = "run.json"
LAST_START_NAME: Final = "_last-start.json"
REPAIRED_ENDS_NAME: Final = "_repaired-ends.json"
EARLIER_MANIFEST_NAME: Final = "_manifest-before-run.json"
LEADER_LOCK_NAME: Final = "_lock-0"
"""held by process 0 of a cluster by addresses; it has content once the other processes may begin"""


FEEDBACK_NAME: Final = "feedback.jsonl"
"""verdicts of people, which `brainstem feedback` appends"""


@contextmanager
def require_creatable(out: Path) -> Iterator[None]:
    """Run a block that creates folders or files of a run. Raises `ConfigurationError` where the operating system refuses."""
    try:
        yield
    except (PermissionError, NotADirectoryError, FileExistsError, FileNotFoundError) as error:
        raise ConfigurationError(
            f"--out {out} cannot be the folder of a run: {error.strerror} ({error.filename}). Give a folder that is new, in"
            " a place where you may write."
        ) from error


@dataclass(frozen=True, slots=True)
class OutputFolder:
    """The paths of an output folder."""

    root: Path

    @property
    def items(self) -> Path:
        """Items that surfaced, one CloudEvent a line."""
        return self.root / "items.jsonl"

    @property
    def evidence(self) -> Path:
        """Every stored event."""
        return self.root / "evidence"

    @property
    def decisions(self) -> Path:
        """Every change of a band, as Parquet."""
        return self.root / "decisions"

    @property
    def rejects(self) -> Path:
        """Every record that is no event, as Parquet."""
        return self.root / "rejects"

    @property
    def ledger(self) -> Path:
        """The account of every source."""
        return self.root / "ledger.json"

    @property
    def digest(self) -> Path:
        """The items for a person."""
        return self.root / "digest.md"

    @property
    def rollups(self) -> Path:
        """What `recall` and `queue` keep of the evidence; it may be removed at any time."""
        return self.root / ROLLUPS

    @property
    def accounts(self) -> Path:
        """The accounts of source partitions and tenant shards, until the ledger is written."""
        return self.root / "_accounts"

    @property
    def started_from(self) -> Path:
        """The copy of the memory that the run started from."""
        return self.root / "started-from.sqlite3"

    @property
    def run_record(self) -> Path:
        """What was asked of the run, and which inputs it found."""
        return self.root / RUN_RECORD_NAME

    @property
    def last_start(self) -> Path:
        """What the last start of a live run was asked beside its record."""
        return self.root / LAST_START_NAME

    @property
    def repaired_ends(self) -> Path:
        """Where a new run begins behind a live one that was repaired into a whole output."""
        return self.root / REPAIRED_ENDS_NAME

    @property
    def manifest(self) -> Path:
        """Every file of a run that has ended, with length and SHA-256."""
        return self.root / "manifest.json"

    @property
    def signature(self) -> Path:
        """The signature of the manifest, where somebody has asked for one."""
        return self.root / "manifest.sig"

    @property
    def earlier_manifest(self) -> Path:
        """Return the path of the manifest that the run had when it stopped last, while it goes on."""
        return self.root / EARLIER_MANIFEST_NAME

    @property
    def is_finished(self) -> bool:
        """Return whether a replay into this folder has ended: the manifest is the last file it writes."""
        return self.manifest.is_file()

    def remove(self) -> None:
        """Remove all that a run has written into the folder, but not the folder itself."""
        for folder in (self.evidence, self.decisions, self.rejects, self.accounts, self.rollups):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (
            self.manifest,
            self.signature,
            self.earlier_manifest,
            self.items,
            self.ledger,
            self.digest,
            self.run_record,
            self.last_start,
            self.repaired_ends,
            self.started_from,
        ):
            file.unlink(missing_ok=True)

    def forget_start(self) -> None:
        """Remove the copy of a memory that a run has made before it had a plan; it has read nothing."""
        for file in self.start_files:
            file.unlink(missing_ok=True)

    @property
    def start_files(self) -> tuple[Path, Path]:
        """Return the copy of a memory that a run makes before it has a plan, whole and half made."""
        return self.started_from, self.started_from.with_name(f".{self.started_from.name}.aside")

    def require_empty(self) -> None:
        """Check that the folder holds nothing but locks. Raises `ConfigurationError`."""
        if self.root.exists() and any(each.name not in (LOCK_NAME, LEADER_LOCK_NAME) for each in self.root.iterdir()):
            raise ConfigurationError(
                f"--out {self.root}: the folder is not empty. Give a new one, or remove what an earlier run left there."
            )

    def require_no_output(self) -> None:
        """Check that no run has written here. Raises `InputError` with what to do about an output that cannot be resumed."""
        parts = (self.ledger, self.digest, self.items, self.evidence, self.decisions, self.rejects, self.run_record)
        if any(part.exists() for part in parts):
            raise InputError(
                f"{self.root} holds the output of a run, but neither its manifest.json, which says that it has ended, nor"
                " its _recovery, from which it would go on. What is stored there was not touched. Operator action:"
                f" `brainstem repair {self.root}` makes a whole output of what is stored, or start anew with a new folder."
            )

    def forget_manifest(self) -> None:
        """Remove the manifest, durably: what it names is about to change."""
        for file in (self.signature, self.manifest, self.earlier_manifest):
            file.unlink(missing_ok=True)
        sync(self.root)

    def put_manifest_aside(self) -> None:
        """Put the manifest aside, durably, for a run that goes on: it adds files, and leaves stored ones as they are."""
        self.signature.unlink(missing_ok=True)
        if self.manifest.is_file():
            self.manifest.rename(self.earlier_manifest)
        sync(self.root)

    def open(self) -> None:
        """Create the folders and files that a run needs and that are missing."""
        with require_creatable(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            for folder in (self.evidence, self.decisions, self.rejects, self.accounts):
                # they hold the text of logs, which is not for everybody on the machine
                folder.mkdir(mode=0o750, exist_ok=True)
            # a run that surfaces nothing has an empty list of items, not none
            self.items.touch()
