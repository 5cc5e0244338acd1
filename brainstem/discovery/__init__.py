"""One tenant's step: what its families show together, from the reports of all buckets to decisions and findings. How a
single kind of evidence is weighed belongs to `evidence`; `tenant` explains the order of the work.
"""

from typing import Final

MODULES: Final = (
    "acquaintance",
    "family_columns",
    "plain_slots",
    "notice_columns",
    "family_map",
    "job_endings",
    "enrichment",
    "incident_memory",
    "surfacing",
    "tenant",
    "snippet_texts",
)
"""in the order of imports"""
