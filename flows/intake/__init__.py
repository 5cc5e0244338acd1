"""Intake: listeners beside a durable buffer, which a run reads. A protocol belongs to `connectors`; what a message means to
`brainstem.parse`."""

from typing import Final

MODULES: Final = (
    "buffer",
    "relay",
    "positions",
    "spool",
    "tail",
    "journal",
    "listen",
)
"""in the order of imports"""
