"""Input formats, one file each: where a format is specified, sample lines, and the fields that these must yield. Byte
scanning that several formats share belongs to `scan`.
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
