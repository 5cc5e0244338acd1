"""Feedback: what people said of a family's items, fading with time.

Takes verdicts of people; returns how a family stands by them, and the points of that.
A verdict about an item is about its family; one about a signature is about each family of the tenant, in whichever service,
that the signature belongs to by then. Verdicts lose half of their weight in 90 days.
"""

import math
from typing import Any, Final, NamedTuple

from brainstem.arrays.aliases import Row
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.contracts.statement import HANDLING, WORTH
from brainstem.evidence.definition import EvidenceKind, Factor, Facts, example_facts
from brainstem.jit.decorators import compiled
from brainstem.parameters import parameter
from brainstem.text.phrases import counted

FEEDBACK: Final = 19
"""column of its points"""

FEEDBACK_ADDED_MILLI: Final = parameter(
    "feedback.added_milli", 1000.0, "thousandths", "verdicts that are added to both sides, in thousandths"
)
FEEDBACK_MAX: Final = parameter("feedback.max", 10.0, "decibans", "most that verdicts give or take")

HALF_LIFE_SLOTS: Final = parameter(
    "feedback.half_life_slots", 90 * SLOTS_PER_DAY, "slots of ten minutes", "after so long a verdict weighs half"
)
VERDICTS_KEPT: Final = parameter("feedback.verdicts_kept", 32, "number", "verdicts kept of a family")
FAMILY_SCOPE: Final = 1
SIGNATURE_SCOPE: Final = 2
SURFACED: Final = "surfaced"
"""what became of an item that nobody said anything of"""


class FeedbackRecord(NamedTuple):
    """One verdict; `tick_us` is that of the item it is about, 0 for a family or a signature."""

    slot: int
    verdict: str
    scope: int
    tick_us: int
    note: str
    by: str = ""
    """who said so; empty where nobody is named"""


class FeedbackSummary(NamedTuple):
    """The verdicts on a family at a moment: their number, and their faded weight in thousandths."""

    useful: int
    useless: int
    useful_milli: int
    useless_milli: int
    scope: int
    """the widest that was used: 1 the family, 2 its signature in all services of the tenant"""


class FeedbackTable:
    """The latest verdicts about each family of a tenant, oldest first."""

    def __init__(self) -> None:
        self._of: dict[int, list[FeedbackRecord]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def take(self, family: int, record: FeedbackRecord) -> None:
        """Keep a verdict; one that is given again, as in the file of the day before, counts once."""
        known = self._of.get(family, [])
        if record not in known:
            # of one slot they stay in the order in which they came
            self._of[family] = sorted([*known, record], key=lambda each: each.slot)[-VERDICTS_KEPT:]

    def join(self, member: int, family: int) -> None:
        """Move the verdicts of a family to the one that it has joined."""
        if member in self._of:
            self._of[family] = sorted([*self._of.get(family, []), *self._of.pop(member)])[-VERDICTS_KEPT:]

    def of(self, family: int, slot: int) -> FeedbackSummary | None:
        """Return the verdicts on a family in a slot; None where there are none."""
        feedback_table = self._of.get(family)
        if not feedback_table:
            return None
        counts, weights = dict.fromkeys(WORTH, 0), dict.fromkeys(WORTH, 0.0)
        for each in feedback_table:
            if each.verdict in counts:
                counts[each.verdict] += 1
                weights[each.verdict] += 2.0 ** (-(slot - each.slot) / HALF_LIFE_SLOTS)
        return FeedbackSummary(
            counts["useful"],
            counts["useless"],
            round(1000 * weights["useful"]),
            round(1000 * weights["useless"]),
            max(each.scope for each in feedback_table),
        )

    def outcome(self, family: int, tick_us: int, until_us: int | None = None) -> str:
        """Return what became of an item that was shown at a tick.

        A verdict on the signature counts for it too, from then on and up to `until_us`, when the family was shown next.
        """
        since, until = tick_us // SLOT_US, None if until_us is None else until_us // SLOT_US
        said = [
            each
            for each in self._of.get(family, ())
            if each.tick_us == tick_us
            or (not each.tick_us and since <= each.slot and (until is None or each.slot < until))
        ]
        return _told(said) or SURFACED

    def before(self, family: int, tick_us: int | None) -> tuple[int, str] | None:
        """Return when a verdict on a family's signature came before the family was first shown, and the verdict; None for
        none.
        """
        said = [each for each in self._of.get(family, ()) if not each.tick_us]
        said = [each for each in said if tick_us is None or each.slot < tick_us // SLOT_US]
        return (said[-1].slot * SLOT_US, _told(said)) if said else None

    def snapshot(self) -> tuple[Any, ...]:
        """Return the state as plain values."""
        return tuple(
            (family, tuple(tuple(each) for each in feedback_table)) for family, feedback_table in self._of.items()
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        self._of = {family: [FeedbackRecord(*each) for each in feedback_table] for family, feedback_table in state}


def _told(said: list[FeedbackRecord]) -> str:
    """Return the latest verdict of each kind, in the order in which they came."""
    last = {each.verdict: each for each in said}
    told = sorted(last.values(), key=said.index)
    return "; ".join(_how(each) for each in told)


def _how(each: FeedbackRecord) -> str:
    how = each.verdict if each.verdict in HANDLING else f"called {each.verdict}"
    said = f"{how} by {each.by}" if each.by else how
    return f"{said}: {each.note}" if each.note else said


@compiled
def feedback_points(features: Row) -> float:
    """Return the points of what people said: the odds of useful against useless."""
    if features.feedback_useful_milli != features.feedback_useless_milli:
        useful = features.feedback_useful_milli + FEEDBACK_ADDED_MILLI
        said = useful / (features.feedback_useless_milli + FEEDBACK_ADDED_MILLI)
        return max(-FEEDBACK_MAX, min(FEEDBACK_MAX, 10.0 * math.log10(said)))
    return 0.0


def _because(facts: Facts) -> str:
    useful, useless = facts.get("feedback_useful", 0), facts.get("feedback_useless", 0)
    scope = "its items or its signature" if facts.get("feedback_scope", 0) == 2 else "its items"
    return f"people called {scope} useful {counted(useful, 'time')} and useless {counted(useless, 'time')}"


KIND: Final = EvidenceKind(
    name="feedback",
    number=20,
    factors=(
        Factor(
            "feedback",
            FEEDBACK,
            _because,
            "10 log₁₀((useful + added) / (useless + added)), cut to ± max; verdicts are halved every half_life_slots.",
            held_down_by="what people said of it",
            called="what people said of it",
        ),
    ),
    meaning="What people said of this family's items, or of its signature.",
    example=example_facts(
        20.0,
        count=12,
        episodes=9,
        active_days=5,
        feedback_useful=3,
        feedback_useful_milli=2600,
        feedback_scope=1,
    ),
    columns=(
        "feedback_useful",
        "feedback_useless",
        "feedback_useful_milli",
        "feedback_useless_milli",
        "feedback_scope",
    ),
    is_key=False,
)
