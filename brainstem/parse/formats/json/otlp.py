"""Log records of OpenTelemetry in JSON: one record, or a request with a single one."""

from collections.abc import Collection
from typing import Final

from brainstem.parse.formats.definition import Fields, Format, Sample

OTLP_FORMAT: Final = 16
"""the number that stored events carry"""

_SINGLE_VALUES: Final = ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue")
_MOST_DEPTH: Final = 4
_OWN_KEYS: Final = frozenset(
    {
        "timeunixnano",
        "observedtimeunixnano",
        "severitynumber",
        "severitytext",
        "severity_number",
        "severity_text",
        "body",
    }
)


def _has_record_keys(keys: Collection[str]) -> bool:
    """Return whether an object is a request, or has the keys of a log record in either spelling."""
    if "resourceLogs" in keys:
        return True
    folded = {key.lower() for key in keys}
    return "body" in folded and bool(folded & (_OWN_KEYS - {"body"}))


def _fields(parsed: Fields) -> Fields | None:
    """Return a record with its body as text and its attributes and those of its resource beside it.

    None for a request with several records, which is none.
    """
    resource: object = parsed.get("resource") or parsed.get("Resource")
    record = parsed
    if "resourceLogs" in parsed:
        found = _only(parsed, "resourceLogs")
        if found is None:
            return None
        resource = found.get("resource")
        scope = _only(found, "scopeLogs")
        single = None if scope is None else _only(scope, "logRecords")
        if single is None:
            return None
        record = single
    members = {key.lower(): value for key, value in record.items()}
    flat = {key: value for key, value in record.items() if key.lower() not in ("attributes", "resource", "body")}
    if isinstance(resource, dict):
        # libraries write the attributes of a resource without a name around them
        flat |= _attributes(resource.get("attributes", resource))
    own = _attributes(members.get("attributes"))
    flat |= {key: value for key, value in own.items() if key.lower() not in _OWN_KEYS}
    body = _plain(members.get("body"), 0)
    if isinstance(body, dict):
        # a structured body is the record of a logger
        flat |= {key: value for key, value in body.items() if key.lower() not in _OWN_KEYS}
    elif body is not None:
        flat["body"] = body if isinstance(body, str) else str(body)
    return flat


def _only(parent: Fields, name: str) -> Fields | None:
    """Return the object that a list of one holds, None for any other list."""
    listed = parent.get(name)
    return listed[0] if isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], dict) else None


def _attributes(listed: object) -> Fields:
    """Return attributes by key: a list of keys and values, or an object."""
    if isinstance(listed, dict):
        return dict(listed)
    if not isinstance(listed, list):
        return {}
    pairs = ((each.get("key"), each.get("value")) for each in listed if isinstance(each, dict))
    return {key: _plain(value, 0) for key, value in pairs if isinstance(key, str)}


def _plain(value: object, depth: int) -> object:
    """Return the value inside an AnyValue; what is none stays as it is."""
    if not isinstance(value, dict) or depth > _MOST_DEPTH:
        return value
    for name in _SINGLE_VALUES:
        if name in value:
            return value[name]
    listed = value.get("kvlistValue")
    if isinstance(listed, dict):
        pairs = listed.get("values")
        found = [each for each in pairs if isinstance(each, dict)] if isinstance(pairs, list) else []
        return {str(each.get("key")): _plain(each.get("value"), depth + 1) for each in found}
    return value


FORMAT: Final = Format(
    number=OTLP_FORMAT,
    name="otlp-json",
    title="OpenTelemetry log records in JSON",
    specification="https://opentelemetry.io/docs/specs/otel/logs/data-model/",
    samples=(
        Sample(
            line=b'{"timeUnixNano":"1643968800123456789","severityNumber":13,"body":{"stringValue":"pump 3 runs dry"},'
            b'"attributes":[{"key":"lamp","value":{"stringValue":"red"}}]}',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123456",
            severity=13,
            attributes=b'{"lamp":"red"}',
        ),
        Sample(
            line=b'{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pumpd"}},'
            b'{"key":"host.name","value":{"stringValue":"barge"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"0",'
            b'"observedTimeUnixNano":"1643968800123456789","severityText":"ERROR","body":{"stringValue":"runs dry"}}]}]}]}',
            message=b"runs dry",
            time="2022-02-04T10:00:00.123456",
            host="barge",
            service="pumpd",
            severity=17,
            attributes=b'{"timeUnixNano":"0"}',
        ),
        Sample(
            line=b'{"timeUnixNano":"1643968801123456789","body":{"stringValue":"runs wet"}}]}]}]}',
            above=b'{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pumpd"}}]},'
            b'"scopeLogs":[{"logRecords":[{"timeUnixNano":"1643968800123456789","body":{"stringValue":"runs dry"}},',
            message=b"runs wet",
            time="2022-02-04T10:00:01.123456",
            service="pumpd",
        ),
    ),
    is_json=True,
    recognizes_keys=_has_record_keys,
    flattened=_fields,
)
