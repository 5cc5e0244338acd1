"""From signed events to deltas: one batch is folded into small counts per kind of message, host, entity and slot, which
add up in any order. Nothing is remembered between batches here; what is belongs to `evidence.history` and to `state`.
"""

from typing import Final

MODULES: Final = (
    "kernels",
    "compaction",
    "facet_deltas",
    "deltas",
    "service_activity",
)
"""in the order of imports"""
