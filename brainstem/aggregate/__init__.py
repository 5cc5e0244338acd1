"""From signed events to deltas: one batch is aggregated into small counts per signature, host, entity and slot, which add up
in any order. What is remembered across batches belongs to `evidence.history` and to `state`.
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
