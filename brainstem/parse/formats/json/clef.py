"""Compact log event format (CLEF) of Serilog and Seq: `@t` time, `@m` message or `@mt` its template, `@l` level."""

import re
from collections.abc import Collection
from typing import Final

from brainstem.parse.formats.definition import Fields, Format, Sample

CLEF_FORMAT: Final = 15
"""the number that stored events carry"""

_HOLE: Final = re.compile(r"\{[@$]?([A-Za-z0-9_.]+)(?:[,:][^{}]*)?\}")


def _has_clef_keys(keys: Collection[str]) -> bool:
    """Return whether an object has the time of the format, and its message in either form."""
    return "@t" in keys and ("@m" in keys or "@mt" in keys)


def _fields(parsed: Fields) -> Fields:
    """Return the event with the holes of its template filled; an event without a level is information."""
    flat = {"@l": "Information", **parsed}
    template = flat.pop("@mt", None)
    if "@m" not in flat and isinstance(template, str):
        flat["@m"] = _HOLE.sub(lambda hole: _rendered(parsed, hole), template)
    return flat


def _rendered(parsed: Fields, hole: re.Match[str]) -> str:
    """Return the value that belongs into a hole; a hole without one stays as it is printed."""
    value = parsed.get(hole[1])
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else hole[0]


FORMAT: Final = Format(
    number=CLEF_FORMAT,
    name="clef",
    title="Compact log event format (Serilog, Seq)",
    specification="https://clef-json.org",
    samples=(
        Sample(
            line=b'{"@t":"2022-02-04T10:00:00.1234567Z","@mt":"{Pump} runs dry at {Bar:0.0} bar",'
            b'"@l":"Warning","Pump":"P3","Bar":2}',
            message=b"P3 runs dry at 2 bar",
            time="2022-02-04T10:00:00.123456",
            severity=13,
            attributes=b'{"Pump":"P3","Bar":2}',
        ),
        Sample(
            line=b'{"@t":"2022-02-04T10:00:00Z","@m":"pump 3 runs","@i":"3f"}',
            message=b"pump 3 runs",
            time="2022-02-04T10:00:00",
            severity=9,
            attributes=b'{"@i":"3f"}',
        ),
    ),
    is_json=True,
    recognizes_keys=_has_clef_keys,
    flattened=_fields,
)
