"""Entries that Configuration Manager and its tools write for CMTrace, in their present form and the one before it.

`<![LOG[text]LOG]!><time="10:00:00.123+300" date="02-04-2022" component="CcmExec" context="" type="1" thread="812">` and
`text $$<CcmExec><02-04-2022 10:00:00.123+300><thread=812 (0x32C)>`. What stands behind the time is how many minutes UTC
is ahead of it. Takes the text of one record, returns flat fields with the names of `field_names`, None for another text.
"""

import re
from typing import Final

from brainstem.parse.formats.definition import Fields

_ENTRY: Final = re.compile(r"<!\[LOG\[(.*)\]LOG\]!><([^<>]*)>\s*", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r'(\w+)="([^"]*)"')
_OLD_ENTRY: Final = re.compile(
    r"(.*?)\s*\$\$<([^<>]*)><([0-9]{1,2}-[0-9]{1,2}-[0-9]{4}) ([0-9:.+-]+)><thread=([0-9]+)[^<>]*>", re.DOTALL
)
_DATE: Final = re.compile(r"([0-9]{1,2})-([0-9]{1,2})-([0-9]{4})")
_CLOCK: Final = re.compile(r"([0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?)(?:([+-])([0-9]{1,3}))?")


def cmtrace_fields(text: str) -> Fields | None:
    """Return the fields of one entry."""
    entry = _ENTRY.fullmatch(text)
    if entry is not None:
        found = dict(_ATTRIBUTE.findall(entry[2]))
        return _flat(
            entry[1],
            found.pop("component", ""),
            _moment(found.pop("date", ""), found.pop("time", "")),
            found.pop("type", ""),
            found,
        )
    old = _OLD_ENTRY.fullmatch(text)
    return None if old is None else _flat(old[1], old[2], _moment(old[3], old[4]), "", {"thread": old[5]})


def _flat(message: str, component: str, moment: str, level: str, others: dict[str, str]) -> Fields:
    """Return the parts of an entry as fields, without those that are empty."""
    named = {"time": moment, "service": component, "level": level, "message": message.strip(), **others}
    return {name: value for name, value in named.items() if value}


def _moment(date: str, clock: str) -> str:
    """Return day, time of day and zone in ISO 8601, empty where they are none."""
    day, time_of_day = _DATE.fullmatch(date), _CLOCK.fullmatch(clock)
    if day is None or time_of_day is None:
        return ""
    moment = f"{day[3]}-{day[1]:0>2}-{day[2]:0>2}T{time_of_day[1]:0>8}"
    if time_of_day[2] is None:
        return moment
    hours, minutes = divmod(int(time_of_day[3]), 60)
    return f"{moment}{'-' if time_of_day[2] == '+' else '+'}{hours:02}:{minutes:02}"
