"""The fields of JSON records: one object a record (RFC 8259), with the names that loggers, shippers and journald use.

Takes the bytes of one record, returns the fields that an event is made of; the fields that are left over become its
attributes. Where each field stands is worked out once for each set of keys, as a source has few of them. Never raises on bad
input, and never reads the time of a text: the reader of stamps does.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import orjson

from brainstem.contracts.event import Kind
from brainstem.contracts.statement import Stated, kind_of, stated_by
from brainstem.parse.field_names import (
    HOST_FIELDS,
    LEVEL_FIELDS,
    MESSAGE_FIELDS,
    POD_FIELDS,
    PROCESS_FIELDS,
    SERVICE_FIELDS,
    TIME_FIELDS,
)
from brainstem.parse.formats.json.json_lines import JSON_LINES_FORMAT
from brainstem.parse.formats.registry import FORMATS
from brainstem.parse.scan.civil_time import FIRST_YEAR, LAST_YEAR
from brainstem.parse.scan.severity import LETTERS, LEVELS, OF_SYSLOG

_NESTED: Final = {
    "log": ("level",),
    "host": ("name", "hostname"),
    "service": ("name",),
    "process": ("name", "pid"),
    "kubernetes": ("container_name", "pod_name", "node_name"),
    "container": ("name",),
}
"""Objects whose members count as fields of the record (Elastic Common Schema, Fluentd's Kubernetes metadata)."""

_REPLICA: Final = re.compile("-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$")
"""What Kubernetes appends to a deployment's name for a pod (k8s.io/apimachinery/pkg/util/rand)."""

_EARLIEST_US: Final = 100_000_000 * 1_000_000
"""A smaller number is a duration or a counter, no moment."""
_LAST_US: Final = (LAST_YEAR + 1 - FIRST_YEAR) * 31_556_952 * 1_000_000

_PINO: Final = {10: 1, 20: 5, 30: 9, 40: 13, 50: 17, 60: 21}
"""Numeric levels of bunyan and pino."""

_NUMBER: Final = re.compile(r"[0-9]{9,20}(?:\.[0-9]{1,12})?")
_DIGIT: Final = re.compile("[0-9]")

_MAX_INT32: Final = 2**31 - 1


Place = tuple[str, str]
"""a key of the record, and a member of the object that is its value; an empty member means the value itself"""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where a record with certain keys can hold each field of an event, the best place first."""

    format_number: int
    time: tuple[Place, ...]
    level: tuple[Place, ...]
    host: tuple[Place, ...]
    service: tuple[Place, ...]
    pod: tuple[Place, ...]
    message: tuple[Place, ...]
    process: tuple[Place, ...]
    facility: tuple[Place, ...]


@dataclass(slots=True)
class JsonRecord:
    """The fields of one JSON record; its time is microseconds in UTC, or text for the reader of stamps."""

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
    format_number: int = JSON_LINES_FORMAT
    attributes: bytes | None = None
    kind: Kind = Kind.LOG
    stated: Stated | None = None
    """the content of an incident or feedback; None for a log, and for a statement that is not valid"""


def is_json(raw: bytes) -> bool:
    """Return whether some bytes are one JSON text (RFC 8259), an object or not."""
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True


def decode(raw: bytes, usual: Kind = Kind.LOG) -> JsonRecord | None:
    """Return the fields of one record, None if it is not one JSON object. `usual` is what records of its source are."""
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(parsed, dict):
        return None
    plan = _plan(tuple(parsed))
    record = JsonRecord(format_number=plan.format_number)
    taken = [
        _take_time(record, parsed, plan.time),
        _take_message(record, parsed, plan.message),
        _take_level(record, parsed, plan.level),
    ]
    record.host, place = _name(parsed, plan.host)
    taken.append(place)
    record.service, place = _service(parsed, plan)
    taken.append(place)
    record.process_id = _first_small(parsed, plan.process, _MAX_INT32)
    record.facility = _first_small(parsed, plan.facility, 23)
    record.kind = kind_of(parsed, usual)
    if record.kind != Kind.LOG and (record.time_text or record.time_us is not None):
        record.stated = stated_by(parsed, record.kind)
    record.attributes = _left_over(parsed, taken)
    return record


@lru_cache(maxsize=4096)
def _plan(keys: tuple[str, ...]) -> _Plan:
    """Return the places of the fields in a record with these keys."""
    places: dict[str, Place] = {}
    for key in keys:
        name = key.lower()
        places.setdefault(name, (key, ""))
        for member in _NESTED.get(name, ()):
            # a Kubernetes member is known by its own name, an ECS member by its path
            places.setdefault(member if name == "kubernetes" else f"{name}.{member}", (key, member))
    roles = (TIME_FIELDS, LEVEL_FIELDS, HOST_FIELDS, SERVICE_FIELDS, POD_FIELDS, MESSAGE_FIELDS, PROCESS_FIELDS)
    found = [tuple(places[name] for name in names if name in places) for names in (*roles, ("syslog_facility",))]
    return _Plan(_format_number(keys), *found)


def _format_number(keys: tuple[str, ...]) -> int:
    """Return the format of an object with these keys: the one that claims them, else plain JSON lines."""
    for entry in FORMATS:
        if entry.recognizes_keys is not None and entry.recognizes_keys(keys):
            return entry.number
    return JSON_LINES_FORMAT


def _value(parsed: dict[str, object], place: Place) -> object:
    """Return what stands at a place, None for nothing."""
    key, member = place
    value = parsed[key]
    if member:
        return value.get(member) if isinstance(value, dict) else None
    return value


def _text(value: object) -> bytes:
    """Return a string's bytes, or those of a journald byte array; empty for anything else."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    if isinstance(value, list) and value and all(isinstance(item, int) and 0 <= item <= 255 for item in value):
        return bytes(value)
    return b""


def _take_time(record: JsonRecord, parsed: dict[str, object], places: tuple[Place, ...]) -> str | None:
    """Write the time of the first field that holds one to `record`; return its key."""
    for place in places:
        value = _value(parsed, place)
        if isinstance(value, dict):
            value = _inner_time(value)
        if isinstance(value, str):
            text = value.strip()
            if not _NUMBER.fullmatch(text):
                # a stamp has a digit soon; what has none, such as "now", leaves its turn to the next field
                if not _DIGIT.search(text, 0, 12):
                    continue
                record.time_text = text.encode("utf-8", "replace")
                return place[0]
            value = float(text) if "." in text else int(text)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        moment = _moment(value)
        if moment is None:
            continue
        record.impossible_time = moment >= _LAST_US
        record.time_us = moment
        return place[0]
    return None


def _inner_time(value: dict[str, object]) -> object:
    """Return the time inside an object: MongoDB's `$date`, Log4j's `instant`."""
    seconds, nanoseconds = value.get("epochSecond"), value.get("nanoOfSecond", 0)
    if isinstance(seconds, int) and isinstance(nanoseconds, int):
        return seconds * 1_000_000_000 + nanoseconds
    return value.get("$date")


def _moment(value: float) -> int | None:
    """Return microseconds for seconds, milli-, micro- or nanoseconds since the epoch; their size decides which they are."""
    # a number beyond this is no moment in any unit, and would be slow to convert
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


def _take_message(record: JsonRecord, parsed: dict[str, object], places: tuple[Place, ...]) -> str | None:
    """Write the first message that is not empty to `record`; return its key."""
    for place in places:
        message = _text(_value(parsed, place))
        if message:
            record.message = message.rstrip(b"\r\n")
            return place[0]
    return None


def _take_level(record: JsonRecord, parsed: dict[str, object], places: tuple[Place, ...]) -> str | None:
    """Write the severity to `record`, and return its key.

    It may be a word, a letter, or a number of syslog's, pino's or OpenTelemetry's scale, of which only OpenTelemetry's has a
    field name of its own.
    """
    for place in places:
        value = _value(parsed, place)
        if isinstance(value, str):
            word = value.strip()
            if word.isascii() and word.isdigit() and len(word) < 3:
                value = int(word)
            else:
                record.severity = _word_severity(word)
        if isinstance(value, int) and not isinstance(value, bool):
            if place[0].lower() == "severitynumber":
                record.severity = value if 0 <= value <= 24 else 0
            elif 0 <= value <= 7:
                record.severity = OF_SYSLOG[value]
            else:
                record.severity = _PINO.get(value, 0)
        if record.severity:
            return place[0]
    return None


@lru_cache(maxsize=1024)
def _word_severity(word: str) -> int:
    """Return the severity a level's name or letter stands for, 0 for none."""
    plain = word.encode("utf-8", "replace")
    return LEVELS.get(plain.lower(), LETTERS.get(plain, 0) if len(plain) == 1 else 0)


def _name(parsed: dict[str, object], places: tuple[Place, ...]) -> tuple[bytes, str | None]:
    """Return the first name that is not empty, and its key; the key is None where the name stands inside an object."""
    for place in places:
        value = _value(parsed, place)
        if isinstance(value, str):
            text = value.strip()
            if text:
                return text.encode("utf-8", "replace"), None if place[1] else place[0]
    return b"", None


def _service(parsed: dict[str, object], plan: _Plan) -> tuple[bytes, str | None]:
    """Return the service and its key; the name of a pod's deployment goes before that of a container.

    Containers of many deployments have names such as "server", and a pod's name ends with letters that differ each time.
    """
    name, key = _name(parsed, plan.service)
    pod, _ = _name(parsed, plan.pod)
    if not pod:
        return name, key
    deployment = _REPLICA.sub("", pod.decode("utf-8")).encode("utf-8")
    return (deployment, None) if name in (b"", deployment) else (deployment + b"/" + name, None)


def _first_small(parsed: dict[str, object], places: tuple[Place, ...], most: int) -> int:
    """Return the first whole number from 0 to `most`, -1 for none."""
    for place in places:
        number = _small(_value(parsed, place), most)
        if number >= 0:
            return number
    return -1


def _small(value: object, most: int) -> int:
    """Return a whole number from 0 to `most`, also when written as text; -1 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 11:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    return -1


def _left_over(parsed: dict[str, object], taken: list[str | None]) -> bytes | None:
    """Return the fields that no field of the event was taken from, as a JSON object; None if there are none."""
    for key in taken:
        # an object stays, as only one of its members was taken
        if key is not None and not isinstance(parsed.get(key), dict):
            parsed.pop(key, None)
    if not parsed:
        return None
    try:
        return orjson.dumps(parsed)
    except orjson.JSONEncodeError:
        # a lone surrogate or a number beyond 64 bits cannot be written again; the record's bytes are kept anyway
        return None
