"""Lines of ever new kinds of message, and signals among them that are to be found all the same.

Lines of words that never came before come from one program of one tenant. Among them the same program logs once a day how
much of something is left (`OIL`), and a second tenant (`calm`) has a link that goes down and comes back ever more often
(`LINK`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

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
