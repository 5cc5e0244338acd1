"""Answers read back from an output folder: digest, explanation, feedback. They only read, apart from the file of
verdicts that `feedback` appends to. Wording belongs to `brainstem.explain`."""

from typing import Final

MODULES: Final = (
    "window",
    "recorded",
    "feedback",
    "explanation",
    "refused_statements",
    "courses",
    "memory_changes",
    "healed",
    "source_health",
    "digest",
    "input_check",
    "backtest",
    "spool_report",
    "live_status",
)
"""in the order of imports"""
