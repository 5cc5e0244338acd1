"""Traps as net-snmp's `snmptrapd` logs them: who sent it, the name of the trap, and its variables as `OID = TYPE: value`.

`sw1 [UDP: [10.20.0.7]:161->[10.20.0.2]:162]: Trap , SNMPv2-MIB::snmpTrapOID.0 = OID: IF-MIB::linkDown, ..` is what it sends
to syslog, and in files the variables stand on a line of their own; traps of version 1 are named in words. Takes the text
behind the stamp, returns flat fields with the names of `field_names`, None for another text. Its manual page is
http://www.net-snmp.org/docs/man/snmptrapd.html.
"""

import re
from typing import Final

from brainstem.parse.fields.signed_text import quoted
from brainstem.parse.formats.definition import Fields

_STAMP: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}\s+")
_SENDER: Final = re.compile(
    r"([A-Za-z0-9_][A-Za-z0-9_.:-]*|<UNKNOWN>)\s*"
    r"(?:[\[(](?:via )?(?:[A-Z0-9]{1,8}: )?\[?([0-9A-Fa-f.:]{0,45})\]?[^\s\])[-]{0,45}"
    r"(?:->\[?[0-9A-Fa-f.:]{0,45}\]?[^\s\])]{0,45})?[\])])?"
    r"(?: TRAP2?, SNMP v[0-9a-z]{1,4}, community \S*|:)\s*"
)
_TRAP: Final = re.compile(r"(?:Trap|INFORM|TRAP2?)\b[\s,]*")
_VARIABLE: Final = re.compile(
    r"(?:^|[\s,])(\.?[A-Za-z0-9][A-Za-z0-9_.:-]*(?:\.\"[^\"\n]*\")?) = (?:([A-Z][A-Za-z0-9]*(?:[ -][A-Za-z0-9]+)?): )?"
)
_OLD: Final = re.compile(
    r"(?:\.?[A-Za-z0-9-]*(?:[.:]+[A-Za-z0-9-]+)+\s+)?"
    r"([A-Za-z ]{0,40}?)\s?(Enterprise Specific )?Trap \(([0-9]{1,10})\) Uptime:"
)
_ENUMERATED: Final = re.compile(r"([A-Za-z][A-Za-z0-9-]*)\([0-9]+\)")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:-]*")
_TRAP_OID: Final = ("snmpTrapOID", "3.6.1.6.3.1.1.4.1.0")
_GENERIC: Final = ("coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss")
"""RFC 3418 and RFC 2863: 1.3.6.1.6.3.1.1.5.1 and those behind it"""
_GENERIC_OID: Final = re.compile(r"(?:.*\.3\.6\.1\.6\.3|SNMPv2-SMI::snmpModules)\.1\.1\.5\.([1-6])")
_OF_PROTOCOL: Final = ("sysUpTime", "snmpTrap", ".3.6.1.2.1.1.3.", ".3.6.1.6.3.")
_THINGS: Final = ("ifDescr", "ifName", "ifAlias")
_MOST_VARIABLES: Final = 12
_MOST_VALUE_CHARACTERS: Final = 200


def trap_fields(text: str) -> Fields | None:
    """Return host and message of a trap, with the values that name states and things behind it."""
    stamp = _STAMP.match(text)
    sender = _SENDER.match(text, stamp.end() if stamp else 0)
    if sender is None:
        return None
    rest = text[sender.end() :]
    trap = _TRAP.match(rest)
    rest = rest[trap.end() :] if trap else rest
    variables = _variables(rest)
    name = next((value for key, _, value in variables if any(part in key for part in _TRAP_OID)), "")
    found: Fields = {}
    if name:
        said, code = _trap_name(name)
    else:
        old = _OLD.match(rest)
        if old is None:
            return None
        said, code = ("trap", old[3]) if old[2] else (f"{old[1]} trap".lstrip(), "")
    if code:
        found["event_id"] = code
    host = sender[1] if sender[1] != "<UNKNOWN>" else sender[2] or ""
    if host:
        found["host"] = host
    found["message"] = ": ".join((said, *_said(variables, found)))
    return found


def _variables(text: str) -> list[tuple[str, str, str]]:
    """Return name, type and value of each variable, the type empty where none is printed."""
    places = list(_VARIABLE.finditer(text))
    ends = [*(place.start() for place in places), len(text)][1:]
    return [
        (place[1], place[2] or "", text[place.end() : end].strip().rstrip(",").strip())
        for place, end in zip(places, ends, strict=True)
    ]


def _trap_name(value: str) -> tuple[str, str]:
    """Return what a trap is called, and its number where it has no name."""
    generic = _GENERIC_OID.fullmatch(value)
    if generic is not None:
        return _GENERIC[int(generic[1]) - 1], ""
    last = value.rpartition("::")[2]
    if last[:1].isalpha() and "." not in last:
        return last, ""
    # an unknown module's traps are told apart by the last number of their names
    number = last.rpartition(".")[2]
    return "trap", number if number.isdigit() else ""


def _said(variables: list[tuple[str, str, str]], found: Fields) -> list[str]:
    """Return texts that variables hold, then the other variables as one text; a level and a thing are written to `found`."""
    texts: list[str] = []
    pairs: list[str] = []
    thing = index = ""
    for key, _, raw in variables:
        if any(part in key for part in _OF_PROTOCOL):
            continue
        value = raw.strip('"').strip()
        name = key.rpartition("::")[2].split(".")[0] if "::" in key else ""
        enumerated = _ENUMERATED.fullmatch(value)
        value = enumerated[1] if enumerated else value
        if not value or len(value) > _MOST_VALUE_CHARACTERS:
            continue
        if name.lower().endswith("severity"):
            found.setdefault("level", value)
        if name in _THINGS:
            thing = thing or value
        elif name == "ifIndex":
            index = f"ifIndex.{value}"
        elif raw.startswith('"') and _NAME.fullmatch(value) is None:
            texts.append(" ".join(value.split()))
        elif len(pairs) >= _MOST_VARIABLES:
            continue
        elif enumerated and name:
            pairs.append(f"{name}={value}")
        elif name and _NAME.fullmatch(value):
            # what is no number may name anything; quotes mask it and keep it as an entity
            pairs.append(f"{name}={value if value.isdigit() else quoted(value)}")
    if thing or index:
        found["interface"] = thing or index
    return [*texts, ", ".join(pairs)] if pairs else texts
