"""Files as sources: discovery of what there is, decompression, reading from any position, and the files of statements; and
the one file that items are written to.
"""

from typing import Final

MODULES: Final = (
    "compression",
    "cursor",
    "item_file",
    "peek",
    "discovery",
    "statements",
)
"""in the order of imports"""
