"""Factors: the kinds of evidence, and which of them can be a key of promotion.

Nothing goes in; out come the columns of a row of contributions in their order, and the kinds of an item in the order of the
bits of a mask.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Factor(IntEnum):
    """Kinds of evidence, in the order of the columns of a contribution row."""

    MEMORY = 0
    RECURRENCE = 1
    RISE = 2
    ACCELERATION = 3
    SPREAD = 4
    SELF_HEAL = 5
    NOVELTY = 6
    CUE = 7
    COUNTDOWN = 8
    PERIOD = 9
    HABITUATION = 10
    CHANGE_EVENT = 11
    CONCENTRATION = 12
    CLOCK = 13
    CROWD = 14
    SILENCE = 15
    DRIFT = 16
    PRECURSOR = 17
    PRECEDENT = 18
    FEEDBACK = 19
    LINEAGE = 20


FACTORS: Final = tuple(factor.name.lower() for factor in Factor)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of evidence that can be one of the two keys of promotion, with the factors that show it."""

    name: str
    factors: tuple[Factor, ...]
    stands_alone: bool = False


KINDS: Final = (
    # memory is the long form of recurrence: both say that it keeps coming
    Kind("recurrence", (Factor.MEMORY, Factor.RECURRENCE)),
    Kind("burst", (Factor.RISE,)),
    Kind("acceleration", (Factor.ACCELERATION,)),
    Kind("spread", (Factor.SPREAD,)),
    Kind("self_heal", (Factor.SELF_HEAL,)),
    Kind("novelty", (Factor.NOVELTY,)),
    Kind("cue", (Factor.CUE,)),
    Kind("countdown", (Factor.COUNTDOWN,), stands_alone=True),
    Kind("concentration", (Factor.CONCENTRATION,)),
    Kind("silence", (Factor.SILENCE,), stands_alone=True),
    Kind("numeric_drift", (Factor.DRIFT,), stands_alone=True),
    Kind("precursor", (Factor.PRECURSOR,), stands_alone=True),
    Kind("precedent", (Factor.PRECEDENT,)),
)
"""Kinds of an item; the position is the kind's bit in a mask."""
