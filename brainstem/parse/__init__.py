"""From bytes to events: records are cut out of a stream, and the time, host, service, severity and message of each are
parsed. The state of a source between batches is `source_context`. What kind of message a record is belongs to
`signature`; opening and decompressing belong to `connectors`. A new input format is one file in `formats`.
"""

from typing import Final

MODULES: Final = (
    "field_names",
    "boundaries",
    "formats",
    "record_text",
    "scan",
    "event_time",
    "name_guard",
    "source_context",
    "fields",
    "json_fields",
    "plain_objects",
    "documents",
    "parser",
    "unread_fields",
)
"""in the order of imports"""
