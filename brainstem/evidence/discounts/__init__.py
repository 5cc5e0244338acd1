"""What explains a family away: a change that many families came with, and older wordings that it goes on for."""

from typing import Final

MODULES: Final = (
    "period",
    "clock",
    "habituation",
    "crowd",
    "change_event",
    "lineage",
)
"""in the order of imports"""
