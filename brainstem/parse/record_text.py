"""Replaces, before anything is parsed, the bytes of records that wrap or spread their text: lines of a container runtime,
entries of the journal, elements of lists, alerts of several lines. The new text comes with its format.

Takes the envelopes of a batch, returns them with the texts that the readers of records read; position and number of the
records stay. The element of an array loses the brackets and commas round it. What a container runtime has put round each
line, or cut into parts, becomes one line with one header, and a stamp on a line of its own goes before the text below it.
An entry of the journal becomes the JSON object that the journal would have exported for it. The evidence keeps the record's
own bytes.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import orjson

from brainstem.arrays.aliases import Bytes, Flags, Int32s, Int64s
from brainstem.contracts.envelope import Envelopes
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of, find_byte
from brainstem.parse.boundaries.container_line import CRI, NO_CONTAINER, container_line
from brainstem.parse.boundaries.framing import sealed
from brainstem.parse.boundaries.journal_entry import is_address_field, is_verbose_header
from brainstem.parse.boundaries.json_object import behind_object, object_end, object_start, open_object
from brainstem.parse.boundaries.line_stamp import is_stamp_alone
from brainstem.parse.boundaries.marked_block import is_alert
from brainstem.parse.boundaries.plain_line import PLAIN_BYTES
from brainstem.parse.boundaries.scratch import SLOTS
from brainstem.parse.formats.text.journal_export import JOURNAL_EXPORT_FORMAT
from brainstem.parse.formats.text.journal_verbose import JOURNAL_VERBOSE_FORMAT
from brainstem.text.ascii import (
    BOM_FIRST,
    CARRIAGE_RETURN,
    CLOSE_BRACE,
    CLOSE_BRACKET,
    COMMA,
    LINE_FEED,
    OPEN_BRACE,
    OPEN_BRACKET,
    RECORD_SEPARATOR,
    SPACE,
    TAB,
    TWO,
    UNDERSCORE,
    UPPER_T,
)

_ITS_OWN, _IN_CRI, _IN_DOCKER, _EXPORTED, _VERBOSE, _STAMPED_ABOVE, _ALERT, _LISTED = range(8)


def told_objects(envelopes: Envelopes, max_record_bytes: int, above: str) -> tuple[Envelopes, dict[int, int], str]:
    """Return what `told` does, of a source of JSON objects: any other record keeps its bytes as its text."""
    found, known, above = told(envelopes, max_record_bytes, above)
    is_object = (found.length > 0) & (
        found.buffer[np.minimum(found.start, max(len(found.buffer) - 1, 0))] == OPEN_BRACE
    )
    is_object[list(known)] = False
    start = np.where(is_object, found.start, envelopes.start)
    length = np.where(is_object, found.length, envelopes.length)
    return replace(found, start=start, length=length), {}, above


def told(envelopes: Envelopes, max_record_bytes: int, above: str) -> tuple[Envelopes, dict[int, int], str]:
    """Return the envelopes with their texts, the formats that are known by now, by row, and `above` for the next batch.

    `above` is what the object round a list has said of the records before, as members of a JSON object. A record that is
    longer than `max_record_bytes`, or damaged, keeps its bytes.
    """
    start, length = np.ascontiguousarray(envelopes.start), np.ascontiguousarray(envelopes.length)
    scratch = np.full(SLOTS, -1, np.int64)
    raw_start = start
    kind, start, length = _texts(sealed(envelopes.buffer), start, length, max_record_bytes, scratch)
    formats: dict[int, int] = {}
    texts: list[bytes] = []
    buffer = envelopes.buffer
    size = len(buffer)
    for row in np.flatnonzero(kind).tolist():
        number = None
        if kind[row] == _LISTED:
            opened = buffer[raw_start[row] : start[row]].tobytes()
            if b"[" in opened or b"{" in opened:
                above = _said_above(opened, above)
            text = _below(buffer[start[row] : start[row] + length[row]].tobytes(), above)
        else:
            read, number = _READERS[int(kind[row])]
            text = read(envelopes.raw(row))
        if text is None:
            continue
        texts.append(text)
        start[row], length[row] = size, len(text)
        size += len(text)
        if number is not None:
            formats[row] = number
    if texts:
        buffer = np.concatenate([buffer, np.frombuffer(b"".join(texts), np.uint8)])
    return replace(envelopes, buffer=buffer, start=start, length=length), formats, above


@compiled
def _texts(
    buffer: Bytes, start: Int64s, length: Int32s, max_record_bytes: int, scratch: Int64s
) -> tuple[Flags, Int64s, Int32s]:
    """Return of what kind each record is, and where its text begins and how long it is."""
    count = len(start)
    kind = np.zeros(count, np.uint8)
    begins, lengths = start.copy(), length.copy()
    buffer, slots = begin_of(buffer), begin_of(scratch)
    for row in range(count):
        begin, end = start[row], start[row] + length[row]
        if length[row] < 2 or length[row] > max_record_bytes or not _MAY_DIFFER[buffer[begin]]:
            continue
        first = buffer[begin]
        if first in (OPEN_BRACE, OPEN_BRACKET, COMMA, SPACE, TAB, RECORD_SEPARATOR, BOM_FIRST):
            at, stop = _element(buffer, begin, end, slots)
            begins[row], lengths[row] = at, stop - at
            if at > begin or stop < end:
                kind[row] = _LISTED
            # "[" begins an alert of Snort too
            if at != begin or (first != OPEN_BRACE and (first != OPEN_BRACKET or stop != end)):
                continue
        if kind[row] == _ITS_OWN:
            kind[row] = _kind(buffer, begin, end, slots)
    return kind, begins, lengths


@compiled_helper
def _kind(buffer: Bytes, begin: int, end: int, scratch: Int64s) -> int:
    """Return of what kind a record is that may have more than one line."""
    short = min(end, begin + PLAIN_BYTES)
    line_end = find_byte(buffer, LINE_FEED, begin, short)
    if line_end < short:
        if line_end < end - 1 and is_stamp_alone(buffer, begin, line_end):
            return _STAMPED_ABOVE
    else:
        # most lines begin with a stamp, and are settled before their end is looked for
        if buffer[begin] == TWO and buffer[begin + 10] != UPPER_T:
            return _ITS_OWN
        line_end = find_byte(buffer, LINE_FEED, short, end)
    if line_end >= end - 1:
        return _ITS_OWN
    if buffer[begin] == OPEN_BRACKET:
        return _ALERT if is_alert(buffer, begin, line_end) else _ITS_OWN
    if buffer[begin] == UNDERSCORE:
        return _EXPORTED if is_address_field(buffer, begin, line_end) else _ITS_OWN
    if is_verbose_header(buffer, begin, line_end + 1):
        return _VERBOSE
    container = container_line(buffer, begin, line_end + 1, scratch)
    if container == NO_CONTAINER:
        return _ITS_OWN
    return _IN_CRI if container == CRI else _IN_DOCKER


# first bytes of records whose text may not be their bytes: objects, elements, entries of the journal, stamps
_MAY_DIFFER = np.zeros(256, np.bool_)
_MAY_DIFFER[list(b"{[,_ \t\x1eMTWFS0123456789\xef")] = True


@compiled_helper
def _element(buffer: Bytes, begin: int, end: int, scratch: Int64s) -> tuple[int, int]:
    """Return the bounds of the only object of a record, and those of the record where it is something else."""
    stop = end
    while stop > begin and buffer[stop - 1] in (SPACE, TAB, LINE_FEED, CARRIAGE_RETURN):
        stop -= 1
    at = object_start(buffer, begin, end, True)
    if at == begin and buffer[begin] == OPEN_BRACE and buffer[stop - 1] not in (COMMA, CLOSE_BRACKET):
        # "]}" may close a list of records, and as often the object itself
        before = stop - 2
        while before > begin and buffer[before] in (SPACE, TAB, LINE_FEED, CARRIAGE_RETURN):
            before -= 1
        if buffer[stop - 1] != CLOSE_BRACE or buffer[before] != CLOSE_BRACKET:
            return begin, end
    if at < 0:
        return begin, end
    open_object(scratch)
    ended = object_end(buffer, at, stop, scratch)
    if ended < 0 or (at == begin and ended == stop):
        return begin, end
    return (at, ended) if behind_object(buffer, ended, end, True) == end else (begin, end)


_MOST_ABOVE: Final = 16 * 1024
_KEPT_ABOVE: Final = ("resource", "logGroup", "logStream")
"""what the objects round a list say of all its records: OpenTelemetry, CloudWatch"""
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NO_BRACKET: Final = bytes(each for each in range(256) if each not in b"{}[]")
_CLOSED_BY: Final = {ord("{"): b"}", ord("["): b"]"}


def _said_above(raw: bytes, above: str) -> str:
    """Return what the objects before the first record of a list say of its records, as members of a JSON object.

    `above` is what those of the list before have said: where only a list inside them begins, it still holds.
    """
    opened: list[int] = []
    for bracket in _STRING.sub(b"", raw).translate(None, _NO_BRACKET):
        if bracket in _CLOSED_BY:
            opened.append(bracket)
        elif opened:
            opened.pop()
    text = raw.lstrip(b",[ \t\r\n\x1e\xef\xbb\xbf")
    if not text:
        return ""
    begun = not text.lstrip(b"{ \t\r\n").startswith((b'"scope"', b'"logRecords"'))
    outer = len(_STRING.sub(b"", raw).partition(b"{")[0].translate(None, _NO_BRACKET))
    closing = b"".join(_CLOSED_BY[each] for each in reversed(opened[outer:]))
    try:
        inner: object = orjson.loads(text + b"{}" + closing)
    except orjson.JSONDecodeError:
        return "" if begun else above
    found: dict[str, object] = {}
    while isinstance(inner, dict) and inner:
        found |= {name: inner[name] for name in _KEPT_ABOVE if name in inner}
        inner = next((each for each in reversed(inner.values()) if isinstance(each, list | dict)), None)
        if isinstance(inner, list):
            inner = inner[-1] if inner else None
    said = orjson.dumps(found)[1:-1].decode("utf-8")
    if not begun and "resource" not in found:
        return above
    return said if len(said) <= _MOST_ABOVE else ""


def _below(raw: bytes, above: str) -> bytes | None:
    """Return a record of a list with what the objects round the list say of it; None where they say nothing."""
    if not above or raw[:1] != b"{" or raw[1:].lstrip()[:1] != b'"':
        return None
    return b"{" + above.encode("utf-8") + b"," + raw[1:]


_CRI_LINE: Final = re.compile(rb"(\S+ std(?:out|err) )([FP])(?::\S*)?(?: (.*))?", re.DOTALL)


def _of_cri(raw: bytes) -> bytes | None:
    """Return the lines of a container with the header of the first one; parts of a line are joined."""
    lines = [_CRI_LINE.match(line) for line in raw.removesuffix(b"\n").split(b"\n")]
    if not lines[0]:
        return None
    texts = [lines[0][1], b"F "]
    for line in lines:
        if line is None:
            return None
        texts += [line[3] or b"", b"" if line[2] == b"P" else b"\n"]
    return b"".join(texts)


def _of_docker(raw: bytes) -> bytes | None:
    """Return the object of the first line, with the texts of all lines joined."""
    try:
        lines = [orjson.loads(line) for line in raw.splitlines()]
        return orjson.dumps({**lines[0], "log": "".join([line["log"] for line in lines])})
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, TypeError, KeyError):
        return None


def _of_export(raw: bytes) -> bytes | None:
    """Return the fields of an exported entry as an object; of several with one name, the first."""
    fields: dict[str, str] = {}
    at = 0
    while at < len(raw):
        line_end = raw.find(b"\n", at)
        line_end = len(raw) if line_end < 0 else line_end
        name, mark, value = raw[at:line_end].partition(b"=")
        at = line_end + 1
        if not mark and name.strip():
            begin = at + _LENGTH_BYTES
            value = raw[begin : begin + int.from_bytes(raw[at:begin], "little")]
            at = begin + len(value) + 1
        if name.strip():
            fields.setdefault(name.decode("ascii", "replace"), value.decode("utf-8", "replace"))
    return orjson.dumps(fields)


_LENGTH_BYTES: Final = 8
_HEADER: Final = re.compile(rb"\S{3} (.*?) *\[s=[^\]]*\]\s*")
_FIELD: Final = re.compile(rb"( +)([A-Z_][A-Z0-9_]*)=(.*)", re.DOTALL)


def _of_verbose(raw: bytes) -> bytes | None:
    """Return the fields of a verbose entry as an object, with its header's time as that of the entry."""
    head, *lines = raw.removesuffix(b"\n").split(b"\n")
    header = _HEADER.fullmatch(head)
    if header is None:
        return None
    fields: dict[str, list[str]] = {"__REALTIME_TIMESTAMP": [header[1].decode("utf-8", "replace")]}
    values, margin = fields["__REALTIME_TIMESTAMP"], 0
    for line in lines:
        field = _FIELD.match(line)
        # the further lines of a value stand further right than the names of fields
        if field is not None and (not margin or len(field[1]) <= margin):
            margin = len(field[1])
            values = fields.setdefault(field[2].decode("ascii"), [])
            values.append(field[3].decode("utf-8", "replace"))
        else:
            values.append(line.strip().decode("utf-8", "replace"))
    return orjson.dumps({name: "\n".join(values) for name, values in fields.items()})


_ALERT_STAMP: Final = re.compile(rb"^([0-9]{2}/[0-9]{2}[-/][0-9:./-]+) (.*)$", re.MULTILINE)


def _of_snort(raw: bytes) -> bytes | None:
    """Return an alert of several lines as Snort writes it on one: its stamp, what it says, and between which addresses."""
    found = _ALERT_STAMP.search(raw)
    if found is None:
        return None
    said = b" ".join(line.strip() for line in raw[: found.start()].splitlines())
    return b"%b  %b %b" % (found[1], said, found[2].strip())


def _of_stamped(raw: bytes) -> bytes | None:
    """Return a stamp and what stands on the lines below it as one line."""
    stamp, _, text = raw.partition(b"\n")
    return stamp.rstrip() + b" " + text


_READERS: Final[dict[int, tuple[Callable[[bytes], bytes | None], int | None]]] = {
    _IN_CRI: (_of_cri, None),
    _IN_DOCKER: (_of_docker, None),
    _EXPORTED: (_of_export, JOURNAL_EXPORT_FORMAT),
    _VERBOSE: (_of_verbose, JOURNAL_VERBOSE_FORMAT),
    _STAMPED_ABOVE: (_of_stamped, None),
    _ALERT: (_of_snort, None),
}
"""what reads the text of each kind, and the format where the text alone would be of another"""
