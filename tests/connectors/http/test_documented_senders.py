"""What docs/http.md gives for senders, as it stands there: its bodies are enough for an alert and its end, and what a
shipper sends that is set up so is taken.
"""

import gzip
import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from connectors.http.tokens import token_of
from tests.support.http_intake import running_listener

ROOT = Path(__file__).resolve().parents[3]
PAYLOADS = Path(__file__).parent / "payloads"
TOKEN = "0123456789abcdef0123456789abcdef"


def documented(sender: str, language: str) -> str:
    """Return the snippet that follows the name of a sender in docs/http.md."""
    text = (ROOT / "docs" / "http.md").read_text()
    found = re.search(rf"^\*\*{re.escape(sender)}(?:\.\*\*|\*\*).*?^```{language}\n(.*?)^```", text, re.M | re.S)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", ["LogicMonitor", "Zabbix", "Datadog", "Healthchecks"])
def test_a_documented_body_says_what_an_alert_needs(name: str) -> None:
    """Of what a monitoring system fills in, its fields alone come to the same records, but for what the sender said."""
    body = json.loads(documented(name, "json"))
    assert all(re.fullmatch(r"##[A-Z]+##|\{[A-Z.]+\}|\$[A-Z_]+", value) for value in body.values())
    filled = json.loads((PAYLOADS / f"{name.lower()}.json").read_text())
    bare = [{field: each[field] for field in body if field in each} for each in filled]
    with running_listener() as listener:
        for each in (*filled, *bare):
            assert listener.post(f"/v1/hooks/{name.lower()}", json.dumps(each).encode()).status == 200
        records = [json.loads(content) for content in listener.buffer.contents]
    for record in records:
        del record["alert"]
    assert records[: len(filled)] == records[len(filled) :]
    assert [record["state"] for record in records[:2]] == ["firing", "resolved"]


def headers_of(given: Mapping[str, str]) -> dict[str, str]:
    """Return headers as `RunningListener.post` takes them, with the token in place of the variable that holds it."""
    return {
        name.replace("-", "_"): re.sub(r"\$\{(?:env:)?BRAINSTEM_TOKEN\}", TOKEN, value) for name, value in given.items()
    }


def test_what_vector_sends_as_it_is_set_up_is_taken() -> None:
    """Objects, a line each, compressed, with its token (https://vector.dev/docs/reference/configuration/sinks/http/)."""
    sink = tomllib.loads(documented("Vector", "toml"))["sinks"]["brainstem"]
    assert (sink["type"], sink["encoding"]["codec"], sink["framing"]["method"]) == ("http", "json", "newline_delimited")
    lines = [{"host": "barge", "message": f"pump {number} runs dry", "source_type": "file"} for number in range(3)]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    authorization = f"{sink['auth']['strategy'].capitalize()} {sink['auth']['token']}"
    headers = headers_of({"Content-Encoding": sink["compression"], "Authorization": authorization})
    with running_listener(tokens=[token_of(TOKEN, "acme")]) as listener:
        path = "/" + sink["uri"].split("/", 3)[3]
        reply = listener.post(path, gzip.compress(body), sink["request"]["headers"]["Content-Type"], **headers)
        assert (reply.status, reply.json["accepted"]) == (200, 3)
        assert [json.loads(content) for content in listener.buffer.contents] == lines


def test_what_a_collector_of_opentelemetry_sends_as_it_is_set_up_is_taken() -> None:
    """Its exporter compresses with gzip, and sends protobuf to what is named (otlphttpexporter, README)."""
    snippet = documented("OpenTelemetry Collector", "yaml")
    endpoint = re.search(r"logs_endpoint: https://[^/]+(/\S+)", snippet)
    authorization = re.search(r'Authorization: "([^"]+)"', snippet)
    assert endpoint is not None
    assert authorization is not None
    logs = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
    request = logs.ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add()
    record.body.string_value, record.time_unix_nano = "pump 3 runs dry", 1_772_359_800_000_000_000
    body = gzip.compress(request.SerializeToString())
    headers = headers_of({"Content-Encoding": "gzip", "Authorization": authorization[1]})
    with running_listener(tokens=[token_of(TOKEN, "acme")]) as listener:
        reply = listener.post(endpoint[1], body, "application/x-protobuf", **headers)
        assert reply.status == 200
        assert len(listener.buffer.contents) == 1
