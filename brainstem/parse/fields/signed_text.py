"""The text by which a record of fields is signed: its message, with the fields that say what happened and to what.

`link changed` with the fields `action` and `vpntunnel` becomes `link changed, action=down, vpntunnel="hq-1"`: the tokenizer
reads a state as words, so that two states are two kinds of message, and takes a quoted value for a name, which it masks and
keeps as an entity; a comma keeps it from taking a key for the name of what stands before. Fields are put in the order of
their lists, not of the record, so that senders that write the same fields in another order have the same signature.
"""

import re
from collections.abc import Iterable
from typing import Final

from brainstem.arrays.remembering import remembering

MOST_STATES: Final = 6
MOST_NAMES: Final = 3
"""as many entities as a message has"""
MOST_SAID: Final = 16
MOST_SAID_CHARACTERS: Final = 300
MOST_VALUE_CHARACTERS: Final = 80
"""a longer value is prose or a dump, and names neither a state nor a thing"""

_BARE: Final = re.compile(r"[^\s\"'=,;()\[\]{}]+")
_PLAIN: Final = re.compile("[A-Za-z0-9_.:@/-]*")
_ENDS: Final = b".,"
_NOTHING: Final = frozenset({"", "-", "n/a", "null", "none", "unknown", "(null)", "undefined"})


Places = list[tuple[str, object]]
"""the names under which values are printed, and the values"""


def signed_text(message: bytes, states: Places, things: Places, parties: Places) -> bytes:
    """Return the message with its fields behind its first line, where the tokenizer reads them.

    A party that the message names itself is not repeated. The message may be empty.
    """
    found: list[bytes] = []
    for name, value in states:
        pair = _state_pair(name, value)
        if pair and pair not in found and len(found) < MOST_STATES and message != pair.partition(b"=")[2].strip(b'"'):
            found.append(pair)
    most = len(found) + MOST_NAMES
    # of nested fields a name may stand in two places
    named: list[str] = []
    for name, value in things:
        if isinstance(value, str) and len(found) < most and value not in named:
            named.append(value)
            found += _name_pair(name, value)
    for name, value in parties:
        if isinstance(value, str) and len(found) < most and value not in named:
            named.append(value)
            if not _says(message, value.strip().encode("utf-8", "replace")):
                found += _name_pair(name, value)
    if not found:
        return message
    first, line_feed, more = message.partition(b"\n")
    first = first.rstrip()
    behind = b", ".join(found)
    if first:
        behind = first + (b" " if first[-1] in _ENDS else b", ") + behind
    return behind + line_feed + more


def _state_pair(name: str, value: object) -> bytes:
    """Return `name=value` for a state, empty where the value is none: a word, a few words, a whole number or a truth."""
    if isinstance(value, str):
        return _word_pair(name, value)
    if isinstance(value, bool):
        return b"%b=%b" % (name.encode(), b"true" if value else b"false")
    return b"%b=%d" % (name.encode(), value) if isinstance(value, int) else b""


# states are few, and each comes often
@remembering(4096)
def _word_pair(name: str, value: str) -> bytes:
    """Return `name=value` for a state in words, in quotes where it is not one word."""
    text = value.strip()
    if len(text) > MOST_VALUE_CHARACTERS or text.lower() in _NOTHING:
        return b""
    # only a number is an id by its form
    name = "event" if name == "event_id" and not text.isdigit() else name
    return f"{name}={text if _BARE.fullmatch(text) else quoted(text)}".encode("utf-8", "replace")


def _name_pair(name: str, value: str) -> tuple[bytes, ...]:
    """Return `name="value"` for what names a thing, nothing where the value is none."""
    text = value.strip()
    if len(text) > MOST_VALUE_CHARACTERS or text.lower() in _NOTHING:
        return ()
    return (f"{name}={quoted(text)}".encode("utf-8", "replace"),)


def quoted(text: str) -> str:
    """Return a value in quotes on one line; quotes in it become apostrophes, as the tokenizer knows no escapes."""
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    return '"' + " ".join(text.replace('"', "'").split()) + '"'


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


def _says(message: bytes, name: bytes) -> bool:
    """Return whether a name stands in a message as a word of its own."""
    at = message.find(name)
    while at >= 0:
        behind = at + len(name)
        if not message[max(at - 1, 0) : at].isalnum() and not message[behind : behind + 1].isalnum():
            return True
        at = message.find(name, at + 1)
    return False
