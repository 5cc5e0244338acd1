"""All sources, one entry for each: what it reads, how a person asks for it, and which promises it cannot keep.

The command line takes the forms of its input arguments from here, and `tests/contract/test_sources.py` runs every entry. A
new source is a folder beside `files` and `kafka`, an entry in `SOURCES`, and in `tests/support/staged_sources.py` the way to
put given records where it reads them. Nothing is imported for an entry: a run over files loads no Kafka client.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.base import Promise


@dataclass(frozen=True, slots=True)
class RegisteredSource:
    """A source as the program and its operator know it."""

    name: str
    reads: str
    """what its records are and where they come from"""
    argument: str
    """how it is asked for, in the words of the help"""
    is_input: bool = True
    """whether it is asked for by an input argument of `brainstem replay`, not by an option"""
    scheme: str = ""
    """what the argument begins with, a tenant aside, where it is an address; empty where it is a path"""
    exempt: Mapping[Promise, str] = field(default_factory=dict)
    """promises that it cannot keep, each with the reason and with what the program does about it"""


FILES: Final = RegisteredSource(
    name="files",
    reads="lines, with those that continue them, of files: plain, or compressed with gzip, xz, zstd or bzip2",
    argument="PATH of a file or folder",
)
PIPES: Final = RegisteredSource(
    name="pipes",
    reads="lines, with those that continue them, of standard input or of a named pipe",
    argument="- for standard input",
    exempt={
        Promise.RESUMES: "bytes that were read from a pipe are gone; opening one at a position is refused, and the message"
        " says to save them to a file",
        Promise.DOES_NOT_WAIT: "reading a pipe waits for whoever writes into it; a run reads beside its graph, on a thread"
        " of its own",
    },
)
STATEMENTS: Final = RegisteredSource(
    name="statements",
    reads="tickets and verdicts of people, a JSON object a line, of one file",
    argument="--incidents FILE or --feedback FILE",
    is_input=False,
)
TOPICS: Final = RegisteredSource(
    name="topics",
    reads="messages, each of them one record, of the partitions of Kafka topics",
    argument="kafka://...",
    scheme="kafka://",
)

SPOOL: Final = RegisteredSource(
    name="spool",
    reads="messages that an intake has received, each of them one record, of one listener or journal for one tenant",
    argument="[[listen.*]] or [journal] in the file of brainstem run",
    is_input=False,
)

TAIL: Final = RegisteredSource(
    name="tail",
    reads="lines, with those that continue them, of files that are followed while they grow, through the spool",
    argument="[[files]] in the file of brainstem run",
    is_input=False,
)

SOURCES: Final = (FILES, PIPES, STATEMENTS, TOPICS, SPOOL, TAIL)
"""all of them, inputs in the order in which the help names them"""


def input_forms() -> str:
    """Return the forms that an input argument may have, as a sentence of the help."""
    *others, last = (source.argument for source in SOURCES if source.is_input)
    return f"[TENANT=]{', '.join(others)}, or {last}"
