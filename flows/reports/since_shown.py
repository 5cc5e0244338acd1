"""What became of what was shown: the events of each item that came after the last one it tells of.

Takes items of an output folder, gives a count and the last moment for each. Only the files of their tenants from their days
on are opened, and of these only the rows of their signatures are read, so that it stays cheap however long a run is.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from brainstem.contracts.features import ON_ENTITY, ON_HOST, WHOLE
from brainstem.explain.digest import Since
from brainstem.explain.item import Item, parse_family_id
from brainstem.signature.signing import parse_signature_id
from brainstem.text.phrases import microseconds
from flows.reports.recorded import decisions_at, members_of
from flows.sinks.output_folder import OutputFolder
from state.store.parquet_store import read_evidence_since


class _Asked(NamedTuple):
    """Which events are those of an item."""

    item: str
    tenant: str
    service: str
    signatures: tuple[int, ...]
    last_us: int
    host: str
    """empty for any"""
    name: str
    """what must stand in the message, empty for anything"""


def count_later_events(folder: OutputFolder, items: Sequence[Item]) -> dict[str, Since]:
    """Count the events of each item after its last one, by the item's id; what cannot be counted surely is left out."""
    told: dict[str, Since] = {}
    asked = _asked(folder, items)
    for named in (False, True):
        some = [each for each in asked if bool(each.name) is named]
        if some:
            told |= _count(folder, some, named)
    return told


def _asked(folder: OutputFolder, items: Sequence[Item]) -> list[_Asked]:
    """Say of each item which events are its own, from the decision that it came of."""
    moments = {(parse_family_id(item["subject"]), microseconds(item["time"])): item for item in items}
    decided = [each for each in decisions_at(folder, moments) if each.cause == "surfaced"]
    members = members_of(folder, [decision.family for decision in decided])
    asked = []
    for decision in decided:
        item = moments[decision.family, decision.tick_us]
        about, facet_kind = item["data"], decision.facts["facet_kind"]
        signatures = {parse_signature_id(name) for name in about["signatures"]}
        if facet_kind == WHOLE:
            # an item names a few of a family's signatures, and others may have joined it since
            signatures |= {decision.signature, *members[decision.family]}
        host = about["hosts"][0] if facet_kind == ON_HOST and about["hosts"] else ""
        name = about["entities"][0] if facet_kind == ON_ENTITY and about["entities"] else ""
        if facet_kind == ON_ENTITY and not any(name and name in line["raw"] for line in about["evidence"]):
            # a name that was cleaned for show is not the one in the log
            continue
        last_us = decision.facts["last_time"]
        key = (decision.tenant, decision.service, tuple(sorted(signatures)))
        asked.append(_Asked(item["id"], *key, last_us, host, name))
    return asked


def _count(folder: OutputFolder, asked: Sequence[_Asked], named: bool) -> dict[str, Since]:
    """Count the events of some items; `named` tells whether their messages must be looked into."""
    rows = [(each, signature) for each in asked for signature in each.signatures]
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
    since_us = min(each.last_us for each in asked)
    columns = ["tenant", "service", "host"]
    lines = read_evidence_since(folder.root, sorted({each.tenant for each in asked}), since_us)
    found = (
        lines.filter(pl.col("signature").is_in(signatures))
        .select(
            *(pl.col(name).cast(pl.String) for name in columns),
            "signature",
            pl.col("event_time").dt.epoch("us").alias("time_us"),
            *(["message_raw"] if named else []),
        )
        .filter(pl.col("time_us") > since_us)
        .join(wanted.lazy(), on=["tenant", "service", "signature"])
        .filter(pl.col("time_us") > pl.col("last_us"))
        .filter((pl.col("asked_host") == "") | (pl.col("asked_host") == pl.col("host")))
    )
    if named:
        text = pl.col("message_raw").cast(pl.String, strict=False)
        found = found.filter(text.str.contains(pl.col("pattern")).fill_null(value=False))
    counts = found.group_by("item").agg(pl.len().alias("events"), pl.col("time_us").max()).collect()
    told = {item: Since(events, last_us) for item, events, last_us in counts.iter_rows()}
    return {each.item: told.get(each.item, Since(0, 0)) for each in asked}
