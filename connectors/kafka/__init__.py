"""Kafka topics as sources and as places to write to, through librdkafka (`confluent_kafka`)."""

from typing import Final

from connectors.base import RegisteredSource

MODULES: Final = (
    "client",
    "writer",
    "reader",
)
"""in the order of imports"""

TOPICS: Final = RegisteredSource(
    name="topics",
    reads="messages, each of them one record, of the partitions of Kafka topics",
    argument="kafka://...",
    scheme="kafka://",
)
SOURCES: Final = (TOPICS,)
