"""Lines that begin with seconds, or a finer unit, since 1970."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

EPOCH_FORMAT: Final = 8
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=EPOCH_FORMAT,
    name="epoch",
    title="Seconds or a finer unit since 1970 at the beginning of the line",
    specification="https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap04.html#tag_04_19",
    samples=(
        Sample(line=b"1643968800.250 pump 3 runs dry", message=b"pump 3 runs dry", time="2022-02-04T10:00:00.250"),
        Sample(
            line=b"1643968800250 ERROR pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.250",
            severity=17,
        ),
        Sample(
            line=b"@4000000061fcf92a0bebc200 pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.200",
        ),
        Sample(
            line=b"1643968800.123456 barge pumpd[812]: pump 3 runs dry",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123456",
            host="barge",
            service="pumpd",
            process_id=812,
        ),
        Sample(
            line=b"<134>1 1643968800.250 mx84 events type=vpn_connectivity_change vpn_type='site-to-site' "
            b"peer_contact='192.0.2.7:500' connectivity='false'",
            message=b'vpn_connectivity_change, vpn_type=site-to-site, connectivity=false, peer="192.0.2.7:500"',
            time="2022-02-04T10:00:00.250",
            host="mx84",
            service="events",
            facility=16,
            severity=9,
            attributes=b'{"peer":"192.0.2.7:500"}',
        ),
    ),
    level_first=True,
)
