"""What passes between stages, or leaves the program: batches, rows and documents with their schemas and versions. A contract
says what a field holds, its unit and its range; how it is computed belongs to the stage that fills it.
"""

from typing import Final

MODULES: Final = (
    "slots",
    "points",
    "envelope",
    "reject",
    "event",
    "statement",
    "ledger",
    "ledger_json",
    "features",
    "notice",
    "finding",
    "tenant_report",
    "decision",
)
"""in the order of imports"""
