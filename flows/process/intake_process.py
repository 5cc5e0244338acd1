"""The intake as a process beside a run: started before it, watched while it goes on, and ended with it.

It is a process of its own so that a run that is busy, or being compiled, keeps nobody waiting at a port. Both end together:
a run that ends stops the intake in order, an intake that ends by itself stops the run, and an intake whose run was killed
makes durable what it has received and ends.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from connectors.base import InputError
from flows.process.cluster import PARENT_POLL_SECONDS, SUPERVISOR
from flows.process.stop_request import Stop

READY: Final = "BRAINSTEM_INTAKE_READY"
"""the environment variable that holds the file descriptor to which an intake writes once its listeners are open"""


class IntakeEndedError(InputError):
    """The intake has ended by itself, so the run was stopped too. What it ended of, it has written to standard error."""


class IntakeProcess:
    """A running intake. Functions given to `when_ended` are called when it ends, however that comes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._wanted: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._has_ended = False
        threading.Thread(target=self._watch, name="intake", daemon=True).start()

    def when_ended(self, call: Callable[[], None]) -> None:
        """Call a function once the process has ended."""
        with self._lock:
            if not self._has_ended:
                self._wanted.append(call)
                return
        call()

    def stop(self) -> None:
        """Ask it to end, and wait until what it has received is durable. Raises `IntakeEndedError` if it had failed."""
        had_ended = self._process.poll() is not None
        if not had_ended:
            self._process.terminate()
        status = self._process.wait()
        if status or had_ended:
            raise _ended(status)

    def _watch(self) -> None:
        self._process.wait()
        with self._lock:
            self._has_ended = True
        for call in self._wanted:
            call()


def _ended(status: int) -> IntakeEndedError:
    return IntakeEndedError(
        f"the intake ended with status {status}, and the run with it. What it ended of stands above. Nothing that was"
        " durable is lost: the run goes on from its last snapshot when it is started again."
    )


@contextmanager
def intake_beside(config: Path) -> Iterator[IntakeProcess]:
    """Run `brainstem listen --config` while the block runs. Raises `IntakeEndedError` where it does not start or has failed.

    It has a process group of its own: what a person types at a terminal reaches the run alone, which then ends both.
    """
    reading, writing = os.pipe()
    environment = {**os.environ, SUPERVISOR: str(os.getpid()), READY: str(writing)}
    command = [sys.executable, "-P", "-m", "flows.cli", "listen", "--config", str(config)]
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            command, pass_fds=[writing], env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, process_group=0
        )
    finally:
        os.close(writing)
    try:
        with os.fdopen(reading, "rb") as answers:
            # the pipe ends unanswered where the process ends
            is_ready = bool(answers.read(1))
        if not is_ready:
            raise _ended(process.wait())
        intake = IntakeProcess(process)
        yield intake
    except BaseException:
        if process.poll() is None:
            process.terminate()
        process.wait()
        raise
    intake.stop()


def is_beside_a_run() -> bool:
    """Return whether this process is an intake that a run has started."""
    return READY in os.environ


def say_ready() -> None:
    """Answer the run that started this process: the listeners are open."""
    descriptor = int(os.environ[READY])
    os.write(descriptor, b".")
    os.close(descriptor)


def stop_with_run(stop: Stop) -> None:
    """Ask `stop` once the run that started this process is gone: one that is killed cannot say so."""
    parent = int(os.environ[SUPERVISOR])

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_SECONDS)
        stop.ask()

    threading.Thread(target=watch, name="parent", daemon=True).start()
