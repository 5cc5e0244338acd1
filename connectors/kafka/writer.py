"""A Kafka topic as a place to write to: idempotent, acknowledged by all replicas, every delivery report checked.

Takes messages that have keys; `flush` returns only when they are on the brokers. Delivery is at least once: a run that is
cut short sends some messages again, under the same keys.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from connectors.base import InputError
from connectors.kafka.client import ClientSettings

WAIT_SECONDS: Final = 0.2
"""how long brokers are waited for between two calls of `waiting`"""


class OutgoingMessage(NamedTuple):
    """A message; those of one key stay in one partition and in their order. A result has its id as the key, the same each
    time it is sent. `timestamp_ms` is in milliseconds since the epoch, UTC; 0 for the moment of sending.
    """

    key: str
    value: bytes
    headers: list[tuple[str, bytes]]
    timestamp_ms: int = 0


class DeliveryError(InputError):
    """A message was refused. None is skipped, so the run ends here. The text names topic, reason and what to do."""


class TopicWriter:
    """The writer of one topic."""

    def __init__(self, settings: ClientSettings, topic: str, waiting: Callable[[str], None]) -> None:
        """Make a producer; no broker is asked for anything yet.

        `waiting` is called every `WAIT_SECONDS` while brokers are away, with a text that says what is waited for; it may
        raise to give up.
        """
        self._topic = topic
        self._waiting = waiting
        self._failure: KafkaError | None = None
        self.acknowledged = 0
        """messages that the brokers have acknowledged"""
        self.acknowledged_up_to = 0
        """how many of the messages that were sent first are all acknowledged; partitions answer in any order"""
        self._sent = 0
        self._acknowledged_ahead: set[int] = set()
        configuration = settings.configuration({"enable.idempotence": True, "acks": "all"})
        configuration.setdefault("linger.ms", 20)
        configuration.setdefault("compression.type", "zstd")
        # no timeout: brokers that are away are waited for, however long it takes, and meanwhile nothing more is read
        configuration.setdefault("message.timeout.ms", 0)
        self._producer = Producer(configuration)

    def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Pass messages to the client, waiting while its queue is full. Raises `DeliveryError`, for earlier messages too."""
        for message in messages:
            while True:
                try:
                    self._producer.produce(
                        self._topic,
                        key=message.key,
                        value=message.value,
                        headers=list(message.headers),
                        on_delivery=partial(self._report, self._sent + 1),
                        timestamp=message.timestamp_ms,
                    )
                    self._sent += 1
                    break
                except BufferError:
                    self._producer.poll(WAIT_SECONDS)
                    self._waiting(f"topic {self._topic} takes nothing; its queue is full")
                except KafkaException as error:
                    # larger than the client may send, which waiting does not change
                    raise DeliveryError(f"topic {self._topic}: {error.args[0].str()}. {_FIX}") from error
        self._producer.poll(0)
        self._raise_failure()

    def flush(self) -> None:
        """Wait until everything sent is on the brokers. Raises `DeliveryError`."""
        while left := self._producer.flush(WAIT_SECONDS):
            self._raise_failure()
            self._waiting(f"topic {self._topic}: {left} messages are not acknowledged")
        self._raise_failure()

    def _report(self, number: int, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._failure = error
            return
        self.acknowledged += 1
        self._acknowledged_ahead.add(number)
        while self.acknowledged_up_to + 1 in self._acknowledged_ahead:
            self.acknowledged_up_to += 1
            self._acknowledged_ahead.remove(self.acknowledged_up_to)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise DeliveryError(f"topic {self._topic}: {self._failure.str()}. {_FIX}")


_FIX: Final = (
    "Operator action: check that the topic exists, that this user may write to it, and that its max.message.bytes is large"
    " enough. Nothing is lost: the run goes on from its last snapshot when it is started again."
)
