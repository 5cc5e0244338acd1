"""The configuration of a live run, from a TOML file: checked whole before anything is read, written or connected to.

Each table of the file has one function, which takes every key of it and returns a value of `Configuration`. A key that no
function takes is refused, because a misspelt one would have no effect and nothing would say so.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from brainstem.attention.daily_budget import ITEMS_A_DAY
from brainstem.contracts.ledger import DateOrder
from connectors.base import ConfigurationError
from connectors.kafka.client import ClientSettings, Secret, Value
from flows.config.addresses import ClusterSettings, StatusAddress, read_cluster, read_status_address
from flows.config.advice import advice_of
from flows.config.input_options import DATE_ORDERS
from flows.config.listeners.files import file_sets
from flows.config.parameter_file import TABLE as PARAMETERS
from flows.config.parameter_file import ShadowSettings, parameters_from, read_shadow
from flows.config.settings import BATCH_RECORDS, MEMORY_MINUTES, Settings, memory_beside, parse_moment
from flows.config.spool import SpoolSettings, has_listeners, spool_of
from flows.config.subscription import DISCOVERY_SECONDS, IDLE_SECONDS, LOST_OFFSETS, Start, Subscription, TenantRule
from flows.config.toml_table import Table, read_toml

LIVE_SNAPSHOT_SECONDS: Final = 5.0
"""Time between snapshots of a live run: how far the event store and committed offsets lag behind reading at most."""

MOST_OFFSETS: Final = 1 << 63
"""offsets are below this; Kafka keeps them as signed integers of 64 bits"""
_START_FIX: Final = (
    "Give beginning, end, a moment such as 2026-03-01T12:00:00Z, or offsets by partition such as"
    ' { "0" = 1234 }; for several topics a table with one of these for each, by name.'
)


@dataclass(frozen=True, slots=True)
class OutputTopics:
    """Topics to which results are sent, empty for those that are not sent. With `structured` the value of a message is a
    whole CloudEvent, without it the attributes are headers and the value is the data alone.
    """

    items: str = ""
    decisions: str = ""
    rejects: str = ""
    structured: bool = False


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a live run reads, how, and where its results go."""

    settings: Settings
    kafka: Subscription
    output: OutputTopics
    output_client: ClientSettings
    cluster: ClusterSettings
    spool: SpoolSettings | None = None
    has_intake: bool = False
    """whether the run starts an intake beside itself, which fills the spool that it reads"""
    intake_account: Path | None = None
    """the file in which an intake that shares the configuration keeps its counts; None for none"""
    status: StatusAddress | None = None
    """where the run answers who asks for its status; None for nowhere"""
    shadow: ShadowSettings | None = None
    """under which parameters the stored records are judged a second time, by who asks; None for none"""


def load(path: Path) -> Configuration:
    """Return the configuration in a file. Raises `ConfigurationError` with key, value and fix."""
    return from_values(read_toml("--config", path))


def load_client(path: Path, brokers: str) -> tuple[ClientSettings, TenantRule | None]:
    """Return what a replay of topics takes from a file: the settings of a client for `brokers`, and the rule by which
    messages have a tenant, None where the file has no such rule.

    The file may be that of a live run, or have nothing else in it; keys that a live run needs are filled in, and the whole
    is checked. Raises `ConfigurationError` with key, value and fix.
    """
    values = read_toml("--config", path)
    needed: dict[str, dict[str, Any]] = {"run": {"out": "."}, "kafka": {"brokers": brokers, "topics": ["^"]}}
    for name, defaults in needed.items():
        given = values.get(name, {})
        values[name] = defaults | given if isinstance(given, dict) else given
    subscription = from_values(values).kafka
    return replace(subscription.client, brokers=brokers), subscription.tenant if "tenant" in values["kafka"] else None


def from_values(values: dict[str, Any]) -> Configuration:
    """Return the configuration that the values of a file make. Raises `ConfigurationError` with key, value and fix."""
    root = Table(values)
    parameters = tuple(parameters_from(root.take(PARAMETERS, dict, {})).items())
    settings = replace(_settings(root.take_table("run")), parameters=parameters)
    kafka_table = root.take_table("kafka")
    output_table = kafka_table.take_table("output")
    spool = spool_of(values)
    kafka = _subscription(kafka_table, settings.zone, None if spool is None else spool.folder)
    kafka = replace(kafka, files=file_sets(values))
    output, output_client = _output(output_table, kafka.client)
    cluster = read_cluster(root.take_table("cluster"))
    if spool is not None and cluster.addresses:
        raise ConfigurationError(
            "[spool] and cluster.addresses cannot be used together: other machines do not see its folder. Give"
            " cluster.processes instead, or relay to a topic with [listen.kafka]."
        )
    status = read_status_address(root.take_table("status"))
    shadow = read_shadow(root.take_table("shadow"))
    # of `brainstem listen`, which may share the file and checks it
    account = root.take("listen", dict, {}).get("account")
    root.take("spool", dict, {})
    root.take("files", list, [])
    root.take("journal", object, None)
    root.finish()
    return Configuration(
        settings,
        kafka,
        output,
        output_client,
        cluster,
        spool,
        has_listeners(values),
        Path(account) if account and isinstance(account, str) else None,
        status,
        shadow,
    )


def _settings(table: Table) -> Settings:
    out = table.take_required("out", str, 'Name the folder of the results, such as out = "/var/lib/brainstem/run".')
    advice = table.take("advice", str, "")
    settings = Settings(
        Path(out),
        zone=table.take("zone", str, "UTC"),
        zones=_zones(table.take_table("zones")),
        date_order=_date_order(table, "date_order", ("", *DATE_ORDERS)),
        date_orders=_date_orders(table.take_table("date_orders")),
        lateness_us=int(table.take("lateness_minutes", float, 10.0) * 60_000_000),
        batch_records=table.take("batch_records", int, BATCH_RECORDS),
        snapshot_seconds=table.take_checked(
            "snapshot_seconds", float, LIVE_SNAPSHOT_SECONDS, lambda value: 0.1 <= value <= 3600, "Give 0.1 to 3600."
        ),
        share_precedents=table.take("share_precedents", bool, False),
        apart=table.take_texts("apart"),
        items_a_day=table.take("items_a_day", int, ITEMS_A_DAY),
        advice=Path(advice) if advice else None,
        memory=_memory(table, Path(out)),
        memory_minutes=table.take_checked(
            "memory_minutes", float, MEMORY_MINUTES, lambda value: value > 0, "Give more than 0."
        ),
    )
    advice_of(settings.advice, "run.advice")
    table.finish()
    return settings


def _memory(table: Table, out: Path) -> Path | None:
    """Take the file of what earlier runs have learned; beside the folder of the run unless named, empty for none."""
    if "memory" not in table:
        table.take("memory", str, "")
        return memory_beside(out)
    named = table.take("memory", str, "")
    if not named:
        return None
    require_outside("run.memory", Path(named), out)
    return Path(named)


def require_outside(key: str, memory: Path, out: Path) -> None:
    """Raise `ConfigurationError` for a memory inside of the folder of the run, which a new run needs to be empty."""
    if memory.absolute().is_relative_to(out.absolute()):
        raise ConfigurationError(
            f'{key} = "{memory}" lies in the folder of the run. Give a file outside of {out}, which outlives it.'
        )


def _zones(table: Table) -> tuple[tuple[str, str], ...]:
    """Parse the time zones of tenants; the keys of the table are the names of tenants."""
    zones = {tenant: table.take(tenant, str, "") for tenant in sorted(table.keys)}
    for tenant, zone in zones.items():
        if not (tenant and zone):
            raise table.fault(tenant, zone, "Give a tenant and a name of the tz database such as Europe/Berlin.")
    return tuple(zones.items())


def _date_order(table: Table, key: str, known: tuple[str, ...] = DATE_ORDERS) -> DateOrder:
    """Take the order of day and month in dates such as `04/02/2026`, one of `known`."""
    return DateOrder(table.take_checked(key, str, "", lambda value: value in known, 'Give "dmy" or "mdy".'))


def _date_orders(table: Table) -> tuple[tuple[str, DateOrder], ...]:
    """Parse the orders of dates of tenants; the keys of the table are the names of tenants."""
    orders = {tenant: _date_order(table, tenant) for tenant in sorted(table.keys)}
    table.finish()
    return tuple(orders.items())


def _subscription(table: Table, zone: str, spool: Path | None) -> Subscription:
    if spool is not None and "brokers" not in table and "topics" not in table:
        # idle_seconds means the same for the places of a spool
        idle_seconds = _idle_seconds(table)
        table.finish()
        return Subscription(client=ClientSettings(""), topics=(), spool=spool, idle_seconds=idle_seconds)
    brokers = table.take_required("brokers", str, 'Name at least one, such as brokers = "127.0.0.1:9092".')
    client = ClientSettings(brokers, client_options(table.take_table("client")))
    topics = table.take_texts("topics")
    subscription = Subscription(
        client=client,
        topics=topics,
        group=table.take_checked("group", str, "brainstem", bool, "Give the group a name."),
        tenant=_tenant(table),
        start="beginning" if table.holds_table("start") else _start(table, "start", zone),
        starts=_starts(table, topics, zone),
        lost_offsets=table.take_checked(
            "lost_offsets", str, LOST_OFFSETS[0], LOST_OFFSETS.__contains__, f"Give {' or '.join(LOST_OFFSETS)}."
        ),
        idle_seconds=_idle_seconds(table),
        spool=spool,
        discovery_seconds=table.take_checked(
            "discovery_seconds", float, DISCOVERY_SECONDS, lambda value: value >= 0.1, "Give 0.1 or more."
        ),
    )
    table.finish()
    return subscription


def _idle_seconds(table: Table) -> float:
    return table.take_checked("idle_seconds", float, IDLE_SECONDS, lambda value: value > 0, "Give more than 0.")


def client_options(table: Table) -> dict[str, Value | Secret]:
    """Return the librdkafka settings in a table; a value `{ env = ... }` or `{ file = ... }` is the place of a secret."""
    options: dict[str, Value | Secret] = {}
    for key, value in table.take_rest().items():
        if isinstance(value, dict):
            options[key] = _secret(Table(value, table.full(f'"{key}"')))
        elif isinstance(value, str | int | float):
            options[key] = value
        else:
            raise table.fault(f'"{key}"', value, "Give a text, a number, true or false.")
    return options


def _secret(table: Table) -> Secret:
    secret = Secret(table.take("env", str, ""), table.take("file", str, ""))
    table.finish()
    if bool(secret.environment) == bool(secret.file):
        raise ConfigurationError(f'{table.name} needs one of env and file, such as {{ env = "NAME" }}.')
    return secret


def _tenant(table: Table) -> TenantRule:
    """Parse `tenant`: a name, or a table that says whether topic or header holds the name."""
    if not table.holds_table("tenant"):
        return TenantRule(name=table.take_checked("tenant", str, "default", bool, "Give a name."))
    rule = table.take_table("tenant")
    by = rule.take_required("by", str, "Give topic or header.")
    if by == "topic":
        names = rule.take("names", dict, {})
        for topic, name in names.items():
            if not isinstance(name, str) or not name:
                raise rule.fault(f'names."{topic}"', name, "Give the name of a tenant.")
        found = TenantRule(topics=names)
    elif by == "header":
        header = rule.take_required("header", str, 'Name it, such as header = "tenant".')
        known = frozenset(rule.take_texts("known"))
        found = TenantRule(header=header, known=known, default=rule.take("default", str, ""))
    else:
        raise rule.fault("by", by, "Give topic or header.")
    rule.finish()
    return found


def _starts(table: Table, topics: tuple[str, ...], zone: str) -> dict[str, Start]:
    """Parse `start` where it is a table: by topic, or the offsets of the partitions where there is one topic only.

    With one topic, a table of numbers means its partitions, unless the topic's own name is among the keys.
    """
    if not table.holds_table("start"):
        return {}
    starts = table.take_table("start")
    if not starts.keys:
        raise table.fault("start", {}, _START_FIX)
    by_topic = [starts.holds_table(key) for key in starts.keys]
    if len(topics) == 1 and not topics[0].startswith("^") and topics[0] not in starts.keys and not any(by_topic):
        return {topics[0]: _offsets(starts)}
    return {
        topic: _offsets(starts.take_table(topic)) if starts.holds_table(topic) else _start(starts, topic, zone)
        for topic in starts.keys
    }


def _offsets(table: Table) -> dict[int, int]:
    """Parse offsets by the number of their partition."""
    offsets: dict[int, int] = {}
    given = table.take_rest()
    if not given:
        raise ConfigurationError(f"{table.name} = {{}} cannot be used. {_START_FIX}")
    for key, offset in given.items():
        if not (key.isascii() and key.isdecimal() and key == str(int(key))):
            raise table.fault(f'"{key}"', offset, 'Its key must be the number of a partition, such as "0".')
        if isinstance(offset, bool) or not isinstance(offset, int) or not 0 <= offset < MOST_OFFSETS:
            raise table.fault(f'"{key}"', offset, "Give an offset: a whole number from 0 on.")
        offsets[int(key)] = offset
    return offsets


def _start(table: Table, key: str, zone: str) -> str | int:
    """Parse where to begin: a word, or a moment, which is returned in milliseconds since the epoch, UTC."""
    start = table.take(key, object, "beginning")
    if start in ("beginning", "end"):
        return str(start)
    # TOML has moments of its own; a date without a time is none
    text = start.isoformat() if isinstance(start, datetime) else start
    try:
        moment = parse_moment(text if isinstance(text, str) else "", zone)
    except ValueError as error:
        raise table.fault(key, start, _START_FIX) from error
    return int(moment.timestamp() * 1000)


def _output(table: Table, client: ClientSettings) -> tuple[OutputTopics, ClientSettings]:
    """Parse the output topics, and return them with the client that writes them: that of the input unless it has its own."""
    output = OutputTopics(
        items=table.take("items", str, ""),
        decisions=table.take("decisions", str, ""),
        rejects=table.take("rejects", str, ""),
        structured=table.take_checked(
            "mode", str, "binary", ("binary", "structured").__contains__, "Give binary or structured."
        )
        == "structured",
    )
    if "brokers" in table or "client" in table:
        brokers = table.take("brokers", str, client.brokers)
        client = ClientSettings(brokers, client_options(table.take_table("client")), "kafka.output.client")
    table.finish()
    return output, client
