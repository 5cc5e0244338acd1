"""How the sources did in a period, and what shows that somebody listened: silences that are not a source's way, records that
became no event, and records without a time.

Takes the stores; returns records for the digest. What is usual of a source is taken from the two weeks before and the period
itself. A reject has no time: it counts at that of the event before it in its source.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from brainstem.contracts.event import TimeOrigin
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.slots import SLOT_US
from brainstem.explain.answers.period import Forgotten, Gap, Listening, Rejected, Untimed
from brainstem.explain.input_gaps import EMPTY, REJECTED
from brainstem.explain.misreading import LEAST_SHARE
from flows.reports.recorded import DAY_US, forgotten_counts, scan_events
from flows.reports.window import Window
from flows.sinks.output_folder import OutputFolder
from state.store.layouts import REJECTS
from state.store.parquet_store import files_of, scan_files

USUAL_US: Final = 14 * DAY_US
"""how far before a period silences of a source are looked at"""
SILENCE_US: Final = 6 * 3_600_000_000
"""a shorter silence is not told"""
LIKE_IT: Final = 3
"""silences at least half as long that make one usual"""
WEEK_US: Final = 7 * DAY_US
MOSTLY: Final = 0.75
"""share of a silence that one at its time of another week covers"""
SLOTS_LEAST: Final = 20
"""slots with an event from which on it is known how a source speaks"""
_HOUR_US: Final = 3_600_000_000
_UNTIMED: Final = [TimeOrigin.CARRIED.name.lower(), TimeOrigin.RECEIVED.name.lower()]
_WITHOUT_LOSS: Final = {each.name.lower() for each in EMPTY}
_WORDS: Final = {each.name.lower(): REJECTED.get(each) or each.name.lower().replace("_", " ") for each in RejectReason}


def heard_slots(folder: OutputFolder, window: Window, sources: Sequence[str] | None) -> pl.DataFrame:
    """Return tenant, source, host, slot, whether it is inside the window, records, untimed records and the time of the last
    of them, of some sources or of all, in order; the two weeks before the window are told too.
    """
    time_us = pl.col("event_time").dt.epoch("us")
    rows = scan_events(folder, window, USUAL_US).select(
        *(pl.col(name).cast(pl.String) for name in ("tenant", "source", "host")),
        (time_us // SLOT_US).alias("slot"),
        time_us.alias("last_us"),
        (time_us >= window.from_us).alias("inside"),
        pl.col("event_time_origin").cast(pl.String).is_in(_UNTIMED).alias("untimed"),
    )
    if sources is not None:
        rows = rows.filter(pl.col("source").is_in(sources))
    kept = rows.group_by("tenant", "source", "host", "slot", "inside").agg(
        pl.len().cast(pl.Int64).alias("records"), pl.col("untimed").sum().cast(pl.Int64), pl.col("last_us").max()
    )
    found = kept.collect(engine="streaming")
    gone = _forgotten_slots(folder, window, sources)
    return (found if gone.is_empty() else pl.concat([found, gone])).sort("tenant", "source", "host", "slot", "inside")


def _forgotten_slots(folder: OutputFolder, window: Window, sources: Sequence[str] | None) -> pl.DataFrame:
    """Return rows as of `heard_slots` for lines that were forgotten, of which the hours are known: their first slots stand
    for them, and the first hour of a day has all its records.
    """
    back = Window(window.tenant, max(0, window.from_us - USUAL_US), window.until_us)
    counts = forgotten_counts(folder, back)
    if sources is not None:
        counts = counts.filter(pl.col("source").is_in(sources))
    days = counts.group_by("tenant", "source", "host", "day").agg(
        pl.col("events").sum(), pl.col("hours").bitwise_or(), pl.col("last_us").max()
    )
    rows = []
    for tenant, source, host, day, events, hours, last_us in days.sort("tenant", "source", "host", "day").iter_rows():
        records = events
        for hour in range(24):
            if hours >> hour & 1:
                begin_us = day * DAY_US + hour * _HOUR_US
                end_us = min(begin_us + _HOUR_US - 1, last_us)
                rows.append((tenant, source, host, begin_us // SLOT_US, begin_us >= window.from_us, records, 0, end_us))
                records = 0
    return pl.DataFrame(
        rows,
        schema={
            "tenant": pl.String,
            "source": pl.String,
            "host": pl.String,
            "slot": pl.Int64,
            "inside": pl.Boolean,
            "records": pl.Int64,
            "untimed": pl.Int64,
            "last_us": pl.Int64,
        },
        orient="row",
    )


def forgotten_in(folder: OutputFolder, window: Window, sources: Sequence[str]) -> tuple[Forgotten, ...]:
    """Return the lines of a window that were forgotten, by tenant, those of whom most were first."""
    counts = forgotten_counts(folder, window).filter(pl.col("source").is_in(sources))
    rows = counts.group_by("tenant").agg(
        pl.col("events").sum(),
        # of counts that are told by source and day only the kinds are not known any more
        pl.struct("service", "signature").filter(pl.col("service") != "").n_unique().alias("kinds"),
        pl.col("last_us").max(),
    )
    return tuple(Forgotten(*row) for row in rows.sort("events", "tenant", descending=[True, False]).iter_rows())


def listening_of(slots: pl.DataFrame, window: Window) -> Listening:
    """Return what was heard in a window, from what `heard_slots` returns. An hour counts as heard when any source spoke."""
    inside = slots.filter("inside")
    if inside.is_empty():
        return Listening(0, 0, 0, 0, 0)
    hour = (inside["slot"] * SLOT_US) // _HOUR_US
    first_us = window.from_us if window.since_us is not None else _whole(hour.min()) * _HOUR_US
    last_us = _whole(inside["last_us"].max())
    end_us = window.before_us if window.until_us is not None else last_us + 1
    hours = max(1, -(-(end_us - first_us // _HOUR_US * _HOUR_US) // _HOUR_US))
    return Listening(
        int(inside["records"].sum()),
        inside.select("tenant", "source").n_unique(),
        hour.n_unique(),
        hours,
        last_us,
    )


def gaps_of(slots: pl.DataFrame, window: Window) -> tuple[Gap, ...]:
    """Return the silences of hosts that went on, the longest first; of records without a host it is
    their source that counts. A file that another one goes on with, as logs are rotated, is no silence.

    A silence is told where it lasted six hours, fewer than three others were half as long, and none of these was at its time
    of another week, as those of a weekend are. Which hosts have not gone on say `flows.process.quiet_hosts`.
    """
    gaps = []
    name = pl.when(pl.col("host") == "").then(pl.col("source")).otherwise(pl.col("host"))
    heard = (
        slots.group_by("tenant", name.alias("name"), "slot", "inside")
        .agg(pl.col("last_us").max())
        .sort("slot", "inside")
    )
    for (tenant, named), part in heard.partition_by("tenant", "name", as_dict=True).items():
        if len(part) < SLOTS_LEAST:
            continue
        starts, lasts = (part["slot"] * SLOT_US).to_list(), part["last_us"].to_list()
        between = [(lasts[at], starts[at + 1]) for at in range(len(part) - 1)]
        gaps += [
            Gap(str(tenant), str(named), since, until)
            for since, until in between
            if until - since >= SILENCE_US
            and until >= window.from_us
            # the gap itself is one of them
            and sum(2 * (end - begin) >= until - since for begin, end in between) <= LIKE_IT
            and not any(_is_of_another_week((since, until), other) for other in between)
        ]
    return tuple(sorted(gaps, key=lambda each: (each.from_us - each.until_us, each.tenant, each.name, each.from_us)))


def _is_of_another_week(silence: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether another silence covers most of one, some weeks before or after."""
    (since, until), (begin, end) = silence, other
    weeks = round((begin - since) / WEEK_US)
    covered = min(until, end - weeks * WEEK_US) - max(since, begin - weeks * WEEK_US)
    return weeks != 0 and covered >= MOSTLY * (until - since)


def untimed_of(slots: pl.DataFrame) -> tuple[Untimed, ...]:
    """Return the sources many of whose records in a window have no time of their own, those with most of them first."""
    rows = slots.filter("inside").group_by("tenant", "source").agg(pl.col("untimed", "records").sum())
    many = rows.filter((pl.col("untimed") > 0) & (pl.col("untimed") >= LEAST_SHARE * pl.col("records")))
    order = ["untimed", "tenant", "source"]
    return tuple(Untimed(*row) for row in many.sort(order, descending=[True, False, False]).iter_rows())


def rejected_in(folder: OutputFolder, window: Window) -> tuple[Rejected, ...]:
    """Return the records that became no event in a window, by source and reason; what is empty is no loss and left out."""
    files = [path for path, _ in files_of(folder.root, REJECTS, window.tenants)]
    rows = (
        scan_files(files, REJECTS.schema)
        .select(*(pl.col(name).cast(pl.String) for name in ("tenant", "source", "reason")), "position")
        .filter(~pl.col("reason").is_in(_WITHOUT_LOSS))
    )
    if window.tenant is not None:
        rows = rows.filter(pl.col("tenant") == window.tenant)
    found = rows.collect()
    if window.since_us is not None or window.until_us is not None:
        found = _in_time(folder, found, window)
    counts = found.group_by("tenant", "source", "reason").len().sort("tenant", "source", "reason")
    by_source: dict[tuple[str, str], dict[str, int]] = {}
    for tenant, source, reason, records in counts.iter_rows():
        by_source.setdefault((tenant, source), {})[_WORDS.get(reason, reason)] = records
    rejected = [Rejected(*key, tuple(sorted(reasons.items()))) for key, reasons in by_source.items()]
    return tuple(sorted(rejected, key=lambda each: (-each.records, each.tenant, each.source)))


def _in_time(folder: OutputFolder, rejected: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return the rejects whose time is in a window: that of the event before them in their source, else behind."""
    if rejected.is_empty():
        return rejected
    events = (
        scan_events(folder, Window(window.tenant))
        .select(
            pl.col("source").cast(pl.String),
            "position",
            pl.col("event_time").dt.epoch("us").alias("time_us"),
        )
        .filter(pl.col("source").is_in(rejected["source"].unique().to_list()))
        .collect(engine="streaming")
        .sort("position")
    )
    ordered = rejected.sort("position")
    before = ordered.join_asof(events, on="position", by="source", strategy="backward", check_sortedness=False)
    behind = ordered.join_asof(events, on="position", by="source", strategy="forward", check_sortedness=False)
    timed = before.with_columns(pl.coalesce(before["time_us"], behind["time_us"]).alias("time_us"))
    inside = (pl.col("time_us") >= window.from_us) & (pl.col("time_us") < window.before_us)
    return timed.filter(inside).drop("time_us")


def _whole(value: object) -> int:
    """Return what polars gives for a column of whole numbers; 0 for none."""
    return value if isinstance(value, int) else 0
