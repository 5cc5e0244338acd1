"""Rows of comma-separated values (RFC 4180) below a line of column names: exports of the Event Viewer and of appliances.

Semicolons, tabs and bars separate too. The line of names is an event of its own, as plain text.
"""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

CSV_FORMAT: Final = 21
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=CSV_FORMAT,
    name="csv",
    title="Comma-separated values below column names",
    specification="https://www.rfc-editor.org/rfc/rfc4180",
    samples=(
        Sample(
            line=b'2022-02-04 10:00:00,barge,warning,"pump ""3"" runs, dry",failed',
            above=b"Time,Host,Severity,Message,Status",
            message=b'pump "3" runs, dry, status=failed',
            time="2022-02-04T10:00:00",
            host="barge",
            severity=13,
            attributes=b'{"Status":"failed"}',
        ),
        Sample(
            line=b'Error,2/4/2022 10:00:00 AM,disk,153,None,"The device is not ready."',
            above=b"Level,Date and Time,Source,Event ID,Task Category",
            message=b"The device is not ready. event_id=153",
            time="2022-02-04T10:00:00",
            service="disk",
            severity=17,
            attributes=b'{"event_id":"153"}',
        ),
        Sample(
            line=b"04.02.2022 10:00:00;barge;Ping;Ping 1;Down;pump 3 runs dry",
            message=b'pump 3 runs dry, status=Down, type=Ping, object="Ping 1", parent="barge"',
            time="2022-02-04T10:00:00",
            attributes=b'{"Parent":"barge","Type":"Ping","Object":"Ping 1","Status":"Down"}',
            above=b"Date Time;Parent;Type;Object;Status;Message",
        ),
    ),
    can_be_given=True,
)
