"""The demo: logs of four made-up companies with three planted troubles, a run over them, and a comparison with two
baselines. Nothing here is used by other packages."""

from typing import Final

MODULES: Final = (
    "dice",
    "calendar",
    "journal",
    "machines",
    "baselines",
    "services",
    "troubles",
    "town",
    "producer",
    "report",
    "show",
)
"""in the order of imports"""
