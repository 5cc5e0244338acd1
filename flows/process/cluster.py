"""Several processes of this machine as workers of one run: started, watched and ended together by the process that a person
has started, the supervisor.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from brainstem.parameters import Number
from flows.process.bound_parameters import environment_with
from flows.process.stop_request import Stop, stopping_on_signals

LOOPBACK: Final = "127.0.0.1"
POLL_SECONDS: Final = 0.05
"""how often the supervisor looks at its workers"""
PARENT_POLL_SECONDS: Final = 0.2
"""how often a worker looks for its supervisor"""
SUPERVISOR: Final = "BRAINSTEM_SUPERVISOR"
"""the environment variable that holds the process id of a worker's supervisor"""
ORPHANED: Final = 71
"""exit status of a worker whose supervisor is gone; EX_OSERR of sysexits.h"""


TOLD_STATUSES: Final = (2, 3, 75)
"""exit statuses of what was told in a sentence: cannot be read or written, bad configuration, stopped"""
REST_SECONDS: Final = 5.0
"""how long the supervisor waits for a worker to tell why, when another one has failed"""


class WorkerFailedError(RuntimeError):
    """A worker has failed, and the others were stopped. What it failed of, it has written to standard error itself.

    `status` is its exit status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"a worker ended with status {status}; the run was stopped")
        self.status = status


def free_addresses(count: int) -> list[str]:
    """Return loopback addresses with ports that were free a moment ago.

    Never other than loopback: the protocol of the cluster has no authentication. All sockets are open at once, so that no
    port is returned twice.
    """
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((LOOPBACK, 0))
    addresses = [f"{LOOPBACK}:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def run_workers(
    arguments: Sequence[str],
    processes: int,
    lock: int,
    when_to_stop: Callable[[Callable[[], None]], None] | None = None,
) -> None:
    """Run `brainstem` with `arguments` as `processes` workers of one cluster, to its end. Raises `WorkerFailedError`.

    A request to stop is passed on to the workers, which end together; `when_to_stop` is given the function that asks, to
    call it for reasons of its own. The workers inherit the file descriptor `lock`, so
    that the run stays locked, and nobody can resume it, while one of them is left.
    """
    addresses = ";".join(free_addresses(processes))
    # -P: a folder named flows in the current folder is not the program
    command = [sys.executable, "-P", "-m", "flows.cli", *arguments, "--addresses", addresses]
    with stopping_on_signals() as stop:
        if when_to_stop is not None:
            when_to_stop(stop.ask)
        workers = [_start([*command, "--process-id", str(number)], lock) for number in range(processes)]
        try:
            _watch(workers, stop)
        finally:
            for worker in workers:
                if worker.poll() is None:
                    worker.kill()
                worker.wait()


def run_program(arguments: Sequence[str], parameters: Mapping[str, Number] | None = None) -> int:
    """Run `brainstem` with `arguments` in a process of its own to its end, and return its exit status.

    Its standard output is dropped, its notes are seen. It begins with `parameters`, so that it need not begin anew where its
    arguments ask for these, and with the defaults for None, whatever those of this process are. A request to stop is passed
    on to it.
    """
    command = [sys.executable, "-P", "-m", "flows.cli", *arguments]
    environment = environment_with(parameters or {})
    with stopping_on_signals() as stop:
        program = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603 - our own program
        passed_on = False
        try:
            while program.poll() is None:
                if stop.asked and not passed_on:
                    passed_on = True
                    program.terminate()
                time.sleep(POLL_SECONDS)
        finally:
            if program.poll() is None:
                program.kill()
            program.wait()
    return program.returncode


def _start(command: list[str], lock: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, SUPERVISOR: str(os.getpid())}
    return subprocess.Popen(command, pass_fds=[lock], env=environment)  # noqa: S603 - our own program


def _watch(workers: list[subprocess.Popen[bytes]], stop: Stop) -> None:
    """Wait until all workers have ended. Raises `WorkerFailedError` as soon as one has failed."""
    passed_on = False
    while True:
        failed = [worker for worker in workers if worker.poll() not in (None, 0)]
        if failed:
            _wait_for_the_rest(workers)
            # those that fail because another one has are no news
            raise WorkerFailedError(min(_statuses(workers), key=lambda status: (status not in TOLD_STATUSES, status)))
        if all(worker.poll() == 0 for worker in workers):
            return
        if stop.asked and not passed_on:
            passed_on = True
            for worker in workers:
                worker.terminate()
        time.sleep(POLL_SECONDS)


def _wait_for_the_rest(workers: list[subprocess.Popen[bytes]]) -> None:
    """Wait a while for the other workers to end: the first to end may be one that has lost its peer, which says less."""
    deadline = time.monotonic() + REST_SECONDS
    while any(worker.poll() is None for worker in workers) and time.monotonic() < deadline:
        if any(status in TOLD_STATUSES for status in _statuses(workers)):
            return
        time.sleep(POLL_SECONDS)


def _statuses(workers: list[subprocess.Popen[bytes]]) -> list[int]:
    """Return the exit statuses of the workers that have failed so far."""
    return [worker.returncode for worker in workers if worker.poll() not in (None, 0)]


def end_with_parent() -> None:
    """Watch the supervisor from a thread of its own, and end this process when it is gone: one that is killed cannot tell.

    Its process id comes in the environment, because it may be gone before this process could ask for its parent.
    """
    parent = int(os.environ.get(SUPERVISOR, os.getppid()))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_SECONDS)
        os._exit(ORPHANED)

    threading.Thread(target=watch, name="parent", daemon=True).start()
