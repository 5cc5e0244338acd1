"""Proof from an output folder: what a run has written down of itself, and the audit that compares it with the files.

What is written down at the end of a run (`manifest`) belongs here, for the audit is what reads it. The audit writes nothing
but the signature that it is asked for.
"""

from typing import Final

MODULES: Final = (
    "manifest",
    "report",
    "input_places",
    "original_inputs",
    "recomputed_columns",
    "outcome",
    "proof",
)
"""in the order of imports"""
