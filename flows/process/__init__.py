"""A run as processes of the operating system: their parameters, requests to stop, workers, the status of each process and
who is answered about it, and the count of records on which the program itself failed.
"""

from typing import Final

MODULES: Final = (
    "bound_parameters",
    "stop_request",
    "clock_watch",
    "native_errors",
    "record_failures",
    "accounts",
    "status",
    "quiet_hosts",
    "status_report",
    "metrics",
    "status_server",
    "cluster",
    "weigher",
    "intake_process",
)
"""in the order of imports"""
