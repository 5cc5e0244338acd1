"""The text by which a record of fields is signed: its message, with the fields that say what happened and to what.

`link changed` with the fields `action` and `vpntunnel` becomes `link changed, action=down, vpntunnel="hq-1"`: the tokenizer
reads a state as words, so that two states are two kinds of message, and takes a quoted value for a name, which it masks and
keeps as an entity; a comma keeps it from taking a key for the name of what stands before. Fields are put in the order of
their lists, not of the record, so that senders that write the same fields in another order have the same signature.
"""

import re
from collections.abc import Iterable
from typing import Final

MOST_STATES: Final = 6
MOST_NAMES: Final = 3
"""as many entities as a message has"""
MOST_SAID: Final = 16
MOST_SAID_CHARACTERS: Final = 300
MOST_VALUE_CHARACTERS: Final = 80
"""a longer value is prose or a dump, and names neither a state nor a thing"""

_BARE: Final = re.compile(r"[^\s\"'=,;()\[\]{}]+")
_ENDS: Final = ".,"
_NOTHING: Final = frozenset({"", "-", "n/a", "null", "none", "unknown", "(null)", "undefined"})


def state_pair(name: str, value: object) -> str:
    """Return `name=value` for a state, empty where the value is none: a word, a few words, a whole number or a truth."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > MOST_VALUE_CHARACTERS or text.lower() in _NOTHING:
            return ""
        # only a number is an id by its form
        name = "event" if name == "event_id" and not text.isdigit() else name
        return f"{name}={text}" if _BARE.fullmatch(text) else f"{name}={quoted(text)}"
    if isinstance(value, bool):
        return f"{name}={'true' if value else 'false'}"
    return f"{name}={value}" if isinstance(value, int) else ""


def name_pair(name: str, value: object) -> str:
    """Return `name="value"` for what names a thing, empty where the value is none."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    if len(text) > MOST_VALUE_CHARACTERS or text.lower() in _NOTHING:
        return ""
    return f"{name}={quoted(text)}"


def quoted(text: str) -> str:
    """Return a value in quotes on one line; quotes in it become apostrophes, as the tokenizer knows no escapes."""
    return '"' + " ".join(text.replace('"', "'").split()) + '"'


def signed_text(
    message: str,
    states: Iterable[tuple[str, object]],
    things: Iterable[tuple[str, object]],
    parties: Iterable[tuple[str, object]],
) -> str:
    """Return the message with its fields behind its first line, where the tokenizer reads them.

    A party that the message names itself is not repeated. The message may be empty.
    """
    found: list[str] = []
    for name, value in states:
        pair = state_pair(name, value)
        if pair and pair not in found and value != message:
            found.append(pair)
            if len(found) == MOST_STATES:
                break
    most = len(found) + MOST_NAMES
    for name, value in things:
        pair = name_pair(name, value) if len(found) < most else ""
        if pair:
            found.append(pair)
    for name, value in parties:
        pair = name_pair(name, value) if len(found) < most else ""
        if pair and not _says(message, str(value).strip()):
            found.append(pair)
    if not found:
        return message
    first, line_feed, more = message.partition("\n")
    first = first.rstrip()
    behind = ", ".join(found)
    if not first:
        return behind + line_feed + more
    return f"{first}{' ' if first[-1] in _ENDS else ', '}{behind}{line_feed}{more}"


def said_by(fields: Iterable[tuple[str, object]]) -> str:
    """Return texts and numbers as `name=value, name=value`, for a record whose fields are its message."""
    shown: list[str] = []
    for name, value in fields:
        if isinstance(value, str) and 0 < len(value) <= MOST_SAID_CHARACTERS:
            shown.append(f"{name}={value}" if _BARE.fullmatch(value) else f"{name}={quoted(value)}")
        elif isinstance(value, int | float):
            shown.append(f"{name}={value}")
        if len(shown) == MOST_SAID:
            break
    return ", ".join(shown)


def _says(message: str, name: str) -> bool:
    """Return whether a name stands in a message as a word of its own."""
    at = message.find(name)
    while at >= 0:
        behind = at + len(name)
        before = at == 0 or not message[at - 1].isalnum()
        if before and (behind == len(message) or not message[behind].isalnum()):
            return True
        at = message.find(name, at + 1)
    return False
