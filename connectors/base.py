"""The seam between a source of records and the rest of the program: what every source promises, and why.

A source reads bytes of one origin (a file, a pipe, a partition of a topic) and returns them as `Envelopes`: consecutive
records with their provenance. It knows nothing of logs. `Promise` lists what it owes whoever reads it; each member names the
trap that it keeps out. `tests/contract/test_sources.py` holds every source of `connectors.registry` to every promise, except
where its entry itself says why a promise cannot be kept.

Two ways to read. Of files the reader decides which one comes next, so a file is a `Source` of its own, opened at a position
(`connectors.files.cursor`). Of topics the broker decides: one client fetches many partitions, and `KafkaReader.poll` returns
pieces of whichever came (`connectors.kafka.reader`); a spool is read in the same way (`connectors.spool.reader`). There the
promises hold for each partition by itself, and a piece becomes envelopes by `Messages.to_envelopes`.

What a source does not decide: the tenant is given to it by the input argument, the topic's rule, the listener or the
credential, and is never read out of the bytes. Who may write log lines could else write them into somebody else's records.

Nor may anything depend on `close` being called. A killed process never calls it, and that is the usual way for a long run to
end: what must survive is the position in the last snapshot, and a source keeps nothing else that is worth saving.

Two errors stop a run before it has read or written anything:

    InputError              an input is missing or cannot be used as asked (exit status 2)
    ConfigurationError      the arguments contradict each other (exit status 3)

A connector is one folder, whose `__init__` has an entry for each of its sources (`RegisteredSource`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    # the errors below are told by commands that read nothing, and loading arrays takes a quarter of a second
    from brainstem.contracts.envelope import Envelopes


class InputError(Exception):
    """An input is missing or cannot be used as asked. The message names it and ends in what the operator can do."""


class NothingFoundError(InputError):
    """What was asked for is in nothing that was read, which is no fault of any input: as of `grep`, it is exit status 1."""


class ConfigurationError(Exception):
    """The arguments contradict each other. The message names key, value and fix."""


class Promise(StrEnum):
    """What whoever reads a source may rely on."""

    EXACT = "the bytes come back as they were written"
    """It never decodes. The parser decides what bytes mean; a source that decodes makes one bad byte the end of a run, or
    replaces it, and then the stored evidence is not what the host wrote."""
    COMPLETE = "every byte belongs to exactly one record"
    """It never drops: blank lines, garbage and a last line without its newline are records too, and the parser rejects them
    under a reason that is counted. What cannot be read at all is a counted fault. The records are the same in whatever
    sizes it read, or a replay with other settings would store other records."""
    RESUMES = "opened at a position it continues behind the last record returned"
    """`position` is *after* the last record that was returned, not after the last byte that was read: a source reads ahead,
    and what it had read but not returned dies with its process. A position that is a record early stores it twice, one
    that is late loses it."""
    UNDELAYED = "what is at hand is returned at once"
    """It does not wait until a batch is full. Else the last lines before a host falls silent are seen when it speaks
    again, and those are the lines that say why."""
    DOES_NOT_WAIT = "with nothing at hand it returns"
    """One thread reads all partitions of a process, and takes a stop request between two reads. A source that waits for
    its own bytes stops all others, and the run cannot be ended."""
    BOUNDED = "memory does not grow with the length of the input"
    """A gigabyte that was compressed to a megabyte, or a day of messages that piled up, passes through in pieces."""
    CLOSES = "close may come twice, at any time"
    """A run that fails closes what it has open, and does not know what was closed before."""


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


class Source(Protocol):
    """One origin of records, opened at a position. It keeps every `Promise`."""

    @property
    def position(self) -> int:
        """Return where to resume: behind the last record returned, in the unit of the records' own positions."""

    def read(self, max_records: int) -> "Envelopes | None":
        """Return the next records, at most `max_records`; none of them when nothing is at hand yet, and None when there
        will never be more.
        """

    def close(self) -> None:
        """Release what the operating system lent. Nothing may depend on its being called."""
