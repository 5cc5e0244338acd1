"""The scenarios: how lines are spread over tenants and days, and what they look like.

Lines come from fixed seeds: a scenario of so many lines has the same bytes in every run.
"""

import json
import random
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Final

from benchmarks import new_words
from benchmarks.lines import HOSTS, SEED, SHAPES, fill, shapes

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
PROGRAMS: Final = 320
"""of scenarios with many kinds of message: what programs say is dealt out to buckets by program"""
HOSTILE_DAYS: Final = 60
MESSAGE_MOST: Final = 200_000
"""messages kept for the peers, who say by themselves how many of them they mined"""


@dataclass(slots=True)
class Written:
    """The logs of a scenario, as they lie on disk."""

    inputs: list[str]
    """arguments of `brainstem replay`"""
    paths: list[Path]
    lines: int
    size_bytes: int
    messages: list[str] = field(default_factory=list)
    """the text of the first lines, without stamp, host and program, for peers who mine messages"""


@dataclass(frozen=True, slots=True)
class Spread:
    """How generated lines are spread over tenants and days, and of how many kinds they are."""

    tenants: int = 1
    days: int = 1
    kinds: int = SHAPES
    is_json: bool = False


def kinds_of(count: int, dice: random.Random) -> list[tuple[str, str]]:
    """Return program and shape of so many kinds of message: those of `benchmarks.lines`, or others of new words."""
    if count <= SHAPES:
        return shapes(dice)[:count]
    words = new_words.WORDS
    tails = ("for client %i", "took %n ms", "with id %x", "at %p")
    return [
        (f"svc{number % PROGRAMS}d", " ".join([*(dice.choice(words) for _ in range(4)), tails[number % len(tails)]]))
        for number in range(count)
    ]


def spread_lines(spread: Spread, count: int) -> Iterator[tuple[int, str, str]]:
    """Yield tenant number, line and message in order of time; frequencies of kinds fall as 1/rank, and each comes."""
    dice = random.Random(SEED)  # noqa: S311 - a seeded stream of lines, not a secret
    known = kinds_of(spread.kinds, dice)
    first = list(range(len(known)))[:count] if spread.kinds > SHAPES else []
    weights = [1 / rank for rank in range(1, len(known) + 1)]
    chosen = first + dice.choices(range(len(known)), weights, k=count - len(first))
    if first:
        dice.shuffle(chosen)
    step = timedelta(days=spread.days) / count
    for index, kind in enumerate(chosen):
        service, shape = known[kind]
        message = fill(shape, dice)
        moment = f"{(START + index * step).isoformat(timespec='microseconds')[:-6]}Z"
        host, tenant = f"node{dice.randrange(HOSTS):02d}", dice.randrange(spread.tenants)
        if spread.is_json:
            fields = {"timestamp": moment, "host": host, "service": service, "level": "info", "message": message}
            yield tenant, json.dumps(fields), message
        else:
            yield tenant, f"{moment} {host} {service}[{dice.randrange(30_000)}]: {message}", message


def write_spread(spread: Spread, count: int, folder: Path) -> Written:
    """Write generated lines, a file a tenant."""
    paths = [folder / f"tenant-{number:04d}.log" for number in range(spread.tenants)]
    texts: list[list[str]] = [[] for _ in paths]
    messages: list[str] = []
    for tenant, line, message in spread_lines(spread, count):
        texts[tenant].append(line)
        if len(messages) < MESSAGE_MOST:
            messages.append(message)
    for path, text in zip(paths, texts, strict=True):
        path.write_text("".join(f"{line}\n" for line in text), encoding="ascii")
    return _written(paths, [f"{path.stem}={path}" for path in paths], count, messages)


def write_hostile(count: int, folder: Path) -> Written:
    """Write lines of words that never came before, and beside them a tenant with few messages and one trouble."""
    noisy, calm = folder / "noisy.log", folder / "calm.log"
    with noisy.open("wb") as file:
        for block in new_words.lines(count, HOSTILE_DAYS):
            file.write(block)
    calm.write_bytes(new_words.calm(HOSTILE_DAYS))
    with noisy.open(encoding="ascii") as file:
        messages = [line.rstrip("\n").partition("]: ")[2] for line, _ in zip(file, range(MESSAGE_MOST), strict=False)]
    paths = [noisy, calm]
    return _written(paths, [f"{path.stem}={path}" for path in paths], sum(map(_count, paths)), messages)


def write_real(count: int, folder: Path, corpora: Path) -> Written:
    """Write copies of the logs of real hosts, each of a tenant of its own, until there are `count` lines or more.

    Raises FileNotFoundError where the corpus is not there.
    """
    archive = corpora / "hotsos-hosts" / "hotsos-hosts.tar.xz"
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "hosts", filter="data")
    found = sorted(path for path in (folder / "hosts").rglob("*") if path.is_file())
    lines = sum(map(_count, found))
    size_bytes = sum(path.stat().st_size for path in found)
    copies = max(1, -(-count // lines))
    texts = (path.read_text(encoding="utf-8", errors="replace").splitlines() for path in found)
    messages = [line for line, _ in zip(chain.from_iterable(texts), range(MESSAGE_MOST), strict=False)]
    inputs = [f"copy-{number:02d}={folder / 'hosts'}" for number in range(copies)]
    return Written(inputs, found * copies, lines * copies, size_bytes * copies, messages)


def write_days(count: int, folder: Path, block_lines: int = 1_000_000) -> Written:
    """Write a tenant's lines in one file: the same block again on each further day, so that much is soon made."""
    path = folder / "tenant-0000.log"
    block = "".join(f"{line}\n" for _, line, _ in spread_lines(Spread(), min(count, block_lines))).encode()
    first = f"{START:%Y-%m-%d}T".encode()
    with path.open("wb") as file:
        for day in range(-(-count // block_lines)):
            file.write(block.replace(first, f"{START + timedelta(days=day):%Y-%m-%d}T".encode()))
    return _written([path], [f"{path.stem}={path}"], _count(path), [])


def _count(path: Path) -> int:
    """Return the number of line ends in a file."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _written(paths: list[Path], inputs: list[str], count: int, messages: list[str]) -> Written:
    return Written(inputs, paths, count, sum(path.stat().st_size for path in paths), messages)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that is replayed from files."""

    what: str
    lines: int
    """how many unless the command line says otherwise"""
    write: Callable[[int, Path, Path | None], Written]
    """makes the logs: number of lines, folder, folder of corpora"""
    needs_corpora: bool = False
    cores: int = 0
    """processors that the measured process may use; 0 for all"""


def _spread(spread: Spread) -> Callable[[int, Path, Path | None], Written]:
    return lambda count, folder, _corpora: write_spread(spread, count, folder)


def _real(count: int, folder: Path, corpora: Path | None) -> Written:
    if corpora is None:
        raise FileNotFoundError("no folder of corpora")
    return write_real(count, folder, corpora)


SCENARIOS: Final = {
    "dense": Scenario("1 tenant, 1 day, 600 kinds of message, syslog", 1_000_000, _spread(Spread())),
    "dense-1-core": Scenario("the same on one core", 1_000_000, _spread(Spread()), cores=1),
    "sparse": Scenario("1 tenant, 365 days", 200_000, _spread(Spread(days=365))),
    "wide": Scenario("100 tenants, 30 days", 200_000, _spread(Spread(tenants=100, days=30))),
    "long": Scenario("100 tenants, 13 months", 130_000, _spread(Spread(tenants=100, days=395))),
    "many": Scenario("100,000 kinds of message, 1 day", 300_000, _spread(Spread(kinds=100_000))),
    "hostile": Scenario(
        f"each line of new words, {HOSTILE_DAYS} days, and a second tenant",
        15_000,
        lambda count, folder, _: write_hostile(count, folder),
    ),
    "json": Scenario("dense, as JSON lines", 500_000, _spread(Spread(is_json=True))),
    "real": Scenario("logs of real hosts, each copy a tenant", 150_000, _real, needs_corpora=True),
}
"""those of files; `live` has its own module"""
