"""Answers `brainstem recall`: puts together what is remembered of the families that were asked about, from what `runs`
returns; also the rows of rollups, by family, host and day, from which it counts.

Takes folders and a question; returns recollections, and the stored lines where these are asked for. Text of logs passes
`redact` where it becomes words; stored lines pass it here.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import family_id, parse_family_id
from brainstem.explain.answers.recollection import (
    Day,
    Incident,
    Like,
    Recollection,
    Said,
    ShownItem,
    appearances_of,
    band_changes,
    joined_likes,
    near_of,
    with_ends,
)
from brainstem.explain.headline import without_times
from brainstem.explain.item import Item
from brainstem.explain.redaction.redact import clean, display
from brainstem.signature.signing import signature_id
from brainstem.text.phrases import Zones, microseconds
from connectors.base import NothingFoundError
from flows.recall.likeness import Remembered, before_incidents, likes_of
from flows.recall.matching import asked_about
from flows.recall.runs import Runs
from flows.sinks.output_folder import OutputFolder
from state.store.listing import rereading
from state.store.readers import reading

LIKES_TOLD: Final = 5
IN_FULL_MOST: Final = 3
"""families that are told in full; of more each has a line, unless one of them is asked for"""
LINES_TOLD: Final = 20
_NAME_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what narrows it. Times are microseconds since the epoch, UTC."""

    asked: str
    tenant: str | None = None
    host: str | None = None
    service: str | None = None
    since_us: int | None = None
    until_us: int | None = None
    limit: int = 20
    in_lines: bool = False


@dataclass(frozen=True, slots=True)
class StoredLine:
    """An event as it may be shown."""

    tenant: str
    family: int
    time_us: int
    host: str
    service: str
    signature: str
    source: str
    position: int
    raw: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is remembered, the families that deserve eyes most first."""

    remembered: tuple[Recollection, ...]
    found: int
    """families in all, of which `remembered` are the first"""
    where: str
    """what words were looked for in; empty for a name"""
    lines: Mapping[int, Sequence[StoredLine]]
    """of each family the latest ones, where they are asked for"""


@rereading
def recall(folders: Sequence[Path], question: Question, zones: Zones, with_lines: int = 0) -> Answer:
    """Return what the runs in some folders remember of what is asked, and at most so many lines of each family.

    Raises `NothingFoundError` where nothing is, and `InputError` where a folder holds no run.
    """
    with ExitStack() as held:
        for folder in folders:
            held.enter_context(reading(OutputFolder(folder).evidence))
        return _recall(folders, question, zones, with_lines)


def _recall(folders: Sequence[Path], question: Question, zones: Zones, with_lines: int) -> Answer:
    runs = Runs.of(folders, question.tenant, question.since_us, question.until_us)
    asked = asked_about(runs, question.asked, question.service, question.in_lines)
    members = runs.members(asked.families)
    days = _days(runs, members, question)
    if question.host is not None or question.since_us:
        # only what was heard there and then was asked for
        heard = {each: tenant for each, tenant in asked.families.items() if each in days}
        if not heard:
            where = f" on host {question.host}" if question.host is not None else ""
            raise NothingFoundError(
                f"{question.asked!r} is remembered, but nothing of it was heard{where} in this time."
            )
        asked = asked._replace(families=heard)
    first = _first(runs, asked.families, days, question.limit)
    history = runs.history(first)
    items = _items(runs, first)
    is_full = len(first) <= IN_FULL_MOST
    ends_us = runs.end_us()
    found = [
        _remembered(runs, family, asked.families[family], members[family], days.get(family), history[family], items)
        for family in first
    ]
    remembered = [
        _with_likes(runs, each, frozenset(members[each.family]), days.get(each.family), history[each.family])
        if is_full
        else each
        for each in (_ended(each, history[each.family], ends_us.get(each.tenant, 0), zones) for each in found)
    ]
    remembered = [_with_forgotten(runs, each, members[each.family], question.host) for each in remembered]
    lines = {each: _lines(runs, members[each], each, question, with_lines) for each in first} if with_lines else {}
    return Answer(tuple(remembered), len(asked.families), asked.where, lines)


def _with_forgotten(
    runs: Runs, each: Recollection, members: set[tuple[str, str, int]], host: str | None
) -> Recollection:
    """Return a recollection with how many of its events are known by their counts only."""
    if not members:
        return each
    forgotten, latest_us = runs.forgotten(_wanted(members, host))
    return replace(each, forgotten=forgotten, forgotten_us=latest_us)


def _wanted(members: Iterable[tuple[str, str, int]], host: str | None) -> pl.Expr:
    """Return the condition of events of some tenants, services and signatures, which statistics of row groups can prove."""
    tenants, services, signatures = (sorted(set(column)) for column in zip(*members, strict=True))
    wanted = (
        pl.col("tenant").is_in(tenants) & pl.col("signature").is_in(signatures) & pl.col("service").is_in(services)
        if len(tenants) > 1
        else (pl.col("tenant") == tenants[0])
        & pl.col("signature").is_in(signatures)
        & pl.col("service").is_in(services)
    )
    return wanted if host is None else wanted & (pl.col("host") == host)


def _days(runs: Runs, members: Mapping[int, set[tuple[str, str, int]]], question: Question) -> dict[int, pl.DataFrame]:
    """Return the counts by host and day of each family that has any."""
    everyone = {member for each in members.values() for member in each}
    if not everyone:
        return {}
    rows = runs.days(_wanted(everyone, question.host))
    owner = pl.DataFrame(
        [(*member, family) for family, held in members.items() for member in sorted(held)],
        schema={"tenant": pl.String, "service": pl.String, "signature": pl.UInt64, "family": pl.UInt64},
        orient="row",
    )
    owned = rows.join(owner, on=["tenant", "service", "signature"])
    return {int(key[0]): part for key, part in owned.partition_by("family", as_dict=True).items()}


def _first(runs: Runs, families: Mapping[int, str], days: Mapping[int, pl.DataFrame], limit: int) -> list[int]:
    """Return the families to tell: those that were shown first, then those with the highest score, then the latest."""
    rows = runs.decisions().filter(pl.col("family").is_in(sorted(families))).select("family", "tick", "cause", "score")
    best = rows.group_by("family").agg(
        (pl.col("cause") == "surfaced").any().alias("shown"), pl.col("score").sort_by("tick", "score").last()
    )
    rank = {family: (shown, score) for family, shown, score in best.collect().iter_rows()}
    lasts = {family: max(part["last_us"].to_list()) for family, part in days.items()}

    def place(family: int) -> tuple[Any, ...]:
        shown, score = rank.get(family, (False, float("-inf")))
        return not shown, -score, -lasts.get(family, 0), families[family], family

    return sorted(families, key=place)[:limit]


def _items(runs: Runs, families: Sequence[int]) -> dict[int, list[Item]]:
    """Return the items of some families."""
    found: dict[int, list[Item]] = {}
    for item in runs.items(families):
        found.setdefault(parse_family_id(item["subject"]), []).append(item)
    return found


def _remembered(
    runs: Runs,
    family: int,
    tenant: str,
    members: set[tuple[str, str, int]],
    days: pl.DataFrame | None,
    history: Sequence[Decision],
    items: Mapping[int, Sequence[Item]],
) -> Recollection:
    """Return what is remembered of a family, apart from how its appearances ended and what is like it."""
    own = items.get(family, ())
    signatures = tuple(sorted({signature for _, _, signature in members}))
    shown = tuple(
        ShownItem(
            microseconds(each["time"]),
            each["id"],
            clean(without_times(each["data"]["what"]), 240),
            each["data"]["score"],
        )
        for each in own
    )
    held = () if days is None else days.select("host", "events", "first_us", "last_us").iter_rows()
    appearances = tuple(appearances_of(Day(*row) for row in held))
    incidents = [
        Incident(each["time_us"], each["about"], each["text"], each["service"])
        for each in runs.statements
        if each["kind"] == "incident" and each["tenant"] == tenant
    ]
    last = history[-1] if history else None
    known = set() if days is None else {number for numbers in days["runs"].to_list() for number in numbers}
    return Recollection(
        tenant=tenant,
        family=family,
        signatures=signatures,
        service=last.service if last else next(service for _, service, _ in members),
        template=last.template if last else "",
        band=last.to_band if last else "",
        score=last.score if last else 0.0,
        decided_us=last.tick_us if last else 0,
        end_us=0,
        appearances=appearances,
        bands=band_changes(history),
        items=shown,
        said=tuple(_said(runs, tenant, {family_id(family), *(each["id"] for each in own)}, signatures)),
        near=near_of(incidents, appearances, shown),
        like=(),
        runs=tuple(str(runs.folders[number].root) for number in sorted(known)),
    )


def _said(runs: Runs, tenant: str, names: set[str], signatures: Sequence[int]) -> list[Said]:
    """Return the verdicts about some items and families, and those about signatures, of a tenant."""
    about = {*names, *map(signature_id, signatures)}
    return [
        Said(each["time_us"], each["verdict"], each["text"], each["about"], each["by"])
        for each in runs.statements
        if each["kind"] == "feedback" and each["tenant"] == tenant and each["about"] in about
    ]


def _ended(each: Recollection, history: Sequence[Decision], end_us: int, zones: Zones) -> Recollection:
    """Return a recollection with how its appearances ended."""
    zone = zones.of(each.tenant)
    appearances = with_ends(each.appearances, history, each.said, end_us, zone) if each.appearances else ()
    return replace(each, appearances=appearances, end_us=end_us)


def _with_likes(
    runs: Runs,
    each: Recollection,
    members: frozenset[tuple[str, str, int]],
    days: pl.DataFrame | None,
    history: Sequence[Decision],
) -> Recollection:
    """Return a recollection with the families that are like it."""
    hours: dict[int, int] = {}
    for day, bits in () if days is None else days.select("day", "hours").iter_rows():
        hours[day] = hours.get(day, 0) | bits
    spans = [(appearance.first_us, appearance.last_us) for appearance in each.appearances]
    one = Remembered(
        family=each.family,
        tenant=each.tenant,
        service=each.service,
        template=each.template,
        members=members,
        hours=hours,
        incidents=before_incidents([near.incident for near in each.near], spans),
        history=tuple(history),
    )
    found = list(likes_of(runs, one))
    heads = runs.heads({like.family for like in found if not like.is_elsewhere})
    alive = [_at_head(like, heads) for like in found if like.is_elsewhere or heads[like.family] != each.family]
    return replace(each, like=joined_likes(alive)[:LIKES_TOLD])


def _at_head(like: Like, heads: Mapping[int, int]) -> Like:
    """Return what is like a family by the name of the family that it has become part of."""
    return like if like.is_elsewhere else replace(like, family=heads[like.family])


def _lines(
    runs: Runs, members: set[tuple[str, str, int]], family: int, question: Question, most: int
) -> list[StoredLine]:
    """Return the latest stored lines of a family, oldest first."""
    order = ["event_time", "source", "position"]
    rows = (
        runs.lines(_wanted(members, question.host)).unique(order, keep="first")
        if len(runs.folders) > 1
        else (runs.lines(_wanted(members, question.host)))
    )
    latest = (
        rows.top_k(most, by=order)
        .sort(order)
        .with_columns(pl.col("event_time").dt.epoch("us").alias("time_us"))
        .collect(engine="streaming")
    )
    return [
        StoredLine(
            tenant=clean(row["tenant"], _NAME_CHARACTERS),
            family=family,
            time_us=row["time_us"],
            host=clean(row["host"], _NAME_CHARACTERS),
            service=clean(row["service"], _NAME_CHARACTERS),
            signature=signature_id(row["signature"]),
            source=clean(row["source"], _NAME_CHARACTERS),
            position=row["position"],
            raw=display(row["message_raw"], 2_000),
        )
        for row in latest.iter_rows(named=True)
    ]
