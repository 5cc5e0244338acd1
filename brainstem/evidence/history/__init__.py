"""What is remembered of each family as rows of integers, and the statistics that are taken from them at a tick:
episodes, rates, timing. Rows of two workers merge in any order. A statistic that needs state of its own belongs to the
package of its kind of evidence.
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
