"""What goes down and comes back by itself: found by the words of messages, or by when two messages come."""

from typing import Final

MODULES: Final = (
    "wording",
    "by_words",
    "meetings",
    "by_timing",
    "log",
    "kind",
)
"""in the order of imports"""
