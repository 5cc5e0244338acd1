"""The status of a live run over HTTP: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever supervises it.

A thread of the process that starts the run answers. It reads the files that the run writes, as `brainstem status` does, and
touches nothing of the run. What is wrong with an answer is wrong with that answer only; a client that says nothing is let
go, and only so many are served at a time.
"""

import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST
from typing_extensions import override

from connectors.base import InputError
from flows.config.addresses import StatusAddress
from flows.process.metrics import metrics_text
from flows.process.status import read_status
from flows.process.status_report import is_ready, status_report, unhealthy

CLIENT_SECONDS: Final = 5.0
"""how long a client may take to ask or to read"""
CLIENTS_MOST: Final = 8
"""served at a time; more are turned away"""
PLAIN_TEXT: Final = "text/plain; charset=utf-8"

Answer = tuple[HTTPStatus, str, bytes]
"""status, media type and content"""


class StatusPages:
    """The answers about the run into a folder that is to have so many processes."""

    def __init__(self, out: Path, processes: int) -> None:
        self._out = out
        self._processes = processes
        self._paths: dict[str, Callable[[], Answer]] = {
            "/metrics": self._metrics,
            "/healthz": self._healthz,
            "/readyz": self._readyz,
        }
        # an earlier run that was killed has left statuses that may still look alive
        self._earlier = {each["started_at"] for each in self._statuses_or_none()}

    def answer(self, path: str) -> Answer:
        """Return the answer to a request; 503 where the files of the run cannot be read, or there are none yet."""
        page = self._paths.get(path.partition("?")[0])
        if page is None:
            return _plain(HTTPStatus.NOT_FOUND, f"Ask for one of {', '.join(self._paths)}.")
        try:
            return page()
        except InputError as error:
            return _plain(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
        except Exception as error:  # noqa: BLE001 - a file may be damaged in any way, and the run must go on
            return _plain(HTTPStatus.SERVICE_UNAVAILABLE, f"the status cannot be read: {type(error).__name__}: {error}")

    def _metrics(self) -> Answer:
        return HTTPStatus.OK, CONTENT_TYPE_LATEST, metrics_text(status_report(self._out))

    def _healthz(self) -> Answer:
        if reasons := unhealthy(read_status(self._out)):
            return _plain(HTTPStatus.SERVICE_UNAVAILABLE, "\n".join(reasons))
        return _plain(HTTPStatus.OK, "ok")

    def _readyz(self) -> Answer:
        statuses = [each for each in read_status(self._out) if each["started_at"] not in self._earlier]
        if len(statuses) < self._processes:
            return _plain(HTTPStatus.SERVICE_UNAVAILABLE, f"{len(statuses)} of {self._processes} processes have begun")
        if not is_ready(statuses):
            reasons = unhealthy(statuses) or ["not all processes have begun to read"]
            return _plain(HTTPStatus.SERVICE_UNAVAILABLE, "\n".join(reasons))
        return _plain(HTTPStatus.OK, "ok")

    def _statuses_or_none(self) -> list[dict[str, Any]]:
        with suppress(InputError, OSError, ValueError):
            return read_status(self._out)
        return []


@contextmanager
def status_served(address: StatusAddress | None, out: Path, processes: int) -> Iterator[tuple[str, int] | None]:
    """Answer while the block runs; yield host and port, or None where there is no address.

    Raises `InputError` for an address that cannot be used.
    """
    if address is None:
        yield None
        return
    server = _server(address, StatusPages(out, processes))
    host, port = server.socket.getsockname()[:2]
    sys.stderr.write(f"status: listening on http {host} port {port}\n")
    thread = threading.Thread(target=server.serve_forever, name="status", daemon=True)
    thread.start()
    try:
        yield host, port
    finally:
        server.shutdown()
        server.server_close()


def _plain(status: HTTPStatus, text: str) -> Answer:
    return status, PLAIN_TEXT, f"{text}\n".encode("utf-8", "backslashreplace")


def _server(address: StatusAddress, pages: StatusPages) -> "_Server":
    try:
        family = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0][0]
        return _Server(family, (address.host, address.port), pages)
    except OSError as error:
        raise InputError(
            f"status.address: {address.host} port {address.port} cannot be listened on: {error.strerror}. Another run may"
            " have it; give each its own."
        ) from error


class _Server(socketserver.ThreadingTCPServer):
    """A thread for each client, and no more than `CLIENTS_MOST` of them."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int], pages: StatusPages) -> None:
        self.address_family = family
        self.pages = pages
        self._room = threading.BoundedSemaphore(CLIENTS_MOST)
        super().__init__(address, _Client)

    @override
    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            # no thread was begun
            self._room.release()
            raise

    @override
    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except Exception:  # noqa: BLE001 - a client may do anything, and only its own request ends of it
            self.handle_error(request, client_address)
        finally:
            # before the client sees that its connection is closed, so that it finds room when it asks again
            self._room.release()
            self.shutdown_request(request)

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write no line for a client that went away or was too slow."""


class _Client(BaseHTTPRequestHandler):
    """One request of one client; the connection is closed behind it."""

    timeout = CLIENT_SECONDS
    server: _Server

    @override
    def version_string(self) -> str:
        return "brainstem"

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Write no line for each request."""

    def do_GET(self) -> None:
        """Answer with the page."""
        self._send(has_content=True)

    def do_HEAD(self) -> None:
        """Answer as for the page, without its content."""
        self._send(has_content=False)

    def _send(self, *, has_content: bool) -> None:
        status, media_type, content = self.server.pages.answer(self.path)
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if has_content:
            self.wfile.write(content)
