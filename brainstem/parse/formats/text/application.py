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
    ),
    level_first=True,
)
