"""Input formats, one file each: number, specification, the properties that code branches on, sample lines and the fields
that these must yield. A new format is one file in `text`, `syslog` or `json`, named in the `FORMAT_FILES` of that folder.
Byte scanning that several formats share belongs to `scan`.
"""

from typing import Final

MODULES: Final = (
    "definition",
    "windows_event",
    "text",
    "syslog",
    "json",
    "registry",
)
"""in the order of imports"""
