"""What followed each item: the number of its events after the last one that the item counts.

Takes items of an output folder, returns a count and the last time for each. Only evidence of their tenants from their days
on is opened, and only rows of their signatures are read, so the cost does not grow with the length of the run.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from brainstem.contracts.features import ON_ENTITY, ON_HOST, WHOLE_CONFIGURATION
from brainstem.explain.digest import Since
from brainstem.explain.item import Item, parse_family_id
from brainstem.signature.signing import parse_signature_id
from brainstem.text.phrases import microseconds
from flows.reports.recorded import decisions_at, members_of
from flows.sinks.output_folder import OutputFolder
from state.store.parquet_store import read_evidence_since


class _Selection(NamedTuple):
    """Which rows of the evidence are events of an item."""

    item: str
    tenant: str
    service: str
    signatures: tuple[int, ...]
    last_us: int
    host: str
    """empty for any"""
    name: str
    """what the message must contain, empty for anything"""


def count_later_events(folder: OutputFolder, items: Sequence[Item]) -> dict[str, Since]:
    """Return the later events of each item by its id; items that cannot be counted exactly are left out."""
    counts_by_item: dict[str, Since] = {}
    selections = _selections(folder, items)
    for match_text in (False, True):
        some = [each for each in selections if bool(each.name) is match_text]
        if some:
            counts_by_item |= _count(folder, some, match_text)
    return counts_by_item


def _selections(folder: OutputFolder, items: Sequence[Item]) -> list[_Selection]:
    """Return which events belong to each item, from the decision that surfaced it."""
    moments = {(parse_family_id(item["subject"]), microseconds(item["time"])): item for item in items}
    decided = [each for each in decisions_at(folder, moments) if each.cause == "surfaced"]
    members = members_of(folder, [decision.family for decision in decided])
    selections = []
    for decision in decided:
        item = moments[decision.family, decision.tick_us]
        about, facet_kind = item["data"], decision.facts["facet_kind"]
        signatures = {parse_signature_id(name) for name in about["signatures"]}
        if facet_kind == WHOLE_CONFIGURATION:
            # an item names a few of a family's signatures, and others may have joined it since
            signatures |= {decision.signature, *members[decision.family]}
        host = about["hosts"][0] if facet_kind == ON_HOST and about["hosts"] else ""
        name = about["entities"][0] if facet_kind == ON_ENTITY and about["entities"] else ""
        if facet_kind == ON_ENTITY and not any(name and name in line["raw"] for line in about["evidence"]):
            # a name that was redacted for display is not the one in the log
            continue
        last_us = decision.facts["last_time"]
        key = (decision.tenant, decision.service, tuple(sorted(signatures)))
        selections.append(_Selection(item["id"], *key, last_us, host, name))
    return selections


def _count(folder: OutputFolder, selections: Sequence[_Selection], match_text: bool) -> dict[str, Since]:
    """Count the events of some items; `named` tells whether their messages must be looked into."""
    rows = [(each, signature) for each in selections for signature in each.signatures]
    wanted = pl.DataFrame(
        {
            "item": [each.item for each, _ in rows],
            "tenant": [each.tenant for each, _ in rows],
            "service": [each.service for each, _ in rows],
            "signature": pl.Series([signature for _, signature in rows], dtype=pl.UInt64),
            "last_us": [each.last_us for each, _ in rows],
            "asked_host": [each.host for each, _ in rows],
            "pattern": [rf"(?:^|[^\pL\pN_]){re.escape(each.name)}(?:$|[^\pL\pN_])" for each, _ in rows],
        }
    )
    signatures = wanted["signature"].unique().to_list()
    since_us = min(each.last_us for each in selections)
    columns = ["tenant", "service", "host"]
    lines = read_evidence_since(folder.root, sorted({each.tenant for each in selections}), since_us)
    found = (
        lines.filter(pl.col("signature").is_in(signatures))
        .select(
            *(pl.col(name).cast(pl.String) for name in columns),
            "signature",
            pl.col("event_time").dt.epoch("us").alias("time_us"),
            *(["message_raw"] if match_text else []),
        )
        .filter(pl.col("time_us") > since_us)
        .join(wanted.lazy(), on=["tenant", "service", "signature"])
        .filter(pl.col("time_us") > pl.col("last_us"))
        .filter((pl.col("asked_host") == "") | (pl.col("asked_host") == pl.col("host")))
    )
    if match_text:
        text = pl.col("message_raw").cast(pl.String, strict=False)
        found = found.filter(text.str.contains(pl.col("pattern")).fill_null(value=False))
    counts = found.group_by("item").agg(pl.len().alias("events"), pl.col("time_us").max()).collect()
    counts_by_item = {item: Since(events, last_us) for item, events, last_us in counts.iter_rows()}
    return {each.item: counts_by_item.get(each.item, Since(0, 0)) for each in selections}
