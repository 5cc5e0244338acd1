"""The demo's logs as messages: each file is one partition of a topic, each line a message whose header names its tenant.

`python -m flows.demo.producer HOST:PORT --topic NAME` sends them, for whoever wants a topic with something in it.
"""

import argparse
from collections.abc import Iterable
from typing import Any, Final

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from connectors.base import InputError
from flows.demo.town import Town, build

TENANT_HEADER: Final = "tenant"
ANSWER_SECONDS: Final = 30.0


def send(town: Town, brokers: str, topic: str) -> int:
    """Create a topic, send every line in the order of time, and return their number. Raises `InputError`."""
    make_topics(brokers, {topic: len(town.journals)})
    producer = Producer({"bootstrap.servers": brokers, "acks": "all", "linger.ms": 50, "log_level": 2})
    lines = sorted(
        (line.time_us, number, journal.tenant, line.raw)
        for number, journal in enumerate(town.journals)
        for line in journal.lines
    )
    for time_us, number, tenant, raw in lines:
        while True:
            try:
                headers = [(TENANT_HEADER, tenant.encode())]
                producer.produce(
                    topic, raw.rstrip(b"\n"), partition=number, timestamp=time_us // 1000, headers=list(headers)
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    if producer.flush(ANSWER_SECONDS):
        raise InputError(
            f"{brokers} took not all messages within {ANSWER_SECONDS:g} seconds. Look at the broker's log."
        )
    return len(lines)


def make_topics(brokers: str, partitions: dict[str, int]) -> None:
    """Create topics that do not exist yet, without retention: the lines are older than a broker would keep them."""
    admin = AdminClient({"bootstrap.servers": brokers, "log_level": 2})
    try:
        existing = admin.list_topics(timeout=ANSWER_SECONDS).topics
        wanted = [
            NewTopic(name, count, config={"retention.ms": "-1"})
            for name, count in partitions.items()
            if name not in existing
        ]
        for made in admin.create_topics(wanted).values() if wanted else []:
            made.result(ANSWER_SECONDS)
    except KafkaException as error:
        raise InputError(f"{brokers} makes no topics ({error.args[0].str()}). Check address and rights.") from error


def truth_of(town: Town, topic: str) -> dict[str, Any]:
    """Return where the planted lines are on the topic: the names of sources without `kafka:`, and offsets."""
    numbers = {journal.path: (number, journal.tenant) for number, journal in enumerate(town.journals)}
    truth = town.truth()
    for trouble in truth["troubles"]:
        for place in trouble["planted"]:
            number, tenant = numbers[place["file"]]
            place["file"] = f"{topic}/{number}@{tenant}"
            place["position"] = place["line"] - 1
    return truth


def main(arguments: Iterable[str] | None = None) -> None:
    """Send the demo's logs once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("brokers", metavar="HOST:PORT")
    parser.add_argument("--topic", default="logs")
    parser.add_argument("--make", action="append", default=[], metavar="TOPIC", help="make this topic too")
    parsed = parser.parse_args(list(arguments) if arguments is not None else None)
    make_topics(parsed.brokers, dict.fromkeys(parsed.make, 1))
    send(build(), parsed.brokers, parsed.topic)


if __name__ == "__main__":
    main()
