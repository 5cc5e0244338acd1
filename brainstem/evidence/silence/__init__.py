"""What should have come and did not: which jobs run by the clock, when each is due, and whether its source was heard."""

from typing import Final

MODULES: Final = (
    "job_runs",
    "schedule",
    "overdue",
    "liveness",
    "kind",
)
"""in the order of imports"""
