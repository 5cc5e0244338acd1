"""The same number of lines, said by one tenant in a day or by many in months: what does each way cost?

    python -m benchmarks.spreads [NAME ...] [--lines 200000] [--runs 3] [--write]

Each scenario is replayed by the command line, evidence on, in a process of its own, start-up included:

- dense: one tenant, one day, 600 shapes of message, syslog;
- json: the same as JSON lines;
- sparse: one tenant, 365 days;
- wide: 100 tenants, 30 days;
- tenants: 1,000 tenants, 30 days;
- hostile: one tenant, one day, each line of words that never came before.

For each it prints lines a second of wall time, seconds of a processor of the whole replay in our own code and in all, and
for a million lines, the peak memory of the process, and how many Parquet files and bytes a line are left: medians of runs,
and their range. `--write` writes `results/spreads.md`. Lines a second depend on what else a machine does; seconds of a
processor do less.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.lines import HOSTS, SEED, SHAPES, fill, shapes

RESULTS: Final = Path(__file__).parent / "results" / "spreads.md"
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
LETTERS: Final = "bdfgklmnprst"
VOWELS: Final = "aeiou"


@dataclass(frozen=True, slots=True)
class Spread:
    """How lines are spread over tenants and days, and what they look like."""

    tenants: int = 1
    days: int = 1
    is_json: bool = False
    is_hostile: bool = False


SPREADS: Final = {
    "dense": Spread(),
    "json": Spread(is_json=True),
    "sparse": Spread(days=365),
    "wide": Spread(tenants=100, days=30),
    "tenants": Spread(tenants=1_000, days=30),
    "hostile": Spread(is_hostile=True),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one replay took."""

    seconds: float
    user_seconds: float
    """of a processor, without those of the kernel"""
    cpu_seconds: float
    peak_bytes: int
    files: int
    stored_bytes: int


def new_words(dice: random.Random) -> str:
    """Return a sentence of words that never came before."""
    words = ["".join(dice.choice(LETTERS) + dice.choice(VOWELS) for _ in range(4)) for _ in range(6)]
    return " ".join(words)


def lines_of(spread: Spread, count: int) -> Iterator[tuple[int, str]]:
    """Yield lines in order of time, each with the number of its tenant."""
    dice = random.Random(SEED)  # noqa: S311 - a seeded stream of lines, not a secret
    known = shapes(dice)
    chosen = dice.choices(range(SHAPES), [1 / rank for rank in range(1, SHAPES + 1)], k=count)
    step = timedelta(days=spread.days) / count
    for index, shape_index in enumerate(chosen):
        service, shape = known[shape_index]
        message = new_words(dice) if spread.is_hostile else fill(shape, dice)
        moment = f"{START + index * step:%Y-%m-%dT%H:%M:%S.%fZ}"
        host, tenant = f"node{dice.randrange(HOSTS):02d}", dice.randrange(spread.tenants)
        if spread.is_json:
            fields = {"timestamp": moment, "host": host, "service": service, "level": "info", "message": message}
            yield tenant, json.dumps(fields)
        else:
            yield tenant, f"{moment} {host} {service}[{dice.randrange(30_000)}]: {message}"


def write_logs(spread: Spread, count: int, folder: Path) -> list[str]:
    """Write the logs of a scenario, a file a tenant; return the arguments that name them to `brainstem replay`."""
    paths = [folder / f"tenant-{number:04d}.log" for number in range(spread.tenants)]
    texts: list[list[str]] = [[] for _ in paths]
    for tenant, line in lines_of(spread, count):
        texts[tenant].append(line)
    for path, text in zip(paths, texts, strict=True):
        path.write_text("".join(f"{line}\n" for line in text), encoding="ascii")
    return [f"{path.stem}={path}" for path in paths]


def replay(inputs: list[str], out: Path) -> Cost:
    """Replay inputs in a process of its own, and return what that took. Raises RuntimeError when it fails."""
    command = [sys.executable, "-m", "flows.cli", "replay", *inputs, "--out", str(out)]
    # as installed: modules compiled to byte code once, which some machines forbid a checkout to keep
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - our own program
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    # only waiting for this one process tells its own time and memory
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the replay ended with {process.returncode}")
    stored = [path.stat().st_size for path in out.rglob("*.parquet")]
    cpu_seconds = usage.ru_utime + usage.ru_stime
    return Cost(seconds, usage.ru_utime, cpu_seconds, usage.ru_maxrss * 1024, len(stored), sum(stored))


def measure(spread: Spread, count: int, runs: int) -> list[Cost]:
    """Return the costs of some replays of a scenario.

    A replay of its first tenant goes before, which compiles what the disk cache does not hold yet.
    """
    with tempfile.TemporaryDirectory(prefix="spreads-") as folder:
        inputs = write_logs(spread, count, Path(folder))
        replay(inputs[:1], Path(folder) / "first")
        return [replay(inputs, Path(folder) / f"out-{run}") for run in range(runs)]


def row_of(name: str, count: int, costs: list[Cost]) -> str:
    """Return a row of the table: medians, with the range of lines a second."""
    rates = sorted(count / cost.seconds for cost in costs)
    user = statistics.median(cost.user_seconds for cost in costs)
    cpu = statistics.median(cost.cpu_seconds for cost in costs)
    peak = statistics.median(cost.peak_bytes for cost in costs) / 2**20
    rate = f"{statistics.median(rates):,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f})"
    per_million, stored = cpu * 1e6 / count, costs[0].stored_bytes / count
    files = f"{costs[0].files:,} | {stored:,.0f}"
    return f"| {name} | {rate} | {user:.1f} | {cpu:.1f} | {per_million:.1f} | {peak:,.0f} | {files} |"


def main(argv: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="What the same lines cost, spread over tenants and days.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SPREADS))
    parser.add_argument("--lines", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    arguments = parser.parse_args(argv)
    unknown = sorted({*arguments.names} - {*SPREADS})
    if unknown:
        parser.error(f"no scenario {', '.join(unknown)}; there are {', '.join(SPREADS)}")
    rows = [
        "# The same lines, spread over tenants and days",
        "",
        f"{arguments.lines:,} lines each; medians of {arguments.runs} processes, start-up included; CPython"
        f" {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores.",
        "",
        "| scenario | lines a second (range) | user CPU s | CPU s | CPU s a million lines | peak MiB | Parquet files"
        " | bytes a line |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in arguments.names or SPREADS:
        rows.append(row_of(name, arguments.lines, measure(SPREADS[name], arguments.lines, arguments.runs)))
        print(rows[-1], file=sys.stderr, flush=True)  # noqa: T201 - progress
    text = "\n".join([*rows, ""])
    if arguments.write:
        RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
