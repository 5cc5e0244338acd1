"""Messages a second from a topic to items, beside a bare consume loop over the same topic.

Run: `python -m benchmarks.kafka [MESSAGES]`, with `BRAINSTEM_TEST_KAFKA=host:port` or Java and Maven for one of its own.
Writes `benchmarks/results/kafka.md`. The lines are those of `benchmarks.lines`, filled up to 200 bytes on average, on
twelve partitions of one broker that shares the machine. The bare loop takes messages from the client and looks at their
values. Ours is one process: a replay, and a live run that finds all messages waiting; evidence, snapshots and items on; from
the first batch to the end of the run, starting and finishing not counted. Scenario `idle`: the same live run, and fifty
partitions more, with a message each every ten minutes of the day of the lines, which wait as well, and one a second
while the run lasts.

Seconds of a processor are those of the measuring process with the client's own threads, the broker's not included: on a
machine with other work they say more than seconds on the clock.
"""

import contextlib
import json
import multiprocessing
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from benchmarks.lines import lines
from flows.config.live_run import from_values
from flows.config.settings import Settings
from flows.process.status import StatusBoard
from flows.process.stop_request import Stop
from flows.recovery.plan import Plan
from flows.recovery.store import Recovery
from flows.runs.live import prepare_run, run_until_stopped
from flows.runs.replay import complete, prepare, run_process
from flows.runs.topic_replay import TopicReplay
from tests.support import brokers

MESSAGES: Final = 2_000_000
"""A live run takes a snapshot every five seconds, which fewer messages would have in some rounds and not in others."""
PARTITIONS: Final = 12
IDLE_PARTITIONS: Final = 50
BEATS: Final = 24 * 6
"""messages that wait on each of them"""
ROUNDS: Final = 7
REST_SECONDS: Final = 15.0
PADDING: Final = (
    " trace=0af7651916cd43dd8448eb211c80319c span=b7ad6b7169203331 build=2026.3.1 region=eu-central-1 tier=web"
)
RESULTS: Final = Path(__file__).parent / "results" / "kafka.md"
TOPIC: Final = "brainstem-benchmark"
IDLE_TOPIC: Final = "brainstem-benchmark-idle"


class Spent(NamedTuple):
    """What a run took."""

    seconds: float
    cpu_seconds: float


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Return the address of a broker."""
    if own := os.environ.get("BRAINSTEM_TEST_KAFKA"):
        yield own
        return
    vars(brokers)["JVM"] = ("-Xmx1g", "-Djava.awt.headless=true")
    cluster = brokers.Cluster(folder / "cluster")
    cluster.start()
    try:
        brokers.wait_until_up(cluster.address)
        yield cluster.address
    finally:
        cluster.stop()


def make(address: str, topic: str, partitions: int) -> None:
    """Make a topic."""
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(60)


def fill(address: str, count: int) -> None:
    """Put the lines on a topic of their own."""
    make(address, TOPIC, PARTITIONS)
    producer = Producer(
        {"bootstrap.servers": address, "linger.ms": 50, "compression.type": "lz4", "batch.size": 1 << 20}
    )
    for number, (line, _) in enumerate(lines(count)):
        while True:
            try:
                producer.produce(TOPIC, (line + PADDING).encode(), partition=number % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def heartbeat(number: int, elapsed_seconds: float) -> bytes:
    """Return a message of a mostly idle partition."""
    moment = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(seconds=elapsed_seconds)
    return f"{moment.isoformat()} edge{number:02d} agentd[9]: heartbeat {elapsed_seconds:.0f} sent".encode()


def fill_idle(address: str, topic: str) -> None:
    """Put a message every ten minutes on each idle partition of a topic of its own, over the day of the lines."""
    make(address, topic, IDLE_PARTITIONS)
    producer = Producer({"bootstrap.servers": address, "linger.ms": 50})
    for number in range(IDLE_PARTITIONS):
        for beat in range(BEATS):
            producer.produce(topic, heartbeat(number, 600 * beat + 10 * number), partition=number)
    producer.flush()


def trickle(address: str, topic: str, started: Event, ended: Event) -> None:
    """Send a message a second to each idle partition, from the end of the lines' day on, until `ended`."""
    producer = Producer({"bootstrap.servers": address, "linger.ms": 5})
    began = time.monotonic()
    started.set()
    for number in range(10**9):
        if ended.wait(1 / IDLE_PARTITIONS):
            break
        partition = number % IDLE_PARTITIONS
        producer.produce(topic, heartbeat(partition, 86_400 + time.monotonic() - began), partition=partition)
        producer.poll(0)
    producer.flush(10)


@contextlib.contextmanager
def trickling(address: str, topic: str) -> Iterator[None]:
    """Have idle partitions get their messages, from another process, while the block runs."""
    context = multiprocessing.get_context("spawn")
    started, ended = context.Event(), context.Event()
    sender = context.Process(target=trickle, args=(address, topic, started, ended))
    sender.start()
    try:
        # loading the program takes a processor a second, which is not what is measured
        started.wait()
        yield
    finally:
        ended.set()
        sender.join()


def bare(address: str, count: int) -> Spent:
    """Consume every message and look at its value; from the first batch on."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "bare", "enable.auto.commit": False})
    consumer.assign([TopicPartition(TOPIC, number, 0) for number in range(PARTITIONS)])
    seen, byte_count, begin, cpu = 0, 0, 0.0, 0.0
    while seen < count:
        messages = consumer.consume(16_384, 0.1)
        if messages and not begin:
            begin, cpu = time.perf_counter(), time.process_time()
        for message in messages:
            error = message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise RuntimeError(error.str())
                continue
            byte_count += len(message.value() or b"")
            seen += 1
    spent = Spent(time.perf_counter() - begin, time.process_time() - cpu)
    consumer.close()
    return spent


def replayed(address: str, out: Path) -> Spent:
    """Replay the topic; from the first batch to the end of the run."""
    settings = Settings(out, snapshot_seconds=5)
    replay = TopicReplay.of([f"kafka://{address}/{TOPIC}"], "default", "UTC", None)
    seen: list[Spent] = []

    def observe(_records: int, _encoded: int) -> None:
        if not seen:
            seen.append(Spent(time.perf_counter(), time.process_time()))

    with Recovery(out).locked():
        plan = prepare(settings, {}, lambda: Plan({}, topics=replay.bounds()))
        run_process(plan, settings, observer=observe, source_of=replay.source_of(plan, settings, None))
        spent = Spent(time.perf_counter() - seen[0].seconds, time.process_time() - seen[0].cpu_seconds)
        complete(plan, settings)
    return spent


def live(address: str, out: Path, count: int, topics: list[str]) -> Spent:
    """Run over topics until all the lines have come; from the first batch to the end of the run."""
    kafka = {"brokers": address, "topics": topics, "group": out.name, "idle_seconds": 5.0}
    configuration = from_values({"run": {"out": str(out)}, "kafka": kafka})
    stop, seen, came = Stop(), list[Spent](), [0]

    def observe(records: int, _encoded: int) -> None:
        if not seen:
            seen.append(Spent(time.perf_counter(), time.process_time()))
        # a batch of a few is of an idle partition
        came[0] += records if records > BEATS else 0
        if came[0] >= count * 0.999:
            stop.ask()

    with Recovery(out).locked():
        prepare_run(configuration)
        run_until_stopped(configuration, StatusBoard(out, 0), stop, observer=observe)
        return Spent(time.perf_counter() - seen[0].seconds, time.process_time() - seen[0].cpu_seconds)


def resting(address: str, out: Path) -> Spent:
    """Run over the idle partitions while nothing comes."""
    kafka = {"brokers": address, "topics": [IDLE_TOPIC], "group": out.name, "start": "end"}
    configuration, stop = from_values({"run": {"out": str(out)}, "kafka": kafka}), Stop()
    began = Spent(time.perf_counter(), time.process_time())
    threading.Timer(REST_SECONDS, stop.ask).start()
    with Recovery(out).locked():
        prepare_run(configuration)
        run_until_stopped(configuration, StatusBoard(out, 0), stop)
        return Spent(time.perf_counter() - began.seconds, time.process_time() - began.cpu_seconds)


def measured(address: str, folder: Path, count: int) -> dict[str, list[Spent]]:
    """Take turns with the scenarios, and return what each round took."""
    spent: dict[str, list[Spent]] = {name: [] for name in ("bare", "replay", "live", "idle")}
    # what a broker does for new partitions goes on after it has said that they are there
    for number in range(ROUNDS):
        fill_idle(address, f"{IDLE_TOPIC}-{number}")
    replayed(address, folder / "warm")
    live(address, folder / "warm-live", count, [TOPIC])
    spent["rest"] = [resting(address, folder / "rest")]
    for number in range(ROUNDS):
        spent["bare"].append(bare(address, count))
        spent["replay"].append(replayed(address, folder / f"replay{number}"))
        spent["live"].append(live(address, folder / f"live{number}", count, [TOPIC]))
        idle_topic = f"{IDLE_TOPIC}-{number}"
        with trickling(address, idle_topic):
            spent["idle"].append(live(address, folder / f"idle{number}", count, [TOPIC, idle_topic]))
        sys.stdout.write(json.dumps({name: each[-1] for name, each in spent.items()}) + "\n")
    return spent


NAMES: Final = {
    "bare": "bare consume loop",
    "replay": "replay, topic to items, evidence and snapshots on",
    "live": "live run, the same",
    "idle": f"live run, with {IDLE_PARTITIONS} mostly idle partitions more",
}


def rows(spent: dict[str, list[Spent]], count: int) -> Iterator[str]:
    """Return the table. Ratios are of the same round: what else a machine does goes up and down over minutes."""
    for name, what in NAMES.items():
        each = Spent(*map(median, zip(*spent[name], strict=True)))
        fastest = min(one.seconds for one in spent[name])
        yield (
            f"| {what} | {each.seconds:.2f} | {count / each.seconds:,.0f} | {count / fastest:,.0f}"
            f" | {1 / middle(spent, name, 'bare').seconds:.2f} | {each.cpu_seconds * 1e6 / count:.2f} |"
        )
    (rest,), idle = spent["rest"], middle(spent, "idle", "live")
    yield ""
    yield (
        f"A live run at rest takes {rest.cpu_seconds / rest.seconds * 1000:.0f} milliseconds of a processor a second. With"
        f" the mostly idle partitions a run takes {idle.seconds - 1:+.1%} on the clock and {idle.cpu_seconds - 1:+.1%} of a"
        " processor (the median of the rounds)."
    )


def middle(spent: dict[str, list[Spent]], name: str, other: str) -> Spent:
    """Return what one scenario takes of another, the median of the rounds."""
    pairs = list(zip(spent[name], spent[other], strict=True))
    return Spent(
        median(one.seconds / two.seconds for one, two in pairs),
        median(one.cpu_seconds / two.cpu_seconds for one, two in pairs),
    )


def main() -> None:
    """Run the comparison and write the results."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    with tempfile.TemporaryDirectory() as name, broker(Path(name)) as address:
        fill(address, count)
        make(address, IDLE_TOPIC, IDLE_PARTITIONS)
        spent = measured(address, Path(name), count)
    text = "\n".join(
        [
            "# Kafka",
            "",
            f"{count:,} messages of 200 bytes on average on {PARTITIONS} partitions, one broker on the same machine;"
            f" CPython {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores.",
            f"Load average {os.getloadavg()[1]:.1f}: above 2 the seconds on the clock are those of a shared machine.",
            f"Medians of {ROUNDS} rounds of `python -m benchmarks.kafka {count}`, taken in turn.",
            "",
            "| what | seconds | messages per second | in the fastest round | of the bare loop"
            " | microseconds of a processor a message |",
            "|---|---|---|---|---|---|",
            *rows(spent, count),
            "",
        ]
    )
    RESULTS.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
