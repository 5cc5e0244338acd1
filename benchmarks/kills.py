"""Kill a run at random moments, resume it each time, and compare the outcome with that of an uncut run.

Run: `python -m benchmarks.kills [KILLS] [LINES] [SEED] [--kafka]`: over files; or over a topic of a real broker, replays and
live runs in turn. Every run is killed up to eight times; runs have one process, two, and a number that changes in between,
in turn. Writes what was lost or doubled, and how long after its start a resumed run has a snapshot of its own that is
durable, to `benchmarks/results/kills.md` (files) or `kills_kafka.md`. Ends with 1 when anything differs. Needs the `test`
extra, and for a topic what `benchmarks.kafka` needs.
"""

import argparse
import json
import os
import platform
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.kafka import PARTITIONS, TOPIC, broker, fill
from benchmarks.lines import lines
from tests.support import killing

KILLS_A_RUN: Final = 8
PROCESSES: Final = ((1,), (2,), (1, 2))
LONGEST_SECONDS: Final = 10.0
SNAPSHOT_SECONDS: Final = 0.5
FILES: Final = 4
RESULTS: Final = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of run. `command` makes a command line from the folder of the output and the number of processes; a run
    without an end of its own is done when it has read up to `ends`."""

    name: str
    command: Callable[[Path, int], list[str]]
    ends: Mapping[str, int] | None = None


@dataclass(slots=True)
class Tally:
    """How many runs there were, how many kills met them alive, and how soon after each start a snapshot was durable."""

    runs: int = 0
    kills: int = 0
    ready_seconds: list[float] = field(default_factory=list)
    ready_cpu_seconds: list[float] = field(default_factory=list)


Campaign = dict[tuple[str, tuple[int, ...]], Tally]
"""by kind of run and numbers of processes"""


def write_files(folder: Path, count: int) -> list[str]:
    """Deal the lines out to files, and return their names."""
    logs = [folder / f"{number}.log" for number in range(FILES)]
    files = [log.open("w", encoding="ascii") for log in logs]
    for number, (line, _) in enumerate(lines(count)):
        files[number % len(files)].write(line + "\n")
    for file in files:
        file.close()
    return [str(log) for log in logs]


def live(folder: Path, address: str) -> Callable[[Path, int], list[str]]:
    """Return what makes the command line of a live run, with a file of its own for each number of processes."""

    def command(out: Path, processes: int) -> list[str]:
        path = folder / f"{out.name}-{processes}.toml"
        path.write_text(
            f"""
[run]
out = {json.dumps(str(out))}
snapshot_seconds = {SNAPSHOT_SECONDS}
[kafka]
brokers = "{address}"
topics = ["{TOPIC}"]
group = "{out.name}"
idle_seconds = 3600
[cluster]
processes = {processes}
""",
            encoding="utf-8",
        )
        return ["run", "--config", str(path)]

    return command


def replay(arguments: Sequence[str]) -> Callable[[Path, int], list[str]]:
    """Return what makes the command line of a replay."""

    def command(out: Path, processes: int) -> list[str]:
        more = ["--snapshot-seconds", str(SNAPSHOT_SECONDS), "--processes", str(processes), "--resume"]
        return ["replay", *arguments, "--out", str(out), *more]

    return command


def kill_again_and_again(scenarios: Sequence[Scenario], folder: Path, wanted: int, seed: int) -> Campaign:
    """Kill and resume until enough kills have met a run alive. Raises `AssertionError` when an outcome differs."""
    dice = random.Random(seed)  # noqa: S311 - moments to kill at, not a secret
    campaign: Campaign = {}

    def run(scenario: Scenario, out: Path, processes: Sequence[int]) -> Tally:
        attempts = [scenario.command(out, count) for count in processes]
        if scenario.ends is None:
            kills = killing.run_through_kills(attempts, out, dice, LONGEST_SECONDS)
        else:
            kills = killing.run_live_through_kills(attempts, out, scenario.ends, dice, LONGEST_SECONDS)
        return Tally(1, kills.landed, kills.ready_seconds, kills.ready_cpu_seconds)

    for scenario in scenarios:
        run(scenario, folder / f"uncut-{scenario.name}", [1])
    began, runs, landed = time.monotonic(), 0, 0
    while landed < wanted:
        scenario = scenarios[runs % len(scenarios)]
        turns = PROCESSES[runs // len(scenarios) % len(PROCESSES)]
        out = folder / f"out{runs}"
        done = run(scenario, out, [turns[number % len(turns)] for number in range(KILLS_A_RUN + 1)])
        killing.assert_same_outcome(out, folder / f"uncut-{scenario.name}")
        shutil.rmtree(out)
        tally = campaign.setdefault((scenario.name, turns), Tally())
        tally.runs, tally.kills = tally.runs + 1, tally.kills + done.kills
        tally.ready_seconds += done.ready_seconds
        tally.ready_cpu_seconds += done.ready_cpu_seconds
        runs, landed = runs + 1, landed + done.kills
        sys.stdout.write(
            f"{time.monotonic() - began:.0f} s: {runs} runs, {landed} kills, 0 lost, 0 doubled, items the same;"
            f" {scenario.name} {turns}, ready after {' '.join(f'{each:.1f}' for each in done.ready_seconds)} s\n"
        )
        sys.stdout.flush()
    return campaign


def report(campaign: Campaign, command: str, count: int, where: str) -> str:
    """Return the results as Markdown."""
    rows = []
    for (name, turns), tally in sorted(campaign.items()):
        ready, cpu = sorted(tally.ready_seconds) or [0.0], sorted(tally.ready_cpu_seconds) or [0.0]
        rows.append(
            f"| {name} | {' and '.join(map(str, turns))} | {tally.runs} | {tally.kills} | 0 | 0 | 0"
            f" | {len(tally.ready_seconds)} | {ready[len(ready) // 2]:.1f} | {ready[-1]:.1f} | {cpu[len(cpu) // 2]:.1f} |"
        )
    total = sum(tally.kills for tally in campaign.values())
    return "\n".join(
        [
            "# Kills",
            "",
            f"{count:,} lines in {where}; CPython {platform.python_version()}, {platform.machine()},"
            f" {os.cpu_count()} cores. Measured with `{command}`.",
            "",
            "| run | processes | runs | kills that met one alive | lost | doubled | outcomes that differ"
            " | became ready | seconds, median | longest | of a processor, median |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            f"{total} kills. Evidence, decisions and rejects are compared row by row, items and ledger byte by byte; at a"
            " first difference the campaign would have ended without this page. Ready: from the start of the program to its"
            " first durable snapshot, where it lived that long; where a machine has other work to do, the seconds of a"
            " processor say more.",
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
                ends = {f"{TOPIC}/{each}": len(range(each, told.lines, PARTITIONS)) for each in range(PARTITIONS)}
                scenarios = [
                    Scenario("replay", replay([f"kafka://{address}/{TOPIC}"])),
                    Scenario("live", live(folder, address), ends),
                ]
                campaign = kill_again_and_again(scenarios, folder, told.kills, told.seed)
            where = f"a topic of {PARTITIONS} partitions, one broker on the same machine"
            text = report(campaign, f"{command} --kafka", told.lines, where)
            (RESULTS / "kills_kafka.md").write_text(text, encoding="utf-8")
        else:
            files = write_files(folder, told.lines)
            scenario = Scenario("replay", replay([*files, "--reference-date", "2026-03-04"]))
            campaign = kill_again_and_again([scenario], folder, told.kills, told.seed)
            text = report(campaign, command, told.lines, f"{FILES} files")
            (RESULTS / "kills.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
