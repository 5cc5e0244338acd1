"""Windows events as XML: the elements of one record as nested objects.

A reader of the small part of XML 1.0 that event logs use: elements, attributes, character references, CDATA sections,
comments and declarations. Each byte is passed once. Returns None for what is not well-formed or holds no single event, and
never raises; documents types and entities of their own are not read, so nothing is expanded.
"""

import re
from typing import Final

from brainstem.parse.formats.definition import Fields

_MOST_DEPTH: Final = 32
_OPEN: Final = re.compile(r"<([A-Za-z_][\w:.-]*)((?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(/?)>")
_CLOSE: Final = re.compile(r"</([A-Za-z_][\w:.-]*)\s*>")
_ATTRIBUTE: Final = re.compile(r"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE: Final = re.compile(r"&(#x[0-9A-Fa-f]{1,6}|#[0-9]{1,7}|lt|gt|amp|quot|apos);")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_LAST_CHARACTER: Final = 0x10FFFF
_SKIPPED: Final = (("<!--", "-->"), ("<?", "?>"))


def xml_event(raw: bytes) -> Fields | None:
    """Return the members of the only `Event` in a record: elements by name, text as `#text`, attributes as `#attributes`.

    An element with text alone is that text; of elements with one name there is a list.
    """
    root = _elements(raw.decode("utf-8", "replace"))
    found = None if root is None else root.get("Event")
    if found is None and root is not None and isinstance(inner := root.get("Events"), dict):
        found = inner.get("Event")
    return found if isinstance(found, dict) else None


def _elements(text: str) -> Fields | None:
    """Return the elements of a text by name, None where it is not well-formed."""
    root: Fields = {}
    names: list[str] = []
    opened: list[Fields] = [root]
    at, size = 0, len(text)
    while at < size:
        if text[at] != "<":
            stop = text.find("<", at)
            stop = size if stop < 0 else stop
            _add_text(opened[-1], _resolved(text[at:stop]))
            at = stop
        elif text.startswith("<![CDATA[", at):
            stop = text.find("]]>", at)
            if stop < 0:
                return None
            _add_text(opened[-1], text[at + 9 : stop])
            at = stop + 3
        elif (tag := _OPEN.match(text, at)) is not None:
            if len(names) == _MOST_DEPTH:
                return None
            element: Fields = {}
            attributes = {
                each[1]: _resolved(each[2] if each[2] is not None else each[3]) for each in _ATTRIBUTE.finditer(tag[2])
            }
            if attributes:
                element["#attributes"] = attributes
            names.append(tag[1])
            opened.append(element)
            at = tag.end()
            if tag[3]:
                _close(names, opened)
        elif (tag := _CLOSE.match(text, at)) is not None:
            if not names or names[-1] != tag[1]:
                return None
            _close(names, opened)
            at = tag.end()
        else:
            mark = next((marks for marks in _SKIPPED if text.startswith(marks[0], at)), None)
            stop = -1 if mark is None else text.find(mark[1], at)
            if mark is None or stop < 0:
                return None
            at = stop + len(mark[1])
    return None if names else root


def _close(names: list[str], opened: list[Fields]) -> None:
    """Add the innermost element to the one around it."""
    name, element = names.pop(), opened.pop()
    text = element.get("#text")
    if isinstance(text, str):
        element["#text"] = text = text.strip()
        if not text:
            del element["#text"]
    value: object = element
    if set(element) == {"#text"}:
        value = text
    elif not element:
        value = ""
    parent = opened[-1]
    known = parent.get(name)
    if name not in parent:
        parent[name] = value
    elif isinstance(known, list):
        known.append(value)
    else:
        parent[name] = [known, value]


def _add_text(element: Fields, text: str) -> None:
    """Add text to an element."""
    known = element.get("#text")
    element["#text"] = known + text if isinstance(known, str) else text


def _resolved(text: str) -> str:
    """Return text with its character references resolved; others stay as they are written."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    """Return the character that a reference stands for."""
    name = reference[1]
    if name[0] != "#":
        return _NAMED[name]
    code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    # halves of a surrogate pair are no characters
    return chr(code) if code <= _LAST_CHARACTER and not 0xD800 <= code <= 0xDFFF else reference[0]
