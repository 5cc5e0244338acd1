"""Lineage: a family that goes on where another left off, because an update has changed its words.

Takes what is remembered of the families of one service, gives the predecessor of a newer one with their likeness. An edge is
worked out at each reading and holds as long as the predecessor stays silent, so it dissolves by itself when that speaks
again.
"""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.signature.lexicon import is_protected

LIKENESS_LEAST: Final = 0.75
"""Dice's coefficient of the words"""
EPISODES_LEAST: Final = 4
"""episodes of the predecessor: what was heard once or twice has not fallen silent"""
SPAN_SLOTS_LEAST: Final = SLOTS_PER_DAY
"""how long the predecessor must have been heard"""
OLDER_SLOTS: Final = SLOTS_PER_DAY
"""how much older it must be"""
EXPECTED_LEAST: Final = 2.0
"""episodes that the predecessor's rate would have brought since it fell silent"""
RATE_MOST: Final = 3.0
"""times the predecessor's rate: what comes more often is more than other words for the same"""
OVERLAP_SLOTS: Final = SLOTS_PER_DAY
"""how long both may be heard, while an update goes from host to host"""
GAP_SLOTS: Final = 7 * SLOTS_PER_DAY
"""how long the predecessor may have been silent before the newer one begins"""


class FamilyLife(NamedTuple):
    """What is remembered of a family: slots of its first and its latest event, its episodes, and its template."""

    family: int
    first_slot: int
    last_slot: int
    episodes: int
    template: str

    @property
    def rate(self) -> float:
        """Episodes a slot while it was heard; its first one began that time."""
        return (self.episodes - 1) / max(1, self.last_slot - self.first_slot)


@lru_cache(maxsize=65536)
def words_of(template: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a template in order of spelling, and those of them that say a state; masks are no words."""
    plain = [word for word in (part.strip(",;:()[]{}\"'") for part in template.split()) if word and "<" not in word]
    return tuple(sorted(plain)), tuple(sorted(word for word in plain if is_protected(word)))


def likeness(one: str, other: str) -> float:
    """Return Dice's coefficient 2 |A ∩ B| / (|A| + |B|) of the words of two templates, 0 where their state words differ.

    Dice, "Measures of the amount of ecologic association between species", 1945.
    """
    (words, states), (other_words, other_states) = words_of(one), words_of(other)
    if states != other_states or not words or not other_words:
        return 0.0
    common = (Counter(words) & Counter(other_words)).total()
    return 2.0 * common / (len(words) + len(other_words))


def predecessor(life: FamilyLife, others: Iterable[FamilyLife], slot: int) -> tuple[int, float] | None:
    """Find the family that another one succeeds, with their likeness; None for none. Of several the most alike."""
    found = [(likeness(life.template, other.template), other) for other in others if _fell_silent(life, other, slot)]
    alike = [(-like, other.family) for like, other in found if like >= LIKENESS_LEAST]
    if not alike:
        return None
    like, family = min(alike)
    return family, -like


def _fell_silent(life: FamilyLife, other: FamilyLife, slot: int) -> bool:
    """Return whether a family stopped when another began, and would have been heard since."""
    if other.family == life.family or other.first_slot > life.first_slot - OLDER_SLOTS:
        return False
    if other.episodes < EPISODES_LEAST or other.last_slot - other.first_slot < SPAN_SLOTS_LEAST:
        return False
    if not life.first_slot - GAP_SLOTS <= other.last_slot <= life.first_slot + OVERLAP_SLOTS:
        return False
    expected = other.rate * (slot - max(other.last_slot, life.first_slot))
    return expected >= EXPECTED_LEAST and life.episodes <= RATE_MOST * max(
        1.0, other.rate * (slot - life.first_slot + 1)
    )
