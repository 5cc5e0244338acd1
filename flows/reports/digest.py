"""The digest of an output folder: gathers what `brainstem.explain.digest` puts into words."""

import shlex

import polars as pl

from brainstem.explain.digest import EXPLAIN, FEEDBACK, Summary, Weighed, digest, numbered, why_not_shown
from brainstem.explain.input_gaps import quiet_sentences, rejected_records, unread
from brainstem.explain.item import parse_family_id
from brainstem.explain.misreading import misread, untimed_sources, untold_tenants, without_host
from brainstem.text.phrases import Zones
from flows.process.quiet_hosts import quiet_hosts
from flows.reports.courses import states_of
from flows.reports.feedback import latest_verdicts
from flows.reports.recorded import (
    co_occurring,
    count_reasons,
    held_back,
    kept_events,
    log_sources,
    nearest_decisions,
    read_items,
    read_ledger,
)
from flows.sinks.output_folder import OutputFolder
from state.store.listing import rereading


@rereading
def digest_of(
    folder: OutputFolder, zones: Zones, kept: pl.DataFrame | None = None, shown_out: str | None = None
) -> str:
    """Return the digest of a run as Markdown. `kept` is the result of `kept_events`, where the caller has it already;
    `shown_out` is the name of the folder in commands, where that is another than it has now.

    Raises `InputError` where the run has no ledger yet.
    """
    items = read_items(folder)
    ledger = read_ledger(folder)
    families, reasons = count_reasons(folder, {parse_family_id(item["subject"]) for item in items})
    # only logs count: a ticket of last year does not make a year of logs
    kept = kept_events(folder) if kept is None else kept
    read = _read(kept, log_sources(ledger))
    # the moment that stands in for the times of a source without any is none that its logs are of
    with_time = sorted({*log_sources(ledger)} - untimed_sources(ledger))
    timed = _read(kept, with_time)
    if timed.is_empty():
        timed = read
    named = {description.tenant for description, _ in ledger if description.tenant}
    tenants = sorted({*read["tenant"], *named, *(refused.tenant for refused in ledger.refused)})
    events = dict(zip(read["tenant"], read["events"], strict=True))
    quiet = sorted(set(tenants) - {item["data"]["tenant"] for item in items})
    nearest = nearest_decisions(folder, quiet)
    total = ledger.total()
    shown = numbered(items)
    ends_us = dict(zip(read["tenant"], read["end"], strict=True))
    summary = Summary(
        start_us=min(timed["start"], default=0),
        end_us=max(timed["end"], default=0),
        tenants=tuple(tenants),
        events=sum(read["events"]),
        families=sum(families.values()),
        rejected=rejected_records(ledger),
        duplicate=total.duplicate.records,
        dropped=sum(tally.records for tally in total.dropped.values()),
        forgotten=sum(ledger.forgotten.values()),
        unread=unread(ledger),
        misread=misread(ledger),
        without_host=without_host(ledger),
        quiet_hosts=tuple(quiet_sentences(quiet_hosts(folder.root), zones)),
        untold=untold_tenants(ledger),
        not_shown=why_not_shown(reasons),
        weighed={name: Weighed(events.get(name, 0), families.get(name, 0), nearest.get(name)) for name in quiet},
        held=tuple(held_back(folder)),
        co_occurring=co_occurring(folder),
        states=states_of(folder, shown, ends_us),
        ends_us=ends_us,
        verdicts=latest_verdicts(folder, shown),
    )
    # quoted for the shell and escaped for `str.format`
    out = shlex.quote(shown_out or str(folder.root)).replace("{", "{{").replace("}", "}}")
    return digest(items, summary, zones, f"{EXPLAIN} --out {out}", f"{FEEDBACK} --out {out}")


def _read(kept: pl.DataFrame, sources: list[str]) -> pl.DataFrame:
    """Return the number of events of each tenant, and the first and the last moment, of some sources."""
    return (
        kept.filter(pl.col("source").is_in(sources))
        .group_by("tenant")
        .agg(pl.col("start").min(), pl.col("end").max(), pl.col("records").sum().alias("events"))
        .sort("tenant")
    )
