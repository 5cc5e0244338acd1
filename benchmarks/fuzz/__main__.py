"""Try made-up and damaged inputs on every entry of the product for some minutes.

Run: `python -m benchmarks.fuzz MINUTES [--seed N] [--entry NAME ...] [--keep DIR]`. Prints the seed; for each finding its
entry, its number and what was broken, and with `--keep` writes its bytes to `DIR/ENTRY/`. Ends with 1 where there were any.
The same seed and number make the same input, whatever the speed of the machine.
"""

import argparse
import sys
import time
from pathlib import Path

from benchmarks.fuzz.entries import ENTRIES, warm_up
from benchmarks.fuzz.run import fuzz


def main() -> int:
    """Run and report; return the exit status."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=(__doc__ or "").partition("\n")[0])
    options.add_argument("minutes", type=float)
    options.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    options.add_argument("--entry", action="append", choices=sorted(ENTRIES))
    options.add_argument("--keep", type=Path, help="folder for the inputs of findings")
    given = options.parse_args()
    print(f"seed {given.seed}", flush=True)  # noqa: T201 - a report of a command
    warm_up()
    deadline = time.monotonic() + 60 * given.minutes
    outcome = fuzz(given.entry or list(ENTRIES), given.seed, lambda _: time.monotonic() < deadline, given.keep)
    for name, number in outcome.tried.items():
        print(f"{name}: {number:,} inputs, the slowest {outcome.slowest[name]:.2f} s")  # noqa: T201 - a report of a command
    print(f"{len(outcome.findings)} findings")  # noqa: T201 - a report of a command
    return 1 if outcome.findings else 0


if __name__ == "__main__":
    sys.exit(main())
