"""What is remembered of a family: when it came and how that ended, what was decided, shown, said and broken near it, and
which families are like it, with the reason.

Takes counts by day and host, decisions, items and statements, in any order; returns facts, and text for a person. Times are
microseconds since the epoch, UTC. Text of logs passes `redact` on its way into words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final, NamedTuple

from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import family_id
from brainstem.contracts.slots import SLOT_US
from brainstem.contracts.statement import RESOLVED
from brainstem.evidence.incidents.occurrences import AWAY_SLOTS
from brainstem.explain.item import ANOTHER_TENANT, NAME_CHARACTERS
from brainstem.explain.redaction.redact import clean
from brainstem.signature.signing import signature_id
from brainstem.text.phrases import clock, counted, days_or_hours, duration, listed

AWAY_US: Final = AWAY_SLOTS * SLOT_US
"""what was not heard for so long comes anew, as for precedents"""
NEAR_US: Final = 2 * 86_400_000_000
"""incidents are told that began within so long of an item or an appearance"""
BANDS_SHOWN: Final = 8
APPEARANCES_SHOWN: Final = 8
ITEMS_SHOWN: Final = 5
INCIDENTS_SHOWN: Final = 5
HOSTS_SHOWN: Final = 4
_TEMPLATE_CHARACTERS: Final = 160
_LISTED_CHARACTERS: Final = 100
_LINE_CHARACTERS: Final = 240


class Day(NamedTuple):
    """The events of a family on one host and UTC day. `hours` are those with an event, since the epoch."""

    host: str
    events: int
    first_us: int
    last_us: int
    hours: tuple[int, ...] = ()


class Incident(NamedTuple):
    """A ticket."""

    time_us: int
    name: str
    title: str
    service: str


class Said(NamedTuple):
    """A verdict of a person, and what it was about: an item (i1-...), a family (f1-...) or a signature (s2-...)."""

    time_us: int
    verdict: str
    note: str
    about: str
    by: str = ""
    """who said so; empty where nobody is named"""


class ShownItem(NamedTuple):
    """An item."""

    time_us: int
    name: str
    what: str
    score: float


class Near(NamedTuple):
    """An incident near a family: it began `after_us` later than `what`, an item or an appearance; less than 0 for before."""

    incident: Incident
    after_us: int
    what: str


class Appearance(NamedTuple):
    """A time in which a family was heard without days of silence; `ended` is a word, `how` the sentence for it."""

    first_us: int
    last_us: int
    events: int
    hosts: tuple[tuple[str, int], ...]
    """with their events, most first"""
    ended: str = ""
    """`goes on`, `resolved`, `healed` or `went quiet`"""
    how: str = ""


class BandChange(NamedTuple):
    """A move from one band to another."""

    time_us: int
    from_band: str
    to_band: str
    score: float
    cause: str


@dataclass(frozen=True, slots=True)
class Like:
    """A family that is like another one. Of another tenant nothing is told but that it is one: its names are empty."""

    family: int
    tenant: str
    service: str
    template: str
    reasons: tuple[str, ...]
    strength: float
    """0 to 1, to order them by"""
    is_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Recollection:
    """All that is remembered of one family."""

    tenant: str
    family: int
    signatures: tuple[int, ...]
    service: str
    template: str
    band: str
    score: float
    decided_us: int
    end_us: int
    """until when its tenant was listened to"""
    appearances: tuple[Appearance, ...]
    bands: tuple[BandChange, ...]
    items: tuple[ShownItem, ...]
    said: tuple[Said, ...]
    near: tuple[Near, ...]
    like: tuple[Like, ...]
    runs: tuple[str, ...] = ()
    """the folders that know it"""
    forgotten: int = 0
    """events of which only counts are kept, and no lines"""
    forgotten_us: int = 0
    """when the latest of these came; 0 for none"""

    @property
    def events(self) -> int:
        """Return how many events are stored."""
        return sum(each.events for each in self.appearances)

    @property
    def hosts(self) -> tuple[tuple[str, int], ...]:
        """Return its hosts with their events, most first."""
        return _by_host((host, events) for each in self.appearances for host, events in each.hosts)


def appearances_of(days: Iterable[Day]) -> list[Appearance]:
    """Return the appearances of a family, oldest first.

    A silence of three days spans midnights, so the first and last event of each day tell all of them exactly.
    """
    found: list[list[Day]] = []
    last_us = 0
    for day in sorted(days, key=lambda each: (each.first_us, each.last_us, each.host)):
        if not found or day.first_us - last_us > AWAY_US:
            found.append([])
        last_us = max(last_us, day.last_us) if found[-1] else day.last_us
        found[-1].append(day)
    return [
        Appearance(
            first_us=min(day.first_us for day in held),
            last_us=max(day.last_us for day in held),
            events=sum(day.events for day in held),
            hosts=_by_host((day.host, day.events) for day in held),
        )
        for held in found
    ]


def _by_host(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    events: dict[str, int] = {}
    for host, number in counts:
        events[host] = events.get(host, 0) + number
    return tuple(sorted(events.items(), key=lambda each: (-each[1], each[0])))


def with_ends(
    appearances: Sequence[Appearance], history: Sequence[Decision], said: Sequence[Said], end_us: int, zone: tzinfo
) -> tuple[Appearance, ...]:
    """Return appearances with how each of them ended; `end_us` is until when its tenant was listened to."""
    starts = [each.first_us for each in appearances[1:]]
    ended = []
    for each, next_us in zip(appearances, [*starts, None], strict=True):
        until_us = end_us + 1 if next_us is None else next_us
        resolved = [one for one in said if one.verdict == RESOLVED and each.first_us <= one.time_us < until_us]
        word, sentence = _end(each, next_us, end_us, resolved, history, zone)
        ended.append(each._replace(ended=word, how=sentence))
    return tuple(ended)


def _end(
    each: Appearance,
    next_us: int | None,
    end_us: int,
    resolved: Sequence[Said],
    history: Sequence[Decision],
    zone: tzinfo,
) -> tuple[str, str]:
    """Return in a word and in a sentence how an appearance ended."""
    cycles = _heal_cycles(each, history)
    healing = f"; it came back by itself each time, {cycles}" if cycles else ""
    if resolved:
        last = max(resolved)
        by = f" by {clean(last.by, _LINE_CHARACTERS)}" if last.by else ""
        note = f": {clean(last.note, _LINE_CHARACTERS)}" if last.note else ""
        told = f"called resolved {clock(last.time_us, zone)}{by}{note}"
        if each.last_us <= last.time_us:
            return "resolved", told
        healing += f"; {told}, and heard again since"
    if next_us is None and end_us - each.last_us <= AWAY_US:
        quiet_us = end_us - each.last_us
        heard = f"heard last {_span(quiet_us)} before the end" if quiet_us >= SLOT_US else "heard to the end"
        return "goes on", f"goes on, {heard}{healing}"
    quiet_us = (end_us if next_us is None else next_us) - each.last_us
    after = "since, to the end" if next_us is None else "after it, then it came again"
    return "healed" if cycles else "went quiet", f"nothing for {_span(quiet_us)} {after}{healing}"


def _heal_cycles(each: Appearance, history: Sequence[Decision]) -> str:
    """Return in words how often it had healed by itself by the last decision of an appearance; empty for never."""
    decided = [
        one
        for one in history
        if each.first_us <= one.tick_us <= each.last_us + AWAY_US and one.facts["heal_cycles_7d"] > 0
    ]
    if not decided:
        return ""
    facts = decided[-1].facts
    usually = f", usually within {duration(facts['heal_seconds'])}" if facts["heal_seconds"] else ""
    return f"{facts['heal_cycles_7d']} times in 7 days{usually}"


def band_changes(history: Iterable[Decision]) -> tuple[BandChange, ...]:
    """Return the moves between bands in the decisions of a family, in order of time."""
    return tuple(
        BandChange(each.tick_us, each.from_band, each.to_band, each.score, each.cause)
        for each in history
        if each.from_band != each.to_band or each.cause == "born"
    )


def near_of(
    incidents: Iterable[Incident], appearances: Sequence[Appearance], items: Sequence[ShownItem]
) -> tuple[Near, ...]:
    """Return the incidents within two days of an item or an appearance: those behind an item first, nearest first.

    An incident is told once, with the item or else the appearance that it is nearest to.
    """
    found = []
    for incident in incidents:
        ranked = []
        for item in items:
            after_us = incident.time_us - item.time_us
            if abs(after_us) <= NEAR_US:
                ranked.append((after_us < 0, abs(after_us), after_us, "its item"))
        for each in appearances:
            if each.first_us - NEAR_US <= incident.time_us <= each.last_us + NEAR_US:
                since_us = incident.time_us - each.first_us
                is_past = incident.time_us > each.last_us
                after_us = incident.time_us - each.last_us if is_past else since_us
                what = "its last event" if is_past else "its first event"
                ranked.append((True, abs(after_us) + NEAR_US, after_us, what))
        if ranked:
            before, distance, after_us, what = min(ranked)
            found.append((before, distance, Near(incident, after_us, what)))
    return tuple(near for _, _, near in sorted(found))


def joined_likes(found: Iterable[Like]) -> tuple[Like, ...]:
    """Return families that are like another one, each once with all its reasons, the likest first."""
    merged: dict[tuple[bool, int], Like] = {}
    for like in found:
        key = (like.is_elsewhere, like.family)
        before = merged.get(key)
        if before is None:
            merged[key] = like
            continue
        reasons = dict.fromkeys((*before.reasons, *like.reasons))
        merged[key] = replace(before, reasons=tuple(reasons), strength=max(before.strength, like.strength) + 0.1)
    return tuple(sorted(merged.values(), key=lambda each: (-each.strength, each.is_elsewhere, each.family)))


def told(remembered: Recollection, zone: tzinfo, lines: Sequence[str] = ()) -> str:
    """Return what is remembered of a family as text of several lines."""
    parts = [
        *_heading(remembered, zone),
        *_appearances(remembered, zone),
        *_forgotten(remembered, zone),
        *_bands(remembered, zone),
        *_items(remembered, zone),
        *_incidents(remembered, zone),
        *_likes(remembered),
        *([f"  {_how_many(remembered, len(lines))}", *(f"    {line}" for line in lines)] if lines else []),
    ]
    return "\n".join(parts)


def _how_many(remembered: Recollection, lines: int) -> str:
    """Return how many of the stored lines are told."""
    kept = remembered.events - remembered.forgotten
    return (
        f"The latest {lines:,} of {kept:,} lines"
        if kept > lines
        else f"All {lines:,} lines"
        if lines > 1
        else "Its line"
    )


def in_a_line(remembered: Recollection, zone: tzinfo) -> str:
    """Return what is remembered of a family in one line: name, band, events, latest event, message."""
    last = clock(remembered.appearances[-1].last_us, zone) if remembered.appearances else "nothing stored"
    shown = f"shown {counted(len(remembered.items), 'time')}, " if remembered.items else ""
    return (
        f"  {family_id(remembered.family)}  {remembered.band:<11}  {counted(remembered.events, 'event'):>12}"
        f"  {last:<21}  {shown}{place_of(remembered, _LISTED_CHARACTERS)}"
    )


def place_of(remembered: Recollection | Like, characters: int = _TEMPLATE_CHARACTERS) -> str:
    """Return service and template of a family as they may be shown."""
    service = f"{clean(remembered.service, NAME_CHARACTERS)}: " if remembered.service else ""
    return f"{service}{clean(remembered.template, characters)}"


def hosts_in_words(hosts: Sequence[tuple[str, int]]) -> str:
    """Return hosts as they may be shown, empty for none: " on a, b and 3 more"."""
    named = [clean(host, NAME_CHARACTERS) for host, _ in hosts if host]
    return f" on {listed(named, len(named), HOSTS_SHOWN)}" if named else ""


def near_in_words(near: Near, zone: tzinfo) -> str:
    """Return an incident with what it was near to."""
    incident = near.incident
    side = "after" if near.after_us >= 0 else "before"
    return (
        f"{clock(incident.time_us, zone)}  {clean(incident.name, NAME_CHARACTERS)}: "
        f"{clean(incident.title, _LINE_CHARACTERS)}, {_span(abs(near.after_us))} {side} {near.what}"
    )


def _span(span_us: int) -> str:
    return days_or_hours(span_us // 1_000_000)


def _heading(remembered: Recollection, zone: tzinfo) -> list[str]:
    names = ", ".join(map(signature_id, remembered.signatures[:3]))
    more = f" and {len(remembered.signatures) - 3} more" if len(remembered.signatures) > 3 else ""
    decided = (
        f"{remembered.band} with {remembered.score:.2f} points, as decided {clock(remembered.decided_us, zone)}"
        if remembered.band
        else "nothing was decided about it by then"
    )
    runs = f"; in {listed([clean(run) for run in remembered.runs], 0)}" if len(remembered.runs) > 1 else ""
    return [
        f"{clean(remembered.tenant, NAME_CHARACTERS)}, {place_of(remembered)}",
        f"  {family_id(remembered.family)} ({names}{more}): {decided}{runs}",
    ]


def _forgotten(remembered: Recollection, zone: tzinfo) -> list[str]:
    if not remembered.forgotten:
        return []
    until = clock(remembered.forgotten_us, zone)
    return [
        f"    The lines of {counted(remembered.forgotten, 'event')} until {until} were forgotten; their counts are kept"
    ]


def _appearances(remembered: Recollection, zone: tzinfo) -> list[str]:
    held = remembered.appearances
    if not held:
        return ["  No event of it is stored in this time."]
    many = counted(len(held), "time")
    lines = [f"  Came {many}, {counted(remembered.events, 'event')}{hosts_in_words(remembered.hosts)}"]
    if len(held) > APPEARANCES_SHOWN:
        lines.append(f"    ... {counted(len(held) - APPEARANCES_SHOWN, 'earlier time')}")
    for each in held[-APPEARANCES_SHOWN:]:
        first, last = clock(each.first_us, zone), clock(each.last_us, zone)
        when = first if first == last else f"{first} to {last}"
        where = hosts_in_words(each.hosts) if each.hosts != remembered.hosts else ""
        lines.append(f"    {when}, {counted(each.events, 'event')}{where}: {each.how}")
    return lines


def _bands(remembered: Recollection, zone: tzinfo) -> list[str]:
    changes = remembered.bands
    if not changes:
        return []
    lines = [f"  Bands, {counted(len(changes), 'change')}"]
    if len(changes) > BANDS_SHOWN:
        lines.append(f"    ... {counted(len(changes) - BANDS_SHOWN, 'earlier change')}")
    lines += [
        f"    {clock(each.time_us, zone)}  {each.to_band} ({each.score:.2f} points)" for each in changes[-BANDS_SHOWN:]
    ]
    return lines


def _items(remembered: Recollection, zone: tzinfo) -> list[str]:
    if not remembered.items:
        lines = ["  Never shown to anybody"]
    else:
        lines = [f"  Shown {counted(len(remembered.items), 'time')}"]
        if len(remembered.items) > ITEMS_SHOWN:
            lines.append(f"    ... {counted(len(remembered.items) - ITEMS_SHOWN, 'earlier item')}")
        lines += [
            f"    {clock(each.time_us, zone)}  {each.what}  ({each.name})" for each in remembered.items[-ITEMS_SHOWN:]
        ]
    if remembered.said:
        lines.append(f"  Said of it, {counted(len(remembered.said), 'verdict')}")
        for said in remembered.said[-ITEMS_SHOWN:]:
            by = f" by {clean(said.by, _LINE_CHARACTERS)}" if said.by else ""
            note = f": {clean(said.note, _LINE_CHARACTERS)}" if said.note else ""
            lines.append(f"    {clock(said.time_us, zone)}  {said.verdict}{by}{note}  ({said.about})")
    elif remembered.items:
        lines.append("  Nobody has said anything of it")
    return lines


def _incidents(remembered: Recollection, zone: tzinfo) -> list[str]:
    if not remembered.near:
        return []
    lines = [f"  Incidents within 2 days, {len(remembered.near)}"]
    lines += [f"    {near_in_words(each, zone)}" for each in remembered.near[:INCIDENTS_SHOWN]]
    if len(remembered.near) > INCIDENTS_SHOWN:
        lines.append(f"    ... and {len(remembered.near) - INCIDENTS_SHOWN} more")
    return lines


def _likes(remembered: Recollection) -> list[str]:
    if not remembered.like:
        return []
    lines = [f"  Like it, {counted(len(remembered.like), 'kind')} of message"]
    for each in remembered.like:
        name = ANOTHER_TENANT if each.is_elsewhere else f"{family_id(each.family)}  {place_of(each, 100)}"
        lines.append(f"    {name}: {'; '.join(each.reasons)}")
    return lines
