"""Syslog and its dialects: RFC 5424, RFC 3164, the files of rsyslog and journald, network devices."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

RFC5424_FORMAT: Final = Format(
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
    ),
)

RFC3164_FORMAT: Final = Format(
    name="rfc3164",
    title="BSD syslog",
    specification="https://www.rfc-editor.org/rfc/rfc3164#section-4.1",
    samples=(
        Sample(
            line=b"<30>Feb  4 10:00:00 barge pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="barge",
            service="pumpd",
            process_id=812,
            facility=3,
            severity=9,
        ),
        Sample(
            line=b"Feb 04 10:00:00 10.20.0.7 /usr/sbin/pumpd: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            host="10.20.0.7",
            service="pumpd",
        ),
        Sample(
            line=b"Feb  4 2021 10:00:00 barge gatekeeper(pam_unix)[77]: door opened",
            message=b"door opened",
            time="2021-02-04T10:00:00",
            host="barge",
            service="gatekeeper(pam_unix)",
            process_id=77,
        ),
        Sample(
            line=b"Feb  4 10:00:00 pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            service="pumpd",
            process_id=812,
        ),
        Sample(
            line=b"Feb  4 10:00:00 barge mixer/inlet[5]: [warn] stirring slowly",
            message=b"[warn] stirring slowly",
            time="2022-02-04T10:00:00",
            host="barge",
            service="mixer/inlet",
            process_id=5,
            severity=13,
        ),
    ),
)

ISO_SYSLOG_FORMAT: Final = Format(
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
    ),
)

NETWORK_DEVICE_FORMAT: Final = Format(
    name="network-device",
    title="Router and switch messages with sequence numbers, a clock mark and a mnemonic",
    specification="Cisco IOS System Message Guide, section How to Read System Messages",
    samples=(
        Sample(
            line=b"<189>4711: *Feb  4 10:00:00.250 UTC: %LAMP-3-OUT: Lamp 7 went out",
            message=b"%LAMP-3-OUT: Lamp 7 went out",
            time="2022-02-04T10:00:00.250",
            facility=23,
            severity=17,
        ),
        Sample(
            line=b"<189>4711: quay1: Feb  4 10:00:00: %LAMP-5-LIT: Lamp 7 is lit",
            message=b"%LAMP-5-LIT: Lamp 7 is lit",
            time="2022-02-04T10:00:00",
            host="quay1",
            facility=23,
            severity=10,
        ),
    ),
)

SYSLOG_FORMATS: Final = (RFC5424_FORMAT, RFC3164_FORMAT, ISO_SYSLOG_FORMAT, NETWORK_DEVICE_FORMAT)
