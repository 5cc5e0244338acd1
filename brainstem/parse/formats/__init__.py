"""Input formats, one file each: number, specification, the properties that code branches on, sample lines and the fields
that these must yield. A new format is one file in `text`, `syslog`, `json` or `fielded`, named in the `FORMAT_FILES` of that
folder. Byte scanning that several formats share belongs to `scan`, reading of values to `fields`.
"""

from typing import Final

MODULES: Final = (
    "definition",
    "windows_event",
    "text",
    "syslog",
    "json",
    "fielded",
    "registry",
)
"""in the order of imports"""
