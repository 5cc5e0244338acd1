"""How many examples a property is tried with: fewer in the quick tests, all of them in the whole suite."""

from typing import Final

from hypothesis import settings

LEAST: Final = 4
WHOLE: Final = 100
"""what Hypothesis itself tries, for which the numbers in the tests are meant"""


def examples(count: int) -> int:
    """Return how many of `count` examples the profile in force leaves, at least a few."""
    return min(count, max(LEAST, count * settings().max_examples // WHOLE))
