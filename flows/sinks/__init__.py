"""Bytewax sinks: the stores of the output folder, `items.jsonl`, and Kafka topics."""

from typing import Final

MODULES: Final = (
    "output_folder",
    "folder_sinks",
    "messages",
    "topic_sinks",
)
"""in the order of imports"""
