"""Explaining: a family's decisions as an answer to "why", for a person.

Takes decisions in order of time, gives text: the band history, the score with the parts that add up to it, why now rather
than earlier, or why it stays unseen. Log text passes `redact`; nothing is worked out anew, so what is explained is what was
decided.
"""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from brainstem.attention import FACTORS
from brainstem.bands import BEHAVIOURS, KEY_DECIBANS, Band
from brainstem.because import because
from brainstem.decision import Decision
from brainstem.finding import family_id
from brainstem.redact import clean
from brainstem.signature import signature_id
from brainstem.wording import clock, counted

HISTORY_SHOWN: Final = 30
TEMPLATE_CHARACTERS: Final = 160

_CAUSES: Final = {
    "born": "first seen",
    "evidence": "events changed its band",
    "decay": "time alone changed its band",
    "moved": "its score moved",
    "held": "what holds it back changed",
    "surfaced": "shown to a person",
    "joined": "became part of another family",
}
_BLOCKERS: Final = {
    "two_keys": "only one kind of evidence spoke for it, and promotion takes two",
    "cooldown": "it had surfaced lately and had gained nothing new",
    "silent": "nothing had been heard of it for a day",
    "budget": "its tenant had all items of that day already, and others came first or were stronger",
}


def explain_family(history: Sequence[Decision], zone: tzinfo) -> str:
    """Explain a family from its decisions, in order of time, up to the moment asked about; there is at least one."""
    last = history[-1]
    surfaced = [decision for decision in history if decision.cause == "surfaced"]
    parts = [_heading(last), _standing(last, zone), _history(history, zone), _contributions(last, zone)]
    if surfaced:
        if surfaced[-1] is not last:
            parts.append(_contributions(surfaced[-1], zone))
        parts.append(_why_now(history, surfaced[-1], zone))
    else:
        parts.append(_why_unseen(last))
    return "\n\n".join(parts) + "\n"


def _heading(decision: Decision) -> str:
    place = clean(decision.tenant, TEMPLATE_CHARACTERS)
    if decision.service:
        place += f", {clean(decision.service, TEMPLATE_CHARACTERS)}"
    names = f"{family_id(decision.family)} ({signature_id(decision.signature)})"
    return f"{names}\n{place}: {clean(decision.template, TEMPLATE_CHARACTERS)}"


def _standing(decision: Decision, zone: tzinfo) -> str:
    if decision.joined_family is not None:
        since = clock(decision.tick_us, zone)
        return f"Since {since} it is part of {family_id(decision.joined_family)}, which speaks for it."
    return f"Band {decision.to_band} with {_points(decision.score)} decibans, as decided at {clock(decision.tick_us, zone)}."


def _history(history: Sequence[Decision], zone: tzinfo) -> str:
    lines = ["Band history (a tick is the end of its ten minutes)"]
    if len(history) > HISTORY_SHOWN:
        lines.append(f"  ... {counted(len(history) - HISTORY_SHOWN, 'earlier decision')}")
    for decision in history[-HISTORY_SHOWN:]:
        bands = decision.to_band
        if decision.from_band != decision.to_band:
            bands = f"{decision.from_band} -> {decision.to_band}"
        why = _CAUSES[decision.cause]
        if decision.blocker in _BLOCKERS:
            why += f"; held back: {decision.blocker.replace('_', ' ')}"
        lines.append(f"  {clock(decision.tick_us, zone)}  {_points(decision.score):>8}  {bands:<26}  {why}")
    return "\n".join(lines)


def _contributions(decision: Decision, zone: tzinfo) -> str:
    """List what adds up to the score of one decision."""
    lines = [f"Score at {clock(decision.tick_us, zone)}, in decibans"]
    lines.append(f"  {'prior':<13} {_points(decision.prior):>8}  1 in 100 active families deserves eyes")
    for factor, points in decision.contributions:
        lines.append(f"  {factor:<13} {_points(points):>8}  {because(factor, decision.facts)}")
    lines.append(f"  {'score':<13} {_points(decision.score):>8}")
    return "\n".join(lines)


def _why_now(history: Sequence[Decision], surfaced: Decision, zone: tzinfo) -> str:
    """Say what changed at the crossing tick, and what had been in the way before."""
    before = [decision for decision in history if decision.tick_us < surfaced.tick_us]
    lines = [f"Why at {clock(surfaced.tick_us, zone)} and not earlier"]
    if not before:
        return "\n".join([*lines, "  It was promoted as soon as it was seen."])
    earlier = before[-1]
    lines.append(
        f"  Before, at {clock(earlier.tick_us, zone)}, it had {_points(earlier.score)} decibans ({earlier.to_band})."
    )
    moved = largest_changes(earlier, surfaced)
    if moved:
        shown = ", ".join(f"{factor} {points:+.2f} ({because(factor, surfaced.facts)})" for factor, points in moved)
        lines.append(f"  Largest changes since: {shown}.")
    if earlier.blocker in _BLOCKERS:
        lines.append(f"  Held back until then: {_BLOCKERS[earlier.blocker]}.")
    elif earlier.score < BEHAVIOURS[Band.PROMOTE].from_decibans:
        missing = BEHAVIOURS[Band.PROMOTE].from_decibans - earlier.score
        lines.append(f"  Held back until then: {_points(missing)} decibans were missing.")
    return "\n".join(lines)


def largest_changes(earlier: Decision, later: Decision, most: int = 2) -> list[tuple[str, float]]:
    """Give the factors that grew most from one decision to another, largest first."""
    before, after = dict(earlier.contributions), dict(later.contributions)
    moved = [(factor, after.get(factor, 0.0) - before.get(factor, 0.0)) for factor in FACTORS]
    return sorted((each for each in moved if each[1] > 0), key=lambda each: -each[1])[:most]


def _why_unseen(last: Decision) -> str:
    """Say why a family has not been shown."""
    lines = ["Why nobody was shown this"]
    if last.joined_family is not None:
        return "\n".join([*lines, f"  Ask about {family_id(last.joined_family)}: it is counted there."])
    if last.blocker in _BLOCKERS:
        return "\n".join([*lines, f"  {_BLOCKERS[last.blocker].capitalize()}."])
    missing = BEHAVIOURS[Band.PROMOTE].from_decibans - last.score
    lines.append(
        f"  {_points(missing)} decibans are missing, and two kinds of evidence with {_points(KEY_DECIBANS)} each."
    )
    against = sorted((each for each in last.contributions if each[1] < 0), key=lambda each: each[1])
    lines += [f"  Against it: {factor} {_points(points)}, {because(factor, last.facts)}." for factor, points in against]
    if not against:
        lines.append(
            "  Nothing speaks against it; too little has been seen of it. It can earn more attention at any time."
        )
    return "\n".join(lines)


def _points(points: float) -> str:
    return f"{points:.2f}"
