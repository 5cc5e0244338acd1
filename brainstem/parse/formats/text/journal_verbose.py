"""Entries of the systemd journal with all their fields, as `journalctl -o verbose` prints them."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

JOURNAL_VERBOSE_FORMAT: Final = 24
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=JOURNAL_VERBOSE_FORMAT,
    name="journal-verbose",
    title="The journal's verbose output",
    specification="https://www.freedesktop.org/software/systemd/man/latest/journalctl.html#verbose",
    samples=(
        Sample(
            line=b"Fri 2022-02-04 11:00:00.123456 CET [s=1;i=1;b=2;m=3;t=4;x=5]\n    _HOSTNAME=barge\n"
            b"    SYSLOG_IDENTIFIER=pumpd\n    _PID=812\n    PRIORITY=3\n    MESSAGE=pump 3\n            runs dry",
            message=b"pump 3\nruns dry",
            time="2022-02-04T10:00:00.123456",
            host="barge",
            service="pumpd",
            process_id=812,
            severity=17,
            attributes=b'{"_PID":"812"}',
        ),
    ),
)
