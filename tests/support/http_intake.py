"""A real HTTP listener on a loopback port of its own, and clients for it: urllib, and sockets where a client would not do.

The buffer keeps messages in a list; a test says when they are durable, whether there is room, and whether it has failed.
"""

import asyncio
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from connectors.http.account import HttpAccount
from connectors.http.application import HttpLimits, HttpListener
from connectors.http.hooks.registry import readers
from connectors.http.server import HttpServer, Network
from connectors.http.tokens import Token
from connectors.kept_requests import KeptRequest
from connectors.received import Buffer, BufferFailedError, ReceivedMessage

T = TypeVar("T")
ANSWER_SECONDS = 20


@dataclass
class ListBuffer(Buffer):
    """A buffer in memory. What is put is durable at once while `keeps`, else once `keep` is called."""

    keeps: bool = True
    has_failed: bool = False
    is_full: bool = False
    messages: list[ReceivedMessage] = field(default_factory=list)
    durable_up_to: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    kept: Sequence[KeptRequest] | None = None
    """requests of an earlier start; None for a buffer that keeps none"""

    def kept_requests(self) -> Sequence[KeptRequest] | None:
        """Return what the test has left."""
        return self.kept

    def has_room(self) -> bool:
        """Return whether the test left room."""
        return not self.is_full

    async def room(self) -> None:
        """Wait until the test leaves room."""
        while self.is_full:
            self.changed.clear()
            await self.changed.wait()

    def put(self, message: ReceivedMessage) -> int:
        """Keep a message."""
        self.messages.append(message)
        if self.keeps:
            self.durable_up_to = len(self.messages)
        return len(self.messages)

    async def durable(self, number: int) -> None:
        """Wait until the test has made so many durable."""
        while self.durable_up_to < number:
            if self.has_failed:
                raise BufferFailedError("the disk is gone")
            self.changed.clear()
            await self.changed.wait()

    def keep(self) -> None:
        """Make all that was put durable."""
        self.durable_up_to = len(self.messages)
        self.changed.set()

    def fail(self) -> None:
        """End for good."""
        self.has_failed = True
        self.changed.set()

    @property
    def contents(self) -> list[bytes]:
        """Return the bytes that were put, in order."""
        return [message.content for message in self.messages]


class Reply(NamedTuple):
    """An answer of the listener."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class RunningListener:
    """A listener on an event loop of its own, which a thread runs."""

    def __init__(self, server: HttpServer, buffer: ListBuffer, loop: asyncio.AbstractEventLoop, secure: bool) -> None:
        self.buffer = buffer
        self._server = server
        self.loop = loop
        self._scheme = "https" if secure else "http"

    @property
    def account(self) -> HttpAccount:
        """Return the account of the listener."""
        return self._server.listener.account

    @property
    def address(self) -> tuple[str, int]:
        """Return where it listens."""
        return self._server.address

    @property
    def is_connected(self) -> bool:
        """Return whether anybody is."""
        return self._server.connected > 0

    def call(self, what: Callable[[], T]) -> T:
        """Call a function on the loop of the listener."""

        async def called() -> T:
            return what()

        return self.run(called())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop of the listener, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(ANSWER_SECONDS)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait on the loop of the listener until something holds."""

        async def waits() -> None:
            async with asyncio.timeout(ANSWER_SECONDS):
                while not holds():
                    await asyncio.sleep(0.001)

        self.run(waits())

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        trust: ssl.SSLContext | None = None,
    ) -> Reply:
        """Send one request on a connection of its own."""
        host, port = self.address
        request = urllib.request.Request(  # noqa: S310 - the address is that of the listener
            f"{self._scheme}://{host}:{port}{path}", body, dict(headers), method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS, context=trust) as reply:  # noqa: S310 - as above
                return Reply(reply.status, dict(reply.headers), reply.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers), error.read())

    def post(self, path: str, body: bytes, media_type: str = "application/json", **headers: str) -> Reply:
        """Post a body; underscores in names of headers are hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, body, {"Content-Type": media_type, **named})

    def connect(self) -> socket.socket:
        """Return a connection."""
        return socket.create_connection(self.address, timeout=ANSWER_SECONDS)


@contextmanager
def running_listener(
    limits: HttpLimits | None = None,
    *,
    tokens: Sequence[Token] = (),
    networks: Sequence[Network] = (),
    tls: ssl.SSLContext | None = None,
    rows: Mapping[str, Mapping[str, Any]] | None = None,
    kept: Sequence[KeptRequest] | None = None,
) -> Iterator[RunningListener]:
    """Run a listener of the tenant acme until the test is through with it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    notes: list[str] = []
    listener = HttpListener("office", "acme", tokens, limits or HttpLimits(), readers(rows or {}), notes.append)

    async def opened() -> tuple[HttpServer, ListBuffer]:
        buffer = ListBuffer(kept=kept)
        server = HttpServer(listener, buffer, networks, tls)
        await server.open("127.0.0.1", 0)
        return server, buffer

    try:
        server, buffer = asyncio.run_coroutine_threadsafe(opened(), loop).result(ANSWER_SECONDS)
        running = RunningListener(server, buffer, loop, tls is not None)
        try:
            yield running
        finally:
            asyncio.run_coroutine_threadsafe(server.close(), loop).result(ANSWER_SECONDS)
            assert not notes, notes
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
