"""Looks up by name, in the fields of one record, its time, host, service, severity and message; the fields come from a JSON
object (RFC 8259) or from a reader of `fields`.

Takes the bytes of a JSON record, or fields by name, and returns what an event is made of; the fields that are left over
become its attributes. Where each field stands is worked out once for each set of keys, as a source has few of them. A record
that stands as text within a field of another one is laid over it here. Never raises on bad input, and never reads the time
of a text: the reader of stamps does.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import orjson

from brainstem.contracts.event import Kind
from brainstem.contracts.statement import Stated, kind_of, stated_by
from brainstem.parse.field_names import (
    EPOCH_FIELDS,
    HOST_FIELDS,
    LEVEL_FIELDS,
    MESSAGE_FIELDS,
    NESTED,
    PARTY_FIELDS,
    POD_FIELDS,
    PROCESS_FIELDS,
    REQUEST_FIELDS,
    SERVICE_FIELDS,
    SPLIT_TIME_FIELDS,
    STATE_FIELDS,
    THING_FIELDS,
    TIME_FIELDS,
    ZONE_FIELDS,
    printed_name,
)
from brainstem.parse.fields.signed_text import said_by, signed_text
from brainstem.parse.fields.values import (
    LAST_US,
    inner_name,
    joined_moment,
    moment_of,
    name_of,
    severity_of,
    small_of,
    text_of,
)
from brainstem.parse.formats.definition import Fields, Format
from brainstem.parse.formats.json.json_lines import JSON_LINES_FORMAT
from brainstem.parse.formats.registry import FORMATS

_REPLICA: Final = re.compile("-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$")
"""What Kubernetes appends to a deployment's name for a pod (k8s.io/apimachinery/pkg/util/rand)."""
_DAY: Final = re.compile(r"[^:]{6,}")
"""a date without a time of day"""
_TIME_OF_DAY: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_ZONED: Final = re.compile(r"(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}|[A-Z]{3,4})\s*$")
_ZONE: Final = re.compile(r"[+-][0-9]{2}:?[0-9]{2}|[A-Za-z]+(?:[/_+-][A-Za-z0-9]+)*")

_MAX_INT32: Final = 2**31 - 1
MOST_FACILITY: Final = 23
"""of syslog (RFC 5424 section 6.2.1)"""
_REMEMBERED_KEYS_LENGTH: Final = 4096
"""characters of all keys of a record of which the places of the fields are remembered"""
MOST_DEPTH: Final = 3
"""objects written as the text of a message of another object: Docker around a shipper around a logger"""

Place = tuple[str, ...]
"""a key of the record, and the members inside the object that is its value"""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a record with certain keys can hold each field of an event, the best place first."""

    entry: Format
    time: tuple[Place, ...]
    level: tuple[Place, ...]
    host: tuple[Place, ...]
    is_request: bool
    """the record is of a web request, whose `host` is the name that was asked for"""
    service: tuple[Place, ...]
    pod: tuple[Place, ...]
    message: tuple[Place, ...]
    process: tuple[Place, ...]
    facility: tuple[Place, ...]
    zone: tuple[Place, ...]
    split: tuple[tuple[Place, Place], ...]
    """day and time of day"""
    epoch: tuple[tuple[Place, Place], ...]
    """whole seconds and their fraction"""
    states: tuple[tuple[str, Place], ...]
    """what says what happened, with the name under which it is signed"""
    things: tuple[tuple[str, Place], ...]
    parties: tuple[tuple[str, Place], ...]
    others: tuple[tuple[str, Place], ...]
    """fields of no role, which speak where no message does"""


@dataclass(slots=True)
class JsonRecord:
    """The fields of one record; its time is microseconds in UTC, or text for the reader of stamps."""

    message: bytes | None = None
    """None: no field holds one, and the record's own text serves"""
    time_us: int | None = None
    time_text: bytes = b""
    impossible_time: bool = False
    host: bytes = b""
    host_is_asked_for: bool = False
    """the host may be the name that a web request asked for; one that a header names goes before it"""
    service: bytes = b""
    process_id: int = -1
    facility: int = -1
    severity: int = 0
    format_number: int = JSON_LINES_FORMAT
    attributes: bytes | None = None
    kind: Kind = Kind.LOG
    stated: Stated | None = None
    """the content of an incident or feedback; None for a log, and for a statement that is not valid"""

    @property
    def has_time(self) -> bool:
        """Return whether a field holds a time; that of a text may still turn out to be none."""
        return self.time_us is not None or bool(self.time_text)


def is_json(raw: bytes) -> bool:
    """Return whether some bytes are one JSON text (RFC 8259), an object or not."""
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return True


def decode(raw: bytes, usual: Kind = Kind.LOG, entry: Format | None = None) -> JsonRecord | None:
    """Return the fields of one record, None if it is not one JSON object. `usual` is what records of its source are, `entry`
    their format where it is given rather than recognized by their keys.
    """
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return _last_of_list(raw, error.pos, usual, entry)
    if not isinstance(parsed, dict):
        return None
    return record_of(_unwrapped(parsed) if "_source" in parsed or "preview" in parsed else parsed, usual, entry)


_BEHIND_LIST: Final = re.compile(r"\s*\][\]}\s]*(?:,\s*\".*\}[\]}\s]*)?,?\s*", re.DOTALL)


def _last_of_list(raw: bytes, at: int, usual: Kind, entry: Format | None) -> JsonRecord | None:
    """Return the record that what is said of its list stands behind, from the character `at` on: `{"a":1}],"next":"x"}`."""
    text = raw.decode("utf-8", "replace")
    return decode(text[:at].encode("utf-8"), usual, entry) if at and _BEHIND_LIST.fullmatch(text, at) else None


def _unwrapped(parsed: Fields) -> Fields:
    """Return the record inside the object that a search engine puts round each hit: Elasticsearch and Splunk."""
    for outer, mark in (("_source", "_index"), ("result", "preview")):
        inner = parsed.get(outer)
        if mark in parsed and isinstance(inner, dict):
            if "_raw" in inner:
                inner["message"] = inner.pop("_raw")
            return inner
    return parsed


def record_of(parsed: Fields, usual: Kind = Kind.LOG, entry: Format | None = None, depth: int = 1) -> JsonRecord:
    """Return what an event is made of, from the fields of a record. `entry` is its format where the reader knows it.

    `parsed` is taken apart: fields that the event was made of are removed from it.
    """
    # statements are JSON objects only
    kind = kind_of(parsed, usual) if entry is None or entry.is_json else Kind.LOG
    statement = parsed if kind != Kind.LOG else None
    plan = plan_of(tuple(parsed))
    entry = entry or plan.entry
    if entry.flattened is not None and kind == Kind.LOG:
        flat = entry.flattened(parsed)
        if flat is None:
            entry = _JSON_LINES
        elif flat is not parsed:
            parsed, plan = flat, plan_of(tuple(flat))
    record = JsonRecord(format_number=entry.number, kind=kind)
    taken = [
        *take_time(record, parsed, plan),
        _take_message(record, parsed, plan.message),
        take_level(record, parsed, plan.level, entry),
    ]
    record.host, place = first_name(parsed, plan.host)
    record.host_is_asked_for = plan.is_request and place is not None and place.lower() == "host"
    taken.append(place)
    record.service, place = service_of(parsed, plan)
    taken.append(place)
    record.process_id = first_small(parsed, plan.process, _MAX_INT32)
    record.facility = first_small(parsed, plan.facility, MOST_FACILITY)
    if statement is not None:
        if record.has_time:
            record.stated = stated_by(statement, kind)
    elif record.message is not None and record.message[:1] == b"{" and depth < MOST_DEPTH:
        _take_inner(record, depth)
    if statement is None and (plan.states or plan.things or plan.parties):
        _take_signed(record, parsed, plan)
    record.attributes = _left_over(parsed, taken)
    return record


def plan_of(keys: tuple[str, ...]) -> Plan:
    """Return the places of the fields in a record with these keys, from memory where the keys are of a usual length."""
    return (_plan if sum(map(len, keys)) <= _REMEMBERED_KEYS_LENGTH else _plan.__wrapped__)(keys)


@lru_cache(maxsize=4096)
def _plan(keys: tuple[str, ...]) -> Plan:
    """Return the places of the fields in a record with these keys."""
    places: dict[str, Place] = {}
    for key in keys:
        name = key.lower()
        places.setdefault(name, (key,))
        for member in NESTED.get(name, ()):
            # a Kubernetes member is known by its own name, an ECS member by its path
            path = member if name == "kubernetes" else f"{name}.{member}".lower()
            places.setdefault(path, (key, *member.split(".")))
    # bunyan's name of the program; other loggers call themselves or a person so
    if {"name", "hostname", "pid", "level", "msg", "time", "v"} <= places.keys():
        places.setdefault("service", places["name"])
    roles = (TIME_FIELDS, LEVEL_FIELDS, HOST_FIELDS, SERVICE_FIELDS, POD_FIELDS, MESSAGE_FIELDS, PROCESS_FIELDS)
    found = [
        tuple(places[name] for name in names if name in places) for names in (*roles, ("syslog_facility",), ZONE_FIELDS)
    ]
    paired = [
        tuple((places[a], places[b]) for a, b in names if a in places and b in places)
        for names in (SPLIT_TIME_FIELDS, EPOCH_FIELDS)
    ]
    named_twice = {*found[2][:1], *found[3][:1]}
    signed = [
        tuple((printed, places[name]) for name, printed in names if name in places and places[name] not in named_twice)
        for names in (
            STATE_FIELDS.items(),
            ((name, printed_name(name)) for name in THING_FIELDS),
            ((name, printed_name(name)) for name in PARTY_FIELDS),
        )
    ]
    with_role = {place[0] for role in found for place in role} | {place[0] for role in signed for _, place in role}
    others = tuple((key, (key,)) for key in keys if key not in with_role)
    time, level, host, service, pod, message, process, facility, zone = found
    split, epoch = paired
    states, things, parties = signed
    return Plan(
        _format_of(keys),
        time,
        level,
        host,
        any(name in places for name in REQUEST_FIELDS),
        service,
        pod,
        message,
        process,
        facility,
        zone,
        split,
        epoch,
        states,
        things,
        parties,
        others,
    )


def _format_of(keys: tuple[str, ...]) -> Format:
    """Return the format of an object with these keys: the one that claims them, else plain JSON lines."""
    for entry in FORMATS:
        if entry.recognizes_keys is not None and entry.recognizes_keys(keys):
            return entry
    return _JSON_LINES


_JSON_LINES: Final = FORMATS[JSON_LINES_FORMAT]


def _value(parsed: Fields, place: Place) -> object:
    """Return what stands at a place, None for nothing."""
    value: object = parsed.get(place[0])
    for member in place[1:]:
        value = value.get(member) if isinstance(value, dict) else None
    return value


def take_time(record: JsonRecord, parsed: Fields, plan: Plan) -> list[str | None]:
    """Write the time of the first field that holds one to `record`; return the keys that it is made of."""
    for seconds, fraction in plan.epoch:
        moment = joined_moment(_value(parsed, seconds), _value(parsed, fraction))
        if moment is not None:
            record.time_us = moment
            return [seconds[0], fraction[0]]
    joined = _joined(parsed, plan.split) if plan.split else None
    for index, place in enumerate(plan.time):
        if joined is not None and place in joined[1]:
            # without a zone of its own, a number says the moment better, as FortiOS's `eventtime` does
            moments = (moment_of(_value(parsed, later)) for later in plan.time[index:] if later not in joined[1])
            number = None if plan.zone else next((each for each in moments if isinstance(each, int)), None)
            if number is None:
                record.time_text = _with_zone(joined[0], parsed, plan.zone)
                return [each[0] for each in joined[1]]
            found: int | str | None = number
        else:
            found = moment_of(_value(parsed, place))
        if found is None:
            continue
        if isinstance(found, str):
            record.time_text = _with_zone(found, parsed, plan.zone)
        else:
            record.impossible_time = found >= LAST_US
            record.time_us = found
        return [place[0]]
    return []


def _joined(parsed: Fields, split: tuple[tuple[Place, Place], ...]) -> tuple[str, tuple[Place, Place]] | None:
    """Return day and time of day as one text with the places where they stand, None where no two fields are such."""
    for places in split:
        day, time_of_day = (name_of(_value(parsed, place)) for place in places)
        if _DAY.fullmatch(day) and _TIME_OF_DAY.match(time_of_day):
            return f"{day} {time_of_day}", places
    return None


def _with_zone(text: str, parsed: Fields, places: tuple[Place, ...]) -> bytes:
    """Return the text of a time, with the zone that stands in another field where it prints none itself."""
    if places and not _ZONED.search(text):
        for place in places:
            zone = name_of(_value(parsed, place))
            if _ZONE.fullmatch(zone):
                text = f"{text} {zone}"
                break
    return text.encode("utf-8", "replace")


def _take_message(record: JsonRecord, parsed: Fields, places: tuple[Place, ...]) -> str | None:
    """Write the first message that is not empty to `record`; return its key."""
    for place in places:
        message = text_of(_value(parsed, place))
        if message:
            record.message = message.rstrip(b"\r\n")
            return place[0]
    # alerts of Sophos Central say what happened by their name; a name of one word is that of something
    name = name_of(parsed.get("name"))
    if " " in name:
        record.message = name.encode("utf-8", "replace")
        return "name"
    return None


def take_level(record: JsonRecord, parsed: Fields, places: tuple[Place, ...], entry: Format) -> str | None:
    """Write the severity to `record`, and return its key.

    It may be a word, a letter, or a number of syslog's, pino's or OpenTelemetry's scale, of which only OpenTelemetry's has a
    field name of its own. A word in any field goes before numbers, whose scale is a guess; not where the format has a scale.
    """
    for numbers in (False, True) if entry.level_scale is None else (True, False):
        for place in places:
            value = _value(parsed, place)
            if numbers and place[0].lower() in _OF_OPENTELEMETRY:
                record.severity = max(small_of(value, 24), 0)
            elif value is not None:
                record.severity = severity_of(value, entry.level_scale, numbers=numbers)
            if record.severity:
                return place[0]
    return None


_OF_OPENTELEMETRY: Final = ("severitynumber", "severity_number")


def _take_inner(record: JsonRecord, depth: int) -> None:
    """Take what an object says that is the text of the message, as Docker and shippers wrap the lines of a logger.

    What the inner record says counts, and the outer one says the rest.
    """
    try:
        parsed = orjson.loads(record.message or b"")
    except orjson.JSONDecodeError:
        return
    if not isinstance(parsed, dict):
        return
    inner = record_of(parsed, depth=depth + 1)
    # an object without a message of its own may be the value that is logged
    if inner.message is None and not inner.has_time and not inner.severity:
        return
    record.message = inner.message or record.message
    if inner.has_time and not inner.impossible_time:
        record.time_us, record.time_text = inner.time_us, inner.time_text
    record.host, record.service = inner.host or record.host, inner.service or record.service
    record.severity = inner.severity or record.severity
    record.process_id = inner.process_id if inner.process_id >= 0 else record.process_id


def _take_signed(record: JsonRecord, parsed: Fields, plan: Plan) -> None:
    """Put what says what happened, and to what, behind the message."""
    message = record.message
    if message is None:
        message = said_by((key, _value(parsed, place)) for key, place in plan.others).encode("utf-8", "replace")
    states, things, parties = (_named(parsed, places) for places in (plan.states, plan.things, plan.parties))
    record.message = signed_text(message, states, things, parties) or record.message


def _named(parsed: Fields, places: tuple[tuple[str, Place], ...]) -> list[tuple[str, object]]:
    """Return the values at some places that are not missing, with the names under which they are signed."""
    found: list[tuple[str, object]] = []
    for name, place in places:
        value = _value(parsed, place) if place[1:] else parsed[place[0]]
        if value is not None:
            found.append((name, inner_name(value) if isinstance(value, dict) else value))
    return found


def first_name(parsed: Fields, places: tuple[Place, ...]) -> tuple[bytes, str | None]:
    """Return the first name that is not empty, and its key; the key is None where the name stands inside an object."""
    for place in places:
        text = name_of(inner_name(_value(parsed, place)))
        if text:
            return text.encode("utf-8", "replace"), None if place[1:] else place[0]
    return b"", None


def service_of(parsed: Fields, plan: Plan) -> tuple[bytes, str | None]:
    """Return the service and its key; the name of a pod's deployment goes before that of a container.

    Containers of many deployments have names such as "server", and a pod's name ends with letters that differ each time.
    """
    name, key = first_name(parsed, plan.service)
    pod, _ = first_name(parsed, plan.pod)
    if not pod:
        return name, key
    deployment = _REPLICA.sub("", pod.decode("utf-8")).encode("utf-8")
    return (deployment, None) if name in (b"", deployment) else (deployment + b"/" + name, None)


def first_small(parsed: Fields, places: tuple[Place, ...], most: int) -> int:
    """Return the first whole number from 0 to `most`, -1 for none."""
    for place in places:
        number = small_of(_value(parsed, place), most)
        if number >= 0:
            return number
    return -1


def _left_over(parsed: Fields, taken: list[str | None]) -> bytes | None:
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
