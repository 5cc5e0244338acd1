"""What came back by itself in a period: messages that something is out of service, each followed within the hour by one that
it works again, of the same thing on the same host.

Takes templates from decisions and lines from the event store; returns each thing with how often and for how long. Only words
count that call a thing out of service, so that sessions and jobs that end are none. A thing is what the two messages name in
the places that their templates mask.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

import polars as pl

from brainstem.evidence.self_heal.by_words import OUTAGE_MAX_SECONDS, SAME_NAMES_SHARE
from brainstem.evidence.self_heal.wording import likeness, state_told
from brainstem.explain.answers.period import Healed
from brainstem.explain.redaction.redact import display
from brainstem.signature.lexicon import OUT_OF_SERVICE, WORKING
from flows.reports.recorded import scan_decisions, scan_events
from flows.reports.window import Window
from flows.sinks.output_folder import OutputFolder

LIKE_LEAST: Final = 0.4
"""likeness of the words of two messages from which one may say that the other is over"""
LINES_MOST: Final = 10_000
"""of a message in a window, beyond which it says nothing of single things and is left out"""
_LONGEST_US: Final = OUTAGE_MAX_SECONDS * 1_000_000
_MASK: Final = re.compile(r"<[^<>\s]*>")


class _Said(NamedTuple):
    """A message: whose it is, what it says of the state of a thing, and its words."""

    tenant: str
    service: str
    signature: int
    family: int
    template: str


class _Open(NamedTuple):
    """A thing that is down."""

    said: _Said
    names: frozenset[str]
    what: str
    time_us: int


def healed_in(folder: OutputFolder, window: Window) -> tuple[Healed, ...]:
    """Return what came back in a window, what did so most often first."""
    said = _paired(_messages(folder, window), _healing(folder, window))
    if not said:
        return ()
    heads = _heads(folder, window, said)
    rows = _lines(folder, window, said)
    spans: dict[tuple[str, str, str, str], list[tuple[int, int, int]]] = {}
    down: dict[tuple[str, str, str], list[_Open]] = {}
    for tenant, service, signature, host, time_us, raw in rows:
        message = said[tenant, service, signature]
        named = _names(message.template, display(raw, 4_000))
        if named is None:
            continue
        what, names = named
        waiting = [each for each in down.get((tenant, service, host), ()) if time_us - each.time_us <= _LONGEST_US]
        same = next((each for each in waiting if _same(each, message, names)), None)
        if state_told(message.template) == OUT_OF_SERVICE:
            # a second one within an outage belongs to it
            if same is None:
                waiting.append(_Open(message, names, what, time_us))
        elif same is not None:
            waiting.remove(same)
            if time_us >= window.from_us:
                key = (tenant, service, host, same.what)
                spans.setdefault(key, []).append((time_us, (time_us - same.time_us) // 1_000_000, same.said.family))
        down[tenant, service, host] = waiting
    found: list[Healed] = []
    for (tenant, service, host, what), cycles in spans.items():
        seconds = [each for _, each, _ in cycles]
        if not max(seconds):
            # nobody could have noticed
            continue
        family = heads.get(cycles[-1][2], cycles[-1][2])
        found.append(
            Healed(tenant, service, host, what, family, len(cycles), min(seconds), max(seconds), cycles[-1][0])
        )
    return tuple(sorted(found, key=lambda each: (-each.times, -each.longest, *each[:4])))


def _messages(folder: OutputFolder, window: Window) -> list[_Said]:
    """Return the messages of which a family was born, with their own words, in order."""
    rows = (
        scan_decisions(folder, window)
        .filter(pl.col("cause").cast(pl.String) == "born")
        .select(*(pl.col(name).cast(pl.String) for name in ("tenant", "service", "template")), "signature", "family")
        .unique()
        .sort("tenant", "service", "signature", "template", "family")
        .collect()
    )
    return [
        _Said(row["tenant"], row["service"], row["signature"], row["family"], row["template"])
        for row in rows.iter_rows(named=True)
        if state_told(row["template"]) in (OUT_OF_SERVICE, WORKING)
    ]


def _healing(folder: OutputFolder, window: Window) -> set[int]:
    """Return the families that were judged as going down and coming back, and those that became part of them."""
    rows = scan_decisions(folder, window).select(
        "family", "joined_family", (pl.col("facts").struct.field("heal_cycles_7d") > 0).alias("healing")
    )
    families = set(rows.filter("healing").select("family").unique().collect()["family"].to_list())
    joined = rows.filter(pl.col("joined_family").is_not_null()).select("family", "joined_family").unique().collect()
    reached = set(families)
    while reached:
        reached = {family for family, into in joined.iter_rows() if into in reached} - families
        families |= reached
    return families


def _paired(messages: Iterable[_Said], healing: set[int]) -> dict[tuple[str, str, int], _Said]:
    """Return the messages of families in `healing` that call a thing out of service, and those that say the opposite in like
    words, by tenant, service and signature.
    """
    by_service: dict[tuple[str, str], list[_Said]] = {}
    for message in messages:
        by_service.setdefault(message[:2], []).append(message)
    kept = {}
    for group in by_service.values():
        downs = [each for each in group if each.family in healing and state_told(each.template) == OUT_OF_SERVICE]
        ups = [each for each in group if state_told(each.template) == WORKING]
        for down in downs:
            for up in ups:
                if likeness(down.template, up.template) >= LIKE_LEAST:
                    kept[down[:3]], kept[up[:3]] = down, up
    return kept


def _heads(folder: OutputFolder, window: Window, said: dict[tuple[str, str, int], _Said]) -> dict[int, int]:
    """Return the family that each family has become part of."""
    families = {each.family for each in said.values()}
    into = (
        scan_decisions(folder, window)
        .filter(pl.col("joined_family").is_not_null())
        .select("family", "joined_family", "tick")
        .collect()
        .sort("tick")
    )
    joined = dict(into.select("family", "joined_family").iter_rows())
    heads = {}
    for family in families:
        head, seen = family, {family}
        while head in joined and joined[head] not in seen:
            head = joined[head]
            seen.add(head)
        heads[family] = head
    return heads


def _lines(
    folder: OutputFolder, window: Window, said: dict[tuple[str, str, int], _Said]
) -> Iterable[tuple[str, str, int, str, int, bytes]]:
    """Return the lines of some messages in a window and the hour before, in order of time."""
    wanted = pl.DataFrame(
        list(said), schema={"tenant": pl.String, "service": pl.String, "signature": pl.UInt64}, orient="row"
    )
    signatures = wanted["signature"].unique().to_list()
    order = ["event_time", "source", "position"]
    rows = (
        scan_events(folder, window, _LONGEST_US)
        .filter(pl.col("signature").is_in(signatures))
        .select(
            *(pl.col(name).cast(pl.String) for name in ("tenant", "service", "host", "source")),
            "signature",
            "position",
            "event_time",
            "message_raw",
        )
        .join(wanted.lazy(), on=["tenant", "service", "signature"], how="semi")
        .filter(pl.len().over("tenant", "service", "signature") <= LINES_MOST)
        .sort(order)
        .with_columns(pl.col("event_time").dt.epoch("us"))
        .select("tenant", "service", "signature", "host", "event_time", "message_raw")
        .collect()
    )
    return rows.iter_rows()


def _same(down: _Open, message: _Said, names: frozenset[str]) -> bool:
    """Return whether a message may be about what is down."""
    if down.said.signature != message.signature and likeness(down.said.template, message.template) < LIKE_LEAST:
        return False
    # as healing itself decides it: half of all that both name must be common
    return SAME_NAMES_SHARE * len(down.names & names) >= len(down.names | names)


def _names(template: str, line: str) -> tuple[str, frozenset[str]] | None:
    """Return the message in a line, and what stands where its template has masks; None where it is written otherwise."""
    found = _pattern(template).search(line)
    return None if found is None else (found[0], frozenset(found.groups()))


@lru_cache(maxsize=4_096)
def _pattern(template: str) -> re.Pattern[str]:
    """Return what finds a message of a template in a line: a mask stands for a few characters, white space for any of it."""
    first, *rest = [r"\s+".join(map(re.escape, part.split(" "))) for part in _MASK.split(template)]
    return re.compile(first + "".join((r"(\S{1,200}?)" if part else r"(\S{1,200})") + part for part in rest))
