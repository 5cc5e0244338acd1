"""The journal of systemd, as `journalctl` exports it: the program that is started, the entries of its output, and how far
they were read. What an entry means belongs to `brainstem.parse`, how it becomes durable to the spool.
"""

from typing import Final

MODULES: Final = (
    "entries",
    "position",
    "exporter",
    "account",
)
"""in the order of imports"""
