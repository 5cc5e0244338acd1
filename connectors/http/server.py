"""The connections of an HTTP listener, plain or TLS: uvicorn's protocol, with bounds on what a connection may cost.

uvicorn waits without end for the first byte of a connection, and for the rest of a head once it has begun. Here each
connection has a time for that. When there are as many connections as there may be, the one that has waited longest without
a request is closed for the new one, so that idle ones keep nobody out.
"""

import asyncio
import contextlib
import ipaddress
import ssl
import time
from collections.abc import Sequence
from email.utils import formatdate
from typing import Final

import h11
from typing_extensions import override
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from connectors.base import InputError
from connectors.http.application import HttpIntake, HttpListener
from connectors.received import Buffer

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
HEAD_BYTES_MOST: Final = 64 << 10
BACKLOG: Final = 512
TLS_HANDSHAKE_SECONDS: Final = 10.0
KEEP_ALIVE_SECONDS: Final = 75
"""how long a connection may wait between two requests: a sender that finds it closed has to send again"""
STOP_SECONDS: Final = 10.0
"""how long a stop waits for requests that are being received or answered"""
STOP_LOOK_SECONDS: Final = 0.02


class HttpServer:
    """The socket and the connections of one listener."""

    def __init__(
        self,
        listener: HttpListener,
        buffer: Buffer,
        networks: Sequence[Network] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.listener = listener
        self._networks = networks
        self._tls = tls
        self._intake = HttpIntake(listener, buffer)
        self._config = Config(
            self._intake.application,
            http=H11Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            # what is wrong with a request is counted, and what is wrong with this program is noted
            log_level="critical",
            access_log=False,
            # the address of a sender is that of its connection, whatever a header says
            proxy_headers=False,
            server_header=False,
            date_header=False,
            h11_max_incomplete_event_size=HEAD_BYTES_MOST,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        self._config.load()
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._bound: tuple[str, int] = ("", 0)
        self._connections: dict[_Connection, None] = {}
        """in the order in which they last had a request"""

    async def open(self, host: str, port: int) -> None:
        """Bind and listen. Raises `InputError` where the system refuses."""
        loop = asyncio.get_running_loop()

        def connection() -> _Connection:
            return _Connection(self, self._config, self._state)

        try:
            timeout = None if self._tls is None else TLS_HANDSHAKE_SECONDS
            self._server = await loop.create_server(
                connection, host, port, ssl=self._tls, backlog=BACKLOG, ssl_handshake_timeout=timeout
            )
        except OSError as error:
            raise InputError(
                f"{self.listener.name}: HTTP {host}:{port} cannot be listened on: {error.strerror or error}. Another program"
                " may hold the port, the address may not be of this machine, or a port below 1024 needs rights"
                " (CAP_NET_BIND_SERVICE)."
            ) from error
        self._bound = self._server.sockets[0].getsockname()[:2]
        self.refresh_date()

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port where it is bound, with the port that the system chose for port 0."""
        return self._bound

    @property
    def connected(self) -> int:
        """Return how many connections there are."""
        return len(self._connections)

    async def close(self) -> None:
        """Accept no more connections, answer what is being received, and close."""
        if self._server is not None:
            self._server.close()
        for each in list(self._connections):
            each.shutdown()
        ends = time.monotonic() + STOP_SECONDS
        while (self._state.tasks or self._intake.has_unsettled) and time.monotonic() < ends:
            await asyncio.sleep(STOP_LOOK_SECONDS)
        for task in list(self._state.tasks):
            task.cancel()
        for each in list(self._connections):
            each.abort()
        # a closed transport tells its protocol in the next turn of the loop
        while self._connections:
            await asyncio.sleep(0)
        self._intake.close()

    def refusal(self, peer: str) -> str:
        """Return why a connection may not come in, empty where it may."""
        if not self._networks:
            return ""
        address = ipaddress.ip_address(peer.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return "" if any((mapped or address) in network for network in self._networks) else "network"

    def admit(self, connection: "_Connection") -> str:
        """Take a connection, closing the one that has waited longest for too many; return why it may not come in."""
        refusal = self.refusal(connection.peer)
        if refusal:
            return refusal
        if len(self._connections) >= self.listener.limits.connections_most:
            idle = next((each for each in self._connections if not each.is_busy), None)
            if idle is None:
                return "too_many"
            self.listener.account.refused_connections["idle"] += 1
            idle.abort()
            self._connections.pop(idle, None)
        self._connections[connection] = None
        self.listener.account.connections += 1
        self.listener.account.open_connections = len(self._connections)
        return ""

    def touch(self, connection: "_Connection") -> None:
        """Note that a connection has a request."""
        if connection in self._connections:
            del self._connections[connection]
            self._connections[connection] = None
        self.refresh_date()

    def forget(self, connection: "_Connection") -> None:
        """Note that a connection is closed."""
        self._connections.pop(connection, None)
        self.listener.account.open_connections = len(self._connections)

    def refresh_date(self) -> None:
        """Write the date of answers anew (RFC 9110, 6.6.1)."""
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]


class _Connection(H11Protocol):
    """One connection, with a time for the head of each request."""

    def __init__(self, server: HttpServer, config: Config, state: ServerState) -> None:
        super().__init__(config=config, server_state=state, app_state={})
        self._owner = server
        self._waits: asyncio.TimerHandle | None = None
        self.peer = ""

    @property
    def is_busy(self) -> bool:
        """Return whether a request is being received or answered."""
        return self.cycle is not None and not self.cycle.response_complete

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.peer = str(transport.get_extra_info("peername")[0])
        refusal = self._owner.admit(self)
        if refusal:
            self._owner.listener.account.refused_connections[refusal] += 1
            transport.abort()
            return
        self._wait_for_head()

    @override
    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        try:
            super().data_received(data)
        except (h11.LocalProtocolError, UnicodeError):
            # uvicorn answers bytes that are no HTTP, which is not possible once another answer has begun
            self.abort()
            return
        if self.is_busy:
            self._owner.touch(self)
            self._stop_waiting()
        else:
            self._wait_for_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._owner.forget(self)
        super().connection_lost(exc)

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        # what came ahead of the answer may be the beginning of the next head
        if not self.is_busy and self.conn.trailing_data[0]:
            self._wait_for_head()

    @override
    def send_400_response(self, msg: str) -> None:
        account = self._owner.listener.account
        account.requests += 1
        account.refused_requests["malformed"] += 1
        super().send_400_response(msg)

    @override
    def shutdown(self) -> None:
        with contextlib.suppress(h11.LocalProtocolError):
            super().shutdown()

    def abort(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    def _wait_for_head(self) -> None:
        """Begin to wait for the head of a request, unless it is waited for already."""
        if self._waits is None and not self.transport.is_closing():
            self._waits = self.loop.call_later(self._owner.listener.limits.head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _give_up(self) -> None:
        self._waits = None
        self._owner.listener.account.refused_connections["idle"] += 1
        self.transport.close()
