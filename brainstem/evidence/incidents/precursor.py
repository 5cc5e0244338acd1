"""Precursors: shapes of message that come in the hours before incidents of one sort more often than chance.

Takes incidents in order of time and the table of occurrences; returns what is known of a shape. Incidents are grouped by
service and by similar title; a group of two or more is a test of every shape heard before two of them. The test is
one-sided binomial: with what probability would so many of the incidents have an occurrence in the window before them, if
occurrences and incidents had nothing to do with each other? Benjamini and Hochberg (1995) bound the share of false
discoveries, separately among the messages of the service that the incidents name and among all others, for the former are
far fewer and far likelier.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Row, Rows
from brainstem.contracts.slots import SLOT_SECONDS, SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, Subject, example_facts
from brainstem.evidence.incidents.occurrences import LEAST_LEAD_SLOTS, weigh_up
from brainstem.evidence.statistics import bounded
from brainstem.jit.decorators import compiled
from brainstem.parameters import STORED_SHAPE, parameter
from brainstem.text.phrases import counted, duration

PRECURSOR: Final = 17
"""column of its points"""

PRECURSOR_EVEN: Final = parameter("precursor.even", 20.0, "decibans", "what a precursor gives at even odds")
PRECURSOR_ADDED: Final = parameter(
    "precursor.added", 0.5, "occurrences", "occurrences that are added to both sides of the odds"
)
PRECURSOR_MAX: Final = parameter("precursor.max", 24.0, "decibans", "most that a precursor gives")

WINDOWS: Final = parameter(
    "precursor.windows",
    (9 * SLOTS_PER_HOUR, SLOTS_PER_DAY),
    "slots of ten minutes",
    "how far an occurrence may lie before its incident; each is a test of its own",
    fixed=STORED_SHAPE,
)
FALSE_DISCOVERIES: Final = parameter(
    "precursor.false_discoveries", 0.05, "number", "share of learned precursors that may be chance"
)
HITS_LEAST: Final = parameter("precursor.hits_least", 2, "number", "incidents that a precursor must have come before")
SAME_TITLE: Final = parameter("precursor.same_title", 0.5, "number", "so much of two titles' words must be common")
APART_SLOTS: Final = parameter(
    "precursor.apart_slots",
    SLOTS_PER_DAY,
    "slots of ten minutes",
    "incidents of a group that follow closer are one incident with several tickets",
)
KEPT_SLOTS: Final = parameter(
    "precursor.kept_slots", 400 * SLOTS_PER_DAY, "slots of ten minutes", "how long incidents are remembered"
)
INCIDENTS_KEPT: Final = parameter(
    "precursor.incidents_kept", 32, "number", "incidents of a group that are remembered, the latest ones"
)
GROUPS_KEPT: Final = parameter("precursor.groups_kept", 1000, "number", "sorts of incidents that are remembered")


_WORD: Final = re.compile(r"\S+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_NAME: Final = re.compile(r"\d|[^\W_][.@:/\\][^\W_]")


class Ticket(NamedTuple):
    """An incident as a group remembers it."""

    slot: int
    time_us: int
    title: str


class Learned(NamedTuple):
    """A shape that has passed the test: for which group, and within which window."""

    group: int
    window_slots: int


class PrecursorRecord(NamedTuple):
    """How often a precursor was right until a moment; counts of incidents of the group and of occurrences of the shape."""

    hits: int
    incidents: int
    unfollowed: int
    lead_seconds: int
    """the median, from the latest episode at least `LEAST_LEAD_SLOTS` ahead"""
    lift_milli: int
    """how many times more of the incidents than of all moments have an occurrence before them, in thousandths"""
    tickets: tuple[Ticket, ...]
    """those that were preceded"""


@dataclass(slots=True)
class Group:
    """Incidents of one sort, oldest first. `words` are those of its title; None for all incidents of the service."""

    service: str
    words: frozenset[str] | None
    tickets: list[Ticket] = field(default_factory=list)

    def slots(self) -> list[int]:
        """Return the slots of its incidents, those close together once."""
        apart: list[int] = []
        for ticket in self.tickets:
            if not apart or ticket.slot - apart[-1] > APART_SLOTS:
                apart.append(ticket.slot)
        return apart


class Precursors:
    """The groups of a tenant's incidents, and what has been learned from them, by row of the table of occurrences."""

    def __init__(self) -> None:
        self._groups: dict[int, Group] = {}
        self._next = 0
        self.learned: dict[int, dict[int, Learned]] = {}

    def take(self, ticket: Ticket, service: str) -> list[int]:
        """Enter an incident; returns the numbers of its groups that can be tested now."""
        self._forget(ticket.slot)
        service = service.casefold()
        own = self._closest(service, title_words(ticket.title, service))
        numbers = [own]
        if service:
            numbers.append(self._group(service, None))
        for number in numbers:
            group = self._groups[number]
            group.tickets = [*group.tickets, ticket][-INCIDENTS_KEPT:]
        many = [len(self._groups[number].slots()) for number in numbers]
        # all incidents of the service are a test of their own only where they are more than those of the title
        tests = [number for place, number in enumerate(numbers) if place == 0 or many[place] > many[0]]
        return [number for number in tests if len(self._groups[number].slots()) >= HITS_LEAST]

    def service_of(self, group: int) -> str:
        """Return the service that the incidents of a group name, folded; empty for none."""
        return self._groups[group].service

    def learn(
        self, group: int, table: Rows, is_own: Sequence[bool] | npt.NDArray[np.bool_], since: int, now: int
    ) -> None:
        """Test every shape against a group; `is_own` tells which rows are messages of the service it names."""
        for found in self.learned.values():
            found.pop(group, None)
        best = self._tests(group, table, since, now)
        for stratum in (True, False):
            tests = sorted((p, int(table["shape"][row]), row) for row, (p, _) in best.items() if is_own[row] == stratum)
            passing = [rank for rank, (p, *_) in enumerate(tests, 1) if p * len(tests) <= FALSE_DISCOVERIES * rank]
            passed = max(passing, default=0)
            for _, _, row in tests[:passed]:
                self.learned.setdefault(row, {})[group] = Learned(group, best[row][1])
        self.learned = {row: found for row, found in self.learned.items() if found}

    def _tests(self, group: int, table: Rows, since: int, now: int) -> dict[int, tuple[float, int]]:
        """Return the smallest p-value and its window of every row heard before two of the incidents."""
        times = np.array(self._groups[group].slots(), np.int64)
        best: dict[int, tuple[float, int]] = {}
        counts = np.zeros((len(table), 5), np.int64)
        for window in WINDOWS:
            weigh_up(table, times, window, since, now, counts)
            for row in np.flatnonzero(counts[:, 1] >= HITS_LEAST).tolist():
                incidents, hits, covered, span, _ = counts[row].tolist()
                chance = tail(hits, incidents, covered / span) * len(WINDOWS) if span else 1.0
                best[row] = min(best.get(row, (1.0, window)), (round(min(1.0, chance), 9), window))
        return best

    def precursor_record(self, row: int, table: Rows, since: int, now: int) -> PrecursorRecord | None:
        """Return the record of a learned row at present, for the group which it foretells best."""
        records = [
            self._record_of(learned, table[row : row + 1], since, now) for learned in self.learned.get(row, {}).values()
        ]
        return max(
            records,
            key=lambda record: (
                record.hits * 1000 // (record.hits + record.unfollowed),
                record.hits,
            ),
            default=None,
        )

    def _record_of(self, learned: Learned, table: Rows, since: int, now: int) -> PrecursorRecord:
        group = self._groups[learned.group]
        counts = np.zeros((1, 5), np.int64)
        weigh_up(table, np.array(group.slots(), np.int64), learned.window_slots, since, now, counts)
        incidents, hits, covered, span, unfollowed = counts[0].tolist()
        leads, preceded = self._leads(group, table[0], learned.window_slots)
        lift = 1000 * hits * span // (incidents * covered) if incidents and covered else 0
        lead = sorted(leads)[len(leads) // 2] if leads else 0
        return PrecursorRecord(hits, incidents, unfollowed, lead * SLOT_SECONDS, lift, tuple(preceded))

    @staticmethod
    def _leads(group: Group, row: Row, window: int) -> tuple[list[int], list[Ticket]]:
        """Return how far ahead the latest episode lay of each incident that was preceded, and these incidents."""
        leads, preceded = [], []
        spans = list(zip(row["starts"][: row["count"]].tolist(), row["ends"][: row["count"]].tolist(), strict=True))
        by_slot = {ticket.slot: ticket for ticket in reversed(group.tickets)}
        for slot in group.slots():
            latest = [min(end, slot - LEAST_LEAD_SLOTS) for start, end in spans if start <= slot - LEAST_LEAD_SLOTS]
            if latest and latest[-1] >= slot - window:
                leads.append(slot - latest[-1])
                preceded.append(by_slot[slot])
        return leads, preceded

    def _closest(self, service: str, words: frozenset[str]) -> int:
        """Return the group of the same service whose title is most alike, or a new one."""
        alike = [
            (likeness(group.words, words), -number)
            for number, group in self._groups.items()
            if group.service == service and group.words is not None
        ]
        most, number = max(alike, default=(0.0, 0))
        if most >= SAME_TITLE:
            return -number
        return self._new(Group(service, words))

    def _group(self, service: str, words: None) -> int:
        """Return the group of all incidents of a service."""
        for number, group in self._groups.items():
            if group.service == service and group.words is words:
                return number
        return self._new(Group(service, words))

    def _new(self, group: Group) -> int:
        self._groups[self._next] = group
        self._next += 1
        return self._next - 1

    def _forget(self, slot: int) -> None:
        """Drop incidents that are too old, and of too many groups those with the oldest latest incident."""
        for group in self._groups.values():
            group.tickets = [ticket for ticket in group.tickets if ticket.slot > slot - KEPT_SLOTS]
        kept = sorted(
            (number for number, group in self._groups.items() if group.tickets),
            key=lambda number: (-self._groups[number].tickets[-1].slot, number),
        )[:GROUPS_KEPT]
        self._groups = {number: self._groups[number] for number in sorted(kept)}
        self.learned = {
            row: left
            for row, found in self.learned.items()
            if (left := {number: each for number, each in found.items() if number in self._groups})
        }

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""
        return (
            self._next,
            tuple(
                (
                    number,
                    group.service,
                    None if group.words is None else tuple(sorted(group.words)),
                    tuple(tuple(ticket) for ticket in group.tickets),
                )
                for number, group in self._groups.items()
            ),
            tuple((row, tuple(tuple(each) for each in found.values())) for row, found in self.learned.items()),
        )

    @classmethod
    def restored(cls, state: tuple[Any, ...]) -> "Precursors":
        """Return the state that `snapshot` returned."""
        precursors = cls()
        precursors._next, groups, learned = state
        precursors._groups = {
            number: Group(service, None if words is None else frozenset(words), [Ticket(*each) for each in tickets])
            for number, service, words, tickets in groups
        }
        precursors.learned = {row: {each[0]: Learned(*each) for each in found} for row, found in learned}
        return precursors


def tail(hits: int, trials: int, chance: float) -> float:
    """Return the probability of at least so many hits in so many trials of a binomial distribution."""
    missing = 1.0 - chance
    return sum(math.comb(trials, each) * chance**each * missing ** (trials - each) for each in range(hits, trials + 1))


def title_words(title: str, service: str) -> frozenset[str]:
    """Return the words of a title that say what happened: no names, no numbers, and not the service."""
    plain = " ".join(
        word
        for word in _WORD.findall(title.casefold().replace(service, " ") if service else title.casefold())
        if not _NAME.search(word)
    )
    return frozenset(_LETTERS.findall(plain))


def likeness(words: frozenset[str] | None, others: frozenset[str]) -> float:
    """Return the share of words that two titles have in common (Jaccard); two without any are alike."""
    if words is None:
        return 0.0
    return len(words & others) / len(words | others) if words or others else 1.0


@compiled
def precursor_points(features: Row) -> float:
    """Return the points of a message that has come before incidents of one sort: the odds that one follows."""
    if features.precursor_hits > 0:
        # the odds that an incident follows; even odds outweigh the prior
        odds = (features.precursor_hits + PRECURSOR_ADDED) / (features.precursor_unfollowed + PRECURSOR_ADDED)
        return bounded(PRECURSOR_EVEN + 10.0 * math.log10(odds), PRECURSOR_MAX)
    return 0.0


def _because(facts: Facts) -> str:
    hits, incidents = facts.get("precursor_hits", 0), facts.get("precursor_incidents", 0)
    lag, unfollowed = duration(facts.get("precursor_lag_seconds", 0)), facts.get("precursor_unfollowed", 0)
    without = (
        f"; {counted(unfollowed, 'other time')} none followed" if unfollowed else ", and never without one following"
    )
    return f"came before {hits} of {counted(incidents, 'earlier incident')} of one sort, usually {lag} ahead{without}"


def _headline(subject: Subject) -> str:
    hits = counted(subject.facts.get("precursor_hits", 0), "earlier incident")
    lead = duration(subject.facts.get("precursor_lag_seconds", 0))
    return f"{subject.message} is back{subject.where}; it came before {hits}, usually {lead} ahead"


KIND: Final = EvidenceKind(
    name="precursor",
    number=11,
    factors=(
        Factor(
            "precursor",
            PRECURSOR,
            _because,
            "even + 10 log₁₀((hits + added) / (unfollowed + added)), cut at max; hits are incidents it came before,"
            " unfollowed the occurrences without one. Period, clock, concentration and crowd are then 0.",
            called="how often an incident followed it",
        ),
    ),
    meaning="It has come hours before incidents of one sort more often than chance, and an incident may follow. It is"
    " news each time it comes.",
    example=example_facts(
        60.0,
        count=14,
        episodes=14,
        episodes_7d=1,
        episodes_24h=1,
        active_days=2,
        precursor_hits=4,
        precursor_incidents=5,
        precursor_unfollowed=1,
        precursor_lag_seconds=7800,
        precursor_lift_milli=24_000,
    ),
    columns=(
        "precursor_hits",
        "precursor_incidents",
        "precursor_unfollowed",
        "precursor_lag_seconds",
        "precursor_lift_milli",
    ),
    stands_alone=True,
    headline=_headline,
    why_it_matters="The last times this was seen an incident followed.",
    says_what_is_going_on=True,
    is_news_each_time=True,
    sections=("incidents.occurrences", "incidents.rarity"),
)
