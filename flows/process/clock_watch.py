"""The clock of the machine, watched while the engine runs: set back, it would leave the engine waiting for as long.

Bytewax waits by the clock that people set, for its sources and for its snapshots. Set back by an hour it neither reads nor
ends on request for an hour. So the process ends, as by a power cut, and whoever started it starts it again: what was
durable goes on. A clock set ahead keeps nothing waiting.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from brainstem.text.phrases import duration
from flows.process.stop_request import STOPPED_STATUS, say

BACK_SECONDS: Final = 5.0
"""set back by less, the engine just waits for so long; services that keep time seldom step by more"""
LOOKS_SECONDS: Final = 0.5


@contextmanager
def ending_where_the_clock_goes_back(
    looks_seconds: float = LOOKS_SECONDS,
    clock: Callable[[], float] = time.time,
    end: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """End the process in a sentence, with status 75, when `clock` is set back by more than `BACK_SECONDS` while the block
    runs. `end` does so, and is given the sentence.
    """
    is_over = threading.Event()
    ends = _end if end is None else end

    def watch() -> None:
        ahead = clock() - time.monotonic()
        while not is_over.wait(looks_seconds):
            now = clock() - time.monotonic()
            if ahead - now > BACK_SECONDS:
                ends(
                    f"brainstem: the clock of this machine was set back by {duration(round(ahead - now))}, and the engine"
                    " waits by it, so this process has ended. Nothing that was durable is lost. Operator action: start it"
                    " again, a replay with --resume."
                )
                return
            ahead = now

    watcher = threading.Thread(target=watch, name="clock", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()


def _end(sentence: str) -> None:
    say(sentence)
    os._exit(STOPPED_STATUS)
