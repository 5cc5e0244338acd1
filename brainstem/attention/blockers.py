"""Blockers: what keeps a family from a person's eyes although its score would do, with all that is said of it.

Takes nothing; returns one record a blocker. When a blocker applies is decided in `state`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Blocker(IntEnum):
    """The codes of blockers; they sit in snapshots, and a decision holds their names in lower case."""

    NONE = 0
    TWO_KEYS = 1
    COOLDOWN = 2
    SILENT = 3
    BUDGET = 4
    TOLD_ALREADY = 5


@dataclass(frozen=True, slots=True)
class BlockerWording:
    """What is said of a blocker: by `explain`, by an item that it held back before, and by the digest."""

    title: str
    explained: str
    """why it was not shown, in the past, without a capital or a full stop"""
    held_before: str
    """what held an item back until now, a sentence; empty where the item says so anyway"""
    holds: str
    """what holds a family back, in the digest, of one family"""
    one: str
    """what the digest counts: one kind of message ..."""
    several: str
    """... and several"""


BLOCKERS: Final[dict[str, BlockerWording]] = {
    "two_keys": BlockerWording(
        title="two keys",
        explained="only one kind of evidence spoke for it, and promotion takes two",
        held_before="Until now only one kind of evidence spoke for it.",
        holds="only one kind of evidence speaks for it",
        one="has only one kind of evidence that speaks for it",
        several="have only one kind of evidence that speaks for them",
    ),
    "cooldown": BlockerWording(
        title="cooldown",
        explained="it had surfaced lately and had gained nothing new",
        held_before="It had been shown lately and has something new to say now.",
        holds="it was shown lately and had nothing new",
        one="was shown lately, and nothing is new since",
        several="were shown lately, and nothing is new since",
    ),
    "silent": BlockerWording(
        title="silent",
        explained="nothing had been heard of it for a day",
        held_before="Nothing had been heard of it for a day, and now it speaks again.",
        holds="nothing was heard of it for a day",
        one="has fallen silent",
        several="have fallen silent",
    ),
    "budget": BlockerWording(
        title="budget",
        explained="its tenant had all items of that day already, and others came first or were stronger",
        held_before="It had earned your eyes on a day that had all its items already.",
        holds="the day had its items already",
        one="was held back, as the day had its items already",
        several="were held back, as the day had its items already",
    ),
    "told_already": BlockerWording(
        title="told already",
        explained="it comes whenever another message does that was shown, so an item of it would tell the same",
        held_before="Until now it came whenever something else did that had been shown.",
        holds="it comes whenever an item that was shown does",
        one="comes whenever an item above does",
        several="come whenever an item above does",
    ),
}
"""By the name that a decision holds, in the order in which the digest counts them."""
