"""Lines per second from a file to items, evidence on, beside drain3's `add_log_message` on the same lines.

Run: `python -m benchmarks.throughput [LINES]` (needs the `benchmark` extra). Writes `benchmarks/results/throughput.md`.
Each figure is a whole process, start-up and writing included; drain3 gets the messages in memory and only its own loop is
timed. The lines are generated from a fixed seed: RFC 3164 syslog of 20 hosts over one day, 600 message shapes whose
frequencies fall as 1/rank.
"""

import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drain3 import TemplateMiner

SHAPES = 600
HOSTS = 20
SEED = 11
RESULTS = Path(__file__).parent / "results" / "throughput.md"
VERBS = (
    "accepted",
    "queued",
    "rotated",
    "synced",
    "loaded",
    "flushed",
    "matched",
    "served",
    "probed",
    "leased",
    "mounted",
    "read",
)
THINGS = (
    "lease",
    "session",
    "segment",
    "block",
    "route",
    "peer",
    "volume",
    "request",
    "cursor",
    "bucket",
    "thread",
    "page",
)
TAILS = (
    "for client",
    "on interface",
    "from cache",
    "in pool",
    "at node",
    "by worker",
    "to backend",
    "of tenant",
    "with key",
)


def shapes(dice: random.Random) -> list[tuple[str, str]]:
    """Give service and message shape pairs; `%i` is an address, `%n` a number, `%x` a hexadecimal id, `%p` a path."""
    made: dict[tuple[str, str], None] = {}
    while len(made) < SHAPES:
        words = [dice.choice(VERBS), dice.choice(THINGS), dice.choice(("%n", "%x")), dice.choice(TAILS)]
        words += [dice.choice(("%i", "%i port %n", "%p", "%x")), "in %n ms"][: dice.randrange(1, 3)]
        service = f"{dice.choice(THINGS)}d"
        made[service, " ".join(words)] = None
    return list(made)


def fill(shape: str, dice: random.Random) -> str:
    """Put values into a shape."""
    return (
        shape.replace("%i", f"10.{dice.randrange(8)}.{dice.randrange(256)}.{dice.randrange(256)}")
        .replace("%n", str(dice.randrange(100_000)))
        .replace("%x", f"{dice.getrandbits(48):012x}")
        .replace("%p", f"/srv/d{dice.randrange(64)}/part-{dice.randrange(9999)}.bin")
    )


def lines(count: int) -> Iterator[tuple[str, str]]:
    """Give `count` syslog lines in order of time, with their messages."""
    dice = random.Random(SEED)  # noqa: S311 - a seeded stream of lines, not a secret
    known = shapes(dice)
    weights = [1 / rank for rank in range(1, SHAPES + 1)]
    chosen = dice.choices(range(SHAPES), weights, k=count)
    start = datetime(2026, 3, 2, tzinfo=UTC)
    for index, shape_index in enumerate(chosen):
        service, shape = known[shape_index]
        moment = start + timedelta(seconds=index * 86_000 / count)
        message = fill(shape, dice)
        stamp = f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S}"
        header = f"{stamp} node{dice.randrange(HOSTS):02d} {service}[{dice.randrange(30_000)}]:"
        yield f"{header} {message}", message


def run_ours(log: Path, out: Path) -> float:
    """Replay the file in a process of its own; gives seconds of wall time."""
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "flows.cli",
        "replay",
        str(log),
        "--out",
        str(out),
        "--reference-date",
        "2026-03-04",
    ]
    # as installed: modules compiled to byte code once, which some machines forbid a checkout to keep
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begin = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own program
        command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - begin


def run_drain3(messages: list[str]) -> tuple[float, int]:
    """Mine the messages with drain3's defaults; gives seconds and the number of clusters."""
    miner = TemplateMiner()
    begin = time.perf_counter()
    for message in messages:
        miner.add_log_message(message)
    return time.perf_counter() - begin, len(miner.drain.clusters)


def main() -> None:
    """Run the comparison and write the results."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "syslog"
        messages = []
        with log.open("w", encoding="ascii") as file:
            for line, message in lines(count):
                file.write(line + "\n")
                messages.append(message)
        out = Path(folder) / "out"
        run_ours(log, out)  # compiles what the disk cache does not hold yet
        ours = min(run_ours(log, out) for _ in range(3))
        peak_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        theirs, clusters = run_drain3(messages)
        size_bytes = log.stat().st_size
    rows = [
        "# Throughput",
        "",
        f"{count:,} lines, {size_bytes:,} bytes, {SHAPES} shapes;"
        f" CPython {platform.python_version()}, {platform.machine()}.",
        "Best of three whole processes for ours, one loop for drain3, in one run of `python -m benchmarks.throughput`.",
        "",
        "| what | seconds | lines per second | ratio |",
        "|---|---|---|---|",
        "| brainstem replay, file to items, evidence on, start-up included"
        f" | {ours:.2f} | {count / ours:,.0f} | {theirs / ours:.1f} |",
        f"| drain3 0.9.11 add_log_message alone ({clusters:,} clusters) | {theirs:.2f} | {count / theirs:,.0f} | 1.0 |",
        "",
        f"Peak memory of the replay process: {peak_bytes / 2**20:,.0f} MiB.",
        "",
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(rows), encoding="utf-8")
    sys.stdout.write("\n".join(rows))


if __name__ == "__main__":
    main()
