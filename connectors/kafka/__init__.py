"""Kafka topics as sources and as places to write to, by librdkafka."""

from typing import Final

MODULES: Final = (
    "client",
    "writer",
    "reader",
)
"""in the order of imports"""
