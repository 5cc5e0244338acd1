"""From evidence to a band: the weighing of all kinds into a score, bounds of that score, the bands, the state of a
family's attention, and which of the families worth showing are shown. A statistic of one kind belongs to `evidence`;
what only a whole tenant knows is added in `discovery`.
"""

from typing import Final

MODULES: Final = (
    "weigh",
    "bands",
    "bounds",
    "blockers",
    "daily_budget",
    "co_occurrence",
    "state",
    "state_table",
    "selection",
    "facet_features",
)
"""in the order of imports"""
