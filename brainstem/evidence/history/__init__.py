"""What is kept of each family as rows of integers, and the statistics that are computed from them at a tick: episodes,
rates, timing. A statistic that needs state of its own stands in the package of its kind.
"""

from typing import Final

MODULES: Final = (
    "state",
    "episodes",
    "rates",
    "timing",
    "advance",
    "facet_admission",
)
"""in the order of imports"""
