"""What earlier incidents say: which messages came before them, and which were new then and are new again."""

from typing import Final

MODULES: Final = (
    "consent",
    "message_shape",
    "occurrences",
    "precursor",
    "precedent",
    "rarity",
)
"""in the order of imports"""
