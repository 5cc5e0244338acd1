"""Kill a run over files at random moments, resume it each time, and compare the outcome with that of an uncut run.

Run: `python -m benchmarks.kills [KILLS] [LINES] [SEED]`. Every run is killed up to five times; runs have one
process, two, and a number that changes in between, in turn. Prints what was lost or doubled, and how long after its start a
resumed run makes its first snapshot. Ends with 1 when anything differs. Needs the `test` extra.
"""

import importlib
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.throughput import lines

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

KILLS_A_RUN = 5
PROCESSES = ((1,), (2,), (1, 2))
DEFAULTS = (200, 1_000_000, 1)
"""kills, lines, seed"""


def main() -> None:
    """Run until enough kills have met a run alive."""
    killing = importlib.import_module("killing")
    given = [int(each) for each in sys.argv[1:]]
    wanted, count, seed = [*given, *DEFAULTS[len(given) :]]
    dice = random.Random(seed)  # noqa: S311 - moments to kill at, not a secret
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs = [folder / f"{number}.log" for number in range(4)]
        files = [log.open("w", encoding="ascii") for log in logs]
        for number, (line, _) in enumerate(lines(count)):
            files[number % len(files)].write(line + "\n")
        for file in files:
            file.close()
        arguments = ["replay", *map(str, logs), "--reference-date", "2026-03-04", "--snapshot-seconds", "0.5"]
        command = [*killing.PROGRAM, *arguments, "--out", str(folder / "uncut")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
        landed, runs, ready = 0, 0, []
        while landed < wanted:
            out = folder / f"out{runs}"
            turns = PROCESSES[runs % len(PROCESSES)]
            attempts = [
                [*arguments, "--out", str(out), "--resume", "--processes", str(turns[number % len(turns)])]
                for number in range(KILLS_A_RUN + 1)
            ]
            kills = killing.run_through_kills(attempts, out, dice, 8.0)
            killing.assert_same_outcome(out, folder / "uncut")
            landed, runs = landed + kills.landed, runs + 1
            ready += kills.ready_seconds
            sys.stdout.write(f"{runs} runs, {landed} kills, 0 lost, 0 doubled, items the same\n")
            sys.stdout.flush()
    ready.sort()
    sys.stdout.write(
        f"first snapshot after a start: median {ready[len(ready) // 2]:.1f} s, longest {ready[-1]:.1f} s of {len(ready)}\n"
    )


if __name__ == "__main__":
    main()
