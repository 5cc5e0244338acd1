"""The digest of an output folder, of all that it holds or of a period: gathers what `brainstem.explain.digest`
puts into words, and cuts the ledger down to the tenant and period that it is of.

A period of a finished run and one of a live run are read alike, from what is published in the stores. What is told of a
period with an end uses nothing that came later, so it is what a run would have told whose logs end there.
"""

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
import polars as pl

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import parse_family_id
from brainstem.contracts.ledger import Ledger
from brainstem.explain.answers.period import Period
from brainstem.explain.digest import (
    EXPLAIN,
    FEEDBACK,
    Summary,
    Weighed,
    as_plain,
    digest,
    numbered,
    why_not_shown,
)
from brainstem.explain.input_gaps import is_log, rejected_records, unread
from brainstem.explain.item import Item
from brainstem.explain.misreading import misread, untimed_sources, untold_tenants, without_host
from brainstem.text.phrases import Zones, microseconds
from connectors.base import InputError
from flows.process.quiet_hosts import quiet_hosts
from flows.reports.courses import states_of
from flows.reports.feedback import latest_verdicts
from flows.reports.healed import healed_in
from flows.reports.memory_changes import faded_in, news_of
from flows.reports.recorded import (
    co_occurring,
    count_reasons,
    held_back,
    kept_events,
    known_events,
    log_sources,
    nearest_decisions,
    nearly_shown,
    read_items,
    read_ledger,
)
from flows.reports.source_health import forgotten_in, gaps_of, heard_slots, listening_of, rejected_in, untimed_of
from flows.reports.window import ALL, Window
from flows.sinks.output_folder import OutputFolder
from state.store.listing import rereading

NEAR_DECIBANS: Final = 5.0
"""what lacks no more than this has nearly surfaced"""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a digest is made of."""

    items: Sequence[Item]
    summary: Summary


@rereading
def digest_of(
    folder: OutputFolder,
    zones: Zones,
    kept: pl.DataFrame | None = None,
    shown_out: str | None = None,
    window: Window = ALL,
    ledger: Ledger | None = None,
) -> str:
    """Return the digest of a run as Markdown. `kept` is the result of `kept_events`, where the caller has it already;
    `shown_out` is the name of the folder in commands, where that is another than it has now. `ledger` stands in for that of
    the folder, as in a live run, which has none yet.

    Raises `InputError` where there is no ledger, and nothing is stored of the tenant that is asked for.
    """
    made = _gathered(folder, window, read_ledger(folder) if ledger is None else ledger, kept)
    # quoted for the shell and escaped for `str.format`
    out = shlex.quote(shown_out or str(folder.root)).replace("{", "{{").replace("}", "}}")
    return digest(made.items, made.summary, zones, f"{EXPLAIN} --out {out}", f"{FEEDBACK} --out {out}")


@rereading
def digest_json(folder: OutputFolder, window: Window = ALL, ledger: Ledger | None = None) -> str:
    """Return the digest of a run as one JSON document. Raises `InputError` as `digest_of` does."""
    made = _gathered(folder, window, read_ledger(folder) if ledger is None else ledger, None)
    return orjson.dumps(as_plain(made.items, made.summary), option=orjson.OPT_INDENT_2).decode()


def _gathered(folder: OutputFolder, window: Window, whole_ledger: Ledger, kept: pl.DataFrame | None) -> Gathered:
    ledger = whole_ledger if window.tenant is None else _of_tenant(whole_ledger, window.tenant)
    everything = read_items(folder)
    items = [each for each in everything if window.happened(each["data"]["tenant"], microseconds(each["time"]))]
    # what surfaced before the period is shown too, and neither new nor held back
    known = [
        each
        for each in everything
        if Window(window.tenant, None, window.until_us).happened(each["data"]["tenant"], microseconds(each["time"]))
    ]
    families, reasons = count_reasons(folder, {parse_family_id(item["subject"]) for item in known}, window)
    # only logs count: a ticket of last year does not make a year of logs
    kept = kept_events(folder, window) if kept is None else kept
    # of a source that a live run has only just begun to read nothing is written down yet
    statements = {description.source for description, _ in ledger if not is_log(description)}
    logs = sorted({*log_sources(ledger), *kept["source"]} - statements)
    read = _read(kept, logs)
    # the moment that stands in for the times of a source without any is none that its logs are of
    with_time = sorted({*logs} - untimed_sources(ledger))
    timed = _read(kept, with_time)
    if timed.is_empty():
        timed = read
    tenants = _tenants(window, read, ledger, families)
    events = dict(zip(read["tenant"], read["events"], strict=True))
    quiet = sorted(set(tenants) - {item["data"]["tenant"] for item in items})
    nearest = nearest_decisions(folder, quiet, window)
    shown = numbered(items)
    ends_us = dict(zip(read["tenant"], read["end"], strict=True))
    told = {each.family for each in nearest.values()}
    near_from = BEHAVIOURS[Band.PROMOTE].from_decibans - NEAR_DECIBANS
    near = tuple(each for each in nearly_shown(folder, near_from, window) if each.family not in told)
    held = tuple(held_back(folder, window))
    period = _period(folder, window, logs, shown, [*nearest.values(), *near, *held])
    # what the ledger says is of the end of all that was read, so of an earlier one it says nothing
    has_end = window.until_us is not None
    total = ledger.total()
    judged_before, known_us = known_events(folder, logs, window)
    summary = Summary(
        start_us=min(timed["start"], default=0),
        end_us=max(timed["end"], default=0),
        tenants=tuple(tenants),
        events=sum(read["events"]),
        families=sum(families.values()),
        rejected=_rejected(period) if period.is_part else rejected_records(ledger),
        duplicate=0 if period.is_part else total.duplicate.records,
        dropped=0 if period.is_part else sum(tally.records for tally in total.dropped.values()),
        known=judged_before,
        known_us=known_us,
        forgotten=0 if period.is_part else sum(ledger.forgotten.values()),
        unread=() if has_end else unread(ledger),
        misread=() if has_end else misread(ledger),
        without_host="" if period.is_part else without_host(ledger),
        untold=frozenset() if has_end else untold_tenants(ledger),
        not_shown={} if period.is_part else why_not_shown(reasons),
        weighed={name: Weighed(events.get(name, 0), families.get(name, 0), nearest.get(name)) for name in quiet},
        held=held,
        co_occurring=co_occurring(folder, window),
        states=states_of(folder, shown, ends_us, window),
        ends_us=ends_us,
        verdicts=latest_verdicts(folder, shown, window),
        near=near,
        period=period,
        whole_us=_whole_us(folder, logs, window) if timed.is_empty() and period.is_part else None,
    )
    return Gathered(items, summary)


def _tenants(window: Window, read: pl.DataFrame, ledger: Ledger, families: dict[str, int]) -> list[str]:
    """Return the tenants that are told of. Raises `InputError` where nothing is known of the one that is asked for."""
    named = {description.tenant for description, _ in ledger if description.tenant}
    known = {*read["tenant"], *families}
    if window.until_us is None:
        # who has an input, and nothing in it, is told too
        known |= {*named, *(refused.tenant for refused in ledger.refused)}
    if window.tenant is not None:
        if window.tenant not in known | named:
            raise InputError(f"--tenant {window.tenant}: nothing of it is stored.")
        return [window.tenant]
    return sorted(known)


def _of_tenant(ledger: Ledger, tenant: str) -> Ledger:
    """Return what a ledger says of one tenant."""
    own = Ledger()
    for description, account in ledger:
        # the account of a source whose records name their tenants is that of all of them
        if description.tenant == tenant:
            own.describe(description)
            own.account(description.source).add(account)
        elif not description.tenant and not description.path:
            own.describe(description)
    for refused in ledger.refused:
        if refused.tenant == tenant:
            own.refuse(refused)
    own.forgotten = {name: families for name, families in ledger.forgotten.items() if name == tenant}
    own.parameters = dict(ledger.parameters)
    return own


def _whole_us(folder: OutputFolder, logs: list[str], window: Window) -> tuple[int, int] | None:
    """Return the first and the last moment of all that was read of a tenant, or of all; None for nothing."""
    read = _read(kept_events(folder, Window(window.tenant)), logs)
    return None if read.is_empty() else (min(read["start"]), max(read["end"]))


def _period(
    folder: OutputFolder, window: Window, sources: Sequence[str], shown: Sequence[Item], told_beside: Sequence[Decision]
) -> Period:
    """Return what happened in a window beside its items, and beside the decisions that other sections tell."""
    slots = heard_slots(folder, window, sources)
    return Period(
        since_us=window.since_us,
        until_us=window.until_us,
        tenant=window.tenant,
        listening=listening_of(slots, window),
        healed=healed_in(folder, window),
        faded=faded_in(folder, window),
        # of all that was read everything is new
        news=() if window.since_us is None else news_of(folder, window),
        quieted=tuple(
            quiet_hosts(folder.root, now_us=window.until_us, tenant=window.tenant, before_us=window.until_us)
        ),
        gaps=gaps_of(slots, window),
        rejected=rejected_in(folder, window),
        untimed=untimed_of(slots),
        forgotten=forgotten_in(folder, window, sources),
        item_numbers={parse_family_id(item["subject"]): number for number, item in enumerate(shown, 1)},
        told_beside=frozenset(each.family for each in told_beside),
    )


def _rejected(period: Period) -> dict[str, int]:
    """Return the records of a period that became no event, by why."""
    counts: Counter[str] = Counter()
    for each in period.rejected:
        counts.update(dict(each.reasons))
    return dict(counts)


def _read(kept: pl.DataFrame, sources: list[str]) -> pl.DataFrame:
    """Return the number of events of each tenant, and the first and the last moment, of some sources."""
    return (
        kept.filter(pl.col("source").is_in(sources))
        .group_by("tenant")
        .agg(pl.col("start").min(), pl.col("end").max(), pl.col("records").sum().alias("events"))
        .sort("tenant")
    )
