"""The configuration of an intake, from a TOML file: checked whole before a port is opened or a broker is asked for anything.

It may be the file of a live run too: `brainstem run` reads the topic, `brainstem listen` fills it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.base import ConfigurationError
from connectors.http.hooks.registry import Reader
from connectors.journal.exporter import JournalSource
from connectors.kafka.client import ClientSettings
from connectors.syslog.listener import Address, Network
from connectors.tail.file_set import FileSet
from flows.config.addresses import is_loopback
from flows.config.listeners.common import TlsFiles, address_of, network_of, tls_context, tls_files
from flows.config.listeners.files import file_sets, kept_out
from flows.config.listeners.http import HttpListenerConfiguration, hook_readers, http_listeners
from flows.config.listeners.journal import check_exporter, journals
from flows.config.live_run import client_options
from flows.config.spool import SpoolSettings, spool_of
from flows.config.subscription import TENANT_HEADER
from flows.config.toml_table import Table, read_toml

TRANSPORTS: Final = ("udp", "tcp", "tls")
MESSAGE_BYTES_MOST: Final = 262_144
STOP_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class SyslogListener:
    """A listener for syslog as it is configured. `tenant` is empty where the client's certificate names it."""

    name: str
    address: Address
    transports: tuple[str, ...]
    tenant: str
    networks: tuple[Network, ...]
    tls: TlsFiles | None
    message_bytes_most: int
    connections_most: int
    receive_buffer_bytes: int
    drops_when_full: bool
    """of connections; datagrams are dropped in any case"""


@dataclass(frozen=True, slots=True)
class RelayTopic:
    """The topic that messages go to."""

    client: ClientSettings
    name: str
    tenant_header: str


@dataclass(frozen=True, slots=True)
class IntakeConfiguration:
    """What is listened on, and the buffer that it goes to: a spool, or a topic."""

    syslog: tuple[SyslogListener, ...]
    http: tuple[HttpListenerConfiguration, ...]
    hooks: Mapping[str, Reader]
    """webhooks of the HTTP listeners by name"""
    buffer: SpoolSettings | RelayTopic
    account: Path | None
    stop_seconds: float
    files: tuple[FileSet, ...] = ()
    """files that are followed"""
    journals: tuple[JournalSource, ...] = ()
    """of systemd, that are followed"""
    kept_out: tuple[str, ...] = ()
    """folders that no file is followed in"""


def load(path: Path) -> IntakeConfiguration:
    """Return the intake that a file describes. Raises `ConfigurationError` with key, value and fix."""
    values = read_toml("--config", path)
    table = Table(values).take_table("listen")
    listeners = tuple(_syslog(each, number) for number, each in enumerate(table.take("syslog", list, [])))
    http, hooks = http_listeners(table), hook_readers(table)
    files, followed_journals = file_sets(values), journals(values)
    if not listeners and not http and not files and not followed_journals:
        raise ConfigurationError(
            'listen.syslog is missing. Give at least one listener: [[listen.syslog]] with name = "office" and'
            ' address = "127.0.0.1:5514", or [[listen.http]] with address = "127.0.0.1:8514"; or what to follow: [[files]],'
            " [journal]."
        )
    names = [
        *(each.name for each in listeners),
        *(each.name for each in http),
        *(each.name for each in followed_journals),
    ]
    if files:
        names.append("files")
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"listen: two listeners have the name {name!r}. Give each its own.")
    spool = spool_of(values)
    account = table.take("account", str, "")
    run = values.get("run", {})
    out = run.get("out") if isinstance(run, dict) else None
    configuration = IntakeConfiguration(
        syslog=listeners,
        http=http,
        hooks=hooks,
        buffer=_topic(table.take_table("kafka")) if spool is None else spool,
        account=Path(account) if account else None,
        stop_seconds=table.take_checked(
            "stop_seconds", float, STOP_SECONDS, lambda value: value > 0, "Give more than 0."
        ),
        files=files,
        journals=followed_journals,
        kept_out=kept_out(None if spool is None else spool.folder, Path(out) if isinstance(out, str) and out else None),
    )
    table.finish()
    return configuration


def check_intake(configuration: IntakeConfiguration) -> None:
    """Check what lies outside the file: certificates, settings of the brokers' client, and the program that
    exports journals. Raises `ConfigurationError`.
    """
    check_exporter(configuration.journals)
    if isinstance(configuration.buffer, RelayTopic):
        configuration.buffer.client.check()
    for each in configuration.syslog:
        if each.tls is not None:
            tls_context(each.tls, f"listen.syslog {each.name}")
    for listener in configuration.http:
        if listener.tls is not None:
            tls_context(listener.tls, f"listen.http {listener.name}")


def _topic(table: Table) -> RelayTopic:
    """Parse `[listen.kafka]`."""
    brokers = table.take_required("brokers", str, 'Name at least one, such as brokers = "127.0.0.1:9092".')
    topic = RelayTopic(
        client=ClientSettings(brokers, client_options(table.take_table("client")), "listen.kafka.client"),
        name=table.take_required("topic", str, 'Name it, such as topic = "syslog"; it must exist.'),
        tenant_header=table.take_checked("tenant_header", str, TENANT_HEADER, bool, "Give the header a name."),
    )
    table.finish()
    return topic


def _syslog(values: object, number: int) -> SyslogListener:
    """Parse one `[[listen.syslog]]`."""
    section = f"listen.syslog[{number}]"
    if not isinstance(values, dict):
        raise ConfigurationError(f"{section} = {values!r} cannot be used. Give a table: [[listen.syslog]].")
    table = Table(values, section)
    name = table.take_required("name", str, 'Give it one, such as name = "office"; it is said wherever it is counted.')
    transports = table.take_texts("transports") or ("udp", "tcp")
    for each in transports:
        if each not in TRANSPORTS:
            raise table.fault("transports", each, f"Give some of {', '.join(TRANSPORTS)}.")
    if "tls" in transports and len(transports) > 1:
        raise table.fault("transports", list(transports), "TLS needs a listener, and a port, of its own.")
    given = table.take_required("address", str, 'Give host and port, such as address = "127.0.0.1:5514".')
    address = address_of(table, given)
    networks = tuple(network_of(table, text) for text in table.take_texts("networks"))
    tls = tls_files(table) if "tls" in transports else None
    tenant = _tenant(table, tls)
    is_open = table.take("open_to_all", bool, False)
    if not (is_loopback(address.host) or networks or is_open or (tls is not None and tls.client_ca is not None)):
        raise table.fault(
            "address",
            given,
            'Others can reach it, and anybody of them could write log lines. Say who may: networks = ["192.168.0.0/16"],'
            " or client_ca for TLS; open_to_all = true overrules this.",
        )
    listener = SyslogListener(
        name=name,
        address=address,
        transports=transports,
        tenant=tenant,
        networks=networks,
        tls=tls,
        message_bytes_most=table.take_checked(
            "message_bytes_most",
            int,
            MESSAGE_BYTES_MOST,
            lambda value: 480 <= value <= 8 << 20,
            "Give 480 (RFC 5424, 6.1) to 8388608; the topic's max.message.bytes must be larger.",
        ),
        connections_most=table.take_checked("connections_most", int, 1024, lambda value: value >= 1, "Give 1 or more."),
        receive_buffer_bytes=table.take_checked(
            "receive_buffer_bytes", int, 8 << 20, lambda value: value >= 4096, "Give 4096 or more."
        ),
        drops_when_full=_drops_when_full(table, transports, tenant),
    )
    table.finish()
    return listener


def _drops_when_full(table: Table, transports: tuple[str, ...], tenant: str) -> bool:
    """Parse what becomes of messages while the buffer is full."""
    usual = "block" if transports != ("udp",) else "drop"
    is_stated = "when_full" in table
    given = table.take_checked("when_full", str, usual, ("block", "drop").__contains__, "Give block or drop.")
    if given == "block" and is_stated and "udp" in transports:
        raise table.fault("when_full", given, "Datagrams cannot wait. Give TCP a listener of its own to say it there.")
    if given == "drop" and is_stated and not tenant:
        raise table.fault("when_full", given, "What is dropped counts for a tenant: name one, or leave it out.")
    return given == "drop"


def _tenant(table: Table, tls: TlsFiles | None) -> str:
    """Parse whose messages these are; empty where the certificate of the client names the tenant."""
    source = table.take_checked(
        "tenant_from", str, "listener", ("listener", "certificate").__contains__, "Give listener or certificate."
    )
    tenant = table.take("tenant", str, "")
    if source == "certificate":
        if tls is None or tls.client_ca is None:
            raise table.fault("tenant_from", source, 'It needs transports = ["tls"] and client_ca.')
        if tenant:
            raise table.fault("tenant", tenant, "The certificate names the tenant already. Remove one of both.")
        return ""
    if not tenant:
        raise ConfigurationError(
            f'{table.full("tenant")} is missing. Say whose messages these are, such as tenant = "acme".'
        )
    return tenant
