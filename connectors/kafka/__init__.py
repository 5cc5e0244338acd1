"""Kafka topics as sources and as places to write to, through librdkafka (`confluent_kafka`)."""

from typing import Final

MODULES: Final = (
    "client",
    "writer",
    "reader",
)
"""in the order of imports"""
