"""The one dataflow graph, and the adapters through which Bytewax drives keyed state. What a step computes belongs to
`brainstem` and `state`; what it reads or writes belongs to `flows.sources` and `flows.sinks`."""

from typing import Final

MODULES: Final = (
    "memory",
    "steps",
    "pooled_attention",
    "checked_snapshots",
    "dataflow",
)
"""in the order of imports"""
