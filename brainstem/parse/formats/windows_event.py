"""Windows events: the fields of one event, whether it comes as XML or as the JSON of one of many exporters.

Takes what an exporter wrote as nested objects, returns a flat object with the names of `field_names`. Levels are those of
the event schema (https://learn.microsoft.com/en-us/windows/win32/wes/eventschema-leveltype-complextype).
"""

import re
from collections.abc import Mapping
from typing import Final

from brainstem.parse.formats.definition import Fields

WINDOWS_LEVELS: Final = {0: 9, 1: 21, 2: 17, 3: 13, 4: 9, 5: 5}
"""LogAlways, critical, error, warning, information, verbose"""
_ENTRY_TYPES: Final = {1: "error", 2: "warning", 4: "information", 8: "information", 16: "warning"}
"""of the old event log: error, warning, information, and audits that succeeded or failed"""
_NXLOG_SEVERITIES: Final = {1: "debug", 2: "information", 3: "warning", 4: "error", 5: "critical"}
_LEVEL_WORDS: Final = {
    "auditsuccess": "information",
    "audit_success": "information",
    "successaudit": "information",
    "audit success": "information",
    "auditfailure": "warning",
    "audit_failure": "warning",
    "failureaudit": "warning",
    "audit failure": "warning",
    "success": "information",
    "informationen": "information",
    "warnung": "warning",
    "fehler": "error",
    "kritisch": "critical",
    "ausführlich": "verbose",
    "avertissement": "warning",
    "erreur": "error",
    "critique": "critical",
}
"""what Windows calls levels beside the words that all logs use"""

_MOST_VALUES: Final = 12
_MOST_VALUE_CHARACTERS: Final = 80
_UNSAID: Final = re.compile(
    r"-|0x[0-9A-Fa-f]+|%%[0-9]+|\{?[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}\}?|S-1-[0-9-]+|[0-9A-Fa-f]{16,}|NULL SID|\s*"
)
"""values that say nothing to a person: nothing, handles, references to other tables, GUIDs, SIDs and dumps"""
_UNSAID_NAMES: Final = ("sid", "guid", "logonid", "binary")
_NUMBERED: Final = re.compile(r"param[0-9]+", re.IGNORECASE)
_ELEMENT: Final = re.compile(r"<Data(?:\s+Name=[\"']([^\"'<>]*)[\"'])?\s*>([^<]*)</Data>")
_WORD: Final = re.compile(r"[^\W\d_]+")
_NAMING: Final = {
    "servicename": "unit",
    "taskname": "task_name",
    "targetusername": "user",
    "ipaddress": "src_ip",
    "devicename": "device",
    "volumename": "volume",
}
"""fields of event data that name what an event is about"""

_TIME: Final = (
    "timecreated",
    "time_created",
    "systemtime",
    "eventtime",
    "event_time",
    "timegenerated",
    "datetime",
    "date and time",
    "datum und uhrzeit",
    "@timestamp",
    "timestamp",
    "time",
    "timewritten",
    "eventreceivedtime",
)
_HOST: Final = (
    "computer",
    "computername",
    "computer_name",
    "machinename",
    "machine_name",
    "hostname",
    "host_name",
    "host",
)
_PROVIDER: Final = (
    "providername",
    "provider_name",
    "sourcename",
    "source_name",
    "eventsource",
    "provider",
    "source",
    "quelle",
)
_ID: Final = (
    "eventid",
    "event_id",
    "event id",
    "eventcode",
    "event_identifier",
    "ereignis-id",
    "id",
    "instanceid",
)
_NUMBERED_LEVEL: Final = ("level", "event_level")
_LEVEL_WORD: Final = (
    "leveldisplayname",
    "leveltext",
    "level_text",
    "levelname",
    "entrytype",
    "level",
    "ebene",
    "severity",
    "eventtype",
    "type",
    "keywords",
)
_MESSAGE: Final = ("message", "rendereddescription", "rendered_message", "description", "msg")
_PROCESS: Final = ("processid", "process_id", "executionprocessid")
_VALUES: Final = ("event_data", "eventdata", "user_data", "userdata", "properties", "replacementstrings", "strings")


def nested_event(event: Mapping[str, object]) -> Fields | None:
    """Return the flat fields of an event with the members of the schema: System, EventData or UserData, RenderingInfo.

    None where `System` is missing.
    """
    system = event.get("System")
    if not isinstance(system, dict):
        return None
    rendering = event.get("RenderingInfo")
    rendered: Mapping[str, object] = rendering if isinstance(rendering, dict) else {}
    flat: Fields = {
        "time": _attribute(system.get("TimeCreated"), "SystemTime"),
        "host": _content(system.get("Computer")),
        "service": _attribute(system.get("Provider"), "Name") or _attribute(system.get("Provider"), "EventSourceName"),
        "event_id": _content(system.get("EventID")),
        "pid": _attribute(system.get("Execution"), "ProcessID"),
        "level": _level(_content(system.get("Level")), _content(rendered.get("Level"))),
        "channel": _content(system.get("Channel")),
    }
    values = _values(event.get("EventData")) or _values(event.get("UserData"))
    message = _content(rendered.get("Message")) or event.get("Message")
    return _with_message(flat, message, values)


def flat_event(parsed: Mapping[str, object]) -> Fields | None:
    """Return the fields of an event whose exporter put them side by side; None where no id or no provider is among them."""
    by_name = {key.lower(): value for key, value in parsed.items()}
    number = _first(by_name, _ID)
    provider = _first(by_name, _PROVIDER)
    if number is None or not isinstance(provider, str | Mapping):
        return None
    severity = by_name.get("severityvalue")
    level: object = _NXLOG_SEVERITIES.get(severity) if isinstance(severity, int) else None
    if level is None:
        level = _level(_first(by_name, _NUMBERED_LEVEL), *(by_name.get(name) for name in _LEVEL_WORD))
    entry_type = by_name.get("entrytype")
    if isinstance(entry_type, int) and entry_type in _ENTRY_TYPES:
        level = _ENTRY_TYPES[entry_type]
    flat: Fields = {
        "time": _first(by_name, _TIME),
        "host": _content(_first(by_name, _HOST)),
        "service": _attribute(provider, "Name") if isinstance(provider, Mapping) else provider,
        "event_id": _content(number),
        "pid": _first(by_name, _PROCESS),
        "level": level,
        "channel": by_name.get("channel") or by_name.get("logname") or by_name.get("log_name"),
    }
    for split in (("date", "time"), ("datum", "uhrzeit")):
        if all(name in by_name for name in split) and _first(by_name, _TIME[:7]) is None:
            flat |= {"date": by_name[split[0]], "time": by_name[split[1]]}
    values: Fields = {}
    for name in _VALUES:
        values = values or _values(by_name.get(name))
    # what other fields say of the event's data stands beside the rest, as NXLog writes it
    values = values or {key: value for key, value in parsed.items() if key.lower() in (*_NAMING, "param1")}
    return _with_message(flat, _first(by_name, _MESSAGE), values)


def winlogbeat_event(parsed: Mapping[str, object]) -> Fields | None:
    """Return the fields of an event of Winlogbeat, None where it is of another program."""
    winlog = parsed.get("winlog")
    if not isinstance(winlog, dict):
        return None
    event, log, host = (parsed.get(name) for name in ("event", "log", "host"))
    event = event if isinstance(event, dict) else {}
    log = log if isinstance(log, dict) else {}
    process = winlog.get("process")
    flat: Fields = {
        "time": parsed.get("@timestamp") or event.get("created"),
        "host": winlog.get("computer_name") or _attribute(host, "name"),
        "service": winlog.get("provider_name") or event.get("provider"),
        "event_id": winlog.get("event_id") or event.get("code"),
        "pid": process.get("pid") if isinstance(process, dict) else None,
        "level": _level(winlog.get("level"), log.get("level"), parsed.get("log.level")),
        "channel": winlog.get("channel"),
        "event.outcome": event.get("outcome"),
    }
    values = _values(winlog.get("event_data")) or _values(winlog.get("user_data"))
    return _with_message(flat, parsed.get("message"), values)


def _with_message(flat: Fields, message: object, values: Fields) -> Fields:
    """Return the fields with their message: the rendered one, else the values of the event's data one after another."""
    found = {key: value for key, value in flat.items() if value not in (None, "")}
    text = message.strip() if isinstance(message, str) else ""
    # what a service is called stands first in the data of the Service Control Manager
    if flat.get("service") == "Service Control Manager" and isinstance(values.get("param1"), str):
        found["unit"] = values["param1"]
    for key, value in values.items():
        naming = _NAMING.get(key.lower())
        if naming is not None and isinstance(value, str) and not _UNSAID.fullmatch(value):
            found[naming] = value
    if text:
        found["message"] = text
        return found
    shown = [
        _pair(key, str(value).strip())
        for key, value in values.items()
        if key.lower() not in _NAMING and value != found.get("unit") and isinstance(value, str | int)
    ]
    found["message"] = " ".join([pair for pair in shown if pair][:_MOST_VALUES])
    return found


def _pair(key: str, text: str) -> str:
    """Return `key=value` for a value of an event's data, empty for one that says nothing."""
    if (
        _UNSAID.fullmatch(text)
        or len(text) > _MOST_VALUE_CHARACTERS
        or key.lower().endswith(("sid", "guid", "logonid", "binary"))
    ):
        return ""
    # one word may be a state in any language; anything else is a value
    shown = text if _WORD.fullmatch(text) else f'"{" ".join(text.replace(chr(34), chr(39)).split())}"'
    # a number in place of a name says nothing
    return shown if _NUMBERED.fullmatch(key) else f"{key}={shown}"


def _values(found: object) -> Fields:
    """Return the values of an event's data by name; those without one are called `param1`, `param2` and so on."""
    if isinstance(found, str) and "<Data" in found:
        # Promtail keeps the elements as they are
        pairs = enumerate(_ELEMENT.findall(found))
        return {name or f"param{index + 1}": value for index, (name, value) in pairs}
    if isinstance(found, str):
        return {"param1": found} if found.strip() else {}
    if isinstance(found, list):
        named: Fields = {}
        for index, each in enumerate(found):
            name = _attribute(each, "Name") if isinstance(each, dict) else None
            named[str(name) if name else f"param{index + 1}"] = _content(each)
        return named
    if not isinstance(found, dict):
        return {}
    if set(found) <= {"Data", "Binary", "#attributes"}:
        inner = found.get("Data")
        if isinstance(inner, dict) and "#text" in inner and "#attributes" not in inner:
            inner = inner["#text"]
        return _values([inner] if isinstance(inner, dict) else inner)
    values = {key: _content(value) for key, value in found.items() if key not in ("#attributes", "Binary")}
    if len(values) == 1 and isinstance(only := next(iter(found.values())), dict) and "#text" not in only:
        # user data has one element of the provider's own around its values
        return _values(only)
    return values


def _level(number: object, *words: object) -> object:
    """Return the number of a level on the schema's scale where one is given, else the first word that names one."""
    if isinstance(number, str) and number.strip().isdigit():
        number = int(number)
    if isinstance(number, int) and not isinstance(number, bool) and number in WINDOWS_LEVELS:
        return number
    for word in (number, *words):
        if isinstance(word, str) and word.strip() and not word.strip()[:2].isdigit():
            return _LEVEL_WORDS.get(word.strip().lower(), word)
    return None


def _first(by_name: Mapping[str, object], names: tuple[str, ...]) -> object:
    """Return the value of the first name that has one."""
    return next((by_name[name] for name in names if by_name.get(name) not in (None, "")), None)


def _attribute(element: object, name: str) -> object:
    """Return an attribute of an element, in the ways in which converters from XML write it."""
    if not isinstance(element, dict):
        return element if name == "SystemTime" or isinstance(element, str) else None
    inner = element.get("#attributes")
    if isinstance(inner, dict) and name in inner:
        return inner[name]
    return next((element[key] for key in (name, f"@{name}", f"_{name}", name.lower()) if key in element), None)


def _content(element: object) -> object:
    """Return the text of an element, in the ways in which converters from XML write it."""
    if not isinstance(element, dict):
        return element
    return next((element[key] for key in ("#text", "$", "_", "value", "Value", "name", "id") if key in element), None)
