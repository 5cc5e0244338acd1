"""Pairs `key=value` (logfmt, firewall logs): the pairs name host, service and message."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

KEY_VALUE_FORMAT: Final = 9
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=KEY_VALUE_FORMAT,
    name="key-value",
    title="key=value pairs (logfmt)",
    specification="https://brandur.org/logfmt",
    samples=(
        Sample(
            line=b'time="2022-02-04T10:00:00Z" level=error msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b'ts=2022-02-04T10:00:00.5Z level=warn host=quay1 app=pumpd msg="pump 3 says \\"dry\\"" retries=2',
            message=b'pump 3 says \\"dry\\"',
            time="2022-02-04T10:00:00.5",
            host="quay1",
            service="pumpd",
            severity=13,
        ),
        Sample(
            line=b"<189>date=2022-02-04 time=10:00:00 devname=quay1 level=notice msg=opened",
            message=b"date=2022-02-04 time=10:00:00 devname=quay1 level=notice msg=opened",
            time="2022-02-04T10:00:00",
            host="quay1",
            facility=23,
            severity=10,
        ),
        Sample(
            line=b'date=2022-02-04 time=11:00:00 devname="quay1" tz="+0100" subtype="vpn" msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="quay1",
            service="vpn",
        ),
        Sample(
            line=b'date=2022-02-04 time=11:00:00 devname="quay1" eventtime=1643968800123456789 msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="quay1",
        ),
        Sample(
            line=b'<185>Feb  4 10:00:00 quay1 date=2022-02-04 time=11:00:00 devname=q1 subtype=vpn msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="quay1",
            service="vpn",
            facility=23,
            severity=19,
        ),
        Sample(
            line=b'device="SFW" date=2022-02-04 time=11:00:00 timezone="CET" device_name="quay1" message="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="quay1",
        ),
        Sample(
            line=b'<190>timestamp=1643968800 devname="quay1" msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="quay1",
            facility=23,
            severity=9,
        ),
        Sample(
            line=b'date=2022-02-04 time=11:00:00 tz="+0100" devname="quay1" type="event" subtype="vpn" level="notice" '
            b'msg="tunnel status change" action="tunnel-down" remip=192.0.2.7 vpntunnel="hq 1" status="N/A"',
            message=b'tunnel status change, action=tunnel-down, type=event, vpntunnel="hq 1", remip="192.0.2.7"',
            time="2022-02-04T10:00:00",
            host="quay1",
            service="vpn",
            severity=10,
        ),
        Sample(
            line=b'id=firewall time="2022-02-04 10:00:00 UTC" fw=10.20.0.7 pri=1 msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="10.20.0.7",
            severity=19,
        ),
        Sample(
            line=b"node=quay1 type=AVC msg=audit(1643968800.123:456): avc: denied",
            message=b"node=quay1 type=AVC msg=audit(1643968800.123:456): avc: denied",
            time="2022-02-04T10:00:00.123",
            host="quay1",
        ),
        Sample(
            line=b'2022-02-04T11:00:00+01:00 relay7 date=2022-02-04 time=10:59:59 devname="quay1" msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="relay7",
        ),
        Sample(
            line=b'<185>Feb  4 10:00:00 10.20.0.7 date=2022-02-04 time=11:00:00 devname=quay1 msg="pump 3 runs dry"',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="quay1",
            facility=23,
            severity=19,
        ),
        Sample(
            line=b"node=quay1 type=USER_LOGIN msg=audit(1643968800.123:456): pid=1 hostname=? res=failed",
            message=b"node=quay1 type=USER_LOGIN msg=audit(1643968800.123:456): pid=1 hostname=? res=failed",
            time="2022-02-04T10:00:00.123",
            host="quay1",
        ),
        Sample(
            line=b"time=1643968800|hostname=gate|product=Lab Pumps|service=pumpd|msg=pump 3 runs dry|action=Drop",
            message=b"pump 3 runs dry, action=Drop",
            time="2022-02-04T10:00:00",
            host="gate",
            service="pumpd",
        ),
        Sample(
            line=b'id=firewall time="2022-02-04 10:00:00 UTC" fw=192.0.2.1 pri=6 msg="pump 3 runs dry" app=49177',
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="192.0.2.1",
            severity=9,
        ),
        Sample(
            line=b'"date=2022-02-04","time=10:00:00","devname=""gate""","subtype=""vpn""","level=""error""",'
            b'"msg=""pump 3 runs dry""","action=""tunnel-down"""',
            message=b"pump 3 runs dry, action=tunnel-down",
            time="2022-02-04T10:00:00",
            host="gate",
            service="vpn",
            severity=17,
            attributes=b'{"action":"tunnel-down"}',
        ),
        Sample(
            line=b'id=firewall sn=1 time="2022-02-04 10:00:00" fw=192.0.2.7 pri=4 msg="tunnel changed" note="tunnel down"',
            message=b'tunnel changed, state="tunnel down"',
            time="2022-02-04T10:00:00",
            host="192.0.2.7",
            severity=13,
        ),
    ),
    has_pairs=True,
)
