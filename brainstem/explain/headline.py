"""The sentences of an item: what is happening, why it matters, why now.

Takes facts, points, and names that are clean to show already; returns plain English without any talk of scores. What is said
of each kind of evidence stands in its definition, here stands how the pieces make sentences.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, tzinfo
from typing import Final

from brainstem.attention.bands import SURFACE_AGAIN_DAYS
from brainstem.attention.blockers import BLOCKERS
from brainstem.contracts.features import ON_ENTITY, ON_HOST
from brainstem.contracts.finding import Finding, Shown
from brainstem.evidence.definition import Facts, Subject
from brainstem.evidence.frequency import recurrence
from brainstem.evidence.kinds import KIND_NAMED
from brainstem.explain.changes import changes_called, factor_of, largest_changes, news_of
from brainstem.explain.sentences import because, called
from brainstem.text.phrases import clock, listed

QUOTED_CHARACTERS: Final = 110
REASONS_MOST: Final = 3
MEMORY_FACTOR: Final = "memory"
"""its words are the number of events and their days, which stand beside every headline"""
Points = Sequence[tuple[str, float]]
_FIRST: Final = ". First "
"""what joins a headline with its times"""


def headline(
    kind: str,
    facts: Facts,
    message: str,
    service: str,
    hosts: Sequence[str] = (),
    entities: Sequence[str] = (),
    *,
    zone: tzinfo = UTC,
    runs_out_us: int = 0,
    ended_us: int = 0,
) -> str:
    """Return what is happening: the thing, how often, and where; `message` is the family's, quoted.

    What is of a kind that makes no items is said to recur. `zone`, `runs_out_us` and `ended_us` are as in `Subject`.
    """
    message = _quoted(message, service)
    thing = listed(entities, len(entities), 2) or message
    where = listed(hosts, facts.get("hosts", 0), 3)
    one, kind_of_facet = message, facts.get("facet_kind", 0)
    if kind_of_facet == ON_ENTITY and entities:
        one = f"{entities[0]} on {where}" if where else entities[0]
        message = message if entities[0] in message else f"{message} of {entities[0]}"
    elif kind_of_facet == ON_HOST and hosts:
        one = hosts[0]
    subject = Subject(facts, message, thing, f" on {where}" if where else "", one, zone, runs_out_us, ended_us)
    known = KIND_NAMED.get(kind)
    say = (known.headline if known else None) or recurrence.headline
    return say(subject)


def with_times(what: str, facts: Facts, zone: tzinfo) -> str:
    """Return a headline as a sentence, with the times of the first and the latest event."""
    return f"{what}{_FIRST}{clock(facts['first_time'], zone)}, last {clock(facts['last_time'], zone)}."


def without_times(sentence: str) -> str:
    """Return what `with_times` took; another text as it is."""
    return sentence.rpartition(_FIRST)[0] or sentence


def reasons(kind: str, points: Points, facts: Facts, zone: tzinfo) -> str:
    """Return why it matters: what its kind means, then the strongest evidence in words."""
    return " ".join(part for part in (meaning(kind), evidence_of(kind, points, facts, zone)) if part)


def meaning(kind: str) -> str:
    """Return what items of a kind mean, one sentence; empty for a kind that is not known."""
    return KIND_NAMED[kind].why_it_matters if kind in KIND_NAMED else ""


def evidence_of(kind: str, points: Points, facts: Facts, zone: tzinfo) -> str:
    """Return the strongest evidence as a sentence, without what the headline of that kind and its times tell."""
    return _sentence("; ".join(because(factor, facts, zone) for factor in strongest_evidence(kind, points)))


def strongest_evidence(kind: str, points: Points) -> list[str]:
    """Return the factors of the strongest evidence, without what the headline of that kind and its times tell."""
    told = {MEMORY_FACTOR}
    if kind in KIND_NAMED and KIND_NAMED[kind].headline_tells:
        told |= {factor.name for factor in KIND_NAMED[kind].factors}
    strongest = sorted(
        (each for each in points if each[1] > 0 and each[0] not in told), key=lambda each: (-each[1], each[0])
    )
    return [factor for factor, _ in strongest[:REASONS_MOST]]


def evidence_since(
    kind: str, points: Points, facts: Facts, shown: Facts, of_item: Collection[str], item_us: int, zone: tzinfo
) -> str:
    """Return the strongest evidence in sentences: with `facts` of the end, and for the factors `of_item` with the facts that
    the item was shown with at `item_us` (microseconds since the epoch, UTC), which is said.
    """
    strongest = strongest_evidence(kind, points)
    now = "; ".join(because(factor, facts, zone) for factor in strongest if factor not in of_item)
    then = "; ".join(because(factor, shown, zone) for factor in strongest if factor in of_item)
    as_of = f"As of {clock(item_us, zone)}: {then}." if then else ""
    return " ".join(part for part in (_sentence(now), as_of) if part)


def why_now(finding: Finding) -> str:
    """Return what changed since it was shown last or, the first time, since the decision before; and what held it back.

    What has grown is named and not told again: its numbers stand in the headline and in the reasons.
    """
    points = [(each.factor, each.points) for each in finding.contributions]
    before = finding.shown_before
    parts = [_first_time(finding, points)] if before is None else [_again(finding, before, points)]
    # `_again` says already that it has been shown lately
    if finding.blocker and not (before is not None and finding.blocker == "cooldown"):
        parts.append(BLOCKERS[finding.blocker].held_before)
    return " ".join(part for part in parts if part) or "What spoke for it had been gathering and is now enough."


def _first_time(finding: Finding, points: Points) -> str:
    """Return what has changed since the decision before."""
    return changes_called([each.factor for each in finding.changes if each.points > 0], points, "What tipped it")


def _again(finding: Finding, before: Shown, points: Points) -> str:
    """Return what is new since it was shown last."""
    news = news_of(before, points, finding.tick_us)
    telling = [factor_of(kind, points) for kind in news.new_kinds]
    others = [(factor, worth) for factor, worth in before.points if factor not in telling]
    grown = largest_changes(others, [each for each in points if each[0] not in telling])
    changes = changes_called([factor for factor, _ in grown], points, "What grew")
    parts = []
    if news.is_stronger:
        parts.append(f"{counted_points(news.gained)} more than the last time")
    if telling:
        parts.append(f"new evidence is {listed(named := [called(factor) for factor in telling], len(named))}")
    has_grown = news.is_stronger
    if not parts and news.after_days:
        parts.append(f"{SURFACE_AGAIN_DAYS} days have passed")
        has_grown = True
    if not parts:
        foretells = any(KIND_NAMED[kind].is_news_each_time for kind in finding.kinds)
        parts.append("each time may be the one before an incident" if foretells else "it has earned your eyes anew")
    return f"Shown again: {'; '.join(parts)}. {changes if has_grown else ''}".rstrip()


def counted_points(points: float) -> str:
    """Return points with their unit."""
    return f"{points:g} {'point' if abs(points) == 1 else 'points'}"


def _quoted(message: str, service: str) -> str:
    short = message if len(message) <= QUOTED_CHARACTERS else message[: QUOTED_CHARACTERS - 1] + "…"
    return f"{service} “{short}”" if service else f"“{short}”"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""
