"""Listeners as they are configured: what those of all protocols have in common, those for HTTP, and files to follow."""

from typing import Final

MODULES: Final = (
    "common",
    "http",
    "files",
)
"""in the order of imports"""
