"""Compiled scanners of single parts of a record: its time stamp, its header, its severity, its fields. They take a
buffer with bounds and return numbers. Which scanner is tried when is decided in `formats` and in the parser.
"""

from typing import Final

MODULES: Final = (
    "civil_time",
    "timestamp",
    "severity",
    "prefix",
    "header_layout",
    "rfc5424",
    "tag",
    "header",
    "key_value",
)
"""in the order of imports"""
