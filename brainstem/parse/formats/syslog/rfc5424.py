"""The syslog protocol, version 1: priority, version, stamp, host, application, process, message id, structured data."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

RFC5424_FORMAT: Final = 1
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=RFC5424_FORMAT,
    name="rfc5424",
    title="Syslog protocol, version 1",
    specification="https://www.rfc-editor.org/rfc/rfc5424#section-6",
    samples=(
        Sample(
            line=b"<165>1 2022-02-03T21:14:15.003Z gate.example.net ifmon 4711 IF7 - port 7 lost its carrier",
            message=b"port 7 lost its carrier",
            time="2022-02-03T21:14:15.003",
            host="gate.example.net",
            service="ifmon",
            process_id=4711,
            facility=20,
            severity=10,
        ),
        Sample(
            line=b'<11>1 2022-02-03T23:14:15+02:00 gate - - - [lab@32473 unit="a\\"b" rack="4"][seen] '
            b"\xef\xbb\xbflamp out",
            message=b"lamp out",
            time="2022-02-03T21:14:15",
            host="gate",
            facility=1,
            severity=17,
            attributes=b'{"lab@32473":{"unit":"a\\"b","rack":"4"},"seen":{}}',
        ),
        Sample(line=b"<0>1 - - - - - -", message=b"", facility=0, severity=21),
        Sample(
            line=b"72 <134>1 2022-02-04T10:00:00Z barge pumpd 812 - - pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="barge",
            service="pumpd",
            process_id=812,
            facility=16,
            severity=9,
        ),
        Sample(
            line=b'<14>1 2022-02-04T10:00:00.5Z gate RT_FLOW - SESSION_DENY [lab@2636.1 source-address="10.20.0.7" '
            b'policy-name="pumps" reason="Denied"]',
            message=b'SESSION_DENY: policy-name=pumps, reason=Denied, source-address="10.20.0.7"',
            time="2022-02-04T10:00:00.5",
            host="gate",
            service="RT_FLOW",
            facility=1,
            severity=9,
            attributes=b'{"lab@2636.1":{"source-address":"10.20.0.7","policy-name":"pumps","reason":"Denied"}}',
        ),
        Sample(
            line=b'1 2022-02-04T10:00:00Z gate CheckPoint 812 - [action:"Drop"; ifdir:"inbound"; src:"10.20.0.7"; ]',
            message=b'ifdir=inbound, action=Drop, src="10.20.0.7"',
            time="2022-02-04T10:00:00",
            host="gate",
            service="CheckPoint",
            process_id=812,
            attributes=b'{"action":"Drop","ifdir":"inbound","src":"10.20.0.7"}',
        ),
        Sample(
            line=b'<14>1 2022-02-04T10:00:00Z barge Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=190 '
            b'JobResult="2" Version="1" Description="Backup job \'pumps\' finished with Failed.&#xD;&#xA;No water"]',
            message=b"Backup job 'pumps' finished with Failed. event_id=190\nNo water",
            time="2022-02-04T10:00:00",
            host="barge",
            service="Veeam_MP",
            facility=1,
            severity=9,
            attributes=b'{"event_id":"190","veeam":{"categoryId":"0","JobResult":"2","Version":"1"}}',
        ),
    ),
)
