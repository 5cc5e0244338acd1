"""Listen until stopped: open the listeners of a configuration, buffer what they receive, and keep their account.

Progress goes out through `note`, a line each. An orderly stop closes the listeners, passes on what has arrived, waits until
all of it is durable, and writes the last account.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from brainstem.text.phrases import counted
from connectors.http.application import HttpListener
from connectors.http.server import HttpServer
from connectors.received import DROPPED, Buffer, ReceivedMessage
from connectors.syslog.listener import Listener, TcpServer, UdpSocket
from flows.config.intake import IntakeConfiguration, RelayTopic, SyslogListener
from flows.config.listeners.common import tls_context
from flows.config.listeners.http import HttpListenerConfiguration
from flows.intake.buffer import QueuedBuffer
from flows.intake.journal import JournalReader, accounts_of
from flows.intake.relay import TopicRelay
from flows.intake.spool import SpoolBuffer
from flows.intake.tail import NAME as TAIL
from flows.intake.tail import Tail
from flows.process.status import memory_bytes
from flows.process.stop_request import Stop
from state.store.atomic_files import write_file

LOOK_SECONDS: Final = 0.2
"""how often a stop request is looked for"""
TAKE_UP_POLL_SECONDS: Final = 0.02
"""how often is looked whether the files that were there have been taken up"""
ACCOUNT_SECONDS: Final = 10.0
"""how often the account is written"""


def listen(
    configuration: IntakeConfiguration,
    stop: Stop,
    note: Callable[[str], None],
    ready: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Listen until `stop` is asked; return the last account. `ready` is called once all listeners are open and the files
    that are there were taken up.

    Raises `InputError` where a port, topic or spool cannot be used.
    """
    return asyncio.run(_listen(configuration, stop, note, ready))


def buffer_of(configuration: IntakeConfiguration, note: Callable[[str], None]) -> QueuedBuffer:
    """Return the buffer that a configuration describes. Raises `InputError` for a spool that cannot be used."""
    target = configuration.buffer
    if isinstance(target, RelayTopic):
        return TopicRelay(target.client, target.name, target.tenant_header, note, configuration.stop_seconds)
    return SpoolBuffer(
        target, note, configuration.stop_seconds, follows_files=bool(configuration.files or configuration.journals)
    )


def listener_of(configured: SyslogListener, note: Callable[[str], None]) -> Listener:
    """Return the listener that a configuration describes. Raises `ConfigurationError` for unusable certificates."""
    return Listener(
        name=configured.name,
        address=configured.address,
        tenant=configured.tenant,
        networks=configured.networks,
        message_bytes_most=configured.message_bytes_most,
        connections_most=configured.connections_most,
        receive_buffer_bytes=configured.receive_buffer_bytes,
        drops_when_full=configured.drops_when_full,
        tls=None if configured.tls is None else tls_context(configured.tls, f"listen.syslog {configured.name}"),
        note=note,
    )


def http_server_of(
    configured: HttpListenerConfiguration,
    configuration: IntakeConfiguration,
    buffer: Buffer,
    note: Callable[[str], None],
) -> HttpServer:
    """Return the HTTP server that a configuration describes. Raises `ConfigurationError` for unusable certificates."""
    listener = HttpListener(
        name=configured.name,
        tenant=configured.tenant,
        tokens=configured.tokens,
        limits=configured.limits,
        hooks=configuration.hooks,
        note=note,
    )
    tls = None if configured.tls is None else tls_context(configured.tls, f"listen.http {configured.name}")
    return HttpServer(listener, buffer, configured.networks, tls)


def tail_of(configuration: IntakeConfiguration, buffer: QueuedBuffer, note: Callable[[str], None]) -> Tail | None:
    """Return the tail of the files that a configuration names; None where it names none."""
    if not configuration.files or not isinstance(buffer, SpoolBuffer):
        return None
    return Tail(configuration.files, buffer, note, configuration.kept_out)


def journals_of(
    configuration: IntakeConfiguration, buffer: QueuedBuffer, note: Callable[[str], None]
) -> list[JournalReader]:
    """Return the journals that a configuration names."""
    if not isinstance(buffer, SpoolBuffer):
        return []
    return [JournalReader(each, buffer, note) for each in configuration.journals]


async def _listen(
    configuration: IntakeConfiguration, stop: Stop, note: Callable[[str], None], ready: Callable[[], None]
) -> dict[str, Any]:
    listeners = [(each, listener_of(each, note)) for each in configuration.syslog]
    buffer = buffer_of(configuration, note)
    http = [(each, http_server_of(each, configuration, buffer, note)) for each in configuration.http]
    tail = tail_of(configuration, buffer, note)
    journals = journals_of(configuration, buffer, note)
    followed: list[Tail | JournalReader] = [*journals] if tail is None else [tail, *journals]
    buffer.start()
    sockets: list[UdpSocket] = []
    servers: list[TcpServer] = []

    def account() -> dict[str, Any]:
        counts = account_of([*(each for _, each in listeners), *(server.listener for _, server in http)], buffer)
        if tail is not None:
            counts["listeners"][TAIL] = tail.account()
        counts["listeners"].update(accounts_of(journals))
        return counts

    drops = Drops([listener for _, listener in listeners])
    try:
        for configured, listener in listeners:
            for transport in configured.transports:
                if transport == "udp":
                    sockets.append(listener.open_udp(buffer))
                    bound = sockets[-1].address
                else:
                    servers.append(await listener.open_tcp(buffer))
                    bound = servers[-1].address
                note(f"{configured.name}: listening on {transport} {bound.host} port {bound.port}")
        for configured_http, http_server in http:
            await http_server.open(configured_http.address.host, configured_http.address.port)
            host, port = http_server.address
            scheme = "http" if configured_http.tls is None else "https"
            note(f"{configured_http.name}: listening on {scheme} {host} port {port}")
            if configured_http.sends_tokens_in_the_clear:
                note(
                    f"{configured_http.name}: its tokens come unencrypted. Give certificate and key, or put TLS in front."
                )
        for each_followed in followed:
            each_followed.start()
        if tail is not None:
            await _until_taken_up(tail, buffer, stop)
        ready()
        await _until_stopped(configuration, buffer, stop, account, drops, followed)
    finally:
        for each_followed in followed:
            await each_followed.close()
        for each in sockets:
            each.close()
        for server in servers:
            await server.close()
        for _, http_server in http:
            await http_server.close()
        drops.put_into(buffer)
        buffer.end()
        await asyncio.to_thread(buffer.wait)
        # also where the buffer has failed: the account says how much of what was accepted is durable
        _write_account(configuration, account())
    if buffer.failure is not None:
        raise buffer.failure
    for each_followed in followed:
        if each_followed.failure is not None:
            raise each_followed.failure
    return account()


async def _until_taken_up(tail: Tail, buffer: QueuedBuffer, stop: Stop) -> None:
    """Wait until the spool names all files that were there, so that a run which begins behind it knows whom to wait for.

    A buffer without room may be emptied only by that run, and is not waited for.
    """
    while not (tail.is_taken_up or tail.failure or stop.asked or buffer.has_ended) and buffer.has_room():
        await asyncio.sleep(TAKE_UP_POLL_SECONDS)


async def _until_stopped(
    configuration: IntakeConfiguration,
    buffer: QueuedBuffer,
    stop: Stop,
    account: Callable[[], dict[str, Any]],
    drops: "Drops",
    followed: Sequence[Tail | JournalReader],
) -> None:
    """Wait for the stop request, or the end of a buffer that cannot go on; write the account now and then."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not stop.asked and not buffer.has_ended and not any(each.failure for each in followed):
        if loop.time() >= due:
            drops.put_into(buffer)
            _write_account(configuration, account())
            due = loop.time() + ACCOUNT_SECONDS
        await asyncio.sleep(LOOK_SECONDS)


class Drops:
    """How many messages of each listener had to be dropped, and how many of them its buffer has been told of.

    The run that reads the buffer counts them in its ledger. What was dropped since the last time is not told where the
    process is killed. Datagrams from outside the allowed networks are of nobody, and stand in the account only.
    """

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self._told = dict.fromkeys((each.name for each in listeners), 0)

    def put_into(self, buffer: Buffer) -> None:
        """Put a count into the buffer for each listener that has dropped something since the last time."""
        for each in self._listeners:
            account = each.account
            dropped = account.kernel_dropped + sum(
                number for reason, number in account.dropped.items() if reason != "network"
            )
            if (new := dropped - self._told[each.name]) > 0:
                self._told[each.name] = dropped
                content = str(new).encode()
                buffer.put(ReceivedMessage(each.name, each.tenant, "", content, DROPPED, time.time_ns() // 1000))


def account_of(listeners: Sequence[Listener | HttpListener], buffer: QueuedBuffer) -> dict[str, Any]:
    """Return the account of all listeners, and of the buffer, as JSON takes it."""
    return {
        "listeners": {each.name: each.account.to_plain() for each in listeners},
        **buffer.counts(),
        "memory_bytes": memory_bytes(),
    }


def _write_account(configuration: IntakeConfiguration, account: dict[str, Any]) -> None:
    if configuration.account is not None:
        with contextlib.suppress(FileNotFoundError):
            write_file(configuration.account, orjson.dumps(account, option=orjson.OPT_INDENT_2))


def account_text(account: dict[str, Any]) -> str:
    """Return an account in words, a line for each listener."""
    lines = []
    for name, counts in account["listeners"].items():
        parts = [f"{counts['received']:,} received", f"{counts['accepted']:,} accepted"]
        parts += [f"{number:,} rejected ({reason})" for reason, number in counts["rejected"].items()]
        parts += [f"{number:,} dropped ({reason})" for reason, number in counts["dropped"].items()]
        if counts["kernel_dropped"]:
            parts.append(f"{counts['kernel_dropped']:,} dropped by the system before they were received")
        parts += [
            f"{counted(number, 'connection', 'connections')} refused ({reason})"
            for reason, number in counts["refused_connections"].items()
        ]
        parts += [
            f"{counted(number, 'request', 'requests')} refused ({reason})"
            for reason, number in counts.get("refused_requests", {}).items()
        ]
        lines.append(f"{name}: {', '.join(parts)}")
    if "spooled" in account:
        # the run behind reads notes as it does messages, and its marks count both
        lines.append(
            f"durable in the spool: {account['spooled']:,}; not read yet: {account['unread']:,}, counting notes on requests"
            " and files"
        )
    else:
        lines.append(f"acknowledged by the brokers: {account['acknowledged']:,}")
    return "\n".join(lines)
