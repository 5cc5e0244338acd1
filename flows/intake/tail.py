"""The tail: files are followed on a thread beside the listeners, and what they gain goes into the same buffer.

While the buffer has no room nothing is read. What a poll has returned is put whole and in order, or not at all.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from connectors.received import ReceivedMessage
from connectors.tail.file_set import FileSet
from connectors.tail.follower import Follower
from flows.intake.spool import SpoolBuffer

POLL_SECONDS: Final = 0.25
POLL_SHARE: Final = 10
"""the time between two polls that have found nothing is so many times what one costs, at least"""
NAME: Final = "files"
"""in the account of listeners"""


class Tail:
    """The files that an intake follows. Belongs to the event loop of its listeners."""

    def __init__(
        self, sets: Sequence[FileSet], buffer: SpoolBuffer, note: Callable[[str], None], excluded: Sequence[str]
    ) -> None:
        """Take up the files where the spool says that they were left."""
        self._buffer = buffer
        self._follower = Follower(sets, buffer.file_positions(), note=note, excluded=excluded)
        self._task: asyncio.Task[None] | None = None
        self.is_taken_up = False
        """whether the files that were there at the start, and what the first poll has read of them, are durable"""

    def start(self) -> None:
        """Begin to follow."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    @property
    def failure(self) -> BaseException | None:
        """Return what the tail has ended of; None while it goes on."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            return None
        return self._task.exception()

    def account(self) -> dict[str, Any]:
        """Return its account, as JSON takes it."""
        return self._follower.account.to_plain()

    async def close(self) -> None:
        """End following; what was read and is in the buffer stays there."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._follower.close()

    async def _follow(self) -> None:
        while True:
            await self._buffer.room()
            polling = asyncio.ensure_future(asyncio.to_thread(self._poll))
            try:
                messages, cost_seconds = await asyncio.shield(polling)
            except asyncio.CancelledError:
                # the thread cannot be interrupted, and the files are its own until it returns
                await asyncio.wait([polling])
                raise
            last = 0
            for message in messages:
                last = self._buffer.put(message)
            if not self.is_taken_up:
                await self._buffer.durable(last)
                self.is_taken_up = True
            share = 1 if messages else POLL_SHARE
            await asyncio.sleep(0 if self._follower.has_more else max(POLL_SECONDS, share * cost_seconds))

    def _poll(self) -> tuple[list[ReceivedMessage], float]:
        """Return what has come, and the seconds of a core that it took to find out: on a busy machine it takes longer, and
        would be put off longer too.
        """
        began = time.thread_time()
        messages = self._follower.poll(time.monotonic())
        return messages, time.thread_time() - began
