"""Texts for people: headlines, reasons, advice, items, digests, explanations, and the redaction of secrets in them.
Nothing here changes a score or a decision, and nothing here reads a file.
"""

from typing import Final

MODULES: Final = (
    "sentences",
    "changes",
    "headline",
    "advice",
    "redaction",
    "quote",
    "run_out",
    "elsewhere",
    "item",
    "input_gaps",
    "answers",
    "course",
    "digest",
    "misreading",
)
"""in the order of imports"""
