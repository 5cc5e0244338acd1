r"""CEF and LEEF: a header of fields between bars, and an extension of keys and values.

`CEF:0|vendor|product|version|id|name|severity|key=value key=value` has blanks in values and escapes `\|`, `\=`, `\\`, `\n`;
LEEF separates its attributes by tabs, or by the character that version 2 names in its header. Takes the text of one event,
returns flat fields with the names of `field_names`, None where the header is not complete.
"""

import re
from typing import Final

from brainstem.parse.formats.definition import Fields

_BAR: Final = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_KEY: Final = re.compile(r"(?:^|(?<=\s))([A-Za-z0-9_][A-Za-z0-9_.\[\]-]*)=")
_ESCAPED: Final = re.compile(r"\\([\\|=nrt])")
_ESCAPES: Final = {"n": " ", "r": " ", "t": " "}
_CEF_PARTS: Final = 7
_LEEF_PARTS: Final = 5
_HEXADECIMAL: Final = re.compile(r"(?:0x|x|\\x)([0-9A-Fa-f]{2})", re.IGNORECASE)
_CUSTOM: Final = re.compile(r"(?:cs|cn|cfp|c6a|flexString|flexNumber|deviceCustom\w+)[0-9]+")

_OF_VENDOR: Final = re.compile("(?:FTNTFGT|UNIFI)(?=[A-Za-z])")
"""what FortiOS and UniFi put before keys that are their own: `FTNTFGTvpntunnel`, `UNIFIdeviceName`"""

_OWN_LEVEL: Final = "FTNTFGTlevel"
"""the level of a FortiOS record in a word: by the scale of CEF the numbers in its header make an `error` a warning"""

_CEF_WORDS: Final = {"unknown": 0, "low": 2, "medium": 5, "high": 8, "very-high": 10, "very high": 10}
_TIMES: Final = ("rt", "deviceReceiptTime", "end", "start", "devTime", "art")
_HOSTS: Final = ("dvchost", "deviceHostName", "identHostName", "dvc", "devname")


def extension_fields(text: str) -> Fields | None:
    """Return the fields of an event that begins with `CEF:` or `LEEF:`."""
    if text.startswith("CEF:"):
        return _cef(text)
    return _leef(text) if text.startswith("LEEF:") else None


def _parts(text: str, most: int) -> list[str]:
    """Return the parts of a header between bars that no backslash stands before, and what follows them."""
    parts: list[str] = []
    at = 0
    while len(parts) < most and (bar := _BAR.search(text, at)) is not None:
        parts.append(text[at : bar.end() - 1])
        at = bar.end()
    return [*parts, text[at:]]


def _plain(text: str) -> str:
    """Return a value without its escapes, on one line."""
    if "\\" not in text:
        return text.strip()
    return _ESCAPED.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), text).strip()


def _cef(text: str) -> Fields | None:
    """Return the fields of a CEF event."""
    parts = _parts(text, _CEF_PARTS)
    # an event without an extension may lack the last bar
    if len(parts) < _CEF_PARTS:
        return None
    header = [_plain(part) for part in parts[:_CEF_PARTS]]
    found = _blank_separated(parts[_CEF_PARTS]) if len(parts) > _CEF_PARTS else {}
    name, message = header[5], found.pop("msg", "")
    severity = found.get(_OWN_LEVEL) or _CEF_WORDS.get(header[6].lower(), header[6])
    shown = message if name in message else f"{name}: {message}" if name and message else name or message
    return _flat(header[2], header[4], severity, shown, found)


def _leef(text: str) -> Fields | None:
    """Return the fields of a LEEF event."""
    parts = _parts(text, _LEEF_PARTS)
    if len(parts) <= _LEEF_PARTS:
        return None
    header, rest, separator = [_plain(part) for part in parts[:_LEEF_PARTS]], parts[_LEEF_PARTS], "\t"
    if header[0].startswith("LEEF:2"):
        mark, bar, behind = rest.partition("|")
        hexadecimal = _HEXADECIMAL.fullmatch(mark)
        if bar and (hexadecimal is not None or len(mark) < 2):
            separator = chr(int(hexadecimal[1], 16)) if hexadecimal is not None else mark or "\t"
            rest = behind
    if separator in rest or rest.count("=") < 2:
        pairs = (each.partition("=") for each in rest.split(separator))
        found = {key.strip(): _plain(value) for key, equals, value in pairs if equals}
    else:
        found = _blank_separated(rest)
    severity, message = found.pop("sev", None), found.pop("msg", "") or found.pop("reason", "")
    return _flat(header[2], header[4], severity, message or found.pop("cat", "") or header[4], found)


def _blank_separated(text: str) -> dict[str, str]:
    """Return keys and values that blanks separate, where values may hold blanks too: each ends before the next key."""
    keys = list(_KEY.finditer(text))
    ends = [*(key.start() for key in keys[1:]), len(text)]
    # a text without a key has no value either
    return {key[1]: _plain(text[key.end() : end]) for key, end in zip(keys, ends, strict=False)}


def _flat(product: str, event_id: str, severity: object, message: str, found: dict[str, str]) -> Fields:
    """Return header and extension as fields of one object; a custom field is called by its label."""
    flat: Fields = {"service": product, "level": severity, "message": message, "event_id": event_id}
    for keys, into in ((_TIMES, "time"), (_HOSTS, "host")):
        value = next((found[key] for key in keys if found.get(key)), None)
        if value:
            flat[into] = value
    for key, value in found.items():
        label = found.get(f"{key}Label", "") if _CUSTOM.fullmatch(key) else ""
        name = label.lower().replace(" ", "_") if label else _OF_VENDOR.sub("", key)
        if not key.endswith("Label") and key not in _TIMES and key not in _HOSTS:
            flat.setdefault(name, value)
    return flat
