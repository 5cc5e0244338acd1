"""What a source owes the rest of the program, in prose, and what goes wrong before anything is read.

A source gives `Envelopes`: consecutive records of one origin and one tenant, as bytes.

- It never decodes. What the bytes mean is the parser's business; a source that decodes turns one bad byte into a stop.
- It never drops. Each byte belongs to exactly one record, blank lines and garbage included; what cannot be read is a
  counted fault, not a silence.
- Its records do not depend on the sizes in which it happened to read.
- `position` is where to resume: the first byte (or offset) after the last record it gave. A source opened there gives
  the records that the uncut reading would have given next. It resumes *after* the last emitted record, so a crash
  neither repeats nor skips one.
- The tenant comes from the listener, the topic, the credential or the input argument, never from the bytes.
- `read` gives what is at hand and does not wait for a full batch.
- `close` may never be called. Nothing may depend on it.

    InputError              an input is missing or cannot be used as asked; nothing was written (exit status 2)
    ConfigurationError      the arguments contradict each other (exit status 3)
"""

from typing import Protocol

from brainstem.contracts.envelope import Envelopes


class InputError(Exception):
    """An input is missing or cannot be used as asked. The message names it and ends in what the operator can do."""


class ConfigurationError(Exception):
    """The arguments contradict each other. The message names key, value and fix."""


class Source(Protocol):
    """One origin of records, opened at a position."""

    @property
    def position(self) -> int:
        """Return the position after the last record given: where to resume."""

    def read(self, max_records: int) -> Envelopes | None:
        """Return the next records, at most `max_records`; None when there will never be more."""

    def close(self) -> None:
        """Let go of what the operating system lent."""
