"""Queries over one output folder that several reports share: reads back items, decisions, members of families and counts of
evidence, for the digest and for `explain`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson
import polars as pl

from brainstem.contracts.decision import DECISION_SCHEMA, Decision
from brainstem.contracts.finding import family_id
from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import from_json
from brainstem.contracts.slots import SLOT_US
from brainstem.explain.digest import CoOccurrence, Reason, numbered
from brainstem.explain.input_gaps import is_log
from brainstem.explain.item import Item
from connectors.base import InputError
from flows.graph.memory import Memory
from flows.reports.window import ALL, Window
from flows.sinks.output_folder import OutputFolder
from state.store.forgotten_counts import counts_of
from state.store.layouts import DECISIONS, EVIDENCE
from state.store.listing import rereading
from state.store.parquet_store import files_of, scan_files

NOT_JUDGED_YET: Final = (
    "nothing was decided of it yet: ten minutes of a log are judged once they have ended, and something later has come."
)
REPAIR: Final = "Operator action: restore the file from a copy, or `brainstem repair {folder}` makes it anew."
ENDINGS: Final = ("surfaced", "joined")
"""causes of decisions after which nothing is held back"""
DAY_US: Final = 86_400_000_000
DECISIONS_AT_ONCE: Final = 2_000_000
"""decisions that one query aggregates, which bounds its memory"""


def read_items(folder: OutputFolder) -> list[Item]:
    """Return the items of a run. Raises `InputError` when there is no run, or its items are damaged."""
    if not folder.items.is_file():
        raise InputError(f"{folder.root} holds no items.jsonl. Give the --out folder of a run.")
    items: list[Item] = []
    for number, line in enumerate(folder.items.read_bytes().splitlines(keepends=True), 1):
        # the last line of a live run may be written in part
        if not line.endswith(b"\n"):
            break
        try:
            item = orjson.loads(line)
            # what every reader asks of an item
            _ = item["id"], item["subject"], item["time"], item["data"]["tenant"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{folder.items} is damaged: line {number} is no item. The stored evidence is not touched by that."
                f" {REPAIR.format(folder=folder.root)}"
            ) from error
        items.append(item)
    return items


def read_ledger(folder: OutputFolder) -> Ledger:
    """Return the ledger of a run that has ended. Raises `InputError` where it is missing or damaged."""
    try:
        return from_json(folder.ledger.read_bytes())
    except FileNotFoundError as error:
        raise InputError(
            f"{folder.root} holds no ledger.json: its run has not ended, or the file is lost. Wait for it, or start it with"
            " --resume; a live run writes one whenever it is stopped, and puts items into items.jsonl meanwhile. Of a run"
            f" that has ended: {REPAIR.format(folder=folder.root)}"
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{folder.ledger} is damaged ({type(error).__name__}: {error}). The stored evidence is not touched by that."
            f" {REPAIR.format(folder=folder.root)}"
        ) from error


def numbered_item(folder: OutputFolder, asked: str) -> Item | None:
    """Return the item that has a number in the digest of a run; None where no number is asked for.

    Raises `InputError` where the digest has no such number.
    """
    if not re.fullmatch(r"\d{1,9}", asked):
        return None
    shown = numbered(read_items(folder))
    if not 1 <= int(asked) <= len(shown):
        many = f"1 to {len(shown)}" if shown else "none"
        raise InputError(f"{asked}: the digest of {folder.root} has no item of this number. It has {many}.")
    return shown[int(asked) - 1]


def log_sources(ledger: Ledger) -> list[str]:
    """Return the sources that are logs."""
    return [description.source for description, _ in ledger if is_log(description)]


def believed_time() -> pl.Expr:
    """Return the event time of stored rows, null where the clock was ahead by more than the day that parsing allows."""
    moment = pl.col("event_time")
    return pl.when(moment <= pl.col("received_at") + pl.duration(days=1)).then(moment)


def scan_events(folder: OutputFolder, window: Window = ALL, back_us: int = 0) -> pl.LazyFrame:
    """Return the stored events of a window, and those of a span before it. Only files that may hold some are opened."""
    first, last = (window.from_us - back_us) // DAY_US, window.before_us // DAY_US
    files = [
        path
        for path, days in files_of(folder.root, EVIDENCE, window.tenants)
        if days is None or (days[1] >= first and days[0] <= last)
    ]
    return scan_files(files, EVIDENCE.schema).filter(window.events(back_us))


@rereading
def kept_events(folder: OutputFolder, window: Window = ALL) -> pl.DataFrame:
    """Return the events and bytes of each source and tenant that were stored, with the first and the last event time; those
    whose lines were forgotten since count too.
    """
    moment = pl.col("event_time")
    kept = (
        scan_events(folder, window)
        .group_by(pl.col("source").cast(pl.String), pl.col("tenant").cast(pl.String))
        .agg(
            pl.len().cast(pl.Int64).alias("records"),
            pl.col("length").cast(pl.Int64).sum().alias("bytes"),
            moment.min().dt.epoch("us").alias("start"),
            pl.coalesce(believed_time().max(), moment.max()).dt.epoch("us").alias("end"),
        )
        .collect()
    )
    forgotten = forgotten_counts(folder, window)
    if forgotten.is_empty():
        return kept
    gone = forgotten.group_by("source", "tenant").agg(
        pl.col("events").sum().alias("records"),
        pl.col("bytes").sum(),
        pl.col("first_us").min().alias("start"),
        pl.col("last_us").max().alias("end"),
    )
    return (
        pl.concat([kept, gone])
        .group_by("source", "tenant")
        .agg(pl.col("records", "bytes").sum(), pl.col("start").min(), pl.col("end").max())
    )


def known_events(folder: OutputFolder, sources: Sequence[str], window: Window = ALL) -> tuple[int, int]:
    """Return how many events of some sources in a window a run has stored and not counted again, and until when the memory
    that it started from was judged (microseconds since the epoch, UTC); none where it started from nothing.
    """
    if not folder.started_from.is_file():
        return 0, 0
    known_us = SLOT_US * Memory(folder.started_from, folder.accounts).known_before
    if known_us <= 0:
        return 0, 0
    known = Window(window.tenant, window.since_us, min(known_us, window.before_us))
    kept = kept_events(folder, known)
    return int(kept.filter(pl.col("source").is_in(sources))["records"].sum()), known_us


def forgotten_counts(folder: OutputFolder, window: Window = ALL) -> pl.DataFrame:
    """Return the counts of forgotten lines of a window, columns as in `FORGOTTEN_SCHEMA`.

    Counts are of whole days: those of a day that a bound divides count where all their events are inside.
    """
    counts = counts_of(folder.root, window.tenants)
    return counts.filter((pl.col("first_us") >= window.from_us) & (pl.col("last_us") < window.before_us))


def scan_decisions(folder: OutputFolder, window: Window = ALL) -> pl.LazyFrame:
    """Return the decisions of a run that were made by the end of a window. Raises `InputError` when there is no run."""
    if not folder.decisions.is_dir():
        raise InputError(f"{folder.root} holds no decisions. Give the --out folder of a run.")
    files = [path for path, _ in files_of(folder.root, DECISIONS, window.tenants)]
    return scan_files(files, DECISION_SCHEMA).filter(window.decided())


def to_decisions(rows: pl.LazyFrame) -> list[Decision]:
    """Return rows as decisions in order of time, and within a tick in the order in which they were made."""
    # within a tick a family is born before its signature joins another family
    ordered = rows.sort("tick", pl.col("cause") == "joined", maintain_order=True).with_columns(
        pl.col("tick").dt.epoch("us")
    )
    return [_decision(row) for row in ordered.collect().iter_rows(named=True)]


def _decision(row: dict[str, Any]) -> Decision:
    tick_us = row.pop("tick")
    contributions = tuple((each["factor"], each["points"]) for each in row.pop("contributions"))
    return Decision(tick_us=tick_us, contributions=contributions, **row)


def count_reasons(folder: OutputFolder, shown: set[int], window: Window = ALL) -> tuple[dict[str, int], list[Reason]]:
    """Return the number of families by tenant, and of those not in `shown` by the reason that held them back.

    Families that joined another one are left out. Families are read in parts, for there may be many millions.
    """
    decisions = scan_decisions(folder, window)
    points = pl.col("contributions").list.eval(pl.element().struct.field("points"))
    factors = pl.col("contributions").list.eval(pl.element().struct.field("factor").cast(pl.String))
    narrow = decisions.select(
        pl.col("tenant").cast(pl.String),
        "family",
        "tick",
        pl.col("blocker").cast(pl.String),
        pl.col("joined_family").is_not_null().alias("joined"),
        factors.list.get(points.list.arg_min(), null_on_oob=True).fill_null("").alias("factor"),
        points.list.min().fill_null(0.0).alias("points"),
    )
    keys = ["tenant", "blocker", "factor", "points", "shown"]
    parts = decisions.select(pl.len()).collect().item() // DECISIONS_AT_ONCE + 1
    families: Counter[str] = Counter()
    reasons: Counter[tuple[str, str, float]] = Counter()
    for part in range(parts):
        last = narrow.filter(pl.col("family") % parts == part).group_by("tenant", "family")
        latest = last.agg(pl.all().sort_by("tick").last()).filter(~pl.col("joined"))
        rows = latest.with_columns(pl.col("family").is_in(sorted(shown)).alias("shown")).group_by(keys).len().collect()
        for tenant, blocker, factor, least, was_shown, count in rows.iter_rows():
            families[tenant] += count
            if not was_shown:
                reasons[blocker, factor, least] += count
    return dict(families), [Reason(*held, count) for held, count in reasons.items()]


def nearest_decisions(folder: OutputFolder, tenants: list[str], window: Window = ALL) -> dict[str, Decision]:
    """Return for each of some tenants the unshown decision with the highest score; of equal scores the latest."""
    made = scan_decisions(folder, window).filter(pl.col("tick").dt.epoch("us") >= window.from_us)
    rows = made.filter(pl.col("tenant").cast(pl.String).is_in(tenants))
    order = ["score", "tick", "family"]
    unseen = rows.filter(~pl.col("cause").cast(pl.String).is_in(ENDINGS)).select("tenant", *order)
    best = unseen.group_by("tenant").agg(pl.col(order).sort_by(order).last()).drop("score")
    return {decision.tenant: decision for decision in _exactly(folder, best.drop("tenant").collect())}


def held_back(folder: OutputFolder, window: Window = ALL) -> list[Decision]:
    """Return the last decision of each family that the budget held back, of those not shown or joined since."""
    held, ended = pl.col("blocker").cast(pl.String) == "budget", pl.col("cause").cast(pl.String).is_in(ENDINGS)
    rows = scan_decisions(folder, window).filter(held | ended).select("tick", "family", held.alias("held"))
    last = rows.group_by("family").agg(pl.all().sort_by("tick").last()).filter("held").drop("held")
    return _exactly(folder, last.filter(pl.col("tick").dt.epoch("us") >= window.from_us).collect())


def nearly_shown(folder: OutputFolder, decibans: float, window: Window = ALL) -> list[Decision]:
    """Return the last decision of each family that has had so many decibans or more in the window, of those that were never
    shown, did not join another one and were not held back by the budget."""
    rows = scan_decisions(folder, window).select(
        "family", "tick", "score", *(pl.col(name).cast(pl.String) for name in ("cause", "blocker"))
    )
    in_time = pl.col("tick").dt.epoch("us") >= window.from_us
    last = (
        rows.group_by("family")
        .agg(
            pl.col("tick", "score", "blocker").sort_by("tick").last(),
            pl.col("cause").is_in(ENDINGS).any().alias("ended"),
        )
        .filter(in_time & ~pl.col("ended") & (pl.col("score") >= decibans) & (pl.col("blocker") != "budget"))
        .select("family", "tick")
    )
    # of a family that is decided several times at a tick the last one stands
    return list({each.family: each for each in _exactly(folder, last.collect())}.values())


def co_occurring(folder: OutputFolder, window: Window = ALL) -> dict[str, list[CoOccurrence]]:
    """Return the families held back because they co-occur with a family that was shown, by the id of the latter."""
    columns = [pl.col("service").cast(pl.String), pl.col("template").cast(pl.String)]
    decided = scan_decisions(folder, window).filter(pl.col("teller_family").is_not_null())
    last = decided.group_by("family").agg(pl.col("teller_family", "service", "template").sort_by("tick").last())
    rows = last.select("teller_family", *columns).unique().sort("teller_family", "service", "template").collect()
    found: dict[str, list[CoOccurrence]] = {}
    for shown_with, service, template in rows.iter_rows():
        found.setdefault(family_id(shown_with), []).append(CoOccurrence(service, template))
    return found


def tellers_of(folder: OutputFolder, families: Iterable[int], window: Window = ALL) -> dict[int, set[int]]:
    """Return the signatures that were held back because they come whenever each of some families does."""
    told: dict[int, set[int]] = {family: set() for family in families}
    rows = scan_decisions(folder, window).filter(pl.col("teller_family").is_in(sorted(told)))
    for family, signature in rows.select("teller_family", "signature").unique().collect().iter_rows():
        told[family].add(signature)
    return told


def _exactly(folder: OutputFolder, asked: pl.DataFrame) -> list[Decision]:
    """Return the decisions of the families and ticks in two columns."""
    return decisions_at(folder, zip(asked["family"].to_list(), asked["tick"].dt.epoch("us").to_list(), strict=True))


def decisions_at(folder: OutputFolder, asked: Iterable[tuple[int, int]]) -> list[Decision]:
    """Return the decisions of some families, each at a tick in microseconds."""
    wanted = set(asked)
    found = decisions_of(folder, sorted({family for family, _ in wanted}))
    return [decision for decision in found if (decision.family, decision.tick_us) in wanted]


def members_of(folder: OutputFolder, families: Iterable[int], window: Window = ALL) -> dict[int, set[int]]:
    """Return the signatures that joined each family, directly or through a family that joined it."""
    into = {family: family for family in families}
    members: dict[int, set[int]] = {family: set() for family in into}
    joined = scan_decisions(folder, window).filter(pl.col("joined_family").is_not_null())
    reached = sorted(into)
    while reached:
        rows = joined.filter(pl.col("joined_family").is_in(reached)).select("family", "signature", "joined_family")
        reached = []
        for member, signature, family in rows.collect().iter_rows():
            members[into[family]].add(signature)
            if member not in into:
                into[member] = into[family]
                reached.append(member)
    return members


def decisions_of(folder: OutputFolder, families: list[int], until_us: int | None = None) -> list[Decision]:
    """Return the decisions of families, up to a moment when one is given."""
    rows = scan_decisions(folder).filter(pl.col("family").is_in(families))
    if until_us is not None:
        rows = rows.filter(pl.col("tick").dt.epoch("us") <= until_us)
    return to_decisions(rows)
