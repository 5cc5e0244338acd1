"""`POST /v1/logs`: each log record is one record that the parser reads, with its resource and its scope."""

import gzip
import json
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import SEVERITY_NUMBER_WARN, LogRecord, ResourceLogs, ScopeLogs

from brainstem.parse.formats.json.otlp import OTLP_FORMAT
from brainstem.parse.parser import ParsedBatch
from connectors.http.application import HttpLimits
from connectors.http.otlp import JSON, PROTOBUF
from tests.support.http_intake import running_listener
from tests.support.parsing import at, batch_of

LOGS = "/v1/logs"
TIME_NS = 1_643_968_800_123_456_789
TIME = "2022-02-04T10:00:00.123456+00:00"


def request_of(*records: LogRecord) -> ExportLogsServiceRequest:
    """Return a request of the service pumpd on the host barge."""
    whole = ResourceLogs(schema_url="https://example.org/1")
    for key, value in (("service.name", "pumpd"), ("host.name", "barge")):
        whole.resource.attributes.append(KeyValue(key=key, value=AnyValue(string_value=value)))
    scope = ScopeLogs(log_records=records)
    scope.scope.name, scope.scope.version = "pumps", "2"
    whole.scope_logs.append(scope)
    return ExportLogsServiceRequest(resource_logs=[whole])


def record(text: str, **members: Any) -> LogRecord:
    """Return a log record with a text as its body."""
    body = AnyValue(string_value=text)
    return LogRecord(time_unix_nano=TIME_NS, severity_number=SEVERITY_NUMBER_WARN, body=body, **members)


def in_json(*records: object) -> bytes:
    """Return a request in JSON with these log records, of the same service and host."""
    attributes = [
        {"key": "service.name", "value": {"stringValue": "pumpd"}},
        {"key": "host.name", "value": {"stringValue": "barge"}},
    ]
    scope = {"scope": {"name": "pumps", "version": "2"}, "logRecords": list(records)}
    return json.dumps({"resourceLogs": [{"resource": {"attributes": attributes}, "scopeLogs": [scope]}]}).encode()


def parsed(contents: list[bytes]) -> ParsedBatch:
    """Return what the parser reads from records."""
    return batch_of(b"\n".join(contents) + b"\n")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("media_type", [PROTOBUF, JSON])
def test_the_parser_reads_each_record(media_type: str, encoding: str) -> None:
    """Time, host, service, severity and message are those that were sent, in either form."""
    of_json = [
        {"timeUnixNano": str(TIME_NS), "severityNumber": 13, "body": {"stringValue": text}}
        for text in ("pump 3 runs dry", "pump 3 is back")
    ]
    body = request_of(record("pump 3 runs dry"), record("pump 3 is back")).SerializeToString()
    body = body if media_type == PROTOBUF else in_json(*of_json)
    sent = gzip.compress(body) if encoding == "gzip" else body
    with running_listener() as listener:
        reply = listener.post(LOGS, sent, media_type, Content_Encoding=encoding)
        assert (reply.status, reply.headers["content-type"]) == (200, media_type)
        assert reply.body == (b"" if media_type == PROTOBUF else b"{}")
        contents = listener.buffer.contents
    assert len(contents) == 2
    batch = parsed(contents)
    assert batch.format.tolist() == [OTLP_FORMAT] * 2
    assert [at(time).isoformat() for time in batch.event_time] == [TIME] * 2
    assert [batch.hosts[code] for code in batch.host] == ["barge"] * 2
    assert [batch.services[code] for code in batch.service] == ["pumpd"] * 2
    assert batch.severity.tolist() == [13] * 2
    assert [batch.message(row) for row in range(2)] == [b"pump 3 runs dry", b"pump 3 is back"]
    for content in contents:
        scope = orjson.loads(content)["resourceLogs"][0]["scopeLogs"][0]
        assert scope["scope"] == {"name": "pumps", "version": "2"}


def test_values_of_protobuf_are_written_as_the_mapping_has_them() -> None:
    """64-bit numbers as text, ids in hexadecimal, bytes in base64, lists and objects by their values."""
    nested = AnyValue(
        kvlist_value=KeyValueList(
            values=[
                KeyValue(key="n", value=AnyValue(int_value=2**60)),
                KeyValue(key="f", value=AnyValue(double_value=1.5)),
                KeyValue(key="inf", value=AnyValue(double_value=float("inf"))),
                KeyValue(key="yes", value=AnyValue(bool_value=True)),
                KeyValue(key="raw", value=AnyValue(bytes_value=b"\x00\xff")),
                KeyValue(key="list", value=AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="a")]))),
                KeyValue(key="nothing", value=AnyValue()),
            ]
        )
    )
    sent = LogRecord(observed_time_unix_nano=TIME_NS, trace_id=bytes(range(16)), span_id=bytes(range(8)), flags=1)
    sent.body.CopyFrom(nested)
    with running_listener() as listener:
        assert listener.post(LOGS, request_of(sent).SerializeToString(), PROTOBUF).status == 200
        written = orjson.loads(listener.buffer.contents[0])["resourceLogs"][0]
    assert written["schemaUrl"] == "https://example.org/1"
    assert written["scopeLogs"][0]["logRecords"] == [
        {
            "observedTimeUnixNano": str(TIME_NS),
            "body": {
                "kvlistValue": {
                    "values": [
                        {"key": "n", "value": {"intValue": str(2**60)}},
                        {"key": "f", "value": {"doubleValue": 1.5}},
                        {"key": "inf", "value": {"doubleValue": "Infinity"}},
                        {"key": "yes", "value": {"boolValue": True}},
                        {"key": "raw", "value": {"bytesValue": "AP8="}},
                        {"key": "list", "value": {"arrayValue": {"values": [{"stringValue": "a"}]}}},
                        {"key": "nothing", "value": None},
                    ]
                }
            },
            "flags": 1,
            "traceId": bytes(range(16)).hex(),
            "spanId": bytes(range(8)).hex(),
        }
    ]


def test_bad_records_among_good_ones_are_a_partial_success() -> None:
    """The good ones are stored, the others are rejects with their bytes, and the answer says how many."""
    good = {"timeUnixNano": TIME_NS, "body": {"stringValue": "fine"}, "unknown": [1]}
    bad = [
        7,
        {"timeUnixNano": "soon"},
        {"body": "text"},
        {"attributes": {"a": 1}},
        {"severityText": 3},
        {"body": {"stringValue": "x" * 2000}},
    ]
    with running_listener(HttpLimits(message_bytes_most=1000)) as listener:
        reply = listener.post(LOGS, in_json(*bad, good), JSON)
        assert (reply.status, reply.json["partialSuccess"]["rejectedLogRecords"]) == (200, "6")
        faults = [each.fault for each in listener.buffer.messages]
        assert faults == ["invalid"] * 5 + ["oversize"] * 3 + [None]
        assert b'"unknown": [1]' in listener.buffer.contents[-1]
        reply = listener.post(LOGS, request_of(record("fine"), record("x" * 2000)).SerializeToString(), PROTOBUF)
        told = ExportLogsServiceResponse.FromString(reply.body)
        assert (reply.status, told.partial_success.rejected_log_records) == (200, 1)


def test_a_request_without_records_is_a_success() -> None:
    """Exporters send such ones to see whether somebody listens."""
    with running_listener() as listener:
        for body in (b"{}", b'{"resourceLogs":[]}', b'{"resourceLogs":null}', in_json()):
            assert listener.post(LOGS, body, JSON).body == b"{}"
        assert listener.post(LOGS, b"", PROTOBUF).status == 200
        assert not listener.buffer.messages


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"\xff\xff\xff", PROTOBUF, 400),
        (b"[1]", JSON, 400),
        (b'{"resourceLogs":7}', JSON, 400),
        (b'{"resourceLogs":[7]}', JSON, 400),
        (b'{"resourceLogs":[{"resource":[],"scopeLogs":[]}]}', JSON, 400),
        (b'{"resourceLogs":' + b"[" * 100_000, JSON, 400),
        (b"{}", "text/plain", 415),
    ],
)
def test_what_is_no_request_is_refused_in_its_own_form(body: bytes, media_type: str, status: int) -> None:
    """With google.rpc.Status as its body, as exporters expect."""
    with running_listener() as listener:
        reply = listener.post(LOGS, body, media_type)
        assert reply.status == status
        assert not listener.buffer.messages
        if media_type == PROTOBUF:
            assert reply.headers["content-type"] == PROTOBUF
            assert reply.body[:1] == b"\x12"
            assert b"ExportLogsServiceRequest" in reply.body
        else:
            assert reply.json["message"]


def test_values_nested_deeper_than_protobuf_allows_are_refused() -> None:
    """Each level of them would be a call."""
    body = b""
    # AnyValue.array_value is field 5, ArrayValue.values field 1; a log record's body field 5, and so on outwards
    for tag in [b"\x2a", b"\x0a"] * 5000 + [b"\x2a", b"\x12", b"\x12", b"\x0a"]:
        body = tag + _length(len(body)) + body
    with running_listener() as listener:
        assert listener.post(LOGS, body, PROTOBUF).status == 400


def _length(size: int) -> bytes:
    """Return a varint."""
    written = bytearray()
    while size > 127:
        written.append(size & 127 | 128)
        size >>= 7
    return bytes([*written, size])
