"""Compaction of an output folder by hand: joins the stored files of a run that no process is writing, and forgets lines that
have been kept as long as the band of their family says.

Takes the folder, holds its lock meanwhile, and returns what it did in words. Where the run has ended, its files are compared
with its manifest first, and it is written anew at the end: what was changed by others is not joined to what the run wrote.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from brainstem.contracts.ledger import Tally
from brainstem.contracts.ledger_json import to_json
from brainstem.text.phrases import counted, printable
from connectors.base import ConfigurationError, InputError
from flows.audit.manifest import begin_compaction, end_compaction, is_compacting
from flows.recovery.run_record import read_record
from flows.recovery.store import Recovery
from flows.reports.digest import digest_of
from flows.reports.recorded import read_ledger
from flows.sinks.output_folder import OutputFolder
from state.store.atomic_files import write_file
from state.store.compaction import BY_HAND, compact_store
from state.store.forgetting import Forgot, forget, writers_of
from state.store.forgotten import counts_of
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
        yield from _forget(out)
        _tell_forgotten(folder)
        if root_hash := end_compaction(folder):
            yield f"root of the manifest: {root_hash}"
        if was_signed:
            yield f"the manifest is not signed any more; sign it again: brainstem audit {out} --key FILE --sign"


def _forget(out: Path) -> Iterator[str]:
    """Forget what is due in the files of all writers, with a line about it."""
    total = Forgot()
    for writer in writers_of(out):
        forgot = forget(out, writer)
        total.lines += forgot.lines
        total.busy += forgot.busy
        total.left |= forgot.left
    if total.lines:
        counts = counts_of(out)
        kinds = counts.select("tenant", "service", "signature").n_unique()
        kept = f"counts kept; {counted(int(counts['events'].sum()), 'line')} of"
        yield (
            f"forgot {counted(total.lines, 'line')}, {kept} {counted(kinds, 'kind of message', 'kinds of message')} in all"
        )
    if total.busy:
        yield f"nothing was forgotten of {counted(total.busy, 'tenant')}: somebody reads the folder; repeat it later"
    yield from (f"  {printable(str(path))} keeps its lines: {why}" for path, why in sorted(total.left.items()))


def _tell_forgotten(folder: OutputFolder) -> None:
    """Write into ledger and digest of a run that has ended how much was forgotten.

    It is done whenever anything is, since a compaction that was cut short may have forgotten it.
    """
    counts = counts_of(folder.root)
    if counts.is_empty() or not folder.ledger.is_file() or not is_compacting(folder):
        return
    ledger = read_ledger(folder)
    by_source = counts.group_by("source").agg(pl.col("events", "bytes").sum())
    gone = {source: Tally(records, held) for source, records, held in by_source.iter_rows()}
    for description, account in ledger:
        account.raw_forgotten = gone.get(description.source, Tally())
    document = to_json(ledger)
    if document != folder.ledger.read_bytes():
        write_file(folder.ledger, document)
    record = read_record(folder.run_record)
    made = digest_of(folder, record.settings.display_zones, shown_out=record.shown_out).encode()
    if not folder.digest.is_file() or made != folder.digest.read_bytes():
        write_file(folder.digest, made)
