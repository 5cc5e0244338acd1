"""One bucket of the attention step: its tables of families, facets and services, deltas that wait for their slot,
sealing, and eviction. `bucket` drives all of it. What a sealed row is worth belongs to `brainstem.attention`.
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
