"""Text helpers that several stages share: names of bytes, phrases for numbers and lists, and time zones. A helper that
only one stage uses belongs to that stage; bytes in bulk belong to `arrays.byte_strings`.
"""

from typing import Final

MODULES: Final = (
    "ascii",
    "phrases",
    "time_zones",
)
"""in the order of imports"""
