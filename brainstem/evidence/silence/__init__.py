"""Jobs that are overdue: which messages come by the clock, when each is due, and whether its source and host went on."""

from typing import Final

MODULES: Final = (
    "job_runs",
    "schedule",
    "overdue",
    "liveness",
    "kind",
)
"""in the order of imports"""
