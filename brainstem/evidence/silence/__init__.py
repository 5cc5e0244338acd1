"""Expected messages that did not come: which jobs run by the clock, when the next run is due, and whether the source
was heard at all. A family that merely became rarer belongs to `evidence.history`.
"""

from typing import Final

MODULES: Final = (
    "job_runs",
    "schedule",
    "overdue",
    "liveness",
)
"""in the order of imports"""
