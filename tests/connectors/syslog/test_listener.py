"""Listeners: what arrives is counted and passed on, and what may not come in is refused and counted too."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.received import ReceivedMessage
from connectors.syslog.framing import FrameFault
from connectors.syslog.listener import Address, Listener

ANY_PORT = Address("127.0.0.1", 0)
T = TypeVar("T")


@dataclass
class ListBuffer:
    """A buffer that holds so many messages at a time."""

    most: int = 1_000_000
    messages: list[ReceivedMessage] = field(default_factory=list)
    taken: list[ReceivedMessage] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def kept_requests(self) -> None:
        """Keep no requests."""

    def has_room(self) -> bool:
        """Return whether fewer messages than `most` wait."""
        return len(self.messages) < self.most

    def put(self, message: ReceivedMessage) -> int:
        """Hold a message; it is as durable as it will be."""
        self.messages.append(message)
        return len(self.taken) + len(self.messages)

    async def durable(self, number: int) -> None:
        """Return at once."""

    async def room(self) -> None:
        """Wait until messages have been taken."""
        while not self.has_room():
            self.changed.clear()
            await self.changed.wait()

    def take(self) -> None:
        """Take all messages."""
        self.taken += self.messages
        self.messages.clear()
        self.changed.set()

    @property
    def contents(self) -> list[bytes]:
        """Return what has been taken and what waits."""
        return [message.content for message in (*self.taken, *self.messages)]


async def until(holds: Callable[[], bool]) -> None:
    """Let the event loop go on until something holds, ten seconds at the most."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0)


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run a test on an event loop."""

    async def wrapped() -> T:
        return await work()

    return asyncio.run(wrapped())


def assert_balanced(listener: Listener) -> None:
    """Check that everything received is accepted, rejected or dropped."""
    account = listener.account
    assert account.received == account.accepted + account.rejected.total() + account.dropped.total()


def test_datagrams_are_messages_and_those_of_strangers_are_dropped_and_counted() -> None:
    """With the peer and the tenant of the listener; the end mark of a datagram is none of its message."""

    async def work() -> None:
        buffer = ListBuffer()
        listener = Listener("office", ANY_PORT, "acme", message_bytes_most=500)
        opened = listener.open_udp(buffer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for content in (b"<13>one\n", b"<13>two", b"\n", b"<13>" + b"x" * 600):
                sender.sendto(content, (opened.address.host, opened.address.port))
            await until(lambda: listener.account.received == 3)
            listener.networks = (ipaddress.ip_network("192.0.2.0/24"),)
            sender.sendto(b"<13>three", (opened.address.host, opened.address.port))
            opened.close()
        assert [(each.content[:8], each.fault) for each in buffer.messages] == [
            (b"<13>one", None),
            (b"<13>two", None),
            (b"<13>xxxx", FrameFault.OVERSIZE),
        ]
        assert {(each.tenant, each.peer, each.listener) for each in buffer.messages} == {
            ("acme", "127.0.0.1", "office")
        }
        assert dict(listener.account.dropped) == {"network": 1}
        assert_balanced(listener)

    run(work)


def test_a_listener_that_is_to_drop_reads_on_while_the_buffer_is_full() -> None:
    """A device that would stand still with its connection does not, and each lost message is counted."""

    async def work() -> None:
        buffer = ListBuffer(most=10)
        listener = Listener("tcp", ANY_PORT, "acme", drops_when_full=True)
        server = await listener.open_tcp(buffer)
        _, writer = await asyncio.open_connection(server.address.host, server.address.port)
        for number in range(20_000):
            writer.write(b"<13>%06d %s\n" % (number, b"x" * 500))
            await writer.drain()
        await _closed(writer)
        await until(lambda: listener.account.received == 20_000)
        assert len(buffer.messages) == 10
        assert dict(listener.account.dropped) == {"buffer_full": 19_990}
        assert_balanced(listener)
        await server.close()

    run(work)


def test_a_full_buffer_makes_connections_wait_and_drops_datagrams() -> None:
    """Nothing that came over TCP is lost, however slowly it is taken; each lost datagram is counted."""

    async def work() -> None:
        buffer = ListBuffer(most=10)
        tcp, udp = Listener("tcp", ANY_PORT, "acme"), Listener("udp", ANY_PORT, "acme")
        server, datagrams = await tcp.open_tcp(buffer), udp.open_udp(buffer)
        sent = [b"<13>%06d %s" % (number, b"x" * 500) for number in range(20_000)]

        async def send_all() -> None:
            _, writer = await asyncio.open_connection(server.address.host, server.address.port)
            for message in sent:
                writer.write(b"%d %s" % (len(message), message))
                await writer.drain()
            await _closed(writer)

        sending = asyncio.create_task(send_all())
        await until(lambda: not buffer.has_room())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"<13>no room", (datagrams.address.host, datagrams.address.port))
            await until(lambda: udp.account.received == 1)
        assert dict(udp.account.dropped) == {"buffer_full": 1}
        # the sender stands still: much less than it wants to send fits into the buffers of the system
        assert tcp.account.received < len(sent)
        while not (sending.done() and tcp.account.received == len(sent)):
            buffer.take()
            await asyncio.sleep(0)
        assert buffer.contents == sent
        await server.close()
        datagrams.close()
        assert_balanced(tcp)
        assert_balanced(udp)

    run(work)


def test_a_stop_takes_what_has_arrived() -> None:
    """A sender that is still connected loses nothing that it had sent."""

    async def work() -> None:
        buffer = ListBuffer()
        listener = Listener("tcp", ANY_PORT, "acme")
        server = await listener.open_tcp(buffer)
        with socket.create_connection((server.address.host, server.address.port)) as sender:
            sender.sendall(b"".join(b"<13>%d\n" % number for number in range(5000)))
            await server.close()
        assert buffer.contents == [b"<13>%d" % number for number in range(5000)]

    run(work)


def test_connections_that_may_not_come_in_are_refused_and_counted() -> None:
    """Those of other networks, those without a name where the certificate gives the tenant, and those above the limit."""

    async def work() -> None:
        buffer = ListBuffer()
        listener = Listener("tcp", ANY_PORT, "acme", connections_most=1)
        server = await listener.open_tcp(buffer)
        where = (server.address.host, server.address.port)
        _, first = await asyncio.open_connection(*where)
        await until(lambda: listener.account.connections == listener.account.open_connections == 1)
        reader, second = await asyncio.open_connection(*where)
        await until(lambda: listener.account.refused_connections.total() == 1)
        assert await _ended(reader)
        await _closed(first)
        await _closed(second)
        await server.close()
        listener.networks = (ipaddress.ip_network("192.0.2.0/24"),)
        server = await listener.open_tcp(buffer)
        reader, third = await asyncio.open_connection(server.address.host, server.address.port)
        await until(lambda: listener.account.refused_connections.total() == 2)
        assert await _ended(reader)
        await _closed(third)
        await server.close()
        assert dict(listener.account.refused_connections) == {"too_many": 1, "network": 1}

    run(work)


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection, which the other side may have reset."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _ended(reader: asyncio.StreamReader) -> bool:
    """Return whether the other side has ended the connection."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


def test_behind_a_wrong_count_the_connection_is_closed() -> None:
    """What had come is rejected with its bytes, and other connections go on."""

    async def work() -> None:
        buffer = ListBuffer()
        listener = Listener("tcp", ANY_PORT, "acme")
        server = await listener.open_tcp(buffer)
        reader, writer = await asyncio.open_connection(server.address.host, server.address.port)
        writer.write(b"8 <13>abcdefgh\n<13>next\n")
        assert await _ended(reader)
        await _closed(writer)
        await server.close()
        assert [(each.content, each.fault) for each in buffer.messages] == [
            (b"<13>abcd", None),
            (b"efgh\n<13>next\n", FrameFault.WRONG_COUNT),
        ]
        assert_balanced(listener)

    run(work)


def test_datagrams_that_the_system_drops_are_counted_though_none_comes_behind_them() -> None:
    """More than its receive buffer holds come while nobody reads: all that were sent are received or counted."""

    async def work() -> None:
        buffer = ListBuffer()
        listener = Listener("office", ANY_PORT, "acme", receive_buffer_bytes=4096)
        opened = listener.open_udp(buffer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(500):
                sender.sendto(b"<13>pump %d runs dry" % number, ("127.0.0.1", opened.address.port))
        await until(lambda: bool(buffer.contents) and listener.account.kernel_dropped > 0)
        assert listener.account.received + listener.account.kernel_dropped == 500
        opened.close()
        assert listener.account.received + listener.account.kernel_dropped == 500

    run(work)
