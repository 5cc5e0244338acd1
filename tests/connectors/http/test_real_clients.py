"""Clients that others have written, each where it is installed: they need not be, and are no dependency of these tests."""

import gzip
import importlib.util
import json
import shutil
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.connectors.http.test_documented_senders import documented
from tests.support.brokers import free_port
from tests.support.http_intake import running_listener
from tests.support.parsing import batch_of


def test_the_exporter_of_opentelemetry_is_understood() -> None:
    """Its records are read with service, host, severity and text."""
    name = "opentelemetry.exporter.otlp.proto.http._log_exporter"
    exporter = pytest.importorskip(name, reason="no opentelemetry-exporter-otlp-proto-http: install it")
    api: Any = importlib.import_module("opentelemetry._logs")
    logs: Any = importlib.import_module("opentelemetry.sdk._logs")
    export: Any = importlib.import_module("opentelemetry.sdk._logs.export")
    resources: Any = importlib.import_module("opentelemetry.sdk.resources")
    with running_listener() as listener:
        host, port = listener.address
        provider = logs.LoggerProvider(
            resource=resources.Resource({"service.name": "pumpd", "host.name": "barge"}), shutdown_on_exit=False
        )
        sender = exporter.OTLPLogExporter(
            endpoint=f"http://{host}:{port}/v1/logs", compression=exporter.Compression.Gzip
        )
        provider.add_log_record_processor(export.SimpleLogRecordProcessor(sender))
        severity = api.SeverityNumber.WARN
        provider.get_logger("pumps").emit(api.LogRecord(severity_number=severity, body="pump 3 runs dry"))
        provider.shutdown()
        contents = listener.buffer.contents
    batch = batch_of(b"\n".join(contents) + b"\n")
    assert batch.message(0).startswith(b"pump 3 runs dry")
    assert (batch.hosts[batch.host[0]], batch.services[batch.service[0]]) == ("barge", "pumpd")
    assert batch.severity.tolist() == [13]


def test_curl_needs_no_media_type(tmp_path: Path) -> None:
    """A line, JSON, a compressed file and a ticket, as somebody types them who tries it."""
    program = shutil.which("curl")
    if program is None:
        pytest.skip("no curl: install it")
    (tmp_path / "log.gz").write_bytes(gzip.compress(b"one line\nanother line\n"))
    ticket = '{"time": "2026-03-02T10:00:00Z", "id": "T1", "title": "Mill stands still"}'
    with running_listener() as listener:
        address = "http://{}:{}/v1/".format(*listener.address)
        for path, *options in (
            ("events", "-d", "<13>pump 3 runs dry"),
            ("events", "-d", '{"message": "pump 3 is back"}'),
            ("events", "-H", "Content-Encoding: gzip", "--data-binary", f"@{tmp_path / 'log.gz'}"),
            ("incidents", "--json", ticket),
            ("hooks/generic", "-d", "host=db1", "--data-urlencode", "message=disk & fan"),
        ):
            told = subprocess.run(
                [program, "-sS", "--fail-with-body", *options, address + path], capture_output=True, check=True
            )
            assert orjson.loads(told.stdout)["rejected"] == {}
        *lines, statement, alert = listener.buffer.contents
    assert lines == [b"<13>pump 3 runs dry", b'{"message": "pump 3 is back"}', b"one line", b"another line"]
    assert orjson.loads(statement) == {"kind": "incident", **orjson.loads(ticket)}
    assert (orjson.loads(alert)["host"], orjson.loads(alert)["message"]) == ("db1", "disk & fan")


def test_an_alertmanager_posts_an_alert_and_its_end(tmp_path: Path) -> None:
    """Both come with one id, and with their times."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        pytest.skip("no prometheus-alertmanager: install it")
    own = f"127.0.0.1:{free_port()}"
    with running_listener() as listener:
        host, port = listener.address
        route = "route: {receiver: brainstem, group_wait: 1ms, group_interval: 1s, repeat_interval: 1h}\n"
        path = tmp_path / "alertmanager.yml"
        path.write_text(route + documented("Alertmanager", "yaml").replace("127.0.0.1:8514", f"{host}:{port}"))
        options = [f"--config.file={path}", f"--storage.path={tmp_path}", f"--web.listen-address={own}"]
        process = subprocess.Popen(
            [program, *options, "--cluster.listen-address="], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            listener.until(lambda: _is_ready(f"http://{own}/-/ready"))
            now = datetime.now(UTC)
            alert = {
                "labels": {
                    "alertname": "DiskFull",
                    "instance": "db1:9100",
                    "mountpoint": "/var",
                    "severity": "critical",
                },
                "annotations": {"summary": "Disk /var is 91% full"},
                "startsAt": now.isoformat(),
                "endsAt": (now + timedelta(seconds=2)).isoformat(),
            }
            request = urllib.request.Request(  # the address is that of the program above
                f"http://{own}/api/v2/alerts", json.dumps([alert]).encode(), {"Content-Type": "application/json"}
            )
            urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - as above
            listener.until(lambda: len(listener.buffer.messages) == 2)
        finally:
            process.terminate()
            process.wait()
        firing, resolved = (orjson.loads(content) for content in listener.buffer.contents)
    assert (firing["state"], resolved["state"]) == ("firing", "resolved")
    assert firing["alert_id"] == resolved["alert_id"]
    assert firing["monitor"] == resolved["monitor"] == "DiskFull /var"
    assert datetime.fromisoformat(resolved["time"]) - datetime.fromisoformat(firing["time"]) == timedelta(seconds=2)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as reply:  # noqa: S310 - an address of this machine
            return bool(reply.status == 200)
    except OSError:
        return False


@pytest.mark.long
def test_no_generated_request_breaks_the_description(tmp_path: Path) -> None:
    """schemathesis, in a process of its own: no answer is a failure of the program, none is missing in the description."""
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("no schemathesis: install it")
    checks = (
        "not_a_server_error",
        "response_schema_conformance",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
    )
    with running_listener() as listener:
        host, port = listener.address
        url = f"http://{host}:{port}/v1/openapi.json"
        options = [
            "--checks",
            ",".join(checks),
            "--max-examples",
            "50",
            "--suppress-health-check",
            "all",
            "--no-color",
        ]
        told = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", url, *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
        assert told.returncode == 0, told.stdout
        assert listener.account.requests > 100
