"""The queue of a buffer: messages from listeners wait here, bounded, until a thread has made them durable.

`QueuedBuffer` numbers what is put, tells listeners whether there is room, and wakes whoever waits for a message to be
durable. What "durable" means is decided by the subclass, whose `empty` runs on a thread: the relay to a topic, or the writer
of the spool. `connectors.received.Buffer` is what listeners see of it.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from connectors.kept_requests import KeptRequest
from connectors.received import BufferFailedError, ReceivedMessage

QUEUE_BYTES: Final = 64 << 20
"""of messages that wait; listeners stop reading above"""
QUEUE_BYTES_RESUME: Final = QUEUE_BYTES // 2
MESSAGE_OVERHEAD_BYTES: Final = 200
"""what a waiting message takes beside its content"""


class QueuedBuffer(ABC):
    """A `Buffer` that a thread empties. `start`, `has_room`, `room`, `put`, `durable` and `end` belong to the event loop of
    the listeners, `wait` to another thread, the rest to the thread that empties it.
    """

    def __init__(self) -> None:
        self._queue: deque[ReceivedMessage] = deque()
        self._queued_bytes = 0
        self._wake = threading.Condition()
        self._is_ending = False
        self._is_refusing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_room = asyncio.Event()
        self._put = 0
        self._durable = 0
        self._awaited: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._ended = threading.Event()
        self.failure: Exception | None = None
        """why the thread ended before it was asked to"""
        self._thread = threading.Thread(target=self._run, name="buffer", daemon=True)

    @abstractmethod
    def empty(self) -> None:
        """Make durable what is taken, until the buffer is to end and nothing is left. Raises what it cannot go on after."""

    @abstractmethod
    def counts(self) -> dict[str, Any]:
        """Return what the account says of the buffer, as JSON takes it."""

    def start(self) -> None:
        """Start the thread; call it on the event loop of the listeners."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def kept_requests(self) -> Sequence[KeptRequest] | None:
        """Return the requests that it has of an earlier start; None where it keeps none."""
        return None

    def has_room(self) -> bool:
        """Return whether less than `QUEUE_BYTES` wait, and what empties it has room too."""
        return self._queued_bytes < QUEUE_BYTES and not self._is_refusing

    async def room(self) -> None:
        """Wait until half of the queue is empty; return at once where there is room, or never will be again."""
        if self.has_room() or self.has_ended:
            return
        self._has_room.clear()
        # the thread may have emptied it in between, and would not set it again
        if self.has_room() or self.has_ended:
            return
        await self._has_room.wait()

    def put(self, message: ReceivedMessage) -> int:
        """Queue a message; return its number, counted from 1."""
        with self._wake:
            self._queue.append(message)
            self._queued_bytes += len(message.content) + MESSAGE_OVERHEAD_BYTES
            self._put += 1
            self._wake.notify()
        return self._put

    async def durable(self, number: int) -> None:
        """Wait until all messages up to `number` are durable. Raises `BufferFailedError` once they cannot be any more."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited.append((number, waiting))
        self._settle()
        await waiting

    def end(self) -> None:
        """Request that the thread makes durable what is queued and ends."""
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

    @property
    def waiting(self) -> int:
        """Return how many messages wait in the queue."""
        return len(self._queue)

    def take(self, most: int, timeout_seconds: float) -> list[ReceivedMessage]:
        """Return up to `most` messages; none where nothing came for `timeout_seconds`, or it is to end."""
        with self._wake:
            if not self._queue and not self._is_ending:
                self._wake.wait(timeout_seconds)
            batch = [self._queue.popleft() for _ in range(min(most, len(self._queue)))]
            self._queued_bytes -= sum(len(each.content) + MESSAGE_OVERHEAD_BYTES for each in batch)
        if batch and self._queued_bytes <= QUEUE_BYTES_RESUME and not self._is_refusing:
            self._call(self._has_room.set)
        return batch

    @property
    def is_ending(self) -> bool:
        """Return whether nothing more will be put."""
        return self._is_ending

    @property
    def is_finished(self) -> bool:
        """Return whether it is to end and nothing waits."""
        return self._is_ending and not self._queue

    def refuse(self, *, refusing: bool) -> None:
        """Set whether listeners should put no more for now, however little waits."""
        if refusing != self._is_refusing:
            self._is_refusing = refusing
            if not refusing:
                self._call(self._has_room.set)

    def note_durable(self, number: int) -> None:
        """Note that all messages up to `number` are durable."""
        if number > self._durable:
            self._durable = number
            self._call(self._settle)

    def _run(self) -> None:
        try:
            self.empty()
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, and `failure` is raised
            self.failure = error
        finally:
            self._ended.set()
            self._call(self._settle)
            self._call(self._has_room.set)

    def _settle(self) -> None:
        """Wake those whose messages are durable, or never will be."""
        has_ended, durable = self.has_ended, self._durable
        left: deque[tuple[int, asyncio.Future[None]]] = deque()
        for number, waiting in self._awaited:
            if waiting.done():
                continue
            if number <= durable:
                waiting.set_result(None)
            elif has_ended:
                waiting.set_exception(BufferFailedError(str(self.failure or "the buffer has ended")))
            else:
                left.append((number, waiting))
        self._awaited = left

    def _call(self, what: Callable[[], None]) -> None:
        """Call a function on the event loop; none is left once the listeners have ended."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what)
