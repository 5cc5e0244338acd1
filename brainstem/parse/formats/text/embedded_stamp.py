"""Text with a stamp somewhere inside: the stamp is read, and the text stays whole."""

from typing import Final

from brainstem.parse.formats.definition import Format, Sample

EMBEDDED_STAMP_FORMAT: Final = 11
"""the number that stored events carry"""

FORMAT: Final = Format(
    number=EMBEDDED_STAMP_FORMAT,
    name="embedded-stamp",
    title="A stamp inside the text",
    specification="none: the text stays whole",
    samples=(
        Sample(
            line=b"pump_1  | 2022-02-04 10:00:00 ERROR pump 3 runs dry",
            message=b"pump_1  | 2022-02-04 10:00:00 ERROR pump 3 runs dry",
            time="2022-02-04T10:00:00",
            severity=17,
        ),
    ),
)
