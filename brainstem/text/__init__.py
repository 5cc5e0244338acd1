"""Text that several stages read or write alike: names of bytes, phrases for numbers and lists, and time zones. What only one
stage uses belongs to that stage.
"""

from typing import Final

MODULES: Final = (
    "ascii",
    "phrases",
    "time_zones",
)
"""in the order of imports"""
