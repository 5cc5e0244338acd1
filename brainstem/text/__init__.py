"""Text that several stages need alike: names of bytes, phrases for numbers and lists, and time zones. What only one stage
says or reads stands with that stage.
"""

from typing import Final

MODULES: Final = (
    "ascii",
    "phrases",
    "time_zones",
)
"""in the order of imports"""
