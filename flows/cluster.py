"""A replay over several processes of this machine: one command starts them, watches them and brings the output to rest."""

import socket
import subprocess
import sys
import time
from collections.abc import Sequence

LOOPBACK = "127.0.0.1"
POLL_SECONDS = 0.05


class WorkerFailedError(RuntimeError):
    """A process of the cluster ended before its time; the others were stopped. Its own message stands on stderr."""


def free_addresses(count: int) -> list[str]:
    """Give loopback addresses with ports that were free a moment ago. The cluster protocol has no authentication, so it
    never leaves the machine."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind((LOOPBACK, 0))
    addresses = [f"{LOOPBACK}:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


def run_workers(arguments: Sequence[str], processes: int) -> None:
    """Run `brainstem` with `arguments` as `processes` workers of one cluster. Raises `WorkerFailedError`."""
    addresses = ";".join(free_addresses(processes))
    command = [sys.executable, "-m", "flows.cli", *arguments, "--addresses", addresses]
    workers = [subprocess.Popen([*command, "--process-id", str(number)]) for number in range(processes)]  # noqa: S603 - our own program
    try:
        while any(worker.poll() is None for worker in workers):
            failed = [worker for worker in workers if worker.poll() not in (None, 0)]
            if failed:
                raise WorkerFailedError(f"a worker ended with status {failed[0].returncode}; the run was stopped")
            time.sleep(POLL_SECONDS)
        if any(worker.returncode for worker in workers):
            raise WorkerFailedError("a worker failed; the run was stopped")
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
            worker.wait()
