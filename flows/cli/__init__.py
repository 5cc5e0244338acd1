"""The command line: arguments, exit statuses, and what goes to standard output and standard error. What a command does
is written in `runs`, `reports` or `recall`; here stands only how it is asked for.
"""

from typing import Final

MODULES: Final = (
    "console",
    "options",
    "finished_run",
    "statements",
    "check_tables",
    "pages",
    "replay_request",
    "live_memory",
    "commands",
    "program",
    "main",
)
"""in the order of imports"""
