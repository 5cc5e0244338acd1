"""A FortiGate as docs/listen.md sets it up: what one sends in each mode and format, to the listeners given there.

None runs here. The messages have the fields of a tunnel that goes down, in the forms that FortiOS writes
(https://docs.fortinet.com/document/fortigate/7.4.1/cli-reference/405620/config-log-syslogd-setting for modes and formats,
https://docs.fortinet.com/document/fortigate/7.4.1/fortios-log-message-reference for the fields, with its part on CEF), each
also with the line feed or NUL that some versions send at the end.
"""

import re
import socket
import ssl
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.syslog.framing import FrameDecoder
from state.store.parquet_store import read_evidence, read_rejects
from tests.support.beside import Beside
from tests.support.certificates import certificates
from tests.support.parsing import at, batch_of

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "listen.md").read_text()
EVENT = (
    'logid="0101037138" type="event" subtype="vpn" level="error" vd="root" logdesc="IPsec connection status changed" '
    'msg="IPsec connection status change" action="tunnel-down" vpntunnel="hq-1"'
)
STAMP = 'eventtime=1709647629123456789 tz="+0100"'
WHEN = datetime(2024, 3, 5, 14, 7, 9, tzinfo=UTC)
ERROR = 17
MESSAGES = {
    "default": f'<187>date=2024-03-05 time=15:07:09 devname="fw-edge-01" devid="FG100FTK20000000" {STAMP} {EVENT}',
    "rfc5424": f"<187>1 2024-03-05T15:07:09+01:00 fw-edge-01 - - - - {STAMP} {EVENT}",
    "cef": "<187>Mar 05 15:07:09 fw-edge-01 CEF:0|Fortinet|Fortigate|v7.4.1|37138|event:vpn tunnel-down|5|"
    "deviceExternalId=FG100FTK20000000 FTNTFGTeventtime=1709647629123456789 FTNTFGTtz=+0100 FTNTFGTlogid=0101037138"
    " cat=event:vpn FTNTFGTsubtype=vpn FTNTFGTlevel=error FTNTFGTvd=root"
    " FTNTFGTlogdesc=IPsec connection status changed msg=IPsec connection status change act=tunnel-down"
    " FTNTFGTvpntunnel=hq-1",
    "json": '<187>{"date":"2024-03-05","time":"15:07:09","devname":"fw-edge-01","devid":"FG100FTK20000000",'
    '"eventtime":1709647629123456789,"tz":"+0100","logid":"0101037138","type":"event","subtype":"vpn",'
    '"level":"error","vd":"root","logdesc":"IPsec connection status changed",'
    '"msg":"IPsec connection status change","action":"tunnel-down","vpntunnel":"hq-1"}',
}
ENDS = {"as it is": b"", "with a line feed": b"\n", "with NUL": b"\x00"}


def counted(message: bytes) -> bytes:
    """Return a message as `set mode reliable` sends it (RFC 6587, 3.4.1)."""
    return b"%d %s" % (len(message), message)


def settings() -> dict[str, str]:
    """Return what the documented commands set."""
    commands = re.search(r"^config log syslogd setting\n(.*?)^end", GUIDE, re.M | re.S)
    assert commands is not None
    return dict(re.findall(r"^ +set (\S+) \"?([^\"\n]+)\"?$", commands[1], re.M))


def listeners() -> list[dict[str, Any]]:
    """Return the documented listeners."""
    table = re.search(r"^```toml\n(\[\[listen\.syslog\]\]\nname = \"firewalls\"\n.*?)^```", GUIDE, re.M | re.S)
    assert table is not None
    found: list[dict[str, Any]] = tomllib.loads(table[1])["listen"]["syslog"]
    return found


def test_the_documented_commands_lead_to_the_documented_listeners() -> None:
    """Server and port are those of the first for TCP and UDP; those of TLS are the second's."""
    plain, tls = listeners()
    given = settings()
    assert f"{given['server']}:{given['port']}" == plain["address"]
    assert (given["status"], given["mode"], given["format"], given["enc-algorithm"]) == (
        "enable",
        "reliable",
        "default",
        "disable",
    )
    assert "transports" not in plain
    assert tls["transports"] == ["tls"]
    assert f"`set port {tls['address'].rpartition(':')[2]}`" in " ".join(GUIDE.split())


@pytest.mark.parametrize("end", ENDS.values(), ids=list(ENDS))
@pytest.mark.parametrize("form", MESSAGES)
def test_name_time_and_level_are_those_of_the_device(form: str, end: bytes) -> None:
    """In each format, from a datagram as from a counted message."""
    (frame,) = FrameDecoder(262_144).feed(counted(MESSAGES[form].encode() + end))
    assert (frame.content, frame.fault) == (MESSAGES[form].encode(), None)
    batch = batch_of(frame.content + b"\n", WHEN, zone="Europe/Berlin")
    assert at(batch.event_time[0]).replace(microsecond=0) == WHEN
    assert (batch.hosts[batch.host[0]], batch.severity[0]) == ("fw-edge-01", ERROR)
    assert b"IPsec connection status change" in batch.message(0)
    assert b"tunnel-down" in batch.message(0)


@contextmanager
def by_datagram(beside: Beside, _: ssl.SSLContext) -> Iterator[Callable[[bytes], object]]:
    """Yield how `set mode udp` sends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", beside.ports["firewalls", "udp"]))
        yield sender.send


@contextmanager
def by_stream(beside: Beside, _: ssl.SSLContext) -> Iterator[Callable[[bytes], object]]:
    """Yield how `set mode reliable` sends."""
    with socket.create_connection(("127.0.0.1", beside.ports["firewalls", "tcp"])) as sender:
        yield lambda message: sender.sendall(counted(message))


@contextmanager
def by_tls(beside: Beside, trust: ssl.SSLContext) -> Iterator[Callable[[bytes], object]]:
    """Yield how `set mode reliable` with `set enc-algorithm high` sends."""
    address = ("127.0.0.1", beside.ports["firewalls-tls", "tls"])
    with socket.create_connection(address) as plain, trust.wrap_socket(plain) as sender:
        yield lambda message: sender.sendall(counted(message))
        sender.unwrap()


@pytest.mark.long
def test_all_modes_and_formats_are_in_evidence_of_the_tenant(tmp_path: Path) -> None:
    """With the documented file but for addresses and paths, each message once."""
    folder = certificates(tmp_path)
    given = GUIDE[GUIDE.index('[[listen.syslog]]\nname = "firewalls"\n') :].partition("```")[0]
    for was, now in (
        ("192.168.10.2:514", "127.0.0.1:0"),
        ("192.168.10.2:6514", "127.0.0.1:0"),
        ("192.168.10.0/24", "127.0.0.0/8"),
        ("/etc/brainstem/server.pem", str(folder / "localhost.pem")),
        ("/etc/brainstem/server.key", str(folder / "localhost.key")),
    ):
        given = given.replace(was, now)
    path = tmp_path / "brainstem.toml"
    path.write_text(f'[run]\nout = "{tmp_path / "out"}"\nsnapshot_seconds = 0.3\n[kafka]\nidle_seconds = 1.0\n{given}')
    beside = Beside(path, listeners=3)
    trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    trust.check_hostname = False
    sent = [message.encode() + end for message in MESSAGES.values() for end in ENDS.values()]
    ways = (by_datagram, by_stream, by_tls)
    for way in ways:
        with way(beside, trust) as send:
            for message in sent:
                send(message)
    beside.wait_until_consumed(tmp_path / "out-spool", len(ways) * len(sent))
    assert beside.stop() == 0, beside.told
    assert read_rejects(tmp_path / "out").collect().is_empty()
    stored = read_evidence(tmp_path / "out").collect()
    assert len(stored) == len(ways) * len(sent)
    named = {(str(each["tenant"]), str(each["host"]), each["severity_number"]) for each in stored.iter_rows(named=True)}
    assert named == {("acme", "fw-edge-01", ERROR)}
    assert set(stored["event_time"].dt.truncate("1s").cast(pl.Int64).to_list()) == {int(WHEN.timestamp()) * 1_000_000}
