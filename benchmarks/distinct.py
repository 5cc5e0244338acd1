"""Ever new kinds of message: does memory stay flat, and is a signal among them still found?

    python -m benchmarks.distinct [LINES] [--days DAYS]

Lines of words that never came before come from one program of one tenant, through a pipe, as fast as they are read.
Among them the same program logs once a day how much of something is left, and a second tenant has a link that goes down and
comes back ever more often. Prints the resident memory of the replay at each quarter of the lines and its peak, how many
families were forgotten, and which of the two signals surfaced.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Final, cast

import numpy as np

ROOT: Final = Path(__file__).resolve().parents[1]
START: Final = datetime(2026, 3, 2, tzinfo=UTC)
FIRST: Final = [
    "bal",
    "dor",
    "fen",
    "gim",
    "hul",
    "kas",
    "lop",
    "mir",
    "nev",
    "pol",
    "rud",
    "sev",
    "tam",
    "vok",
    "wil",
    "zan",
]
MIDDLE: Final = ["a", "e", "i", "o", "u", "ai", "ou", "ei", "au", "oi", "ea", "io", "ua", "ie", "oa", "eu"]
LAST: Final = [
    "ban",
    "der",
    "fil",
    "gon",
    "hus",
    "kam",
    "len",
    "mit",
    "nor",
    "puk",
    "ras",
    "sel",
    "tin",
    "vor",
    "wun",
    "zeb",
]
WORDS: Final = tuple(one + two + three for one in FIRST for two in MIDDLE for three in LAST)
AT_ONCE: Final = 50_000
OIL: Final = "stock of lamp oil"
LINK: Final = "link west7"


def lines(count: int, days: int, seed: int = 1) -> Iterator[bytes]:
    """Return the lines of the babbling program in blocks, in order of time; four words of 4,096 make each kind its own."""
    dice = np.random.default_rng(seed)
    said = 0
    for begin in range(0, count, AT_ONCE):
        numbers = range(begin, min(begin + AT_ONCE, count))
        chosen = dice.integers(0, len(WORDS), (len(numbers), 4)).tolist()
        block = []
        for number, (one, two, three, four) in zip(numbers, chosen, strict=True):
            at = START + timedelta(seconds=86_400 * days * number / count)
            stamp = at.isoformat(timespec="milliseconds")
            block.append(
                f"{stamp} host{number % 5} babble[7]: {WORDS[one]} {WORDS[two]} met {WORDS[three]} on {WORDS[four]}\n"
            )
            if at >= START + timedelta(days=said, hours=5):
                block.append(f"{stamp} host1 babble[7]: {OIL} is at {days - said} barrels\n")
                said += 1
        yield "".join(block).encode()


def calm(days: int) -> bytes:
    """Return the lines of a tenant with few messages, and a link that heals by itself from the second half on."""
    told = []
    for day in range(days):
        base = START + timedelta(days=day)
        told += [(base + timedelta(hours=hour), "watch walked its round") for hour in range(24)]
        for cycle in range(max(0, day - days // 2)):
            down = base + timedelta(hours=2 * cycle + 1, minutes=7 * day % 60)
            told += [(down, f"{LINK} is down"), (down + timedelta(seconds=40), f"{LINK} is up")]
    return "".join(f"{at.isoformat()} gate1 linkd: {text}\n" for at, text in sorted(told)).encode()


def memory_mib(process: int, field: str) -> float:
    """Return a field of a process's status in MiB: VmRSS for what it has now, VmHWM for the most it had."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(field))


def feed(pipe: IO[bytes], process: int, count: int, days: int) -> tuple[list[float], float]:
    """Write the lines into the pipe, and return resident memory at each quarter, and the peak at the end."""
    quarters: list[float] = []
    written = 0
    for block in lines(count, days):
        pipe.write(block)
        written += AT_ONCE
        while len(quarters) < 4 and written >= (len(quarters) + 1) * count / 4:
            quarters.append(memory_mib(process, "VmRSS"))
    pipe.flush()
    peak = memory_mib(process, "VmHWM")
    pipe.close()
    return quarters, peak


def measure(count: int, days: int, folder: Path) -> dict[str, object]:
    """Replay so many lines, and return figures by name. Raises RuntimeError when the product fails."""
    (folder / "calm.log").write_bytes(calm(days))
    command = [sys.executable, "-m", "flows.cli", "replay", "noisy=-", f"calm={folder / 'calm.log'}"]
    began = time.monotonic()
    with (folder / "said.txt").open("wb") as said:
        child = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--out", str(folder / "out")], cwd=ROOT, stdin=subprocess.PIPE, stdout=said, stderr=said
        )
        quarters, peak = feed(cast("IO[bytes]", child.stdin), child.pid, count, days)
        status = child.wait()
    if status:
        raise RuntimeError(f"the replay ended with {status}:\n{(folder / 'said.txt').read_text()[-3000:]}")
    seconds = time.monotonic() - began
    items = [json.loads(line) for line in (folder / "out" / "items.jsonl").read_bytes().splitlines()]
    ledger = json.loads((folder / "out" / "ledger.json").read_bytes())
    return {
        "lines": count,
        "days": days,
        "seconds": round(seconds, 1),
        "lines per second": round(count / seconds),
        "resident MiB at quarters": [round(each) for each in quarters],
        "peak MiB while reading": round(peak),
        "families forgotten": ledger.get("forgotten", {}),
        "countdown surfaced": [item["time"] for item in items if OIL in item["data"]["what"]],
        "link surfaced": [item["time"] for item in items if "west7" in item["data"]["what"]],
        "items": len(items),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=int, nargs="?", default=10_000_000)
    parser.add_argument("--days", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="distinct") as folder:
        for name, value in measure(arguments.lines, arguments.days, Path(folder)).items():
            sys.stdout.write(f"{name}: {value}\n")


if __name__ == "__main__":
    main()
