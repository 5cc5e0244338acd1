"""JSON lines: one object a record (RFC 8259), with the field names that loggers, shippers and journald use.

Takes the bytes of one record, gives the fields an event is made of; what is left over becomes its attributes. Never looks
at the clock and never raises on bad input.
"""

from dataclasses import dataclass, field
from typing import Final

import orjson

from brainstem.scan_severity import LEVELS, LETTERS, OF_SYSLOG
from brainstem.scan_stamp import FIRST_YEAR, LAST_YEAR

JSON_LINES: Final = 12
DOCKER_JSON: Final = 13
JOURNALD_JSON: Final = 14

TIME_FIELDS: Final = (
    "@timestamp",
    "__realtime_timestamp",
    "timestamp",
    "time",
    "ts",
    "datetime",
    "date",
    "eventtime",
    "event_time",
    "asctime",
    "timeunixnano",
    "observedtimeunixnano",
    "timemillis",
    "timestamp_ms",
    "timestamp_ns",
    "instant",
    "t",
    "p_event_time",
    "published",
    "created_at",
    "syslog_timestamp",
    "start_time",
)
LEVEL_FIELDS: Final = (
    "level",
    "severity",
    "levelname",
    "log.level",
    "loglevel",
    "log_level",
    "level_name",
    "lvl",
    "severitytext",
    "severity_text",
    "severitynumber",
    "priority",
    "s",
)
HOST_FIELDS: Final = ("host.name", "host.hostname", "hostname", "host", "_hostname", "host_name", "computer", "node_name")
SERVICE_FIELDS: Final = (
    "service.name",
    "service",
    "app",
    "application",
    "app_name",
    "appname",
    "syslog_identifier",
    "program",
    "_comm",
    "container_name",
    "container",
    "component",
    "process.name",
)
MESSAGE_FIELDS: Final = ("message", "msg", "short_message", "log", "body", "text", "event")
PROCESS_FIELDS: Final = ("_pid", "syslog_pid", "pid", "process_id", "process.pid")

_NESTED: Final = {
    "log": ("level",),
    "host": ("name", "hostname"),
    "service": ("name",),
    "process": ("name", "pid"),
    "kubernetes": ("container_name", "host", "node_name"),
    "container": ("name",),
}
"""Objects whose members count as fields of the record (Elastic Common Schema, Fluentd's Kubernetes metadata)."""

_DOCKER_KEYS: Final = ({"log", "stream", "time"}, {"log", "stream", "time", "attrs"})

_EARLIEST_US: Final = 100_000_000 * 1_000_000
"""A smaller number is a duration or a counter, no moment."""
_LAST_US: Final = (LAST_YEAR + 1 - FIRST_YEAR) * 31_556_952 * 1_000_000

_PINO: Final = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
"""Numeric levels of bunyan and pino."""

_MAX_INT32: Final = 2**31 - 1


@dataclass(slots=True)
class JsonRecord:
    """The fields of one JSON record; a time is microseconds UTC or text for the stamp reader."""

    message: bytes | None = None
    """None: no field holds one, and the record's own text serves"""
    time_us: int | None = None
    time_text: bytes = b""
    impossible_time: bool = False
    host: bytes = b""
    service: bytes = b""
    process_id: int = -1
    facility: int = -1
    severity: int = 0
    format_number: int = JSON_LINES
    attributes: bytes | None = None
    taken: list[str] = field(default_factory=list)


def is_json(raw: bytes) -> bool:
    """Tell whether some bytes are one JSON text (RFC 8259), an object or not."""
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True


def decode(raw: bytes) -> JsonRecord | None:
    """Read one record; None if it is not one JSON object."""
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(parsed, dict):
        return None
    record = JsonRecord()
    fields = _fields(parsed)
    if "__realtime_timestamp" in fields:
        record.format_number = JOURNALD_JSON
    elif set(parsed) in _DOCKER_KEYS:
        record.format_number = DOCKER_JSON
    _take_time(record, fields)
    _take_message(record, fields)
    _take_level(record, fields)
    record.host = _take_name(record, fields, HOST_FIELDS)
    record.service = _take_name(record, fields, SERVICE_FIELDS)
    _take_process(record, fields)
    record.attributes = _left_over(parsed, record.taken)
    return record


def _fields(parsed: dict[str, object]) -> dict[str, tuple[str, object]]:
    """Give every field by its lower-case name, members of known objects included, with the key it stands under."""
    fields: dict[str, tuple[str, object]] = {}
    for key, value in parsed.items():
        name = key.lower()
        fields.setdefault(name, (key, value))
        if isinstance(value, dict) and name in _NESTED:
            for member in _NESTED[name]:
                if member in value:
                    # a Kubernetes member is known by its own name, an ECS member by its path
                    path = member if name == "kubernetes" else f"{name}.{member}"
                    fields.setdefault("host" if path == "host" else path, (key, value[member]))
    return fields


def _text(value: object) -> bytes:
    """Give a string's bytes, or those of a journald byte array; empty for anything else."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, list) and value and all(isinstance(item, int) and 0 <= item <= 255 for item in value):
        return bytes(value)
    return b""


def _take_time(record: JsonRecord, fields: dict[str, tuple[str, object]]) -> None:
    """Find the record's time; the first field that holds one wins."""
    for name in TIME_FIELDS:
        if name not in fields:
            continue
        key, value = fields[name]
        if isinstance(value, dict):
            value = _inner_time(value)
        if isinstance(value, str):
            stripped = value.strip()
            if not _numeric(stripped):
                if _dated(stripped):
                    record.time_text = stripped.encode("utf-8", "replace")
                    record.taken.append(key)
                    return
                continue
            value = float(stripped) if "." in stripped else int(stripped)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        moment = _moment(value)
        if moment is None:
            continue
        if moment >= _LAST_US:
            record.impossible_time = True
            return
        record.time_us = moment
        record.taken.append(key)
        return


def _inner_time(value: dict[str, object]) -> object:
    """Give the time inside an object: MongoDB's `$date`, Log4j's `instant`."""
    seconds, nanoseconds = value.get("epochSecond"), value.get("nanoOfSecond", 0)
    if isinstance(seconds, int) and isinstance(nanoseconds, int):
        return seconds * 1_000_000_000 + nanoseconds
    return value.get("$date")


def _numeric(text: str) -> bool:
    """Tell whether a text is a plain number."""
    whole, _, fraction = text.partition(".")
    return whole.isascii() and whole.isdigit() and len(whole) >= 9 and (not fraction or fraction.isdigit())


def _dated(text: str) -> bool:
    """Tell whether a text holds enough digits to be a date and a time."""
    return sum(character.isdigit() for character in text[:40]) >= 7


def _moment(value: float) -> int | None:
    """Give microseconds for seconds, milli-, micro- or nanoseconds since the epoch, told apart by their size."""
    if not -1e30 < value < 1e30:
        return None
    if value < 1e11:
        moment = round(value * 1_000_000)
    elif value < 1e14:
        moment = round(value * 1_000)
    elif value < 1e17:
        moment = int(value)
    else:
        moment = int(value) // 1_000
    return moment if moment >= _EARLIEST_US else None


def _take_message(record: JsonRecord, fields: dict[str, tuple[str, object]]) -> None:
    """Find the message."""
    for name in MESSAGE_FIELDS:
        if name in fields:
            key, value = fields[name]
            message = _text(value)
            if message:
                record.message = message.rstrip(b"\r\n")
                record.taken.append(key)
                return


def _take_level(record: JsonRecord, fields: dict[str, tuple[str, object]]) -> None:
    """Find the severity, as a word, a letter, or a number of syslog's, pino's or OpenTelemetry's scale."""
    for name in LEVEL_FIELDS:
        if name not in fields:
            continue
        key, value = fields[name]
        if isinstance(value, str):
            word = value.strip()
            if word.isdigit() and len(word) < 3:
                value = int(word)
            else:
                record.severity = LEVELS.get(word.lower().encode("utf-8", "replace"), 0)
                if record.severity == 0 and len(word) == 1:
                    record.severity = LETTERS.get(word.encode("utf-8", "replace"), 0)
        if isinstance(value, int) and not isinstance(value, bool):
            if name == "severitynumber":
                record.severity = value if 0 <= value <= 24 else 0
            elif 0 <= value <= 7:
                record.severity = OF_SYSLOG[value]
            else:
                record.severity = _PINO.get(value, 0)
        if record.severity:
            record.taken.append(key)
            return


def _take_name(record: JsonRecord, fields: dict[str, tuple[str, object]], names: tuple[str, ...]) -> bytes:
    """Find a name of one of `names`."""
    for name in names:
        if name in fields:
            key, value = fields[name]
            text = _text(value).strip() if isinstance(value, str) else b""
            if text:
                if "." not in name:
                    record.taken.append(key)
                return text
    return b""


def _take_process(record: JsonRecord, fields: dict[str, tuple[str, object]]) -> None:
    """Find the process id and journald's facility."""
    for name in PROCESS_FIELDS:
        if name in fields and record.process_id < 0:
            record.process_id = _small(fields[name][1], _MAX_INT32)
    if "syslog_facility" in fields:
        record.facility = _small(fields["syslog_facility"][1], 23)


def _small(value: object, most: int) -> int:
    """Give a whole number from 0 to `most`, also when written as text; -1 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    return -1


def _left_over(parsed: dict[str, object], taken: list[str]) -> bytes | None:
    """Give the fields that became nothing else, as a JSON object; None if there are none."""
    rest = {key: value for key, value in parsed.items() if key not in taken or isinstance(value, dict)}
    if not rest:
        return None
    try:
        return orjson.dumps(rest)
    except orjson.JSONEncodeError:
        # a lone surrogate or a number beyond 64 bits cannot be written again; the record's bytes are kept anyway
        return None
