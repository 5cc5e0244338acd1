"""One file for each command of `brainstem`: its options, its help and what it calls.

The module `NAME` defines the function `NAME`: typer takes the options from its signature and the help from its docstring.
What the function needs to do its work it imports in its body, so that its help, and a fault in its arguments, come before
libraries are loaded. The list of all commands is read from the docstrings (`flows.cli.program`).
"""

from typing import Final

COMMANDS: Final = (
    "demo",
    "check",
    "replay",
    "run",
    "listen",
    "spool",
    "status",
    "digest",
    "explain",
    "recall",
    "queue",
    "ack",
    "snooze",
    "resolve",
    "feedback",
    "memory",
    "backtest",
    "mcp",
    "config",
    "audit",
    "compact",
    "repair",
)
"""all commands, in the order in which the help lists them; program, documentation and tests take them from here"""

MODULES: Final = ("replay", "check", *(name for name in COMMANDS if name not in ("replay", "check")))
"""in the order of imports"""
