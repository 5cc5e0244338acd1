"""Faults around a live run beside Kafka: a disk that fills up, an output that stalls, records on which the program fails.

Run: `python -m benchmarks.faults [disk] [spool] [stall] [poison] [--cycles 50] [--minutes 10] [--rate 5000]
[--messages 1000000]`; all four unless named. Writes what it found to `benchmarks/results/faults.md`, where what was not
tried stays as it was, and raises where something is lost, doubled or stuck. Needs the `test` extra, Java and Maven for
brokers of its own, and for `disk` and `spool` the right to mount a small tmpfs.

- `disk`: the run's folder lies on a small tmpfs that is filled up and cleared again, time after time, while messages come;
  the run ends with a message that says so, and is started again as a supervisor would.
- `spool`: the same under the spool of an intake, which goes on without being started again: it answers 503 over HTTP and
  reads connections no more until there is room.
- `stall`: rejects go to a broker that is frozen for minutes while messages come at a steady rate.
- `poison`: a hundred messages at random places make the reading step raise.
"""

import argparse
import contextlib
import http.client
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Consumer, Producer, TopicPartition

from brainstem.contracts.ledger_json import from_json
from connectors.kafka.reader import Messages, Place
from connectors.spool.check import check
from connectors.spool.folder import Folder
from connectors.spool.places import place_of
from connectors.spool.reader import SpoolReader
from flows.config.live_run import from_values
from flows.config.settings import PARTITIONS as LIVE_PARTITIONS
from flows.graph.dataflow import build
from flows.process.status import StatusBoard
from flows.process.stop_request import Stop
from flows.recovery.store import Recovery
from flows.runs.live import finish_live, prepare_run
from flows.runs.replay import execute
from flows.sinks.topic_sinks import live_sinks
from flows.sources.topic_partition import SignedMessages, parse_messages
from flows.sources.topic_source import TopicSource
from state.store.parquet_store import read_evidence, read_rejects
from tests.support import beside, brokers, killing, topics

RESULTS: Final = Path(__file__).parent / "results" / "faults.md"
PARTITIONS: Final = 4
POISON: Final = b"POISON"
POISONED: Final = 100
DISK_MIB: Final = 64
CANNOT_WRITE: Final = 2
SPOOL_LINES: Final = 3000
POSTED_LINES: Final = 50
TAKEN: Final = 200
REFUSED: Final = 503
TITLES: Final = {
    "disk": "| disk full",
    "spool": "| disk of the spool full",
    "stall": "| output stalled",
    "poison": f"| {POISONED} poison records",
}
"""how the row of each fault begins"""


def understand_unless_poisoned(place: Place, messages: Messages, *rest: Any) -> list[SignedMessages]:
    """Understand messages, but fail on some."""
    if any(POISON in (value or b"") for value in messages.values):
        raise ValueError("a fault on purpose")
    return parse_messages(place, messages, *rest)


@contextlib.contextmanager
def cluster(folder: Path) -> Iterator[Any]:
    """Run a broker of one's own."""
    made = brokers.Cluster(folder)
    made.start()
    try:
        brokers.wait_until_up(made.address)
        yield made
    finally:
        made.stop()


def message(number: int) -> bytes:
    """Return a line; every fiftieth is blank, and so rejected."""
    if number % 50 == 49:
        return b" "
    second = number // 500 % 86_400
    stamp = f"2026-03-02T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
    return b"%s host%d app%d: request %d took %d ms" % (stamp.encode(), number % 9, number % 5, number, number % 977)


class Sender:
    """Sends messages and counts them."""

    def __init__(self, address: str, topic: str) -> None:
        self._producer = Producer({"bootstrap.servers": address, "acks": "all", "linger.ms": 5})
        self._topic = topic
        self.sent = 0

    def send(self, count: int) -> None:
        """Send the next messages, and wait until they are acknowledged."""
        for number in range(self.sent, self.sent + count):
            self._producer.produce(self._topic, message(number), partition=number % PARTITIONS)
            if not number % 1000:
                self._producer.poll(0)
        if self._producer.flush(60):
            raise RuntimeError("the broker takes nothing")
        self.sent += count

    @property
    def ends(self) -> dict[str, int]:
        """Return where the partitions end."""
        return {f"{self._topic}/{each}": len(range(each, self.sent, PARTITIONS)) for each in range(PARTITIONS)}


def require_all(out: Path, sent: int) -> None:
    """Check that everything sent is stored once. Raises `RuntimeError`."""
    kept = [read(out).select("source", "position").collect() for read in (read_evidence, read_rejects)]
    places = {place for each in kept for place in each.iter_rows()}
    ledger = from_json((out / "ledger.json").read_bytes())
    if sum(map(len, kept)) != sent or len(places) != sent or not ledger.balances():
        raise RuntimeError(
            f"{sent} sent, {sum(map(len, kept))} stored, {len(places)} of them different; {ledger.unbalanced()}"
        )


def until(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until something holds, and return the seconds it took. Raises `RuntimeError`."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise RuntimeError("it does not come")
        time.sleep(0.02)
    return time.monotonic() - began


def is_durable(out: Path, ends: dict[str, int]) -> bool:
    """Return whether a run has read up to `ends`."""
    offsets = killing.durable_offsets(out)
    return all(offsets.get(place, -1) >= end for place, end in ends.items())


@contextlib.contextmanager
def small_disk(mounted: Path) -> Iterator[None]:
    """Have a small tmpfs in a new folder."""
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", mounted], check=True)  # noqa: S603, S607
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", mounted], check=True)  # noqa: S603, S607


def fill(ballast: Path, dice: random.Random) -> None:
    """Write a file until the disk is full."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while file.write(bytes(dice.choice((4096, 65_536)))):
            pass


def posted(port: int, cycle: int, number: int) -> int:
    """Post some lines, under a key of their own; return the status of the answer."""
    body = b"".join(b"posted %d %d %d\n" % (cycle, number, line) for line in range(POSTED_LINES))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    with contextlib.closing(connection):
        headers = {"Content-Type": "text/plain", "Idempotency-Key": f"{cycle}-{number}"}
        connection.request("POST", "/v1/events", body, headers)
        return connection.getresponse().status


def lines_in(folder: Path) -> Counter[bytes]:
    """Return how often each message stands in a spool."""
    reader = SpoolReader(Folder(folder), 0, lambda _: [])
    reader.assign({place_of(name, "acme"): 1 for name in ("office", "web")})
    found: Counter[bytes] = Counter()
    while (polled := reader.poll()).came:
        found.update(value or b"" for _, messages in polled.messages for value in messages.values)
    reader.close()
    return found


def spool(folder: Path, cycles: int) -> list[str]:
    """Fill the disk under a spool and clear it, time after time, while an intake takes messages over TCP and HTTP."""
    mounted, dice = folder / "disk", random.Random(2)  # noqa: S311 - sizes, not a secret
    recovered, sent, taken = [], 0, 0
    with small_disk(mounted):
        path = beside.configuration(
            folder,
            '[[listen.http]]\nname = "web"\naddress = "127.0.0.1:0"\ntenant = "acme"\n'
            f"[spool]\nfolder = {json.dumps(str(mounted / 'spool'))}\n",
        )
        intake = beside.Beside(path, "listen", listeners=3)
        web = intake.ports["web", "http"]
        for cycle in range(cycles):
            fill(mounted / "ballast", dice)
            lines = [b"<13>line %d of cycle %d" % (line, cycle) for line in range(SPOOL_LINES)]
            sender = threading.Thread(target=intake.send, args=(lines,))
            sender.start()
            number = 0
            while (status := posted(web, cycle, number)) == TAKEN:
                taken += POSTED_LINES
                number += 1
            if status != REFUSED:
                raise RuntimeError(f"answered {status}")
            (mounted / "ballast").unlink()
            began = time.monotonic()
            while (status := posted(web, cycle, number)) == REFUSED:
                # the same request again, as a client that was refused sends it
                pass
            if status != TAKEN:
                raise RuntimeError(f"answered {status}")
            taken += POSTED_LINES
            recovered.append(time.monotonic() - began)
            sender.join()
            sent += SPOOL_LINES
            sys.stdout.write(f"spool: cycle {cycle}, taken {recovered[-1]:.1f} s after there was room\n")
            sys.stdout.flush()
        if intake.stop():
            raise RuntimeError("".join(intake.told))
        report, found = check(Folder(mounted / "spool"), LIVE_PARTITIONS), lines_in(mounted / "spool")
    # a request that was refused and is there all the same is stored once, for it was sent again with its key
    if len(found) != sent + taken or found.total() != sent + taken or report.damaged_bytes:
        raise RuntimeError(f"{found.total()} of {sent + taken} in the spool, {report.damaged_bytes} bytes damaged")
    recovered.sort()
    return [
        f"{TITLES['spool']}, {cycles} times | {sent + taken:,} | 0 | 0 | answered 503 each time, connections waited;"
        f" taken again {recovered[len(recovered) // 2]:.1f} s (median), {recovered[-1]:.1f} s (longest) after it had room |"
    ]


def disk(folder: Path, cycles: int) -> list[str]:
    """Fill the disk and clear it, time after time."""
    mounted = folder / "disk"
    recovered = []
    with small_disk(mounted), cluster(folder / "kafka") as kafka:
        topic = topics.make_topic(kafka.address, PARTITIONS)
        sender, dice = Sender(kafka.address, topic), random.Random(1)  # noqa: S311 - moments, not a secret
        path = topics.write_configuration(folder, kafka.address, [topic])
        out = mounted / "out"
        path.write_text(path.read_text(encoding="utf-8").replace(str(folder / "out"), str(out)), encoding="utf-8")
        command = ["run", "--config", str(path)]
        process = killing.start(command)
        for cycle in range(cycles):
            sender.send(dice.randrange(500, 3000))
            until(lambda: is_durable(out, sender.ends), 120)
            ballast = mounted / "ballast"
            fill(ballast, dice)
            sender.send(3000)
            status, told = killing.ended(process, 120)
            if status != CANNOT_WRITE or "make room" not in told:
                raise RuntimeError(f"ended with {status}: {told[-2000:]}")
            ballast.unlink()
            process = killing.start(command)
            recovered.append(until(lambda: is_durable(out, sender.ends), 120))
            sys.stdout.write(f"disk: cycle {cycle}, all durable {recovered[-1]:.1f} s after there was room\n")
            sys.stdout.flush()
        killing.stop_live(process)
        require_all(out, sender.sent)
        sent = sender.sent
    recovered.sort()
    return [
        f"| disk full, {cycles} times | {sent:,} | 0 | 0 | each time ended with status 2 and what to do; started again, all"
        f" was durable after {recovered[len(recovered) // 2]:.1f} s (median), {recovered[-1]:.1f} s (longest) |"
    ]


def stall(folder: Path, minutes: float, rate: int) -> list[str]:
    """Freeze the broker of the output for minutes."""
    with cluster(folder / "kafka") as kafka, cluster(folder / "output") as output:
        topic, found = topics.make_topic(kafka.address, PARTITIONS), topics.make_topic(output.address, 1)
        sender, out = Sender(kafka.address, topic), folder / "out"
        more = f'[kafka.output]\nrejects = "{found}"\nbrokers = "{output.address}"'
        process = killing.start(
            ["run", "--config", str(topics.write_configuration(folder, kafka.address, [topic], more))]
        )
        sender.send(rate)
        until(lambda: is_durable(out, sender.ends), 120)
        output.nodes[0].send_signal(signal.SIGSTOP)
        began = time.monotonic()
        frozen_at = sum(killing.durable_offsets(out).values())
        while time.monotonic() - began < minutes * 60:
            behind = (time.monotonic() - began) * rate - sender.sent
            if behind > 0:
                sender.send(max(1, int(behind)))
            time.sleep(0.1)
        waited = time.monotonic() - began
        output.nodes[0].send_signal(signal.SIGCONT)
        drained = until(lambda: is_durable(out, sender.ends), 600)
        killing.stop_live(process)
        require_all(out, sender.sent)
        rejected = len(read_rejects(out).collect())
        consumer = Consumer({"bootstrap.servers": output.address, "group.id": "bounds"})
        _, published = consumer.get_watermark_offsets(TopicPartition(found, 0), 30)
        consumer.close()
        if published < rejected:
            raise RuntimeError(f"{rejected} rejected, {published} on the topic")
    return [
        f"| output stalled for {waited / 60:.0f} minutes at {rate:,} messages/s | {sender.sent:,} | 0 | 0 |"
        f" {frozen_at:,} were durable when it froze; all {drained:.0f} s after it went on;"
        f" {published:,} rejects on the topic for {rejected:,} in the folder |"
    ]


def poison(folder: Path, count: int) -> list[str]:
    """Read messages of which some make the program fail."""
    with cluster(folder / "kafka") as kafka:
        topic, out = topics.make_topic(kafka.address, PARTITIONS), folder / "out"
        dice = random.Random(2)  # noqa: S311 - places, not a secret
        bad = set(dice.sample([each for each in range(count) if each % 50 != 49], POISONED))
        sender = Producer({"bootstrap.servers": kafka.address, "linger.ms": 50, "compression.type": "lz4"})
        for number in range(count):
            value = message(number) + POISON * (number in bad)
            while True:
                try:
                    sender.produce(topic, value, partition=number % PARTITIONS)
                    break
                except BufferError:
                    sender.poll(0.1)
        sender.flush()
        configuration = from_values(
            {"run": {"out": str(out)}, "kafka": {"brokers": kafka.address, "topics": [topic], "group": topic}}
        )
        board, stop, came = StatusBoard(out, 0), Stop(), [0]

        def observe(records: int, _encoded: int) -> None:
            came[0] += records
            if came[0] >= count:
                stop.ask()

        began, cpu = time.monotonic(), time.process_time()
        with Recovery(out).locked():
            prepare_run(configuration)
            settings = configuration.settings
            source = TopicSource(configuration.kafka, settings, board, stop, observe, understand_unless_poisoned)
            execute(build(source, live_sinks(configuration, board, stop), settings.display_zones), settings)
            finish_live(configuration)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        require_all(out, count)
        reasons = dict(read_rejects(out).collect()["reason"].value_counts().iter_rows())
        if reasons.get("unprocessable") != POISONED:
            raise RuntimeError(f"rejected: {reasons}")
    return [
        f"| {POISONED} poison records in {count:,} | {count:,} | 0 | 0 | exactly these set aside, with their bytes, without"
        f" a restart; {seconds:.0f} s, {cpu:.0f} s of a processor |"
    ]


def main() -> None:
    """Try the faults and write what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("which", nargs="*", choices=["disk", "spool", "stall", "poison", []], default=[])
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--messages", type=int, default=1_000_000)
    told = parser.parse_args()
    tried: dict[str, Callable[[Path], list[str]]] = {
        "disk": lambda folder: disk(folder, told.cycles),
        "spool": lambda folder: spool(folder, told.cycles),
        "stall": lambda folder: stall(folder, told.minutes, told.rate),
        "poison": lambda folder: poison(folder, told.messages),
    }
    page = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    rows = {name: [row for row in page if row.startswith(title)] for name, title in TITLES.items()}
    for name in told.which or tried:
        with tempfile.TemporaryDirectory() as folder:
            rows[name] = tried[name](Path(folder))
            sys.stdout.write(rows[name][-1] + "\n")
            sys.stdout.flush()
    text = "\n".join(
        [
            "# Faults",
            "",
            f"A live run of one process beside Apache Kafka, and an intake; CPython {platform.python_version()},"
            f" {platform.machine()}, {os.cpu_count()} cores shared with other programs. Measured with"
            " `python -m benchmarks.faults`.",
            "",
            "| fault | sent | lost | doubled | what happened |",
            "|---|---|---|---|---|",
            *(row for each in rows.values() for row in each),
            "",
        ]
    )
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
