"""Whether the parts of an outcome agree: items, decisions, ledger and digest.

Each item is told because of one decision that says `surfaced`, and both name the same family, moment and score; the parts
of a score add up to it; the digest is what items, decisions, ledger and evidence make. Returns what differs, in words.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from brainstem.contracts.finding import item_id
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
    shown: dict[str, float] = {}
    found: list[str] = []
    for item in items:
        if item["id"] in shown:
            found.append(f"{item['id']} stands twice in items.jsonl")
        shown[item["id"]] = item["data"]["score"]
    found += _some(f"item {name} rests on no decision" for name in sorted(shown.keys() - surfaced.keys()))
    found += _some(
        f"a decision says that {name} was shown, and items.jsonl does not have it"
        for name in sorted(surfaced.keys() - shown.keys())
    )
    found += _some(
        f"item {name} has a score of {shown[name]}, its decision one of {surfaced[name]}"
        for name in sorted(shown.keys() & surfaced.keys())
        if shown[name] != surfaced[name]
    )
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


@rereading
def _surfaced(folder: OutputFolder) -> dict[str, float]:
    """Return the score of each decision to show something, by the id of the item that it made."""
    rows = scan_decisions(folder).filter(pl.col("cause").cast(pl.String) == "surfaced")
    columns = rows.select(pl.col("tenant").cast(pl.String), "family", pl.col("tick").dt.epoch("us"), "score").collect()
    return {item_id(tenant, family, tick_us): score for tenant, family, tick_us, score in columns.iter_rows()}


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
