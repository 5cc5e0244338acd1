"""Bytewax sources: files and topics as a fixed number of virtual partitions, each merged by event time, with watermarks,
snapshots and backpressure. What reads bytes from one file or one topic belongs to `connectors`; what a record means belongs
to `brainstem.parse`."""

from typing import Final

MODULES: Final = (
    "batches",
    "pace",
    "file_context",
    "file_sample",
    "date_order",
    "file_merge",
    "file_source",
    "stored_records",
    "stored_messages",
    "topic_partition",
    "readers",
    "start_offsets",
    "topic_merge",
    "topic_source",
)
"""in the order of imports"""
