"""Bytewax sinks: the stores of the output folder, `items.jsonl`, and Kafka topics. How a file or a message is written
belongs to `state.store` and `connectors`; what it says belongs to `brainstem`."""

from typing import Final

MODULES: Final = (
    "output_folder",
    "folder_sinks",
    "messages",
    "topic_sinks",
)
"""in the order of imports"""
