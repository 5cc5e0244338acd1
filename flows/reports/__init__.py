"""Answers read back from an output folder: digest, explanation, audit, feedback."""

from typing import Final

MODULES: Final = (
    "recorded",
    "feedback",
    "explanation",
    "audit_report",
    "original_inputs",
    "audit",
    "refused_statements",
    "since_shown",
    "digest",
)
"""in the order of imports"""
