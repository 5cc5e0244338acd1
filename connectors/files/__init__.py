"""Files as sources: discovery of files, decompression, reading from any position, and files of statements; and the one
file that items are appended to. Merging several files by event time belongs to `flows.sources`.
"""

from typing import Final

MODULES: Final = (
    "encoding",
    "compression",
    "cursor",
    "rotation",
    "item_file",
    "given",
    "peek",
    "beginning",
    "discovery",
    "statements",
)
"""in the order of imports"""
