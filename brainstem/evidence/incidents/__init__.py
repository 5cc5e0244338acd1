"""What earlier incidents teach: which messages came before them, and what was new then and is new again."""

from typing import Final

MODULES: Final = (
    "message_shape",
    "occurrences",
    "precursor",
    "precedent",
    "rarity",
)
"""in the order of imports"""
