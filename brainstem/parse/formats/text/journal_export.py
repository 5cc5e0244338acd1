"""Entries of the systemd journal in its export format, as `journalctl -o export` prints them."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

JOURNAL_EXPORT_FORMAT: Final = 23
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=JOURNAL_EXPORT_FORMAT,
    name="journal-export",
    title="The journal's export format",
    specification="https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-export-format",
    samples=(
        Sample(
            line=b"__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1643968800123456\n_HOSTNAME=barge\nSYSLOG_IDENTIFIER=pumpd\n"
            b"_PID=812\nPRIORITY=3\nSYSLOG_FACILITY=3\nMESSAGE=pump 3 runs dry\n",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123456",
            host="barge",
            service="pumpd",
            process_id=812,
            facility=3,
            severity=17,
            attributes=b'{"__CURSOR":"s=1;i=1","_PID":"812","SYSLOG_FACILITY":"3"}',
        ),
        Sample(
            line=b"__REALTIME_TIMESTAMP=1643968800123456\nMESSAGE\n\x0f\0\0\0\0\0\0\0pump 3\nruns dry\n_COMM=pumpd\n",
            message=b"pump 3\nruns dry",
            time="2022-02-04T10:00:00.123456",
            service="pumpd",
        ),
    ),
)
