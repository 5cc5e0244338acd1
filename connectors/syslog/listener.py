"""Listeners: syslog messages received over UDP, TCP and TLS, each with its peer and the tenant that it belongs to.

Takes addresses and what may send to them, passes messages to a `Buffer`. A connection is not read while the buffer is full,
so that its sender waits; a datagram that finds it full is dropped and counted, since nothing can make its sender wait. The
tenant comes from the listener or from the certificate of the client, never from the message.

Neither UDP nor TCP syslog has an acknowledgement: what was sent and not yet received when this process is killed is lost,
and no receiver can know of it. An orderly stop reads all that has arrived.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from connectors.base import InputError
from connectors.received import Buffer, ReceivedMessage
from connectors.syslog.account import ListenerAccount
from connectors.syslog.framing import Frame, FrameDecoder, FrameFault

QUIET_SECONDS: Final = 0.05
"""an open connection that brought nothing for so long has nothing more that has arrived"""
QUIET_ROUNDS: Final = 40
"""how often that is looked for; a sender that never pauses is cut off then"""
DATAGRAM_BYTES_MOST: Final = 1 << 16
DATAGRAMS_A_TURN: Final = 512
"""datagrams that are taken before other listeners have their turn"""
SO_RXQ_OVFL: Final = 40
"""of Linux (socket(7)): each datagram brings the number of those that were dropped before it"""
_DROPS: Final = struct.Struct("I")
SO_MEMINFO: Final = 55
"""of Linux, since 4.12: nine numbers of 32 bits, of which the last one is that of all datagrams that were dropped
(include/uapi/linux/sock_diag.h)"""
_MEMORY: Final = struct.Struct("9I")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Address:
    """Where a listener listens."""

    host: str
    port: int


@dataclass(slots=True)
class Listener:
    """One listener: what it takes, from whom, and its account."""

    name: str
    address: Address
    tenant: str = ""
    """empty where the certificate names it"""
    networks: Sequence[Network] = ()
    """who may send; none: anybody who reaches it"""
    message_bytes_most: int = 262_144
    connections_most: int = 1024
    receive_buffer_bytes: int = 8 << 20
    drops_when_full: bool = False
    """whether messages of connections are dropped and counted while the buffer is full; else connections wait"""
    tls: ssl.SSLContext | None = None
    note: Callable[[str], None] = lambda _: None
    account: ListenerAccount = field(default_factory=ListenerAccount)

    def allows(self, peer: str) -> bool:
        """Return whether a peer may send."""
        if not self.networks:
            return True
        address = ipaddress.ip_address(peer.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self.networks)

    def pass_on(self, buffer: Buffer, tenant: str, peer: str, content: bytes, fault: FrameFault | None) -> None:
        """Count a message and put it into the buffer."""
        self.account.count_received(content)
        self.account.settle(fault)
        buffer.put(ReceivedMessage(self.name, tenant, peer, content, fault, time.time_ns() // 1000))

    def open_udp(self, buffer: Buffer) -> "UdpSocket":
        """Bind the socket. Raises `InputError` where the system refuses."""
        return UdpSocket(self, buffer)

    async def open_tcp(self, buffer: Buffer) -> "TcpServer":
        """Bind and listen. Raises `InputError` where the system refuses."""
        server = TcpServer(self, buffer)
        await server.open()
        return server


class UdpSocket:
    """The datagrams of one listener: each is one message (RFC 5426)."""

    def __init__(self, listener: Listener, buffer: Buffer) -> None:
        self._listener = listener
        self._buffer = buffer
        address = listener.address
        try:
            family, kind, protocol, _, bound = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, listener.receive_buffer_bytes)
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, SO_RXQ_OVFL, 1)
            self._socket.setblocking(False)
            self._socket.bind(bound)
        except OSError as error:
            raise _refused(listener, "UDP", error) from error
        # Linux doubles what was asked for, for its own book-keeping (socket(7)), and cuts it to net.core.rmem_max
        granted = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
        if granted < listener.receive_buffer_bytes:
            listener.note(
                f"{listener.name}: the system gave a receive buffer of {granted:,} bytes, {listener.receive_buffer_bytes:,}"
                " were asked for. Bursts may be dropped; raise net.core.rmem_max (sysctl)."
            )
        asyncio.get_running_loop().add_reader(self._socket, self._receive)

    @property
    def address(self) -> Address:
        """Return where it is bound, with the port that the system chose for port 0."""
        return Address(*self._socket.getsockname()[:2])

    def _receive(self) -> None:
        """Take the datagrams that have come, up to `DATAGRAMS_A_TURN`."""
        for _ in range(DATAGRAMS_A_TURN):
            if not self._receive_one():
                self._count_drops()
                return

    def _count_drops(self) -> None:
        """Count what was dropped behind the last datagram that came, of which no datagram tells."""
        with contextlib.suppress(OSError, struct.error):
            memory = self._socket.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, _MEMORY.size)
            account = self._listener.account
            account.kernel_dropped = max(account.kernel_dropped, _MEMORY.unpack(memory)[-1])

    def _receive_one(self) -> bool:
        """Take one datagram; return whether there was one."""
        try:
            content, ancillary, _flags, sender = self._socket.recvmsg(DATAGRAM_BYTES_MOST, socket.CMSG_SPACE(4))
        except (BlockingIOError, InterruptedError):
            return False
        account = self._listener.account
        for level, kind, value in ancillary:
            if level == socket.SOL_SOCKET and kind == SO_RXQ_OVFL:
                account.kernel_dropped = _DROPS.unpack(value)[0]
        peer = str(sender[0])
        content = content.rstrip(b"\r\n\x00")
        if not content:
            return True
        reason = "" if self._listener.allows(peer) else "network"
        if not reason and not self._buffer.has_room():
            reason = "buffer_full"
        if reason:
            account.count_received(content)
            account.dropped[reason] += 1
        else:
            fault = FrameFault.OVERSIZE if len(content) > self._listener.message_bytes_most else None
            self._listener.pass_on(self._buffer, self._listener.tenant, peer, content, fault)
        return True

    def close(self) -> None:
        """Take what has arrived, and close the socket."""
        asyncio.get_running_loop().remove_reader(self._socket)
        while self._receive_one():
            pass
        self._count_drops()
        self._socket.close()


class TcpServer:
    """The connections of one listener, plain or TLS."""

    def __init__(self, listener: Listener, buffer: Buffer) -> None:
        self._listener = listener
        self._buffer = buffer
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Bind and listen. Raises `InputError` where the system refuses."""
        address = self._listener.address
        try:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: _Connection(self._listener, self._buffer, self._connections),
                address.host,
                address.port,
                ssl=self._listener.tls,
            )
        except OSError as error:
            raise _refused(self._listener, "TCP", error) from error

    @property
    def address(self) -> Address:
        """Return where it is bound, with the port that the system chose for port 0."""
        assert self._server is not None  # noqa: S101 - an address is asked for once it is open
        return Address(*self._server.sockets[0].getsockname()[:2])

    async def close(self) -> None:
        """Take what has arrived, also on connections that wait to be accepted; then accept no more, and close all."""
        for _ in range(QUIET_ROUNDS):
            await asyncio.sleep(QUIET_SECONDS)
            if not sum(each.has_received() for each in self._connections):
                break
        if self._server is not None:
            self._server.close()
        for each in list(self._connections):
            each.close()
        while self._connections:
            await asyncio.sleep(0)


class _Connection(asyncio.Protocol):
    """One connection; it is not read while the buffer is full."""

    def __init__(self, listener: Listener, buffer: Buffer, connections: "set[_Connection]") -> None:
        self._listener = listener
        self._buffer = buffer
        self._connections = connections
        self._decoder = FrameDecoder(listener.message_bytes_most)
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._tenant = ""
        self._has_received = False
        self._waiting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection, or close it with its reason counted."""
        account = self._listener.account
        self._transport = cast("asyncio.Transport", transport)
        self._peer = str(transport.get_extra_info("peername")[0])
        self._tenant = self._listener.tenant or _certified_name(transport.get_extra_info("peercert"))
        refusal = ""
        if not self._listener.allows(self._peer):
            refusal = "network"
        elif len(self._connections) >= self._listener.connections_most:
            refusal = "too_many"
        elif not self._tenant:
            refusal = "certificate"
        if refusal:
            account.refused_connections[refusal] += 1
            self._transport.abort()
            self._transport = None
            return
        account.connections += 1
        self._connections.add(self)
        account.open_connections = len(self._connections)

    def data_received(self, data: bytes) -> None:
        """Pass the messages on that end here; stop reading where the buffer is full, or nothing more can be understood."""
        if self._transport is None:
            return
        self._has_received = True
        self._pass_on(self._decoder.feed(data))
        if self._decoder.is_broken:
            self._transport.close()
        elif not self._listener.drops_when_full and not self._buffer.has_room() and self._waiting is None:
            self._transport.pause_reading()
            self._waiting = asyncio.get_running_loop().create_task(self._resume())

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on what was left."""
        if self._transport is not None:
            self._pass_on(self._decoder.end(in_order=exc is None))
        self._transport = None
        self._connections.discard(self)
        self._listener.account.open_connections = len(self._connections)

    def has_received(self) -> bool:
        """Return whether anything has come since this was last asked, or still waits for room."""
        had, self._has_received = self._has_received, False
        return had or self._waiting is not None

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    async def _resume(self) -> None:
        await self._buffer.room()
        self._waiting = None
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _pass_on(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            if self._listener.drops_when_full and not self._buffer.has_room():
                self._listener.account.count_received(frame.content)
                self._listener.account.dropped["buffer_full"] += 1
            else:
                self._listener.pass_on(self._buffer, self._tenant, self._peer, frame.content, frame.fault)


def _certified_name(certificate: object) -> str:
    """Return the common name of a client's certificate, as `ssl.SSLSocket.getpeercert` returns it; empty for none."""
    if not isinstance(certificate, dict):
        return ""
    subject = certificate.get("subject", ())
    return next((value for part in subject for name, value in part if name == "commonName"), "")


def _refused(listener: Listener, protocol: str, error: OSError) -> InputError:
    where = f"{listener.address.host}:{listener.address.port}"
    return InputError(
        f"{listener.name}: {protocol} {where} cannot be listened on: {error.strerror or error}. Another program may hold the"
        " port, the address may not be of this machine, or a port below 1024 needs rights (CAP_NET_BIND_SERVICE)."
    )
