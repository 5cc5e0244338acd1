"""Families that are like another one, each with the reason: the same message elsewhere, events in the same hours, the same
incident before, or nearly the same words.

Takes runs and a family with what is remembered of it; returns what is like it. Of another tenant it tells only that the same
message is known there, with no name of it; and nothing where one tenant is asked about.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson
import polars as pl

from brainstem.arrays.state_version import StateVersionError
from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import parse_family_id
from brainstem.evidence.discounts.lineage import LIKENESS_LEAST, likeness
from brainstem.explain.answers.recollection import NEAR_US, Incident, Like
from brainstem.explain.redaction.redact import clean
from brainstem.text.phrases import counted, microseconds
from connectors.base import InputError
from flows.graph.memory import Memory
from flows.recall.runs import Runs
from flows.recovery.run_record import read_record

SHARED_HOURS_LEAST: Final = 3
JACCARD_LEAST: Final = 0.5
"""share of the hours of two families that both have, from which they are told to come together"""
_HOURS_A_DAY: Final = 24
_WORDS_READ: Final = 2_000
"""families that share a rare word whose templates are held against each other"""
_FIRST: Final = ("born", "surfaced")
_NARROW: Final = ("family", "tenant", "service", "signature", "template", "cause")


@dataclass(frozen=True, slots=True)
class Remembered:
    """The family that others are held against. Its members are tenant, service and signature; `hours` are those in which it
    came, since the epoch.
    """

    family: int
    tenant: str
    service: str
    template: str
    members: frozenset[tuple[str, str, int]]
    hours: Mapping[int, int]
    """bit n of a day's number tells that it came in hour n, by days since the epoch"""
    incidents: tuple[Incident, ...]
    history: tuple[Decision, ...]


def likes_of(runs: Runs, one: Remembered) -> Iterator[Like]:
    """Yield the families that are like another one, a reason at a time."""
    yield from _same_message(runs, one)
    yield from _shared_by_others(runs, one)
    yield from _same_incident(runs, one)
    yield from _same_hours(runs, one)
    yield from _same_words(runs, one)


def _first_rows(runs: Runs) -> pl.LazyFrame:
    """Return a few decisions about each family, its first among them."""
    return runs.decisions().filter(pl.col("cause").is_in(_FIRST)).select(_NARROW)


def _same_message(runs: Runs, one: Remembered) -> Iterator[Like]:
    """Yield the families of the same message at other services and tenants."""
    signatures = sorted({signature for _, _, signature in one.members})
    rows = _first_rows(runs).filter(pl.col("signature").is_in(signatures))
    by_family = rows.group_by("family").agg(
        pl.col("tenant", "service", "template").first(), (pl.col("cause") == "surfaced").sum().alias("shown")
    )
    elsewhere: dict[str, int] = {}
    for family, tenant, service, template, shown in by_family.sort("family").collect().iter_rows():
        if family == one.family or (tenant, service) in {(each[0], each[1]) for each in one.members}:
            continue
        if tenant != one.tenant:
            elsewhere[tenant] = elsewhere.get(tenant, 0) + shown
            continue
        yield Like(family, tenant, service, template, (f"the same message at {clean(service, 80)}",), 1.0)
    if elsewhere:
        told = sum(elsewhere.values())
        shown_there = f", shown there {counted(told, 'time')}" if told else ", never shown there"
        reason = f"the same message is known at {counted(len(elsewhere), 'other tenant')}{shown_there}"
        yield Like(0, "", "", "", (reason,), 0.95, is_elsewhere=True)


def _shared_by_others(runs: Runs, one: Remembered) -> Iterator[Like]:
    """Yield what other customers have shared of a message of the same shape, from the memories that the runs started from.

    It has no name, so it is told where one tenant is asked about too; of a tenant that is kept apart nothing is.
    """
    told: set[str] = set()
    for folder in runs.folders:
        if not folder.started_from.is_file():
            continue
        try:
            apart = frozenset(read_record(folder.run_record).settings.apart)
        except (InputError, StateVersionError):
            # without the record nobody knows who is kept apart
            continue
        for shape in Memory(folder.started_from, folder.accounts).elsewhere(apart).like(one.tenant, one.template):
            if shape.told not in told:
                told.add(shape.told)
                yield Like(0, "", "", "", (shape.told,), 0.93, is_elsewhere=True)


def _same_incident(runs: Runs, one: Remembered) -> Iterator[Like]:
    """Yield the families that were shown within two days before an incident before which this one came too."""
    if not one.incidents:
        return
    found: dict[int, tuple[str, str, str, list[str]]] = {}
    for item in runs.items(name=orjson.dumps(one.tenant).decode()):
        about, family = item["data"], parse_family_id(item["subject"])
        if about["tenant"] != one.tenant or family == one.family:
            continue
        time_us = microseconds(item["time"])
        before = [each for each in one.incidents if time_us <= each.time_us <= time_us + NEAR_US]
        if before:
            service = about["services"][0] if about["services"] else ""
            names = found.setdefault(family, (about["tenant"], service, about["template"], []))[3]
            names += [clean(each.name, 80) for each in before if clean(each.name, 80) not in names]
    for family, (tenant, service, template, names) in sorted(found.items()):
        many = f" and {len(names) - 2} more" if len(names) > 2 else ""
        yield Like(
            family, tenant, service, template, (f"shown before the same incident {', '.join(names[:2])}{many}",), 0.9
        )


def _same_hours(runs: Runs, one: Remembered) -> Iterator[Like]:
    """Yield the families of the tenant that came in the same hours, at least in half of those of both together."""
    own_hours = sum(each.bit_count() for each in one.hours.values())
    if own_hours < SHARED_HOURS_LEAST:
        return
    own = pl.DataFrame(
        {"day": list(one.hours), "own": list(one.hours.values())}, schema={"day": pl.Int32, "own": pl.UInt32}
    )
    key = ["service", "signature"]
    days = runs.days(pl.col("tenant") == one.tenant)
    by_day = days.group_by(*key, "day").agg(pl.col("hours").bitwise_or())
    counted_hours = by_day.join(own, on="day", how="left").with_columns(
        pl.col("hours").bitwise_count_ones().alias("all"),
        (pl.col("hours") & pl.col("own").fill_null(0)).bitwise_count_ones().alias("shared"),
    )
    found = counted_hours.group_by(key).agg(pl.col("all").sum(), pl.col("shared").sum())
    share = pl.col("shared") / (pl.col("all") + own_hours - pl.col("shared"))
    near = found.filter((pl.col("shared") >= SHARED_HOURS_LEAST) & (share >= JACCARD_LEAST)).with_columns(
        share.alias("share")
    )
    members = {(service, signature) for _, service, signature in one.members}
    wanted = {
        (service, signature): (shared, all_hours, ratio)
        for service, signature, all_hours, shared, ratio in near.sort("share", *key, descending=[True, False, False])
        .select(*key, "all", "shared", "share")
        .iter_rows()
        if (service, signature) not in members
    }
    yield from _named_by_hours(runs, one, wanted, own_hours)


def _named_by_hours(
    runs: Runs, one: Remembered, wanted: Mapping[tuple[str, int], tuple[int, int, float]], own_hours: int
) -> Iterator[Like]:
    """Yield the families of some services and signatures with the hours that they share with this one."""
    if not wanted:
        return
    signatures = sorted({signature for _, signature in wanted})
    rows = _first_rows(runs).filter((pl.col("tenant") == one.tenant) & pl.col("signature").is_in(signatures))
    told: set[int] = set()
    for family, service, signature, template in (
        rows.select("family", "service", "signature", "template")
        .unique()
        .sort("family", "template")
        .collect()
        .iter_rows()
    ):
        if (service, signature) in wanted and family not in told:
            told.add(family)
            shared, all_hours, ratio = wanted[service, signature]
            reason = f"came in {shared} of the same hours, of {own_hours} of this one and {all_hours} of its own"
            yield Like(family, one.tenant, service, template, (reason,), 0.8 * ratio)


def _same_words(runs: Runs, one: Remembered) -> Iterator[Like]:
    """Yield the families of the tenant whose template has nearly the same words."""
    words = sorted({word for word in one.template.split() if "<" not in word}, key=lambda word: (-len(word), word))[:2]
    if not words:
        return
    shares = pl.any_horizontal([pl.col("template").str.contains(word, literal=True) for word in words])
    rows = _first_rows(runs).filter((pl.col("tenant") == one.tenant) & shares & (pl.col("family") != one.family))
    known = rows.group_by("family").agg(pl.col("service", "template").first()).sort("family").head(_WORDS_READ)
    for family, service, template in known.collect().iter_rows():
        alike = likeness(one.template, template)
        if alike >= LIKENESS_LEAST and template != one.template:
            reason = f"nearly the same words ({round(100 * alike)} %)"
            yield Like(family, one.tenant, service, template, (reason,), 0.5 * alike)


def before_incidents(incidents: Sequence[Incident], spans: Sequence[tuple[int, int]]) -> tuple[Incident, ...]:
    """Return the incidents that came during some spans of time (microseconds since the epoch) or within two days after."""
    return tuple(each for each in incidents if any(first <= each.time_us <= last + NEAR_US for first, last in spans))
