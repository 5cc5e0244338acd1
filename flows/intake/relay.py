"""The relay: messages from listeners to a topic, on a thread of its own, with a bounded queue between.

Each message becomes one on the topic, its bytes as they came, with the tenant, the peer and the listener as headers; one
that is no message (a wrong count, too long) carries the fault as a header too, and the run that reads the topic stores it as
a reject. Messages of one peer have one key, so that they stay in one partition and in their order.

While brokers are away the queue fills up, and listeners wait or drop, as their protocol allows. Nothing is sent twice by the
relay itself, and nothing that was put is skipped: where a broker refuses a message for good, the relay ends, and says why.
"""

from collections.abc import Callable
from typing import Any, Final

from typing_extensions import override

from connectors.kafka.client import ClientSettings
from connectors.kafka.writer import OutgoingMessage, TopicWriter
from connectors.received import ReceivedMessage
from flows.config.subscription import FAULT_HEADER, LISTENER_HEADER, PEER_HEADER
from flows.intake.buffer import QueuedBuffer
from flows.process.stop_request import StoppedError

SENT_AT_ONCE: Final = 1000
REPORT_SECONDS: Final = 0.01
"""how often delivery reports are served while nothing comes and some are awaited"""
QUIET_SECONDS: Final = 0.2
"""how often brokers that went away are noticed while nothing comes"""


class TopicRelay(QueuedBuffer):
    """The queue and the thread that empties it. A message is durable once the brokers have acknowledged it."""

    def __init__(
        self, client: ClientSettings, topic: str, tenant_header: str, note: Callable[[str], None], stop_seconds: float
    ) -> None:
        super().__init__()
        self._tenant_header = tenant_header
        self._note = note
        self._stop_seconds = stop_seconds
        self._writer = TopicWriter(client, topic, self._waiting)
        self._trouble = ""
        self._taken = 0

    @property
    def acknowledged(self) -> int:
        """Return how many messages the brokers have acknowledged."""
        return self._writer.acknowledged

    @property
    def trouble(self) -> str:
        """Return what the relay waits for; empty for nothing."""
        return self._trouble

    @override
    def counts(self) -> dict[str, Any]:
        return {"acknowledged": self.acknowledged, "waiting": self.waiting, "trouble": self.trouble}

    @override
    def empty(self) -> None:
        while not self.is_finished:
            awaits_reports = self._writer.acknowledged_up_to < self._taken
            batch = self.take(SENT_AT_ONCE, REPORT_SECONDS if awaits_reports else QUIET_SECONDS)
            self._taken += len(batch)
            self._writer.send([self._outgoing(message) for message in batch])
            self.note_durable(self._writer.acknowledged_up_to)
            if batch:
                self._trouble = ""
        self._writer.flush()
        self.note_durable(self._writer.acknowledged_up_to)

    def _outgoing(self, message: ReceivedMessage) -> OutgoingMessage:
        headers = [
            (self._tenant_header, message.tenant.encode()),
            (PEER_HEADER, message.peer.encode()),
            (LISTENER_HEADER, message.listener.encode()),
        ]
        if message.fault is not None:
            headers.append((FAULT_HEADER, message.fault.encode()))
        key = f"{message.listener}/{message.peer}"
        return OutgoingMessage(key, message.content, headers, message.received_at_us // 1000)

    def _waiting(self, what: str) -> None:
        """Note what is waited for, once; give up when the relay is to end and that takes too long."""
        if what.split(":")[0] != self._trouble.split(":")[0]:
            self._note(f"waiting: {what}")
        self._trouble = what
        if self._is_ending:
            self._stop_seconds -= 0.2
            if self._stop_seconds <= 0:
                raise StoppedError(f"stopped while {what}; what they have not acknowledged is lost.")
