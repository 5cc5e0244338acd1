"""Compaction of an output folder by hand: joins the stored files of a run that no process is writing.

Takes the folder, holds its lock meanwhile, and returns what it did in words. Where the run has ended, its files are compared
with its manifest first, and it is written anew at the end: what was changed by others is not joined to what the run wrote.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from brainstem.text.phrases import counted, printable
from connectors.base import ConfigurationError, InputError
from flows.audit.manifest import begin_compaction, end_compaction
from flows.recovery.store import Recovery
from flows.sinks.output_folder import OutputFolder
from state.store.compaction import BY_HAND, compact_store
from state.store.layouts import STORES
from state.store.listing import published_files

_LEFT_SHOWN: Final = 20


def compact_folder(out: Path) -> Iterator[str]:
    """Join the files of each store, and return a line for each of them, and one for each file that stays as it is.

    Raises `InputError` for a folder that holds no run, or a file that the run did not write so, `ConfigurationError` for one
    that a run is writing.
    """
    if not any((out / layout.folder).is_dir() for layout in STORES):
        raise InputError(f"{out} holds no evidence. Give the --out folder of a run.")
    running = ConfigurationError(
        f"{out}: a run is writing there, and joins its files by itself. Wait for it, or stop it first."
    )
    folder = OutputFolder(out)
    with Recovery(out).locked(running):
        was_signed = folder.signature.exists()
        begin_compaction(folder)
        for layout in STORES:
            root = out / layout.folder
            before = len(published_files(root))
            outcome = compact_store(root, layout, BY_HAND)
            yield f"{layout.folder}: {counted(before, 'file')} before, {counted(len(published_files(root)), 'file')} now"
            left = [f"  {printable(str(path))} stays as it is: {why}" for path, why in sorted(outcome.left.items())]
            yield from left[:_LEFT_SHOWN]
            if len(left) > _LEFT_SHOWN:
                yield f"  and {len(left) - _LEFT_SHOWN:,} more"
        if root_hash := end_compaction(folder):
            yield f"root of the manifest: {root_hash}"
        if was_signed:
            yield f"the manifest is not signed any more; sign it again: brainstem audit {out} --key FILE --sign"
