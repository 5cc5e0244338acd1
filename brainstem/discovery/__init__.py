"""One tenant's step: what its families show together, from reports of all buckets to decisions and findings. How a single
kind of evidence is weighed stands in `evidence`.
"""

from typing import Final

MODULES: Final = (
    "notices",
    "family_map",
    "enrichment",
    "incident_memory",
    "surfacing",
    "tenant",
    "snippets",
)
"""in the order of imports"""
