"""What speaks for or against a family: one place for each kind of evidence, with its statistic, its weight and its words.
What combines several kinds, or decides, belongs to `attention`.
"""

from typing import Final

MODULES: Final = (
    "numbers",
    "statistics",
    "factors",
    "feedback",
    "discounts",
    "history",
    "incidents",
    "self_heal",
    "silence",
)
"""in the order of imports"""
