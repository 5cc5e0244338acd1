"""Lines per second from a file to items, evidence on, beside drain3's `add_log_message` on the same lines.

Run: `python -m benchmarks.throughput [LINES]` (needs the `benchmark` extra). Writes `benchmarks/results/throughput.md`.
Each figure of ours is a whole process, start-up and writing included; what start-up takes is what the same command takes
over the first lines, as many as there are shapes. drain3 gets the messages in memory and only its own loop is timed. The
lines are those of `benchmarks.lines`.
"""

import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from drain3 import TemplateMiner

from benchmarks.lines import SHAPES, lines

RESULTS = Path(__file__).parent / "results" / "throughput.md"


def run_ours(log: Path, out: Path) -> float:
    """Replay the file in a process of its own, and return seconds of wall time."""
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
    """Mine the messages with drain3's defaults, and return seconds and the number of clusters."""
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
        few = Path(folder) / "few"
        few.write_text("".join(f"{line}\n" for line, _ in islice(lines(count), SHAPES)), encoding="ascii")
        out = Path(folder) / "out"
        run_ours(log, out)  # compiles what the disk cache does not hold yet
        ours = min(run_ours(log, out) for _ in range(3))
        start_up = min(run_ours(few, out) for _ in range(3))
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
        "| the same without start-up"
        f" | {ours - start_up:.2f} | {count / (ours - start_up):,.0f} | {theirs / (ours - start_up):.1f} |",
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
