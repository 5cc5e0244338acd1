"""Kill a run at random moments, resume it each time, and compare the outcome with that of an uncut run.

Run: `python -m benchmarks.kills [KILLS] [LINES] [SEED] [--kafka]`: over files, or over a topic of a real broker. Every run
is killed up to five times; runs have one process, two, and a number that changes in between, in turn. Writes what was lost
or doubled, and how long after its start a resumed run makes its first snapshot, to `benchmarks/results/kills.md` (files) or
`kills_kafka.md`. Ends with 1 when anything differs. Needs the `test` extra, and for a topic what `benchmarks.kafka` needs.
"""

import argparse
import importlib
import os
import platform
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.kafka import TOPIC, broker, fill
from benchmarks.lines import lines

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

KILLS_A_RUN = 5
PROCESSES = ((1,), (2,), (1, 2))
LONGEST_SECONDS = 8.0
FILES = 4
RESULTS = Path(__file__).parent / "results"


class Campaign(NamedTuple):
    """How many runs there were, how many kills met them alive, and how soon after each start the first snapshot was."""

    runs: int
    kills: int
    ready_seconds: list[float]


def write_files(folder: Path, count: int) -> list[str]:
    """Deal the lines out to files; gives their names."""
    logs = [folder / f"{number}.log" for number in range(FILES)]
    files = [log.open("w", encoding="ascii") for log in logs]
    for number, (line, _) in enumerate(lines(count)):
        files[number % len(files)].write(line + "\n")
    for file in files:
        file.close()
    return [str(log) for log in logs]


def kill_again_and_again(arguments: Sequence[str], folder: Path, wanted: int, seed: int) -> Campaign:
    """Kill and resume until enough kills have met a run alive. Raises `AssertionError` when an outcome differs."""
    killing = importlib.import_module("killing")
    dice = random.Random(seed)  # noqa: S311 - moments to kill at, not a secret
    uncut = [*killing.PROGRAM, *arguments, "--out", str(folder / "uncut")]
    subprocess.run(uncut, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    landed, runs, ready = 0, 0, []
    while landed < wanted:
        out = folder / f"out{runs}"
        turns = PROCESSES[runs % len(PROCESSES)]
        attempts = [
            [*arguments, "--out", str(out), "--resume", "--processes", str(turns[number % len(turns)])]
            for number in range(KILLS_A_RUN + 1)
        ]
        kills = killing.run_through_kills(attempts, out, dice, LONGEST_SECONDS)
        killing.assert_same_outcome(out, folder / "uncut")
        landed, runs = landed + kills.landed, runs + 1
        ready += kills.ready_seconds
        sys.stdout.write(f"{runs} runs, {landed} kills, 0 lost, 0 doubled, items the same\n")
        sys.stdout.flush()
    return Campaign(runs, landed, sorted(ready))


def report(campaign: Campaign, command: str, count: int, where: str) -> str:
    """Give the results as Markdown."""
    ready = campaign.ready_seconds
    return "\n".join(
        [
            "# Kills",
            "",
            f"{count:,} lines in {where}; CPython {platform.python_version()}, {platform.machine()},"
            f" {os.cpu_count()} cores. Measured with `{command}`.",
            "",
            "| runs | kills that met a run alive | lost | doubled | outcomes that differ |",
            "|---|---|---|---|---|",
            f"| {campaign.runs} | {campaign.kills} | 0 | 0 | 0 |",
            "",
            "Evidence, decisions and rejects are compared row by row, items and ledger byte by byte; at a first difference"
            " the campaign would have ended without this page.",
            f"First snapshot after a start: median {ready[len(ready) // 2]:.1f} s, longest {ready[-1]:.1f} s of"
            f" {len(ready)}.",
            "",
        ]
    )


def main() -> None:
    """Run the campaign and write what it found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kills", type=int, nargs="?", default=200)
    parser.add_argument("lines", type=int, nargs="?", default=1_000_000)
    parser.add_argument("seed", type=int, nargs="?", default=1)
    parser.add_argument("--kafka", action="store_true", help="over a topic instead of files")
    told = parser.parse_args()
    command = " ".join(["python -m benchmarks.kills", str(told.kills), str(told.lines), str(told.seed)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if told.kafka:
            with broker(folder) as address:
                fill(address, told.lines)
                arguments = ["replay", f"kafka://{address}/{TOPIC}", "--snapshot-seconds", "0.5"]
                campaign = kill_again_and_again(arguments, folder, told.kills, told.seed)
            text = report(
                campaign, f"{command} --kafka", told.lines, "a topic of 12 partitions, one broker on the same machine"
            )
            (RESULTS / "kills_kafka.md").write_text(text, encoding="utf-8")
        else:
            files = write_files(folder, told.lines)
            arguments = ["replay", *files, "--reference-date", "2026-03-04", "--snapshot-seconds", "0.5"]
            campaign = kill_again_and_again(arguments, folder, told.kills, told.seed)
            text = report(campaign, command, told.lines, f"{FILES} files")
            (RESULTS / "kills.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
