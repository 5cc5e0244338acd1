"""Lineage: a family that goes on where another left off, because an update has changed its words.

Takes the lives of the families of one service; returns the predecessor of a newer one with their likeness. It is
looked for at each tick anew and holds as long as the predecessor stays silent, so it ends by itself when that comes
again. Takes features; returns what that takes off.
"""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from brainstem.arrays.aliases import Int32s, Row, Rows
from brainstem.contracts.finding import family_id
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, example_facts
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.signature.lexicon import is_protected
from brainstem.text.phrases import thousandths

LINEAGE: Final = 20
"""column of its points"""

LIKENESS_LEAST: Final = parameter("lineage.likeness_least", 0.75, "number", "Dice's coefficient of the words")
EPISODES_LEAST: Final = parameter(
    "lineage.episodes_least",
    4,
    "episodes",
    "episodes of the predecessor: what was heard once or twice has not fallen silent",
)
SPAN_SLOTS_LEAST: Final = parameter(
    "lineage.span_slots_least", SLOTS_PER_DAY, "slots of ten minutes", "how long the predecessor must have been heard"
)
OLDER_SLOTS: Final = parameter(
    "lineage.older_slots", SLOTS_PER_DAY, "slots of ten minutes", "how much older it must be"
)
EXPECTED_LEAST: Final = parameter(
    "lineage.expected_least",
    2.0,
    "number",
    "episodes that the predecessor's rate would have brought since it fell silent",
)
RATE_MOST: Final = parameter(
    "lineage.rate_most",
    3.0,
    "number",
    "times the predecessor's rate: what comes more often is more than other words for the same",
)
OVERLAP_SLOTS: Final = parameter(
    "lineage.overlap_slots",
    SLOTS_PER_DAY,
    "slots of ten minutes",
    "how long both may be heard, while an update goes from host to host",
)
GAP_SLOTS: Final = parameter(
    "lineage.gap_slots",
    7 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "how long the predecessor may have been silent before the newer one begins",
)

SAYS_SO: Final = 2
"""value of `heal_counterpart` for a message whose words say that something is back"""


class FamilyLife(NamedTuple):
    """The life of a family: the slots of its first and its latest event, its episodes, and its template."""

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
    """Return the words of a template in alphabetical order, and those of them that name a state; masks are no words."""
    plain = [word for word in (part.strip(",;:()[]{}\"'") for part in template.split()) if word and "<" not in word]
    return tuple(sorted(plain)), tuple(sorted(word for word in plain if is_protected(word)))


@lru_cache(maxsize=65536)
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
    """Return the family that another one goes on from, with their likeness; None for none. Of several the most alike,
    and of equals the one heard last."""
    found = [(likeness(life.template, other.template), other) for other in others if _fell_silent(life, other, slot)]
    alike = [
        (-like, -other.last_slot, other.first_slot, other.template, other.family)
        for like, other in found
        if like >= LIKENESS_LEAST
    ]
    if not alike:
        return None
    # the key of a family is a hash that holds its tenant's name, so of two it decides last
    like, *_, family = min(alike)
    return family, -like


@compiled
def list_silent(attention_states: Rows, service: int, first_slot: int, rows: Int32s) -> int:
    """List the rows of families of a service that may have fallen silent when one of it began in `first_slot`, by their
    slots and episodes alone; return how many there are.

    Few of a service's families are that old and that regular, and only these are worth a closer look.
    """
    count = 0
    for row in range(len(attention_states)):
        other = attention_states[row]
        if (
            other.service == service
            and other.first_slot <= first_slot - OLDER_SLOTS
            and other.episodes >= EPISODES_LEAST
            and other.last_slot - other.first_slot >= SPAN_SLOTS_LEAST
            and first_slot - GAP_SLOTS <= other.last_slot <= first_slot + OVERLAP_SLOTS
        ):
            rows[count] = row
            count += 1
    return count


def _fell_silent(life: FamilyLife, other: FamilyLife, slot: int) -> bool:
    """Return whether a family stopped when another began, and would have come since if it had not."""
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


@compiled
def lineage_points(
    features: Row, cue: float, novelty: float, self_heal: float, spread: float, acceleration: float
) -> float:
    """Return what a family loses that only says that another one has passed, or goes on from one in other words.

    The points of the factors named are those that it has, and what is no news of its own is taken off.
    """
    points = 0.0
    if features.heal_counterpart == SAYS_SO:
        # whatever it repeats of the trouble, it says itself that this has passed
        points = -(novelty + self_heal + cue)
    elif features.heal_counterpart > 0 and cue == 0.0:
        # an item of the other message says already that it has passed
        points = -(novelty + self_heal)
    if features.succeeded_permille > 0:
        # it has been there before, in other words
        former = novelty + spread + acceleration
        points = min(points, -former)
    return points


def _because(facts: Facts) -> str:
    if not facts.get("succeeded_permille", 0):
        return "it only says that what another message told of has passed, so it is no news"
    family = family_id(facts.get("succeeded_family", 0) & 0xFFFFFFFFFFFFFFFF)
    alike = thousandths(facts.get("succeeded_permille", 0), 2)
    return f"it goes on in nearly the same words ({alike} alike) since {family} fell silent, so it is no news"


KIND: Final = EvidenceKind(
    name="lineage",
    number=19,
    factors=(
        Factor(
            "lineage",
            LINEAGE,
            _because,
            "−(novelty + spread + acceleration) when it goes on where a family of its service fell silent, in words"
            " at least likeness_least alike (Dice); −(novelty + self_heal) when it has no cue and is the second of a"
            " learned pair, or has said twice in 7 days that something is back; its cue too where its words say that"
            " something is over.",
            held_down_by="what it goes on from",
        ),
    ),
    meaning="An update has reworded an old family, or the message only says that another one has passed. The"
    " predecessor is looked for at each tick anew, so the discount ends when the older family comes again.",
    example=example_facts(
        2.0,
        count=9,
        episodes=6,
        episodes_7d=6,
        active_days=3,
        born_after_slots=20 * SLOTS_PER_DAY,
        born_into_service_slots=20 * SLOTS_PER_DAY,
        service_families=12,
        succeeded_family=0x1D0E5F,
        succeeded_permille=860,
    ),
    columns=("succeeded_family", "succeeded_permille", "heal_counterpart"),
    is_key=False,
)
