"""From a sender's socket to the event store: over UDP, TCP and TLS, through a topic of a real broker."""

import json
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path

import polars as pl
import pytest

from flows.process.stop_request import STOPPED_STATUS
from state.store.parquet_store import read_evidence, read_rejects
from tests.support.brokers import free_port
from tests.support.certificates import certificates
from tests.support.killing import durable_offsets, start, stop_live, wait_until
from tests.support.program import Running
from tests.support.topics import make_topic

STAMPED = "<13>Mar 17 07:22:%02d fw1 vpnd[7]: tunnel %d is up"
UNNAMED = "<13>Mar 17 07:22:30 "


class Intake:
    """A running `brainstem listen`, and the ports of its listeners."""

    def __init__(self, path: Path, listeners: int) -> None:
        self.ports: dict[tuple[str, str], int] = {}
        self.notes: list[str] = []
        self.process = Running(["listen", "--config", path], is_group=True)
        assert self.process.stderr is not None
        while len(self.ports) < listeners:
            note = self.process.stderr.readline().decode()
            assert note, self.notes
            self.notes.append(note)
            if ": listening on " in note:
                name, _, rest = note.partition(": listening on ")
                transport, _, _, port = rest.split()
                self.ports[name, transport] = int(port)

    def stop(self) -> str:
        """Ask it to stop, and return its account."""
        self.process.send_signal(signal.SIGTERM)
        account, told = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, told
        return account.decode()


def tls_listener(folder: Path) -> str:
    """Return the listener `branches`, whose clients need a certificate that names their tenant."""
    return f"""[[listen.syslog]]
name = "branches"
address = "127.0.0.1:0"
transports = ["tls"]
certificate = {json.dumps(str(folder / "localhost.pem"))}
key = {json.dumps(str(folder / "localhost.key"))}
client_ca = {json.dumps(str(folder / "ca.pem"))}
tenant_from = "certificate"
"""


def read_live(folder: Path, path: Path, messages: int) -> Path:
    """Read so many messages by a live run with the file of the intake, and return the folder of its results."""
    out = folder / "out"
    path.write_text(f"{path.read_text()}\n[run]\nout = {json.dumps(str(out))}\nsnapshot_seconds = 0.3\n")
    process = start(["run", "--config", str(path)])

    def has_read_all() -> bool:
        return sum(durable_offsets(out).values()) >= messages

    wait_until(process, has_read_all, found=lambda: durable_offsets(out))
    stop_live(process)
    return out


def test_what_is_sent_is_stored_once_under_its_tenant(kafka: str, tmp_path: Path) -> None:
    """Bytes as they came; without a host it has that of its peer; misframed bytes are a reject; a stop loses nothing."""
    folder = certificates(tmp_path)
    topic = make_topic(kafka, 3)
    path = tmp_path / "brainstem.toml"
    path.write_text(
        f"""
[listen]
account = {json.dumps(str(tmp_path / "account.json"))}
[listen.kafka]
brokers = "{kafka}"
topic = "{topic}"
[[listen.syslog]]
name = "office"
address = "127.0.0.1:0"
tenant = "acme"
{tls_listener(folder)}
[kafka]
idle_seconds = 1.0
brokers = "{kafka}"
topics = ["{topic}"]
[kafka.tenant]
by = "header"
header = "tenant"
"""
    )
    intake = Intake(path, 3)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for number in range(200):
            sender.sendto((STAMPED % (number % 60, number)).encode(), ("127.0.0.1", intake.ports["office", "udp"]))
    with socket.create_connection(("127.0.0.1", intake.ports["office", "tcp"])) as sender:
        lines = [(STAMPED % (number % 60, number)).encode() for number in range(1000, 3000)]
        sender.sendall(b"".join(b"%d %s" % (len(line), line) if len(line) % 2 else line + b"\n" for line in lines))
        sender.sendall(b"8 <13>abcdefgh\n")
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "globex.pem", folder / "globex.key")
    context.check_hostname = False
    with (
        socket.create_connection(("127.0.0.1", intake.ports["branches", "tls"])) as plain,
        context.wrap_socket(plain) as sender,
    ):
        sender.sendall(b"".join(b"%d %s" % (len(line), line) for line in [(STAMPED % (7, 9000)).encode()] * 50))
        sender.unwrap()
    told = intake.stop()
    account = json.loads((tmp_path / "account.json").read_text())
    assert account["listeners"]["office"]["accepted"] == 2201
    assert account["listeners"]["office"]["rejected"] == {"wrong_count": 1}
    assert account["listeners"]["branches"]["accepted"] == 50
    assert account["acknowledged"] == 2252
    assert "office: 2,202 received, 2,201 accepted, 1 rejected (wrong_count)" in told

    out = read_live(tmp_path, path, 2252)
    stored = read_evidence(out).with_columns(pl.col("tenant").cast(pl.String), pl.col("host").cast(pl.String)).collect()
    assert dict(stored.group_by("tenant").len().iter_rows()) == {"acme": 2201, "globex": 50}
    sent = {(STAMPED % (number % 60, number)).encode() for number in (*range(200), *range(1000, 3000))}
    raws = stored.filter(pl.col("tenant") == "acme")["message_raw"].to_list()
    assert sorted(raws) == sorted([*sent, b"<13>abcd"])
    assert stored.filter(pl.col("message_raw") == b"<13>abcd")["host"].to_list() == ["127.0.0.1"]
    assert set(stored.filter(pl.col("message_raw") != b"<13>abcd")["host"]) == {"fw1"}
    rejects = read_rejects(out).collect()
    assert [(row["reason"], row["raw"]) for row in rejects.iter_rows(named=True)] == [("misframed", b"efgh\n")]


def test_a_client_without_a_certificate_comes_to_nothing(kafka: str, tmp_path: Path) -> None:
    """Where clients need one; the listener goes on, and says how many it received."""
    folder = certificates(tmp_path)
    topic = make_topic(kafka, 1)
    path = tmp_path / "brainstem.toml"
    path.write_text(
        f"""
[listen.kafka]
brokers = "{kafka}"
topic = "{topic}"
{tls_listener(folder)}
"""
    )
    intake = Intake(path, 1)
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.check_hostname = False
    assert _is_refused(("127.0.0.1", intake.ports["branches", "tls"]), context)
    assert "branches: 0 received" in intake.stop()


def _is_refused(where: tuple[str, int], context: ssl.SSLContext) -> bool:
    """Return whether the server ends a connection: within the handshake (TLS 1.2), or at the first read (TLS 1.3)."""
    try:
        with socket.create_connection(where) as plain, context.wrap_socket(plain) as sender:
            sender.sendall(b"<13>stranger\n")
            return sender.recv(1) == b""
    except OSError:
        return True


def test_a_stop_while_brokers_are_away_says_what_they_do_not_have(tmp_path: Path) -> None:
    """It waits no longer than it was told to, and the account shows what was accepted and not acknowledged."""
    path = tmp_path / "brainstem.toml"
    path.write_text(
        f"""
[listen]
account = {json.dumps(str(tmp_path / "account.json"))}
stop_seconds = 1
[listen.kafka]
brokers = "127.0.0.1:{free_port()}"
topic = "syslog"
[[listen.syslog]]
name = "office"
address = "127.0.0.1:0"
tenant = "acme"
"""
    )
    intake = Intake(path, 2)
    with socket.create_connection(("127.0.0.1", intake.ports["office", "tcp"])) as sender:
        sender.sendall(b"<13>kept\n")
    intake.process.send_signal(signal.SIGTERM)
    told = intake.process.communicate(timeout=60)[1].decode()
    assert intake.process.returncode == STOPPED_STATUS
    assert "is lost" in told
    assert "Traceback" not in told
    account = json.loads((tmp_path / "account.json").read_text())
    assert account["listeners"]["office"]["accepted"] == 1
    assert account["acknowledged"] == 0


def test_a_message_of_a_real_sender_arrives(kafka: str, tmp_path: Path) -> None:
    """`logger` of util-linux, over TCP with octet counts and over UDP."""
    logger = shutil.which("logger")
    if logger is None:
        pytest.skip("no logger (util-linux) to send with: install it")
    topic = make_topic(kafka, 1)
    path = tmp_path / "brainstem.toml"
    path.write_text(
        f'[kafka]\nbrokers = "{kafka}"\ntopics = ["{topic}"]\n[listen.kafka]\nbrokers = "{kafka}"\ntopic = "{topic}"\n'
        '[[listen.syslog]]\nname = "office"\naddress = "127.0.0.1:0"\ntenant = "acme"\n'
    )
    intake = Intake(path, 2)
    for transport, flags in (("udp", ["-d"]), ("tcp", ["-T", "--octet-count"])):
        port = str(intake.ports["office", transport])
        subprocess.run(
            [
                logger,
                "-n",
                "127.0.0.1",
                "-P",
                port,
                *flags,
                "-t",
                "pumpd",
                "-p",
                "daemon.warning",
                f"dry over {transport}",
            ],
            check=True,
        )
    assert "office: 2 received, 2 accepted" in intake.stop()
    out = read_live(tmp_path, path, 2)
    stored = read_evidence(out).collect()
    assert read_rejects(out).collect().is_empty()
    assert sorted(zip(stored["service"].cast(pl.String), stored["severity_number"], strict=True)) == [("pumpd", 13)] * 2
    assert {b"udp", b"tcp"} == {raw.rsplit(b" ", 1)[1] for raw in stored["message_raw"].to_list()}
