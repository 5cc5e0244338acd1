"""Reads JSON records of a batch together, without an object of Python for each, where that comes to the same as decoding
them one by one.

Takes the bounds of JSON records, returns the columns of those that it could read; `json_fields` reads all others. A source
has few *outlines*: names and sorts of values in their order. Which member holds the time, the message, the host, the service
and the process id is worked out once for each outline, and what further follows from values that repeat, such as levels,
once for each combination of these, a *variant*: both by the functions of `json_fields`. Texts are then taken from where they
stand in the records, by compiled loops (`scan.json_members`).

A record is taken only if its own bytes show that the slow way would read the same: a name without blanks round it, a message
that is no object itself, a time of which text a reader of stamps decides. Before a variant is used, one record of it is read
both ways; where that differs, the outline is never read here again. So whether records are read here or there changes no
event, and what is remembered, which is bounded and of the process alone, is part of no snapshot.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
import orjson

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s
from brainstem.arrays.dictionary import code_slices
from brainstem.contracts.event import Kind
from brainstem.contracts.statement import kind_of
from brainstem.parse.boundaries.framing import sealed
from brainstem.parse.fields.signed_text import said_by, signed_text
from brainstem.parse.fields.values import EARLIEST_US, LAST_US, inner_name
from brainstem.parse.formats.definition import Fields, Format
from brainstem.parse.json_fields import (
    MOST_DEPTH,
    MOST_FACILITY,
    JsonRecord,
    Place,
    Plan,
    first_name,
    first_small,
    plan_of,
    record_of,
    service_of,
    take_level,
    take_time,
)
from brainstem.parse.scan.json_members import (
    ARRAY,
    BEYOND_ASCII,
    FLOAT,
    INTEGER,
    MEMBERS_MOST,
    NOT_PLAIN,
    NULL,
    OBJECT,
    OF_HOST,
    OF_MESSAGE,
    OF_PROCESS,
    OF_SERVICE,
    OF_TIME,
    ROLES,
    STRING,
    TOP_LEVEL,
    WRITTEN_OTHERWISE,
    scan_members,
    take_members,
    value_keys,
)

RECORDS_LEAST: Final = 16
"""in a batch of fewer, decoding each costs less than the calls here"""
_OF_OUTLINE_LEAST: Final = 3
"""records of one outline in a batch; that of fewer is not worked out"""
_OUTLINE_BYTES_MOST: Final = 4096
_KEY_BYTES_MOST: Final = 1024
_OUTLINES_MOST: Final = 1024
_VARIANTS_MOST: Final = 8192
_TRIED: Final = 256
_REPEATS_LEAST: Final = 8
"""an outline with more than `_TRIED` variants, each of which has come fewer times than this on average, is not worth it"""

IN_TEXTS: Final = -2
"""a bound of this and below is one in the texts, less this"""


@dataclass(slots=True)
class PlainObjects:
    """Columns, one row a record. Bounds are -1 for absent; from -2 downwards they index `texts`, others the buffer."""

    rows: Int64s
    """places of the records in the batch"""
    texts: Bytes
    start: Int64s
    """of the texts of each role: two dimensions, one row a role"""
    end: Int64s
    time_us: Int64s
    """-1: the time is a text, or absent"""
    process_id: Int32s
    facility: Int32s
    severity: Flags
    format: Flags
    host_is_asked_for: Bools
    attributes: list[bytes | None]


@dataclass(slots=True)
class _Variant:
    """What records of one outline have in common whose members with few values are equal."""

    severity: int
    facility: int
    host: bytes
    service: bytes
    """as host, of outlines that read them here only"""
    time_keys: list[str | None]
    kept: Bools
    """which members are left over"""
    is_proved: bool = False


@dataclass(slots=True)
class _Outline:
    """How records of one outline are read. Members are counted in their order, those of inner objects included."""

    plan: Plan
    entry: Format
    is_used: bool = False
    """False: each record is decoded"""
    roles: list[int] = field(default_factory=lambda: [-1] * ROLES)
    taken_keys: list[str | None] = field(default_factory=list)
    """of the members that the roles take"""
    keyed: list[int] = field(default_factory=list)
    """members whose values decide the variant"""
    timed: dict[str, int] = field(default_factory=dict)
    """members from which the time is worked out one by one; empty where it is taken as it stands"""
    names_host: bool = False
    """the host follows from the variant"""
    names_service: bool = False
    host_is_asked_for: bool = False
    is_signed: bool = False
    states: list[tuple[str, int]] = field(default_factory=list)
    things: list[tuple[str, int]] = field(default_factory=list)
    parties: list[tuple[str, int]] = field(default_factory=list)
    others: list[tuple[str, int]] = field(default_factory=list)
    variants: dict[bytes, _Variant | None] = field(default_factory=dict)
    seen: int = 0


_OUTLINES: Final[dict[tuple[int, bytes], _Outline]] = {}
_COUNTS: Final = {"variants": 0}


@dataclass(slots=True)
class _Members:
    """The members of the records of a batch, as `scan_members` returns them."""

    buffer: Bytes
    begin: Int64s
    end: Int64s
    nature: Flags
    first: Int64s
    key_start: Int64s
    key_end: Int64s
    value_start: Int64s
    value_end: Int64s
    sort: Flags
    marks: Flags
    holder: Int32s
    outline: Bytes
    outline_begin: Int64s

    def raw(self, index: int) -> bytes:
        """Return the bytes of one record."""
        return self.buffer[self.begin[index] : self.end[index]].tobytes()

    def places(self, index: int) -> dict[Place, int]:
        """Return the member at each place of a record, counted from its first."""
        base = int(self.first[index])
        found: list[Place] = []
        places: dict[Place, int] = {}
        for member in range(base, int(self.first[index + 1])):
            name = self.buffer[self.key_start[member] : self.key_end[member]].tobytes().decode("utf-8")
            holder = int(self.holder[member])
            above = found[holder] if holder >= 0 else ()
            # what stands in an element of an array has no place
            place = (*above, name) if holder == TOP_LEVEL or (holder >= 0 and above) else ()
            found.append(place)
            if place:
                places[place] = member - base
        return places


class _Values:
    """Single values of the members of a batch."""

    def __init__(self, members: _Members) -> None:
        self._text = members.buffer.tobytes()
        self._start, self._end = members.value_start.tolist(), members.value_end.tolist()
        self._sort, self._marks = members.sort.tolist(), members.marks.tolist()
        self.first: list[int] = members.first.tolist()

    def __call__(self, member: int) -> object:
        """Return the value of one member."""
        sort, text = self._sort[member], self._text[self._start[member] : self._end[member]]
        if sort == STRING:
            return orjson.loads(b'"' + text + b'"') if self._marks[member] else text.decode("ascii")
        value: object = orjson.loads(text)
        return value


@dataclass(slots=True)
class _Read:
    """Columns, one row a record, as those of `PlainObjects`; what is not `taken` means nothing."""

    taken: Bools
    texts: Bytes
    bounds: Int64s
    """three dimensions: start and end, role, record"""
    time_us: Int64s
    process_id: Int32s
    fixed: Int32s
    """two dimensions, one row a record: severity, facility, format, whether the host is asked for"""
    attributes: list[bytes | None]


def read_plain(buffer: Bytes, begin: Int64s, end: Int64s, rows: Int64s, entry: Format | None) -> PlainObjects | None:
    """Return the columns of the records of logs that can be read here, None for none. `rows` are their places in the batch,
    `entry` their format where it is given rather than recognized by their keys.
    """
    if len(rows) < RECORDS_LEAST:
        return None
    read = _read(buffer, begin[rows], end[rows], entry, 1)
    if read is None:
        return None
    chosen = np.flatnonzero(read.taken)
    severity, facility, number, is_asked_for = read.fixed[chosen].T
    return PlainObjects(
        rows[chosen],
        read.texts,
        read.bounds[0][:, chosen],
        read.bounds[1][:, chosen],
        read.time_us[chosen],
        read.process_id[chosen],
        facility,
        severity.astype(np.uint8),
        number.astype(np.uint8),
        is_asked_for.astype(np.bool_),
        [read.attributes[row] for row in chosen.tolist()],
    )


def _read(buffer: Bytes, begin: Int64s, end: Int64s, entry: Format | None, depth: int) -> _Read | None:
    """Return the columns of all records, None where none can be read. `depth` is 1, and more for messages of others."""
    _forget_where_full()
    size = int((end - begin).sum())
    members = _Members(buffer, begin, end, *scan_members(buffer, begin, end, size))
    outlines, outline_of = _outlines(members, entry)
    if not outlines:
        return None
    variants, variant_of = _variants(members, outlines, outline_of, size)
    if not variants:
        return None
    taken, nests, start, end, number, process_id, texts, left_over, left_begin = take_members(
        buffer,
        variant_of,
        members.first,
        members.key_start,
        members.key_end,
        members.value_start,
        members.value_end,
        members.sort,
        members.marks,
        members.holder,
        np.concatenate([np.array(outlines[of].roles, np.int32) for of, _ in variants]),
        np.concatenate([variant.kept for _, variant in variants]),
        depth < MOST_DEPTH,
        size,
    )
    bounds = np.stack([start.reshape(-1, ROLES).T, end.reshape(-1, ROLES).T])
    time_us, is_moment = _moments(number)
    taken &= is_moment
    fixed = np.array(
        [
            (variant.severity, variant.facility, outlines[of].entry.number, outlines[of].host_is_asked_for)
            for of, variant in variants
        ],
        np.int32,
    )[variant_of]
    more = _More(texts)
    of_variant = [np.zeros(0, np.int64)] * len(variants)
    one_by_one = any(outlines[of].timed or outlines[of].is_signed for of, _ in variants)
    values = _Values(members) if one_by_one else None
    order = np.argsort(variant_of, kind="stable")
    cuts = np.searchsorted(variant_of[order], np.arange(len(variants) + 1)).tolist()
    for index, (of, variant) in enumerate(variants):
        outline = outlines[of]
        if outline.timed or outline.is_signed or outline.names_host or outline.names_service or not variant.is_proved:
            rows = order[cuts[index] : cuts[index + 1]]
            of_variant[index] = own = rows[taken[rows]]
        for role, is_named, name in (
            (OF_HOST, outline.names_host, variant.host),
            (OF_SERVICE, outline.names_service, variant.service),
        ):
            if is_named and name:
                bounds[:, role, own] = np.array(more.add(name))[:, None]
        if outline.timed and values is not None:
            _time_each(values, outline, variant, own, taken, bounds, time_us, more)
    read = _Read(taken, texts, bounds, time_us, process_id, fixed, _left_over(members, left_over, left_begin))
    if (nests & taken).any():
        _read_inner(read, np.flatnonzero(nests & taken), depth, more)
    for own, (of, _) in zip(of_variant, variants, strict=True):
        if outlines[of].is_signed and values is not None:
            _sign_each(buffer, values, outlines[of], own[taken[own]], bounds, more)
    read.texts = more.joined()
    for own, (of, variant) in zip(of_variant, variants, strict=True):
        first = own[taken[own]][:1].tolist()
        if not variant.is_proved and outlines[of].is_used and first:
            parsed: Fields = orjson.loads(members.raw(first[0]))
            variant.is_proved = _record(buffer, read, first[0]) == record_of(parsed, Kind.LOG, entry, depth)
            outlines[of].is_used = variant.is_proved
    used = np.array([outlines[of].is_used for of, _ in variants], np.bool_)
    taken &= used[variant_of]
    return read if taken.any() else None


def _read_inner(read: _Read, rows: Int64s, depth: int, more: "_More") -> None:
    """Take what the objects say that are the messages of some records, as `json_fields` does; the others are not taken."""
    start, end = (IN_TEXTS - read.bounds[side, OF_MESSAGE, rows] for side in range(2))
    inner = _read(sealed(read.texts), start, end, None, depth + 1)
    if inner is None:
        read.taken[rows] = False
        return
    read.taken[rows[~inner.taken]] = False
    own_message = inner.bounds[0, OF_MESSAGE] != -1
    has_time = (inner.bounds[0, OF_TIME] != -1) | (inner.time_us >= 0)
    # an object without a message of its own may be the value that is logged
    speaks = inner.taken & (own_message | has_time | (inner.fixed[:, 0] > 0))
    base = more.append(inner.texts)
    bounds = np.where(inner.bounds >= 0, IN_TEXTS - inner.bounds, np.where(inner.bounds == -1, -1, inner.bounds - base))
    length = np.abs(inner.bounds[1] - inner.bounds[0])
    for role in (OF_MESSAGE, OF_HOST, OF_SERVICE):
        said = speaks & (length[role] > 0)
        read.bounds[:, role, rows[said]] = bounds[:, role, said]
    timed = speaks & has_time
    read.bounds[:, OF_TIME, rows[timed]] = bounds[:, OF_TIME, timed]
    read.time_us[rows[timed]] = inner.time_us[timed]
    for column, own, is_said in (
        (read.process_id, inner.process_id, inner.process_id >= 0),
        (read.fixed[:, 0], inner.fixed[:, 0], inner.fixed[:, 0] > 0),
    ):
        column[rows[speaks & is_said]] = own[speaks & is_said]


class _More:
    """Texts behind those that compiled loops have written."""

    def __init__(self, texts: Bytes) -> None:
        self._texts, self._size = texts, len(texts)
        self._more: list[bytes] = []

    def add(self, text: bytes) -> tuple[int, int]:
        """Append a text; return its bounds."""
        start = self._size
        # apart from the next one, as times are
        self._more.append(text + b"\n")
        self._size += len(text) + 1
        return IN_TEXTS - start, IN_TEXTS - start - len(text)

    def append(self, texts: Bytes) -> int:
        """Append several texts; return where they begin."""
        start = self._size
        self._more.append(texts.tobytes())
        self._size += len(texts)
        return start

    def text(self, buffer: Bytes, start: int, end: int) -> bytes:
        """Return the text between two bounds."""
        if start < 0 and IN_TEXTS - end > len(self._texts):
            self._texts = self.joined()
            self._more = []
        return _text(buffer, self._texts, start, end)

    def joined(self) -> Bytes:
        """Return all texts."""
        more = np.frombuffer(b"".join(self._more), np.uint8)
        return np.concatenate([self._texts, more]) if self._more else self._texts


def _text(buffer: Bytes, texts: Bytes, start: int, end: int) -> bytes:
    """Return the text between two bounds, which are not -1."""
    return (texts[IN_TEXTS - start : IN_TEXTS - end] if start < 0 else buffer[start:end]).tobytes()


def _outlines(members: _Members, entry: Format | None) -> tuple[list[_Outline], Int32s]:
    """Return the outlines that can be read, and for each record the place of its own among them, -1 for none."""
    begins, ends = members.outline_begin[:-1], members.outline_begin[1:]
    for index in np.flatnonzero(members.nature & BEYOND_ASCII).tolist():
        try:
            members.raw(index).decode("utf-8")
        except UnicodeDecodeError:
            members.nature[index] = NOT_PLAIN
    is_plain = (members.nature != NOT_PLAIN) & (ends > begins) & (ends - begins <= _OUTLINE_BYTES_MOST)
    codes, firsts = code_slices(sealed(members.outline), np.where(is_plain, begins, -1), ends)
    counts = np.bincount(codes, minlength=len(firsts)).tolist()
    found: list[_Outline] = []
    place_of = np.full(len(firsts), -1, np.int32)
    for code, row in enumerate(firsts.tolist()):
        if not is_plain[row]:
            continue
        key = (-1 if entry is None else entry.number, members.outline[begins[row] : ends[row]].tobytes())
        outline = _OUTLINES.get(key)
        if outline is None:
            if counts[code] < _OF_OUTLINE_LEAST:
                continue
            outline = _OUTLINES[key] = _outline_of(members, row, entry)
        if not outline.is_used:
            continue
        outline.seen += counts[code]
        place_of[code] = len(found)
        found.append(outline)
    return found, place_of[codes]


def _forget_where_full() -> None:
    """Keep what is remembered bounded: by these numbers, and what one batch adds."""
    if len(_OUTLINES) >= _OUTLINES_MOST or _COUNTS["variants"] >= _VARIANTS_MOST:
        _OUTLINES.clear()
        _COUNTS["variants"] = 0


def _outline_of(members: _Members, index: int, entry: Format | None) -> _Outline:
    """Return how records with the outline of one are read; not used where each has to be decoded."""
    parsed: Fields = orjson.loads(members.raw(index))
    base = int(members.first[index])
    places = members.places(index)
    plan = plan_of(tuple(parsed))
    found = _Outline(plan, entry or plan.entry)
    # a name that stands twice in an object, and objects that search engines put round each record
    has_repeats = _names_in(parsed) != members.first[index + 1] - base
    if has_repeats or "_source" in parsed or "preview" in parsed or found.entry.flattened is not None:
        return found
    sorts = {place: int(members.sort[base + member]) for place, member in places.items()}
    message = _first_of(plan.message, sorts, (STRING, ARRAY))
    process = _first_of(plan.process, sorts, (STRING, INTEGER, FLOAT))
    # a message may be a list of bytes, or the name of an alert
    if sorts.get(message) == ARRAY or (not message and sorts.get(("name",)) == STRING) or sorts.get(process) == FLOAT:
        return found
    time = _first_of(plan.time, sorts, (STRING, INTEGER, FLOAT, OBJECT))
    if plan.epoch or plan.split or sorts.get(time) in (FLOAT, OBJECT) or (plan.zone and sorts.get(time) == STRING):
        pairs = [place for pair in (*plan.epoch, *plan.split) for place in pair]
        keys = {place[0] for place in (*plan.time, *plan.zone, *pairs)}
        found.timed = {place[0]: member for place, member in places.items() if len(place) == 1 and place[0] in keys}
        time = ()
    keyed = [("kind",), *plan.level, *plan.facility]
    host = _first_of(plan.host, sorts, (STRING, OBJECT))
    if sorts.get(host) == OBJECT:
        keyed += plan.host
        found.names_host = True
        host = ()
    service = _first_of(plan.service, sorts, (STRING, OBJECT))
    if sorts.get(service) == OBJECT or _first_of(plan.pod, sorts, (STRING, OBJECT)):
        keyed += [*plan.service, *plan.pod]
        found.names_service = True
        service = ()
    if plan.is_request and found.names_host:
        return found
    found.host_is_asked_for = plan.is_request and len(host) == 1 and host[0].lower() == "host"
    for role, place in (
        (OF_TIME, time),
        (OF_MESSAGE, message),
        (OF_HOST, host),
        (OF_SERVICE, service),
        (OF_PROCESS, process),
    ):
        found.roles[role] = places[place] if place else -1
        if len(place) == 1 and role != OF_PROCESS:
            found.taken_keys.append(place[0])
    found.keyed = sorted({places[place] for place in keyed if place in places})
    found.states, found.things, found.parties = (
        [(name, places[place]) for name, place in role if sorts.get(place, NULL) != NULL]
        for role in (plan.states, plan.things, plan.parties)
    )
    found.others = [(name, places[place]) for name, place in plan.others]
    # a record without a message says its other fields where it could have such ones
    is_silent = not message and bool(plan.states or plan.things or plan.parties)
    found.is_signed = is_silent or bool(found.states or found.things or found.parties)
    found.is_used = True
    return found


def _names_in(value: object) -> int:
    """Return how many members all objects have in a value that was decoded: the last of those with one name."""
    if isinstance(value, dict):
        return len(value) + sum(map(_names_in, value.values()))
    return sum(map(_names_in, value)) if isinstance(value, list) else 0


def _first_of(wanted: tuple[Place, ...], sorts: dict[Place, int], accepted: tuple[int, ...]) -> Place:
    """Return the first place where a value of one of some sorts stands, an empty one for none."""
    return next((place for place in wanted if sorts.get(place) in accepted), ())


def _variants(
    members: _Members, outlines: list[_Outline], outline_of: Int32s, size: int
) -> tuple[list[tuple[int, _Variant]], Int32s]:
    """Return the variants of the records, each with the place of its outline, and for each record the place of its own."""
    keyed_begin = np.cumsum([0, *(len(outline.keyed) for outline in outlines)]).astype(np.int64)
    keyed = np.array([member for outline in outlines for member in outline.keyed], np.int32)
    keys, start, end = value_keys(
        members.buffer, outline_of, members.first, members.value_start, members.value_end, keyed_begin, keyed, size
    )
    codes, firsts = code_slices(sealed(keys), np.where(end - start <= _KEY_BYTES_MOST, start, -1), end)
    found: list[tuple[int, _Variant]] = []
    place_of = np.full(len(firsts), -1, np.int32)
    for code, row in enumerate(firsts.tolist()):
        if not 0 < end[row] - start[row] <= _KEY_BYTES_MOST:
            continue
        of = int(outline_of[row])
        outline = outlines[of]
        if not outline.is_used:
            continue
        key = keys[start[row] + 4 : end[row]].tobytes()
        if key in outline.variants:
            variant = outline.variants[key]
        elif len(outline.variants) >= max(_TRIED, outline.seen // _REPEATS_LEAST):
            outline.is_used = False
            _COUNTS["variants"] -= len(outline.variants)
            outline.variants.clear()
            continue
        else:
            _COUNTS["variants"] += 1
            variant = outline.variants[key] = _variant_of(members, row, outline)
        if variant is not None:
            place_of[code] = len(found)
            found.append((of, variant))
    return found, place_of[codes]


def _variant_of(members: _Members, index: int, outline: _Outline) -> _Variant | None:
    """Return what the records that are like one have in common; None for a statement, which is decoded."""
    parsed: Fields = orjson.loads(members.raw(index))
    if kind_of(parsed, Kind.LOG) != Kind.LOG:
        return None
    plan = outline.plan
    record = JsonRecord()
    gone = {*outline.taken_keys, take_level(record, parsed, plan.level, outline.entry)}
    time_keys: list[str | None] = []
    if outline.timed:
        time_keys = take_time(JsonRecord(), parsed, plan)
        gone.update(time_keys)
    host = service = b""
    if outline.names_host:
        host, key = first_name(parsed, plan.host)
        gone.add(key)
    if outline.names_service:
        service, key = service_of(parsed, plan)
        gone.add(key)
    kept = np.zeros(MEMBERS_MOST, np.bool_)
    for place, member in members.places(index).items():
        # an object stays, as only one of its members was taken
        kept[member] = len(place) == 1 and (place[0] not in gone or isinstance(parsed[place[0]], dict))
    facility = first_small(parsed, plan.facility, MOST_FACILITY)
    return _Variant(record.severity, facility, host, service, time_keys, kept)


def _moments(number: Int64s) -> tuple[Int64s, Bools]:
    """Return times that are whole numbers in microseconds, as `fields.values.moment_of` reads them, -1 where none stands;
    and where there is none or one that can be stored.
    """
    moment = np.where(
        number < 10**11,
        number * 1_000_000,
        np.where(number < 10**14, number * 1_000, np.where(number < 10**17, number, number // 1_000)),
    )
    is_none = number < 0
    return np.where(is_none, -1, moment), is_none | ((moment >= EARLIEST_US) & (moment < LAST_US))


def _time_each(
    values: _Values,
    outline: _Outline,
    variant: _Variant,
    own: Int64s,
    taken: Bools,
    bounds: Int64s,
    time_us: Int64s,
    more: _More,
) -> None:
    """Write the times of records that hold them in several members, or in other forms than text and whole numbers."""
    for row in own.tolist():
        base = values.first[row]
        fields: Fields = {name: values(base + member) for name, member in outline.timed.items()}
        record = JsonRecord()
        keys = take_time(record, fields, outline.plan)
        if keys != variant.time_keys or record.impossible_time:
            taken[row] = False
        elif record.time_us is not None:
            time_us[row] = record.time_us
        elif record.time_text:
            bounds[:, OF_TIME, row] = more.add(record.time_text)


def _sign_each(buffer: Bytes, values: _Values, outline: _Outline, own: Int64s, bounds: Int64s, more: _More) -> None:
    """Put what says what happened, and to what, behind the messages of records, as `json_fields` does."""
    starts, ends = bounds[:, OF_MESSAGE, own].tolist()
    for row, start, end in zip(own.tolist(), starts, ends, strict=True):
        base = values.first[row]
        if start == -1:
            said = said_by((name, values(base + member)) for name, member in outline.others)
            message = said.encode("utf-8", "replace")
        else:
            message = more.text(buffer, start, end)
        states, things, parties = (
            [(name, inner_name(values(base + member))) for name, member in role]
            for role in (outline.states, outline.things, outline.parties)
        )
        text = signed_text(message, states, things, parties)
        if text and (text != message or start == -1):
            bounds[:, OF_MESSAGE, row] = more.add(text)


def _left_over(members: _Members, left_over: Bytes, begin: Int64s) -> list[bytes | None]:
    """Return the JSON object of each record as `orjson` writes it, None for an empty one."""
    joined = left_over.tobytes()
    found = [joined[at:stop] or None for at, stop in pairwise(begin.tolist())]
    for index in np.flatnonzero(members.nature & WRITTEN_OTHERWISE).tolist():
        own = found[index]
        if own is not None:
            found[index] = orjson.dumps(orjson.loads(own))
    return found


def _record(buffer: Bytes, read: _Read, row: int) -> JsonRecord:
    """Return what was read of one record as a record that was decoded."""
    found = [
        None if start == -1 else _text(buffer, read.texts, start, end)
        for start, end in read.bounds[:, :, row].T.tolist()
    ]
    severity, facility, number, is_asked_for = read.fixed[row].tolist()
    time_us = int(read.time_us[row])
    return JsonRecord(
        message=found[OF_MESSAGE],
        time_us=None if time_us < 0 else time_us,
        time_text=found[OF_TIME] or b"",
        host=found[OF_HOST] or b"",
        host_is_asked_for=bool(is_asked_for),
        service=found[OF_SERVICE] or b"",
        process_id=int(read.process_id[row]),
        facility=facility,
        severity=severity,
        format_number=number,
        attributes=read.attributes[row],
    )
