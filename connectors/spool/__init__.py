"""A spool: messages of an intake on disk until a run has read them and made them durable itself. Append-only segments,
written by one process, read by another. What messages mean belongs to `brainstem.parse`, what listens to other connectors.
"""

from typing import Final

MODULES: Final = (
    "folder",
    "groups",
    "marks",
    "segments",
    "requests",
    "writer",
    "places",
    "reader",
    "check",
)
"""in the order of imports"""
