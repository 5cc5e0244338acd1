"""Answers `brainstem queue`: gathers from `runs` what is known of the families of a band and above, for
`explain.answers.waiting` to rank.

Takes folders and a moment; returns entries of the queue in order. Only decisions, events and verdicts up to the moment are
used, so the answer for a past moment is the one that a run which ended there gives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from brainstem.attention.bands import Band
from brainstem.contracts.finding import parse_family_id
from brainstem.explain.answers.handling import Since, Verdict, handling_of
from brainstem.explain.answers.waiting import BAND_OF, Entry, Known, ranked
from brainstem.explain.digest import numbered
from brainstem.explain.headline import without_times
from brainstem.explain.redaction.redact import clean
from brainstem.signature.signing import parse_signature_id
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
    """entries in all, of which `entries` are the first and all that are set aside"""
    nearest: tuple[Entry, ...]
    """the strongest below the band that was asked for, where nothing is in it"""
    counts: tuple[tuple[str, int], ...]
    """how many families are in each band, the highest first"""
    end_us: int = 0
    """the last event up to that moment, 0 for none"""
    numbers: Mapping[int, int] = field(default_factory=dict)
    """the number of a family's item in the digest, where every command takes it for this family: of one folder as a whole
    and as it is now; of a tenant or a past moment the digest has other numbers
    """


@rereading
def queue_of(
    folders: Sequence[Path], least: Band, tenant: str | None = None, at_us: int | None = None, limit: int = 20
) -> Queue:
    """Return the queue at a moment, without one at the end of what is stored: at most `limit` entries, and behind them all
    that are set aside.

    Raises `InputError` where a folder holds no run, or nothing of the tenant.
    """
    # a slot that ends at the moment is decided then
    runs = Runs.of(folders, tenant, until_us=at_us)
    latest = _latest(runs)
    now_us = at_us if at_us is not None else max([0, *runs.end_us().values()])
    bands = [title for title, band in BAND_OF.items() if band >= least]
    said = _said(runs)
    handled = [family for family, verdicts in said.items() if not all(each.is_of_worth for each in verdicts)]
    asked = latest.filter(pl.col("to_band").is_in(bands) | pl.col("family").is_in(handled))
    counts = dict(latest.group_by("to_band").len().iter_rows())
    entries = ranked(_known(runs, asked, said, now_us), now_us, least)
    told = [entry for entry in entries if not entry.known.is_set_aside]
    aside = [entry for entry in entries if entry.known.is_set_aside]
    nearest: list[Entry] = []
    if not entries:
        below = latest.sort("score", "family", descending=[True, False]).head(NEAREST_TOLD)
        nearest = ranked(_known(runs, below, said, now_us), now_us, Band.IGNORE_FAST)
    return Queue(
        now_us=now_us,
        entries=_with_headlines(runs, [*told[:limit], *aside]),
        found=len(entries),
        nearest=_with_headlines(runs, nearest),
        counts=tuple((title, counts.get(title, 0)) for title in sorted(BAND_OF, key=BAND_OF.__getitem__, reverse=True)),
        numbers=_numbers(runs) if len(runs.folders) == 1 and tenant is None and at_us is None else {},
        end_us=runs.last_event_us(),
    )


def _numbers(runs: Runs) -> dict[int, int]:
    """Return the number of each item in the digest, by its family."""
    return {parse_family_id(item["subject"]): number for number, item in enumerate(numbered(runs.items()), 1)}


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


def _known(runs: Runs, latest: pl.DataFrame, said: Mapping[int, Sequence[Verdict]], now_us: int) -> list[Known]:
    """Return what is known of some families; `said` is what people said of each, in order of time."""
    families = latest["family"].to_list()
    if not families:
        return []
    decided = runs.latest(latest)
    heard = _heard(runs, runs.members(families))
    handled = {
        family: verdicts[-1]
        for family in families
        if (verdicts := [each for each in said.get(family, ()) if not each.is_of_worth])
    }
    bands = _bands(runs, list(handled))
    found = []
    for family, since, shown in (
        latest.select("family", pl.col("since", "shown").dt.epoch("us").fill_null(0)).sort("family").iter_rows()
    ):
        hosts, heard_us = heard.get(family, _SILENT)
        known = Known(decided[family], since, shown, heard_us, "", next(reversed(said.get(family, ())), None))
        if family in handled:
            around = Since(bands[family], hosts, heard_us, shown)
            known = known._replace(handling=handling_of(handled[family], around, now_us))
        found.append(known)
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


class _Heard(NamedTuple):
    """When a family was first heard on each host, and last on any (microseconds since the epoch, UTC)."""

    first_us: Mapping[str, int]
    last_us: int


_SILENT: Final = _Heard({}, 0)


def _heard(runs: Runs, members: Mapping[int, set[tuple[str, str, int]]]) -> dict[int, _Heard]:
    """Return where and when each family was heard."""
    everyone = sorted({member for held in members.values() for member in held})
    tenants, signatures = sorted({each[0] for each in everyone}), sorted({each[2] for each in everyone})
    days = runs.days(pl.col("tenant").is_in(tenants) & pl.col("signature").is_in(signatures))
    by_host = days.group_by("tenant", "service", "signature", "host").agg(
        pl.col("first_us").min(), pl.col("last_us").max()
    )
    of_member: dict[tuple[str, str, int], list[tuple[str, int, int]]] = {}
    for tenant, service, signature, host, first_us, last_us in by_host.iter_rows():
        of_member.setdefault((tenant, service, signature), []).append((host, first_us, last_us))
    found = {}
    for family, held in members.items():
        rows = [row for member in sorted(held) for row in of_member.get(member, ())]
        firsts: dict[str, int] = {}
        for host, first_us, _ in rows:
            if host:
                firsts[host] = min(first_us, firsts.get(host, first_us))
        found[family] = _Heard(firsts, max((last_us for *_, last_us in rows), default=0))
    return found


def _bands(runs: Runs, families: Sequence[int]) -> dict[int, tuple[tuple[int, str], ...]]:
    """Return the band that each decision about some families led to, with its tick, in order."""
    rows = runs.decisions().filter(pl.col("family").is_in(families) & (pl.col("cause") != "joined"))
    ticks = rows.select("family", pl.col("tick").dt.epoch("us"), "to_band").unique().collect()
    found: dict[int, list[tuple[int, str]]] = {family: [] for family in families}
    for family, tick_us, band in ticks.iter_rows():
        found[family].append((tick_us, band))
    return {family: tuple(sorted(each, key=_in_order)) for family, each in found.items()}


def _in_order(decided: tuple[int, str]) -> tuple[int, int]:
    """Return what puts the bands of a family in order: of two at one tick the higher one counts."""
    return decided[0], BAND_OF[decided[1]]


def _said(runs: Runs) -> dict[int, list[Verdict]]:
    """Return what people said of each family, in order of time: of one of its items, of itself, or of one of its signatures.

    What is said by one tenant about a family of another one does not count.
    """
    said = [each for each in runs.statements if each["kind"] == "feedback"]
    if not said:
        return {}
    about = {each["about"] for each in said}
    families: dict[tuple[str, str], set[int]] = {}
    for item in runs.items():
        if item["id"] in about:
            families.setdefault((item["data"]["tenant"], item["id"]), set()).add(parse_family_id(item["subject"]))
    named = {parse_family_id(name): name for name in about if name.startswith("f")}
    signed = {signature: name for name in about if (signature := _signature(name)) is not None}
    rows = runs.decisions().filter(pl.col("family").is_in(sorted(named)) | pl.col("signature").is_in(sorted(signed)))
    for tenant, family, signature in rows.select("tenant", "family", "signature").unique().collect().iter_rows():
        for name in (named.get(family), signed.get(signature)):
            if name is not None:
                families.setdefault((tenant, name), set()).add(family)
    heads = runs.heads({family for found in families.values() for family in found})
    verdicts: dict[int, list[Verdict]] = {}
    # statements are in order of time
    for each in said:
        verdict = Verdict(each["time_us"], each["verdict"], each["text"], each["by"], each["until_us"])
        for head in sorted({heads[family] for family in families.get((each["tenant"], each["about"]), ())}):
            verdicts.setdefault(head, []).append(verdict)
    return verdicts


def _signature(name: str) -> int | None:
    """Return the signature of a name; None for another name, and one of another version of masking."""
    try:
        return parse_signature_id(name)
    except ValueError:
        return None
