"""Compiled readers of single parts of a record: its time stamp, its header, its level, its fields. They take a buffer and
bounds, and return numbers; which reader is tried when is the business of `formats` and of the parser.
"""

from typing import Final

MODULES: Final = (
    "civil_time",
    "timestamp",
    "severity",
    "prefix",
    "header_fields",
    "rfc5424",
    "tag",
    "header",
    "key_value",
)
"""in the order of imports"""
