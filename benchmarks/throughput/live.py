"""The scenario `live`: a hundred tenants through a topic, named by a header, into a live run with a snapshot every five
seconds.

All messages wait when the run begins. The broker is that of `benchmarks.kafka` and shares the machine. A run lasts from the
first message to the end of the process that has stored all of them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from confluent_kafka import Producer

from benchmarks.kafka import PARTITIONS, broker, make
from benchmarks.throughput.replays import Cost, measured
from benchmarks.throughput.scenarios import Spread, Written, spread_lines
from tests.support import brokers

TENANTS: Final = 100
LINES: Final = 500_000
WHAT: Final = f"{TENANTS} tenants, 1 day, through a topic of {PARTITIONS} partitions, a snapshot every 5 s"
TOPIC: Final = "brainstem-throughput"


def missing() -> str:
    """Return why there is no broker; nothing where there is one."""
    if os.environ.get(brokers.OWN_BROKER) or brokers.has_apache_kafka():
        return ""
    return f"no broker: {brokers.OWN_BROKER} names none, and Java with Kafka's jars is not here ({brokers.FETCH}=1 fetches)"


def fill(address: str, count: int) -> Written:
    """Send the lines, and return what was sent."""
    make(address, TOPIC, PARTITIONS)
    producer = Producer({"bootstrap.servers": address, "linger.ms": 50, "compression.type": "lz4"})
    size_bytes = 0
    messages: list[str] = []
    for number, (tenant, line, message) in enumerate(spread_lines(Spread(tenants=TENANTS), count)):
        value = line.encode()
        size_bytes += len(value)
        if len(messages) < 100_000:
            messages.append(message)
        while True:
            try:
                producer.produce(
                    TOPIC, value, partition=number % PARTITIONS, headers={"tenant": f"tenant-{tenant:04d}"}
                )
                break
            except BufferError:
                producer.poll(0.1)
    producer.flush()
    return Written([], [], count, size_bytes, messages)


@contextmanager
def filled(folder: Path, count: int) -> Iterator[tuple[str, Written]]:
    """Return the address of a broker with the lines in its topic, and the lines."""
    with broker(folder) as address:
        yield address, fill(address, count)


def live_arguments(address: str, count: int, out: Path) -> list[str]:
    """Return the arguments of the child that runs over the topic into a folder."""
    return ["live", address, TOPIC, str(count), str(out)]


def live_runs(address: str, written: Written, folder: Path, runs: int) -> list[Cost]:
    """Run over the same topic some times; the output of the last run stays in `out`."""
    costs = []
    for run in range(runs):
        out = folder / ("out" if run == runs - 1 else f"out-{run}")
        costs.append(measured(live_arguments(address, written.lines, out), out))
    return costs
