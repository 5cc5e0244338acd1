"""What every receiver of messages over the network passes on, and the buffer that takes it.

A receiver (syslog, HTTP) knows its protocol; a buffer (a spool on disk, a topic) knows how messages become durable. They
meet here, so that neither imports the other.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from connectors.kept_requests import KeptRequest

DROPPED: Final = "dropped"
"""the fault of what is no message but says how many of them a listener had to drop, in decimal digits, since it last did"""

POSITION: Final = "position"
"""the fault of what is no message but says how far a file or a journal has been read: `connectors.tail.positions`"""
UNREAD: Final = "unread"
"""the fault of what is no message but says that some of a file could not be read, and how far it was"""


class ReceivedMessage(NamedTuple):
    """A message as it arrived. `received_at_us` is in microseconds since the epoch, UTC."""

    listener: str
    """the name of the listener that received it"""
    tenant: str
    """from the listener, the certificate or the credential, never from the content"""
    peer: str
    """the address that it came from"""
    content: bytes
    fault: str | None
    """why the bytes are no message, a short name; None for a message"""
    received_at_us: int


class Buffer(Protocol):
    """Where messages go. Called from the thread of the listeners' event loop only."""

    def has_room(self) -> bool:
        """Return whether `put` should be called now; a message that is put all the same is taken too."""

    async def room(self) -> None:
        """Wait until there is room; return at once where there is."""

    def kept_requests(self) -> Sequence[KeptRequest] | None:
        """Return the requests with an idempotency key that it has of an earlier start; None where it keeps none, so that
        it is not to be given notes of them.
        """

    def put(self, message: ReceivedMessage) -> int:
        """Take a message; return its number, counted from 1 since the buffer was opened."""

    async def durable(self, number: int) -> None:
        """Wait until all messages up to `number` are durable: on disk, or acknowledged by the brokers.

        Raises `BufferFailedError` once the buffer has failed for good, for messages that are not durable by then.
        """


class BufferFailedError(Exception):
    """The buffer has ended for good before a message was durable. The message says why."""
