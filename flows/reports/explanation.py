"""Explain decisions of an output folder: find the family that a person asks about, and return its history in words."""

import re

import polars as pl

from brainstem.contracts.finding import family_id
from brainstem.explain.explanation import explain_family
from brainstem.explain.item import parse_family_id
from brainstem.explain.redact import clean
from brainstem.signature.signing import parse_signature_id, signature_id
from brainstem.text.phrases import Zones
from connectors.base import InputError
from flows.reports.recorded import decisions_of, read_items, scan_decisions
from flows.sinks.output_folder import OutputFolder
from state.store.listing import rereading

MATCHES_SHOWN = 20


@rereading
def explain(folder: OutputFolder, asked: str, until_us: int | None, zones: Zones) -> str:
    """Return the explanation of an item, a family, a signature, or the one family whose template contains the text.

    Several matches are listed instead. Only decisions up to `until_us` are used, where it is given. Raises `InputError` when
    nothing matches.
    """
    families, until_us = _families(folder, asked, until_us)
    if families is None:
        held = _matching(folder, asked)
        if len(held) > 1:
            return _listed(held, asked)
        families = held["family"].to_list()
    texts = []
    for family in families:
        history = decisions_of(folder, [family], until_us)
        if not history:
            continue
        zone = zones.of(history[-1].tenant)
        texts.append(explain_family(history, zone))
        joined = history[-1].joined_family
        if joined is not None:
            texts.append(explain_family(decisions_of(folder, [joined], until_us), zone))
    shown = list(dict.fromkeys(texts))
    if not shown:
        raise InputError(f"{asked}: nothing was decided about it by then. Its first decision comes later.")
    return "\n".join(shown)


def _families(folder: OutputFolder, asked: str, until_us: int | None) -> tuple[list[int] | None, int | None]:
    """Return the families that a name stands for and the moment to explain; None for the families where it is a text."""
    if re.fullmatch(r"i\d+-[0-9a-f]+", asked):
        for item in read_items(folder):
            if item["id"] == asked:
                moment = pl.Series([item["time"]]).str.to_datetime(time_zone="UTC").dt.epoch("us")[0]
                return [parse_family_id(item["subject"])], until_us if until_us is not None else int(moment)
        raise InputError(f"{asked}: no such item in {folder.items}.")
    if re.fullmatch(r"f\d+-[0-9a-f]{16}", asked):
        families = [parse_family_id(asked)]
    elif re.fullmatch(r"s\d+-[0-9a-f]{16}", asked):
        rows = scan_decisions(folder).filter(pl.col("signature") == parse_signature_id(asked))
        families = rows.select(pl.col("family").unique().sort()).collect()["family"].to_list()
    else:
        return None, until_us
    known = scan_decisions(folder).filter(pl.col("family").is_in(families)).select(pl.len()).collect().item()
    if not known:
        raise InputError(f"{asked}: nothing in {folder.decisions} goes by this name.")
    return families, until_us


def _matching(folder: OutputFolder, text: str) -> pl.DataFrame:
    """Return the latest decision of each family whose template or service contains a text, highest score first."""
    rows = scan_decisions(folder).sort("tick", maintain_order=True).group_by("tenant", "family").last()
    held = (
        rows.filter(
            pl.any_horizontal(
                pl.col(name).cast(pl.String).str.to_lowercase().str.contains(text.lower(), literal=True)
                for name in ("template", "service")
            )
            & pl.col("joined_family").is_null()
        )
        .sort("score", "family", descending=[True, False])
        .collect()
    )
    if not len(held):
        raise InputError(f"{text!r} is no item, family or signature, and no template in {folder.decisions} holds it.")
    return held


def _listed(held: pl.DataFrame, text: str) -> str:
    lines = [f"{len(held)} families match {clean(text, 80)!r}; explain one by its name:"]
    lines += [
        (
            f"  {family_id(row['family'])}  {signature_id(row['signature'])}  {row['to_band']:<11} {row['score']:>7.2f}"
            f"  {clean(row['tenant'], 40)}: {clean(row['template'], 100)}"
        )
        for row in held.head(MATCHES_SHOWN).iter_rows(named=True)
    ]
    if len(held) > MATCHES_SHOWN:
        lines.append(f"  ... and {len(held) - MATCHES_SHOWN} more")
    return "\n".join(lines) + "\n"
