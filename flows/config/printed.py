"""The whole configuration as commented TOML: every setting and every parameter, with value, unit, meaning and origin."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from brainstem import __version__
from brainstem.parameters import Number
from flows.config.live_run import Configuration, from_values
from flows.config.parameter_file import TABLE, load_parameters, parameters_from
from flows.config.parameters import parameters
from flows.config.settings import SNAPSHOT_SECONDS, Settings
from flows.config.toml_table import read_toml

EXAMPLE: Final[dict[str, Any]] = {
    "run": {"out": "/var/lib/brainstem/run"},
    "kafka": {"brokers": "127.0.0.1:9092", "topics": ["logs"]},
}
"""what a file must name; shown as comments where no file is given"""


class Setting(NamedTuple):
    """A key of the configuration file, its unit (or kind) and what it means."""

    table: str
    key: str
    unit: str
    meaning: str


SETTINGS: Final = (
    Setting("run", "out", "path", "folder of the results, and of what is needed to go on after a crash"),
    Setting("run", "zone", "tz name", "of stamps that name none, and of the words in items"),
    Setting("run", "zones", "tz names", "by tenant, in place of that"),
    Setting(
        "run",
        "date_order",
        "dmy, mdy",
        "of dates such as 04/02/2026; empty: a date that proves it counts for later ones",
    ),
    Setting("run", "date_orders", "dmy, mdy", "by tenant, in place of that"),
    Setting("run", "lateness_minutes", "minutes", "how far out of order a source may be"),
    Setting("run", "batch_records", "records", "records of a batch; the results do not depend on it"),
    Setting("run", "snapshot_seconds", "seconds", "time between snapshots: how much a crash makes it read again"),
    Setting(
        "run", "share_precedents", "yes or no", "whether what stood before one tenant's incident speaks at another"
    ),
    Setting("run", "apart", "tenants", "tenants that neither give nor take precedents"),
    Setting("run", "items_a_day", "items", "most items of a tenant and UTC day; what goes beyond is held back"),
    Setting(
        "run",
        "advice",
        "path",
        "own table of what to check next, laid over brainstem/explain/advice.toml (docs/advice.md)",
    ),
    Setting(
        "run",
        "memory",
        "path",
        "file of what runs have learned, which a new run continues and adds to; that of the run and -memory.sqlite3 unless"
        " given, empty for none",
    ),
    Setting("run", "memory_minutes", "minutes", "time between two writes of the memory; it is written at a stop too"),
    Setting(
        "spool", "folder", "path", "of the buffer between listeners and run; that of the run and -spool unless given"
    ),
    Setting("spool", "bytes_most", "bytes", "it is full above; then connections wait and datagrams are dropped"),
    Setting("spool", "hours_most", "hours", "it is full too while a message is in it that no run has read for so long"),
    Setting(
        "status",
        "address",
        "host:port",
        "where the run answers for /metrics, /healthz and /readyz, such as 127.0.0.1:9514; empty for nowhere",
    ),
    Setting("status", "open_to_all", "yes or no", "whether others than this machine may ask there"),
    Setting(
        "shadow",
        "config",
        "path",
        "file of other parameters; `brainstem backtest --shadow` judges what the run has stored with them and tells the"
        " difference (docs/backtest.md); empty for none",
    ),
    Setting("kafka", "brokers", "host:port", "where to ask first"),
    Setting("kafka", "topics", "names", "topics to read, or regular expressions that begin with ^"),
    Setting("kafka", "group", "name", "offsets are committed under this name"),
    Setting("kafka", "tenant", "name or table", "whose the messages are"),
    Setting(
        "kafka",
        "start",
        "place",
        "beginning, end, a moment, offsets by partition, or these by topic: where a new run begins",
    ),
    Setting("kafka", "lost_offsets", "word", "stop, or beginning: go on behind messages deleted unread"),
    Setting("kafka", "idle_seconds", "seconds", "a silent partition is not waited for after this"),
    Setting("kafka", "discovery_seconds", "seconds", "how often new topics and partitions are looked for"),
    Setting("kafka", "client", "table", "any librdkafka setting"),
    Setting("kafka.output", "items", "topic", "topic that gets items; empty for none"),
    Setting("kafka.output", "decisions", "topic", "topic that gets decisions; empty for none"),
    Setting("kafka.output", "rejects", "topic", "topic that gets rejects; empty for none"),
    Setting("kafka.output", "mode", "word", "binary, or structured: CloudEvents whole in the value"),
    Setting("kafka.output", "brokers", "host:port", "where the output goes; the same as above unless named"),
    Setting("kafka.output", "client", "table", "librdkafka settings of the output"),
    Setting("cluster", "processes", "processes", "worker processes on this machine"),
    Setting("cluster", "addresses", "host:port", "one for each process, where each is started by itself"),
    Setting("cluster", "allow_public", "yes or no", "whether addresses may be outside of private networks"),
)


def in_points(text: str) -> str:
    """Return a text with decibans called points, as the digest and explanations call them."""
    return text.replace("decibans", "points").replace("deciban", "point")


def whole_configuration(path: Path | None, items_a_day: int | None = None, parameter_file: Path | None = None) -> str:
    """Return everything as TOML; `path` is merged over the defaults, and `parameter_file` over its parameters.

    Raises `ConfigurationError` like a run would.
    """
    given = read_toml("--config", path) if path else {}
    configuration = from_values(given if path else EXAMPLE)
    told = {}
    if items_a_day is not None:
        configuration = replace(configuration, settings=replace(configuration.settings, items_a_day=items_a_day))
        told = {("run", "items_a_day"): "command line"}
    lines = [
        f"# brainstem {__version__}: every setting and every number that steers judgement.",
        "# Behind each value: its unit, what it means, and where it comes from (default, file, command line).",
        "# [run], [spool], [status], [kafka] with its output and [cluster] can be copied to a file for",
        "# `brainstem run --config`, and [parameters.*] as well, or to one for `brainstem replay --parameters`.",
        "# What is called fixed cannot be set.",
    ]
    lines += _settings(configuration, given, told)
    lines += _replay_defaults(items_a_day)
    differing = (
        load_parameters("--parameters", parameter_file) if parameter_file else parameters_from(given.get(TABLE, {}))
    )
    lines += _parameters(differing)
    return "\n".join(lines) + "\n"


def _settings(configuration: Configuration, given: dict[str, Any], told: dict[tuple[str, str], str]) -> Iterator[str]:
    table = ""
    values = values_of(configuration)
    for setting in SETTINGS:
        if setting.table != table:
            table = setting.table
            yield from ("", f"[{table}]")
        named = given
        for part in table.split("."):
            named = named.get(part, {})
        origin = told.get((table, setting.key)) or ("file" if setting.key in named else "default")
        value = named.get(setting.key, values.get((table, setting.key), ""))
        if told.get((table, setting.key)):
            value = values[table, setting.key]
        required = not given and setting.key in EXAMPLE.get(table, {})
        mark = "# " if required or value is None else ""
        origin = "required" if required else origin
        yield f"{mark}{setting.key} = {toml(value)}  # {setting.unit}: {setting.meaning} ({origin})"


def values_of(configuration: Configuration) -> dict[tuple[str, str], Any]:
    """Return what is in force, by table and key; None for what is absent unless named."""
    run, kafka, output, cluster = (
        configuration.settings,
        configuration.kafka,
        configuration.output,
        configuration.cluster,
    )
    spool, topics = configuration.spool, kafka.topics
    return {
        ("spool", "folder"): None if spool is None else str(spool.folder),
        ("spool", "bytes_most"): None if spool is None else spool.bytes_most,
        ("spool", "hours_most"): None if spool is None else spool.hours_most,
        ("status", "address"): "",
        ("status", "open_to_all"): False,
        ("shadow", "config"): "",
        ("run", "out"): str(run.out),
        ("run", "zone"): run.zone,
        ("run", "zones"): dict(run.zones),
        ("run", "date_order"): str(run.date_order),
        ("run", "date_orders"): {tenant: str(order) for tenant, order in run.date_orders},
        ("run", "lateness_minutes"): run.lateness_us / 60_000_000,
        ("run", "batch_records"): run.batch_records,
        ("run", "snapshot_seconds"): run.snapshot_seconds,
        ("run", "share_precedents"): run.share_precedents,
        ("run", "apart"): list(run.apart),
        ("run", "items_a_day"): run.items_a_day,
        ("run", "advice"): str(run.advice or ""),
        ("run", "memory"): str(run.memory or ""),
        ("run", "memory_minutes"): run.memory_minutes,
        ("kafka", "brokers"): kafka.client.brokers or None,
        ("kafka", "topics"): list(topics) or None,
        ("kafka", "group"): kafka.group if topics else None,
        ("kafka", "tenant"): (kafka.tenant.name or None) if topics else None,
        ("kafka", "start"): kafka.start if topics else None,
        ("kafka", "lost_offsets"): kafka.lost_offsets if topics else None,
        ("kafka", "idle_seconds"): kafka.idle_seconds,
        ("kafka", "discovery_seconds"): kafka.discovery_seconds if topics else None,
        ("kafka", "client"): {} if topics else None,
        ("kafka.output", "items"): output.items,
        ("kafka.output", "decisions"): output.decisions,
        ("kafka.output", "rejects"): output.rejects,
        ("kafka.output", "mode"): "structured" if output.structured else "binary",
        ("kafka.output", "brokers"): None,
        ("kafka.output", "client"): None,
        ("cluster", "processes"): cluster.processes,
        ("cluster", "addresses"): list(cluster.addresses),
        ("cluster", "allow_public"): cluster.allow_public,
    }


def _replay_defaults(items_a_day: int | None) -> Iterator[str]:
    """Return what a replay takes on its command line, where that differs from a live run."""
    replay = Settings(Path())
    chosen = replay.items_a_day if items_a_day is None else items_a_day
    origin = "default" if items_a_day is None else "command line"
    yield from ("", "# brainstem replay takes its settings from its command line; its defaults are:", "# [replay]")
    yield f"# items_a_day = {chosen}  # items: --items-a-day ({origin})"
    yield '# advice = ""  # path: --advice, laid over brainstem/explain/advice.toml (default)'
    yield f"# share_precedents = {toml(replay.share_precedents)}  # yes or no: --share-precedents (default)"
    yield f"# snapshot_seconds = {toml(SNAPSHOT_SECONDS)}  # seconds: --snapshot-seconds (default)"
    yield f"# batch_records = {replay.batch_records}  # records: --batch-records (default)"
    minutes = toml(replay.lateness_us / 60_000_000)
    yield f"# lateness_minutes = {minutes}  # minutes: how far out of order a source may be (fixed)"


def _parameters(differing: dict[str, Number]) -> Iterator[str]:
    """Return all parameters; those that differ from their defaults come from a file."""
    section = ""
    for each in parameters():
        if each.section != section:
            section = each.section
            yield from ("", f"[{TABLE}.{section}]")
        value = differing.get(each.key, each.default)
        origin = "file" if each.key in differing else f"fixed: {each.fixed}" if each.fixed else "default"
        yield f"{each.name} = {toml(value)}  # {in_points(each.unit)}: {in_points(each.meaning)} ({origin})"


def toml(value: Any) -> str:
    """Return a value as TOML: texts, numbers, yes and no, lists, tables and moments."""
    if value is None:
        return '""'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        inner = ", ".join(f"{_text(key)} = {toml(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return _text(value) if isinstance(value, str) else str(value.isoformat())


def _text(text: str) -> str:
    """Return a basic string; control characters are escaped (https://toml.io/en/v1.0.0#string)."""
    shown = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"\\u{ord(each):04x}" if ord(each) < 32 or ord(each) == 127 else each for each in shown) + '"'
