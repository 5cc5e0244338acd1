"""Windows events in JSON, as PowerShell, Winlogbeat, NXLog, Promtail, Fluent Bit, Plaso and evtx_dump write them."""

from collections.abc import Collection
from typing import Final

from brainstem.parse.formats.definition import Fields, Format, Sample
from brainstem.parse.formats.windows_event import WINDOWS_LEVELS, flat_event, nested_event, winlogbeat_event

WINDOWS_JSON_FORMAT: Final = 17
"""the number that stored events carry"""

_IDS: Final = frozenset(
    {"eventid", "event_id", "event id", "eventcode", "event_identifier", "instanceid", "ereignis-id"}
)
_BESIDE_IDS: Final = frozenset(
    [
        "providername",
        "provider_name",
        "sourcename",
        "source_name",
        "channel",
        "logname",
        "log_name",
        "computer",
        "computername",
        "computer_name",
        "machinename",
        "entrytype",
        "event_level",
    ]
)


def _has_event_keys(keys: Collection[str]) -> bool:
    """Return whether an object may be an event: with its own root, of Winlogbeat, or with the fields side by side."""
    if "Event" in keys or "winlog" in keys or "System" in keys:
        return True
    folded = {key.lower() for key in keys}
    if "event" in folded and "record" in folded:
        return True
    # PowerShell's Get-WinEvent calls the event's id "Id"
    of_powershell = {"timecreated", "providername"} <= folded
    return of_powershell or (bool(folded & _IDS) and bool(folded & _BESIDE_IDS))


def _fields(parsed: Fields) -> Fields | None:
    """Return the fields of an event in any of the layouts, None where it has none of them."""
    for key in ("Event", "event"):
        root = parsed.get(key)
        if isinstance(root, dict) and "System" in root:
            return nested_event(root)
    found = nested_event(parsed) or winlogbeat_event(parsed) or flat_event(parsed)
    if found is None and "TimeCreated" in parsed:
        # an event whose id was not exported
        found = flat_event({**parsed, "Id": ""}) or flat_event({**parsed, "Id": "-"})
    return found


FORMAT: Final = Format(
    number=WINDOWS_JSON_FORMAT,
    name="windows-json",
    title="Windows events in JSON",
    specification="https://learn.microsoft.com/en-us/windows/win32/wes/eventschema-schema",
    samples=(
        Sample(
            line=b'{"TimeCreated":"\\/Date(1643968800123)\\/","Id":7036,"Level":4,"LevelDisplayName":"Information",'
            b'"ProviderName":"Service Control Manager","MachineName":"dc1","ProcessId":812,'
            b'"Message":"The Print Spooler service entered the stopped state."}',
            message=b"The Print Spooler service entered the stopped state. event_id=7036",
            time="2022-02-04T10:00:00.123",
            host="dc1",
            service="Service Control Manager",
            process_id=812,
            severity=9,
            attributes=b'{"event_id":7036,"pid":812}',
        ),
        Sample(
            line=b'{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":'
            b'{"#attributes":{"Name":"Service Control Manager"}},'
            b'"EventID":{"#attributes":{"Qualifiers":16384},"#text":7036},"Level":4,"TimeCreated":{"#attributes":'
            b'{"SystemTime":"2022-02-04T10:00:00.626427Z"}},"Channel":"System","Computer":"dc1"},'
            b'"EventData":{"param1":"Print Spooler","param2":"stopped","Binary":"650076"}}}',
            message=b'stopped, event_id=7036, unit="Print Spooler"',
            time="2022-02-04T10:00:00.626427",
            host="dc1",
            service="Service Control Manager",
            severity=9,
            attributes=b'{"event_id":7036,"channel":"System","unit":"Print Spooler"}',
        ),
        Sample(
            line=b'{"@timestamp":"2022-02-04T10:00:00.5Z","message":"The device is not ready.","log":{"level":"error"},'
            b'"event":{"code":"153","provider":"disk"},"host":{"name":"dc1"},"winlog":{"event_id":"153",'
            b'"provider_name":"disk","computer_name":"dc1.example.net","channel":"System"}}',
            message=b"The device is not ready. event_id=153",
            time="2022-02-04T10:00:00.5",
            host="dc1.example.net",
            service="disk",
            severity=17,
            attributes=b'{"event_id":"153","channel":"System"}',
        ),
        Sample(
            line=b'{"EventTime":"2022-02-04 10:00:00","Hostname":"dc1","Keywords":3602,"EventType":"WARNING",'
            b'"SeverityValue":3,"Severity":"WARNING","EventID":153,"SourceName":"disk",'
            b'"Message":"The device is not ready."}',
            message=b"The device is not ready. event_id=153",
            time="2022-02-04T10:00:00",
            host="dc1",
            service="disk",
            severity=13,
            attributes=b'{"event_id":153}',
        ),
    ),
    is_json=True,
    recognizes_keys=_has_event_keys,
    flattened=_fields,
    level_scale=WINDOWS_LEVELS,
)
