"""The one dataflow, and the shells in which Bytewax drives keyed state."""

from typing import Final

MODULES: Final = (
    "steps",
    "pooled_attention",
    "dataflow",
)
"""in the order of imports"""
