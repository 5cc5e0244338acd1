"""Input formats, one file each: where the format is specified, sample lines, and the fields that these must yield. A
byte scanner that several formats share belongs to `parse.scan`.
"""

from typing import Final

MODULES: Final = (
    "definition",
    "application",
    "structured",
    "syslog",
    "json_records",
    "registry",
)
"""in the order of imports"""
