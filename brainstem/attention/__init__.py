"""From evidence to a band: the score and its bounds, the bands, the state of a family's attention, and which of those worth
showing are shown. What only a whole tenant knows is added in `discovery`.
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
