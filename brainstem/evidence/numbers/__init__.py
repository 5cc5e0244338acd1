"""Numbers in messages, each followed over time as a gauge: those that count down to zero, and those that drift out of
their range. How a number is found in a message belongs to `signature.tokenizer`.
"""

from typing import Final

MODULES: Final = (
    "gauges",
    "drift",
    "countdown",
    "number_notices",
)
"""in the order of imports"""
