"""A run with its intake beside it: started, fed over TCP, and killed in parts."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from connectors.spool.folder import Folder
from connectors.spool.marks import CONSUMED, DURABLE, read_mark
from flows.config.settings import PARTITIONS
from tests.support.killing import wait_until, workers_of
from tests.support.program import Running

STARTS_SECONDS = 120


def configuration(folder: Path, extra: str = "", idle_seconds: float = 1.0) -> Path:
    """Write the file of a run with one listener that takes UDP and TCP on a port of the system's choice."""
    path = folder / "brainstem.toml"
    path.write_text(
        f"[run]\nout = {json.dumps(str(folder / 'out'))}\nsnapshot_seconds = 0.3\n"
        f"[kafka]\nidle_seconds = {idle_seconds}\n"
        f"[listen]\naccount = {json.dumps(str(folder / 'account.json'))}\n"
        f'[[listen.syslog]]\nname = "office"\naddress = "127.0.0.1:0"\ntenant = "acme"\n{extra}'
    )
    return path


class Beside:
    """A running `brainstem run` or `listen`, and the ports of its listeners. What it says is read to the end."""

    def __init__(self, path: Path, command: str = "run", listeners: int = 2) -> None:
        self.ports: dict[tuple[str, str], int] = {}
        self.told: list[str] = []
        self._are_open = threading.Event()
        self._listeners = listeners
        self.process = Running([command, "--config", path], stdout=subprocess.DEVNULL, is_group=True)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self._are_open.wait(STARTS_SECONDS), self.told
        if len(self.ports) < listeners:
            self.ended()
        assert len(self.ports) == listeners, self.told

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for told in self.process.stderr:
            line = told.decode()
            self.told.append(line)
            if ": listening on " in line:
                name, _, rest = line.partition(": listening on ")
                transport, _, _, port = rest.split()
                self.ports[name, transport] = int(port)
                if len(self.ports) == self._listeners:
                    self._are_open.set()
        self._are_open.set()

    def send(self, lines: Iterable[bytes], name: str = "office") -> int:
        """Send lines over one TCP connection, as far as it goes; return how many were given to the system."""
        sent = 0
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.ports[name, "tcp"])) as sender:
            for line in lines:
                sender.sendall(line + b"\n")
                sent += 1
        return sent

    @property
    def intake(self) -> int:
        """Return the process id of the intake."""
        (pid,) = workers_of(self.process)
        return pid

    def stop(self) -> int:
        """Ask it to stop; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self, seconds: float = 120) -> int:
        """Wait until it has ended, and return its exit status."""
        status = self.process.wait(seconds)
        self._close()
        return status

    def _close(self) -> None:
        self._thread.join(STARTS_SECONDS)
        assert self.process.stderr is not None
        self.process.stderr.close()

    def kill(self, whom: str) -> None:
        """Kill the `intake`, the `flow` or `both`, and wait until nothing of it is left."""
        intake = self.intake
        if whom in ("flow", "both"):
            self.process.kill()
        if whom in ("intake", "both"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(intake, signal.SIGKILL)
        self.ended()
        # an intake without its run makes durable what it has, and ends
        until = time.monotonic() + STARTS_SECONDS
        while is_alive(intake):
            assert time.monotonic() < until, self.told
            threading.Event().wait(0.02)

    def wait_until_consumed(self, spool: Path, messages: int, seconds: float = 120) -> None:
        """Wait until so many messages were spooled, and the run has made all of them durable."""
        wait_until(
            self.process,
            lambda: spooled(spool) >= messages and consumed(spool) == spooled(spool),
            seconds,
            found=lambda: (consumed(spool), spooled(spool), messages, self.told),
        )


def spooled(spool: Path) -> int:
    """Return how many messages have ever been durable in a spool, with the numbers that were left out."""
    return max(0, _mark(spool, DURABLE) - 1)


def consumed(spool: Path) -> int:
    """Return how many of them every reader has consumed."""
    return min(_mark(spool, f"{CONSUMED}{number}") for number in range(PARTITIONS)) - 1


def _mark(spool: Path, name: str) -> int:
    files = Folder(spool)
    mark = read_mark(files, name)
    files.close()
    return 0 if mark is None else mark[1]


def is_alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
