"""What is remembered, and how it survives: keyed state with versioned snapshots, and files that appear whole or not at all.
Rules of what a number means stand in `brainstem`; this package holds rows, grows them, drops them, and takes and
restores snapshots. It imports `brainstem` and nothing else of the product.
"""

from typing import Final

MODULES: Final = (
    "frontier",
    "snapshot_codec",
    "store",
    "attention",
    "discovery",
)
"""in the order of imports"""
