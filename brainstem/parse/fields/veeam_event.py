"""Events of Veeam Backup & Replication as syslog carries them: `[categoryId=0 instanceId=190 .. Description=".."]`.

What happened stands in `Description`, the last parameter; quotes in the values before it are not escaped
(https://helpcenter.veeam.com/docs/backup/events). Takes the text from the bracket on, returns flat fields with the names of
`field_names`, None where no description is found.
"""

import re
from typing import Final

from brainstem.parse.formats.definition import Fields

_DESCRIPTION: Final = ' Description="'
_PARAMETER: Final = re.compile(r'(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9]*)=(?:"([^"]*)"|([^\s"\]]+))')
_REFERENCE: Final = re.compile(r"&(#x[0-9A-Fa-f]{1,4}|#[0-9]{1,4}|quot|apos|amp|lt|gt);")
_NAMED: Final = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">"}


def veeam_fields(text: str) -> Fields | None:
    """Return what happened as the message, the number of the event and who did it; the other parameters under `veeam`."""
    before, mark, description = text.partition(_DESCRIPTION)
    told = _REFERENCE.sub(_character, description.rpartition('"')[0])
    said = "\n".join(line for each in told.splitlines() if (line := each.strip()))
    if not mark or not said:
        return None
    more: dict[str, object] = {}
    for parameter in _PARAMETER.finditer(before):
        more.setdefault(parameter[1], parameter[2] if parameter[2] is not None else parameter[3])
    found: Fields = {"message": said}
    for name, field in (("instanceId", "event_id"), ("UserName", "user")):
        if more.get(name):
            found[field] = more.pop(name)
    return {**found, "veeam": more} if more else found


def _character(reference: re.Match[str]) -> str:
    """Return the character that a reference of XML stands for."""
    name = reference[1]
    if name in _NAMED:
        return _NAMED[name]
    code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    # half of a pair, and NUL, are no characters of a text
    return "" if code == 0 or 0xD800 <= code < 0xE000 else chr(code)
