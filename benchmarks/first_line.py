"""From an empty machine to the first line in evidence: what the README says, command by command, each timed.

Run: `python -m benchmarks.first_line`. Writes `benchmarks/results/first_line.md`; ends with 1 where the line does not come.
The files of this tree are copied into an empty folder with an empty home, so that nothing is installed, compiled or cached,
as on a machine with make and a Python. The commands are those of the README; `brainstem run` listens on other ports, and the
line is sent by `logger` where that is installed, else over a socket.
"""

import os
import platform
import re
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import polars as pl

from state.store.parquet_store import read_evidence
from tests.support.brokers import free_port

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = Path(__file__).parent / "results" / "first_line.md"
WAITS_SECONDS: Final = 300.0
LINE: Final = "a first line"


def copied(folder: Path) -> None:
    """Copy the files of this tree that a release has."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607
    for name in filter(None, listed.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)


def cpu_seconds() -> float:
    """Return the seconds of cores that ended children have taken."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def step(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run a command; return its row of the table."""
    began, cpu = time.monotonic(), cpu_seconds()
    subprocess.run(command, cwd=folder, env=environment, check=True)  # noqa: S603 - of the README
    return f"| `{' '.join(command)}` | {time.monotonic() - began:,.1f} | {cpu_seconds() - cpu:,.1f} |"


def send(port: int) -> str:
    """Send the line; return how."""
    program = shutil.which("logger")
    if program is not None:
        options = ["--server", "127.0.0.1", "--port", str(port), "--tcp", "--octet-count", LINE]
        subprocess.run([program, *options], check=True, stderr=subprocess.DEVNULL)  # noqa: S603 - as found
        return "logger"
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(f"<13>{LINE}\n".encode())
    return "a socket"


def has_line(out: Path) -> bool:
    """Return whether the line is stored."""
    if not any((out / "evidence").rglob("*.parquet")):
        return False
    found = read_evidence(out).filter(pl.col("message_raw").bin.contains(LINE.encode())).select(pl.len()).collect()
    return bool(found.item())


def main() -> None:
    """Install, listen, send, and wait for the line."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder, home = Path(name) / "brainstem", Path(name) / "home"
        folder.mkdir()
        home.mkdir()
        copied(folder)
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PIP_NO_CACHE_DIR": "1"}
        began, cpu = time.monotonic(), cpu_seconds()
        rows = [
            step(["make", ".venv/.run"], folder, environment),
            step([".venv/bin/brainstem", "config", "init"], folder, environment),
        ]
        port = free_port()
        path = folder / "brainstem.toml"
        # other programs of this machine may hold the usual ports
        ports = {"5514": port, "8514": 0, "9514": 0}
        path.write_text(re.sub(r"(?<=127\.0\.0\.1:)\d+", lambda found: str(ports[found[0]]), path.read_text()))
        started, cpu_before = time.monotonic(), cpu_seconds()
        command = [".venv/bin/brainstem", "run", "--config", "brainstem.toml"]
        process = subprocess.Popen(command, cwd=folder, env=environment)  # noqa: S603 - of the README
        try:
            while True:
                try:
                    how = send(port)
                    break
                except (OSError, subprocess.CalledProcessError):
                    if process.poll() is not None or time.monotonic() - started > WAITS_SECONDS:
                        sys.exit("it does not listen")
                    time.sleep(0.2)
            sent = time.monotonic()
            while not has_line(folder / "brainstem-run"):
                if process.poll() is not None or time.monotonic() - sent > WAITS_SECONDS:
                    sys.exit("the line is not there")
                time.sleep(0.2)
            ended = time.monotonic()
        finally:
            process.terminate()
            process.wait()
        rows.append(f"| `{' '.join(command)}`, until it listens | {sent - started:,.1f} | |")
        rows.append(f"| the line, sent by {how}, until it is in evidence | {ended - sent:,.1f} | |")
        rows.append(f"| of the run, with its end | | {cpu_seconds() - cpu_before:,.1f} |")
        rows.append(f"| all | {ended - began:,.0f} | {cpu_seconds() - cpu:,.0f} |")
    RESULTS.write_text(
        f"""# From an empty machine to the first line in evidence

The commands of the README in an empty folder with an empty home, packages from the package index; {os.cpu_count()} cores,
load {load:.0f} before and {os.getloadavg()[0]:.0f} behind: beside other work a command takes longer, and as many seconds of
a core. CPython {platform.python_version()}, {platform.machine()}; `python -m benchmarks.first_line`.

| | seconds | seconds of a core |
|---|---|---|
{chr(10).join(rows)}
"""
    )


if __name__ == "__main__":
    main()
