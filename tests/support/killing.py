"""Runs that are killed at random moments and resumed, and what is compared afterwards.

A run is a process group of its own, so a kill takes the supervisor and its workers, or any one of them alone.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from flows.recovery.store import Recovery, first_incomplete_epoch
from flows.reports.recorded import scan_decisions
from flows.sinks.output_folder import OutputFolder
from state.store.parquet_store import read_evidence, read_rejects
from tests.support.program import Running

STOPPED = 75
POLL_SECONDS = 0.02


@dataclass(slots=True)
class Kills:
    """What was done to a run: kills that met it alive; how long it took to a durable snapshot each time it was resumed, and
    how much of a processor."""

    landed: int = 0
    ready_seconds: list[float] = field(default_factory=list)
    ready_cpu_seconds: list[float] = field(default_factory=list)


def start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the program as a process group of its own."""
    return Running(arguments, is_group=True)


def ended(process: subprocess.Popen[bytes], timeout_seconds: float = 300) -> tuple[int, str]:
    """Wait for a run, and return its status and what it said on standard error."""
    _, told = process.communicate(timeout=timeout_seconds)
    return process.returncode, told.decode()


def ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for a run to end by itself, at most `seconds`, and return whether it has."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def wait_until(
    process: subprocess.Popen[bytes],
    holds: Callable[[], bool],
    seconds: float = 120,
    found: Callable[[], object] = lambda: "it does not come",
) -> None:
    """Wait until `holds`, while the run lives; `found` returns what an assertion shows where it does not come to hold."""
    patience = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < patience, found()
        assert not ends_within(process, POLL_SECONDS), process.communicate()[1].decode()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a run with all its workers."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def workers_of(process: subprocess.Popen[bytes]) -> list[int]:
    """Return the process ids of a supervisor's workers."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    return [int(each) for each in listed.stdout.split()]


def kill_each(
    attempts: Sequence[Sequence[str]], out: Path, dice: random.Random, longest_seconds: float, whom: str = "group"
) -> Kills:
    """Start each command line in turn and kill it at a random moment.

    `whom` is killed: the whole `group`, or only the `supervisor`, or only one `worker` (where there are any).
    """
    kills = Kills()
    for arguments in attempts:
        before = _epoch_of_the_dead(out)
        process = start(arguments)
        began = time.monotonic()
        fatal = began + dice.uniform(0.2, longest_seconds)
        is_ready = before is None
        while time.monotonic() < fatal and not ends_within(process, POLL_SECONDS):
            if not is_ready and _durable_epoch(Recovery(out).folder) > (before or 0):
                kills.ready_seconds.append(time.monotonic() - began)
                kills.ready_cpu_seconds.append(cpu_seconds(process.pid))
                is_ready = True
        kills.landed += process.poll() is None
        if whom == "worker" and (workers := workers_of(process)):
            os.kill(dice.choice(workers), signal.SIGKILL)
            process.communicate(timeout=60)
        elif whom == "supervisor":
            process.kill()
            process.communicate(timeout=60)
        kill_group(process)
    return kills


def cpu_seconds(group: int) -> float:
    """Return how much of a processor the living processes of a group have used."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # behind the name: state, parent, group, and from the twelfth on the ticks in user and kernel mode
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            ticks += (int(fields[11]) + int(fields[12])) * (int(fields[2]) == group)
    return ticks / os.sysconf("SC_CLK_TCK")


def run_through_kills(
    attempts: Sequence[Sequence[str]], out: Path, dice: random.Random, longest_seconds: float, whom: str = "group"
) -> Kills:
    """Start each command line in turn and kill it at a random moment; the last one is left to end well."""
    kills = kill_each(attempts[:-1], out, dice, longest_seconds, whom)
    status, told = ended(start(attempts[-1]))
    assert status == 0, told
    return kills


def durable_offsets(out: Path) -> dict[str, int]:
    """Return the offsets up to which a live run reports that what it read is durable."""
    offsets: dict[str, int] = {}
    for file in out.glob("status-*.json"):
        with suppress(OSError, json.JSONDecodeError):
            offsets |= json.loads(file.read_bytes())["durable_offsets"]
    return offsets


def wait_until_durable(
    process: subprocess.Popen[bytes], out: Path, ends: Mapping[str, int], seconds: float = 120
) -> None:
    """Wait until a live run has read everything up to `ends`, and has reported it."""

    def are_durable() -> bool:
        offsets = durable_offsets(out)
        return all(offsets.get(place, -1) >= end for place, end in ends.items())

    wait_until(process, are_durable, seconds, lambda: f"{durable_offsets(out)} of {ends}")


def stop_live(process: subprocess.Popen[bytes]) -> None:
    """Ask a live run to stop, and see that it does so in good order."""
    process.send_signal(signal.SIGTERM)
    status, told = ended(process, 60)
    assert status == 0, told


def run_live_through_kills(
    attempts: Sequence[Sequence[str]], out: Path, ends: Mapping[str, int], dice: random.Random, longest_seconds: float
) -> Kills:
    """Start each command line in turn and kill it at a random moment; the last one reads to the ends and is stopped."""
    kills = kill_each(attempts[:-1], out, dice, longest_seconds)
    for status in out.glob("status-*.json"):
        # what an earlier process said must not be taken for the last one's word
        status.unlink()
    process = start(attempts[-1])
    wait_until_durable(process, out, ends)
    stop_live(process)
    return kills


def _durable_epoch(folder: Path, options: str = "?mode=ro") -> int:
    """Return the epoch that a run would go on with, by the store in a folder; 0 where it cannot be read at the moment.

    Opened read-only: a second writer would be in the way of the run.
    """
    with suppress(sqlite3.Error), ExitStack() as stack:
        files = sorted(folder.glob("part-*.sqlite3"))
        parts = [stack.enter_context(closing(sqlite3.connect(f"file:{each}{options}", uri=True))) for each in files]
        return first_incomplete_epoch(parts)
    return 0


def _epoch_of_the_dead(out: Path) -> int | None:
    """Return the epoch that a run would go on with while no process of it lives; None where it would begin anew.

    To be read, what a killed process has left must be put in order, which is for the run itself to do, so a copy is.
    """
    if not Recovery(out).exists:
        return None
    with tempfile.TemporaryDirectory() as name:
        copy = shutil.copytree(Recovery(out).folder, Path(name) / "store")
        return _durable_epoch(copy, "")


def decisions(out: Path) -> pl.DataFrame:
    """Return all decisions, sorted."""
    return scan_decisions(OutputFolder(out)).sort("tenant", "family", "tick", "cause", "to_band").collect()


def assert_same_outcome(out: Path, uncut: Path) -> None:
    """Fail unless stored events, items, decisions, rejects and ledger are those of the uncut run, with nothing twice."""
    kept, whole = (read_evidence(each).sort("source", "position").collect() for each in (out, uncut))
    assert kept.select("source", "position").is_duplicated().sum() == 0
    assert kept.equals(whole)
    assert (out / "items.jsonl").read_bytes() == (uncut / "items.jsonl").read_bytes()
    assert decisions(out).equals(decisions(uncut))
    rejected, rejects = (read_rejects(each).sort("source", "position").collect() for each in (out, uncut))
    assert rejected.equals(rejects)
    assert (out / "ledger.json").read_bytes() == (uncut / "ledger.json").read_bytes()
