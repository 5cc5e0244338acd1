"""The digest of an output folder."""

from zoneinfo import ZoneInfo

import polars as pl

from brainstem.digest import Summary, digest, why_not_shown
from brainstem.item import family_id
from brainstem.ledger_report import from_json
from flows.output import OutputFolder
from flows.recorded import held_back, latest_decisions, read_items
from state.evidence import read_evidence


def digest_of(folder: OutputFolder, zone: ZoneInfo) -> str:
    """Give the digest of a finished run; the ledger must be written."""
    items = read_items(folder)
    shown = {item["subject"] for item in items}
    latest = latest_decisions(folder)
    ledger = from_json(folder.ledger.read_bytes())
    # a ticket of last year does not make a year of logs
    logs = [description.source for description, _ in ledger if description.tenant]
    kept = (
        read_evidence(folder.root)
        .filter(pl.col("source").cast(pl.String).is_in(logs))
        .select(
            pl.col("event_time").min().dt.epoch("us").alias("start"),
            pl.col("event_time").max().dt.epoch("us").alias("end"),
            pl.len().alias("events"),
        )
    )
    start_us, end_us, events = kept.collect().row(0)
    total = ledger.total()
    summary = Summary(
        start_us=start_us or 0,
        end_us=end_us or 0,
        tenants=tuple(sorted({description.tenant for description, _ in ledger if description.tenant})),
        events=events,
        families=len(latest),
        rejected=sum(tally.records for tally in total.rejected.values()),
        duplicate=total.duplicate.records,
        dropped=sum(tally.records for tally in total.dropped.values()),
        not_shown=why_not_shown(decision for decision in latest if family_id(decision.family) not in shown),
        held=tuple(held_back(folder)),
    )
    return digest(items, summary, zone, explain=f"brainstem explain {{family}} --out {folder.root}")
