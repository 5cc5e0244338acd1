"""Seeded random draws for the demo, the same on every Python version."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

HEX_DIGITS = "0123456789abcdef"


class Dice:
    """A named stream of random draws, so that the draws of one generator of lines never change those of another.

    Only `random.Random.random` is drawn from: its sequence for a seed is promised across Python versions, that of the
    derived methods is not (https://docs.python.org/3/library/random.html#notes-on-reproducibility).
    """

    def __init__(self, seed: int, name: str) -> None:
        self._random = random.Random(f"{seed}/{name}")  # noqa: S311 - scenery, no secret

    def below(self, limit: int) -> int:
        """Draw an integer of 0 to `limit` - 1."""
        return int(self._random.random() * limit)

    def between(self, low: int, high: int) -> int:
        """Draw an integer of `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """Draw True in `percent` of a hundred draws."""
        return self.below(100) < percent

    def pick(self, choices: Sequence[T]) -> T:
        """Draw one of `choices`."""
        return choices[self.below(len(choices))]

    def hexadecimal(self, digits: int) -> str:
        """Draw a string of lower case hexadecimal digits."""
        return "".join(self.pick(HEX_DIGITS) for _ in range(digits))

    def weighted(self, weights: Sequence[int]) -> int:
        """Draw an index in proportion to integer weights."""
        rest = self.below(sum(weights))
        for index, weight in enumerate(weights):
            rest -= weight
            if rest < 0:
                return index
        raise AssertionError("weights are positive")
