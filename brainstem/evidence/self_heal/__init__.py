"""Things that go down and come back by themselves: recognized by words that name a state, or by the times of two
messages. Which words name a state is in `signature.lexicon`.
"""

from typing import Final

MODULES: Final = (
    "by_words",
    "by_timing",
    "log",
)
"""in the order of imports"""
