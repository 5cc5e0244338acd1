"""The description of the paths of an HTTP listener, as OpenAPI 3.1 has it (https://spec.openapis.org/oas/v3.1.0)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from brainstem.contracts.statement import VERDICTS
from connectors.http.hooks.registry import FORM
from connectors.http.otlp import JSON, PROTOBUF
from connectors.http.records import KINDS, BodyKind

_ANSWERS: Final[Mapping[int, str]] = {
    400: "The body cannot be read as what it is said to be, or a header cannot be used. Nothing was stored.",
    401: "The listener needs a token, and there is none, or another one.",
    403: "A web page sent the request, and the listener needs no token.",
    408: "The body took too long.",
    413: "The body is too long, as it was sent or decoded, or holds too many records.",
    415: "The media type, its charset or the content encoding is not taken.",
    422: "The Idempotency-Key came with another body before.",
    429: "The tenant sent more records than it may. Retry-After says when to try again.",
    500: "This program failed on the request.",
    503: "The buffer is full, or is not durable in time. Retry-After says when to try again.",
}
_WITH_RETRY: Final = (429, 503)
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body is stored once, and answered as the first time.",
    "schema": {"type": "string", "maxLength": 255},
}


def description(hooks: Sequence[str], *, needs_token: bool) -> dict[str, Any]:
    """Return the description of a listener with these hooks."""
    lines = {"schema": {"type": "string"}}
    objects = {"schema": {"oneOf": [{"type": "object"}, _LISTED]}}
    events = {name: objects if kind is BodyKind.JSON else lines for name, kind in KINDS.items() if name}
    paths: dict[str, Any] = {
        "/v1/events": {"post": _operation("postEvents", "Store records: objects, or lines.", events, _counted())},
        **{
            f"/v1/{path}": {
                "post": _operation(
                    f"post{path.title()}",
                    f"Store statements of people: {path}. All of a request are taken, or none.",
                    {JSON: {"schema": _one_or_more(schema)}},
                    _counted(),
                )
            }
            for path, schema in (("incidents", "Incident"), ("feedback", "Feedback"))
        },
        "/v1/logs": {
            "post": _operation(
                "postLogs",
                "Store log records of OpenTelemetry (OTLP/HTTP).",
                {JSON: {"schema": {"$ref": "#/components/schemas/Logs"}}, PROTOBUF: _BINARY},
                {JSON: {"schema": {"$ref": "#/components/schemas/LogsAnswer"}}, PROTOBUF: _BINARY},
                refusals={JSON: {"schema": {"$ref": "#/components/schemas/Status"}}, PROTOBUF: _BINARY},
            )
        },
        "/v1/hooks/{name}": {
            "parameters": [
                {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "enum": list(hooks)}}
            ],
            "post": _operation(
                "postHook",
                "Store the alerts that a monitoring system posts.",
                {JSON: objects, FORM: {"schema": {"type": "object"}}},
                _counted(),
                more={404: "There is no hook of this name."},
            ),
        },
        "/v1/openapi.json": {
            "get": {
                "operationId": "describe",
                "summary": "This description.",
                "security": [],
                "responses": {"200": {"description": "It.", "content": {JSON: {"schema": {"type": "object"}}}}},
            }
        },
    }
    whole: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "brAInstem intake", "version": "1"},
        "paths": paths,
        "components": {"schemas": _SCHEMAS, "securitySchemes": _SECURITY},
    }
    if needs_token:
        whole["security"] = [{"token": []}, {"password": []}]
    return whole


def _operation(
    name: str,
    summary: str,
    content: Mapping[str, Any],
    answers: Mapping[str, Any],
    *,
    refusals: Mapping[str, Any] | None = None,
    more: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """Return the description of a path that takes records."""
    refused = refusals or {JSON: {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    responses: dict[str, Any] = {"200": {"description": "All of it is durable.", "content": answers}}
    for status, meaning in {**_ANSWERS, **(more or {})}.items():
        own = {JSON: {"schema": {"$ref": "#/components/schemas/Refusal"}}} if status == 404 else refused
        responses[str(status)] = {"description": meaning, "content": own}
        if status in _WITH_RETRY:
            seconds = {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}
            responses[str(status)]["headers"] = {"Retry-After": seconds}
    return {
        "operationId": name,
        "summary": summary,
        "description": "A body may be compressed: Content-Encoding is gzip or zstd.",
        "parameters": [_KEY],
        "requestBody": {"required": True, "content": content},
        "responses": responses,
    }


def _counted() -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": "#/components/schemas/Counts"}}}


def _one_or_more(schema: str) -> dict[str, Any]:
    """Return the schema of one object, or an array of them."""
    one = {"$ref": f"#/components/schemas/{schema}"}
    return {"oneOf": [one, {"type": "array", "items": one, "minItems": 1}]}


_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"oneOf": [{"type": "string", "pattern": "^[0-9]+$"}, {"type": "integer", "minimum": 0}]}
_SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer"},
    "password": {"type": "http", "scheme": "basic", "description": "any name, with the token as the password"},
}
_LISTED: Final = {"type": "array", "items": {"type": "object"}}
_MOMENT: Final = {
    "description": "ISO 8601, or a number since the epoch",
    "oneOf": [{"type": "string", "format": "date-time"}, {"type": "number", "exclusiveMinimum": 0}],
}
_SCHEMAS: Final[Mapping[str, Any]] = {
    "Counts": {
        "type": "object",
        "required": ["accepted", "rejected"],
        "properties": {
            "accepted": {"type": "integer", "minimum": 0},
            "rejected": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1}},
        },
        "additionalProperties": False,
    },
    "Incident": {
        "type": "object",
        "required": ["time", "id", "title"],
        "properties": {
            "kind": {"const": "incident"},
            "time": _MOMENT,
            "id": {"oneOf": [{"type": "string", "minLength": 1}, {"type": "integer"}]},
            "title": {"type": "string", "minLength": 1},
            "service": _TEXT,
        },
    },
    "Feedback": {
        "type": "object",
        "required": ["time", "verdict"],
        "properties": {
            "kind": {"const": "feedback"},
            "time": _MOMENT,
            "verdict": {"type": "string", "enum": list(VERDICTS)},
            "item": {"type": "string", "pattern": "^i1-[0-9a-f]{24}$"},
            "signature": {"type": "string", "pattern": "^s2-[0-9a-f]{16}$"},
            "note": _TEXT,
        },
        "oneOf": [{"required": ["item"]}, {"required": ["signature"]}],
    },
    "Refusal": {
        "type": "object",
        "required": ["error", "message"],
        "properties": {"error": _TEXT, "message": _TEXT},
        "additionalProperties": False,
    },
    "Status": {"type": "object", "required": ["message"], "properties": {"message": _TEXT}},
    "LogsAnswer": {
        "type": "object",
        "properties": {
            "partialSuccess": {
                "type": "object",
                "properties": {"rejectedLogRecords": _NUMBER, "errorMessage": _TEXT},
            }
        },
    },
    "Logs": {
        "type": "object",
        "properties": {
            "resourceLogs": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "resource": {"type": "object"},
                        "schemaUrl": _TEXT,
                        "scopeLogs": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {
                                    "scope": {"type": "object"},
                                    "schemaUrl": _TEXT,
                                    "logRecords": {
                                        "type": "array",
                                        "items": {"$ref": "#/components/schemas/LogRecord"},
                                    },
                                },
                            },
                        },
                    },
                },
            }
        },
    },
    "LogRecord": {
        "type": "object",
        "properties": {
            "timeUnixNano": _NUMBER,
            "observedTimeUnixNano": _NUMBER,
            "severityNumber": {"type": "integer", "minimum": 0, "maximum": 24},
            "severityText": _TEXT,
            "body": {"type": "object"},
            "attributes": _LISTED,
            "traceId": _TEXT,
            "spanId": _TEXT,
        },
    },
}
