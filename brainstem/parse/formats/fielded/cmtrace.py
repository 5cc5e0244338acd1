"""Logs of Configuration Manager and its tools, which CMTrace shows: the text first, then time, component and type."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

CMTRACE_FORMAT: Final = 25
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=CMTRACE_FORMAT,
    name="cmtrace",
    title="Configuration Manager logs (CMTrace)",
    specification="https://learn.microsoft.com/en-us/mem/configmgr/core/plan-design/hierarchy/about-log-files",
    samples=(
        Sample(
            line=b'<![LOG[pump 3 runs dry\nat 4.5 bar]LOG]!><time="05:00:00.123+300" date="02-04-2022" component="PumpAgent"'
            b' context="" type="3" thread="812" file="pump.cpp:12">',
            message=b"pump 3 runs dry\nat 4.5 bar",
            time="2022-02-04T10:00:00.123",
            service="PumpAgent",
            severity=17,
            attributes=b'{"thread":"812","file":"pump.cpp:12"}',
        ),
        Sample(
            line=b"pump 3 runs dry  $$<LAB_PUMP_AGENT><02-04-2022 11:00:00.123-60><thread=812 (0x32C)>",
            message=b"pump 3 runs dry",
            time="2022-02-04T10:00:00.123",
            service="LAB_PUMP_AGENT",
            attributes=b'{"thread":"812"}',
        ),
    ),
    level_scale={0: 9, 1: 9, 2: 13, 3: 17},
)
