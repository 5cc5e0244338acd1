"""Stopping on request: SIGTERM and SIGINT end a run between two batches, with everything it has read made durable.

A signal only sets a flag. The sources see it and end, Bytewax takes a last snapshot, and the run can be resumed. A second
signal ends the process at once, as a power cut would: nothing is lost, and what came after the last snapshot is read again.
So does a run that SIGINT, the key of a person, has not ended after `GRACE_SECONDS`, because a loop is being compiled or a
batch takes long.

Python runs a handler of signals between two steps of its main thread, which may be busy in compiled code for long. A thread
of its own reads the numbers of signals from a pipe that the interpreter writes at once, and answers.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
GRACE_SECONDS: Final = 10.0
"""how long a person waits for an orderly end"""
STOPPED_STATUS: Final = 75
"""EX_TEMPFAIL of sysexits.h; start it again with --resume"""


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
def stopping_on_signals(*, answers: bool = True) -> Iterator[Stop]:
    """Turn SIGTERM and SIGINT into a request while the block runs. Python handles signals on its main thread only, so on
    another thread the request never comes. With `answers` standard error says that it has come.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    seen: list[int] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        stop.ask()
        if len(seen) > 1:
            # the second signal takes its default effect, which ends the process
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    received, sent = os.pipe()
    os.set_blocking(sent, False)
    watcher = threading.Thread(target=_watch, args=(received, stop, answers), name="signals", daemon=True)
    watcher.start()
    fd_before = signal.set_wakeup_fd(sent, warn_on_full_buffer=False)
    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(fd_before)
        # the end of the pipe ends the thread
        os.close(sent)
        watcher.join()
        os.close(received)


def _watch(received: int, stop: Stop, answers: bool) -> None:
    """Answer the signals whose numbers come through a pipe, until it ends."""
    count, is_of_person = 0, False
    while True:
        ready, _, _ = select.select([received], [], [], GRACE_SECONDS if is_of_person else None)
        if not ready:
            say("brainstem: stopped at once, for its end took long; go on with --resume from its last snapshot.")
            os._exit(STOPPED_STATUS)
        number = os.read(received, 1)
        if not number:
            return
        if number[0] not in SIGNALS:
            continue
        count += 1
        is_of_person = is_of_person or number[0] == signal.SIGINT
        stop.ask()
        if count == 1 and answers:
            again = " Ctrl-C again ends it at once." if is_of_person else ""
            say(f"brainstem: stopping after what is being read.{again}")
        elif is_of_person and count > 1:
            # the main thread ends the process by the signal itself, unless it is busy
            ready, _, _ = select.select([received], [], [], 0.5)
            if not ready:
                os._exit(128 + number[0])


def say(text: str) -> None:
    """Write a line to standard error past its buffer, whose lock a busy thread may hold, and past what holds back lines of
    compiled libraries (`flows.process.native_errors`), for the process may end at once after it.
    """
    for stream in (sys.stderr, sys.__stderr__):
        with suppress(AttributeError, OSError, ValueError):
            os.write(stream.fileno(), f"{text}\n".encode())  # type: ignore[union-attr]  # None has no fileno, which is suppressed
            return
