"""IBM's Log Event Extended Format: a header between bars, then attributes separated by tabs or a character of its own."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample
from brainstem.parse.formats.fielded.cef import SEVERITIES

LEEF_FORMAT: Final = 20
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=LEEF_FORMAT,
    name="leef",
    title="Log Event Extended Format (LEEF)",
    specification="https://www.ibm.com/docs/en/dsm?topic=overview-leef-event-components",
    samples=(
        Sample(
            line=b"<13>Feb  4 10:00:00 barge LEEF:1.0|Bilge|pumpd|1.0|100|sev=5\tsrc=10.20.0.7\tmsg=pump 3 runs dry",
            message=b'pump 3 runs dry, event_id=100, src="10.20.0.7"',
            time="2022-02-04T10:00:00",
            host="barge",
            service="pumpd",
            facility=1,
            severity=13,
            attributes=b'{"event_id":"100","src":"10.20.0.7"}',
        ),
        Sample(
            line=b"LEEF:2.0|Bilge|pumpd|1.0|dry|^|devTime=Feb 04 2022 10:00:00^sev=8^identHostName=barge^cat=runs dry",
            message=b"runs dry, event=dry",
            time="2022-02-04T10:00:00",
            host="barge",
            service="pumpd",
            severity=17,
            attributes=b'{"event_id":"dry"}',
        ),
    ),
    level_scale=SEVERITIES,
)
