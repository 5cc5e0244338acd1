"""The course of an item as facts, not as words: what became of it between the moment it was shown and the end of what was
read.

Takes the facts that it was shown with, and what the event store holds of it; returns the facts of the end, in the same
columns, so that the same words tell them, and which sentences need the facts it was shown with: a sentence never mixes the
numbers of two moments.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.definition import Facts
from brainstem.explain.run_out import fall_since

DAYS_COUNTED: Final = 14
"""how many days back days with an event are counted, as in features"""
QUIET_US: Final = 86_400_000_000
"""what has not come for a day at the end is told as it was up to its last event"""
OF_PACE: Final = {"burst": "rise", "acceleration": "acceleration"}
"""kinds that compare what came lately with what was usual at the moment at which they were shown, with their factors"""
OF_THE_MOMENT: Final = {"numeric_drift": "drift", "concentration": "concentration", "changed_outcome": "outcome"}
"""kinds whose numbers are worked out from more than the events of the item, with their factors"""
_SPANS: Final = {"episodes_24h": 1, "episodes_72h": 3, "episodes_7d": 7}
_WEEK_US: Final = 7 * 86_400_000_000
_LATER_HOST_US: Final = 2 * 3_600_000_000
"""a host whose first event comes this long after the first of all has joined"""


class OnHost(NamedTuple):
    """The events of an item on one host; times are microseconds since the epoch, UTC."""

    host: str
    events: int
    first_us: int


class Line(NamedTuple):
    """A line of log that can be shown: clean, with its time in microseconds since the epoch, UTC."""

    time_us: int
    text: str


class Pair(NamedTuple):
    """Something that went and the line that says it is back."""

    down: Line
    up: Line


@dataclass(frozen=True, slots=True)
class Course:
    """What the event store holds of an item.

    `after` are the events behind the last one that it counts, `next_us` the first of them, `last_us` the latest event of
    all; 0 for none. `held` are all events that are stored, which a run that continues a memory has fewer of than the item
    counts. `slots` are those with an event, in order, and `hosts` are in order of their first event; both reach
    back some weeks only, to `from_us`. `lines` are those of the item and later ones, in order of time, as are `pairs`.
    """

    after: int
    next_us: int
    last_us: int
    from_us: int = 0
    slots: Sequence[int] = ()
    hosts: Sequence[OnHost] = ()
    lines: Sequence[Line] = ()
    pairs: Sequence[Pair] = ()
    held: int = 0

    def is_whole(self, count: int, first_us: int) -> bool:
        """Return whether every event since the first one is stored, of an item that counts `count` itself."""
        return self.from_us <= first_us and self.held >= count + self.after

    def total(self, count: int, first_us: int) -> int:
        """Return the events until the end, of an item that counts `count` itself: what came late is stored only."""
        return max(self.held, count + self.after) if self.from_us <= first_us else count + self.after

    def holds_since(self, time_us: int, facts: Facts) -> bool:
        """Return whether all that came since a moment is stored: nothing is missing behind the first stored event."""
        reaches_back = bool(self.slots) and (self.slots[0] + 1) * SLOT_US <= time_us
        return reaches_back or self.is_whole(facts["count"], facts["first_time"])


@dataclass(frozen=True, slots=True)
class State:
    """An item at the end of what was read: its facts then, those that it was shown with, and its course."""

    facts: Facts
    shown: Facts
    course: Course
    ended_us: int = 0
    """when a silence or a fall was over; 0 where it goes on, and for everything else"""
    is_of_item: bool = False
    """whether its kind is told with the numbers of the moment at which it was shown, though more is known since"""
    factors_of_item: frozenset[str] = frozenset()
    """factors that are told with the numbers of that moment, though more is known since"""

    @property
    def told(self) -> Facts:
        """The facts that its headline tells."""
        return self.shown if self.is_of_item else self.facts


def state_of(kind: str, facts: Facts, course: Course, end_us: int) -> State:
    """Return the state of an item of a kind when the logs of its tenant end; `facts` are those it was shown with."""
    now: dict[str, int] = dict(facts)
    last_us = course.last_us or facts["last_time"]
    if kind == "silence":
        now["silence_seconds"] = ((course.next_us or max(end_us, last_us)) - facts["last_time"]) // 1_000_000
        return State(now, facts, course, course.next_us)
    now["count"] = course.total(facts["count"], facts["first_time"])
    now["last_time"] = last_us
    until_us = end_us if end_us - last_us < QUIET_US else last_us
    has_come = course.after > 0
    # what is not known at the end is told with the numbers of its own moment
    of_item: dict[str, str] = dict(OF_THE_MOMENT) if has_come else {}
    if course.slots and course.holds_since(until_us - DAYS_COUNTED * SLOTS_PER_DAY * SLOT_US, facts):
        later = _frequencies(facts, course.slots, until_us)
        if has_come or any(later[name] != facts[name] for name in _SPANS):
            of_item |= OF_PACE
        now |= later
    elif has_come:
        of_item |= OF_PACE | {"recurrence": "recurrence"}
    if course.hosts and course.is_whole(facts["count"], facts["first_time"]):
        now["hosts"] = max(facts["hosts"], len(course.hosts))
        joined = [each for each in course.hosts if each.first_us - course.hosts[0].first_us >= _LATER_HOST_US]
        now["hosts_joined_7d"] = sum(each.first_us > until_us - _WEEK_US for each in joined)
        if has_come and now["hosts_joined_7d"] == 0:
            of_item["spread"] = "spread"
    elif has_come:
        of_item["spread"] = "spread"
    recent = [pair for pair in course.pairs if pair.down.time_us > until_us - _WEEK_US]
    if kind == "self_heal" and recent and course.holds_since(until_us - _WEEK_US, facts):
        now["heal_cycles_7d"] = len(recent)
        now["heal_seconds"] = sorted(_seconds(pair) for pair in recent)[len(recent) // 2]
    elif has_come:
        of_item["self_heal"] = "self_heal"
    rose_us = 0
    if kind == "countdown":
        value, falls, rose_us = fall_since(course.lines, facts["countdown_milli"], facts["last_time"])
        now["countdown_milli"], now["countdown_falls"] = value, facts["countdown_falls"] + falls
    elif has_come:
        of_item["countdown"] = "countdown"
    return State(now, facts, course, rose_us, kind in of_item, frozenset(of_item.values()))


def _frequencies(facts: Facts, slots: Sequence[int], until_us: int) -> dict[str, int]:
    """Return how often it came in the spans of features that end at a moment."""
    end = until_us // SLOT_US + 1
    days_with = {(end - 1 - slot) // SLOTS_PER_DAY for slot in slots if slot < end}
    later = len(slots) - bisect_left(slots, facts["last_time"] // SLOT_US + 1)
    return {
        "episodes": facts["episodes"] + later,
        "active_days": sum(each < DAYS_COUNTED for each in days_with),
        **{name: len(slots) - bisect_left(slots, end - days * SLOTS_PER_DAY) for name, days in _SPANS.items()},
    }


def _seconds(pair: Pair) -> int:
    return (pair.up.time_us - pair.down.time_us) // 1_000_000


def pairs_of(downs: Sequence[Line], ups: Sequence[Line], within_us: int) -> list[Pair]:
    """Return each of `downs` with the first of `ups` that follows it within a span and before the next one."""
    times = [each.time_us for each in ups]
    nexts = [*(each.time_us for each in downs[1:]), None]
    pairs = []
    for down, next_us in zip(downs, nexts, strict=True):
        place = bisect_left(times, down.time_us)
        if (
            place < len(ups)
            and times[place] - down.time_us <= within_us
            and (next_us is None or times[place] <= next_us)
        ):
            pairs.append(Pair(down, ups[place]))
    return pairs
