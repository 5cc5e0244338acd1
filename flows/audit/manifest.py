"""The manifest of a run that has ended: every file of its output with length and SHA-256, and one root hash over all.

**File** `OUT/manifest.json`: `files`, in order of path, and `root`, the SHA-256 of these lines of all of them:
`PATH NUL LENGTH NUL SHA-256 LF`. `run.json` is one of the files and holds the inputs, so the root covers these as well.

**When it is written.** Last, once all the files that it names are durable; its presence says that a run has ended, so that a
kill before it makes a resumed run finish once more. A live run that goes on puts it aside before it writes anything, and
writes a new one when it stops; it takes over the entries of what is stored already, so that a stop reads only what is new. A
compaction by hand compares the files with it first, removes it, and writes it anew.

**What it proves.** A file that was changed, moved, added or removed after the run differs from it. Whoever can write into
the folder can also write a manifest of what he has made of it; against that there is the root, kept elsewhere, or its
signature: `manifest.sig`, HMAC-SHA256 (RFC 2104) of the root with a key that lies elsewhere.

Not in it: what people and processes write beside a run that has ended (`BESIDE`).
"""

import hashlib
import hmac
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

import orjson

from brainstem.text.phrases import counted
from connectors.base import ConfigurationError, InputError
from flows.sinks.output_folder import (
    EARLIER_MANIFEST_NAME,
    LAST_START_NAME,
    LEADER_LOCK_NAME,
    LOCK_NAME,
    REPAIRED_ENDS_NAME,
    OutputFolder,
)
from state.store.atomic_files import publish, sync, write_file
from state.store.file_names import ENDINGS, ROLLUPS
from state.store.layouts import STORES
from state.store.listing import published_files, rereading
from state.store.parquet_files import unreadable

MANIFEST_VERSION: Final = 1
KEY_BYTES_LEAST: Final = 16
COMPACTED_NAME: Final = "_manifest-before-compaction.json"
"""the manifest of a folder whose files are being joined"""
BESIDE: Final = frozenset(
    {
        "manifest.json",
        "manifest.sig",
        "feedback.jsonl",
        "_accounts",
        ROLLUPS,
        COMPACTED_NAME,
        EARLIER_MANIFEST_NAME,
        LAST_START_NAME,
        REPAIRED_ENDS_NAME,
        LOCK_NAME,
        LEADER_LOCK_NAME,
    }
)
"""files that come after the manifest, or without a run"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the output; `path` is relative to its folder, its bytes that are no text escaped."""

    path: str
    length_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of an output folder, in order of path."""

    files: tuple[Entry, ...]

    @property
    def root(self) -> str:
        """Return the SHA-256 over all files, in hexadecimal digits."""
        whole = hashlib.sha256()
        for entry in self.files:
            whole.update(f"{entry.path}\0{entry.length_bytes}\0{entry.sha256}\n".encode())
        return whole.hexdigest()

    def to_json(self) -> bytes:
        """Return the document of `manifest.json`."""
        document = {
            "version": MANIFEST_VERSION,
            "root": self.root,
            "files": [
                {"path": entry.path, "bytes": entry.length_bytes, "sha256": entry.sha256} for entry in self.files
            ],
        }
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


NO_ENTRIES: Final[Mapping[str, Entry]] = {}


class Difference(Enum):
    """How a file differs from its entry."""

    CHANGED = "changed"
    MISSING = "missing"


class ManifestError(InputError):
    """A manifest that cannot be read, or whose root is not that of its files."""


def manifest_from_json(document: bytes) -> Manifest:
    """Return the manifest of a document. Raises `ManifestError` for anything else, also for a root that does not fit."""
    try:
        parsed: dict[str, Any] = orjson.loads(document)
        if parsed["version"] != MANIFEST_VERSION:
            raise ManifestError(f"is of version {parsed['version']}, this program reads {MANIFEST_VERSION}")
        files = [Entry(str(each["path"]), int(each["bytes"]), str(each["sha256"])) for each in parsed["files"]]
        manifest, root = Manifest(tuple(files)), parsed["root"]
        found = manifest.root
    except (ValueError, KeyError, TypeError) as error:
        raise ManifestError(f"is damaged ({type(error).__name__}: {error})") from error
    if root != found:
        raise ManifestError("names a root hash that is not that of its files")
    return manifest


def read_manifest(folder: OutputFolder) -> Manifest:
    """Read the manifest of a folder. Raises `ManifestError` where there is none that can be read."""
    return manifest_from_file(folder.manifest)


def manifest_from_file(path: Path) -> Manifest:
    """Read a manifest. Raises `ManifestError` where it is none, or cannot be read."""
    try:
        return manifest_from_json(path.read_bytes())
    except FileNotFoundError as error:
        raise ManifestError("is missing") from error
    except OSError as error:
        raise ManifestError(f"cannot be read ({error.strerror})") from error


@rereading
def manifest_of(folder: OutputFolder, kept: Mapping[str, Entry] = NO_ENTRIES) -> Manifest:
    """Return the manifest of the files as they are now. They must be durable; staged files are not in it.

    Files that have an entry in `kept` are not read.
    """
    entries = (kept.get(relative_name(folder, path)) or entry_of(folder, path) for path in _files(folder))
    return Manifest(tuple(sorted(entries, key=lambda entry: entry.path)))


def manifest_going_on(folder: OutputFolder) -> Manifest:
    """Return the manifest of the files as they are now, with the entries of stored files that the earlier manifest names.

    A stored file is never written again under its name, so one that has been changed since differs from its entry.
    """
    try:
        earlier = {entry.path: entry for entry in manifest_from_file(folder.earlier_manifest).files}
    except ManifestError:
        return manifest_of(folder)
    stores = tuple(f"{layout.folder}/" for layout in STORES)
    kept = {name: entry for name, entry in earlier.items() if name.startswith(stores)}
    return manifest_of(folder, kept)


def write_manifest(folder: OutputFolder) -> str:
    """Write the manifest of a folder in which nothing is written any more; return its root."""
    manifest = manifest_going_on(folder)
    # the signature of an earlier state says nothing of this one
    folder.signature.unlink(missing_ok=True)
    write_file(folder.manifest, manifest.to_json())
    folder.earlier_manifest.unlink(missing_ok=True)
    return manifest.root


def entry_of(folder: OutputFolder, path: Path) -> Entry:
    """Return length and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        length_bytes = file.tell()
    return Entry(relative_name(folder, path), length_bytes, digest)


def relative_name(folder: OutputFolder, path: Path) -> str:
    """Return the name of a file in a manifest; a byte that is no UTF-8 as `\\x` and two digits."""
    return os.fsencode(path.relative_to(folder.root)).decode("utf-8", "backslashreplace")


def _files(folder: OutputFolder) -> Iterator[Path]:
    """Yield the files that a manifest names."""
    yield from filter(
        Path.is_file, (folder.run_record, folder.started_from, folder.ledger, folder.items, folder.digest)
    )
    for layout in STORES:
        for ending in ENDINGS:
            yield from published_files(folder.root / layout.folder, ending)


def differences(folder: OutputFolder, manifest: Manifest) -> Iterator[tuple["Difference", str, str]]:
    """Yield kind, name and detail of each file that is not as the manifest says."""
    for entry in manifest.files:
        path = folder.root / entry.path
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                yield Difference.CHANGED, entry.path, "is no regular file any more"
                continue
            found = entry_of(folder, path)
        except FileNotFoundError:
            yield Difference.MISSING, entry.path, "the run wrote it, and it is gone"
            continue
        except OSError as error:
            yield Difference.CHANGED, entry.path, f"cannot be read ({error.strerror})"
            continue
        if found.length_bytes != entry.length_bytes:
            sizes = f"has {counted(found.length_bytes, 'byte')}, and had {entry.length_bytes:,}"
            yield Difference.CHANGED, entry.path, sizes
        elif found != entry:
            yield Difference.CHANGED, entry.path, "its bytes are not those that the run wrote"


def lost_file(folder: OutputFolder) -> str:
    """Return what is wrong with the first file that is gone or has another length than the manifest says; empty for none.

    No file is read, and those are left out that no answer is read from. Without a manifest, as in the folder of a run that
    has not ended, nothing is known to be lost.
    """
    try:
        manifest = read_manifest(folder)
    except ManifestError:
        return ""
    for entry in manifest.files:
        if entry.path in (folder.digest.name, folder.run_record.name):
            continue
        try:
            length_bytes = (folder.root / entry.path).stat().st_size
        except OSError:
            return f"{folder.root / entry.path} is missing"
        if length_bytes != entry.length_bytes:
            return f"{folder.root / entry.path} has {counted(length_bytes, 'byte')}, and had {entry.length_bytes:,}"
    return ""


def damaged_file(folder: OutputFolder) -> str:
    """Return what is wrong with the first file that is not as the run wrote it, or cannot be read; empty for none."""
    try:
        for _, name, detail in differences(folder, read_manifest(folder)):
            return f"{folder.root / name}: {detail}"
    except ManifestError:
        for layout in STORES:
            for path in published_files(folder.root / layout.folder):
                if why := unreadable(path):
                    return f"{path} cannot be read ({why})"
    return ""


def begin_compaction(folder: OutputFolder) -> None:
    """Compare the files with the manifest, and put it aside until `end_compaction`. Does nothing where there is none.

    Raises `InputError` for the first file that is not as the run wrote it. Of a compaction that was cut short before, only
    the files that it does not join can be compared.
    """
    aside = _aside(folder)
    is_repeated = aside.is_file()
    if not is_repeated and not folder.manifest.is_file():
        return
    try:
        manifest = manifest_from_file(aside if is_repeated else folder.manifest)
    except ManifestError as error:
        raise InputError(
            f"{aside if is_repeated else folder.manifest} {error}. Nothing was joined. Operator action: restore the file"
            f" from a copy, or `brainstem repair {folder.root}` makes it anew."
        ) from error
    stores = tuple(f"{layout.folder}/" for layout in STORES)
    for _, name, detail in differences(folder, manifest):
        # ledger and digest tell what was forgotten, so the compaction that was cut short may have written them
        if not is_repeated or not (name.startswith(stores) or name in (folder.ledger.name, folder.digest.name)):
            raise InputError(
                f"{folder.root / name}: {detail}. Nothing was joined. Operator action: `brainstem audit {folder.root}` says"
                f" what else is wrong, and `brainstem repair {folder.root}` makes a whole output of what can be read."
            )
    if not is_repeated:
        folder.signature.unlink(missing_ok=True)
        publish(folder.manifest, aside)


def is_compacting(folder: OutputFolder) -> bool:
    """Return whether `begin_compaction` has put the manifest aside."""
    return _aside(folder).is_file()


def end_compaction(folder: OutputFolder) -> str:
    """Write the manifest anew that `begin_compaction` has put aside, and return its root; empty where there was none."""
    if not _aside(folder).is_file():
        return ""
    root = write_manifest(folder)
    _aside(folder).unlink()
    sync(folder.root)
    return root


def _aside(folder: OutputFolder) -> Path:
    return folder.root / COMPACTED_NAME


def files_beside(folder: OutputFolder, manifest: Manifest) -> tuple[list[Path], list[Path]]:
    """Return the files of the folder that the manifest does not name: those in its stores, and all others, in order."""
    named = {entry.path for entry in manifest.files}
    stores = {layout.folder for layout in STORES}
    in_stores: list[Path] = []
    others: list[Path] = []
    for top, _, names in os.walk(folder.root):
        for name in names:
            path = Path(top) / name
            first = path.relative_to(folder.root).parts[0]
            if relative_name(folder, path) in named or first in BESIDE or first.startswith("status-"):
                continue
            (in_stores if first in stores else others).append(path)
    return sorted(in_stores), sorted(others)


def read_key(path: Path) -> bytes:
    """Return the key in a file, all its bytes. Raises `ConfigurationError` where it cannot be read or is too short."""
    try:
        # a device would be read for ever
        key = path.read_bytes() if path.is_file() else b""
    except OSError as error:
        raise ConfigurationError(f"--key {path} cannot be read: {error.strerror}.") from error
    if len(key) < KEY_BYTES_LEAST:
        raise ConfigurationError(
            f"--key {path} is no file of {KEY_BYTES_LEAST} or more bytes. Make one: head -c 32 /dev/urandom > {path}"
        )
    return key


def signature_of(key: bytes, root: str) -> str:
    """Return the HMAC-SHA256 of a root, in hexadecimal digits."""
    return hmac.new(key, root.encode(), "sha256").hexdigest()


def sign_manifest(folder: OutputFolder, key: bytes) -> str:
    """Write the signature of the folder's manifest, and return its root. Raises `ManifestError` where there is none."""
    root = read_manifest(folder).root
    write_file(folder.signature, f"{signature_of(key, root)}\n".encode())
    return root


def is_signed(folder: OutputFolder, key: bytes, root: str) -> bool | None:
    """Return whether the signature of a folder is that of a root; None where there is no signature."""
    try:
        found = folder.signature.read_bytes()
    except OSError:
        return None
    return hmac.compare_digest(found.strip(), signature_of(key, root).encode())
