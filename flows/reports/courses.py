"""The course of each item until the end of a run, read from the event store: what came after it, where and when.

Takes items of an output folder, returns a state for each. Only evidence of their tenants is opened, from some weeks before
each item on, and only rows of their signatures are read; of what heals by itself also the lines of a week that name the
thing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import polars as pl

from brainstem.contracts.decision import Decision
from brainstem.contracts.features import ON_ENTITY, ON_HOST, WHOLE_CONFIGURATION
from brainstem.contracts.finding import parse_family_id
from brainstem.contracts.slots import SLOT_US
from brainstem.evidence.definition import Facts
from brainstem.explain.course import Course, Line, OnHost, Pair, State, pairs_of, state_of
from brainstem.explain.item import NAME_CHARACTERS, Item
from brainstem.explain.redaction.redact import clean, display
from brainstem.signature.signing import parse_signature_id
from brainstem.text.phrases import microseconds
from flows.reports.recorded import decisions_at, members_of, tellers_of
from flows.reports.window import ALL, Window
from flows.sinks.output_folder import OutputFolder
from state.store.parquet_store import read_evidence_since

BACK_US: Final = 28 * 86_400_000_000
"""how far before an item its events are read: hosts and days further back are not told"""
PAIRS_US: Final = 7 * 86_400_000_000
HEALS_WITHIN_US: Final = 3_600_000_000
"""what comes back later than this was repaired"""
LINES_READ: Final = 60
"""latest lines that are read of what counts down; of everything else it is the last one"""
PAIRS_READ: Final = 2_000
_ORDER: Final = ("time_us", "source", "position")


@dataclass(frozen=True, slots=True)
class _Selection:
    """Which rows of the evidence are events of an item, and what it was shown with."""

    item: str
    kind: str
    tenant: str
    service: str
    signatures: tuple[int, ...]
    facts: Facts
    host: str
    """empty for any"""
    name: str
    """what the message must contain, empty for anything"""
    thing: str
    """what goes and comes back, empty where it has no name"""
    answers: tuple[int, ...]
    """signatures that say that it is back, where it has no name"""
    lines: tuple[Line, ...]

    @property
    def last_us(self) -> int:
        return self.facts["last_time"]

    @property
    def from_us(self) -> int:
        """The moment from which on its events are read."""
        return max(self.facts["first_time"], self.last_us - BACK_US)


def states_of(
    folder: OutputFolder, items: Sequence[Item], ends_us: Mapping[str, int], window: Window = ALL
) -> dict[str, State]:
    """Return the state of each item at the end of a window, by its id; items that cannot be followed exactly are left out.

    `ends_us` are the last events of the tenants.
    """
    courses: dict[str, Course] = {}
    selections = _selections(folder, items, window)
    for match_text in (False, True):
        some = [each for each in selections if bool(each.name) is match_text]
        if some:
            courses |= _courses(folder, some, match_text, window.before_us)
    states = {}
    for each in selections:
        course = courses[each.item]
        if each.kind == "self_heal":
            course = replace(course, pairs=_pairs(folder, each, max(course.last_us, each.last_us), window.before_us))
        states[each.item] = state_of(each.kind, each.facts, course, ends_us.get(each.tenant, 0))
    return states


def _selections(folder: OutputFolder, items: Sequence[Item], window: Window) -> list[_Selection]:
    """Return which events belong to each item, from the decision that surfaced it."""
    moments = {(parse_family_id(item["subject"]), microseconds(item["time"])): item for item in items}
    decided = [each for each in decisions_at(folder, moments) if each.cause == "surfaced"]
    members = members_of(folder, [decision.family for decision in decided], window)
    tellers = tellers_of(folder, [decision.family for decision in decided], window)
    selections = []
    for decision in decided:
        item = moments[decision.family, decision.tick_us]
        answers = tuple(sorted(tellers[decision.family]))
        selection = _selection(item, decision, members[decision.family], answers)
        if selection is not None:
            selections.append(selection)
    return selections


def _selection(item: Item, decision: Decision, members: set[int], answers: tuple[int, ...]) -> _Selection | None:
    """Return which events belong to an item; None where the log's own spelling of what it is about is not known."""
    about, facet_kind = item["data"], decision.facts["facet_kind"]
    signatures = {parse_signature_id(name) for name in about["signatures"]}
    if facet_kind == WHOLE_CONFIGURATION:
        # an item names a few of a family's signatures, and others may have joined it since
        signatures |= {decision.signature, *members}
    raw = [line["raw"] for line in about["evidence"]]
    name = about["entities"][0] if facet_kind == ON_ENTITY and about["entities"] else ""
    if facet_kind == ON_ENTITY and not any(name and name in each for each in raw):
        # a name that was redacted for display is not the one in the log
        return None
    thing = next((each for each in about["entities"] if any(each in line for line in raw)), "")
    return _Selection(
        item=item["id"],
        kind=about["kind"],
        tenant=decision.tenant,
        service=decision.service,
        signatures=tuple(sorted(signatures)),
        facts=decision.facts,
        host=about["hosts"][0] if facet_kind == ON_HOST and about["hosts"] else "",
        name=name,
        thing=thing,
        answers=answers,
        lines=tuple(Line(microseconds(each["event_time"]), each["raw"]) for each in about["evidence"]),
    )


def _courses(
    folder: OutputFolder, selections: Sequence[_Selection], match_text: bool, before_us: int
) -> dict[str, Course]:
    """Return the courses of some items; `match_text` tells whether their messages must be looked into."""
    found = _events(folder, selections, match_text, before_us)
    is_later = pl.col("time_us") > pl.col("last_us")
    counted, slots, hosts = pl.collect_all(
        [
            found.group_by("item").agg(
                pl.len().alias("held"),
                is_later.sum().alias("after"),
                pl.col("time_us").filter(is_later).min().fill_null(0).alias("next_us"),
                pl.col("time_us").max().alias("end_us"),
                pl.col("time_us").filter(is_later).top_k(LINES_READ).min().alias("lines_us"),
            ),
            found.select("item", (pl.col("time_us") // SLOT_US).alias("slot")).unique().sort("item", "slot"),
            found.group_by("item", "host")
            .agg(pl.len().alias("events"), pl.col("time_us").min().alias("first_us"))
            .sort("item", "first_us", "host"),
        ]
    )
    latest = found.join(counted.lazy().select("item", "lines_us"), on="item").filter(
        is_later & (pl.col("time_us") >= pl.col("lines_us"))
    )
    raw_of: dict[str, list[Line]] = {}
    for item, time_us, raw in (
        latest.sort("item", *_ORDER).select("item", "time_us", "message_raw").collect().iter_rows()
    ):
        raw_of.setdefault(item, []).append(Line(time_us, display(raw)))
    numbers = {row[0]: row[1:] for row in counted.iter_rows()}
    slots_of = {str(item): group["slot"].to_list() for (item,), group in slots.group_by("item", maintain_order=True)}
    hosts_of: dict[str, list[OnHost]] = {}
    for item, host, events, first_us in hosts.iter_rows():
        if host:
            hosts_of.setdefault(item, []).append(OnHost(clean(host, NAME_CHARACTERS), events, first_us))
    courses = {}
    for each in selections:
        held, after, next_us, last_us, _ = numbers.get(each.item, (0, 0, 0, 0, 0))
        later = raw_of.get(each.item, [])
        most = LINES_READ if each.kind == "countdown" else 1
        courses[each.item] = Course(
            after=after,
            next_us=next_us,
            last_us=last_us,
            from_us=each.from_us,
            slots=slots_of.get(each.item, []),
            hosts=hosts_of.get(each.item, []),
            lines=[*each.lines, *later[-most:]],
            held=held,
        )
    return courses


def _events(folder: OutputFolder, selections: Sequence[_Selection], match_text: bool, before_us: int) -> pl.LazyFrame:
    """Return the events of some items, one row for each item that an event belongs to."""
    rows = [(each, signature) for each in selections for signature in each.signatures]
    wanted = pl.DataFrame(
        {
            "item": [each.item for each, _ in rows],
            "tenant": [each.tenant for each, _ in rows],
            "service": [each.service for each, _ in rows],
            "signature": pl.Series([signature for _, signature in rows], dtype=pl.UInt64),
            "from_us": [each.from_us for each, _ in rows],
            "last_us": [each.last_us for each, _ in rows],
            "asked_host": [each.host for each, _ in rows],
            "name": [each.name for each, _ in rows],
        }
    )
    since_us = min(each.from_us for each in selections)
    lines = read_evidence_since(folder.root, sorted({each.tenant for each in selections}), since_us)
    time_us = pl.col("event_time").dt.epoch("us")
    found = (
        lines.filter(
            pl.col("signature").is_in(wanted["signature"].unique().to_list())
            & (time_us >= since_us)
            & (time_us < before_us)
        )
        .select(
            *(pl.col(name).cast(pl.String) for name in ("tenant", "service", "host", "source")),
            "signature",
            "position",
            time_us.alias("time_us"),
            "message_raw",
        )
        .join(wanted.lazy(), on=["tenant", "service", "signature"])
        .filter(pl.col("time_us") >= pl.col("from_us"))
        .filter((pl.col("asked_host") == "") | (pl.col("asked_host") == pl.col("host")))
    )
    if not match_text:
        return found
    near = found.filter(pl.col("message_raw").bin.contains(pl.col("name").cast(pl.Binary)))
    return near.filter(_names_it())


def _names_it() -> pl.Expr:
    """Return whether `message_raw` holds `name` as a word of its own; lines may be of any encoding."""

    def holds(rows: pl.Series) -> pl.Series:
        pairs = zip(rows.struct.field("message_raw"), rows.struct.field("name"), strict=True)
        return pl.Series(
            [bool(_as_word(name).search(raw.decode("utf-8", "replace"))) for raw, name in pairs], dtype=pl.Boolean
        )

    return pl.struct("message_raw", "name").map_batches(holds, return_dtype=pl.Boolean)


@lru_cache
def _as_word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _pairs(folder: OutputFolder, selection: _Selection, last_us: int, before_us: int) -> list[Pair]:
    """Return how the thing of an item went and came back in the seven days up to its last event; empty where what says that
    it is back is not known.

    Of the messages that name the thing, or that were held back because they come whenever the item does, it is the one that
    follows most often within the hour.
    """
    if not selection.thing and not selection.answers:
        return []
    from_us = last_us - PAIRS_US
    lines = read_evidence_since(folder.root, [selection.tenant], from_us)
    time_us = pl.col("event_time").dt.epoch("us")
    is_own = pl.col("signature").is_in(list(selection.signatures))
    names_it = pl.col("message_raw").bin.contains(selection.thing.encode())
    belongs = names_it if selection.thing else is_own | pl.col("signature").is_in(list(selection.answers))
    near = (time_us > from_us) & (time_us <= last_us + HEALS_WITHIN_US) & (time_us < before_us)
    rows = (
        lines.filter(near & belongs)
        .select(
            time_us.alias("time_us"),
            *(pl.col(name).cast(pl.String) for name in ("source", "host")),
            "position",
            "signature",
            "message_raw",
        )
        .top_k(PAIRS_READ, by=_ORDER)
        .sort(_ORDER)
        .collect()
    )
    if selection.thing:
        rows = rows.with_columns(pl.lit(selection.thing).alias("name")).filter(_names_it()).drop("name")
    downs: dict[str, list[Line]] = {}
    ups: dict[tuple[int, str], list[Line]] = {}
    for when_us, _, host, _, signature, raw in rows.iter_rows():
        line = Line(when_us, display(raw))
        if signature in selection.signatures:
            downs.setdefault(host, []).append(line)
        else:
            ups.setdefault((signature, host), []).append(line)
    best: list[Pair] = []
    for signature in sorted({signature for signature, _ in ups}):
        pairs = [
            pair for host in downs for pair in pairs_of(downs[host], ups.get((signature, host), ()), HEALS_WITHIN_US)
        ]
        best = max(best, sorted(pairs), key=len)
    return best
