"""The command line: arguments, exit statuses, and what goes to standard output and standard error. What a command does
belongs to `runs` or `reports`.
"""

from typing import Final

MODULES: Final = (
    "console",
    "options",
    "commands",
    "replay_request",
    "main",
)
"""in the order of imports"""
