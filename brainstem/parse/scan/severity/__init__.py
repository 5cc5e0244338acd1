"""Severity: from a network device's mnemonic, the priority, or a level word near the message's beginning.

Numbers are those of the OpenTelemetry scale, 0 for unspecified. In the lines of applications the message is moved behind the
level where that is cleanly printed. A level's name counts only where its place or its capitals say that it is one.
"""

from typing import Final

MODULES: Final = (
    "scale",
    "words",
    "denial",
    "first_words",
    "header_levels",
    "device_levels",
    "application_header",
    "severities",
)
"""in the order of imports"""
