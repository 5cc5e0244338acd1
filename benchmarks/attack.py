"""What attackers over HTTP leave to an honest sender, and by how much they make the memory of the intake grow.

Run: `python -m benchmarks.attack [SECONDS]`. Writes `benchmarks/results/attack.md`; ends with 1 where the paced sender keeps
less than 90 % of its rate or the memory grows by more than 64 MiB. `brainstem listen` fills a spool that nobody reads; the
honest sender and the attackers are processes of their own on the same cores.

The attackers: 1,000 idle connections, 100 bodies that come a byte a second, and bodies of gzip that are 200 MiB once
decoded, and of 100,000 brackets, one after the other, 20 a second at the most.

The honest sender is measured in two ways, each alone and under attack in turns, since a shared machine is faster and slower
by the minute. *Paced*: it sends half as many requests a second as it can alone, as a shipper does that sends what its host
logs; what counts is how many of these are answered. *As fast as it is answered*: it takes every moment of the cores that the
others leave, so whatever an attacker's own program takes on this machine is missing there too; the processor time of each
is therefore said beside it. Needs the `test` extra.
"""

import contextlib
import gzip
import http.client
import json
import multiprocessing
import os
import platform
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.spool import CONTENT
from tests.support.beside import Beside

RESULTS: Final = Path(__file__).parent / "results" / "attack.md"
SECONDS: Final = 60.0
IDLE: Final = 1_000
SLOW: Final = 100
BOMB_BYTES: Final = 200 << 20
BRACKETS: Final = 100_000
PAUSE_SECONDS: Final = 0.05
"""between two bodies that cost much"""
LINES_A_REQUEST: Final = 100
TURNS: Final = 10
PACE: Final = 0.5
"""of the rate that the sender reaches alone"""
KEPT_LEAST: Final = 0.9
GROWN_MOST: Final = 64 << 20
TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


class Turn(NamedTuple):
    """One turn of the honest sender."""

    answered: float
    """requests a second"""
    intake_seconds: float
    """of a core, for each second"""
    attackers_seconds: float
    """the same, of the attackers' own program"""


def configuration(folder: Path) -> Path:
    """Write the file of an intake with a listener for HTTP."""
    path = folder / "brainstem.toml"
    path.write_text(
        f"[run]\nout = {json.dumps(str(folder / 'out'))}\n[spool]\nbytes_most = {1 << 34}\n"
        '[[listen.http]]\nname = "web"\naddress = "127.0.0.1:0"\ntenant = "acme"\n'
    )
    return path


def honest(port: int, seconds: float, a_second: float = 0.0) -> float:
    """Return how many requests of an honest sender are answered in a second; it sends so many, 0 for as many as it can."""
    body = b"\n".join([CONTENT] * LINES_A_REQUEST)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    count, sent, began = 0, 0, time.monotonic()
    while (took := time.monotonic() - began) < seconds:
        if a_second and sent >= took * a_second:
            time.sleep(sent / a_second - took)
        connection.request("POST", "/v1/events", body, {"Content-Type": "text/plain"})
        reply = connection.getresponse()
        reply.read()
        sent += 1
        count += reply.status == 200
    connection.close()
    return count / took


def attack(port: int, bodies: list[tuple[bytes, str]], begun: Any, ended: Any) -> None:
    """Hold idle connections and slow bodies, set `begun`, and post bodies that cost much until `ended` is set."""
    head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
    with contextlib.ExitStack() as held:
        connections = []
        for number in range(IDLE + SLOW):
            with contextlib.suppress(OSError):
                connections.append(held.enter_context(socket.create_connection(("127.0.0.1", port))))
                if number >= IDLE:
                    connections[-1].sendall(head)
        begun.set()
        turns = 0
        while not ended.wait(PAUSE_SECONDS):
            body, encoding = bodies[turns % len(bodies)]
            turns += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                attacker = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
                attacker.request("POST", "/v1/events", body, headers)
                attacker.getresponse().read()
                attacker.close()
            if turns % round(1 / PAUSE_SECONDS) == 0:
                for each in connections[IDLE:]:
                    with contextlib.suppress(OSError):
                        each.send(b"x")


def memory_bytes(pid: int, name: str) -> int:
    """Return the resident memory of a process (`VmRSS`), or the most that it had (`VmHWM`)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(name))


def core_seconds(pid: int) -> float:
    """Return the processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def turn(intake: Beside, seconds: float, a_second: float, bodies: list[tuple[bytes, str]]) -> Turn:
    """Let the honest sender send for so long, alone where there are no bodies for an attack."""
    port, pid = intake.ports["web", "http"], intake.process.pid
    begun, ended = multiprocessing.Event(), multiprocessing.Event()
    attacker = multiprocessing.Process(target=attack, args=(port, bodies, begun, ended))
    if bodies:
        attacker.start()
        begun.wait()
    own = core_seconds(attacker.pid) if attacker.pid else 0.0
    before = core_seconds(pid)
    answered = honest(port, seconds, a_second)
    intake_seconds = core_seconds(pid) - before
    own = core_seconds(attacker.pid) - own if attacker.pid else 0.0
    if bodies:
        ended.set()
        attacker.join()
    return Turn(answered, intake_seconds / seconds, own / seconds)


def row(name: str, alone: list[Turn], under: list[Turn]) -> tuple[str, float]:
    """Return a row of the table, and what the sender keeps of its rate: the median of the turns, each beside its other."""
    kept = statistics.median(loud.answered / quiet.answered for quiet, loud in zip(alone, under, strict=True))

    def middle(turns: list[Turn], field: str) -> float:
        return float(statistics.median(getattr(each, field) for each in turns))

    columns = [f"{middle(turns, 'answered'):,.0f}" for turns in (alone, under)]
    columns += [f"{kept:.0%}"]
    columns += [f"{middle(turns, 'intake_seconds'):.2f}" for turns in (alone, under)]
    columns += [f"{middle(under, 'attackers_seconds'):.2f}"]
    return f"| {name} | {' | '.join(columns)} |", kept


def main() -> None:
    """Measure, and write the table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    load = os.getloadavg()[0]
    # made once and before: they cost the attacker more than the intake
    bodies = [(gzip.compress(bytes(BOMB_BYTES)), "gzip"), (b"[" * BRACKETS, "identity")]
    with tempfile.TemporaryDirectory(dir=RESULTS.parent) as name:
        intake = Beside(configuration(Path(name)), "listen", listeners=1)
        a_second = PACE * honest(intake.ports["web", "http"], seconds / 10)
        before = memory_bytes(intake.process.pid, "VmRSS")
        paced: tuple[list[Turn], list[Turn]] = ([], [])
        closed: tuple[list[Turn], list[Turn]] = ([], [])
        for _ in range(TURNS):
            for turns, rate in ((paced, a_second), (closed, 0.0)):
                turns[0].append(turn(intake, seconds / (4 * TURNS), rate, []))
                turns[1].append(turn(intake, seconds / (4 * TURNS), rate, bodies))
        grown = memory_bytes(intake.process.pid, "VmHWM") - before
        intake.stop()
    paced_row, kept = row(f"paced, {a_second:,.0f} a second", *paced)
    closed_row, _ = row("as fast as it is answered", *closed)
    heads = (
        "sender",
        "answered a second, alone",
        "under attack",
        "of its rate",
        "cores of the intake, alone",
        "under attack",
    )
    RESULTS.write_text(
        f"""# What attackers leave to an honest sender

Requests of {LINES_A_REQUEST} lines over HTTP, durable in a spool, beside {IDLE:,} idle connections, {SLOW} slow bodies,
gzip bombs and {BRACKETS:,}-deep JSON, in {TURNS} pairs of turns, alone and under attack, of {seconds / (4 * TURNS):g} s
each; medians. Intake, sender and attackers on the same {os.cpu_count()} cores, load {load:.0f} before: what the others use
of them, the fastest sender lacks. CPython {platform.python_version()}, {platform.machine()}.
`python -m benchmarks.attack {seconds:g}`.

| {" | ".join(heads)} | attackers' cores |
|{"---|" * (len(heads) + 1)}
{paced_row}
{closed_row}

The memory of the intake grew by {grown / (1 << 20):.0f} MiB at the most.
"""
    )
    print(RESULTS.read_text())  # noqa: T201 - a command that a person runs
    sys.exit(0 if kept >= KEPT_LEAST and grown <= GROWN_MOST else 1)


if __name__ == "__main__":
    main()
