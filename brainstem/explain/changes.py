"""What changed: between two decisions about a family, and between what a person was shown last and what is shown now.

Takes the points of both; returns the largest changes and why it is news. A discount that has become smaller is no evidence
for anything, so it is described as holding the family down no more, or less.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from brainstem.attention.bands import KEY_DECIBANS, SURFACE_AGAIN_DAYS, SURFACE_SOONER_DECIBANS
from brainstem.contracts.finding import Shown
from brainstem.evidence.definition import Facts
from brainstem.evidence.kinds import FACTOR_NAMED, FACTORS, KEYS, KIND_NAMED
from brainstem.explain.sentences import because, called
from brainstem.text.phrases import listed

CHANGES_TOLD: Final = 2

_DAY_US: Final = 86_400 * 1_000_000

Points = Iterable[tuple[str, float]]


class News(NamedTuple):
    """Why a family is shown again: points gained, kinds of evidence that are new, and whether it has been long enough."""

    gained: float
    new_kinds: tuple[str, ...]
    after_days: bool

    @property
    def is_stronger(self) -> bool:
        """Return whether it has gained enough to be shown sooner."""
        return self.gained >= SURFACE_SOONER_DECIBANS


def largest_changes(before: Points, after: Points, most: int = CHANGES_TOLD) -> list[tuple[str, float]]:
    """Return the factors that grew most, largest first."""
    then, now = dict(before), dict(after)
    moved = [(factor, now.get(factor, 0.0) - then.get(factor, 0.0)) for factor in FACTORS]
    return sorted((each for each in moved if each[1] > 0), key=lambda each: -each[1])[:most]


def told_change(factor: str, after: Points, facts: Facts) -> str:
    """Return the words for a factor that grew; one that adds no points holds the family down no more, or less."""
    return because(factor, facts) if dict(after).get(factor, 0.0) > 0 else _eased(factor, after)


def changes_called(factors: Iterable[str], after: Points, lead: str) -> str:
    """Return factors that grew in sentences, in a few words and without their numbers; `lead` stands before those that speak
    for a family. Empty for none.
    """
    named = tuple(factors)
    points = dict(after)
    grown = [called(factor) for factor in named if points.get(factor, 0.0) > 0]
    eased = [_eased(factor, after) for factor in named if points.get(factor, 0.0) <= 0]
    told = [f"{lead}: {listed(grown, len(grown))}."] if grown else []
    return " ".join([*told, *([f"It is {listed(eased, len(eased))}."] if eased else [])])


def _eased(factor: str, after: Points) -> str:
    known = FACTOR_NAMED.get(factor)
    weight = (known.held_down_by if known else "") or factor
    return f"{'held down less' if dict(after).get(factor, 0.0) < 0 else 'no longer held down'} by {weight}"


def news_of(before: Shown, after: Points, tick_us: int) -> News:
    """Return what is new since a family was shown."""
    now = tuple(after)
    gained = sum(points for _, points in now) - sum(points for _, points in before.points)
    known = keys_of(before.points)
    new_kinds = tuple(kind for kind in keys_of(now) if kind not in known)
    return News(gained, new_kinds, tick_us - before.tick_us >= SURFACE_AGAIN_DAYS * _DAY_US)


def keys_of(points: Points) -> tuple[str, ...]:
    """Return the kinds of evidence that are keys."""
    told = dict(points)
    worth = {kind.name: sum(told.get(factor.name, 0.0) for factor in kind.factors) for kind in KEYS}
    return tuple(name for name, points in worth.items() if points >= KEY_DECIBANS)


def factor_of(kind: str, points: Points) -> str:
    """Return the strongest factor of a kind of evidence."""
    told = dict(points)
    return max((factor.name for factor in KIND_NAMED[kind].factors), key=lambda name: told.get(name, 0.0))
