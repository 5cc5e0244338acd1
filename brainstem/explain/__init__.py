"""Words for people: headlines, reasons, advice, items, digests, explanations, and what must be hidden from them. Nothing
here changes a score or a decision.
"""

from typing import Final

MODULES: Final = (
    "sentences",
    "changes",
    "headline",
    "advice",
    "check_digits",
    "redact",
    "explanation",
    "quote",
    "item",
    "digest",
    "input_gaps",
)
"""in the order of imports"""
