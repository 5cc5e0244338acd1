"""All sources, as the folders of the connectors name them, in the order of the folders.

The command line takes the forms of its input arguments from here, and `tests/contract/test_sources.py` runs every entry. A
new source is a folder beside `files` and `kafka` with its entry in `SOURCES`, the name of the folder in `connectors`, and in
`tests/support/staged_sources.py` the way to put given records where it reads them. No module of a connector is imported for
its entry: a run over files loads no Kafka client.
"""

from importlib import import_module
from typing import Final

from connectors import CONNECTORS
from connectors.base import RegisteredSource

SOURCES: Final[tuple[RegisteredSource, ...]] = tuple(
    source
    for name in CONNECTORS
    # what only receives has none: its messages are read from the spool
    for source in getattr(import_module(f"connectors.{name}"), "SOURCES", ())
)
"""all of them, inputs in the order in which the help names them"""


def input_forms() -> str:
    """Return the forms that an input argument may have, as a sentence of the help."""
    *others, last = (source.argument for source in SOURCES if source.is_input)
    return f"[TENANT=]{', '.join(others)}, or {last}"
