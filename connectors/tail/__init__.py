"""Files that are followed while they grow: found by patterns, recognized through rotation, read to records, and passed on
with the position of each, so that a buffer makes both durable together. What a record means belongs to
`brainstem.parse`, how it becomes durable to the spool.
"""

from typing import Final

from connectors.base import RegisteredSource

MODULES: Final = (
    "positions",
    "file_set",
    "growing",
    "copies",
    "followed",
    "followed_files",
    "account",
    "output",
    "candidates",
    "lifecycle",
    "continuations",
    "reading",
    "follower",
)
"""in the order of imports"""

TAIL: Final = RegisteredSource(
    name="tail",
    reads="lines, with those that continue them, of files that are followed while they grow, through the spool",
    argument="[[files]] in the file of brainstem run",
    is_input=False,
)
SOURCES: Final = (TAIL,)
