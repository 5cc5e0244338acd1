"""Whole runs: a replay of files or topics, a live run, and what finishes the output folder afterwards. What a run is asked
to do belongs to `flows.config` and `flows.cli`; what its steps do belongs to `flows.graph`."""

from typing import Final

MODULES: Final = (
    "finish",
    "replay",
    "live",
    "topic_replay",
    "stored_replay",
    "start_live",
    "compact_folder",
    "what_if",
    "backtest",
    "stored_ends",
    "repair_live",
    "repair",
    "compile_progress",
    "compile_ahead",
)
"""in the order of imports"""
