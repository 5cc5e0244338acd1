"""Webhooks of monitoring systems: the alerts of a request as JSON records with the names of fields that the parser reads.

Alertmanager and LogicMonitor are read by code of their own, all others by rows of one table (`table.toml`), which the
configuration extends.
"""

from typing import Final

MODULES: Final = (
    "alert",
    "mapping",
    "alertmanager",
    "logicmonitor",
    "registry",
)
"""in the order of imports"""
