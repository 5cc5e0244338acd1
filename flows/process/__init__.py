"""A run as processes of the operating system: requests to stop, workers, the status of each process, and the count of
records on which the program itself failed.
"""

from typing import Final

MODULES: Final = (
    "stop_request",
    "native_errors",
    "record_failures",
    "status",
    "cluster",
    "intake_process",
)
"""in the order of imports"""
