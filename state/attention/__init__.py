"""One bucket of the attention step: its tables of families, facets and services, deltas that wait for their slot, sealing,
and eviction. `bucket` drives all of it, and its docstring explains how the parts work together.
"""

from typing import Final

MODULES: Final = (
    "pending",
    "family_table",
    "facet_table",
    "service_table",
    "notice_tables",
    "evidence_lines",
    "snippet_rows",
    "reported_features",
    "seal",
    "eviction",
    "membership",
    "bucket",
)
"""in the order of imports"""
