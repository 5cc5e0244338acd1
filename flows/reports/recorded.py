"""Queries over an output folder: items, decisions and counts of evidence, read back."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

import orjson
import polars as pl

from brainstem.contracts.decision import DECISION_SCHEMA, Decision
from brainstem.contracts.finding import family_id
from brainstem.contracts.ledger import Ledger
from brainstem.contracts.ledger_json import from_json
from brainstem.explain.digest import CoOccurrence, Reason, numbered
from brainstem.explain.input_gaps import is_log
from brainstem.explain.item import Item
from connectors.base import InputError
from flows.sinks.output_folder import OutputFolder
from state.store.listing import rereading
from state.store.parquet_store import read_evidence, scan

REPAIR: Final = "Operator action: restore the file from a copy, or `brainstem repair {folder}` makes it anew."
ENDINGS: Final = ("surfaced", "joined")
"""causes of decisions after which nothing is held back"""
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


@rereading
def kept_events(folder: OutputFolder) -> pl.DataFrame:
    """Return the events and bytes of each source and tenant in the evidence, with the first and the last event time."""
    moment = pl.col("event_time")
    return (
        read_evidence(folder.root)
        .group_by(pl.col("source").cast(pl.String), pl.col("tenant").cast(pl.String))
        .agg(
            pl.len().cast(pl.Int64).alias("records"),
            pl.col("length").cast(pl.Int64).sum().alias("bytes"),
            moment.min().dt.epoch("us").alias("start"),
            pl.coalesce(believed_time().max(), moment.max()).dt.epoch("us").alias("end"),
        )
        .collect()
    )


def scan_decisions(folder: OutputFolder) -> pl.LazyFrame:
    """Return all decisions of a run. Raises `InputError` when there is no run."""
    if not folder.decisions.is_dir():
        raise InputError(f"{folder.root} holds no decisions. Give the --out folder of a run.")
    return scan(folder.decisions, DECISION_SCHEMA)


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


def count_reasons(folder: OutputFolder, shown: set[int]) -> tuple[dict[str, int], list[Reason]]:
    """Return the number of families by tenant, and of those not in `shown` by the reason that held them back.

    Families that joined another one are left out. Families are read in parts, for there may be many millions.
    """
    decisions = scan_decisions(folder)
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


def nearest_decisions(folder: OutputFolder, tenants: list[str]) -> dict[str, Decision]:
    """Return for each of some tenants the unshown decision with the highest score; of equal scores the latest."""
    rows = scan_decisions(folder).filter(pl.col("tenant").cast(pl.String).is_in(tenants))
    order = ["score", "tick", "family"]
    unseen = rows.filter(~pl.col("cause").cast(pl.String).is_in(ENDINGS)).select("tenant", *order)
    best = unseen.group_by("tenant").agg(pl.col(order).sort_by(order).last()).drop("score")
    return {decision.tenant: decision for decision in _exactly(folder, best.drop("tenant").collect())}


def held_back(folder: OutputFolder) -> list[Decision]:
    """Return the last decision of each family that the budget held back, of those not shown or joined since."""
    held, ended = pl.col("blocker").cast(pl.String) == "budget", pl.col("cause").cast(pl.String).is_in(ENDINGS)
    rows = scan_decisions(folder).filter(held | ended).select("tick", "family", held.alias("held"))
    last = rows.group_by("family").agg(pl.all().sort_by("tick").last()).filter("held").drop("held")
    return _exactly(folder, last.collect())


def co_occurring(folder: OutputFolder) -> dict[str, list[CoOccurrence]]:
    """Return the families held back because they co-occur with a family that was shown, by the id of the latter."""
    columns = [pl.col("service").cast(pl.String), pl.col("template").cast(pl.String)]
    decided = scan_decisions(folder).filter(pl.col("teller_family").is_not_null())
    last = decided.group_by("family").agg(pl.col("teller_family", "service", "template").sort_by("tick").last())
    rows = last.select("teller_family", *columns).unique().sort("teller_family", "service", "template").collect()
    found: dict[str, list[CoOccurrence]] = {}
    for shown_with, service, template in rows.iter_rows():
        found.setdefault(family_id(shown_with), []).append(CoOccurrence(service, template))
    return found


def tellers_of(folder: OutputFolder, families: Iterable[int]) -> dict[int, set[int]]:
    """Return the signatures that were held back because they come whenever each of some families does."""
    told: dict[int, set[int]] = {family: set() for family in families}
    rows = scan_decisions(folder).filter(pl.col("teller_family").is_in(sorted(told)))
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


def members_of(folder: OutputFolder, families: Iterable[int]) -> dict[int, set[int]]:
    """Return the signatures that joined each family, directly or through a family that joined it."""
    into = {family: family for family in families}
    members: dict[int, set[int]] = {family: set() for family in into}
    joined = scan_decisions(folder).filter(pl.col("joined_family").is_not_null())
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
