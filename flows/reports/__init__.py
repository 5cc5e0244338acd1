"""Answers read back from an output folder: digest, explanation, feedback. They only read, apart from the file of
verdicts that `feedback` appends to. Wording belongs to `brainstem.explain`."""

from typing import Final

MODULES: Final = (
    "recorded",
    "feedback",
    "explanation",
    "refused_statements",
    "courses",
    "digest",
    "input_check",
    "backtest",
    "spool_report",
)
"""in the order of imports"""
