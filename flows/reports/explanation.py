"""Answers `brainstem explain`: queries the stores of one folder for the family that a person asks about, and returns its
history in words, or the list of families to choose from where several fit.
"""

import re

import polars as pl
import pyarrow.compute as pc

from brainstem.contracts.finding import family_id, parse_family_id
from brainstem.explain.answers.explanation import Seen, explain_end, explain_family
from brainstem.explain.redaction.redact import clean
from brainstem.signature.signing import parse_signature_id, signature_id
from brainstem.text.phrases import Zones, counted, microseconds
from connectors.base import InputError, NothingFoundError
from flows.reports.recorded import (
    NOT_JUDGED_YET,
    believed_time,
    decisions_of,
    members_of,
    numbered_item,
    read_items,
    scan_decisions,
)
from flows.sinks.output_folder import OutputFolder
from state.store.listing import rereading
from state.store.parquet_store import read_evidence, read_evidence_since

MATCHES_SHOWN = 20


@rereading
def explain(folder: OutputFolder, asked: str, until_us: int | None, zones: Zones) -> str:
    """Return the explanation of an item, by its number in the digest or its name, of a family, a signature, or the one
    family that has the text in its template, its service or one of its lines.

    Several matches are listed instead. Only decisions up to `until_us` are used, where it is given; without it the answer
    ends with what is stored at the end. Raises `NothingFoundError` when nothing matches.
    """
    families, moment_us = _families(folder, asked)
    if families is None:
        held = _matching(folder, asked)
        if len(held) > 1:
            return _listed(held, asked)
        families = held["family"].to_list()
    at_us = moment_us if until_us is None else until_us
    texts = []
    for family in families:
        history = decisions_of(folder, [family], at_us)
        if not history:
            continue
        zone = zones.of(history[-1].tenant)
        texts.append(explain_family(history, zone))
        joined = history[-1].joined_family
        if joined is not None:
            texts.append(explain_family(decisions_of(folder, [joined], at_us), zone))
        if until_us is None:
            texts.append(explain_end(_seen(folder, history[-1].tenant, family if joined is None else joined), zone))
    shown = list(dict.fromkeys(texts))
    if not shown:
        raise InputError(f"{asked}: nothing was decided about it by then. Its first decision comes later.")
    return "\n".join(shown)


def _seen(folder: OutputFolder, tenant: str, family: int) -> Seen:
    """Return what is stored of a family of a tenant, with those that joined it."""
    decisions = decisions_of(folder, [family])
    signatures = members_of(folder, [family])[family] | {decision.signature for decision in decisions}
    services = {decision.service for decision in decisions}
    shown_us = max((decision.tick_us for decision in decisions if decision.cause == "surfaced"), default=0)
    time_us = pl.col("event_time").dt.epoch("us")
    of_tenant = read_evidence_since(folder.root, [tenant], 0)
    own = pl.col("signature").is_in(sorted(signatures)) & pl.col("service").cast(pl.String).is_in(sorted(services))
    row = of_tenant.select(
        own.sum().alias("events"),
        *(
            each.fill_null(0)
            for each in (time_us.filter(own).min().alias("first"), time_us.filter(own).max().alias("last"))
        ),
        (own & (time_us >= shown_us)).sum().alias("since"),
        pl.coalesce(believed_time().max(), pl.col("event_time").max()).dt.epoch("us").fill_null(0).alias("end"),
    ).collect()
    events, first_us, last_us, since, end_us = row.row(0)
    return Seen(events or 0, first_us, last_us, shown_us, (since or 0) if shown_us else 0, end_us)


def _families(folder: OutputFolder, asked: str) -> tuple[list[int] | None, int | None]:
    """Return the families that a name stands for, and the moment of the item that it names; None for the families where it
    is a text.
    """
    numbered = numbered_item(folder, asked)
    if numbered is not None:
        return [parse_family_id(numbered["subject"])], None
    if re.fullmatch(r"i\d+-[0-9a-f]+", asked):
        for item in read_items(folder):
            if item["id"] == asked:
                return [parse_family_id(item["subject"])], microseconds(item["time"])
        raise NothingFoundError(f"{asked}: no such item in {folder.items}.")
    if re.fullmatch(r"f\d+-[0-9a-f]{16}", asked):
        families = [parse_family_id(asked)]
    elif re.fullmatch(r"s\d+-[0-9a-f]{16}", asked):
        rows = scan_decisions(folder).filter(pl.col("signature") == parse_signature_id(asked))
        families = rows.select(pl.col("family").unique().sort()).collect()["family"].to_list()
    else:
        return None, None
    known = scan_decisions(folder).filter(pl.col("family").is_in(families)).select(pl.len()).collect().item()
    if not known:
        raise NothingFoundError(f"{asked}: nothing in {folder.decisions} goes by this name.")
    return families, None


def _matching(folder: OutputFolder, text: str) -> pl.DataFrame:
    """Return the latest decision of each family that has a text in its template, its service or one of its lines, in
    capitals or not, highest score first. A family that joined another one stands for that one.
    """
    rows = scan_decisions(folder).sort("tick", maintain_order=True).group_by("tenant", "family").last()
    latest = rows.with_columns(pl.col("tenant", "service", "template", "to_band").cast(pl.String)).collect()
    in_words = pl.any_horizontal(
        pl.col(name).str.to_lowercase().str.contains(text.lower(), literal=True) for name in ("template", "service")
    )
    in_lines = latest.join(_lines_with(folder, text), on=["tenant", "signature"], how="semi")
    into = dict(latest.select("family", "joined_family").iter_rows())
    families = {*latest.filter(in_words)["family"].to_list(), *in_lines["family"].to_list()}
    while joined := {family for family in families if into.get(family) is not None}:
        families = (families - joined) | {into[family] for family in joined}
    held = latest.filter(pl.col("family").is_in(sorted(families))).sort("score", "family", descending=[True, False])
    if not len(held):
        if waiting := _lines_with(folder, text).height:
            raise NothingFoundError(f"{text!r} is in {counted(waiting, 'kind')} of stored line, and {NOT_JUDGED_YET}")
        raise NothingFoundError(
            f"{text!r} is no item, family or signature, and no template and no line of {folder.root} holds it."
        )
    return held


def _lines_with(folder: OutputFolder, text: str) -> pl.DataFrame:
    """Return the tenants and signatures of the stored lines that hold a text, in capitals or not."""

    def holds(raw: pl.Series) -> pl.Series:
        # lines are bytes of any encoding, so they are not made text first
        return pl.Series(pc.match_substring(raw.to_arrow(), pattern=text, ignore_case=True))

    found = read_evidence(folder.root).select(
        pl.col("tenant").cast(pl.String),
        "signature",
        pl.col("message_raw").map_batches(holds, return_dtype=pl.Boolean).alias("holds"),
    )
    return found.filter("holds").select("tenant", "signature").unique().collect()


def _listed(held: pl.DataFrame, text: str) -> str:
    lines = [f"{len(held)} kinds of message have {clean(text, 80)!r} in their words or lines; explain one by its name:"]
    lines += [
        (
            f"  {family_id(row['family'])}  {signature_id(row['signature'])}  {row['to_band']:<11}"
            f" {row['score']:>7.2f} points  {clean(row['tenant'], 40)}: {clean(row['template'], 100)}"
        )
        for row in held.head(MATCHES_SHOWN).iter_rows(named=True)
    ]
    if len(held) > MATCHES_SHOWN:
        lines.append(f"  ... and {len(held) - MATCHES_SHOWN} more")
    return "\n".join(lines) + "\n"
