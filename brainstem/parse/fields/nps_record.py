"""Records of Microsoft's RADIUS server (Network Policy Server, before that IAS), in both of its file formats.

`"DC1","IAS",02/04/2022,10:00:00,3,"LAB\\ada",...` has its fields in a fixed order, and
`<Event><Timestamp data_type="4">02/04/2022 10:00:00.123</Timestamp>...` has them by name. Takes the text of one record,
returns flat fields with the names of `field_names`, None for another text.
"""

import re
from collections.abc import Mapping
from typing import Final

from brainstem.parse.fields.xml_event import xml_event
from brainstem.parse.formats.definition import Fields

_CELL: Final = re.compile(r'"([^"]*)"|([^,]*)')
_DATE: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_HOST, _SERVICE, _DAY, _TIME_OF_DAY, _PACKET, _USER = range(6)
_CLIENT: Final = 16
_POLICY: Final = 24
_REASON: Final = 25
_LEAST_CELLS: Final = 6
_PACKETS: Final = {
    "1": "Access-Request",
    "2": "Access-Accept",
    "3": "Access-Reject",
    "4": "Accounting-Request",
    "5": "Accounting-Response",
    "11": "Access-Challenge",
}
"""RFC 2865 section 3, RFC 2866 section 3"""


def nps_fields(text: str) -> Fields | None:
    """Return the fields of one record."""
    return _of_xml(text) if text.startswith("<") else _of_cells(text)


def _of_cells(text: str) -> Fields | None:
    """Return the fields of a record in the format of databases."""
    cells: list[str] = []
    at = 0
    while at <= len(text):
        cell = _CELL.match(text, at)
        if cell is None:
            return None
        cells.append(cell[1] if cell[1] is not None else cell[2])
        at = cell.end() + 1
    if len(cells) < _LEAST_CELLS or _DATE.fullmatch(cells[_DAY]) is None:
        return None
    cells += [""] * (_REASON + 1 - len(cells))
    return _flat(
        cells[_HOST],
        cells[_SERVICE],
        f"{cells[_DAY]} {cells[_TIME_OF_DAY]}",
        cells[_PACKET],
        {"code": cells[_REASON], "client": cells[_CLIENT], "user": cells[_USER], "policy": cells[_POLICY]},
    )


def _of_xml(text: str) -> Fields | None:
    """Return the fields of a record in XML."""
    event = xml_event(text.encode("utf-8"))
    if event is None or "Timestamp" not in event or "Packet-Type" not in event:
        return None
    found = {name: _text_of(value) for name, value in event.items()}
    return _flat(
        found.get("Computer-Name", ""),
        found.get("Event-Source", ""),
        found["Timestamp"],
        found["Packet-Type"],
        {
            "code": found.get("Reason-Code", ""),
            "client": found.get("Client-Friendly-Name", ""),
            "user": found.get("User-Name", "") or found.get("SAM-Account-Name", ""),
            "policy": found.get("NP-Policy-Name", ""),
        },
    )


def _text_of(value: object) -> str:
    """Return the text of an element."""
    value = value.get("#text") if isinstance(value, Mapping) else value
    return value if isinstance(value, str) else ""


def _flat(host: str, service: str, time: str, packet: str, others: dict[str, str]) -> Fields:
    """Return the parts of a record as fields, without those that are empty. The month is always first."""
    found = {"host": host, "service": service, "time": _DATE.sub(r"\3-\1-\2", time, count=1), **others}
    return {
        "message": _PACKETS.get(packet, f"packet type {packet}"),
        **{name: value for name, value in found.items() if value},
    }
