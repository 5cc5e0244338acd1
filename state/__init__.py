"""State between batches, and how it survives: keyed state with versioned snapshots, and files that appear whole or not at
all. What a number means is a rule of `brainstem`; this package holds rows, adds and drops them, and takes and restores
snapshots. It imports `brainstem` and nothing else of the product.
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
