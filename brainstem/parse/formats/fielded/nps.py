"""Logs of Microsoft's RADIUS server: fields in a fixed order between commas, or in XML."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

NPS_FORMAT: Final = 26
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=NPS_FORMAT,
    name="nps",
    title="Network Policy Server (RADIUS) logs",
    specification="https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/"
    "cc771748(v=ws.11)",
    samples=(
        Sample(
            line=b'"DC1","IAS",02/04/2022,10:00:00,3,"LAB\\ada",,,,,,,,,9,"10.20.0.7","wifi 3",,,,,,,5,"Staff",16',
            message=b'Access-Reject, code=16, client="wifi 3", user="LAB\\ada"',
            time="2022-02-04T10:00:00",
            host="DC1",
            service="IAS",
            attributes=b'{"code":"16","client":"wifi 3","user":"LAB\\\\ada","policy":"Staff"}',
        ),
        Sample(
            line=b'<Event><Timestamp data_type="4">02/04/2022 10:00:00.123</Timestamp><Computer-Name data_type="1">DC1'
            b'</Computer-Name><Event-Source data_type="1">IAS</Event-Source><User-Name data_type="1">LAB\\ada</User-Name>'
            b'<Packet-Type data_type="0">2</Packet-Type><Reason-Code data_type="0">0</Reason-Code></Event>',
            message=b'Access-Accept, code=0, user="LAB\\ada"',
            time="2022-02-04T10:00:00.123",
            host="DC1",
            service="IAS",
            attributes=b'{"code":"0","user":"LAB\\\\ada"}',
        ),
    ),
)
