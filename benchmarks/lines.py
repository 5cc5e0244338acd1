"""Generated syslog lines for benchmarks of speed and of recovery.

RFC 3164 of 20 hosts over one day, from a fixed seed: 600 message shapes whose frequencies fall as 1/rank.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

SHAPES = 600
HOSTS = 20
SEED = 11
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
    """Return service and message shape pairs; `%i` is an address, `%n` a number, `%x` a hexadecimal id, `%p` a path."""
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
    """Return `count` syslog lines in order of time, with their messages."""
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
