"""Runs the measured process, and returns what it cost."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.throughput.scenarios import Spread, Written, write_hostile, write_spread

ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took."""

    seconds: float
    startup_seconds: float
    """until the graph began to read; until the first message came, in a live run"""
    cpu_seconds: float
    peak_bytes: int
    files: int
    """Parquet files that it left"""
    stored_bytes: int
    syncs: int
    stages: dict[str, float]
    """seconds of a processor; what no stage counted is the engine, its threads and what ends a process"""


def environment() -> dict[str, str]:
    """Return the environment of an installed program: its byte code is kept, which some machines forbid a checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def child_command(report: Path, cores: int, arguments: Sequence[str]) -> list[str]:
    """Return the command of the measured process that starts now."""
    module = "benchmarks.throughput.child"
    return [sys.executable, "-m", module, str(report), str(time.perf_counter()), str(cores), *arguments]


def measured(arguments: Sequence[str], out: Path, cores: int = 0) -> Cost:
    """Run `replay ...` or `live ...` of the child, and return what that took. Raises RuntimeError when it fails."""
    report = out.with_name(f"{out.name}.json")
    with out.with_name(f"{out.name}.txt").open("w+b") as said:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own program
            child_command(report, cores, arguments), cwd=ROOT, env=environment(), stdout=said, stderr=said
        )
        # only waiting for this one process tells its own time
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or not report.is_file():
            said.seek(0)
            end = said.read()[-3000:].decode(errors="replace")
            raise RuntimeError(f"the measured process ended with {process.returncode}:\n{end}")
    told = json.loads(report.read_bytes())
    stored = [path.stat().st_size for path in out.rglob("*.parquet")]
    cpu_seconds = usage.ru_utime + usage.ru_stime
    stages = {**told["stages"], "rest": cpu_seconds - sum(told["stages"].values())}
    return Cost(
        seconds,
        told["startup_seconds"],
        cpu_seconds,
        told["peak_bytes"],
        len(stored),
        sum(stored),
        told["syncs"],
        stages,
    )


def warm() -> None:
    """Have machine code compiled that the disk cache does not hold yet: a replay of a little of each sort of line."""
    with tempfile.TemporaryDirectory(prefix="throughput-") as name:
        inputs = []
        for number, spread in enumerate((Spread(2, 20), Spread(is_json=True))):
            folder = Path(name) / f"lines-{number}"
            folder.mkdir()
            inputs += [f"{number}-{each}" for each in write_spread(spread, 5_000, folder).inputs]
        hostile = Path(name) / "hostile"
        hostile.mkdir()
        inputs += write_hostile(2_000, hostile).inputs
        out = Path(name) / "out"
        measured(replay_arguments(inputs, out), out)


def replay_arguments(inputs: Sequence[str], out: Path) -> list[str]:
    """Return the arguments of the child that replay inputs into a folder."""
    return ["replay", *inputs, "--out", str(out)]


def replays(written: Written, folder: Path, runs: int, cores: int = 0) -> list[Cost]:
    """Replay the same logs some times; the output of the last run stays in `out`."""
    costs = []
    if len(written.inputs) > 1:
        # the first tenant's lines may need machine code that `warm` has not met
        measured(replay_arguments(written.inputs[:1], folder / "first"), folder / "first", cores)
    for run in range(runs):
        out = folder / ("out" if run == runs - 1 else f"out-{run}")
        costs.append(measured(replay_arguments(written.inputs, out), out, cores))
    return costs


def median(values: Sequence[float]) -> float:
    """Return the middle of the runs."""
    return float(statistics.median(values))
