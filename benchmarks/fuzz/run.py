"""Trying inputs on entries, one after the other, with a bound on the time of each."""

import hashlib
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType
from typing import Final, NamedTuple

from benchmarks.fuzz.entries import ENTRIES, Entry, warm_up

SECONDS_MOST: Final = 60.0
"""for one input, on a machine that is busy with other things too"""


class TooLongError(Exception):
    """An input takes longer than it may."""


class Finding(NamedTuple):
    """An input for which something is broken, and what."""

    entry: str
    number: int
    what: str
    case: bytes


@dataclass(slots=True)
class Outcome:
    """How many inputs of each entry were tried, how many seconds the slowest took, and what was found."""

    tried: dict[str, int]
    slowest: dict[str, float]
    findings: list[Finding] = field(default_factory=list)


def fuzz(names: Sequence[str], seed: int, goes_on: Callable[[int], bool], keep: Path | None = None) -> Outcome:
    """Try inputs of these entries in turn while `goes_on` says so of the number of rounds. Tells findings as they come."""
    warm_up()
    outcome = Outcome(dict.fromkeys(names, 0), dict.fromkeys(names, 0.0))
    rounds = 0
    while goes_on(rounds):
        for name in names:
            if int(rounds * ENTRIES[name].share) == int((rounds - 1) * ENTRIES[name].share) and rounds:
                continue
            case = ENTRIES[name].make(Random(f"{seed}/{name}/{rounds}"))  # noqa: S311 - made-up inputs, no secrets
            begun = time.monotonic()
            what = broken_by(ENTRIES[name], case)
            outcome.tried[name] += 1
            outcome.slowest[name] = max(outcome.slowest[name], time.monotonic() - begun)
            if what is not None:
                found = Finding(name, rounds, what, case)
                outcome.findings.append(found)
                _tell(found, seed, keep)
        rounds += 1
    return outcome


def broken_by(entry: Entry, case: bytes) -> str | None:
    """Return what is broken for an input, None for nothing."""
    try:
        with _bounded():
            entry.check(case)
    except Exception:  # noqa: BLE001 - any exception that is not declared is what is looked for
        return traceback.format_exc(limit=-6)
    return None


@contextmanager
def _bounded() -> Iterator[None]:
    """Raise `TooLongError` in what takes longer than `SECONDS_MOST`, as soon as Python code runs."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise TooLongError(f"longer than {SECONDS_MOST:.0f} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, SECONDS_MOST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _tell(found: Finding, seed: int, keep: Path | None) -> None:
    where = ""
    if keep is not None:
        path = keep / found.entry / hashlib.sha256(found.case).hexdigest()[:16]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(found.case)
        where = f", kept as {path}"
    sys.stdout.write(
        f"\n{found.entry}, seed {seed}, number {found.number}{where}:\n{found.case[:300]!r}\n{found.what}\n"
    )
    sys.stdout.flush()
