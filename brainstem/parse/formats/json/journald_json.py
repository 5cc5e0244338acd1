"""The JSON export of the systemd journal: one object a line with the journal's field names."""

from collections.abc import Collection
from typing import Final

from brainstem.parse.formats.definition import Format, Sample

JOURNALD_JSON_FORMAT: Final = 14
"""the number that stored events carry"""


def _has_journal_time(keys: Collection[str]) -> bool:
    """Return whether an object has the journal's own stamp, which every exported entry has."""
    return "__realtime_timestamp" in {key.lower() for key in keys}


FORMAT: Final = Format(
    number=JOURNALD_JSON_FORMAT,
    name="journald-json",
    title="The journal's JSON export",
    specification="https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format",
    samples=(
        Sample(
            line=b'{"__REALTIME_TIMESTAMP":"1643968800123456","PRIORITY":"3","_HOSTNAME":"barge",'
            b'"SYSLOG_IDENTIFIER":"pumpd","_PID":"812","SYSLOG_FACILITY":"3","MESSAGE":[108,97,109,112]}',
            message=b"lamp",
            time="2022-02-04T10:00:00.123456",
            host="barge",
            service="pumpd",
            process_id=812,
            facility=3,
            severity=17,
            attributes=b'{"_PID":"812","SYSLOG_FACILITY":"3"}',
        ),
    ),
    is_json=True,
    recognizes_keys=_has_journal_time,
)
