"""Compaction of an output folder by hand: joins the stored files of a run that no process is writing, and forgets lines that
have been kept as long as the band of their family says.

Takes the folder, holds its lock meanwhile, and returns what it did in words. Where the run has ended, its files are compared
with its manifest first, and it is written anew at the end: what was changed by others is not joined to what the run wrote.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from brainstem.contracts.ledger import Tally
from brainstem.contracts.ledger_json import to_json
from brainstem.explain.redaction.redact import clean
from brainstem.text.phrases import counted, printable
from connectors.base import ConfigurationError, InputError
from flows.audit.manifest import begin_compaction, end_compaction, is_compacting
from flows.recovery.run_record import read_record
from flows.recovery.store import Recovery
from flows.reports.digest import digest_of
from flows.reports.recorded import read_ledger
from flows.sinks.output_folder import OutputFolder
from state.store.atomic_files import write_file
from state.store.compaction import BY_HAND, compact_store, files_to_join
from state.store.forgetting import Forgot, due_of, forget, writers_of
from state.store.forgotten_counts import counts_of
from state.store.layouts import STORES
from state.store.listing import published_files

_LEFT_SHOWN: Final = 20
_NAME_CHARACTERS: Final = 80
_EPOCH: Final = date(1970, 1, 1).toordinal()


def due_lines(out: Path) -> tuple[int, list[str]]:
    """Return how many raw lines a compaction would forget for good, and in words what it would forget and join.

    Nothing is touched. Raises `InputError` for a folder that holds no run.
    """
    _require_run(out)
    told = []
    for layout in STORES:
        root = out / layout.folder
        before, joined = len(published_files(root)), files_to_join(root)
        told.append(
            f"{layout.folder}: {counted(before, 'file')}, of which {joined:,} would be joined or split by tenant"
        )
    due = due_of(out)
    lines = int(due["lines"].sum())
    if not lines:
        return 0, [*told, "no line is due to be forgotten"]
    kinds = counted(len(due), "kind of message", "kinds of message")
    told.append(f"would forget {counted(lines, 'line')} of {kinds} for good, and keep their counts:")
    by_tenant = due.group_by("tenant").agg(
        pl.col("lines").sum(), pl.len().alias("kinds"), pl.col("first_day").min(), pl.col("last_day").max()
    )
    rows = by_tenant.sort("lines", "tenant", descending=[True, False]).rows()
    for tenant, count, of_tenant, first, last in rows[:_LEFT_SHOWN]:
        days = f"{_date(first)} to {_date(last)}"
        kinds = counted(of_tenant, "kind", "kinds")
        told.append(f"  {clean(tenant, _NAME_CHARACTERS)}: {counted(count, 'line')} of {kinds}, {days}")
    if len(rows) > _LEFT_SHOWN:
        told.append(f"  and {len(rows) - _LEFT_SHOWN:,} more tenants")
    return lines, told


def _date(day: int) -> str:
    return date.fromordinal(_EPOCH + day).isoformat()


def _require_run(out: Path) -> None:
    if not any((out / layout.folder).is_dir() for layout in STORES):
        raise InputError(f"{out} holds no evidence. Give the --out folder of a run.")


def compact_folder(out: Path) -> Iterator[str]:
    """Join the files of each store, and return a line for each of them, and one for each file that stays as it is.

    Raises `InputError` for a folder that holds no run, or a file that the run did not write so, `ConfigurationError` for one
    that a run is writing.
    """
    _require_run(out)
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
