"""Records of Palo Alto Networks' firewalls (PAN-OS): values between commas in an order that the type of the record fixes.

`1,2022/02/04 10:00:00,0123456789,SYSTEM,vpn,0,2022/02/04 10:00:00,,ike-nego-p1-fail,HQ,0,0,general,informational,"text"`.
Takes the text of one record, returns flat fields with the names of `field_names`, None for another text. Releases append
columns at the end and keep the others in their place.
Source: https://docs.paloaltonetworks.com/ngfw/administration/monitoring/use-syslog-for-monitoring/syslog-field-descriptions
"""

import re
from typing import Final

from brainstem.parse.fields.table import cells_of, unquoted
from brainstem.parse.formats.definition import Fields

_BEGINNING: Final = re.compile(
    r"[0-9]*,[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9A-Za-z-]*,[A-Z][A-Z-]*,"
)
_RECEIVED, _SERIAL, _TYPE, _SUBTYPE, _GENERATED = 1, 2, 3, 4, 6
_MOMENT: Final = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2} ")
_LEAST_CELLS: Final = 14
_ZONED: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,}(?:Z|[+-][0-9]{2}:[0-9]{2})")
"""the time with its zone that records have since PAN-OS 10, behind the columns that are read"""
_THREAT_NUMBER: Final = re.compile(r"\(([0-9]+)\)$")

_SESSION: Final = {
    7: "src",
    8: "dst",
    11: "rule",
    12: "user",
    14: "app",
    16: "from",
    17: "to",
    24: "sport",
    25: "dport",
    29: "proto",
    30: "action",
}
_COLUMNS: Final[dict[str, dict[int, str]]] = {
    "TRAFFIC": {**_SESSION, 46: "reason", 52: "hostname"},
    "THREAT": {**_SESSION, 31: "misc", 32: "threat", 33: "category", 34: "severity", 59: "hostname"},
    "DECRYPTION": _SESSION,
    "SYSTEM": {8: "eventid", 9: "object", 12: "module", 13: "severity", 14: "description", 22: "hostname"},
    "CONFIG": {7: "client_ip", 9: "command", 10: "user", 11: "client_type", 12: "result", 13: "path"},
    "GLOBALPROTECT": {
        8: "eventid",
        9: "stage",
        12: "user",
        14: "machine_of_user",
        15: "src",
        25: "reason",
        26: "error",
        27: "description",
        28: "status",
        33: "gateway",
    },
    "AUTHENTICATION": {8: "src", 9: "user", 15: "vendor", 17: "profile", 18: "description", 20: "eventtype"},
    "USERID": {8: "src", 9: "user", 10: "origin", 11: "eventid"},
    "HIPMATCH": {7: "user", 9: "machine_of_user", 11: "src", 12: "check"},
}
"""where each value stands that is read, by the type of the record"""
_FAILURES: Final = frozenset({"failure", "failed"})
_ERROR: Final = "error"


def pan_os_fields(text: str) -> Fields | None:
    """Return the fields of one record."""
    if _BEGINNING.match(text) is None:
        return None
    cells = cells_of(text, ",")
    # a layout of one's own has other columns
    if cells is None or len(cells) < _LEAST_CELLS or _MOMENT.match(cells[_GENERATED]) is None:
        return None
    kind, subtype = cells[_TYPE], unquoted(cells[_SUBTYPE])
    columns = _COLUMNS.get(kind, {})
    found = {name: unquoted(cells[at]) for at, name in columns.items() if at < len(cells)}
    found = {name: value for name, value in found.items() if value}
    zoned = next((cell for cell in cells[_GENERATED + 1 :] if cell[:2] == "20" and _ZONED.fullmatch(cell)), "")
    message = _said(kind, subtype, found)
    # what a firewall's own parts say is told apart by the part, as "vpn"; all others have one type each
    service = subtype if kind == "SYSTEM" and subtype else kind.lower()
    fields: Fields = {"time": zoned or cells[_GENERATED] or cells[_RECEIVED], "service": service, "message": message}
    level = found.pop("severity", "") or (_ERROR if _FAILURES & {found.get("status", "").lower()} else "")
    if level:
        fields["level"] = level
    if "reset" in found.get("action", ""):
        # which end is reset says how, and not that something else happened
        found["action"] = "reset"
    return {**fields, **found, "serial": cells[_SERIAL]}


def _said(kind: str, subtype: str, found: dict[str, str]) -> str:
    """Return what a record says happened; it takes what it says out of `found`, apart from what is signed beside it."""
    said = f"{kind} {subtype}" if subtype not in ("", "0") else kind
    if kind == "SYSTEM":
        text, thing = found.pop("description", ""), found.pop("object", "")
        return f'{text or said} "{thing}"' if thing and thing not in text else text or said
    if kind == "THREAT":
        name = _THREAT_NUMBER.sub("", found.get("threat", "")) or found.get("category", "")
        return f"{said}: {name}" if name else said
    if kind == "CONFIG":
        return f"{said} {found.pop('command', '')}".rstrip()
    if kind == "GLOBALPROTECT":
        why = next((found.pop(name) for name in ("description", "error", "reason") if found.get(name)), "")
        stage = found.pop("stage", "")
        said = f"{said} {stage}".rstrip()
        return f"{said}: {why}" if why else said
    why = found.pop("description", "") or (found.pop("reason", "") if kind == "TRAFFIC" else "")
    return f"{said}: {why}" if why else said
