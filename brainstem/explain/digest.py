"""The digest: what has earned a person's eyes, as Markdown that also reads well as plain text.

Takes items, what was not shown and why, and zones; returns text. Log text cannot forge a heading, a link or HTML: in
prose every character that Markdown gives a meaning is escaped, and lines of log stand in code spans fenced by more
backticks than they hold (https://spec.commonmark.org/0.31.2/#code-spans).
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final, NamedTuple

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.attention.blockers import BLOCKERS
from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import family_id
from brainstem.evidence.feedback import RESOLVED, SURFACED
from brainstem.evidence.kinds import FACTOR_NAMED
from brainstem.explain.headline import without_times
from brainstem.explain.item import Item, ItemData, headline_of
from brainstem.explain.redact import clean
from brainstem.explain.sentences import because
from brainstem.text.phrases import Zones, clock, counted, listed, local, microseconds

EVIDENCE_SHOWN: Final = 3
STEPS_SHOWN: Final = 3
LINE_CHARACTERS: Final = 200
CO_OCCURRENCES_SHOWN: Final = 3
CO_OCCURRENCE_CHARACTERS: Final = 80
HELD_SHOWN: Final = 20
QUIET_SHOWN: Final = 20
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
EXPLAIN: Final = "brainstem explain {family}"
FEEDBACK: Final = "brainstem feedback {family} useful"

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


class Since(NamedTuple):
    """What came after the last event of an item, until the end of what was read."""

    events: int
    last_us: int
    """0 where nothing came"""


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
    rejected: int = 0
    duplicate: int = 0
    dropped: int = 0
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
    since: Mapping[str, Since] = field(default_factory=dict)
    """by the id of an item that is shown"""
    co_occurring: Mapping[str, Sequence[CoOccurrence]] = field(default_factory=dict)
    """by the name of a family that is shown: what was held back because it comes with it"""


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
    """Return the digest in Markdown, tenants with the strongest items first; `explain` and `feedback` are commands with
    `{family}`. Times of a tenant are in its own zone, those of all in the usual one.

    Of a family that surfaced more than once the latest item is shown: it names the earlier ones.
    """
    newest = newest_of_each(items)
    by_tenant: dict[str, list[Item]] = {}
    for item in sorted(newest, key=lambda item: (-item["data"]["score"], item["time"], item["id"])):
        by_tenant.setdefault(item["data"]["tenant"], []).append(item)
    parts = [_header(len(newest), summary, zones.usual)]
    for tenant, ranked in by_tenant.items():
        zone = zones.of(tenant)
        parts.append(f"## {prose(tenant)}: {counted(len(ranked), 'item')}{_times_in(zone, zones, summary)}\n")
        for number, item in enumerate(ranked, 1):
            commands = [command.format(family=item["subject"]) for command in (explain, feedback)]
            beside = summary.since.get(item["id"]), summary.co_occurring.get(item["subject"], ())
            parts.append(_item(number, item, *beside, zone, commands))
    if summary.held:
        parts.append(_held_back(summary.held, zones, explain))
    quiet = sorted(set(summary.tenants) - set(by_tenant))
    if quiet and summary.events:
        parts.append(_quiet(quiet, summary, zones, explain))
    return "\n".join(parts)


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
    lines = _read(shown, summary, zone) if summary.events else list(NOTHING_READ)
    if summary.events and summary.untold.issuperset(summary.tenants):
        lines = list(NO_TIME_READ)
    if summary.misread:
        lines += ["", "Not all that was read could be understood:", *(f"- {prose(each)}" for each in summary.misread)]
    if summary.without_host:
        lines += ["", prose(summary.without_host)]
    reasons = [counted(summary.not_shown[name], *NOT_SHOWN[name]) for name in NOT_SHOWN if summary.not_shown.get(name)]
    if reasons:
        total = sum(summary.not_shown.get(name, 0) for name in NOT_SHOWN)
        lines += ["", f"Not shown: {kinds_of_message(total)}."]
        lines += [f"- {reason}" for reason in reasons]
    unread = [(summary.rejected, "rejected"), (summary.duplicate, "duplicate"), (summary.dropped, "dropped")]
    if any(number for number, _ in unread):
        said = ", ".join(f"{number:,} {word}" for number, word in unread if number)
        lines += ["", f"Records that became no event: {said}; the ledger has the reasons."]
    if summary.unread:
        lines += ["", "Not all that was found could be read:", *(f"- {prose(each)}" for each in summary.unread)]
    if summary.forgotten:
        many = kinds_of_message(summary.forgotten)
        lines += ["", f"Forgotten: {many}, the least and longest ago heard of more than there is room for."]
    return "\n".join(lines) + "\n"


def _read(shown: int, summary: Summary, zone: tzinfo) -> list[str]:
    """Return the heading, and how much was read and how many items came of it."""
    start, end = clock(summary.start_us, zone), clock(summary.end_us, zone)
    name = _name_of(zone, summary.end_us)
    tenants = counted(len(summary.tenants), "tenant")
    return [
        f"# Weak signals, {start} to {end} ({prose(name)})",
        "",
        f"{counted(summary.events, 'event')} of {tenants} in {kinds_of_message(summary.families)}; "
        + (f"{counted(shown, 'item')} for you." if shown else _quiet_time(summary)),
    ]


def _quiet_time(summary: Summary) -> str:
    """Return what is said where there is no item; what could not be read is no part of a quiet time."""
    if summary.untold or summary.misread:
        return "nothing that could be read has earned your eyes."
    return "a quiet time: nothing has earned your eyes."


def kinds_of_message(number: int) -> str:
    """Return a number of families as a technician would say it."""
    return counted(number, "kind of message", "kinds of message")


def _points(points: float) -> str:
    return f"{points:g} {'point' if abs(points) == 1 else 'points'}"


def _quiet(tenants: Sequence[str], summary: Summary, zones: Zones, explain: str) -> str:
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
        lines.append(f"- {prose(tenant)}: {read}. {_nearest(about.nearest, zones, explain)}".rstrip())
    if len(ranked) > QUIET_SHOWN:
        lines.append(f"- Quiet too: {', '.join(prose(tenant) for tenant in ranked[QUIET_SHOWN:])}")
    return "\n".join(lines) + "\n"


def _nearest(decision: Decision | None, zones: Zones, explain: str) -> str:
    """Return what came nearest to surfacing, and why it did not; empty where nothing did."""
    if decision is None:
        return ""
    zone = zones.of(decision.tenant)
    what = headline_of(decision)
    missing = BEHAVIOURS[Band.PROMOTE].from_decibans - decision.score
    why = [f"{_points(missing)} {'was' if missing == 1 else 'were'} missing"] if missing > 0 else []
    if decision.blocker in BLOCKERS:
        why.append(BLOCKERS[decision.blocker].holds)
    factor, points = min(decision.contributions, key=lambda each: each[1], default=("", 0.0))
    if points <= AGAINST_POINTS:
        why.append(f"against it: {because(factor, decision.facts)}")
    asked = code(explain.format(family=family_id(decision.family)))
    return f"Nearest, {_at(decision.tick_us, zone, zones)}: {prose(what)}. {_sentence(prose('; '.join(why)))}{asked}"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}. " if text else ""


def _held_back(held: Sequence[Decision], zones: Zones, explain: str) -> str:
    """Return the section on what had earned a person's eyes on a day that had its items already, strongest first."""
    ranked = sorted(held, key=lambda each: (-each.score, each.tick_us, each.tenant, each.family))
    lines = [
        f"## Held back: {kinds_of_message(len(ranked))}",
        "",
        "They had earned your eyes on a day that had all its items already. What is still as strong on a later day may"
        " come then.",
        "",
    ]
    for each in ranked[:HELD_SHOWN]:
        zone = zones.of(each.tenant)
        what = headline_of(each)
        asked = code(explain.format(family=family_id(each.family)))
        when = _at(each.tick_us, zone, zones)
        lines.append(f"- {prose(each.tenant)}, {when}, {_points(each.score)}: {prose(what)}; {asked}")
    if len(ranked) > HELD_SHOWN:
        lines.append(f"- … and {len(ranked) - HELD_SHOWN:,} weaker ones")
    return "\n".join(lines) + "\n"


def _item(
    number: int,
    item: Item,
    since: Since | None,
    co_occurring: Sequence[CoOccurrence],
    zone: tzinfo,
    commands: Sequence[str],
) -> str:
    """Return one item in at most 15 lines; `commands` are the one that explains it and the one that takes feedback."""
    about = item["data"]
    # the times stand on a line of their own here
    heading = without_times(about["what"])
    lines = [
        f"### {number}. {prose(heading)}",
        f"- **Why:** {prose(about['why'])}",
        f"- **Why now:** {prose(about['why_now'])}",
        f"- **Where and how often:** {_extent(about, zone)}",
    ]
    lines += [f"- **Since then:** {_since(since, zone)}"] if since else []
    lines += [f"- **Told with it:** {_co_occurring(co_occurring)}"] if co_occurring else []
    lines.append(f"- **Seen before:** {_history(about, zone)}")
    steps = [steps_with_code(step) for step in about["check_next"][:STEPS_SHOWN]]
    lines += [f"- **Check next:** {steps[0]}"] if steps else []
    lines += [f"- … {step}" for step in steps[1:]]
    lines += [f"- {code(line)}" for line in _lines_shown(about)]
    explain, feedback = map(code, commands)
    lines += [f"- Explained by {explain}", f"- Was it useful, useless, or is it resolved? {feedback}"]
    return "\n".join(lines) + "\n"


def _extent(about: ItemData, zone: tzinfo) -> str:
    where = listed([prose(host) for host in about["hosts"]], len(about["hosts"]))
    services = f" ({', '.join(prose(service) for service in about['services'])})" if about["services"] else ""
    first, last = (clock(microseconds(stamp), zone) for stamp in (about["first_seen"], about["last_seen"]))
    place = f" on {where}" if where else ""
    return f"{counted(about['count'], 'event')}{place}{services}, first {first}, last {last}"


def _since(since: Since, zone: tzinfo) -> str:
    """Return what came after the item: its own count and last time are those of the moment it was made."""
    return f"{since.events:,} more, last {clock(since.last_us, zone)}" if since.events else "nothing"


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
        return "no, this is its first time before a person"
    told = max(before, key=lambda each: (each["outcome"] != SURFACED, each["when"]))
    when, last = (clock(microseconds(each["when"]), zone) for each in (told, before[-1]))
    text = f"{when} at {prose(told['tenant'])} ({prose(told['outcome'])})"
    if told["outcome"].startswith(RESOLVED):
        text += ", and it is back"
    more = len(before) - 1
    if told is not before[-1]:
        text, more = f"{text}; last shown {last}", more - 1
    return f"{text}, and {more} more" if more else text


def _lines_shown(about: ItemData) -> list[str]:
    """Return the first line, one of the middle and the last."""
    raw = [line["raw"] for line in about["evidence"]]
    if len(raw) > EVIDENCE_SHOWN:
        raw = [raw[0], raw[len(raw) // 2], raw[-1]]
    return [clean(line, LINE_CHARACTERS) for line in raw]


_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>&~|#!@]|(?<=[a-zA-Z]):(?=//)|(?<=[wW]{3})\.")
_IN_BRACKETS: Final = r"(?<=[^\\!\[\]])\[[A-Za-z0-9 -]+\](?=[^\\(\[\]:])"
"""a word in brackets: a link takes a target, a name or a definition behind it, and neither begins nor ends a text"""
_PROSE: Final = re.compile(f"{_IN_BRACKETS}|{_SPECIAL.pattern}")


def prose(text: str) -> str:
    """Return text escaped so that Markdown shows it as it is: no markup, no HTML, no automatic link.

    A word in brackets that cannot be a link, such as a disk's "[sdb]", is not escaped: many read the digest on a terminal.
    """
    return _PROSE.sub(lambda match: match[0] if len(match[0]) > 1 else "\\" + match[0], clean(text, 2000))


def code(text: str) -> str:
    """Return text as a code span whose fence is longer than any run of backticks in it."""
    shown = clean(text, 2000) or " "
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def steps_with_code(step: str) -> str:
    """Return a step whose commands stand between backticks, escaped outside of them."""
    pieces = step.split("`")
    if len(pieces) % 2 == 0:
        return prose(step)
    return "".join(code(piece) if position % 2 else prose(piece) for position, piece in enumerate(pieces))
