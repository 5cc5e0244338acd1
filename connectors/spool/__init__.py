"""A spool: messages of an intake on disk until a run has read them and made them durable itself. Append-only segments,
written by one process, read by another. What messages mean belongs to `brainstem.parse`, what listens to other connectors.
"""

from typing import Final

from connectors.base import RegisteredSource

MODULES: Final = (
    "folder",
    "groups",
    "marks",
    "segments",
    "requests",
    "writer",
    "places",
    "reader",
    "check",
)
"""in the order of imports"""

SPOOL: Final = RegisteredSource(
    name="spool",
    reads="messages that an intake has received, each of them one record, of one listener or journal for one tenant",
    argument="[[listen.*]] or [journal] in the file of brainstem run",
    is_input=False,
)
SOURCES: Final = (SPOOL,)
