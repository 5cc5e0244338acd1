"""What an operator decides about a run: settings, the configuration file, the table of advice, and the printed list of all
parameters. Everything is checked here, before anything is read, written or connected to.
"""

from typing import Final

MODULES: Final = (
    "parameters",
    "settings",
    "input_options",
    "toml_table",
    "parameter_file",
    "advice",
    "addresses",
    "subscription",
    "spool",
    "listeners",
    "live_run",
    "intake",
    "printed",
    "initial",
)
"""in the order of imports"""
