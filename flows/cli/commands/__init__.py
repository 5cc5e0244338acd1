"""One file for each command: its arguments and its help. What a command does belongs to `runs` or `reports`."""

from typing import Final

MODULES: Final = ("asking",)
"""in the order of imports"""
