"""Windows events in XML, one event a record: what wevtutil, the Event Viewer and forwarders write."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample
from brainstem.parse.formats.windows_event import WINDOWS_LEVELS, nested_event

WINDOWS_XML_FORMAT: Final = 18
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=WINDOWS_XML_FORMAT,
    name="windows-xml",
    title="Windows events in XML",
    specification="https://learn.microsoft.com/en-us/windows/win32/wes/eventschema-schema",
    samples=(
        Sample(
            line=b"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider "
            b"Name='Service Control Manager'/><EventID Qualifiers='16384'>7036</EventID><Level>4</Level>"
            b"<TimeCreated SystemTime='2022-02-04T10:00:00.1234567Z'/><Execution ProcessID='812' ThreadID='4'/>"
            b"<Computer>dc1</Computer></System><EventData><Data Name='param1'>Print &amp; Spool</Data>"
            b"<Data Name='param2'>stopped</Data></EventData></Event>",
            message=b'stopped, event_id=7036, unit="Print & Spool"',
            time="2022-02-04T10:00:00.123456",
            host="dc1",
            service="Service Control Manager",
            process_id=812,
            severity=9,
            attributes=b'{"event_id":"7036","pid":"812","unit":"Print & Spool"}',
        ),
        Sample(
            line=b'<Event><System><Provider Name="disk"/><EventID>153</EventID><Level>3</Level><TimeCreated '
            b'SystemTime="2022-02-04T10:00:00.5Z"/><Computer>dc1</Computer></System><RenderingInfo Culture="en-US">'
            b"<Message>The device is not ready.</Message><Level>Warning</Level></RenderingInfo></Event>",
            message=b"The device is not ready. event_id=153",
            time="2022-02-04T10:00:00.5",
            host="dc1",
            service="disk",
            severity=13,
            attributes=b'{"event_id":"153"}',
        ),
    ),
    flattened=nested_event,
    level_scale=WINDOWS_LEVELS,
)
