"""ArcSight's Common Event Format: a header between bars, then keys and values; alone on a line or behind a syslog header."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

CEF_FORMAT: Final = 19
"""the number that stored events carry"""

SEVERITIES: Final = {**dict.fromkeys(range(4), 9), **dict.fromkeys(range(4, 7), 13), 7: 17, 8: 17, 9: 18, 10: 18}
"""low, medium, high and very high of the specification's scale from 0 to 10"""

FORMAT: Final = Format(
    number=CEF_FORMAT,
    name="cef",
    title="Common Event Format (CEF)",
    specification="https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors/pdfdoc/cef-implementation-standard"
    "/cef-implementation-standard.pdf",
    samples=(
        Sample(
            line=b"CEF:0|Bilge|pumpd|1.0|100|pump\\|3 runs dry|9|act=blocked src=10.20.0.7 rt=1643968800123 dvchost=barge",
            message=b'pump|3 runs dry, action=blocked, event_id=100, src="10.20.0.7"',
            time="2022-02-04T10:00:00.123",
            host="barge",
            service="pumpd",
            severity=18,
            attributes=b'{"event_id":"100","act":"blocked","src":"10.20.0.7"}',
        ),
        Sample(
            line=b"<134>Feb  4 10:00:00 barge CEF:0|Bilge|pumpd|1.0|dry|runs dry|Low|cs1=P 3 cs1Label=Device msg=a \\= b",
            message=b'runs dry: a = b, event=dry, device="P 3"',
            time="2022-02-04T10:00:00",
            host="barge",
            service="pumpd",
            facility=16,
            severity=9,
            attributes=b'{"event_id":"dry","device":"P 3"}',
        ),
        Sample(
            line=b"CEF:0|Bilge|pumpd|1.0|100|pump status|3|rt=Feb 04 2022 10:00:00 UTC FTNTFGTvpntunnel=hq-1 msg=runs dry",
            message=b'pump status: runs dry, event_id=100, vpntunnel="hq-1"',
            time="2022-02-04T10:00:00",
            service="pumpd",
            severity=9,
            attributes=b'{"event_id":"100","vpntunnel":"hq-1"}',
        ),
        Sample(
            line=b"<187>Feb  4 10:00:00 quay1 CEF:0|Bilge|gate|v7.4.1|37138|event:vpn|5|FTNTFGTlevel=error msg=runs dry",
            message=b"event:vpn: runs dry, event_id=37138",
            time="2022-02-04T10:00:00",
            host="quay1",
            service="gate",
            facility=23,
            severity=17,
            attributes=b'{"event_id":"37138"}',
        ),
    ),
    level_scale=SEVERITIES,
)
