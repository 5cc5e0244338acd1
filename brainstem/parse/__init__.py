"""From bytes to events: records are cut out of a stream, and of each its time, host, service, severity and message are read.
Nothing here remembers more than one source, and nothing weighs. A new input format is one file in `formats`.
"""

from typing import Final

MODULES: Final = (
    "framing",
    "field_names",
    "formats",
    "scan",
    "event_time",
    "source_context",
    "json_fields",
    "parser",
)
"""in the order of imports"""
