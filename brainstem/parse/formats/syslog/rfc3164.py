"""BSD syslog: `Feb  4 10:00:00 host program[pid]: message`, with or without a priority before it."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

RFC3164_FORMAT: Final = 2
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=RFC3164_FORMAT,
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
