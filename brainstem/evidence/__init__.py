"""What speaks for or against a family: one place for each kind of evidence, with its statistic, its weight and its words.
What combines several kinds, or decides, belongs to `attention`.
"""

from typing import Final

MODULES: Final = (
    "definition",
    "statistics",
    "history",
    "frequency",
    "cue",
    "concentration",
    "self_heal",
    "silence",
    "numbers",
    "incidents",
    "discounts",
    "feedback",
    "kinds",
)
"""in the order of imports"""
