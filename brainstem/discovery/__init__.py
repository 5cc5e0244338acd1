"""One tenant's step: reports of all buckets become features with what only the whole tenant shows, and these become
decisions and findings. How one kind of evidence is weighed belongs to `evidence`; texts for people belong to `explain`.
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
