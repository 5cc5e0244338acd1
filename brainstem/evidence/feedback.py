"""Opinions: what people said of a family's items, fading with time.

A verdict about an item is about its family; one about a signature is about each family of the tenant, in whichever service,
that the signature belongs to by then. Verdicts lose half of their weight in 90 days.
"""

from typing import Any, Final, NamedTuple

from brainstem.contracts.features import SLOT_US, SLOTS_PER_DAY

HALF_LIFE_SLOTS: Final = 90 * SLOTS_PER_DAY
VERDICTS_KEPT: Final = 32
FAMILY_SCOPE: Final = 1
SIGNATURE_SCOPE: Final = 2
SURFACED: Final = "surfaced"
"""what became of an item that nobody said anything of"""
RESOLVED: Final = "resolved"
"""the verdict that weighs nothing: what an item says of an earlier one begins with it"""


class Opinion(NamedTuple):
    """One verdict; `tick_us` is that of the item it is about, 0 for a signature."""

    slot: int
    verdict: str
    scope: int
    tick_us: int
    note: str


class Standpoint(NamedTuple):
    """What people think of a family at a moment: verdicts in number, and in faded thousandths."""

    useful: int
    useless: int
    useful_milli: int
    useless_milli: int
    scope: int
    """the widest that was used: 1 the family, 2 its signature in all services of the tenant"""


class Opinions:
    """The latest verdicts about each family of a tenant, oldest first."""

    def __init__(self) -> None:
        self._of: dict[int, list[Opinion]] = {}

    def __len__(self) -> int:
        return len(self._of)

    def take(self, family: int, opinion: Opinion) -> None:
        """Remember a verdict."""
        self._of[family] = [*self._of.get(family, []), opinion][-VERDICTS_KEPT:]

    def join(self, member: int, family: int) -> None:
        """Let a family that joined another bring its verdicts along."""
        if member in self._of:
            self._of[family] = sorted([*self._of.get(family, []), *self._of.pop(member)])[-VERDICTS_KEPT:]

    def of(self, family: int, slot: int) -> Standpoint | None:
        """Give what people think of a family in a slot; None where nobody has said anything."""
        opinions = self._of.get(family)
        if not opinions:
            return None
        counts, weights = {"useful": 0, "useless": 0}, {"useful": 0.0, "useless": 0.0}
        for opinion in opinions:
            if opinion.verdict in counts:
                counts[opinion.verdict] += 1
                weights[opinion.verdict] += 2.0 ** (-(slot - opinion.slot) / HALF_LIFE_SLOTS)
        return Standpoint(
            counts["useful"],
            counts["useless"],
            round(1000 * weights["useful"]),
            round(1000 * weights["useless"]),
            max(opinion.scope for opinion in opinions),
        )

    def outcome(self, family: int, tick_us: int, until_us: int | None = None) -> str:
        """Say what became of an item that was shown at a tick.

        What was said of the signature is said of it too, from then on and up to `until_us`, when the family was shown next.
        """
        since, until = tick_us // SLOT_US, None if until_us is None else until_us // SLOT_US
        said = [
            opinion
            for opinion in self._of.get(family, ())
            if opinion.tick_us == tick_us
            or (not opinion.tick_us and since <= opinion.slot and (until is None or opinion.slot < until))
        ]
        return _told(said) or SURFACED

    def before(self, family: int, tick_us: int | None) -> tuple[int, str] | None:
        """Give when something was said of a family's signature before it was first shown, and what; None for nothing."""
        said = [opinion for opinion in self._of.get(family, ()) if not opinion.tick_us]
        said = [opinion for opinion in said if tick_us is None or opinion.slot < tick_us // SLOT_US]
        return (said[-1].slot * SLOT_US, _told(said)) if said else None

    def snapshot(self) -> tuple[Any, ...]:
        """Give the state as plain values."""
        return tuple((family, tuple(tuple(each) for each in opinions)) for family, opinions in self._of.items())

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        self._of = {family: [Opinion(*each) for each in opinions] for family, opinions in state}


def _told(said: list[Opinion]) -> str:
    """Give the last word of each kind of verdict, in the order in which these were spoken."""
    last = {opinion.verdict: opinion for opinion in said}
    told = sorted(last.values(), key=said.index)
    return "; ".join(_how(opinion) for opinion in told)


def _how(opinion: Opinion) -> str:
    how = opinion.verdict if opinion.verdict == RESOLVED else f"called {opinion.verdict}"
    return f"{how}: {opinion.note}" if opinion.note else how
