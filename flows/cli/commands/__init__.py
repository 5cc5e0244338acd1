"""One file a command."""

from typing import Final

MODULES: Final = ("asking",)
"""in the order of imports"""
