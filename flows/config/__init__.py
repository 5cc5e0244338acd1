"""Settings of a run, the configuration file, the table of advice, and the printed list of all parameters. Everything is
checked here before anything is read or connected to. Constants of the product stand in the modules that use them.
"""

from typing import Final

MODULES: Final = (
    "meanings",
    "parameters",
    "settings",
    "toml_table",
    "advice",
    "addresses",
    "subscription",
    "live_run",
    "printed",
)
"""in the order of imports"""
