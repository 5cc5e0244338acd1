"""A live run answers for its status over HTTP: the numbers of its files, and 503 with the reason when it is not well."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from connectors.base import InputError
from flows.config.addresses import StatusAddress
from flows.process.metrics import METRICS
from flows.process.status import StatusBoard
from flows.process.status_server import CLIENTS_MOST, status_served
from tests.support.live_folder import write_accounts, write_intake_account
from tests.support.status_client import get, named, samples

ANY_PORT = StatusAddress("127.0.0.1", 0)
LABELS = {"source", "listener", "reason", "part"}


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Yield the port at which a run of one process into `tmp_path` answers."""
    with status_served(ANY_PORT, tmp_path, 1) as bound:
        assert bound is not None
        yield bound[1]


def test_metrics_are_the_numbers_of_the_files(tmp_path: Path, port: int) -> None:
    """By source, listener and reason; the tenants of a listener are summed up and named nowhere."""
    path = tmp_path / "listen.json"
    board = StatusBoard(tmp_path, 0, path)
    board.ready()
    board.received(43, "spool:office@acme", 1_796_040_000_000_000)
    board.received(0, "spool:office@globex", 1_796_040_007_500_000)
    board.received(0, "spool:office@globex", 1_796_040_006_000_000)
    board.write(now=True)
    write_accounts(tmp_path, "spool:office@acme", "spool:office@a customer's own name", "kafka:logs/3@globex")
    write_intake_account(path)
    page = get(port, "/metrics")
    assert page.status == 200
    assert page.media_type.startswith("text/plain; version=")
    found = samples(page.text)
    expected = {
        named("brainstem_healthy"): 1,
        named("brainstem_ready"): 1,
        named("brainstem_read_records_total"): 43,
        named("brainstem_families_evicted_total"): 7,
        named("brainstem_last_received_time_seconds", source="spool:office"): 1_796_040_007.5,
        named("brainstem_records_received_total", source="spool:office"): 86,
        named("brainstem_received_bytes_total", source="spool:office"): 860,
        named("brainstem_records_received_total", source="kafka:logs/3"): 43,
        named("brainstem_records_rejected_total", source="spool:office", reason="misframed"): 6,
        named("brainstem_records_dropped_total", source="kafka:logs/3", reason="shed"): 10,
        named("brainstem_records_unread_total", source="kafka:logs/3", reason="time_received"): 30,
        named("brainstem_listener_received_total", listener="office"): 9,
        named("brainstem_listener_rejected_total", listener="office", reason="oversize"): 1,
        named("brainstem_listener_dropped_total", listener="office", reason="buffer_full"): 3,
        named("brainstem_listener_kernel_dropped_total", listener="office"): 4,
        named("brainstem_listener_requests_total", listener="web"): 2,
        named("brainstem_listener_refused_requests_total", listener="web", reason="too_large"): 1,
        named("brainstem_spool_unread_messages"): 2,
        named("brainstem_spool_bytes"): 4096,
        named("brainstem_spool_oldest_age_seconds"): 60,
    }
    assert {key: found.get(key) for key in expected} == expected
    assert not re.search("acme|customer|globex", page.text)
    assert {label for _, labels in found for label, _ in labels} == LABELS
    ours = {name for name, _ in found if name.startswith("brainstem_")}
    assert ours < {each.name for each in METRICS}
    assert all(
        re.search(r"_(total|seconds|bytes|messages|topics|hosts|connections|troubles|healthy|ready)$", each)
        for each in ours
    )


def test_a_balance_can_be_made_from_the_metrics(tmp_path: Path, port: int) -> None:
    """Received is what was stored, rejected, dropped and held already, for each source."""
    StatusBoard(tmp_path, 0).write(now=True)
    write_accounts(tmp_path, "spool:office@acme", "kafka:logs/3")
    sums: dict[str, float] = {}
    for (name, labels), value in samples(get(port, "/metrics").text).items():
        source = dict(labels).get("source")
        if source is not None and re.fullmatch("brainstem_records_(stored|rejected|dropped|duplicate)_total", name):
            sums[source] = sums.get(source, 0) + value
    assert sums == {"spool:office": 43, "kafka:logs/3": 43}


def test_health_is_that_of_the_status_with_its_reason(tmp_path: Path, port: int) -> None:
    """Before a status, while one begins, reads or waits, once it is silent, and once it has stopped."""
    seen = [get(port, path) for path in ("/healthz", "/readyz", "/metrics")]
    assert [each.status for each in seen] == [503, 503, 503]
    assert all("holds no status" in each.text for each in seen[::2])
    board = StatusBoard(tmp_path, 0)
    board.write("starting", now=True)
    assert [get(port, path).status for path in ("/healthz", "/readyz")] == [200, 503]
    board.ready()
    board.write(now=True)
    assert [get(port, path).status for path in ("/healthz", "/readyz")] == [200, 200]
    board.trouble(0, "the brokers are away")
    board.write(now=True)
    assert [get(port, path).status for path in ("/healthz", "/readyz")] == [200, 200]
    file = tmp_path / "status-0.json"
    long_ago = (datetime.now(UTC) - timedelta(minutes=1)).isoformat(timespec="milliseconds")
    file.write_bytes(orjson.dumps({**orjson.loads(file.read_bytes()), "written_at": long_ago}))
    for path in ("/healthz", "/readyz"):
        assert get(port, path)[::2] == (503, f"process 0 has written no status since {long_ago}\n")
    assert samples(get(port, "/metrics").text)[named("brainstem_healthy")] == 0
    board.write("stopped", now=True)
    assert get(port, "/healthz")[::2] == (503, "process 0 has stopped\n")


def test_a_run_is_not_ready_by_the_status_of_the_one_before(tmp_path: Path) -> None:
    """One that was killed a moment ago still looks alive; and all processes must have begun."""
    board = StatusBoard(tmp_path, 0)
    board.ready()
    board.write(now=True)
    with status_served(ANY_PORT, tmp_path, 2) as bound:
        assert bound is not None
        assert get(bound[1], "/readyz").text == "0 of 2 processes have begun\n"
        boards = [StatusBoard(tmp_path, number) for number in range(2)]
        for number, each in enumerate(boards):
            each.ready()
            each.write(now=True)
            assert get(bound[1], "/readyz").status == (200 if number else 503)


def test_damaged_files_and_odd_requests_are_answered(tmp_path: Path, port: int) -> None:
    """A half-written or foreign file makes an answer of 503, and the next answer is right again."""
    board = StatusBoard(tmp_path, 0)
    board.write(now=True)
    good = (tmp_path / "status-0.json").read_bytes()
    for damaged in (b"", b"[]", b"{}", good[:40], b'"\xff"'):
        (tmp_path / "status-0.json").write_bytes(damaged)
        for path in ("/metrics", "/healthz", "/readyz"):
            assert get(port, path).status == 503
    (tmp_path / "status-0.json").write_bytes(good)
    assert get(port, "/healthz?verbose=1").status == 200
    assert get(port, "/healthz", "HEAD") == (200, "text/plain; charset=utf-8", "")
    assert get(port, "/").status == 404
    assert get(port, "/healthz", "POST").status == 501
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"\x16\x03\x01\x00\xa5\r\n\r\n")
        assert b"400" in client.recv(4096)
    assert get(port, "/healthz").status == 200


def test_clients_that_say_nothing_take_no_more_than_their_places(tmp_path: Path, port: int) -> None:
    """Further ones are turned away at once, and served again when there is room; the end waits for nobody."""
    StatusBoard(tmp_path, 0).write(now=True)
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(CLIENTS_MOST)]
    with socket.create_connection(("127.0.0.1", port)) as turned_away:
        assert turned_away.recv(1) == b""
    # its place is free before the end of its connection is seen
    idle[0].sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
    while idle[0].recv(4096):
        pass
    with socket.create_connection(("127.0.0.1", port)) as again:
        again.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert again.recv(12).startswith(b"HTTP/1.0 200")
    for each in idle:
        each.close()


def test_nothing_listens_unless_an_address_is_given(tmp_path: Path) -> None:
    """And one that is taken is refused with key and fix, before anything is read."""
    with status_served(None, tmp_path, 1) as bound:
        assert bound is None
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = StatusAddress("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(InputError, match=r"status\.address: 127\.0\.0\.1"), status_served(address, tmp_path, 1):
            pass
