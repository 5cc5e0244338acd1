"""The relay: messages from listeners to a topic, on a thread of its own, with a bounded queue between.

Each message becomes one on the topic, its bytes as they came, with the tenant, the peer and the listener as headers; one
that is no message (a wrong count, too long) carries the fault as a header too, and the run that reads the topic stores it as
a reject. Messages of one peer have one key, so that they stay in one partition and in their order.

While brokers are away the queue fills up, and listeners wait or drop, as their protocol allows. Nothing is sent twice by the
relay itself, and nothing that was put is skipped: where a broker refuses a message for good, the relay ends, and says why.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from connectors.kafka.client import ClientSettings
from connectors.kafka.writer import DeliveryError, OutgoingMessage, TopicWriter
from connectors.syslog.listener import ReceivedMessage
from flows.config.subscription import FAULT_HEADER, LISTENER_HEADER, PEER_HEADER
from flows.process.stop_request import StoppedError

QUEUE_BYTES: Final = 64 << 20
"""of messages that wait; listeners stop reading above"""
QUEUE_BYTES_RESUME: Final = QUEUE_BYTES // 2
MESSAGE_OVERHEAD_BYTES: Final = 200
"""what a waiting message takes beside its content"""
SENT_AT_ONCE: Final = 1000


class TopicRelay:
    """The queue and the thread that empties it."""

    def __init__(
        self, client: ClientSettings, topic: str, tenant_header: str, note: Callable[[str], None], stop_seconds: float
    ) -> None:
        self._tenant_header = tenant_header
        self._note = note
        self._stop_seconds = stop_seconds
        self._writer = TopicWriter(client, topic, self._waiting)
        self._queue: deque[ReceivedMessage] = deque()
        self._queued_bytes = 0
        self._wake = threading.Condition()
        self._room: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_ending = False
        self._trouble = ""
        self._ended = threading.Event()
        self.failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    @property
    def acknowledged(self) -> int:
        """Return how many messages the brokers have acknowledged."""
        return self._writer.acknowledged

    @property
    def waiting(self) -> int:
        """Return how many messages wait in the queue."""
        return len(self._queue)

    @property
    def trouble(self) -> str:
        """Return what the relay waits for; empty for nothing."""
        return self._trouble

    def start(self) -> None:
        """Start the thread; call it on the event loop of the listeners."""
        self._loop, self._room = asyncio.get_running_loop(), asyncio.Event()
        self._room.set()
        self._thread.start()

    def has_room(self) -> bool:
        """Return whether less than `QUEUE_BYTES` wait."""
        return self._queued_bytes < QUEUE_BYTES

    def put(self, message: ReceivedMessage) -> None:
        """Queue a message."""
        with self._wake:
            self._queue.append(message)
            self._queued_bytes += len(message.content) + MESSAGE_OVERHEAD_BYTES
            self._wake.notify()
        if self._room is not None and not self.has_room():
            self._room.clear()

    async def wait_for_room(self) -> None:
        """Wait until half of the queue is empty."""
        if self._room is not None:
            await self._room.wait()

    def end(self) -> None:
        """Request that the thread sends what is queued and ends."""
        with self._wake:
            self._is_ending = True
            self._wake.notify()

    def wait(self) -> None:
        """Wait until the thread has ended; `failure` says whether that was in order."""
        self._thread.join()

    @property
    def has_ended(self) -> bool:
        """Return whether the thread has ended."""
        return self._ended.is_set()

    def _run(self) -> None:
        try:
            while batch := self._take():
                self._writer.send([self._outgoing(message) for message in batch])
                self._trouble = ""
            self._writer.flush()
        except (DeliveryError, StoppedError) as error:
            self.failure = error
        finally:
            self._ended.set()

    def _take(self) -> list[ReceivedMessage]:
        """Wait for messages and take up to `SENT_AT_ONCE`; none once the relay is to end and the queue is empty."""
        with self._wake:
            while not self._queue:
                if self._is_ending:
                    return []
                # delivery reports are served, and brokers that went away are noticed, also while nothing comes
                if not self._wake.wait(timeout=0.2):
                    self._wake.release()
                    try:
                        self._writer.send(())
                    finally:
                        self._wake.acquire()
            batch = [self._queue.popleft() for _ in range(min(SENT_AT_ONCE, len(self._queue)))]
            self._queued_bytes -= sum(len(each.content) + MESSAGE_OVERHEAD_BYTES for each in batch)
            if self._queued_bytes <= QUEUE_BYTES_RESUME and self._loop is not None and self._room is not None:
                self._loop.call_soon_threadsafe(self._room.set)
        return batch

    def _outgoing(self, message: ReceivedMessage) -> OutgoingMessage:
        headers = [
            (self._tenant_header, message.tenant.encode()),
            (PEER_HEADER, message.peer.encode()),
            (LISTENER_HEADER, message.listener.encode()),
        ]
        if message.fault is not None:
            headers.append((FAULT_HEADER, message.fault.value.encode()))
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
