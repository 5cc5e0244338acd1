"""Replay of topics: the messages between two offsets of each partition, taken once at the start. Nothing is committed.

Takes `kafka://HOST:PORT[,HOST:PORT]/TOPIC[,TOPIC]?from=...&to=...`, returns the bounds of every partition and the source
that reads between them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit
from zoneinfo import ZoneInfo

from bytewax.inputs import Source
from confluent_kafka import KafkaException

from connectors.base import ConfigurationError, InputError
from connectors.kafka.client import ClientSettings
from connectors.kafka.reader import KafkaReader, Place
from flows.config.live_run import load_client
from flows.config.settings import Settings
from flows.config.subscription import Subscription, TenantRule
from flows.process.status import StatusBoard
from flows.process.stop_request import Stop
from flows.recovery.plan import Plan, TopicBounds
from flows.recovery.store import Recovery
from flows.runs.replay import Observer
from flows.sources.batches import SourceItem
from flows.sources.topic_source import TopicSource

SCHEME: Final = "kafka://"
SourceOf = Callable[[Stop, Observer | None], Source[SourceItem]]

GROUP: Final = "brainstem-replay"
"""a client needs a group; nothing is ever committed to it"""


@dataclass(frozen=True, slots=True)
class TopicArgument:
    """A parsed input argument. A bound is an offset, a time in milliseconds since the epoch UTC, or absent."""

    tenant: str
    brokers: str
    topics: tuple[str, ...]
    from_offset: int | None = None
    from_ms: int | None = None
    to_offset: int | None = None
    to_ms: int | None = None


def is_topic(argument: str) -> bool:
    """Return whether an input argument names topics, with or without a tenant before it."""
    return SCHEME in argument and "/" not in argument.partition(SCHEME)[0]


def parse_topic_argument(argument: str, default_tenant: str, zone: str) -> TopicArgument:
    """Parse `[TENANT=]kafka://...`. Raises `ConfigurationError` with what is wrong and how to write it."""
    before, _, _ = argument.partition(SCHEME)
    tenant = before.removesuffix("=") or default_tenant
    parts = urlsplit(argument[len(before) :])
    topics = tuple(filter(None, unquote(parts.path).strip("/").split(",")))
    if not parts.netloc or not topics:
        raise ConfigurationError(f"{argument!r} names no broker or no topic. Write kafka://HOST:PORT/TOPIC.")
    if "@" in parts.netloc:
        raise ConfigurationError(
            "an input holds a user or password, and command lines are seen by others. Put them into a file for --config."
        )
    parsed = TopicArgument(tenant, parts.netloc, topics)
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key not in ("from", "to"):
            raise ConfigurationError(f"{argument!r}: {key} is unknown. Known are from and to.")
        if value in ("beginning", "end")[key == "to" :][:1]:
            continue
        offset, time_ms = _bound(key, value, zone)
        if key == "from":
            parsed = replace(parsed, from_offset=offset, from_ms=time_ms)
        else:
            parsed = replace(parsed, to_offset=offset, to_ms=time_ms)
    return parsed


def _bound(key: str, value: str, zone: str) -> tuple[int | None, int | None]:
    """Parse a bound: return an offset, or a time in milliseconds. Raises `ConfigurationError`."""
    if value.isdecimal():
        return int(value), None
    try:
        # an unescaped plus sign in a query is decoded as a space
        moment = datetime.fromisoformat(value.replace(" ", "+") if value.count(" ") == 1 and "T" in value else value)
    except ValueError as error:
        word = "beginning" if key == "from" else "end"
        raise ConfigurationError(
            f"{key}={value} cannot be used. Give an offset, a moment such as 2026-03-01T12:00:00Z, or {word}."
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
    return None, int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def subscription_of(arguments: Sequence[str], tenant: str, zone: str, config: Path | None) -> Subscription:
    """Return what to read. `config` is a file with client settings, and with a rule for tenants where the arguments name
    none.

    Raises `ConfigurationError`.
    """
    if not all(map(is_topic, arguments)):
        raise ConfigurationError("files and topics are given together. Replay them one after the other.")
    parsed = [parse_topic_argument(argument, tenant, zone) for argument in arguments]
    if len({each.brokers for each in parsed}) > 1:
        raise ConfigurationError("topics of different brokers are given together. Replay them one after the other.")
    topics = tuple(topic for each in parsed for topic in each.topics)
    rule = TenantRule(topics={topic: each.tenant for each in parsed for topic in each.topics})
    client = ClientSettings(parsed[0].brokers)
    if config is not None:
        client, configured_rule = load_client(config, parsed[0].brokers)
        with_tenant = next(
            (argument for argument in arguments if parse_topic_argument(argument, "", zone).tenant), None
        )
        if configured_rule is not None and with_tenant is not None:
            raise ConfigurationError(
                f"{with_tenant!r} and kafka.tenant in {config} both say whose the messages are. Leave one of them out."
            )
        rule = configured_rule or rule
    client.check()
    return Subscription(client, topics, group=GROUP, tenant=rule)


def take_bounds(arguments: Sequence[str], subscription: Subscription, zone: str) -> TopicBounds:
    """Return the bounds of each partition as the brokers know them now. Raises `InputError` when they do not answer."""
    reader = KafkaReader(subscription.client, subscription.group, "brainstem-bounds", lambda _: None)
    try:
        places = reader.partitions()
        bounds: list[tuple[str, int, int, int]] = []
        for argument in arguments:
            parsed = parse_topic_argument(argument, "", zone)
            wanted = replace(subscription, topics=parsed.topics)
            found = sorted(place for place in places if wanted.wants(place.topic))
            if not found:
                raise InputError(f"no topic {', '.join(parsed.topics)} at {parsed.brokers}. Check the name.")
            bounds += [(*place, *_bounds(reader, place, parsed)) for place in found]
        return tuple(bounds)
    except KafkaException as error:
        raise InputError(
            f"{subscription.client.brokers} does not answer ({error.args[0].str()}). Check address, network and rights."
        ) from error
    finally:
        reader.close()


def _bounds(reader: KafkaReader, place: Place, argument: TopicArgument) -> tuple[int, int]:
    low, high = reader.bounds(place)
    start, end = low, high
    if argument.from_offset is not None:
        start = argument.from_offset
    elif argument.from_ms is not None:
        start = reader.offsets_at([place], argument.from_ms)[place]
    if argument.to_offset is not None:
        end = argument.to_offset
    elif argument.to_ms is not None:
        end = reader.offsets_at([place], argument.to_ms)[place]
    start = min(max(start, low), high)
    return start, max(start, min(end, high))


@dataclass(frozen=True, slots=True)
class TopicReplay:
    """A replay of topics, from the arguments of the command line."""

    arguments: tuple[str, ...]
    subscription: Subscription
    zone: str

    @classmethod
    def of(cls, arguments: Sequence[str], tenant: str, zone: str, config: Path | None) -> "TopicReplay":
        """Return a replay with checked arguments; no broker is asked yet. Raises `ConfigurationError`."""
        return cls(tuple(arguments), subscription_of(arguments, tenant, zone, config), zone)

    def bounds(self) -> TopicBounds:
        """Return the bounds of each partition as the brokers know them now. Raises `InputError`."""
        return take_bounds(self.arguments, self.subscription, self.zone)

    def source_of(self, plan: Plan, settings: Settings, process: int | None) -> SourceOf:
        """Return the function that creates the source of the plan for a stop request and an observer."""
        board = StatusBoard(Recovery(settings.out).folder, process or 0)
        bounds = {Place(topic, number): (low, high) for topic, number, low, high in plan.topics}
        bounded = replace(self.subscription, bounds=bounds)

        def source(stop: Stop, observer: Observer | None) -> Source[SourceItem]:
            return TopicSource(bounded, settings, board, stop, observer)

        return source
