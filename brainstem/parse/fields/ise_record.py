"""Records of Cisco's Identity Services Engine: a category, counters of the parts of a long message, a time, a code with its
text, and attributes between commas.

`CISE_Failed_Attempts 0000000812 1 0 2022-02-04 10:00:00.123 +01:00 0000081234 5400 NOTICE Failed: text, UserName=ada`.
Takes the text of one record, returns flat fields with the names of `field_names`, None for another text.
Source: https://www.cisco.com/c/en/us/td/docs/security/ise/syslog/Cisco_ISE_Syslogs/m_SyslogsList.html
"""

import re
from typing import Final

from brainstem.parse.formats.definition import Fields

_RECORD: Final = re.compile(
    r"(?P<service>CISE_\w+) [0-9]+ [0-9]+ [0-9]+"
    r" (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2}) (?P<clock>[0-9:.]+) (?P<zone>[+-][0-9]{2}:?[0-9]{2})"
    r" [0-9]+ (?P<code>[0-9]+) (?P<level>[A-Z]+) (?P<said>[^,]*),?(?P<rest>.*)",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(r"\s*([^,=]{1,60})=((?:[^,\\]|\\.)*),?", re.DOTALL)
_READ: Final = {
    "UserName": "user",
    "User": "user",
    "Device IP Address": "src",
    "NetworkDeviceName": "device",
    "Calling-Station-ID": "client",
}
"""the names under which attributes are signed; `FailureReason` is part of the message"""
_REASON: Final = "FailureReason"


def ise_fields(text: str) -> Fields | None:
    """Return the fields of one record; a further part of a long message has no code, and is none."""
    found = _RECORD.fullmatch(text)
    if found is None:
        return None
    fields: Fields = {
        "time": f"{found['day']} {found['clock']} {found['zone']}",
        "service": found["service"],
        "level": found["level"],
        "message": found["said"].strip(),
        "event_id": found["code"],
    }
    for name, value in _ATTRIBUTE.findall(found["rest"]):
        if name == _REASON:
            fields["message"] = f"{fields['message']}: {value.strip()}"
        else:
            fields.setdefault(_READ.get(name, name), value.strip())
    return fields
