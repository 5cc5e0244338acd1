"""The digest: what has earned a person's eyes, as Markdown that also reads well as plain text.

Takes items, what was not shown and why, what happened beside them, and zones; returns text, of all that was read or of a
period of it; sentences of an item go on with what its `course` says of the end. Log text cannot forge a heading, a link or
HTML.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Any, Final, NamedTuple

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.attention.blockers import BLOCKERS
from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import family_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.contracts.statement import RESOLVED, SNOOZED
from brainstem.evidence.feedback import SURFACED
from brainstem.evidence.kinds import FACTOR_NAMED
from brainstem.explain.answers.period import Period, listened, rows, sections
from brainstem.explain.course import QUIET_US, OnHost, State
from brainstem.explain.headline import counted_points, evidence_since, meaning, without_times
from brainstem.explain.item import NAME_CHARACTERS, Item, ItemData, headline_of, headline_with_lines
from brainstem.explain.redaction.markdown import code, prose, steps_with_code
from brainstem.explain.redaction.redact import clean
from brainstem.explain.sentences import because
from brainstem.text.phrases import Zones, clock, counted, days_or_hours, listed, local, microseconds

EVIDENCE_SHOWN: Final = 3
STEPS_SHOWN: Final = 3
LINE_CHARACTERS: Final = 200
CO_OCCURRENCES_SHOWN: Final = 3
CO_OCCURRENCE_CHARACTERS: Final = 80
HELD_SHOWN: Final = 20
QUIET_SHOWN: Final = 20
NEAR_SHOWN: Final = 5
AGAINST_POINTS: Final = -1.0
"""a factor that takes off this much is worth naming"""
NOTHING_READ: Final = (
    "# Weak signals: nothing was read",
    "",
    "Nothing was read that could be an event. That is no quiet time: nothing is known of it.",
)
"""what the digest says in place of dates and counts where there was no event"""
NO_TIME_READ: Final = (
    "# Weak signals: no time could be read",
    "",
    "No record has a time that could be read. That is no quiet time: nothing is known of it.",
)
"""what it says in their place where no event has a time"""
EXPLAIN: Final = "brainstem explain {asked}"
FEEDBACK: Final = "brainstem feedback {asked} useful"
TEN_POINTS: Final = (
    "ten more make it ten times likelier that something deserves your eyes; an item is shown from"
    f" {BEHAVIOURS[Band.PROMOTE].from_decibans:g} points on."
)
"""the one unit of all scores, explained"""

NOT_SHOWN: Final[Mapping[str, tuple[str, str]]] = {
    **{name: (wording.one, wording.several) for name, wording in BLOCKERS.items()},
    **{name: factor.not_shown for name, factor in FACTOR_NAMED.items() if factor.not_shown},
    "little": ("has been seen too little", "have been seen too little"),
}
"""Why kinds of message are not shown, in the order of the digest: of one, and of several."""


class Reason(NamedTuple):
    """The number of families whose latest decision had this blocker, and this factor, with these points, as its lowest."""

    blocker: str
    factor: str
    points: float
    families: int


class CoOccurrence(NamedTuple):
    """Another message that comes whenever one that is shown does."""

    service: str
    template: str


class Verdict(NamedTuple):
    """What a person said of an item after it was shown; times are microseconds since the epoch, UTC."""

    verdict: str
    note: str
    time_us: int
    until_us: int | None = None
    """when what is snoozed comes back by itself; None for until it escalates, and for any other verdict"""


@dataclass(frozen=True, slots=True)
class Weighed:
    """How much of a tenant was read and weighed, and the decision that came nearest to surfacing."""

    events: int
    families: int
    nearest: Decision | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the digest says about everything that it does not show.

    Times are microseconds since the epoch, UTC; `not_shown` counts families by the names of `NOT_SHOWN`.
    """

    start_us: int
    end_us: int
    tenants: tuple[str, ...]
    events: int
    families: int
    rejected: Mapping[str, int] = field(default_factory=dict)
    """records by why they became no event; empty ones are no loss and not among them"""
    duplicate: int = 0
    dropped: int = 0
    known: int = 0
    """events that were known already from the memory that the run went on from, so that they were not judged again"""
    known_us: int = 0
    """until when that memory reaches; 0 for none"""
    forgotten: int = 0
    """families that were let go because there were more than memory has room for"""
    unread: tuple[str, ...] = ()
    """a sentence for each input that was not read, or not to its end"""
    misread: tuple[str, ...] = ()
    """a sentence for each source whose times or names could not be read"""
    without_host: str = ""
    """a sentence on the sources without a host, empty where there is none"""
    untold: frozenset[str] = frozenset()
    """tenants with events of which none has a time that could be read"""
    not_shown: Mapping[str, int] = field(default_factory=dict)
    weighed: Mapping[str, Weighed] = field(default_factory=dict)
    """by tenant"""
    held: tuple[Decision, ...] = ()
    """the latest decision of each family that the budget of its day held back and that was not shown since"""
    states: Mapping[str, State] = field(default_factory=dict)
    """by the id of an item that is shown: what became of it until the end; those that cannot be told exactly are left out"""
    ends_us: Mapping[str, int] = field(default_factory=dict)
    """by tenant: its last event"""
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """by the name of a family that is shown: what people said of it last"""
    co_occurring: Mapping[str, Sequence[CoOccurrence]] = field(default_factory=dict)
    """by the name of a family that is shown: what was held back because it comes with it"""
    near: tuple[Decision, ...] = ()
    """the latest decision of each family that nearly surfaced"""
    period: Period = field(default_factory=Period)
    whole_us: tuple[int, int] | None = None
    """the first and the last moment of all that was read, whatever the period; None where that is not known"""


def why_not_shown(reasons: Iterable[Reason]) -> dict[str, int]:
    """Count families by why a person does not see them; `reasons` are of those that were not shown."""
    counts: Counter[str] = Counter()
    for reason in reasons:
        against = reason.points <= AGAINST_POINTS and reason.factor in NOT_SHOWN
        held = reason.factor if against else "little"
        counts[reason.blocker if reason.blocker in NOT_SHOWN else held] += reason.families
    return {name: counts[name] for name in NOT_SHOWN if counts[name]}


def digest(
    items: Sequence[Item], summary: Summary, zones: Zones, explain: str = EXPLAIN, feedback: str = FEEDBACK
) -> str:
    """Return the digest in Markdown, strongest items first; `explain` and `feedback` are commands with `{asked}`. Times of a
    tenant are in its own zone, those of all in the usual one.

    Of a family that surfaced more than once the latest item is shown: it names the earlier ones.
    """
    shown = numbered(items)
    headings = [f"{prose(item['data']['tenant'])}: {prose(_heading(item, summary, zones))}" for item in shown]
    parts = [_header(len(shown), summary, zones.usual)]
    if len(shown) > 1:
        listed_up = [f"{number}. {heading}" for number, heading in enumerate(headings, 1)]
        parts.append("\n".join(["## In short, the strongest first", "", *listed_up]) + "\n")
    if shown:
        parts.append("## One by one\n")
    meanings: set[str] = set()
    for number, (item, heading) in enumerate(zip(shown, headings, strict=True), 1):
        parts.append(f"### {number}. {heading}\n{_item(item, summary, zones, meanings)}")
        meanings.add(meaning(item["data"]["kind"]))
    parts += sections(summary.period, zones, summary.without_host, is_untimed_told=bool(summary.misread))
    if summary.held:
        parts.append(_held_back(summary.held, zones))
    if summary.near:
        parts.append(_nearly(summary.near, zones))
    quiet = sorted(set(summary.tenants) - {item["data"]["tenant"] for item in shown})
    if quiet and summary.events:
        parts.append(_quiet(quiet, summary, zones))
    if left_out := _not_shown(summary):
        parts.append(left_out)
    if shown or summary.held or any(each.nearest for each in summary.weighed.values()):
        # numbers are those of the digest of everything
        first = (shown[0]["subject"] if summary.period.is_part or summary.period.tenant else "1") if shown else ""
        parts.append(_how_to_go_on(first, explain, feedback))
    return "\n".join(parts)


def as_plain(items: Sequence[Item], summary: Summary) -> dict[str, Any]:
    """Return what the digest says as plain values for JSON, items in its order as they were sent."""
    shown = numbered(items)
    return {
        **rows(summary.period),
        "events": summary.events,
        "tenants": [clean(tenant, NAME_CHARACTERS) for tenant in summary.tenants],
        "known_already": summary.known,
        "kinds_of_message": summary.families,
        "items": [
            {
                **item,
                "state": "" if (state := summary.states.get(item["id"])) is None else _state(state),
                "verdict": said._asdict() if (said := summary.verdicts.get(item["subject"])) else None,
            }
            for item in shown
        ],
        "held_back": [_decision_row(each, "budget") for each in _strongest(summary.held)],
        "nearly": [_decision_row(each, each.blocker) for each in _strongest(summary.near)],
        "not_read": list(summary.unread),
        "not_understood": list(summary.misread),
    }


def _state(state: State) -> dict[str, Any]:
    return {"events_after": state.course.after, "ended": rfc3339(state.ended_us) if state.ended_us else None}


def _decision_row(decision: Decision, blocker: str) -> dict[str, Any]:
    return {
        "tenant": clean(decision.tenant, NAME_CHARACTERS),
        "family": family_id(decision.family),
        "when": rfc3339(decision.tick_us),
        "score": decision.score,
        "blocker": blocker,
        "what": headline_of(decision, UTC),
    }


def _strongest(decisions: Sequence[Decision]) -> list[Decision]:
    return sorted(decisions, key=lambda each: (-each.score, each.tick_us, each.tenant, each.family))


def numbered(items: Iterable[Item]) -> list[Item]:
    """Return the items that a digest shows, in its order: the first one is number 1."""
    return sorted(newest_of_each(items), key=lambda item: (-item["data"]["score"], item["time"], item["id"]))


def _how_to_go_on(first: str, explain: str, feedback: str) -> str:
    """Return the commands, once for all, and what is meant by points and times. `first` names the first item, empty for
    none."""
    has_items = bool(first)
    names = "the number of an item, a name such as f1-…, or words of a line" if first == "1" else "a name such as f1-…"
    first = first or "f1-…"
    lines = [
        "## How to go on",
        "",
        f"- Why this one, why then, or why not: {code(explain.format(asked=first))}, with {prose(names)}.",
    ]
    if has_items:
        lines.append(f"- Say whether it was useful, useless, or is resolved now: {code(feedback.format(asked=first))}")
    lines += [
        f"- Points: {TEN_POINTS}",
        "- “9 times” means in nine spans of ten minutes; several events within one span count once.",
    ]
    return "\n".join(lines) + "\n"


def newest_of_each(items: Iterable[Item]) -> list[Item]:
    """Return the latest item of each family: the one that a digest shows."""
    ordered = sorted(items, key=lambda item: (item["time"], item["id"]))
    return list({item["subject"]: item for item in ordered}.values())


def _name_of(zone: tzinfo, time_us: int) -> str:
    return local(time_us, zone).tzname() or "UTC"


def _times_in(zone: tzinfo, zones: Zones, summary: Summary) -> str:
    """Return a note on the zone of a tenant's times, empty where that is the usual one."""
    return "" if zone == zones.usual else f" (times in {prose(_name_of(zone, summary.end_us))})"


def _at(time_us: int, zone: tzinfo, zones: Zones) -> str:
    """Return a time among those of other tenants: its zone is named where it is not the usual one."""
    named = "" if zone == zones.usual else f" ({prose(_name_of(zone, time_us))})"
    return f"{clock(time_us, zone)}{named}"


def _header(shown: int, summary: Summary, zone: tzinfo) -> str:
    lines = _read(shown, summary, zone) if summary.events else _nothing_read(summary, zone)
    if summary.events and summary.untold.issuperset(summary.tenants):
        lines = list(NO_TIME_READ)
    if summary.misread:
        lines += ["", "Not all that was read could be understood:", *(f"- {prose(each)}" for each in summary.misread)]
    said = [f"{number:,} {words}" for words, number in sorted(summary.rejected.items()) if number]
    said += [
        f"{number:,} {word}"
        for number, word in ((summary.duplicate, "read before"), (summary.dropped, "dropped"))
        if number
    ]
    if said:
        lines += [
            "",
            f"Records that became no event: {prose(', '.join(said))}. They are in the folder rejects, byte for byte.",
        ]
    if summary.unread:
        lines += ["", "Not all that was found could be read:", *(f"- {prose(each)}" for each in summary.unread)]
    return "\n".join(lines) + "\n"


def _not_shown(summary: Summary) -> str:
    """Return the section on what is not shown, by why; empty where nothing is left out."""
    reasons = [counted(summary.not_shown[name], *NOT_SHOWN[name]) for name in NOT_SHOWN if summary.not_shown.get(name)]
    if summary.forgotten:
        many = kinds_of_message(summary.forgotten)
        reasons.append(f"{many} forgotten: the least and longest ago heard of more than there is room for")
    if not reasons:
        return ""
    total = kinds_of_message(sum(summary.not_shown.get(name, 0) for name in NOT_SHOWN))
    return "\n".join([f"## Not shown: {total}", "", *(f"- {reason}" for reason in reasons)]) + "\n"


def _nothing_read(summary: Summary, zone: tzinfo) -> list[str]:
    """Return the heading where there is no event; of a period, also from when to when there are any."""
    period = summary.period
    if not period.is_part or summary.whole_us is None:
        return list(NOTHING_READ)
    first_us, last_us = summary.whole_us
    since, until = ("" if each is None else clock(each, zone) for each in (period.since_us, period.until_us))
    when = f"from {since} to {until}" if since and until else f"from {since} on" if since else f"before {until}"
    if period.since_us is not None and period.since_us > last_us:
        why = "They end before this period."
    elif period.until_us is not None and period.until_us <= first_us:
        why = "They begin after this period."
    else:
        why = "This period is a gap in them: whether all was quiet, they cannot tell."
    return [
        f"# Weak signals: no event {when} ({prose(_name_of(zone, period.until_us or period.since_us or last_us))})",
        "",
        f"The logs that were read are from {clock(first_us, zone)} to {clock(last_us, zone)}. {why}",
    ]


def _read(shown: int, summary: Summary, zone: tzinfo) -> list[str]:
    """Return the heading, and how much was read and how many items came of it."""
    period = summary.period
    start_us = summary.start_us if period.since_us is None else period.since_us
    end_us = summary.end_us if period.until_us is None else period.until_us
    start, end = clock(start_us, zone), clock(end_us, zone)
    name = _name_of(zone, end_us)
    tenants = counted(len(summary.tenants), "tenant")
    return [
        f"# Weak signals, {start} to {end} ({prose(name)})",
        "",
        f"{counted(summary.events, 'event')} of {tenants} in {kinds_of_message(summary.families)}; "
        + (f"{counted(shown, 'item')} for you." if shown else _quiet_time(summary)),
        *_known_already(summary, zone),
        *(["", heard] if (heard := listened(period, zone)) else []),
    ]


def _known_already(summary: Summary, zone: tzinfo) -> list[str]:
    """Return how many events were stored and not judged, as an earlier run has judged them."""
    if not summary.known:
        return []
    many = counted(summary.known, "event")
    return [
        "",
        f"{many} from before {clock(summary.known_us, zone)}, where the memory ends, known already: stored, and not judged"
        " or counted again.",
    ]


def _quiet_time(summary: Summary) -> str:
    """Return what is said where there is no item; what could not be read, is not judged yet or was known already is no part
    of a quiet time.
    """
    if summary.events > summary.known and not summary.families and summary.period.since_us is None:
        return "none of them is judged yet, as a source that was heard later may still have earlier events."
    if summary.untold or summary.misread:
        return "nothing that could be read has earned your eyes."
    if summary.known:
        return "nothing new has earned your eyes."
    return "a quiet time: nothing has earned your eyes."


def kinds_of_message(number: int) -> str:
    """Return a number of families as a technician would say it."""
    return counted(number, "kind of message", "kinds of message")


def _quiet(tenants: Sequence[str], summary: Summary, zones: Zones) -> str:
    """Return the section on tenants without an item: what was read and weighed, and what came nearest; the nearest first."""
    told = {tenant: summary.weighed.get(tenant, Weighed(0, 0)) for tenant in tenants}
    ranked = sorted(tenants, key=lambda name: (-(near.score if (near := told[name].nearest) else -math.inf), name))
    lines = [f"## Quiet: {counted(len(ranked), 'tenant')}", ""]
    for tenant in ranked[:QUIET_SHOWN]:
        about = told[tenant]
        if not about.events:
            lines.append(f"- {prose(tenant)}: nothing was read, so nothing can be said of it.")
            continue
        if tenant in summary.untold:
            said = f"{counted(about.events, 'event')} read, and no time of any of them; nothing can be told of it"
            lines.append(f"- {prose(tenant)}: {said}.")
            continue
        read = f"{counted(about.events, 'event')} read, {kinds_of_message(about.families)} weighed"
        lines.append(f"- {prose(tenant)}: {read}. {_nearest(about.nearest, zones)}".rstrip())
    if len(ranked) > QUIET_SHOWN:
        lines.append(f"- Quiet too: {', '.join(prose(tenant) for tenant in ranked[QUIET_SHOWN:])}")
    return "\n".join(lines) + "\n"


def _nearest(decision: Decision | None, zones: Zones) -> str:
    """Return what came nearest to surfacing, and why it did not; empty where nothing did."""
    if decision is None:
        return ""
    what, why = _what_and_why_not(decision, zones)
    when = _at(decision.tick_us, zones.of(decision.tenant), zones)
    return f"Nearest to an item, {when}: {what}. {why}({code(family_id(decision.family))})"


def _what_and_why_not(decision: Decision, zones: Zones) -> tuple[str, str]:
    """Return what a decision is about, and why it did not surface."""
    zone = zones.of(decision.tenant)
    what = headline_of(decision, zone)
    missing = BEHAVIOURS[Band.PROMOTE].from_decibans - decision.score
    why = [f"{counted_points(missing)} {'was' if missing == 1 else 'were'} missing"] if missing > 0 else []
    if decision.blocker in BLOCKERS:
        why.append(BLOCKERS[decision.blocker].holds)
    factor, points = min(decision.contributions, key=lambda each: each[1], default=("", 0.0))
    if points <= AGAINST_POINTS:
        why.append(f"against it: {because(factor, decision.facts, zone)}")
    return prose(what), _sentence(prose("; ".join(why)))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}. " if text else ""


def _held_back(held: Sequence[Decision], zones: Zones) -> str:
    """Return the section on what had earned a person's eyes on a day that had its items already, strongest first."""
    ranked = _strongest(held)
    lines = [
        f"## Held back: {kinds_of_message(len(ranked))}",
        "",
        "They had earned your eyes on a day that had all its items already. What is still as strong on a later day may"
        " come then.",
        "",
    ]
    for each in ranked[:HELD_SHOWN]:
        zone = zones.of(each.tenant)
        what = headline_of(each, zone)
        when = _at(each.tick_us, zone, zones)
        name = code(family_id(each.family))
        lines.append(f"- {prose(each.tenant)}, {when}, {counted_points(each.score)}: {prose(what)} ({name})")
    if len(ranked) > HELD_SHOWN:
        lines.append(f"- … and {len(ranked) - HELD_SHOWN:,} weaker ones")
    return "\n".join(lines) + "\n"


def _nearly(near: Sequence[Decision], zones: Zones) -> str:
    """Return the section on what nearly surfaced, and why it did not, strongest first."""
    ranked = _strongest(near)
    lines = [f"## Nearly shown: {kinds_of_message(len(ranked))}", ""]
    for each in ranked[:NEAR_SHOWN]:
        what, why = _what_and_why_not(each, zones)
        when, name = _at(each.tick_us, zones.of(each.tenant), zones), code(family_id(each.family))
        lines.append(f"- {prose(each.tenant)}, {when}: {what}. {why}({name})")
    if len(ranked) > NEAR_SHOWN:
        lines.append(f"- … and {len(ranked) - NEAR_SHOWN:,} weaker ones")
    return "\n".join(lines) + "\n"


def _heading(item: Item, summary: Summary, zones: Zones) -> str:
    """Return what is happening as of the end of what was read; as of the item where no more is known."""
    about, state = item["data"], summary.states.get(item["id"])
    if state is None:
        # the times stand on a line of their own here
        return without_times(about["what"])
    service = about["services"][0] if about["services"] else ""
    hosts = [*dict.fromkeys([*about["hosts"], *(each.host for each in state.course.hosts)])]
    zone = zones.of(about["tenant"])
    told = headline_with_lines(
        about["kind"],
        state.told,
        about["template"],
        state.course.lines,
        service,
        hosts,
        about["entities"],
        zone,
        state.ended_us,
    )
    return f"{told}, as of {clock(microseconds(item['time']), zone)}" if state.is_of_item else told


def _item(item: Item, summary: Summary, zones: Zones, meanings: Collection[str]) -> str:
    """Return what stands below the heading of an item; what its kind means is left out where it is in `meanings`."""
    about, state = item["data"], summary.states.get(item["id"])
    zone, end_us = zones.of(about["tenant"]), summary.ends_us.get(about["tenant"], 0)
    lines = [f"- **Seen:** {_extent(about, state, zone, end_us)}{_times_in(zone, zones, summary)}"]
    lines += [f"- **Why:** {prose(why)}"] if (why := _why(item, state, zone, meanings)) else []
    lines.append(f"- **Why on {clock(microseconds(item['time']), zone)}:** {prose(about['why_now'])}")
    co_occurring = summary.co_occurring.get(item["subject"], ())
    lines += [f"- **Told with it:** {_co_occurring(co_occurring)}"] if co_occurring else []
    lines.append(f"- **Seen before:** {_history(about, zone)}")
    verdict = summary.verdicts.get(item["subject"])
    lines += [f"- **What people said:** {_verdict(verdict, zone)}"] if verdict else []
    steps = [steps_with_code(step) for step in about["check_next"][:STEPS_SHOWN]]
    lines += [f"- **Check next:** {steps[0]}"] if steps else []
    lines += [f"- … {step}" for step in steps[1:]]
    lines += [f"- {code(line)}" for line in _lines_shown(about, state)]
    lines.append(f"- Its name: {code(item['subject'])}")
    return "\n".join(lines) + "\n"


def _why(item: Item, state: State | None, zone: tzinfo, meanings: Collection[str]) -> str:
    """Return why it matters, with the numbers of the end where they are known, else with those of the item, which is said;
    what its kind means only where that was not said yet.
    """
    about = item["data"]
    means = meaning(about["kind"])
    if state is None:
        return about["why"].removeprefix(means).strip() if means in meanings else about["why"]
    points = [(each["factor"], each["points"]) for each in about["contributions"]]
    item_us = microseconds(item["time"])
    evidence = evidence_since(about["kind"], points, state.facts, state.shown, state.factors_of_item, item_us, zone)
    return " ".join(part for part in ("" if means in meanings else means, evidence) if part)


def _extent(about: ItemData, state: State | None, zone: tzinfo, end_us: int) -> str:
    """Return how often and where it was seen, from when to when, and whether it goes on; by host where there are several."""
    services = f" ({', '.join(prose(service) for service in about['services'])})" if about["services"] else ""
    first_us, last_us = (microseconds(about[name]) for name in ("first_seen", "last_seen"))
    if state is None:
        where = listed([prose(host) for host in about["hosts"]], len(about["hosts"]))
        return _from_to(about["count"], f" on {where}{services}" if where else services, first_us, last_us, zone)
    course = state.course
    count, last_us = course.total(about["count"], first_us), max(last_us, course.last_us)
    is_whole = course.is_whole(about["count"], first_us)
    by_host = course.hosts if course.from_us <= first_us else ()
    hosts = [*dict.fromkeys([*(each.host for each in course.hosts), *about["hosts"]])]
    where = "" if len(by_host) > 1 and is_whole else listed([prose(host) for host in hosts], len(hosts))
    told = _from_to(count, f" on {where}{services}" if where else services, first_us, last_us, zone)
    if len(by_host) > 1:
        told += f": {_by_host(by_host, zone)}" if is_whole else f"; {_since_stored(by_host, zone)}"
    return told + _goes_on(about, state, last_us, end_us, zone)


def _by_host(hosts: Sequence[OnHost], zone: tzinfo) -> str:
    told = [f"{each.events:,} on {prose(each.host)} from {clock(each.first_us, zone)}" for each in hosts]
    return listed(told, len(told))


def _since_stored(hosts: Sequence[OnHost], zone: tzinfo) -> str:
    """Return the events of each host since the first one that is stored, which need not be the first that came."""
    told = [f"{each.events:,} on {prose(each.host)}" for each in hosts]
    return f"since {clock(min(each.first_us for each in hosts), zone)} {listed(told, len(told))}"


def _from_to(count: int, where: str, first_us: int, last_us: int, zone: tzinfo) -> str:
    if count == 1 or first_us == last_us:
        return f"{counted(count, 'event')}{where}, {clock(first_us, zone)}"
    return f"{counted(count, 'event')}{where}, first {clock(first_us, zone)}, last {clock(last_us, zone)}"


def _goes_on(about: ItemData, state: State, last_us: int, end_us: int, zone: tzinfo) -> str:
    """Return whether it goes on, where that is not plain from its last event."""
    if about["kind"] == "silence":
        if state.ended_us:
            return f"; it came again {clock(state.ended_us, zone)}"
        return f"; still silent when the log ends, {clock(end_us, zone)}" if end_us else ""
    quiet = (end_us - last_us) // 1_000_000
    return f"; then nothing for {days_or_hours(quiet)}, until the log ends" if quiet * 1_000_000 >= QUIET_US else ""


def _verdict(verdict: Verdict, zone: tzinfo) -> str:
    note = f": “{prose(verdict.note)}”" if verdict.note else ""
    until = ""
    if verdict.verdict.startswith(SNOOZED):
        until = " until it escalates" if verdict.until_us is None else f" until {clock(verdict.until_us, zone)}"
    return f"{prose(verdict.verdict)}{until} ({clock(verdict.time_us, zone)}){note}"


def _co_occurring(co_occurring: Sequence[CoOccurrence]) -> str:
    """Return the names of the other messages that come whenever the item does."""
    said = [
        f"{prose(each.service)} {code(clean(each.template, CO_OCCURRENCE_CHARACTERS))}".strip() for each in co_occurring
    ]
    return listed(said[:CO_OCCURRENCES_SHOWN], len(said))


def _history(about: ItemData, zone: tzinfo) -> str:
    """Return when it was shown before; a time with a verdict or an incident is named before one that was only shown."""
    before = sorted(about["seen_before"], key=lambda each: each["when"])
    if not before:
        return "no, this is its first item"
    told = max(before, key=lambda each: (each["outcome"] != SURFACED, each["when"]))
    when, last = (clock(microseconds(each["when"]), zone) for each in (told, before[-1]))
    place = "" if told["tenant"] == about["tenant"] else f" at {prose(told['tenant'])}"
    text = f"{when}{place} ({'shown' if told['outcome'] == SURFACED else prose(told['outcome'])})"
    if told["outcome"].startswith(RESOLVED):
        text += ", and it is back"
    more = len(before) - 1
    if told is not before[-1]:
        text, more = f"{text}; last shown {last}", more - 1
    return f"{text}, and {counted(more, 'more time', 'more times')}" if more else text


def _lines_shown(about: ItemData, state: State | None) -> list[str]:
    """Return the first pair of what went and came back and the last one; else the first line, one of the middle and the
    latest.
    """
    raw = [line["raw"] for line in about["evidence"]]
    if state and state.course.pairs:
        pairs = state.course.pairs
        raw = [line.text for pair in (pairs[:1] if len(pairs) == 1 else (pairs[0], pairs[-1])) for line in pair]
    else:
        raw = list(dict.fromkeys(line.text for line in state.course.lines)) if state else raw
        if len(raw) > EVIDENCE_SHOWN:
            raw = [raw[0], raw[len(raw) // 2], raw[-1]]
    return [clean(line, LINE_CHARACTERS) for line in raw]
