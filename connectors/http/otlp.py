"""Logs of OpenTelemetry over HTTP: a request in protobuf or JSON becomes one record for each log record.

Each record is a request of its own in OTLP's JSON, with its resource and its scope around it, which is a form the parser
knows. What came as JSON is put together from the bytes that came; what came as protobuf is written as OTLP's JSON has it:
64-bit numbers as text, ids in hexadecimal, bytes in base64.

Specification: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import base64
from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from connectors.http.json_parts import InvalidJsonError, elements_of, members_of, parsed
from connectors.http.records import RECORDS_MOST, Record, RecordFault, TooManyRecordsError, sized

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
_NESTED_MOST: Final = 64
"""values within values; the rest is left out as null"""
_NONE: Final = b"null"
_TEXTS: Final = ("severityText", "traceId", "spanId", "eventName")
_NUMBERS: Final = ("timeUnixNano", "observedTimeUnixNano", "severityNumber", "droppedAttributesCount", "flags")


class InvalidProtobufError(Exception):
    """A body is no request in protobuf."""


def records_of_protobuf(body: bytes, message_bytes_most: int) -> list[Record]:
    """Return the log records of a request. Raises `InvalidProtobufError` and `TooManyRecordsError`."""
    try:
        request = ExportLogsServiceRequest.FromString(body)
    except DecodeError as error:
        raise InvalidProtobufError(f"it is no ExportLogsServiceRequest: {error}") from error
    return _bounded(_of_request(request), message_bytes_most)


def records_of_json(body: bytes, message_bytes_most: int) -> list[Record]:
    """Return the log records of a request. Raises `InvalidJsonError` and `TooManyRecordsError`."""
    return _bounded(_of_text(body.strip()), message_bytes_most)


def answer(rejected: int, media_type: str) -> bytes:
    """Return the body of a response: empty, or that so many records were rejected."""
    why = "records that are too long, or hold a member of the wrong type, were stored as rejects"
    if media_type == JSON:
        part = {"partialSuccess": {"rejectedLogRecords": str(rejected), "errorMessage": why}}
        return orjson.dumps(part if rejected else {})
    response = ExportLogsServiceResponse()
    if rejected:
        response.partial_success.rejected_log_records = rejected
        response.partial_success.error_message = why
    return bytes(response.SerializeToString())


def refusal(message: str, media_type: str) -> bytes:
    """Return the body of a response that refuses a request: `google.rpc.Status` with the message."""
    if media_type == JSON:
        return orjson.dumps({"message": message})
    text = message.encode()[:1000]
    # field 2 of Status, of type string: its tag, its length as a varint of one or two bytes, its bytes
    length = bytes([len(text)]) if len(text) < 128 else bytes([len(text) & 127 | 128, len(text) >> 7])
    return b"\x12" + length + text


def _bounded(found: Iterator[Record], message_bytes_most: int) -> list[Record]:
    listed: list[Record] = []
    for count, each in enumerate(found):
        if count >= RECORDS_MOST:
            raise TooManyRecordsError(f"more than {RECORDS_MOST:,} records in one request")
        listed += sized(each, message_bytes_most)
    return listed


def _of_text(body: bytes) -> Iterator[Record]:
    """Yield the log records of a request in JSON."""
    for of_resource in _listed(members_of(body), "resourceLogs"):
        outer = members_of(of_resource)
        head = b'{"resourceLogs":[{"resource":' + _object(outer, "resource") + b',"scopeLogs":[{"scope":'
        tail = _schema(outer) + b"}]}"
        for of_scope in _listed(outer, "scopeLogs"):
            inner = members_of(of_scope)
            begin = head + _object(inner, "scope") + b',"logRecords":['
            end = b"]" + _schema(inner) + b"}]" + tail
            for each in _listed(inner, "logRecords"):
                fault = None if _is_log_record(parsed(each)) else RecordFault.INVALID
                yield Record(begin + each + end, fault)


def _listed(members: dict[str, bytes], name: str) -> Iterator[bytes]:
    """Yield the elements of a member; none where it is absent or null."""
    value = members.get(name, _NONE)
    return iter(()) if value == _NONE else elements_of(value)


def _object(members: dict[str, bytes], name: str) -> bytes:
    """Return a member that is an object, an empty one where it is absent or null. Raises `InvalidJsonError` for others."""
    value = members.get(name, _NONE)
    if value == _NONE:
        return b"{}"
    if not isinstance(parsed(value), dict):
        raise InvalidJsonError(f"{name} is no object")
    return value


def _schema(members: dict[str, bytes]) -> bytes:
    value = members.get("schemaUrl", b'""')
    if value in (b'""', _NONE):
        return b""
    if not isinstance(parsed(value), str):
        raise InvalidJsonError("schemaUrl is no text")
    return b',"schemaUrl":' + value


def _is_log_record(value: object) -> bool:
    """Return whether a value has the types that OTLP's JSON mapping gives to a log record; unknown members are no fault."""
    if not isinstance(value, dict):
        return False
    texts = all(isinstance(value.get(name, ""), str | None) for name in _TEXTS)
    numbers = all(_is_number(value.get(name, 0)) for name in _NUMBERS)
    attributes = value.get("attributes", [])
    are_pairs = attributes is None or (
        isinstance(attributes, list)
        and all(isinstance(each, dict) and isinstance(each.get("key", ""), str) for each in attributes)
    )
    return texts and numbers and are_pairs and isinstance(value.get("body", {}), dict | None)


def _is_number(value: object) -> bool:
    """Return whether a value is a number: JSON's, its text, or the name of an enumeration's value."""
    if isinstance(value, str):
        return value.isascii() and (value.isdecimal() or value.startswith("SEVERITY_NUMBER_"))
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value >= 0)


def _of_request(request: ExportLogsServiceRequest) -> Iterator[Record]:
    """Yield the log records of a request in protobuf."""
    for of_resource in request.resource_logs:
        resource = {"attributes": _attributes(of_resource.resource.attributes)}
        for of_scope in of_resource.scope_logs:
            scope: dict[str, Any] = {"name": of_scope.scope.name, "version": of_scope.scope.version}
            scope["attributes"] = _attributes(of_scope.scope.attributes)
            scope = {name: value for name, value in scope.items() if value}
            for each in of_scope.log_records:
                inner = {"scope": scope, "logRecords": [_log_record(each)]}
                outer = {"resource": resource, "scopeLogs": [_with_schema(inner, of_scope.schema_url)]}
                whole = {"resourceLogs": [_with_schema(outer, of_resource.schema_url)]}
                yield Record(orjson.dumps(whole))


def _with_schema(members: dict[str, Any], schema_url: str) -> dict[str, Any]:
    return members | {"schemaUrl": schema_url} if schema_url else members


def _log_record(record: LogRecord) -> dict[str, Any]:
    """Return a log record as its JSON mapping has it, without what is not set."""
    members: dict[str, Any] = {
        "timeUnixNano": str(record.time_unix_nano) if record.time_unix_nano else "",
        "observedTimeUnixNano": str(record.observed_time_unix_nano) if record.observed_time_unix_nano else "",
        "severityNumber": int(record.severity_number),
        "severityText": record.severity_text,
        "body": _value(record.body, 0) if record.HasField("body") else None,
        "attributes": _attributes(record.attributes),
        "droppedAttributesCount": record.dropped_attributes_count,
        "flags": record.flags,
        "traceId": record.trace_id.hex(),
        "spanId": record.span_id.hex(),
        "eventName": record.event_name,
    }
    return {name: value for name, value in members.items() if value}


def _attributes(pairs: Iterable[KeyValue], depth: int = 0) -> list[dict[str, Any]]:
    return [{"key": each.key, "value": _value(each.value, depth)} for each in pairs]


def _value(value: AnyValue, depth: int) -> dict[str, Any] | None:
    """Return an AnyValue as its JSON mapping has it; None for one without a value, or nested too deep."""
    kind = value.WhichOneof("value")
    if kind is None or depth > _NESTED_MOST:
        return None
    if kind == "string_value":
        return {"stringValue": value.string_value}
    if kind == "int_value":
        return {"intValue": str(value.int_value)}
    if kind == "bool_value":
        return {"boolValue": value.bool_value}
    if kind == "double_value":
        # JSON has no infinity, and the mapping of protobuf writes it as a text
        number = value.double_value
        return {"doubleValue": number if number - number == 0 else _INFINITE.get(number, "NaN")}
    if kind == "bytes_value":
        return {"bytesValue": base64.b64encode(value.bytes_value).decode()}
    if kind == "array_value":
        return {"arrayValue": {"values": [_value(each, depth + 1) for each in value.array_value.values]}}
    if kind == "kvlist_value":
        return {"kvlistValue": {"values": _attributes(value.kvlist_value.values, depth + 1)}}
    return None


_INFINITE: Final = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
