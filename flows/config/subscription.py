"""What is read from Kafka: which topics, from which offsets on, and for which tenants. Checked before a broker is asked for
anything.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from brainstem.arrays.hashing import name_hash
from connectors.base import ConfigurationError
from connectors.kafka.client import ClientSettings
from connectors.kafka.reader import Headers, Place
from connectors.received import DROPPED, UNREAD
from connectors.spool.groups import Origin
from connectors.spool.places import is_of_spool, tenant_of
from connectors.tail.file_set import FileSet
from flows.config.settings import PARTITIONS

IDLE_SECONDS: Final = 60.0
"""a partition that was read to its end and has stayed silent for this long is no longer waited for"""
DISCOVERY_SECONDS: Final = 30.0
"""how often new topics and partitions are looked for"""
LOST_OFFSETS: Final = ("stop", "beginning")
"""what to do when the offset to be read next was deleted: end the run, or continue at the first one that is there"""


@dataclass(frozen=True, slots=True)
class TenantRule:
    """The rule by which a message has a tenant: `name` for all of them; or by topic: as `topics` says, and a topic that is
    not in it under its own name; or the value of the header `header`.

    With a header, only the tenants in `known` are accepted (all where it is empty), and a message without the header is of
    `default`. A message without a tenant is rejected, and counted under `UNKNOWN_TENANT`.
    """

    name: str = ""
    topics: Mapping[str, str] = field(default_factory=dict)
    header: str = ""
    known: frozenset[str] = frozenset()
    default: str = ""

    def header_of(self, topic: str) -> str:
        """Return the header that names the tenant of a topic's messages; empty where the topic alone says whose they are."""
        return "" if is_of_spool(topic) else self.header

    def of_topic(self, topic: str) -> str:
        """Return the tenant of all messages of a topic, for topics without a header. A place of a spool has its own."""
        if is_of_spool(topic):
            return tenant_of(topic) or UNKNOWN_TENANT
        return self.name or self.topics.get(topic, topic)


PEER_HEADER: Final = "brainstem-peer"
"""the address that a message of an intake came from; it is the host of a record that names none"""
LISTENER_HEADER: Final = "brainstem-listener"
"""the name of the listener that received it"""
FAULT_HEADER: Final = "brainstem-fault"
"""why the bytes that an intake received are no message; a record with it is rejected, apart from `DROPPED`"""
DROPPED_HEADER: Final = (FAULT_HEADER, DROPPED.encode())
"""the last header of what says how many messages a listener has dropped"""
UNREAD_HEADER: Final = (FAULT_HEADER, UNREAD.encode())
"""the last header of what says that some of a file could not be read"""

TENANT_HEADER: Final = "tenant"
"""names the tenant of a message of an intake, unless another name is configured"""

UNKNOWN_TENANT: Final = "unknown"
"""tenant in the ledger of messages for which no tenant was found"""

Start = str | int | Mapping[int, int]
"""Where to begin: `beginning`, `end`, a time in milliseconds since the epoch (UTC), or offsets by number of partition; a
partition that is not among these begins at its first offset."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """The topics of a run, without end or between `bounds`. `topics` are names, or regular expressions that begin with `^`;
    there are none where only a spool is read.

    `start` says where to begin with partitions that exist when a run first looks, and `starts` the same for single topics,
    with precedence. Partitions that are added later are read from their first offset.
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
    spool: Path | None = None
    """the folder of the spool that is read, beside topics or alone"""
    files: tuple[FileSet, ...] = ()
    """the files that an intake follows into that spool"""
    bounds: Mapping[Place, tuple[int, int]] | None = None
    """for a replay: the first offset to read of each partition, and the one after the last"""

    def __post_init__(self) -> None:
        """Refuse what cannot work, with key, value and fix."""
        if not self.topics and self.spool is None:
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
        """Return where to begin with the partitions of a topic that exist when the run first looks."""
        return self.starts.get(topic, self.start)

    def set_of(self, path: Path) -> FileSet | None:
        """Return what is configured for a file that is followed; None for a file that is not configured any more."""
        return next((each for each in self.files if each.holds(path)), None)

    def missing(self, existing: Collection[str]) -> list[str]:
        """Return the topics that are named, not described by a pattern, and are not among those that exist."""
        return [each for each in self.topics if not each.startswith("^") and each not in existing]

    def wants(self, topic: str) -> bool:
        """Return whether a topic is to be read; Kafka's own, whose names begin with two underscores, never are."""
        if is_of_spool(topic):
            return self.spool is not None
        if topic.startswith("__"):
            return False
        return any(re.fullmatch(each, topic) if each.startswith("^") else each == topic for each in self.topics)


def headers_of(origin: Origin) -> Headers:
    """Return the headers of a message of an intake, as the relay to a topic writes them too."""
    headers: list[tuple[str, bytes | None]] = [
        (TENANT_HEADER, origin.tenant.encode()),
        (PEER_HEADER, origin.peer.encode()),
        (LISTENER_HEADER, origin.listener.encode()),
    ]
    if origin.fault:
        headers.append((FAULT_HEADER, origin.fault.encode()))
    return headers


def owner_of(place: Place) -> int:
    """Return the number of the virtual partition that reads a partition of a topic.

    It depends on topic and number alone, because the snapshots of a virtual partition hold the offsets of what it reads.
    """
    return (name_hash(place.topic) + place.partition) % PARTITIONS
