"""What a run is told: settings, the configuration file, the table of advice, and the printed list of all parameters.
Everything is checked here before anything is read or connected to.
"""

from typing import Final

MODULES: Final = (
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
