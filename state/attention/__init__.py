"""One bucket of the attention step: its tables of families, facets and services, what waits for its slot, sealing, and
eviction. All of it is driven by `bucket`.
"""

from typing import Final

MODULES: Final = (
    "pending",
    "facet_table",
    "family_table",
    "service_table",
    "notice_tables",
    "evidence_lines",
    "snippets",
    "bounds",
    "seal",
    "eviction",
    "membership",
    "bucket",
)
"""in the order of imports"""
