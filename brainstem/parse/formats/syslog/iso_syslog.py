"""Syslog with an ISO stamp: rsyslog's file format, `journalctl -o short-iso` and `short-full`."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

ISO_SYSLOG_FORMAT: Final = 3
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=ISO_SYSLOG_FORMAT,
    name="iso-syslog",
    title="Syslog with an ISO stamp: rsyslog's file format, journalctl -o short-iso and short-full",
    specification="https://www.rsyslog.com/doc/configuration/templates.html (RSYSLOG_FileFormat); journalctl(1)",
    samples=(
        Sample(
            line=b"2022-02-04T09:34:10.123456+00:00 barge pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T09:34:10.123456",
            host="barge",
            service="pumpd",
            process_id=812,
        ),
        Sample(
            line=b"2022-02-04T10:34:10+0100 barge kernel: lamp out",
            message=b"lamp out",
            time="2022-02-04T09:34:10",
            host="barge",
            service="kernel",
        ),
        Sample(
            line=b"2022-02-04T10:34:10Z web pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:34:10",
            host="web",
            service="pumpd",
            process_id=812,
        ),
        Sample(
            line=b"Fri 2022-02-04 10:34:10 CET barge pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T09:34:10",
            host="barge",
            service="pumpd",
            process_id=812,
        ),
        Sample(
            line=b"2022-02-04T10:00:00+00:00 10.20.0.7 585917: Feb  4 09:59:59.272: %LAMP-3-OUT: Lamp 7 went out",
            message=b"%LAMP-3-OUT: Lamp 7 went out",
            time="2022-02-04T10:00:00",
            host="10.20.0.7",
            severity=17,
        ),
        Sample(
            line=b"2022:02:04-10:00:00 barge pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="barge",
            service="pumpd",
            process_id=812,
        ),
        Sample(
            line=b"2022-02-04T10:00:00.123Z Wa(180) pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            service="pumpd",
            process_id=812,
            severity=13,
        ),
        Sample(
            line=b"<28>2022:02:04-10:00:00 barge pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="barge",
            service="pumpd",
            process_id=812,
            facility=3,
            severity=13,
        ),
        Sample(
            line=b"<134> 02/04/2022:10:00:00 GMT barge 0-PPE-0 : default TCP CONN_TERMINATE 812 0 : pump 3 runs dry",
            message=b"0-PPE-0 : default TCP CONN_TERMINATE 812 0 : pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="barge",
            facility=16,
            severity=9,
        ),
        Sample(
            line=b"2022/02/04 10:00:00 barge %%01PUMP/4/DRY(l): Pump 3 runs dry",
            message=b"%%01PUMP/4/DRY(l): Pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="barge",
            severity=13,
        ),
    ),
)
