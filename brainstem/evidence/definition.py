"""What a kind of evidence is: one definition that holds all that is to be said of it.

Takes nothing; returns the records that the files of the kinds fill, and what their wordings take. The weight of a kind is no
part of its definition: it is a compiled function in the same file, which `attention.weigh` calls by its name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.parameters import Parameter, declared

Facts = Mapping[str, int]
"""Columns of features by name; a wording takes a column that is missing for 0."""

EXAMPLE_SLOT: Final = 20_560 * SLOTS_PER_DAY + 100
"""the slot at whose end examples are weighed: 17 April 2026, 16:40 UTC"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a headline is about.

    `message` is the family's message, quoted, with its service; where features are about one entity, it names that. `thing`
    is what the message is about: its entities, else the message. `where` is empty or begins with " on ". `one` is the facet
    itself: an entity, a host or the message. `runs_out_us` is when a number that falls will be nothing at its pace so far, 0
    where that is not known; `ended_us` is when what had begun was over, 0 while it goes on. Both are microseconds since the
    epoch, UTC, and told in `zone`.
    """

    facts: Facts
    message: str
    thing: str
    where: str
    one: str
    zone: tzinfo = UTC
    runs_out_us: int = 0
    ended_us: int = 0


@dataclass(frozen=True, slots=True)
class Factor:
    """One summand of a score.

    `column` is its place in a row of points; it sits in snapshots, so it never changes. `because` says why it has points,
    from the facts alone and without talk of scores, so that a technician can check it against the log. `formula` is for
    docs/attention.md. `held_down_by` names, of a factor that can be negative, what weighs against a family: "habit".
    `not_shown` is what the digest counts under it, of one kind of message and of several. `called` names in a few words what
    has grown where it has: "how often it came". `because_in` stands in place of `because` where the words hold a date.
    """

    name: str
    column: int
    because: Callable[[Facts], str]
    formula: str
    held_down_by: str = ""
    not_shown: tuple[str, str] | None = None
    called: str = ""
    because_in: Callable[[Facts, tzinfo], str] | None = None


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """One kind of evidence. All tables that name kinds are derived from these records (`evidence.kinds`)."""

    name: str
    number: int
    """its bit in a mask of kinds; masks sit in snapshots, so it never changes. What is no key has a number as well, which
    is the bit it would get."""
    factors: tuple[Factor, ...]
    meaning: str
    """what it says of a family and why that counts, for docs/attention.md"""
    example: Facts
    """features that show it, see `example_facts`"""
    columns: tuple[str, ...] = ()
    """the columns of features that exist for its sake; others may read them too"""
    is_key: bool = True
    """whether it can be one of the two kinds that promotion takes"""
    stands_alone: bool = False
    """whether it is enough alone: its own second key"""
    headline: Callable[[Subject], str] | None = None
    """what is happening, for an item of this kind; None where a kind makes no item of its own"""
    why_it_matters: str = ""
    """for an item of this kind, one sentence"""
    headline_tells: bool = False
    """whether the headline says all that its factors would say, so that they need not be told below it again"""
    says_what_is_going_on: bool = False
    """whether it heads an item before kinds that only say that something is new, or frequent, or like something else"""
    follows_by_itself: bool = False
    """whether it comes of itself where a new thing goes on, so that it is no news beside what was shown"""
    needs_no_event: bool = False
    """whether it is news although nothing is heard"""
    is_news_each_time: bool = False
    """whether each time is news, whatever was shown lately"""
    sections: tuple[str, ...] = ()
    """tables of parameters that are its own beside the one of its name"""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The numbers that it is weighed, or recognized, by."""
        return declared(self.name, *self.sections)

    @property
    def makes_items(self) -> bool:
        """Whether an item can be of this kind; such a kind has a step under its name in `advice.toml`."""
        return self.headline is not None


def example_facts(age_days: float = 1.0, **columns: int) -> Facts:
    """Return the features of a family that was first seen `age_days` before `EXAMPLE_SLOT` and has an event in that slot.

    Its tenant has been known for 60 days and has 30 active families, unless `columns` say otherwise.
    """
    end_us = (EXAMPLE_SLOT + 1) * SLOT_US - 60_000_000
    age_slots = round(age_days * SLOTS_PER_DAY)
    return {
        "slot": EXAMPLE_SLOT,
        "first_time": end_us - age_slots * SLOT_US,
        "last_time": end_us,
        "count": 1,
        "episodes": 1,
        "active_days": 1,
        "hosts": 1,
        "active_families": 30,
        "tenant_age_slots": 60 * SLOTS_PER_DAY,
        **columns,
    }


def age_seconds(facts: Facts) -> int:
    """Return the seconds from the first event to the latest."""
    return max(0, facts.get("last_time", 0) - facts.get("first_time", 0)) // 1_000_000
