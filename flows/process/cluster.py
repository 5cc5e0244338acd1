"""A replay over several processes of this machine: one command starts them, watches them and brings the output to rest."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from flows.process.stop_request import Stop, stopping_on_signals

LOOPBACK = "127.0.0.1"
POLL_SECONDS = 0.05
PARENT_POLL_SECONDS = 0.2
SUPERVISOR = "BRAINSTEM_SUPERVISOR"
"""the environment variable in which a worker is told the process that started it"""
ORPHANED = 71
"""EX_OSERR of sysexits.h"""


class WorkerFailedError(RuntimeError):
    """A process of the cluster ended before its time; the others were stopped. Its own message stands on stderr."""


def free_addresses(count: int) -> list[str]:
    """Return loopback addresses with ports that were free a moment ago. The cluster protocol has no authentication, so it
    never leaves the machine."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((LOOPBACK, 0))
    addresses = [f"{LOOPBACK}:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def run_workers(arguments: Sequence[str], processes: int, lock: int) -> None:
    """Run `brainstem` with `arguments` as `processes` workers of one cluster. Raises `WorkerFailedError`.

    A request to stop is passed on to the workers, which end together. They hold `lock` too, so that nobody takes the run
    up while one of them is left.
    """
    addresses = ";".join(free_addresses(processes))
    command = [sys.executable, "-m", "flows.cli", *arguments, "--addresses", addresses]
    with stopping_on_signals() as stop:
        workers = [_start([*command, "--process-id", str(number)], lock) for number in range(processes)]
        try:
            _watch(workers, stop)
        finally:
            for worker in workers:
                if worker.poll() is None:
                    worker.kill()
                worker.wait()


def _start(command: list[str], lock: int) -> subprocess.Popen[bytes]:
    told = {**os.environ, SUPERVISOR: str(os.getpid())}
    return subprocess.Popen(command, pass_fds=[lock], env=told)  # noqa: S603 - our own program


def _watch(workers: list[subprocess.Popen[bytes]], stop: Stop) -> None:
    """Wait until all workers have ended. Raises `WorkerFailedError` as soon as one has failed."""
    passed_on = False
    while True:
        failed = [worker for worker in workers if worker.poll() not in (None, 0)]
        if failed:
            raise WorkerFailedError(f"a worker ended with status {failed[0].returncode}; the run was stopped")
        if all(worker.poll() == 0 for worker in workers):
            return
        if stop.asked and not passed_on:
            passed_on = True
            for worker in workers:
                worker.terminate()
        time.sleep(POLL_SECONDS)


def end_with_parent() -> None:
    """End this worker when the process that started it is gone, as a killed supervisor cannot say goodbye.

    Who that was is told by it, for it may be gone before the worker asks.
    """
    parent = int(os.environ.get(SUPERVISOR, os.getppid()))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_POLL_SECONDS)
        os._exit(ORPHANED)

    threading.Thread(target=watch, name="parent", daemon=True).start()
