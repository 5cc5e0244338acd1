"""What is read from Kafka: which topics, from where, whose they are. Checked before anything is asked of a broker."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from brainstem.arrays.hashing import name_hash
from connectors.base import ConfigurationError
from connectors.kafka.client import ClientSettings
from connectors.kafka.reader import Place
from flows.config.settings import PARTITIONS

IDLE_SECONDS: Final = 60.0
"""A partition that was read to its end and stays silent this long is no longer waited for."""
DISCOVERY_SECONDS: Final = 30.0
"""How often new topics and partitions are looked for."""
LOST_OFFSETS: Final = ("stop", "beginning")


@dataclass(frozen=True, slots=True)
class TenantRule:
    """Whose a message is: of one `name`, of its topic (by `topics`, else the topic's own name), or as a `header` says.

    With a header, `known` bounds the names that count (empty: any), and `default` holds where the header names none; a
    message that finds no tenant is rejected under `UNKNOWN_TENANT`.
    """

    name: str = ""
    topics: Mapping[str, str] = field(default_factory=dict)
    header: str = ""
    known: frozenset[str] = frozenset()
    default: str = ""

    def of_topic(self, topic: str) -> str:
        """Return the tenant of all messages of a topic, where no header decides."""
        return self.name or self.topics.get(topic, topic)


UNKNOWN_TENANT: Final = "unknown"


Start = str | int | Mapping[int, int]
"""`beginning`, `end`, a time in milliseconds since the epoch, or offsets by partition; a partition that these leave out
begins at its beginning"""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Topics to read without end. `topics` are names, or regular expressions where they begin with `^`.

    `start` holds for what is there when a run first looks, and `starts` goes before it for the topics it names; what is
    added later is read from its beginning.
    """

    client: ClientSettings
    topics: tuple[str, ...]
    group: str = "brainstem"
    tenant: TenantRule = TenantRule(name="default")
    start: str | int = "beginning"
    starts: Mapping[str, Start] = field(default_factory=dict)
    lost_offsets: str = "stop"
    idle_seconds: float = IDLE_SECONDS
    discovery_seconds: float = DISCOVERY_SECONDS
    bounds: Mapping[Place, tuple[int, int]] | None = None
    """for a replay: the offsets to read, the second one excluded"""

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if not self.topics:
            raise ConfigurationError('kafka.topics is empty. Name topics, or give patterns such as "^logs[.].*".')
        for topic in self.topics:
            try:
                re.compile(topic)
            except re.error as error:
                raise ConfigurationError(f"kafka.topics: {topic!r} is no regular expression ({error}).") from error
        for topic in self.starts:
            if not self.wants(topic):
                raise ConfigurationError(
                    f"kafka.start names {topic!r}, which is not read: kafka.topics = {list(self.topics)!r}. Name one of"
                    " these, or add it."
                )
        if self.lost_offsets not in LOST_OFFSETS:
            raise ConfigurationError(f"kafka.lost_offsets = {self.lost_offsets!r} is unknown. Give stop or beginning.")

    def start_of(self, topic: str) -> Start:
        """Return where to begin with the partitions of a topic."""
        return self.starts.get(topic, self.start)

    def wants(self, topic: str) -> bool:
        """Return whether a topic is to be read; Kafka's own topics never are."""
        if topic.startswith("__"):
            return False
        return any(re.fullmatch(each, topic) if each.startswith("^") else each == topic for each in self.topics)


def owner_of(place: Place) -> int:
    """Return the virtual partition that reads a partition; fixed, because its state lies there."""
    return (name_hash(place.topic) + place.partition) % PARTITIONS
