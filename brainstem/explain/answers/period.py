"""What happened in a period beside its items: what came back by itself, faded or was new, how its sources did, and what
shows that somebody listened.

Takes what was counted and decided; returns lines of Markdown and rows for JSON. All times are microseconds since the epoch,
UTC, and text of logs is masked and escaped here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final, NamedTuple

from brainstem.contracts.finding import family_id
from brainstem.contracts.ledger_json import rfc3339
from brainstem.evidence.silence.rhythm import Quiet
from brainstem.explain.input_gaps import quiet_sentences
from brainstem.explain.quote import quote
from brainstem.explain.redaction.markdown import code, prose
from brainstem.explain.redaction.redact import clean
from brainstem.text.phrases import Zones, clock, counted, duration, listed

SHOWN: Final = 10
"""lines of a section; what is left out is counted"""
NEW_SHOWN: Final = 3
"""new kinds of message of a tenant that are named"""
QUOTED_CHARACTERS: Final = 100
SOURCE_CHARACTERS: Final = 200
FADED_FROM: Final[Mapping[str, str]] = {
    "watch": "was watched",
    "investigate": "came near to an item",
    "promote": "had earned your eyes",
}
"""what is said of a family that was never shown, by the highest band that it ever had"""


class Healed(NamedTuple):
    """One thing that went down and was back within the hour, and how often; spans are in seconds."""

    tenant: str
    service: str
    host: str
    what: str
    """the message that said so, as it stood in the log"""
    family: int
    times: int
    shortest: int
    longest: int
    last_us: int
    """when it was back last"""


class Faded(NamedTuple):
    """A family that has left the bands that are watched; `shown_us` is when it was shown last, 0 for never."""

    tenant: str
    service: str
    template: str
    family: int
    from_band: str
    """the highest that it ever had"""
    faded_us: int
    shown_us: int


class Newcomer(NamedTuple):
    """A family that was first heard, with the score that it has."""

    service: str
    template: str
    family: int
    first_us: int
    score: float


class News(NamedTuple):
    """What a tenant said for the first time: how many kinds of message, and the strongest of them. `learned` are those of
    its first days, in which everything is new."""

    tenant: str
    new: int
    strongest: tuple[Newcomer, ...]
    """those that are told: of what is an item above, that it is new is said there"""
    learned: int


class Gap(NamedTuple):
    """A silence of a host, or of a source of records without one, that is not its way, after which it went on."""

    tenant: str
    name: str
    from_us: int
    until_us: int


class Rejected(NamedTuple):
    """Records of a source that became no event, by why, in words."""

    tenant: str
    source: str
    reasons: tuple[tuple[str, int], ...]

    @property
    def records(self) -> int:
        """Return how many there are."""
        return sum(records for _, records in self.reasons)


class Untimed(NamedTuple):
    """A source many of whose records have no time of their own."""

    tenant: str
    source: str
    untimed: int
    records: int


class Listening(NamedTuple):
    """What was heard: events and sources, in how many of the hours there were, and when the last event came."""

    records: int
    sources: int
    hours_heard: int
    hours: int
    last_us: int


class Forgotten(NamedTuple):
    """Raw lines of a tenant that are not kept any more, with the kinds of message that they were of."""

    tenant: str
    records: int
    kinds: int
    until_us: int
    """the latest of them"""


@dataclass(frozen=True, slots=True)
class Period:
    """What happened from a moment on until another one; None for no bound."""

    since_us: int | None = None
    until_us: int | None = None
    tenant: str | None = None
    listening: Listening | None = None
    healed: tuple[Healed, ...] = ()
    faded: tuple[Faded, ...] = ()
    news: tuple[News, ...] = ()
    quieted: tuple[Quiet, ...] = ()
    gaps: tuple[Gap, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    untimed: tuple[Untimed, ...] = ()
    forgotten: tuple[Forgotten, ...] = ()
    item_numbers: Mapping[int, int] = field(default_factory=dict)
    """by family: the number of its item in the digest"""
    told_beside: frozenset[int] = frozenset()
    """families without an item of which another section of the digest tells"""

    @property
    def is_part(self) -> bool:
        """Return whether it is not all there is."""
        return self.since_us is not None or self.until_us is not None


def listened(period: Period, zone: tzinfo) -> str:
    """Return in a sentence what shows that somebody listened; empty where that was not counted."""
    heard = period.listening
    if heard is None or not heard.records:
        return ""
    return (
        f"Listened to {counted(heard.sources, 'source')}: {counted(heard.records, 'record')} in {heard.hours_heard:,} of"
        f" {counted(heard.hours, 'hour')}, the last one {clock(heard.last_us, zone)}."
    )


def sections(period: Period, zones: Zones, without_host: str = "", *, is_untimed_told: bool = False) -> Iterator[str]:
    """Yield the sections that have something to say, in the order in which they are read. `without_host` is a sentence on
    sources without a host, `is_untimed_told` whether those without a time are told elsewhere.
    """
    health = list(_health(period, zones, is_untimed_told=is_untimed_told))
    # the gaps may be many, and this is one line
    health = [*([f"- {prose(without_host)}"] if without_host else []), *health]
    for title, lines, more in (
        ("Came back by itself", [_healed(each, period, zones) for each in period.healed], "weaker ones"),
        ("Faded", _faded(period, zones), ""),
        ("New in memory", _news(period.news, zones), "more tenants"),
        ("Sources and hosts", health, "more of this sort"),
        ("Forgotten lines", _forgotten(period.forgotten, zones), "more tenants"),
    ):
        if lines:
            shown = lines[:SHOWN]
            if len(lines) > SHOWN:
                shown.append(f"- … and {len(lines) - SHOWN:,} {more}")
            yield "\n".join([f"## {title}", "", *shown]) + "\n"


def _where(tenant: str, host: str = "") -> str:
    return f"{prose(tenant)}, {prose(host)}" if host else prose(tenant)


def _quoted(service: str, template: str) -> str:
    """Return a message as headlines quote it."""
    return prose(f"{service} “{clean(quote(template, ()), QUOTED_CHARACTERS)}”".strip())


def _at(time_us: int, tenant: str, zones: Zones) -> str:
    """Return a time of a tenant; its zone is named where it is not the usual one."""
    zone = zones.of(tenant)
    when = clock(time_us, zone)
    return when if zone == zones.usual else f"{when} ({prose(str(zone))})"


def _spans(each: Healed) -> str:
    shortest, longest = duration(each.shortest), duration(each.longest)
    return shortest if shortest == longest else f"{shortest} to {longest}"


def _healed(each: Healed, period: Period, zones: Zones) -> str:
    last = _at(each.last_us, each.tenant, zones)
    span = f"after {duration(each.shortest)}, {last}" if each.times == 1 else f"after {_spans(each)}, last {last}"
    number = period.item_numbers.get(each.family)
    item = f" (item {number})" if number else f" ({code(family_id(each.family))})"
    return (
        f"- {_where(each.tenant, each.host)}: {_quoted(each.service, each.what)},"
        f" {counted(each.times, 'time')}, back {span}{item}"
    )


def _faded(period: Period, zones: Zones) -> list[str]:
    """Return a line for each family that once mattered, and one for those that were watched only; of items and of what
    another section tells only the numbers of the items.
    """
    lines = []
    items = sorted(period.item_numbers[each.family] for each in period.faded if each.family in period.item_numbers)
    if items:
        lines.append(
            f"- {'Item' if len(items) == 1 else 'Items'} {listed([str(each) for each in items], len(items))} above"
        )
    beside = period.told_beside.union(period.item_numbers)
    faded = [each for each in period.faded if each.family not in beside]
    told = [each for each in faded if each.shown_us or each.from_band != "watch"]
    named = told[: SHOWN - 1 - len(lines)]
    for each in named:
        when = _at(each.faded_us, each.tenant, zones)
        before = (
            f"shown {_at(each.shown_us, each.tenant, zones)}, faded {when}"
            if each.shown_us
            else f"{FADED_FROM.get(each.from_band, 'was watched')} and fell back, {when}"
        )
        lines.append(
            f"- {prose(each.tenant)}: {_quoted(each.service, each.template)}, {before} ({code(family_id(each.family))})"
        )
    rest = len(faded) - len(named)
    if rest and len(told) > len(named):
        lines.append(f"- {counted(rest, 'more kind of message', 'more kinds of message')}")
    elif rest and named:
        # where there is nothing else they are not worth a section
        lines.append(f"- {counted(rest, 'kind of message was', 'kinds of message were')} watched for a while only")
    return lines


def _news(news: Sequence[News], zones: Zones) -> list[str]:
    lines = []
    for each in news:
        if each.new:
            named = [
                f"{_quoted(one.service, one.template)} ({_at(one.first_us, each.tenant, zones)},"
                f" {code(family_id(one.family))})"
                for one in each.strongest[:NEW_SHOWN]
            ]
            first = "" if each.new <= len(named) else "the strongest: "
            lines.append(
                f"- {prose(each.tenant)}: {counted(each.new, 'kind of message', 'kinds of message')}; {first}"
                f"{'; '.join(named)}"
            )
        elif each.learned:
            learned = counted(each.learned, "kind of message", "kinds of message")
            lines.append(f"- {prose(each.tenant)}: its first days, in which everything is new: {learned}")
    return lines


def _source(source: str) -> str:
    return prose(clean(source.removeprefix("file:"), SOURCE_CHARACTERS))


def _health(period: Period, zones: Zones, *, is_untimed_told: bool) -> Iterator[str]:
    yield from (f"- {prose(sentence)}" for sentence in quiet_sentences(period.quieted, zones))
    for gap in period.gaps:
        span = duration((gap.until_us - gap.from_us) // 1_000_000)
        yield (
            f"- Gap: {prose(gap.tenant)}, {_source(gap.name)}, nothing for {span} from"
            f" {_at(gap.from_us, gap.tenant, zones)} on"
        )
    for rejected in period.rejected:
        why = ", ".join(f"{records:,} {words}" for words, records in rejected.reasons)
        yield (
            f"- Rejected: {prose(rejected.tenant)}, {_source(rejected.source)}:"
            f" {counted(rejected.records, 'record')} became no event: {prose(why)}"
        )
    for untimed in () if is_untimed_told else period.untimed:
        yield (
            f"- Without a time: {prose(untimed.tenant)}, {_source(untimed.source)}: {untimed.untimed:,} of"
            f" {counted(untimed.records, 'record')}"
        )


def _forgotten(forgotten: Sequence[Forgotten], zones: Zones) -> list[str]:
    return [
        f"- {prose(each.tenant)}: forgot {counted(each.records, 'line')} of"
        f" {counted(each.kinds, 'routine kind of message', 'routine kinds of message')}, none later than"
        f" {_at(each.until_us, each.tenant, zones)}; counts kept"
        for each in forgotten
    ]


def rows(period: Period) -> dict[str, Any]:
    """Return a period as plain values for JSON: times in RFC 3339, spans in seconds, text of logs masked."""
    heard = period.listening
    return {
        "since": _stamp(period.since_us),
        "until": _stamp(period.until_us),
        "tenant": period.tenant,
        "listening": None
        if heard is None
        else {
            "records": heard.records,
            "sources": heard.sources,
            "hours_heard": heard.hours_heard,
            "hours": heard.hours,
            "last": _stamp(heard.last_us) if heard.records else None,
        },
        "came_back_by_itself": [_row(each) for each in period.healed],
        "faded": [_row(each) for each in period.faded],
        "new_in_memory": [{**_row(each), "strongest": [_row(one) for one in each.strongest]} for each in period.news],
        "sources": {
            "quiet": [_row(each) for each in period.quieted],
            "gaps": [_row(each) for each in period.gaps],
            "rejected": [
                {**_row(each), "records": each.records, "reasons": dict(each.reasons)} for each in period.rejected
            ],
            "without_a_time": [_row(each) for each in period.untimed],
        },
        "forgotten_lines": [_row(each) for each in period.forgotten],
    }


def _stamp(time_us: int | None) -> str | None:
    return None if time_us is None else rfc3339(time_us)


def _row(record: Any) -> dict[str, Any]:
    """Return a named tuple as plain values; names of times lose their unit, spans keep theirs."""
    row: dict[str, Any] = {}
    for name, value in record._asdict().items():
        if name.endswith("_us"):
            row[name.removesuffix("_us")] = _stamp(value) if value else None
        elif name == "family":
            row[name] = family_id(value)
        elif name in ("shortest", "longest", "usual"):
            row[f"{name}_seconds"] = value
        else:
            row[name] = clean(value, SOURCE_CHARACTERS) if isinstance(value, str) else value
    return row
