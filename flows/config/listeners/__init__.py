"""Listeners as they are configured: what those of all protocols have in common, those for HTTP, and files and journals to
follow.
"""

from typing import Final

MODULES: Final = (
    "common",
    "http",
    "files",
    "journal",
)
"""in the order of imports"""
