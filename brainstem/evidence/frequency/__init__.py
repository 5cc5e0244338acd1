"""How often a family comes, held against its own past: that it is new, that it returns, that it comes more often, and that
it reaches more hosts. Each module is one kind of evidence, weighed from what `history` has worked out.
"""

from typing import Final

MODULES: Final = (
    "novelty",
    "recurrence",
    "burst",
    "acceleration",
    "spread",
)
"""in the order of imports"""
