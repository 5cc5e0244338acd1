"""Files as they come to be: delivered a little out of order, skewed, doubled, torn, with holes; and the truth about them."""

from dataclasses import dataclass
from random import Random
from typing import Final

from benchmarks.weak_signal.clock import DAYS, HOUR_US, MINUTE_US, SECOND_US
from benchmarks.weak_signal.formats import RENDERERS
from benchmarks.weak_signal.world import Line, Log, Tenant, World

LATE_SHARE: Final = 0.02
"""Lines that come up to four minutes out of order; the rest come within seconds."""
GARBAGE_SHARE: Final = 0.0003
DOUBLED_BLOCKS: Final = 3


@dataclass(frozen=True, slots=True)
class Record:
    """One written line: what was meant, where it stands (path below the folder of the logs, byte of its begin), and when
    it arrived."""

    tenant: str
    line: Line
    path: str
    position: int
    arrival_us: int


def write(world: World, tenant: Tenant) -> tuple[dict[str, bytes], list[Record]]:
    """Return the files of a tenant by path, and its records in the order of their delivery."""
    of_log: dict[Log, list[Line]] = {}
    applications = {product.name for product in tenant.products if product.is_application}
    for line in tenant.lines:
        if world.start_us <= line.time_us < world.end_us:
            of_log.setdefault(_log(tenant, line, applications), []).append(line)
    skewed = world.dice(tenant.name, "skew")
    skew = {skewed.choice(tenant.hosts): skewed.randrange(-300, 420) * SECOND_US}
    files: dict[str, bytes] = {}
    delivered: list[Record] = []
    longest = max(of_log, key=lambda log: (len(of_log[log]), log.path))
    for log, lines in sorted(of_log.items(), key=lambda item: item[0].path):
        dice = world.dice(tenant.name, log.path)
        kept = _with_holes(world, lines, dice, long_hole=log is longest)
        ordered = _delivery(world, kept, dice)
        path = f"{tenant.name}/{log.path}"
        files[path], records = _file(tenant.name, path, log, ordered, skew, dice)
        delivered += records
    delivered.sort(key=lambda record: (record.arrival_us, record.path, record.position))
    return files, delivered


def _log(tenant: Tenant, line: Line, applications: set[str]) -> Log:
    if line.service == "access":
        return tenant.access_log
    return tenant.application_log if line.service in applications else tenant.log_of_host[line.host]


def _with_holes(world: World, lines: list[Line], dice: Random, *, long_hole: bool) -> list[Line]:
    """Lose blocks of lines, as a restarted journal does; one file of each tenant loses most of a day."""
    holes = []
    for _ in range(dice.randrange(2, 6)):
        begin = world.day(dice.uniform(0, DAYS))
        holes.append((begin, begin + dice.randrange(20, 300) * MINUTE_US))
    if long_hole:
        begin = world.day(dice.uniform(9, 25))
        holes.append((begin, begin + int(dice.uniform(14, 30) * HOUR_US)))
    for begin, end in holes:
        lines = [line for line in lines if not begin <= line.time_us < end]
    return lines


def _delivery(world: World, lines: list[Line], dice: Random) -> list[tuple[int, Line]]:
    """Return lines with the time they arrive, in that order: jitter, and one host's shard that comes hours late."""
    hosts = sorted({line.host for line in lines})
    shard, begin = dice.choice(hosts), world.day(dice.uniform(2, 26))
    end = begin + 3 * HOUR_US
    arriving = []
    for line in lines:
        delay = dice.random() * (240 if dice.random() < LATE_SHARE else 4) * SECOND_US
        if line.host == shard and begin <= line.time_us < end:
            delay += 4 * HOUR_US
        arriving.append((line.time_us + int(delay), line))
    arriving.sort(key=lambda each: (each[0], each[1]))
    doubled = []
    for _ in range(DOUBLED_BLOCKS):
        at = dice.randrange(len(arriving))
        doubled.append((at, at + dice.randrange(5, 60)))
    for first, last in sorted(doubled, reverse=True):
        block = arriving[first:last]
        arriving[first + len(block) : first + len(block)] = [(block[-1][0], line) for _, line in block]
    return arriving


def _file(
    tenant: str, path: str, log: Log, arriving: list[tuple[int, Line]], skew: dict[str, int], dice: Random
) -> tuple[bytes, list[Record]]:
    """Write the lines of a file, some garbage between them, and note where each line begins."""
    render = RENDERERS[log.format]
    pids: dict[tuple[str, str], int] = {}
    body = bytearray()
    records = []
    for arrival_us, line in arriving:
        key = line.host, line.service
        if key not in pids or dice.random() < 0.004:
            pids[key] = dice.randrange(200, 32_000)
        stamp_us = line.time_us + skew.get(line.host, 0)
        text = render(stamp_us, line.host, line.service, pids[key], line.severity, line.message).encode()
        if dice.random() < GARBAGE_SHARE:
            body += _garbage(text, dice) + b"\n"
        records.append(Record(tenant, line, path, len(body), arrival_us))
        body += text + b"\n"
    return bytes(body), records


def _garbage(text: bytes, dice: Random) -> bytes:
    """Return what a torn write leaves."""
    kind = dice.randrange(4)
    if kind == 0:
        return text[: dice.randrange(1, len(text))]
    if kind == 1:
        return b"\0" * dice.randrange(4, 200)
    if kind == 2:
        return dice.randbytes(dice.randrange(3, 90)).replace(b"\n", b" ")
    return text[dice.randrange(len(text)) :]
