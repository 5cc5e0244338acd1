"""What a listener can be made to do: who may send, how much one connection may cost, and what does not bring it down."""

import base64
import gc
import gzip
import ipaddress
import socket
import ssl
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from connectors.base import InputError
from connectors.http.admission import HeldBytes, RecordRate
from connectors.http.application import HttpLimits, HttpListener
from connectors.http.server import HttpServer
from connectors.http.tokens import tenant_of, token_of
from tests.support.certificates import certificates
from tests.support.http_intake import ListBuffer, RunningListener, running_listener

EVENTS = "/v1/events"
ACME, GLOBEX = "acme-0123456789abcdef", "globex-0123456789abcdef"
TOKENS = (token_of(ACME, "acme"), token_of(GLOBEX, "globex"))


def test_the_token_says_whose_messages_these_are() -> None:
    """As a bearer token, or as a password; nothing else in the request has a say."""
    claims = {"tenant": "initech", "X_Tenant": "initech", "X_Scope_OrgID": "initech"}
    basic = base64.b64encode(f"anybody:{GLOBEX}".encode()).decode()
    with running_listener(tokens=TOKENS) as listener:
        for authorization in (f"Bearer {ACME}", f"bearer  {GLOBEX}", f"Basic {basic}"):
            reply = listener.post(
                f"{EVENTS}?tenant=initech", b'{"tenant":"initech"}', Authorization=authorization, **claims
            )
            assert reply.status == 200
        assert [each.tenant for each in listener.buffer.messages] == ["acme", "globex", "globex"]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        f"Bearer {ACME}x",
        f"Bearer {ACME[:-1]}",
        ACME,
        f"Token {ACME}",
        "Basic !",
        f"Basic {ACME}",
        "Bearer \u00fc",
    ],
)
def test_without_a_token_nothing_comes_in(authorization: str | None) -> None:
    """On any path that takes records; the answer does not say what was wrong with it."""
    headers = {} if authorization is None else {"Authorization": authorization}
    with running_listener(tokens=TOKENS) as listener:
        for path in (EVENTS, "/v1/logs", "/v1/hooks/generic"):
            reply = listener.post(path, b"{}", **headers)
            assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
            assert ACME.encode() not in reply.body
        assert not listener.buffer.messages
        assert listener.account.refused_requests == {"unauthorized": 3}


def test_a_token_is_never_printed() -> None:
    """Only its digest is held, and even that is not shown."""
    assert repr(TOKENS) == "(Token(tenant='acme'), Token(tenant='globex'))"
    assert tenant_of(TOKENS, f"Bearer {GLOBEX}") == "globex"
    assert tenant_of((), f"Bearer {GLOBEX}") is None


def test_a_web_page_cannot_write_log_lines() -> None:
    """A browser says where a request comes from, and on loopback that is all that tells it from a shipper."""
    with running_listener() as listener:
        reply = listener.post(EVENTS, b"fake line", "text/plain", Origin="https://evil.example")
        assert (reply.status, reply.json["error"]) == (403, "origin")
        assert not listener.buffer.messages
    with running_listener(tokens=TOKENS) as listener:
        headers = {"Origin": "https://monitor.example", "Authorization": f"Bearer {ACME}"}
        assert listener.post(EVENTS, b"line", "text/plain", **headers).status == 200


def test_a_peer_outside_the_networks_is_closed_and_counted() -> None:
    """Before it can send anything; a forwarded address changes nothing."""
    elsewhere = (ipaddress.ip_network("192.0.2.0/24"),)
    with running_listener(networks=elsewhere) as listener, listener.connect() as sender:
        assert _is_closed(sender)
        listener.until(lambda: listener.account.refused_connections["network"] == 1)
    here = (ipaddress.ip_network("127.0.0.0/8"),)
    with running_listener(networks=here) as listener:
        assert listener.post(EVENTS, b"{}", X_Forwarded_For="192.0.2.7").status == 200
        assert listener.buffer.messages[0].peer == "127.0.0.1"


def _is_closed(sender: socket.socket) -> bool:
    try:
        return sender.recv(1) == b""
    except ConnectionError:
        return True


def test_more_than_a_tenant_may_send_is_told_to_come_later() -> None:
    """Without holding back another tenant."""
    with running_listener(HttpLimits(records_per_second=0.01), tokens=TOKENS) as listener:

        def send(token: str) -> int:
            return listener.post(EVENTS, b'[{"a":1},{"a":2}]', Authorization=f"Bearer {token}").status

        assert [send(ACME), send(ACME), send(GLOBEX)] == [200, 429, 200]
        reply = listener.post(EVENTS, b"{}", Authorization=f"Bearer {ACME}")
        assert 100 <= int(reply.headers["retry-after"]) <= 196
        assert listener.account.refused_requests == {"rate": 2}


def test_a_rate_is_kept_over_time() -> None:
    """What was taken too much is waited for, and what was not used lasts for a burst only."""
    now = 0.0
    rate = RecordRate(10, lambda: now)
    assert rate.wait_seconds("acme") == 0
    rate.take("acme", 250)
    assert rate.wait_seconds("acme") == 20
    now = 20.5
    assert rate.wait_seconds("acme") == 0
    now = 1000.0
    rate.take("acme", 49)
    assert rate.wait_seconds("acme") == 0
    rate.take("acme", 1)
    assert rate.wait_seconds("acme") == 1
    unbounded = RecordRate(0, lambda: now)
    unbounded.take("acme", 10**9)
    assert unbounded.wait_seconds("acme") == 0


def test_what_all_requests_hold_together_is_bounded() -> None:
    """Whoever passes the bound is refused, and what it held is free again."""
    held = HeldBytes(most=10)
    assert held.take(6)
    assert not held.take(6)
    held.release(6)
    assert held.take(4)
    held.release(10)
    assert held.held == 0


QUICK = HttpLimits(head_seconds=0.2, body_seconds=0.3)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST /v1/ev",
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/op",
    ],
)
def test_a_head_that_does_not_come_is_not_waited_for(sent: bytes) -> None:
    """Nor the next one on a connection that had a request; one byte now and then does not extend the time."""
    with running_listener(QUICK) as listener, listener.connect() as sender:
        sender.sendall(sent)
        began = time.monotonic()
        while not _is_closed(sender):
            pass
        assert time.monotonic() - began < 5
        listener.until(lambda: not listener.is_connected)


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    """It is told so, and the connection is closed."""
    with running_listener(QUICK) as listener, listener.connect() as sender:
        sender.sendall(
            b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nslow"
        )
        assert sender.recv(12) == b"HTTP/1.1 408"
        while sender.recv(4096):
            pass
        assert listener.account.refused_requests == {"slow": 1}
        assert not listener.buffer.messages


def test_a_connection_that_ends_within_a_body_stores_nothing() -> None:
    """Its sender will send all of it again."""
    with running_listener() as listener:
        with listener.connect() as sender:
            sender.sendall(
                b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 99\r\n\r\ncut"
            )
            listener.until(lambda: listener.account.requests == 1)
        listener.until(lambda: listener.account.refused_requests == {"disconnected": 1})
        assert not listener.buffer.messages


def test_idle_connections_keep_nobody_out() -> None:
    """Of as many as there may be, the one that waited longest is closed for a new one."""
    with running_listener(HttpLimits(connections_most=5)) as listener:
        idle = []
        for number in range(12):
            idle.append(listener.connect())
            listener.until(lambda number=number: listener.account.connections == number + 1)  # type: ignore[misc]  # bound now
            assert listener.post(EVENTS, b"{}").status == 200 if number == 11 else True
        assert listener.account.refused_connections["idle"] >= 7
        for each in idle:
            each.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
        b"POST /v1/events HTTP/1.1\r\nContent-Length: ten\r\n\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"a" * 70_000,
        b"\r\n\r\n\x00\xff",
    ],
)
def test_what_is_no_http_ends_its_connection_alone(sent: bytes) -> None:
    """It is counted, and others are served."""
    with running_listener(HttpLimits(head_seconds=1, body_seconds=1)) as listener:
        with listener.connect() as sender:
            sender.sendall(sent)
            while not _is_closed(sender):
                pass
        other = listener.connect()
        other.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
        assert other.recv(12) == b"HTTP/1.1 200"
        other.close()
        assert not listener.buffer.messages


def test_an_honest_sender_is_served_among_attackers() -> None:
    """Beside idle connections, slow bodies, bombs and 100,000 levels of brackets; all of these end, and nothing stays."""
    bomb = gzip.compress(bytes(20 << 20))
    with running_listener(HttpLimits(connections_most=400, head_seconds=2, body_seconds=2)) as listener:
        idle = [listener.connect() for _ in range(150)]
        slow = [listener.connect() for _ in range(50)]
        for each in slow:
            each.sendall(
                b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nx"
            )
        ended = threading.Event()
        statuses: set[int] = set()
        attackers = [
            threading.Thread(target=_attack, args=(listener, body, headers, ended, statuses))
            for body, headers in ((bomb, {"Content_Encoding": "gzip"}), (b"[" * 100_000, {}))
        ]
        for attacker in attackers:
            attacker.start()
        try:
            for number in range(100):
                assert listener.post(EVENTS, b'{"honest":%d}' % number).status == 200
        finally:
            ended.set()
            for attacker in attackers:
                attacker.join()
        assert statuses == {400, 413}
        assert listener.buffer.contents == [b'{"honest":%d}' % number for number in range(100)]
        listener.until(lambda: listener.account.refused_requests["slow"] == 50)
        for each in (*idle, *slow):
            each.close()
        listener.until(lambda: not listener.is_connected)
        assert listener.account.open_connections == 0 < listener.account.connections


def test_nothing_of_a_refused_body_stays_in_memory() -> None:
    """Also before the collector of cycles has run."""
    bomb = gzip.compress(bytes(64 << 20))
    with running_listener() as listener:
        assert listener.post(EVENTS, bomb, Content_Encoding="gzip").status == 413
        gc.collect()
        gc.disable()
        tracemalloc.start()
        try:
            for _ in range(5):
                assert listener.post(EVENTS, bomb, Content_Encoding="gzip").status == 413
            # an answer may arrive before the listener has let go of what it answered
            listener.until(lambda: tracemalloc.get_traced_memory()[0] < 2 << 20)
        finally:
            tracemalloc.stop()
            gc.enable()


def _attack(
    listener: RunningListener, body: bytes, headers: dict[str, str], ended: threading.Event, statuses: set[int]
) -> None:
    while not ended.is_set():
        statuses.add(listener.post(EVENTS, body, **headers).status)


def test_tls_is_spoken_with_the_certificate_that_was_given(tmp_path: Path) -> None:
    """A client without one of the authority does not come in where that is asked for."""
    folder = certificates(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "localhost.pem", folder / "localhost.key")
    server.load_verify_locations(folder / "ca.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    trust.check_hostname = False
    with running_listener(tls=server) as listener:
        assert _is_refused(listener, trust)
        trust.load_cert_chain(folder / "globex.pem", folder / "globex.key")
        reply = listener.request("POST", EVENTS, b"{}", {"Content-Type": "application/json"}, trust)
        assert reply.status == 200


def _is_refused(listener: RunningListener, trust: ssl.SSLContext) -> bool:
    """Return whether a connection ends within the handshake (TLS 1.2), or at the first read (TLS 1.3)."""
    try:
        with listener.connect() as plain, trust.wrap_socket(plain) as stranger:
            stranger.sendall(b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
            return stranger.recv(1) == b""
    except OSError:
        return True


def test_a_port_that_is_taken_is_told() -> None:
    """With what may be the reason."""
    with running_listener() as listener:

        async def open_again() -> None:
            server = HttpServer(HttpListener("second", "acme"), ListBuffer())
            try:
                await server.open(*listener.address)
            finally:
                await server.close()

        with pytest.raises(InputError, match="second: HTTP"):
            listener.run(open_again())
