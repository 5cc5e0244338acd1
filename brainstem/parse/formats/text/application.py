"""Lines that applications write themselves: a date and time, then usually a level, then the message."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

APPLICATION_FORMAT: Final = 5
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=APPLICATION_FORMAT,
    name="application",
    title="A date and time, then usually a level",
    specification="https://www.iso.org/iso-8601-date-and-time-format.html and common logger layouts",
    samples=(
        Sample(
            line=b"2022-02-04 10:00:00,123 812 WARNING lab.pump.driver pump 3 runs dry",
            message=b"lab.pump.driver pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            process_id=812,
            severity=13,
        ),
        Sample(
            line=b"[2022-02-04T10:00:00,123][ERROR][lab.pump] pump 3 runs dry",
            message=b"[lab.pump] pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            severity=17,
        ),
        Sample(
            line=b"2022-02-04T10:00:00.123Z|00042|pump|WARN|pump 3 runs dry",
            message=b"pump|WARN|pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            severity=13,
        ),
        Sample(
            line=b"2022/02/04 10:00:00 [error] 7#7: *3 pump 3 runs dry",
            message=b"7#7: *3 pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"2022-02-04T10:00:00.123456+0000 pump 3 connection error counted",
            message=b"pump 3 connection error counted",
            time="2022-02-04T10:00:00.123456",
        ),
        Sample(
            line=b"[Fri Feb 04 10:00:00.123456 2022] [lab:notice] [pid 812:tid 9] pump 3 starts",
            message=b"[lab:notice] [pid 812:tid 9] pump 3 starts",
            time="2022-02-04T10:00:00.123456",
            severity=10,
        ),
        Sample(
            line=b"2022-02-04 11:00:00.123 +01:00 [main] [INF] pump 3 starts",
            message=b"pump 3 starts",
            time="2022-02-04T10:00:00.123",
            severity=9,
        ),
        Sample(
            line=b"pump_1  | 2022-02-04 10:00:00 ERROR pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            service="pump_1",
            severity=17,
        ),
        Sample(
            line=b"[pod/pump-7d9f8b6c5-x2x4z/inlet] 2022-02-04T10:00:00.123Z ERROR pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            service="inlet",
            severity=17,
        ),
        Sample(
            line=b"####<Feb 4, 2022 10:00:00,123 AM UTC> <Error> pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            severity=17,
        ),
        Sample(
            line=b"<Feb 4, 2022 10:00:00 PM CET> <Notice> pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T21:00:00",
            severity=10,
        ),
        Sample(
            line=b"  812:20220204:100000.123 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
        ),
        Sample(
            line=b"20220204100000 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"20220204100000.5 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.5",
        ),
        Sample(
            line=b"20220204100000123 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
        ),
        Sample(
            line=b"2022-W05-5T10:00:00Z pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022W055T100000Z pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022-035T10:00:00Z pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022035T100000Z pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022-02-04T10:00Z pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022-02-04 10:00 INFO pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=9,
        ),
        Sample(
            line=b"2/4/2022 10:00 PM pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T22:00:00",
        ),
        Sample(
            line=b"02/04 10:00:00 ERROR pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"25/02 10:00:00 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-25T10:00:00",
        ),
        Sample(
            line=b"Feb-04 10:00:00.123 [main] INFO pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            severity=9,
        ),
        Sample(
            line=b"04-Feb 10:00 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"04-FEB-22 10.00.00.123 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
        ),
        Sample(
            line=b"feb/04/2022 10:00:00 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"feb/04 10:00:00 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"Feb 4, 2022 10:00:00 AM pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"February 4, 2022 12:00:00 AM pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T00:00:00",
        ),
        Sample(
            line=b"Feb 4, 2022, 10:00:00 AM pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"Friday, February 4, 2022 at 10:00:00 AM UTC pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"Friday, 4 February 2022 10:00:00 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"04.02.22 10:00:00 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"[04-Feb-2022 11:00:00 Europe/Berlin] PHP Warning:  pump 3 runs dry",
            message=b"PHP Warning:  pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=13,
        ),
        Sample(
            line=b"2022-02-04 05:00:00 America/New_York pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b'2022-02-04 13:00:00.437 +03,"lab",812,pump 3 runs dry',
            message=b'"lab",812,pump 3 runs dry',
            time="2022-02-04T10:00:00.437",
        ),
        Sample(
            line=b'2022-02-04 11:00:00.437 CET,"lab",812,pump 3 runs dry',
            message=b'"lab",812,pump 3 runs dry',
            time="2022-02-04T10:00:00.437",
        ),
        Sample(
            line=b"2022-02-04 13:00:00 GMT+3 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022-02-04-11.00.00.123456+060 E123 LEVEL: Error",
            message=b"E123 LEVEL: Error",
            time="2022-02-04T10:00:00.123456",
        ),
        Sample(
            line=b"2022-02-04-05.00.00.123456-300 E123 LEVEL: Error",
            message=b"E123 LEVEL: Error",
            time="2022-02-04T10:00:00.123456",
        ),
        Sample(
            line=b"Fri Feb  4 11:00:00 CET 2022 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"Fri Feb  4 10:00:00 2022 : Error: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"[2022-02-04 10:00:00] NOTICE[812] pump.c: pump 3 runs dry",
            message=b"pump.c: pump 3 runs dry",
            time="2022-02-04T10:00:00",
            process_id=812,
            severity=10,
        ),
        Sample(
            line=b"[2022-02-04 10:00:00] [ERROR ] pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"[2022-02-04T10:00:00+00:00] production.ERROR: pump 3 runs dry",
            message=b"production.ERROR: pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"2022-02-04 10:00:00 Stack trace:",
            message=b"Stack trace:",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022-02-04 10:00:00 errors: 0",
            message=b"errors: 0",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022-02-04 10:00:00 pump 3: no error: all is well",
            message=b"pump 3: no error: all is well",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"[1643968800] SERVICE ALERT: quay1;pump;OK;SOFT;2;pump runs",
            message=b"SERVICE ALERT: quay1;pump;OK;SOFT;2;pump runs",
            time="2022-02-04T10:00:00",
            severity=9,
        ),
        Sample(
            line=b"[1643968800] SERVICE ALERT: quay1;pump;CRITICAL;HARD;3;dry",
            message=b"SERVICE ALERT: quay1;pump;CRITICAL;HARD;3;dry",
            time="2022-02-04T10:00:00",
            severity=18,
        ),
        Sample(
            line=b"[2022-02-04 10:00:00,123: ERROR/Worker-3] pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            severity=17,
        ),
        Sample(
            line=b"[2022-02-04 11:00:00 +0100] warning/PumpListener: pump 3 runs dry",
            message=b"PumpListener: pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=13,
        ),
        Sample(
            line=b"02/04-10:00:00.123456  [**] [1:2019401:3] LAB pump talks [**] {TCP} 10.20.0.7:1033 -> 192.0.2.4:80",
            message=b"[**] [1:2019401:3] LAB pump talks [**] {TCP} 10.20.0.7:1033 -> 192.0.2.4:80",
            time="2022-02-04T10:00:00.123456",
        ),
        Sample(
            line=b"[**] [1:2019401:3] LAB pump talks [**]\n[Classification: Lab]\n"
            b"02/04-10:00:00.123456 10.20.0.7 -> 192.0.2.4\nICMP TTL:64 TOS:0x0 ID:812 IpLen:20 DgmLen:60",
            message=b"[**] [1:2019401:3] LAB pump talks [**] [Classification: Lab] 10.20.0.7 -> 192.0.2.4",
            time="2022-02-04T10:00:00.123456",
        ),
        Sample(
            line=b"2022 02 04 11:00:00 +01:00 Warning  barge pump 3 runs dry",
            message=b"barge pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=13,
        ),
        Sample(
            line=b"00:00:01.250 WARN pump 3 runs dry",
            above=b"log opened on 2022-02-03 23:59:58",
            message=b"pump 3 runs dry",
            time="2022-02-04T00:00:01.250",
            severity=13,
        ),
        Sample(
            line=b"[10:00:00.123] [  1] [ERROR] pump 3 runs dry",
            above=b"log opened on 2022-02-04 09:59:58",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            process_id=1,
            severity=17,
        ),
        Sample(
            line=b"812:M 04 Feb 2022 10:00:00.250 # pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.250",
            process_id=812,
            severity=13,
        ),
        Sample(
            line=b"E [04/Feb/2022:11:00:00 +0100] [Job 7] pump 3 runs dry",
            message=b"[Job 7] pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"W 02/04/22 10:00:00 00564 ports: port 3 runs dry",
            message=b"port 3 runs dry",
            time="2022-02-04T10:00:00",
            service="ports",
            severity=13,
        ),
        Sample(
            line=b"2022-02-04T10:00:00.123456Z 7 [System] [MY-010931] [Server] pump 3 is ready",
            message=b"[MY-010931] [Server] pump 3 is ready",
            time="2022-02-04T10:00:00.123456",
            severity=9,
        ),
        Sample(
            line=b"2022-02-04 10:00:00 7 [Note] pump 3 is ready",
            message=b"pump 3 is ready",
            time="2022-02-04T10:00:00",
            process_id=7,
            severity=9,
        ),
        Sample(
            line=b"2022-02-04 10:00:00 - ! [298] pump 3 runs dry",
            message=b"! [298] pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"2022-02-04T10:00:00:123Z 812 E00140000: pump 3 runs dry",
            message=b"E00140000: pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            process_id=812,
            severity=17,
        ),
        Sample(
            line=b"  1f | 02/04/2022 | 10:00:00 | Pump P3 | runs dry | Asserted",
            above=b"   6 | 02/04/2022 | 09:00:00 | Pump P3 | runs dry | Deasserted",
            message=b"Pump P3 | runs dry | Asserted",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"INFO: 2022-02-04 10:00:00 ERROR: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
        Sample(
            line=b"2022-02-04 10:00:00,123 lab.pump.actions         [812]: NOTICE  pump 3 runs dry",
            message=b"lab.pump.actions         [812]: NOTICE  pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            severity=10,
        ),
        Sample(
            line=b"2022-02-04.10:00:00 zpool scrub tank",
            message=b"zpool scrub tank",
            time="2022-02-04T10:00:00",
        ),
        Sample(
            line=b"2022-02-04 10:00:00 UTC:10.20.0.7(51234):lab@pumps:[812]:PANIC:  pump 3 runs dry",
            message=b"10.20.0.7(51234):lab@pumps:[812]:PANIC:  pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=21,
        ),
        Sample(
            line=b"LogName=System\nEventCode=7036\nComputerName=DC1\nSourceName=Service Control Manager\nType=Error\n"
            b"Message=The pump service stopped.",
            above=b"02/04/2022 10:00:00 AM",
            message=b"The pump service stopped. event_id=7036",
            time="2022-02-04T10:00:00",
            host="DC1",
            service="Service Control Manager",
            severity=17,
            attributes=b'{"event_id":"7036","channel":"System"}',
        ),
    ),
    level_first=True,
)
