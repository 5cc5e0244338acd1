"""What if: for one family that was missed, or shown for nothing, the smallest change of one number that would have surfaced
or silenced it.

Takes the recorded decisions of the family and a function that weighs their features under other parameters; returns
proposals, smallest change first. A decision holds all features that its score rests on, so what another weight would have
made of that moment is exact; what a run would have made of the moments between decisions, and of the budget of the day, only
a run can tell. So whoever shows a proposal has run it (`flows.runs.what_if`).

The size of a change is its share of the number itself. A threshold of 0 is measured against the distance between the prior
and promotion.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from brainstem.attention.bands import BEHAVIOURS, Band
from brainstem.contracts.decision import Decision
from brainstem.contracts.points import PRIOR_DECIBANS
from brainstem.contracts.slots import SLOT_US
from brainstem.parameters import Number, Parameter

SPAN: Final = 2.0
"""a number is tried between its half and its double; a change beyond that is another product"""
DIGITS: Final = 3
"""significant digits of a proposed number: a person writes it into a file"""
HALVINGS: Final = 12
QUARTER: Final = 0.25
DECISIONS_MOST: Final = 400
"""decisions of a family that are weighed, those of the highest scores"""
BANDS: Final = "bands"
DAY_US: Final = 86_400_000_000
HELD_OTHERWISE: Final = ("budget", "told_already", "cooldown")
"""blockers that no weight takes away"""


class Worth(Protocol):
    """What a moment is worth under some parameters."""

    @property
    def quarters(self) -> int:
        """Return its score in quarters of a deciban."""

    @property
    def is_promoted(self) -> bool:
        """Return whether it promotes its family."""


Weigh = Callable[[Mapping[str, Number]], Sequence[Worth]]
"""weighs all moments with values that differ from the defaults, by key"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One number that would have done it, by the recorded moments."""

    key: str
    unit: str
    before: Number
    after: Number
    size: float
    """of the change, as a share"""
    tick_us: int
    """the first recorded moment that it promotes; 0 where none is left"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A proposal that was run: when the family surfaced for the first time in it, None where it did not."""

    proposal: Proposal
    first_us: int | None
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What was asked of a family and found. `is_missed` says that the baseline has no item of it.

    `attempts` were run, the last of them is the answer where it is confirmed; `others` are proposals that were not run.
    `best` is the moment that came nearest where it was missed.
    """

    tenant: str
    family: str
    what: str
    is_missed: bool
    best: Decision | None
    attempts: tuple[Attempt, ...]
    others: tuple[Proposal, ...]

    @property
    def answer(self) -> Attempt | None:
        """Return the change that a run has confirmed; None where there is none."""
        return self.attempts[-1] if self.attempts and self.attempts[-1].is_confirmed else None


def moments(decisions: Sequence[Decision], is_missed: bool) -> list[Decision]:
    """Return the decisions that a weight could turn: of a family that was missed those at which it could have been shown, of
    one that was shown those at which it had the points.
    """
    if is_missed:
        chosen = [
            each
            for each in decisions
            if each.joined_family is None
            and each.blocker not in HELD_OTHERWISE
            and (each.tick_us - each.facts["last_time"] <= DAY_US or each.facts["silence_runs"] > 0)
        ]
    else:
        floor = BEHAVIOURS[Band.PROMOTE].from_decibans
        chosen = [each for each in decisions if each.joined_family is None and each.score >= floor]
    highest = sorted(chosen, key=lambda each: (-each.score, each.tick_us))[:DECISIONS_MOST]
    return sorted(highest, key=lambda each: each.tick_us)


def features_of(decision: Decision) -> dict[str, int]:
    """Return the facts of a decision with the slot that they belong to."""
    return {**decision.facts, "slot": decision.tick_us // SLOT_US - 1}


def proposals(
    parameters: Sequence[Parameter],
    base: Mapping[str, Number],
    fits: Callable[[Mapping[str, Number]], bool],
    weigh: Weigh,
    ticks_us: Sequence[int],
    is_missed: bool,
) -> list[Proposal]:
    """Return for each parameter that can do it alone its smallest change that promotes one of the moments where the family
    was missed, and none of them where it was shown; smallest first.

    `base` are the values in force that differ from the defaults, `fits` says whether values are allowed, and `ticks_us` are
    the times of the moments.
    """

    def is_allowed(parameter: Parameter, value: Number) -> bool:
        return fits({**base, parameter.key: value})

    def is_done(parameter: Parameter, value: Number) -> bool:
        return any(each.is_promoted for each in weigh({**base, parameter.key: value})) == is_missed

    found = []
    for parameter in _relevant(parameters, base, weigh):
        now = base.get(parameter.key, parameter.default)
        if isinstance(now, tuple):
            continue
        for bound in _bounds(now, parameter):
            end = _furthest(now, bound, parameter, is_allowed)
            value = _nearest(now, end, parameter, is_done)
            if value is None:
                continue
            worth = weigh({**base, parameter.key: value})
            ticks = [tick for tick, each in zip(ticks_us, worth, strict=True) if each.is_promoted]
            size = abs(value - now) / _measure(now)
            found.append(Proposal(parameter.key, parameter.unit, now, value, size, ticks[0] if ticks else 0))
    return sorted(found, key=lambda each: (each.size, each.key))


def _relevant(parameters: Sequence[Parameter], base: Mapping[str, Number], weigh: Weigh) -> list[Parameter]:
    """Return the parameters that can be set, of the sections that say anything of the moments: where all numbers of one are
    doubled or halved at once and nothing is worth more or less, none of them is looked at alone.
    """
    usual = [each.quarters for each in weigh(base)]
    sections: dict[str, list[Parameter]] = {}
    for parameter in parameters:
        if not parameter.fixed:
            sections.setdefault(parameter.section, []).append(parameter)
    relevant = []
    for section, own in sections.items():
        numbers = {each.key: base.get(each.key, each.default) for each in own}
        ends = {each.key: list(_bounds(now, each)) for each in own if not isinstance(now := numbers[each.key], tuple)}
        moved = [{key: ends[key][place] for key in ends if ends[key]} for place in (0, -1)]
        # what is a band and what is a key is no part of a score
        if section == BANDS or any([each.quarters for each in weigh({**base, **values})] != usual for values in moved):
            relevant += own
    return relevant


def _measure(now: float) -> float:
    """Return what a change of a number is held against."""
    return abs(now) or abs(PRIOR_DECIBANS)


def _bounds(now: float, parameter: Parameter) -> Iterator[float]:
    """Yield how far a number is tried, in either direction."""
    ends = (-_measure(now) / SPAN, _measure(now) / SPAN) if now == 0 else (now / SPAN, now * SPAN)
    if parameter.unit == "share":
        ends = (ends[0], min(ends[1], 1.0))
    for end in ends:
        rounded = type(now)(round(end)) if isinstance(now, int) else end
        if rounded != now:
            yield rounded


def _furthest(now: float, bound: float, parameter: Parameter, is_allowed: Callable[[Parameter, float], bool]) -> float:
    """Return the number furthest towards `bound` that a file may hold, as halving the way finds it; `now` for none."""
    step = _step(now, parameter)
    end = _written(bound, now, step)
    if is_allowed(parameter, end):
        return end
    allowed, beyond = now, end
    for _ in range(HALVINGS):
        middle = _written((allowed + beyond) / 2, now, step)
        if middle in (allowed, beyond):
            break
        if is_allowed(parameter, middle):
            allowed = middle
        else:
            beyond = middle
    return allowed


def _nearest(now: float, end: float, parameter: Parameter, is_done: Callable[[Parameter, float], bool]) -> float | None:
    """Return the number nearest to `now`, on the way to `end`, that does it, as a person writes it; None where `end` does
    not.
    """
    if end == now or not is_done(parameter, end):
        return None
    step = _step(now, parameter)
    fails, works = now, end
    for _ in range(HALVINGS):
        middle = _written((fails + works) / 2, now, step)
        if middle in (fails, works):
            break
        if is_done(parameter, middle):
            works = middle
        else:
            fails = middle
    return works


def _step(now: float, parameter: Parameter) -> float:
    """Return in which steps a number is written."""
    if isinstance(now, int):
        return 1
    if parameter.unit == "decibans" and parameter.section in ("bands", "points"):
        return QUARTER
    return float(10.0 ** (math.floor(math.log10(_measure(now))) - DIGITS + 1))


def _written(value: float, now: float, step: float) -> float:
    """Return a number in whole steps, of the type of `now`."""
    steps = round(value / step)
    return int(steps) if isinstance(now, int) else round(steps * step, 9)
