"""Bringing an output folder to rest: publish what is staged, write the ledger and the digest."""

import polars as pl

from brainstem.contracts.ledger import Ledger, Tally
from brainstem.contracts.ledger_json import from_json, to_json
from brainstem.contracts.reject import RejectReason
from connectors.files.discovery import Inventory
from flows.config.settings import Settings
from flows.reports.digest import digest_of
from flows.reports.recorded import kept_events
from flows.sinks.output_folder import OutputFolder
from state.store.atomic_files import write_file
from state.store.parquet_store import publish_all, read_rejects


def finish(folder: OutputFolder, inventory: Inventory, settings: Settings) -> Ledger:
    """Publish, count what is really in the files, and write ledger and digest; gives the ledger.

    May be cut short and done again: the digest comes last and says that the rest is in place.
    """
    for store in (folder.evidence, folder.decisions, folder.rejects):
        publish_all(store)
    kept = kept_events(folder)
    ledger = collect(folder, inventory, kept)
    write_file(folder.ledger, to_json(ledger))
    write_file(folder.digest, digest_of(folder, settings.display_zones, kept).encode())
    return ledger


def collect(folder: OutputFolder, inventory: Inventory, kept: pl.DataFrame) -> Ledger:
    """Join the accounts of the partitions, and replace what they expected to be kept by what the files hold.

    `kept` is what `kept_events` gives.
    """
    ledger = Ledger()
    for document in sorted(folder.accounts.glob("[vt]*.json")):
        ledger.merge(from_json(document.read_bytes()))
    for refused in inventory.refused:
        ledger.refuse(refused)
    stored = _tallies(kept.group_by("source").agg(pl.col("records", "bytes").sum()))
    rejected = _tallies(
        read_rejects(folder.root)
        .group_by("source", "reason")
        .agg(pl.len().alias("records"), pl.col("length").cast(pl.Int64).sum().alias("bytes"))
        .collect()
    )
    for description, account in ledger:
        account.stored = stored.get((description.source,), Tally())
        account.rejected = {
            reason: rejected[key]
            for reason in RejectReason
            if (key := (description.source, reason.name.lower())) in rejected
        }
    return ledger


def _tallies(counted: pl.DataFrame) -> dict[tuple[str, ...], Tally]:
    """Return records and bytes, the last two columns, by the columns before them."""
    return {tuple(row[:-2]): Tally(row[-2], row[-1]) for row in counted.rows()}
