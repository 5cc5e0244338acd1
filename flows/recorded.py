"""What an output folder has recorded: items and decisions, read back."""

from typing import Any

import orjson
import polars as pl

from brainstem.decision import DECISION_SCHEMA, Decision
from brainstem.item import Item
from connectors.base import InputError
from flows.output import OutputFolder
from state.evidence import scan


def read_items(folder: OutputFolder) -> list[Item]:
    """Give the items of a run. Raises `InputError` when there is no run."""
    if not folder.items.is_file():
        raise InputError(f"{folder.root} holds no items.jsonl. Give the --out folder of a run.")
    return [orjson.loads(line) for line in folder.items.read_bytes().splitlines()]


def scan_decisions(folder: OutputFolder) -> pl.LazyFrame:
    """Give all decisions of a run. Raises `InputError` when there is no run."""
    if not folder.decisions.is_dir():
        raise InputError(f"{folder.root} holds no decisions. Give the --out folder of a run.")
    return scan(folder.decisions, DECISION_SCHEMA)


def to_decisions(rows: pl.LazyFrame) -> list[Decision]:
    """Give rows as decisions in order of time, and of what happened first within a tick."""
    # a signature is born before it joins a family, and a band changes after that
    ordered = rows.sort("tick", pl.col("cause") == "joined", maintain_order=True).with_columns(
        pl.col("tick").dt.epoch("us")
    )
    return [_decision(row) for row in ordered.collect().iter_rows(named=True)]


def _decision(row: dict[str, Any]) -> Decision:
    tick_us = row.pop("tick")
    contributions = tuple((each["factor"], each["points"]) for each in row.pop("contributions"))
    return Decision(tick_us=tick_us, contributions=contributions, **row)


def latest_decisions(folder: OutputFolder) -> list[Decision]:
    """Give the last decision of each family that still speaks for itself."""
    rows = scan_decisions(folder).sort("tick", maintain_order=True).group_by("tenant", "family").last()
    return to_decisions(rows.filter(pl.col("joined_family").is_null()))


def held_back(folder: OutputFolder) -> list[Decision]:
    """Give the last decision that held each family back for its tenant's budget, of those not shown or joined since."""
    of_family = ("tenant", "family")
    tick = pl.when(pl.col("blocker") == "budget").then(pl.col("tick")).max().over(*of_family)
    ended = pl.when(pl.col("cause").is_in(["surfaced", "joined"])).then(pl.col("tick")).max().over(*of_family)
    held = (pl.col("blocker") == "budget") & (pl.col("tick") == tick) & (ended.is_null() | (ended < tick))
    return to_decisions(scan_decisions(folder).filter(held))


def decisions_of(folder: OutputFolder, families: list[int], until_us: int | None = None) -> list[Decision]:
    """Give the decisions of families, up to a moment when one is given."""
    rows = scan_decisions(folder).filter(pl.col("family").is_in(families))
    if until_us is not None:
        rows = rows.filter(pl.col("tick").dt.epoch("us") <= until_us)
    return to_decisions(rows)
