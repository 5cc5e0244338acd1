r"""Parts of a JSON text as the bytes that came: objects behind each other, elements of an array, members of an object.

**Problem.** A request holds many records in one JSON text, and each is to be passed on byte by byte as it came. Parsing the
whole text first would take ten times its size in memory, and a text of 100,000 brackets would exhaust the stack of a parser
that calls itself.

**Idea.** Only brackets and strings decide where a part ends. One pattern skips everything up to the next bracket outside of
strings, with possessive quantifiers, so that it never goes back; depth is a number. Whether a part is valid JSON, a parser
with a bound on depth is asked for each part by itself (`orjson`, 1024 levels).

**Invariant.** Parts are slices of the text, in order, without the white space around them.
"""

import re
from collections.abc import Generator, Iterator
from typing import Final

import orjson

DEPTH_MOST: Final = 512
"""brackets within brackets; a deeper text is refused before anything parses it"""
_STRING: Final = rb'"(?:[^"\\]++|\\.)*+"'
_TO_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|%b)*+([\[\]{}])' % _STRING, re.DOTALL)
_TO_SEPARATOR: Final = re.compile(rb'(?:[^"\[\]{},]++|%b)*+([\[\]{},])' % _STRING, re.DOTALL)
_BLANKS: Final = re.compile(rb"[ \t\r\n]*+")
_KEY: Final = re.compile(rb"[ \t\r\n]*+(%b)[ \t\r\n]*+:" % _STRING, re.DOTALL)
_BLANK: Final = b" \t\r\n"
_CLOSING: Final = {b"[": b"]", b"{": b"}"}
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class InvalidJsonError(Exception):
    """A text is no JSON. The message says where, and why."""


def records_of(text: bytes) -> Iterator[bytes]:
    """Yield the objects of a text that is one object, several behind each other, or an array; of arrays each element.

    Raises `InvalidJsonError` for anything else; brackets and strings are checked, no more.
    """
    at = _skip_blanks(text, len(BYTE_ORDER_MARK) if text.startswith(BYTE_ORDER_MARK) else 0)
    while at < len(text):
        if text[at : at + 1] == b"{":
            end = _end_of(text, at)
            yield text[at:end]
        elif text[at : at + 1] == b"[":
            end = yield from _elements(text, at)
        else:
            raise InvalidJsonError(f"no object or array begins at byte {at}")
        at = _skip_blanks(text, end)


def elements_of(array: bytes) -> Iterator[bytes]:
    """Yield the elements of one array. Raises `InvalidJsonError` for anything else, and where an element is missing."""
    if array[:1] != b"[":
        raise InvalidJsonError("it is no array")
    if (yield from _elements(array, 0)) != len(array):
        raise InvalidJsonError("something stands behind an array")


def _elements(text: bytes, at: int) -> Generator[bytes, None, int]:
    """Yield the elements of the array that begins at `at`; return where it ends."""
    at = _skip_blanks(text, at + 1)
    if text[at : at + 1] == b"]":
        return at + 1
    while True:
        end = _part_end(text, at)
        element = text[at:end].strip(_BLANK)
        if not element:
            raise InvalidJsonError(f"an element is missing at byte {at}")
        yield element
        if text[end : end + 1] != b",":
            if text[end : end + 1] != b"]":
                raise InvalidJsonError(f"a bracket that is not open is closed at byte {end}")
            return end + 1
        at = end + 1


def members_of(value: bytes) -> dict[str, bytes]:
    """Return the members of one object; of a repeated name the last one counts.

    Raises `InvalidJsonError` for anything else, and where a name or a value is missing.
    """
    if value[:1] != b"{" or _end_of(value, 0) != len(value):
        raise InvalidJsonError("it is no object")
    members: dict[str, bytes] = {}
    at = _skip_blanks(value, 1)
    last = len(value) - 1
    if at == last:
        return members
    while True:
        key = _KEY.match(value, at)
        if key is None:
            raise InvalidJsonError(f"a name is missing at byte {at}")
        end = _part_end(value, key.end())
        member = value[key.end() : end].strip(_BLANK)
        if not member:
            raise InvalidJsonError(f"a value is missing at byte {key.end()}")
        members[str(parsed(key[1]))] = member
        if end == last:
            return members
        at = end + 1


def parsed(part: bytes) -> object:
    """Return the value of one part. Raises `InvalidJsonError`."""
    try:
        return orjson.loads(part)
    except orjson.JSONDecodeError as error:
        raise InvalidJsonError(str(error)) from error


def _skip_blanks(text: bytes, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found is not None else at


def _end_of(text: bytes, at: int) -> int:
    """Return where the bracket that opens at `at` is closed, behind it."""
    open_brackets: list[bytes] = []
    start = at
    while True:
        found = _TO_BRACKET.match(text, at)
        if found is None:
            raise InvalidJsonError(f"what begins at byte {start} does not end")
        bracket, at = found[1], found.end()
        if bracket in _CLOSING:
            open_brackets.append(_CLOSING[bracket])
            if len(open_brackets) > DEPTH_MOST:
                raise InvalidJsonError(f"it is nested deeper than {DEPTH_MOST} levels at byte {at - 1}")
        elif bracket != open_brackets.pop():
            raise InvalidJsonError(f"a bracket that is not open is closed at byte {at - 1}")
        elif not open_brackets:
            return at


def _part_end(text: bytes, at: int) -> int:
    """Return where the part that begins at `at` ends: the place of the comma behind it, or of the bracket around it."""
    while True:
        found = _TO_SEPARATOR.match(text, at)
        if found is None:
            raise InvalidJsonError(f"what begins at byte {at} does not end")
        if found[1] not in _CLOSING:
            return found.end() - 1
        at = _end_of(text, found.end() - 1)
