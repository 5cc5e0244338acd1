"""What explains a family away: it comes by the clock, is an old habit, came with an update, is one of many, or goes on
from an older family in other words. Each module is one factor that takes points off.
"""

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
