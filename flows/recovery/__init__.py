"""What a killed run needs to go on: the plan that it must repeat, and the engine's snapshots."""

from typing import Final

MODULES: Final = (
    "plan",
    "store",
)
"""in the order of imports"""
