"""The sentences of an item: what is happening, why it matters, why now.

Takes integers and names that are clean to show already, gives plain English without any talk of scores.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from brainstem.attention.bands import SURFACE_AGAIN_DAYS
from brainstem.contracts.features import ON_ENTITY, ON_HOST
from brainstem.contracts.finding import Finding, Shown
from brainstem.explain.changes import factor_of, largest_changes, news_of, told_change
from brainstem.explain.sentences import ALIKE, because, days_known, more_over_days, silence_seconds
from brainstem.text.phrases import clock, counted, duration, listed, thousandths

QUOTED_CHARACTERS: Final = 110
REASONS_MOST: Final = 3

MATTERS: Final[Mapping[str, str]] = {
    "recurrence": "Too rare for any alarm, yet it keeps returning, so something keeps causing it.",
    "burst": "It is far above its own habit here, so something has changed.",
    "self_heal": "It comes back by itself, so nobody counts it; what flaps today stays down one day.",
    "spread": "What began in one place is reaching others, so the cause is shared.",
    "acceleration": "The gaps are shrinking; at this pace it becomes constant.",
    "novelty": "It was not there before it began, so something has changed.",
    "concentration": "Others of its kind do not have this, so the cause sits with this one.",
    "countdown": "Nothing fails until it reaches its end, and then everything that needs it fails at once.",
    "silence": "What says nothing cannot report its own trouble.",
    "numeric_drift": "It has left the range it always kept, and at this pace it will reach a limit that nobody watches.",
    "precursor": "The last times this was seen an incident followed.",
    "precedent": "Something very like it stood at the beginning of an earlier incident.",
}
"""Why each kind of item matters."""

BLOCKED: Final[Mapping[str, str]] = {
    "two_keys": "Until now only one kind of evidence spoke for it.",
    "cooldown": "It had been shown lately and has something new to say now.",
    "silent": "Nothing had been heard of it for a day, and now it speaks again.",
    "budget": "It had earned your eyes on a day that had all its items already.",
    "told_already": "Until now it came whenever something else did that had been shown.",
}
"""What held a finding back before, by the name of the blocker."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a headline talks about: facts, the message quoted, the thing named, and where.

    `message` of a facet that is an entity names it; `one` is the facet itself: an entity, a host or the message.
    """

    facts: Mapping[str, int]
    message: str
    thing: str
    where: str
    one: str


def headline(
    kind: str,
    facts: Mapping[str, int],
    message: str,
    service: str,
    hosts: Sequence[str],
    entities: Sequence[str],
    zone: tzinfo,
) -> str:
    """Say what is happening: the thing, how often, where, first and last; `message` is the family's, quoted."""
    message = _quoted(message, service)
    thing = listed(entities, len(entities), 2) or message
    where = listed(hosts, facts.get("hosts", 0), 3)
    one, kind_of_facet = message, facts.get("facet_kind", 0)
    if kind_of_facet == ON_ENTITY and entities:
        one = f"{entities[0]} on {where}" if where else entities[0]
        message = message if entities[0] in message else f"{message} of {entities[0]}"
    elif kind_of_facet == ON_HOST and hosts:
        one = hosts[0]
    subject = Subject(facts, message, thing, f" on {where}" if where else "", one)
    first, last = clock(facts["first_time"], zone), clock(facts["last_time"], zone)
    return f"{_HEADLINES.get(kind, _recurrence)(subject)}. First {first}, last {last}."


def reasons(kind: str, finding: Finding) -> str:
    """Say why it matters: what its kind means, then the strongest evidence in words."""
    strongest = sorted(
        (each for each in finding.contributions if each.points > 0), key=lambda each: (-each.points, each.factor)
    )
    said = "; ".join(because(each.factor, finding.facts) for each in strongest[:REASONS_MOST])
    return " ".join(part for part in (MATTERS.get(kind, ""), _sentence(said)) if part)


def why_now(finding: Finding) -> str:
    """Say what changed: since it was shown last or, the first time, since the decision before; and what held it back."""
    points = [(each.factor, each.points) for each in finding.contributions]
    before = finding.shown_before
    parts = [_first_time(finding, points)] if before is None else [_again(finding, before, points)]
    # that it is shown again has been told by then
    if finding.blocker and not (before is not None and finding.blocker == "cooldown"):
        held = finding.blocker.replace("_", " ")
        parts.append(BLOCKED.get(finding.blocker, f"It had been held back before: {held}."))
    return " ".join(part for part in parts if part) or "What spoke for it had been gathering and is now enough."


def _first_time(finding: Finding, points: Sequence[tuple[str, float]]) -> str:
    """Say what the decision before had not."""
    told = dict(points)
    gained = [each.factor for each in finding.changes if each.points > 0]
    grown = "; ".join(because(factor, finding.facts) for factor in gained if told.get(factor, 0.0) > 0)
    eased = "; ".join(because(factor, finding.facts) for factor in gained if told.get(factor, 0.0) < 0)
    freed = [told_change(factor, points, finding.facts) for factor in gained if told.get(factor, 0.0) == 0]
    parts = [
        f"What tipped it: {grown}." if grown else "",
        f"This speaks less against it than before: {eased}." if eased else "",
        f"It is {' and '.join(freed)}." if freed else "",
    ]
    return " ".join(part for part in parts if part)


def _again(finding: Finding, before: Shown, points: Sequence[tuple[str, float]]) -> str:
    """Say what a person has not been shown yet."""
    news = news_of(before, points, finding.tick_us)
    telling = [factor_of(kind, points) for kind in news.new_kinds]
    others = [(factor, worth) for factor, worth in before.points if factor not in telling]
    grown = largest_changes(others, [each for each in points if each[0] not in telling])
    changes = "; ".join(told_change(factor, points, finding.facts) for factor, _ in grown)
    parts = []
    if news.is_stronger:
        parts.append(f"{news.gained:g} points more than last time" + (f" ({changes})" if changes else ""))
    if telling:
        several = "new kinds" if len(telling) > 1 else "a new kind"
        parts.append(f"{several} of evidence ({'; '.join(because(factor, finding.facts) for factor in telling)})")
    if not parts and news.after_days:
        parts.append(f"{SURFACE_AGAIN_DAYS} days have passed" + (f" ({changes})" if changes else ""))
    if not parts:
        foretells = "precursor" in finding.kinds
        parts.append("each time may be the one before an incident" if foretells else "it has earned your eyes anew")
    return f"Shown again: {' and '.join(parts)}."


def _quoted(message: str, service: str) -> str:
    short = message if len(message) <= QUOTED_CHARACTERS else message[: QUOTED_CHARACTERS - 1] + "…"
    return f"{service} “{short}”" if service else f"“{short}”"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _recurrence(subject: Subject) -> str:
    days, count = days_known(subject.facts), counted(subject.facts.get("count", 0), "event")
    if subject.facts.get("count", 0) == 1:
        return f"{subject.message} was seen once{subject.where}"
    if days < 2:
        times = counted(subject.facts.get("episodes", 0), "time")
        return f"{subject.message} keeps coming back{subject.where}: {times} within a day"
    return f"{subject.message} keeps coming back{subject.where}: on {days} of the last 14 days, {count} in all"


def _burst(subject: Subject) -> str:
    hours = subject.facts.get("rise_hours", 0) or 24
    episodes = counted(subject.facts.get("episodes_72h" if hours == 72 else "episodes_24h", 0), "time")
    return f"{subject.message} is far more frequent than usual{subject.where}: {episodes} in {hours} h"


def _self_heal(subject: Subject) -> str:
    times = counted(subject.facts.get("heal_cycles_7d", 0), "time")
    usual = duration(subject.facts.get("heal_seconds", 0))
    if subject.facts.get("heal_learned", 0):
        return f"{subject.message} keeps coming and passing by itself{subject.where}: {times} in 7 days, usually for {usual}"
    several = subject.thing != subject.message and " and " in subject.thing
    verbs = "go down and come back by themselves" if several else "goes down and comes back by itself"
    most = "up to " if several else ""
    return f"{subject.thing}{subject.where} {verbs}, {most}{times} in 7 days, usually within {usual}"


def _spread(subject: Subject) -> str:
    hosts, joined = subject.facts.get("hosts", 0), subject.facts.get("hosts_joined_7d", 0)
    where = subject.where.strip() or "on several hosts"
    return f"{subject.message} is spreading: {where}, {joined} of {hosts} new in the last 7 days"


def _acceleration(subject: Subject) -> str:
    sign = more_over_days(subject.facts)
    if sign == "growth":
        grown = thousandths(subject.facts["growth_permille"], 1)
        return f"{subject.message} grows day by day{subject.where}: {grown} times as many events as at first"
    today, count = (
        counted(subject.facts.get("episodes_24h", 0), "time"),
        counted(subject.facts.get("count", 0), "event"),
    )
    recent = f"{today} in the last 24 h, {count} in all"
    if sign == "sustained":
        days, week = subject.facts["sustained_days"], counted(subject.facts.get("episodes_7d", 0), "time")
        return f"{subject.message} has come more often than it used to for {days} days{subject.where}: {week} in 7 days"
    if sign == "shrinking":
        return f"{subject.message} comes back after ever shorter gaps{subject.where}: {recent}"
    return f"{subject.message} comes ever more often{subject.where}: {recent}"


def _novelty(subject: Subject) -> str:
    count, silence = counted(subject.facts.get("count", 0), "time"), silence_seconds(subject.facts)
    after = f", after {duration(silence)} without it" if silence >= 600 else ""
    return f"New{subject.where}: {subject.message}, {count} so far{after}"


def _concentration(subject: Subject) -> str:
    own, whole, others = (subject.facts.get(name, 0) for name in ("episodes_7d", "whole_7d", "siblings"))
    alike = counted(others + 1, ALIKE[subject.facts.get("facet_kind", 0)])
    usual = thousandths(max(0, whole - own) * 1000 // max(1, others), 1)
    said = "" if subject.one == subject.message else f" with {subject.message}"
    share = f"{own} of {counted(max(own, whole), 'episode')} in 7 days, the usual one has {usual}"
    return f"{subject.one} stands out among {alike}{said}: {share}"


def _countdown(subject: Subject) -> str:
    left = thousandths(subject.facts.get("countdown_milli", 0))
    falls = counted(subject.facts.get("countdown_falls", 0), "time")
    return f"{subject.message} is counting down{subject.where}: at {left} after falling {falls} running"


def _silence(subject: Subject) -> str:
    usual = duration(subject.facts.get("silence_period_seconds", 0))
    runs, quiet = (
        counted(subject.facts.get("silence_runs", 0), "run"),
        duration(subject.facts.get("silence_seconds", 0)),
    )
    return (
        f"{subject.message} has gone silent{subject.where}: it came every {usual}, {runs} long, and not for {quiet} now"
    )


def _numeric_drift(subject: Subject) -> str:
    level, now = (thousandths(subject.facts.get(f"drift_{end}_milli", 0), 1) for end in ("from", "to"))
    pace = subject.facts.get("drift_pace_milli", 0)
    steps = f"{'up' if pace > 0 else 'down'} {thousandths(abs(pace), 1)} a day"
    days = counted(subject.facts.get("drift_days", 0), "day")
    named = f" for {subject.thing}" if subject.thing != subject.message else ""
    what = f"The number in {subject.message}{named} is drifting{subject.where}"
    return f"{what}: from about {level} to {now} in {days}, {steps}"


def _precursor(subject: Subject) -> str:
    hits = counted(subject.facts.get("precursor_hits", 0), "earlier incident")
    lead = duration(subject.facts.get("precursor_lag_seconds", 0))
    return f"{subject.message} is back{subject.where}; it came before {hits}, usually {lead} ahead"


def _precedent(subject: Subject) -> str:
    count = counted(subject.facts.get("count", 0), "time")
    whose = "an earlier incident here" if subject.facts.get("precedent_here", 0) else "an incident of another tenant"
    return f"{subject.message}{subject.where}, {count} so far; the like of it stood before {whose}"


_HEADLINES: Final[Mapping[str, Callable[[Subject], str]]] = {
    "recurrence": _recurrence,
    "burst": _burst,
    "self_heal": _self_heal,
    "spread": _spread,
    "acceleration": _acceleration,
    "novelty": _novelty,
    "countdown": _countdown,
    "concentration": _concentration,
    "silence": _silence,
    "numeric_drift": _numeric_drift,
    "precursor": _precursor,
    "precedent": _precedent,
}
KINDS_TOLD: Final = tuple(_HEADLINES)
"""Kinds of item that have a headline."""
