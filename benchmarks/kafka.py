"""Messages a second from a topic to items, beside a bare consume loop over the same topic.

Run: `python -m benchmarks.kafka [MESSAGES]`, with `BRAINSTEM_TEST_KAFKA=host:port` or Java and Maven for one of its own.
Writes `benchmarks/results/kafka.md`. The lines are those of `benchmarks.lines`, on twelve partitions of one broker that
shares the machine. Ours is a replay in one process: evidence, snapshots and items on; from the first batch to the end of the
run, starting and finishing not counted. The bare loop takes messages from the client and looks at their values.
"""

import contextlib
import importlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from benchmarks.lines import lines
from flows.plan import Plan
from flows.recovery import Recovery
from flows.replay import complete, prepare, run_process
from flows.settings import Settings
from flows.topic_replay import TopicReplay

PARTITIONS = 12
ROUNDS = 3
RESULTS = Path(__file__).parent / "results" / "kafka.md"
TOPIC = "brainstem-benchmark"


@contextlib.contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Give the address of a broker."""
    if own := os.environ.get("BRAINSTEM_TEST_KAFKA"):
        yield own
        return
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    brokers = importlib.import_module("brokers")
    vars(brokers)["JVM"] = ("-Xmx1g", "-Djava.awt.headless=true")
    cluster = brokers.Cluster(folder / "cluster")
    cluster.start()
    try:
        brokers.wait_until_up(cluster.address)
        yield cluster.address
    finally:
        cluster.stop()


def fill(address: str, count: int) -> None:
    """Put the lines on a topic of their own."""
    admin = AdminClient({"bootstrap.servers": address})
    admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result(30)
    producer = Producer(
        {"bootstrap.servers": address, "linger.ms": 50, "compression.type": "lz4", "batch.size": 1 << 20}
    )
    for number, (line, _) in enumerate(lines(count)):
        while True:
            try:
                producer.produce(TOPIC, line.encode(), partition=number % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()


def bare(address: str, count: int) -> float:
    """Consume every message and look at its value; gives seconds from the first batch on."""
    consumer = Consumer({"bootstrap.servers": address, "group.id": "bare", "enable.auto.commit": False})
    consumer.assign([TopicPartition(TOPIC, number, 0) for number in range(PARTITIONS)])
    seen, octets, begin = 0, 0, 0.0
    while seen < count:
        messages = consumer.consume(16_384, 0.1)
        begin = begin or (time.perf_counter() if messages else 0.0)
        for message in messages:
            error = message.error()
            if error is not None:
                if error.code() != KafkaError._PARTITION_EOF:
                    raise RuntimeError(error.str())
                continue
            octets += len(message.value() or b"")
            seen += 1
    seconds = time.perf_counter() - begin
    consumer.close()
    return seconds


def ours(address: str, out: Path) -> float:
    """Replay the topic; gives seconds from the first batch to the end of the run."""
    settings = Settings(out, snapshot_seconds=5)
    replay = TopicReplay.of([f"kafka://{address}/{TOPIC}"], "default", "UTC", None)
    seen: list[float] = []
    with Recovery(out).locked():
        plan = prepare(settings, {}, lambda: Plan({}, topics=replay.bounds()))
        source_of = replay.source_of(plan, settings, None)
        run_process(
            plan, settings, observer=lambda _records, _octets: seen.append(time.perf_counter()), source_of=source_of
        )
        seconds = time.perf_counter() - seen[0]
        complete(plan, settings)
    return seconds


def main() -> None:
    """Run the comparison and write the results."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as name, broker(Path(name)) as address:
        fill(address, count)
        ours(address, Path(name) / "warm")
        consumed, replayed = [], []
        for number in range(ROUNDS):
            consumed.append(bare(address, count))
            replayed.append(ours(address, Path(name) / f"out{number}"))
    rows = [
        "# Kafka",
        "",
        f"{count:,} messages on {PARTITIONS} partitions, one broker on the same machine;"
        f" CPython {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores.",
        f"Best of {ROUNDS} in one run of `python -m benchmarks.kafka`.",
        "",
        "| what | seconds | messages per second | ratio |",
        "|---|---|---|---|",
        f"| bare consume loop | {min(consumed):.2f} | {count / min(consumed):,.0f} | 1.00 |",
        "| brainstem replay, topic to items, evidence and snapshots on"
        f" | {min(replayed):.2f} | {count / min(replayed):,.0f} | {min(consumed) / min(replayed):.2f} |",
        "",
    ]
    RESULTS.write_text("\n".join(rows), encoding="utf-8")
    sys.stdout.write("\n".join(rows))


if __name__ == "__main__":
    main()
