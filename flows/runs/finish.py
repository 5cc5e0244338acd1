"""Finish an output folder: publish staged files, join them to fewer, write the ledger, the digest and the manifest.

Takes a folder whose run has ended or was stopped, returns its ledger. May be interrupted and repeated: the manifest is
written last, and its presence says that the rest is complete.
"""

import errno
from pathlib import Path

import polars as pl

from brainstem.contracts.ledger import Ledger, Tally
from brainstem.contracts.ledger_json import to_json
from brainstem.contracts.reject import RejectReason
from connectors.base import InputError
from connectors.files.discovery import Inventory
from flows.audit.manifest import write_manifest
from flows.config.settings import Settings
from flows.process.accounts import merged_accounts
from flows.recovery.plan import LIVE_KIND
from flows.recovery.store import Recovery
from flows.reports.digest import digest_of
from flows.reports.recorded import forgotten_counts, kept_events, read_ledger
from flows.sinks.output_folder import OutputFolder
from state.store.atomic_files import write_file
from state.store.compaction import Rules, compact_store
from state.store.layouts import STORES, StoreLayout
from state.store.listing import rereading
from state.store.parquet_store import publish_all, read_rejects


def finish(
    folder: OutputFolder,
    inventory: Inventory,
    settings: Settings,
    rules: Rules | None = None,
    shown_out: str | None = None,
) -> Ledger:
    """Publish staged files, count what the stores hold, write ledger, digest and manifest, and return the ledger.

    Files are joined by `rules`, where they are given. `shown_out` is the name of the folder in the digest, where that is
    another than it has now.
    """
    for layout in STORES:
        publish_all(folder.root / layout.folder)
        if rules is not None:
            _compact(folder.root / layout.folder, layout, rules)
    kept = kept_events(folder)
    ledger = collect(folder, inventory, kept)
    ledger.parameters = dict(settings.parameters)
    write_file(folder.ledger, to_json(ledger))
    write_file(folder.digest, digest_of(folder, settings.display_zones, kept, shown_out).encode())
    write_manifest(folder)
    return ledger


def current_ledger(folder: OutputFolder) -> Ledger:
    """Return the ledger of a run that has ended; of a live one the accounts that its partitions have passed on so far, with
    what is stored counted from the files.

    Raises `InputError` for any other run that has none.
    """
    if not folder.items.is_file():
        raise InputError(f"{folder.root} holds no items.jsonl. Give the --out folder of a run.")
    recovery = Recovery(folder.root)
    # a live run that was stopped and goes on has a ledger of when it was stopped, and no manifest
    if not folder.is_finished and recovery.is_of(LIVE_KIND):
        return collect(folder, Inventory((), ()), kept_events(folder))
    return read_ledger(folder)


def _compact(root: Path, layout: StoreLayout, rules: Rules) -> None:
    """Join the files of a store. On a full disk they stay as they are, which takes nothing from what a run has stored."""
    try:
        compact_store(root, layout, rules)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


@rereading
def collect(folder: OutputFolder, inventory: Inventory, kept: pl.DataFrame) -> Ledger:
    """Return the merged accounts of all partitions, with stored and rejected counted from the files themselves.

    `kept` is the result of `kept_events`. Raises `InputError` for an account that is damaged.
    """
    ledger = merged_accounts(folder.accounts)
    for refused in inventory.refused:
        ledger.refuse(refused)
    stored = _tallies(kept.group_by("source").agg(pl.col("records", "bytes").sum()))
    rejected = _tallies(
        read_rejects(folder.root)
        .group_by("source", "reason")
        .agg(pl.len().alias("records"), pl.col("length").cast(pl.Int64).sum().alias("bytes"))
        .collect()
    )
    forgotten = _tallies(forgotten_counts(folder).group_by("source").agg(pl.col("events", "bytes").sum()))
    for description, account in ledger:
        account.raw_forgotten = forgotten.get((description.source,), Tally())
        account.stored = stored.get((description.source,), Tally())
        account.rejected = {
            reason: rejected[key]
            for reason in RejectReason
            if (key := (description.source, reason.name.lower())) in rejected
        }
    return ledger


def _tallies(counted: pl.DataFrame) -> dict[tuple[str, ...], Tally]:
    """Return tallies of records and bytes, the last two columns, by the columns before them."""
    return {tuple(row[:-2]): Tally(row[-2], row[-1]) for row in counted.rows()}
