"""Kafka topics as sources and as outputs, by librdkafka: client settings, reading, writing. Merging partitions by event
time and committing with snapshots belong to `flows.sources`.
"""

from typing import Final

MODULES: Final = (
    "client",
    "writer",
    "reader",
)
"""in the order of imports"""
