"""A run as processes of the operating system: stopping on request, status, worker processes, and failures on single
records. What a run computes does not belong here.
"""

from typing import Final

MODULES: Final = (
    "stop_request",
    "record_failures",
    "status",
    "cluster",
)
"""in the order of imports"""
