"""Explaining: a family's decisions as an answer to "why", for a person.

Takes decisions in order of time; returns text: the band history, the score with the parts that add up to it, why now rather
than earlier, or why it stays unseen. Log text passes `redact`; nothing is computed anew, so what is explained is what was
decided.
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final, NamedTuple

from brainstem.attention.bands import BEHAVIOURS, KEY_DECIBANS, SURFACE_AGAIN_DAYS, Band
from brainstem.attention.blockers import BLOCKERS
from brainstem.contracts.decision import Decision
from brainstem.contracts.finding import Shown, family_id
from brainstem.evidence.kinds import KIND_NAMED
from brainstem.explain.changes import factor_of, keys_of, largest_changes, news_of, told_change
from brainstem.explain.redaction.redact import clean
from brainstem.explain.sentences import because
from brainstem.signature.signing import signature_id
from brainstem.text.phrases import clock, counted, days_or_hours

HISTORY_SHOWN: Final = 30
TEMPLATE_CHARACTERS: Final = 160

_QUIET_SECONDS: Final = 86_400

_CAUSES: Final = {
    "born": "first seen",
    "evidence": "events changed its band",
    "decay": "time alone changed its band",
    "moved": "its score moved",
    "held": "what holds it back changed",
    "surfaced": "shown to a person",
    "joined": "became part of another family",
}


class Seen(NamedTuple):
    """What is stored of a family in all: its events, and those after it was shown last; times are microseconds since the
    epoch, UTC, `shown_us` is 0 where it never was shown.
    """

    events: int
    first_us: int
    last_us: int
    shown_us: int
    since_shown: int
    end_us: int
    """the last event of its tenant"""


def explain_family(history: Sequence[Decision], zone: tzinfo) -> str:
    """Return the explanation of a family from its decisions, in order of time, up to the moment asked about; at least
    one.
    """
    last = history[-1]
    surfaced = [decision for decision in history if decision.cause == "surfaced"]
    parts = [_heading(last), _attention_state(last, zone), _history(history, zone), _contributions(last, zone)]
    if surfaced:
        if surfaced[-1] is not last:
            parts.append(_contributions(surfaced[-1], zone))
        parts.append(_why_now(history, surfaced, zone))
    else:
        parts.append(_why_unseen(last, zone))
    return "\n\n".join(parts) + "\n"


def explain_end(seen: Seen, zone: tzinfo) -> str:
    """Return what the store holds of a family when its tenant's logs end."""
    lines = [f"At the end of the log, {clock(seen.end_us, zone)}"]
    if not seen.events:
        return "\n".join([*lines, "  No event of it is stored."]) + "\n"
    first, last = clock(seen.first_us, zone), clock(seen.last_us, zone)
    lines.append(f"  {counted(seen.events, 'event')} in all, first {first}, last {last}.")
    if seen.shown_us:
        later = f"{counted(seen.since_shown, 'event')} came" if seen.since_shown else "nothing came"
        lines.append(f"  It was shown last at {clock(seen.shown_us, zone)}; {later} after that.")
    quiet = (seen.end_us - seen.last_us) // 1_000_000
    if quiet >= _QUIET_SECONDS:
        lines.append(f"  Nothing of it in the last {days_or_hours(quiet)} of the log.")
    return "\n".join(lines) + "\n"


def _heading(decision: Decision) -> str:
    place = clean(decision.tenant, TEMPLATE_CHARACTERS)
    if decision.service:
        place += f", {clean(decision.service, TEMPLATE_CHARACTERS)}"
    names = f"{family_id(decision.family)} ({signature_id(decision.signature)})"
    return f"{names}\n{place}: {clean(decision.template, TEMPLATE_CHARACTERS)}"


def _attention_state(decision: Decision, zone: tzinfo) -> str:
    if decision.joined_family is not None:
        since = clock(decision.tick_us, zone)
        return f"Since {since} it is part of {family_id(decision.joined_family)}, which speaks for it."
    return (
        f"Band {decision.to_band} with {_points(decision.score)} points, as decided at {clock(decision.tick_us, zone)}."
    )


def _history(history: Sequence[Decision], zone: tzinfo) -> str:
    lines = ["Band history (a tick is the end of its ten minutes)"]
    if len(history) > HISTORY_SHOWN:
        lines.append(f"  ... {counted(len(history) - HISTORY_SHOWN, 'earlier decision')}")
    for decision in history[-HISTORY_SHOWN:]:
        bands = decision.to_band
        if decision.from_band != decision.to_band:
            bands = f"{decision.from_band} -> {decision.to_band}"
        why = _CAUSES[decision.cause]
        if decision.blocker in BLOCKERS:
            why += f"; held back: {BLOCKERS[decision.blocker].title}"
        lines.append(f"  {clock(decision.tick_us, zone)}  {_points(decision.score):>8}  {bands:<26}  {why}")
    return "\n".join(lines)


def _contributions(decision: Decision, zone: tzinfo) -> str:
    """Return the parts that add up to the score of one decision."""
    lines = [
        f"Score at {clock(decision.tick_us, zone)}, in points: ten more make it ten times likelier that it deserves eyes"
    ]
    lines.append(
        f"  {'prior':<13} {_points(decision.prior):>8}  one in a hundred active kinds of message deserves eyes"
    )
    for factor, points in decision.contributions:
        lines.append(f"  {factor:<13} {_points(points):>8}  {because(factor, decision.facts, zone)}")
    lines.append(f"  {'score':<13} {_points(decision.score):>8}")
    return "\n".join(lines)


def _why_now(history: Sequence[Decision], shown: Sequence[Decision], zone: tzinfo) -> str:
    """Return what changed at the latest tick at which it was shown, and what held it back before."""
    surfaced = shown[-1]
    before = [decision for decision in history if decision.tick_us < surfaced.tick_us]
    lines = [f"Why at {clock(surfaced.tick_us, zone)} and not earlier"]
    if not before:
        return "\n".join([*lines, "  It was promoted as soon as it was seen."])
    earlier = before[-1]
    lines += _since_shown(shown[-2], surfaced, zone) if len(shown) > 1 else _since_decided(earlier, surfaced, zone)
    if earlier.blocker in BLOCKERS:
        lines.append(f"  Held back until then: {BLOCKERS[earlier.blocker].explained}.")
    elif earlier.score < BEHAVIOURS[Band.PROMOTE].from_decibans:
        missing = BEHAVIOURS[Band.PROMOTE].from_decibans - earlier.score
        lines.append(f"  Held back until then: {_points(missing)} points were missing.")
    return "\n".join(lines)


def _since_decided(earlier: Decision, surfaced: Decision, zone: tzinfo) -> list[str]:
    """Return what changed since the decision before the first time it was shown."""
    when = clock(earlier.tick_us, zone)
    lines = [f"  Before, at {when}, it had {_points(earlier.score)} points ({earlier.to_band})."]
    changes = _changes(earlier, surfaced)
    return [*lines, f"  Largest changes since: {changes}."] if changes else lines


def _since_shown(earlier: Decision, surfaced: Decision, zone: tzinfo) -> list[str]:
    """Return what changed since it was shown before."""
    when = clock(earlier.tick_us, zone)
    lines = [f"  Shown before at {when} with {_points(earlier.score)} points."]
    news = news_of(Shown(earlier.tick_us, earlier.contributions), surfaced.contributions, surfaced.tick_us)
    changes = _changes(earlier, surfaced)
    if news.is_stronger:
        lines.append(f"  Shown again: {_points(news.gained)} points more ({changes}).")
    elif changes:
        lines.append(f"  Largest changes since: {changes}.")
    for kind in news.new_kinds:
        factor = factor_of(kind, surfaced.contributions)
        lines.append(f"  A new kind of evidence: {factor} ({because(factor, surfaced.facts, zone)}).")
    if news.after_days:
        lines.append(f"  What is still strong after {SURFACE_AGAIN_DAYS} days is shown again.")
    elif any(KIND_NAMED[kind].is_news_each_time for kind in keys_of(surfaced.contributions)):
        lines.append("  Each time may be the one before an incident.")
    return lines


def _changes(earlier: Decision, later: Decision) -> str:
    """Return the factors that grew most from one decision to another, in words."""
    grown = largest_changes(earlier.contributions, later.contributions)
    told = [(factor, points, told_change(factor, later.contributions, later.facts)) for factor, points in grown]
    return ", ".join(f"{factor} {points:+.2f} ({said})" for factor, points, said in told)


def _why_unseen(last: Decision, zone: tzinfo) -> str:
    """Return why a family has not been shown."""
    lines = ["Why nobody was shown this"]
    if last.joined_family is not None:
        return "\n".join([*lines, f"  Ask about {family_id(last.joined_family)}: it is counted there."])
    if last.blocker in BLOCKERS:
        lines.append(f"  {BLOCKERS[last.blocker].explained.capitalize()}.")
        if last.teller_family is not None:
            lines.append(f"  Ask about {family_id(last.teller_family)}: that is the other one.")
        return "\n".join(lines)
    missing = BEHAVIOURS[Band.PROMOTE].from_decibans - last.score
    lines.append(
        f"  {_points(missing)} points are missing, and two kinds of evidence with {_points(KEY_DECIBANS)} each."
    )
    against = sorted((each for each in last.contributions if each[1] < 0), key=lambda each: each[1])
    lines += [
        f"  Against it: {factor} {_points(points)}, {because(factor, last.facts, zone)}." for factor, points in against
    ]
    if not against:
        lines.append(
            "  Nothing speaks against it; too little has been seen of it. It can earn more attention at any time."
        )
    return "\n".join(lines)


def _points(points: float) -> str:
    return f"{points:.2f}"
