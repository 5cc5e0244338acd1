"""Jobs that run by the clock: when each is due, whether it is overdue while its source and host went on, and whether another
message stands in its place; and hosts that have gone quiet altogether.
"""

from typing import Final

MODULES: Final = (
    "job_runs",
    "schedule",
    "substitutes",
    "overdue",
    "liveness",
    "kind",
    "changed_outcome",
    "rhythm",
)
"""in the order of imports"""
