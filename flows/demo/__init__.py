"""The demo: a made-up town of small companies, what others would have alerted on, and the comparison."""

from typing import Final

MODULES: Final = (
    "dice",
    "calendar",
    "journal",
    "machines",
    "opponents",
    "services",
    "troubles",
    "town",
    "producer",
    "report",
    "show",
)
"""in the order of imports"""
