"""A run as processes of the operating system: stopping on request, status, workers, and faults on single records."""

from typing import Final

MODULES: Final = (
    "stop_request",
    "record_failures",
    "status",
    "cluster",
)
"""in the order of imports"""
