"""From a client of HTTP to the event store, through a topic of a real broker and through a spool; what a run makes of it."""

import contextlib
import gzip
import http.client
import json
import random
import re
import shutil
import subprocess
import threading
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs

from connectors.spool.folder import Folder
from connectors.spool.places import place_of
from connectors.spool.reader import SpoolReader
from state.store.parquet_store import read_evidence, read_rejects
from tests.end_to_end.test_listen import Intake, read_live
from tests.support.beside import Beside
from tests.support.http_intake import running_listener
from tests.support.program import run
from tests.support.topics import make_topic

TOKEN = "0123456789abcdef0123"
TIME_NS = 1_796_040_000_000_000_000


def post(port: int, path: str, body: bytes, media_type: str, **headers: str) -> Any:
    """Post a body with the token, and return the answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        body,
        {"Content-Type": media_type, "Authorization": f"Bearer {TOKEN}", **named},
    )
    with urllib.request.urlopen(request, timeout=30) as reply:  # noqa: S310 - as above
        return reply.status, reply.read()


def logs() -> bytes:
    """Return a request of an exporter of OpenTelemetry with one record."""
    whole = ResourceLogs(scope_logs=[ScopeLogs(log_records=[LogRecord(time_unix_nano=TIME_NS)])])
    whole.scope_logs[0].log_records[0].body.CopyFrom(AnyValue(string_value="tunnel 7 is up"))
    for key, value in (("service.name", "vpnd"), ("host.name", "fw1")):
        whole.resource.attributes.append(KeyValue(key=key, value=AnyValue(string_value=value)))
    return bytes(ExportLogsServiceRequest(resource_logs=[whole]).SerializeToString())


def test_what_is_posted_is_stored_once_under_the_tenant_of_its_token(kafka: str, tmp_path: Path) -> None:
    """Events, log records of OpenTelemetry and alerts, with their rejects; a repeated request is stored once."""
    topic = make_topic(kafka, 3)
    token, path = tmp_path / "token", tmp_path / "brainstem.toml"
    token.write_text(TOKEN)
    path.write_text(
        f"""
[listen]
account = {json.dumps(str(tmp_path / "account.json"))}
[listen.kafka]
brokers = "{kafka}"
topic = "{topic}"
[[listen.http]]
name = "office"
address = "127.0.0.1:0"
tokens = [{{tenant = "acme", file = {json.dumps(str(token))}}}]
[kafka]
brokers = "{kafka}"
topics = ["{topic}"]
[kafka.tenant]
by = "header"
header = "tenant"
"""
    )
    intake = Intake(path, 1)
    port = intake.ports["office", "http"]
    events = [
        json.dumps({"time": f"2026-11-29T08:00:{n:02}Z", "message": f"tunnel {n} is up"}).encode() for n in range(50)
    ]
    body = b"[" + b",".join(events) + b',"no object"]'
    for _ in range(2):
        answer = post(
            port,
            "/v1/events",
            gzip.compress(body, mtime=0),
            "application/json",
            Content_Encoding="gzip",
            Idempotency_Key="1",
        )
        assert answer == (200, b'{"accepted":50,"rejected":{"not_an_object":1}}')
    assert post(port, "/v1/logs", logs(), "application/x-protobuf") == (200, b"")
    alert = {"message": "disk is full", "host": "db1", "state": "firing", "tenant": "globex"}
    assert post(port, "/v1/hooks/generic", json.dumps(alert).encode(), "application/json")[0] == 200
    told = intake.stop()
    account = json.loads((tmp_path / "account.json").read_text())
    counts = account["listeners"]["office"]
    assert (counts["received"], counts["accepted"], counts["rejected"]) == (53, 52, {"not_an_object": 1})
    assert (counts["repeated"], account["acknowledged"]) == (1, 53)
    assert "office: 53 received, 52 accepted, 1 rejected (not_an_object)" in told

    out = read_live(tmp_path, path, 53)
    stored = read_evidence(out).with_columns(pl.col("tenant", "host", "service").cast(pl.String)).collect()
    assert set(stored["tenant"]) == {"acme"}
    assert set(events) < set(stored["message_raw"].to_list())
    assert len(stored) == 52
    assert set(stored.filter(pl.col("message_raw").is_in(events))["host"]) == {"127.0.0.1"}
    assert set(stored.filter(pl.col("service") == "vpnd")["host"]) == {"fw1"}
    assert set(stored.filter(pl.col("service") == "generic")["host"]) == {"db1"}
    rejects = read_rejects(out).collect()
    assert [(row["reason"], row["raw"]) for row in rejects.iter_rows(named=True)] == [("misframed", b'"no object"')]


def test_a_request_that_was_answered_survives_a_kill(tmp_path: Path) -> None:
    """The spool has it: a run that begins afterwards stores all of it."""
    out, path = tmp_path / "out", tmp_path / "brainstem.toml"
    path.write_text(
        f"""
[run]
out = {json.dumps(str(out))}
[[listen.http]]
name = "office"
address = "127.0.0.1:0"
tenant = "acme"
"""
    )
    intake = Intake(path, 1)
    port = intake.ports["office", "http"]
    lines = [f"Nov 29 08:00:00 fw1 vpnd: tunnel {number} is up" for number in range(500)]
    for start in range(0, 500, 100):
        assert post(port, "/v1/events", "\n".join(lines[start : start + 100]).encode(), "text/plain")[0] == 200
    intake.process.kill()
    intake.process.communicate(timeout=60)
    intake = Intake(path, 1)
    assert "not read yet: 500," in intake.stop()


def test_requests_that_are_sent_again_after_kills_are_stored_once(tmp_path: Path) -> None:
    """Four senders under load, killed at random moments: each sends its request again until it is answered."""
    out, path = tmp_path / "out", tmp_path / "brainstem.toml"
    path.write_text(
        f"[run]\nout = {json.dumps(str(out))}\n[listen]\naccount = {json.dumps(str(tmp_path / 'account.json'))}\n"
        '[[listen.http]]\nname = "office"\naddress = "127.0.0.1:0"\ntenant = "acme"\n'
    )
    dice = random.Random(11)
    waiting: list[tuple[str, list[bytes]]] = []
    sent = 0
    answered: list[tuple[str, list[bytes]]] = []

    def send(port: int, requests: list[tuple[str, list[bytes]]]) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            while requests:
                key, records = requests[0]
                assert post(port, "/v1/events", b"\n".join(records), "text/plain", Idempotency_Key=key)[0] == 200
                answered.append(requests.pop(0))

    for kill in range(3):
        intake = Beside(path, "listen", listeners=1)
        for _ in range(80):
            records = [b"record %d" % number for number in range(sent, sent + dice.choice([1, 3, 40, 6000]))]
            waiting.append((f"key {len(waiting)} of {kill}", records))
            sent += len(records)
        # some of those that were answered come again too
        waiting += dice.sample(answered, min(10, len(answered)))
        shares = [waiting[number::4] for number in range(4)]
        senders = [threading.Thread(target=send, args=(intake.ports["office", "http"], share)) for share in shares]
        for each in senders:
            each.start()
        senders[0].join(dice.uniform(0.1, 0.6))
        intake.process.kill()
        intake.ended()
        for each in senders:
            each.join()
        waiting = [request for share in shares for request in share]
    intake = Beside(path, "listen", listeners=1)
    send(intake.ports["office", "http"], waiting)
    assert not waiting
    reply = post(intake.ports["office", "http"], "/v1/events", b"\n".join(answered[0][1]), "text/plain")
    assert reply[0] == 200, "without a key it is stored again"
    assert intake.stop() == 0
    reader = SpoolReader(Folder(tmp_path / "out-spool"), 0, lambda _: [])
    place = place_of("office", "acme")
    reader.assign({place: 1})
    found: Counter[bytes] = Counter()
    while (polled := reader.poll()).came:
        found.update(value or b"" for _, messages in polled.messages for value in messages.values)
    reader.close()
    found.subtract(answered[0][1])
    assert found == Counter({b"record %d" % number: 1 for number in range(sent)})


def alerts(hook: str, dice: random.Random) -> list[tuple[str, Any]]:
    """Return what a monitoring system posts in a week in which one disk fills up and empties again, twice a day."""
    start = datetime(2026, 11, 15, tzinfo=UTC)
    bodies: list[tuple[str, Any]] = []
    for number in range(14):
        began = start + timedelta(hours=12 * number + dice.randrange(11), minutes=dice.randrange(20))
        ended = began + timedelta(minutes=20 + dice.randrange(10))
        for status in ("firing", "resolved"):
            if hook == "alertmanager":
                labels = {
                    "alertname": "DiskFull",
                    "instance": "db1:9100",
                    "job": "node",
                    "mountpoint": "/var",
                    "severity": "critical",
                }
                alert = {
                    "status": status,
                    "labels": labels,
                    "fingerprint": "2f7d1c0a9be31f00",
                    "startsAt": began.isoformat(),
                }
                alert["annotations"] = {"summary": f"Disk /var on db1 is {dice.randrange(90, 99)}% full"}
                alert["endsAt"] = ended.isoformat() if status == "resolved" else "0001-01-01T00:00:00Z"
                bodies.append((hook, {"version": "4", "status": status, "alerts": [alert]}))
            else:
                is_over = status == "resolved"
                body = {
                    "alert_id": "LMD42",
                    "status": "clear" if is_over else "active",
                    "level": "critical",
                    "host": "db1",
                }
                body |= {
                    "datasource": "Volume",
                    "instance": "var",
                    "datapoint": "PercentUsed",
                    "value": str(dice.randrange(99)),
                }
                body |= {"start_epoch": str(int(began.timestamp())), "message": ""}
                body |= {"end_epoch": str(int(ended.timestamp())) if is_over else "##ENDEPOCH##"}
                bodies.append((hook, body))
    return bodies


@pytest.mark.parametrize("hook", ["alertmanager", "logicmonitor"])
def test_an_alert_that_fires_and_resolves_again_and_again_is_told_as_healing(hook: str, tmp_path: Path) -> None:
    """A replay of what the hook wrote pairs each alert with its end, among the lines of an ordinary office."""
    dice = random.Random(7)
    with running_listener() as listener:
        for name, body in alerts(hook, dice):
            assert listener.post(f"/v1/hooks/{name}", json.dumps(body).encode()).json == {"accepted": 1, "rejected": {}}
        written = listener.buffer.contents
    start = datetime(2026, 11, 1, tzinfo=UTC)
    usual = [
        json.dumps(
            {
                "time": (start + timedelta(minutes=20 * number, seconds=dice.randrange(600))).isoformat(),
                "host": f"web{dice.randrange(4)}",
                "service": "nginx",
                "message": f"request served in {dice.randrange(900)} ms",
            }
        ).encode()
        for number in range(3 * 24 * 22)
    ]
    (tmp_path / "alerts.jsonl").write_bytes(b"\n".join(written) + b"\n")
    (tmp_path / "usual.jsonl").write_bytes(b"\n".join(usual) + b"\n")
    out = tmp_path / "out"
    ran = run(tmp_path, "replay", "alerts.jsonl", "usual.jsonl", "--out", out)
    assert ran.status == 0, ran.err
    items = [json.loads(line)["data"] for line in (out / "items.jsonl").read_text().splitlines()]
    told = [item["what"] for item in items]
    healing = [what for what in told if re.search("goe?s? down and comes? back by", what)]
    assert healing, told
    thing = "DiskFull /var" if hook == "alertmanager" else "Volume var PercentUsed"
    assert thing in healing[-1].partition(" on db1 ")[0]


def test_a_real_client_is_answered(tmp_path: Path) -> None:
    """curl, as docs/http.md calls it."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("no curl to send with: install it")
    lines = tmp_path / "lines.log"
    lines.write_text("Nov 29 08:00:00 fw1 vpnd: tunnel 7 is up\nNov 29 08:00:01 fw1 vpnd: tunnel 8 is up\n")
    with running_listener() as listener:
        host, port = listener.address
        url = f"http://{host}:{port}/v1/events"
        arguments = ["-sS", "-H", "Content-Type: text/plain", "--data-binary", f"@{lines}", url]
        answered = subprocess.run([curl, *arguments], check=True, capture_output=True).stdout
        assert json.loads(answered) == {"accepted": 2, "rejected": {}}
        assert listener.buffer.contents == lines.read_bytes().splitlines()
