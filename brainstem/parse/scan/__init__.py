"""Compiled readers of single parts of a record: its prefix, time stamp, header, level and pairs. Each takes one buffer and
the bounds of many records, and returns columns of offsets and numbers. None raises, and only that of JSON members copies
bytes; the parser says in which order they run.
"""

from typing import Final

MODULES: Final = (
    "civil_time",
    "vendor_stamps",
    "timestamp",
    "severity",
    "prefix",
    "header_fields",
    "rfc5424",
    "tag",
    "header",
    "key_value",
    "columns",
    "enclosed",
    "json_members",
)
"""in the order of imports"""
