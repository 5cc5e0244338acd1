"""Stopping on request: SIGTERM and SIGINT end a run between two batches, with everything it has taken made durable.

A signal only sets a flag. The sources see it and end, the engine takes a last snapshot, and the run can be resumed. A second
signal ends the process at once, which is as safe as a power cut and as impolite.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class StoppedError(Exception):
    """The run was asked to stop and did; everything it has taken is durable. It goes on when started with `--resume`."""


class Stop:
    """Whether the run was asked to end."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    @property
    def asked(self) -> bool:
        """Return whether somebody has asked."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Ask the run to end."""
        self._asked.set()


@contextmanager
def stopping_on_signals() -> Iterator[Stop]:
    """Turn signals into a request while the block runs; elsewhere than on the main thread nobody can ask."""
    stop = Stop()

    def heed(number: int, _frame: FrameType | None) -> None:
        if stop.asked:
            # the second time is an order
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.ask()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, heed) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
