"""What a killed run needs to resume: the plan that it must repeat, and the engine's snapshots. What a snapshot contains
belongs to whoever takes it."""

from typing import Final

MODULES: Final = (
    "plan",
    "run_record",
    "last_start",
    "store",
)
"""in the order of imports"""
