"""Whether the parts of an outcome agree: items, decisions, ledger and digest.

Each item is told because of one decision that says `surfaced`, and both name the same tenant, family, moment, band and score
with its parts, which add up to it; items stand in the order of their moments; a family is decided upon once at a moment; the
digest is what items, decisions, ledger and evidence make. Returns what differs, in words.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import polars as pl

from brainstem.contracts.finding import family_id, item_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.explain.item import NAME_CHARACTERS, Item
from brainstem.explain.redaction.redact import clean
from brainstem.text.phrases import counted
from connectors.base import InputError
from flows.recovery.run_record import RunRecord
from flows.reports.digest import digest_of
from flows.reports.recorded import read_items, scan_decisions
from flows.sinks.output_folder import OutputFolder
from state.store.listing import rereading

_MOST: Final = 20


def disagreements(folder: OutputFolder) -> list[str]:
    """Return where items and decisions contradict each other, the first ones of each kind and how many more."""
    try:
        items = read_items(folder)
        surfaced = _surfaced(folder)
    except InputError as error:
        return [str(error)]
    shown: dict[str, Item] = {}
    found: list[str] = []
    for item in items:
        if item["id"] in shown:
            found.append(f"{item['id']} stands twice in items.jsonl")
        shown[item["id"]] = item
    if any(item["time"] > following["time"] for item, following in pairwise(items)):
        found.append("items.jsonl is not in the order of the times of its items")
    found += _some(f"item {name} rests on no decision" for name in sorted(shown.keys() - surfaced.keys()))
    found += _some(
        f"a decision says that {name} was shown, and items.jsonl does not have it"
        for name in sorted(surfaced.keys() - shown.keys())
    )
    found += _some(
        f"item {name} has another {what} than its decision"
        for name in sorted(shown.keys() & surfaced.keys())
        for what in _differing(shown[name], surfaced[name])
    )
    if repeated := _repeated(folder):
        found.append(f"{counted(repeated, 'decision')} more than the one that a family may have at a moment")
    sums = _wrong_sums(folder)
    if sums:
        found.append(f"in {sums:,} decisions the parts do not add up to the score")
    return found


def digest_differs(folder: OutputFolder, record: RunRecord) -> str:
    """Return what is wrong with the digest; empty for nothing."""
    try:
        held = folder.digest.read_bytes()
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    made = digest_of(folder, record.settings.display_zones, shown_out=record.shown_out).encode()
    return "" if held == made else "is not what items, decisions, ledger and evidence make"


def _differing(item: Item, decided: dict[str, Any]) -> list[str]:
    """Return the fields of an item that are not what its decision says."""
    about = item["data"]
    return [
        name
        for name, told in {
            "tenant": about["tenant"],
            "family": item["subject"],
            "time": item["time"],
            "band": about.get("band"),
            "score": about.get("score"),
            "prior": about.get("prior"),
            "list of contributions": [
                (each.get("factor"), each.get("points")) for each in about.get("contributions") or ()
            ],
        }.items()
        if told != decided[name]
    ]


@rereading
def _surfaced(folder: OutputFolder) -> dict[str, dict[str, Any]]:
    """Return what each decision to show something says of its item, by the id of the item."""
    rows = scan_decisions(folder).filter(pl.col("cause").cast(pl.String) == "surfaced")
    tick_us = pl.col("tick").dt.epoch("us")
    columns = rows.select(
        *(pl.col(name).cast(pl.String) for name in ("tenant", "to_band")),
        *("family", tick_us, "score", "prior", "contributions"),
    )
    return {
        item_id(each["tenant"], each["family"], each["tick"]): {
            "tenant": clean(each["tenant"], NAME_CHARACTERS),
            "family": family_id(each["family"]),
            "time": rfc3339(each["tick"]),
            "band": each["to_band"],
            "score": each["score"],
            "prior": each["prior"],
            "list of contributions": [(part["factor"], part["points"]) for part in each["contributions"]],
        }
        for each in columns.collect().iter_rows(named=True)
    }


@rereading
def _repeated(folder: OutputFolder) -> int:
    """Return the number of decisions beyond the first of a family at a moment."""
    moments = scan_decisions(folder).select(pl.col("tenant").cast(pl.String), "family", "tick")
    counts = moments.select(pl.len().alias("all"), pl.struct(pl.all()).n_unique().alias("unlike")).collect()
    return int(counts["all"].item()) - int(counts["unlike"].item())


@rereading
def _wrong_sums(folder: OutputFolder) -> int:
    """Return the number of decisions whose parts do not add up exactly; points are quarters, so sums of them are exact."""
    points = pl.col("contributions").list.eval(pl.element().struct.field("points")).list.sum().fill_null(0.0)
    differ = scan_decisions(folder).select((pl.col("prior") + points != pl.col("score")).sum())
    return int(differ.collect().item() or 0)


def _some(found: Iterator[str]) -> list[str]:
    """Return the first of many, and how many more there are."""
    every = list(found)
    more = [f"and {len(every) - _MOST:,} more of this kind"] if len(every) > _MOST else []
    return every[:_MOST] + more
