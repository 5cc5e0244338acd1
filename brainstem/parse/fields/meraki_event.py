"""Events of Cisco Meraki's devices: `type=vpn_connectivity_change peer_contact='203.0.113.50:51856' connectivity='false'`.

Takes the text of one event, returns flat fields with the names of `field_names`, None for another text. A value in single
quotes may be a state or a name, which only its key tells.
Source: https://documentation.meraki.com/General_Administration/Monitoring_and_Reporting/Syslog_Event_Types_and_Log_Samples
"""

import re
from typing import Final

from brainstem.parse.formats.definition import Fields

_PAIR: Final = re.compile(r"([A-Za-z_][\w.-]*)=(?:'([^']*)'|\"([^\"]*)\"|(\S*))")
_STATES: Final = frozenset({"connectivity", "status", "state", "carrier", "vpn_type", "band", "identity_type"})
_READ: Final = {
    "peer_contact": "peer",
    "client_mac": "client",
    "client_ip": "client_ip",
    "identity": "user",
    "interface": "interface",
}


def meraki_fields(text: str) -> Fields | None:
    """Return the fields of one event: its type and its states are what it says."""
    pairs = {name: single or double or bare for name, single, double, bare in _PAIR.findall(text)}
    kind = pairs.pop("type", "")
    if not kind:
        return None
    states = [f"{name}={pairs.pop(name)}" for name in tuple(pairs) if name in _STATES]
    return {"message": ", ".join([kind, *states]), **{_READ.get(name, name): value for name, value in pairs.items()}}
