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
    ),
    has_pairs=True,
)
