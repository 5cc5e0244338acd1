"""Topics with messages of the tests' own, and the configuration files of runs over them."""

import json
import time
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

_NUMBERS = count()
Outgoing = tuple[int, bytes | None, list[tuple[str, bytes]]]
"""partition, value, headers"""


def make_topic(
    address: str,
    partitions: int,
    replicas: int = 1,
    settings: Mapping[str, str] | None = None,
    client: Mapping[str, str] | None = None,
    name: str = "",
) -> str:
    """Make a topic with a name of its own, or one of a name that is free again, as soon as its deletion is over."""
    chosen = name or f"test-{time.time_ns()}-{next(_NUMBERS)}"
    topic = NewTopic(chosen, partitions, replicas, config=dict(settings or {}))
    # the client must live until it has its answer
    admin = AdminClient({"bootstrap.servers": address, **(client or {})})
    patience = time.monotonic() + 30
    while True:
        try:
            admin.create_topics([topic])[chosen].result(30)
            return chosen
        except KafkaException as error:
            if not name or error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS or time.monotonic() > patience:
                raise


def send(address: str, topic: str, messages: Iterable[Outgoing], **settings: str) -> dict[str, int]:
    """Send messages and wait until they are there, and return the number by partition, as a status names them."""
    sent: dict[str, int] = {}
    producer = Producer({"bootstrap.servers": address, "acks": "all", "linger.ms": 5, **settings})
    for partition, value, headers in messages:
        while True:
            try:
                producer.produce(topic, value, partition=partition, headers=list(headers))
                break
            except BufferError:
                producer.poll(0.1)
        place = f"{topic}/{partition}"
        sent[place] = sent.get(place, 0) + 1
    assert producer.flush(60) == 0
    return sent


def write_configuration(
    folder: Path, address: str, topics: Iterable[str], more: str = "", run: str = "", idle_seconds: float = 3600
) -> Path:
    """Write the file of a live run whose results go to `out` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "brainstem.toml"
    path.write_text(
        f"""
[run]
out = {json.dumps(str(folder / "out"))}
snapshot_seconds = 0.3
batch_records = 2048
{run}
[kafka]
brokers = "{address}"
topics = {json.dumps(list(topics))}
group = "{folder.name}"
idle_seconds = {idle_seconds}
discovery_seconds = 0.5
{more}
""",
        encoding="utf-8",
    )
    return path
