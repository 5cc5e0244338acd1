"""Listeners as they are configured: what those of all protocols have in common, and those for HTTP."""

from typing import Final

MODULES: Final = (
    "common",
    "http",
)
"""in the order of imports"""
