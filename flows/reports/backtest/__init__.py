"""Backtests: the items of two runs over the same logs held against each other, against incidents and verdicts, and against
what is expected of them. They take items that were read, and say nothing of how the runs came about (`flows.runs.backtest`).
"""

from typing import Final

MODULES: Final = (
    "comparison",
    "measures",
    "expectations",
    "what_if",
    "output",
)
"""in the order of imports"""
