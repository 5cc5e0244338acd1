"""What deserves eyes at a moment: the families of a band and above, from recorded decisions.

Takes folders and a moment; returns entries of the queue in order. Only decisions, events and verdicts up to the moment are
used, so the answer for a past moment is the one that a run which ended there gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from brainstem.attention.bands import Band
from brainstem.explain.answers.waiting import BAND_OF, Entry, Known, Verdict, ranked
from brainstem.explain.headline import without_times
from brainstem.explain.item import parse_family_id
from brainstem.explain.redaction.redact import clean
from brainstem.signature.signing import signature_id
from flows.recall.runs import Runs
from state.store.listing import rereading

NEAREST_TOLD: Final = 3
"""families of lower bands that are told where the queue is empty"""


@dataclass(frozen=True, slots=True)
class Queue:
    """The families that deserve eyes at a moment (microseconds since the epoch, UTC), the most deserving first."""

    now_us: int
    entries: tuple[Entry, ...]
    found: int
    """entries in all, of which `entries` are the first"""
    nearest: tuple[Entry, ...]
    """the strongest below the band that was asked for, where nothing is in it"""
    counts: tuple[tuple[str, int], ...]
    """how many families are in each band, the highest first"""


@rereading
def queue_of(
    folders: Sequence[Path], least: Band, tenant: str | None = None, at_us: int | None = None, limit: int = 20
) -> Queue:
    """Return the queue at a moment, without one at the end of what is stored.

    Raises `InputError` where a folder holds no run, or nothing of the tenant.
    """
    # a slot that ends at the moment is decided then
    runs = Runs.of(folders, tenant, until_us=at_us)
    latest = _latest(runs)
    now_us = at_us if at_us is not None else max([0, *runs.end_us().values()])
    bands = [title for title, band in BAND_OF.items() if band >= least]
    in_band = latest.filter(pl.col("to_band").is_in(bands))
    counts = dict(latest.group_by("to_band").len().iter_rows())
    entries = ranked(_known(runs, in_band), now_us, least)
    nearest: list[Entry] = []
    if not entries:
        below = latest.sort("score", "family", descending=[True, False]).head(NEAREST_TOLD)
        nearest = ranked(_known(runs, below), now_us, Band.IGNORE_FAST)
    return Queue(
        now_us=now_us,
        entries=_with_headlines(runs, entries[:limit]),
        found=len(entries),
        nearest=_with_headlines(runs, nearest),
        counts=tuple((title, counts.get(title, 0)) for title in sorted(BAND_OF, key=BAND_OF.__getitem__, reverse=True)),
    )


def _latest(runs: Runs) -> pl.DataFrame:
    """Return the latest decision of each family that has not become part of another one, without what it rests on."""
    is_joined = pl.col("cause") == "joined"
    changed = pl.col("from_band") != pl.col("to_band")
    order = [pl.col("tick"), is_joined]
    rows = runs.decisions().select("family", "tick", "to_band", "cause", "score", "signature", "from_band")
    latest = rows.group_by("family").agg(
        pl.col("to_band", "cause", "score").sort_by(order).last(),
        pl.col("tick").max(),
        pl.col("tick").filter(changed | (pl.col("cause") == "born")).max().alias("since"),
        pl.col("tick").filter(pl.col("cause") == "surfaced").max().alias("shown"),
    )
    return latest.filter(~is_joined).collect().sort("family")


def _known(runs: Runs, latest: pl.DataFrame) -> list[Known]:
    """Return what is known of some families."""
    families = latest["family"].to_list()
    if not families:
        return []
    decided = runs.latest(latest)
    members = runs.members(families)
    heard = _heard(runs, members)
    verdicts = _verdicts(runs, members)
    found = []
    for family, since, shown in (
        latest.select("family", pl.col("since", "shown").dt.epoch("us").fill_null(0)).sort("family").iter_rows()
    ):
        found.append(Known(decided[family], since, shown, heard.get(family, 0), "", verdicts.get(family)))
    return found


def _with_headlines(runs: Runs, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return entries with the headline of the latest item of each that was shown."""
    items = runs.items([entry.known.latest.family for entry in entries if entry.known.shown_us])
    # they are in order of time
    shown_as = {parse_family_id(item["subject"]): clean(without_times(item["data"]["what"])) for item in items}
    return tuple(
        entry._replace(known=entry.known._replace(shown_as=shown_as.get(entry.known.latest.family, "")))
        for entry in entries
    )


def _heard(runs: Runs, members: dict[int, set[tuple[str, str, int]]]) -> dict[int, int]:
    """Return the time of the latest event of each family."""
    everyone = sorted({member for held in members.values() for member in held})
    tenants, signatures = sorted({each[0] for each in everyone}), sorted({each[2] for each in everyone})
    days = runs.days(pl.col("tenant").is_in(tenants) & pl.col("signature").is_in(signatures))
    last = days.group_by("tenant", "service", "signature").agg(pl.col("last_us").max())
    last_of = {(tenant, service, signature): us for tenant, service, signature, us in last.iter_rows()}
    return {family: max((last_of.get(member, 0) for member in held), default=0) for family, held in members.items()}


def _verdicts(runs: Runs, members: dict[int, set[tuple[str, str, int]]]) -> dict[int, Verdict]:
    """Return the latest verdict about each family: about one of its items, or one of its signatures."""
    said = [each for each in runs.statements if each["kind"] == "feedback"]
    if not said:
        return {}
    subjects = {item["id"]: parse_family_id(item["subject"]) for item in runs.items()}
    owners: dict[tuple[str, str], list[int]] = {}
    for family, held in members.items():
        for tenant, _, signature in held:
            owners.setdefault((tenant, signature_id(signature)), []).append(family)
    found: dict[int, Verdict] = {}
    for each in said:
        by_item = [subjects[each["about"]]] if each["about"] in subjects else []
        for family in (*by_item, *owners.get((each["tenant"], each["about"]), ())):
            # they are in order of time
            found[family] = Verdict(each["time_us"], each["verdict"], each["text"])
    return found
