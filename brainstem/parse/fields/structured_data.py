"""Structured data of RFC 5424 (section 6.3) as objects, and what it says where a record has no message beside it.

`[id key="value" key="value"][id ..]` is an object of objects. Check Point separates its pairs otherwise, and names no
element: `[action:"Drop"; ifname:"eth0"; ]` is one object. Never raises on bad input.
"""

import re
from typing import Final

import orjson

from brainstem.arrays.remembering import remembering
from brainstem.parse.formats.definition import Fields

_ELEMENT: Final = re.compile(rb'\[([^ \]="]+)((?: +[^ \]="]+="(?:[^"\\\]]|\\.)*")*) *\]', re.DOTALL)
_PARAMETER: Final = re.compile(rb'([^ \]="]+)="((?:[^"\\\]]|\\.)*)"', re.DOTALL)
_COLON_PARAMETER: Final = re.compile(rb'([A-Za-z_]\w*):{1,2}"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE: Final = re.compile(rb'\\(["\\\]])')
_OF_PROTOCOL: Final = frozenset({"timeQuality", "origin", "meta"})
"""elements that say nothing of an event (section 7)"""
_MOST_ID_BYTES: Final = 64


@remembering(4096)
def details_json(details: bytes) -> bytes:
    """Return structured data as a JSON object of objects, or as one object where its pairs stand in no element."""
    elements: dict[str, dict[str, str]] = {}
    for element in _ELEMENT.finditer(details):
        elements.setdefault(_text(element[1]), {}).update(_pairs(_PARAMETER, element[2]))
    return orjson.dumps(elements or _pairs(_COLON_PARAMETER, details))


def details_fields(details: bytes) -> Fields:
    """Return the parameters of all elements that say something of an event, by name; of two with one name, the first."""
    found: Fields = {}
    seen = False
    for element in _ELEMENT.finditer(details):
        seen = True
        if _text(element[1]).partition("@")[0] not in _OF_PROTOCOL:
            found = {**_pairs(_PARAMETER, element[2]), **found}
    return found if seen else {**_pairs(_COLON_PARAMETER, details)}


def message_id(header: bytes) -> bytes:
    """Return the message id that ends a header before its structured data, empty for none."""
    found = header[-_MOST_ID_BYTES:].rstrip(b" ").rpartition(b" ")[2]
    return b"" if found == b"-" else found


def _pairs(pattern: re.Pattern[bytes], raw: bytes) -> dict[str, str]:
    """Return the parameters that a pattern finds, without their escapes; of two with one name, the first."""
    found: dict[str, str] = {}
    for parameter in pattern.finditer(raw):
        found.setdefault(_text(parameter[1]), _text(_ESCAPE.sub(rb"\1", parameter[2])))
    return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
