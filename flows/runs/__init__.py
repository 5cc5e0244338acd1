"""Whole runs: a replay of files or topics, a live run, and bringing the output folder to rest afterwards."""

from typing import Final

MODULES: Final = (
    "finish",
    "replay",
    "live",
    "topic_replay",
    "start_live",
    "compile_ahead",
)
"""in the order of imports"""
