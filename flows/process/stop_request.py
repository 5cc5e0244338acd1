"""Stopping on request: SIGTERM and SIGINT end a run between two batches, with everything it has read made durable.

A signal only sets a flag. The sources see it and end, Bytewax takes a last snapshot, and the run can be resumed. A second
signal ends the process at once, as a power cut would: nothing is lost, and what came after the last snapshot is read again.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class StoppedError(Exception):
    """The run was stopped on request; everything it has read is durable. It continues when started with `--resume`."""


class Stop:
    """A request to end the run, which all threads can see."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    @property
    def asked(self) -> bool:
        """Return whether the run is to end."""
        return self._asked.is_set()

    def ask(self) -> None:
        """Request that the run ends."""
        self._asked.set()


@contextmanager
def stopping_on_signals() -> Iterator[Stop]:
    """Turn SIGTERM and SIGINT into a request while the block runs. Python handles signals on its main thread only, so on
    another thread the request never comes.
    """
    stop = Stop()

    def handle(number: int, _frame: FrameType | None) -> None:
        if stop.asked:
            # the second signal takes its default effect, which ends the process
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        stop.ask()

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
