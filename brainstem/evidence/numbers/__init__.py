"""Numbers that messages report: followed one by one, running down to zero, or leaving their range."""

from typing import Final

MODULES: Final = (
    "gauges",
    "drift",
    "countdown",
    "notices",
)
"""in the order of imports"""
