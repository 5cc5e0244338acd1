"""From envelopes to event columns: runs the readers of `scan` over a batch, lays what `documents` has decoded into the same
columns, and codes hosts and services.

A batch is consecutive records of one source, as slices of one buffer. Logs come in dozens of formats, often several in one
file, and no setting need say which: each record is taken for what its own bytes show, unless its source is said to be of one
format. What they do not show comes from the source (its defaults, its last time). Any bytes become an event or a reject,
never an exception.

How a batch goes through, each step a loop over all of its rows:

1. `framing` has cut the stream into records before: a line, with the lines that continue it. `record_text` gives each its
   text, where that is not simply its bytes.
2. `scan.prefix` looks at the first bytes: blank, padding, oversize, JSON or text; for text the syslog priority, and where a
   stamp could begin.
3. `documents` decodes JSON objects, events in XML, and rows below a line of column names: JSON objects with the same names
   together (`plain_objects`), everything else one by one. The compiled readers below skip them, and the rejects.
4. `scan.timestamp` reads the stamp there, or searches for one further right if no record of the source has begun with one.
5. `scan.header` chooses the format by the stamp's shape, and reads host, program, process id and structured data.
6. `scan.severity` takes the level from mnemonic, priority or level word; in the lines of applications the message then
   begins behind the level. `documents` decodes what stands behind a header: JSON, XML, CEF and LEEF. `scan.key_value` finds
   host, service and message of records that are pairs.
7. The fields of decoded records are written to the same columns; their times and levels go through the readers of 4 and 6.
   What such fields and pairs say happened, and to what, stands behind the message.
8. `event_time` goes through the rows in order: years and zones that are not printed, times for records without one, and
   which records are late. This is the only step in which a row depends on those before it.
9. Hosts and services become codes into lists of distinct names. Names that grow with the records are no names
   (`name_guard`); then those of the source stand in.

An example: `<30>Feb  4 10:00:00 barge pumpd[812]: pump 3 runs dry` has priority 30 (facility 3, severity 6) and a stamp
behind it, with a month's name and without a year. That shape means BSD syslog, so host `barge`, service `pumpd` and process
812 are read, and the message begins at `pump`. The year is the one that brings the stamp nearest to the source's last time.

What holds at each step:

- Columns have one row an envelope, rejects included, in the order of the source. A reader returns offsets into the batch's
  buffer, -1 for absent. A line is never copied: the message is `text[message_start:message_end]`. Only the values of fields,
  whose escapes are resolved, and messages with fields behind them are appended behind the envelopes' bytes, so `text` may be
  longer than the buffer.
- A reject keeps its row and its bytes. Whatever stamp it may hold is never read.
- The outcome depends on the bytes and their order alone, not on how they were cut into batches. All that is carried over
  stands in `SourceContext`, which is saved in snapshots.
- Compiled readers are compiled for one type of each argument: buffers read-only (`framing.sealed`), columns contiguous. An
  array of another layout is no error, but costs seconds of compiling in a running flow.

How to add a format: one file in `formats` with a number of its own, its properties and its samples, named in the folder's
`FORMAT_FILES`; and where `scan.header` chooses, the branch that recognizes it. Its samples are tests at once. How to add a
reader: a module in `scan` with a NamedTuple of columns and a compiled function over all rows, called from `_scan_text`;
cheap conditions first, as it sees every line of every source.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from zoneinfo import ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s, Rows
from brainstem.arrays.dictionary import code_slices
from brainstem.arrays.remembering import remembering
from brainstem.contracts.envelope import Envelopes
from brainstem.contracts.event import Kind
from brainstem.contracts.reject import RejectReason
from brainstem.contracts.statement import Stated
from brainstem.parse.boundaries.framing import MAX_RECORD_BYTES, sealed
from brainstem.parse.documents import read_details, read_documents, read_enclosed
from brainstem.parse.event_time import NEVER, order_events
from brainstem.parse.fields.structured_data import details_json
from brainstem.parse.formats.registry import HAS_PAIRS, IS_JSON, LEVEL_FIRST
from brainstem.parse.json_fields import JsonRecord
from brainstem.parse.name_guard import NameGuard
from brainstem.parse.plain_objects import IN_TEXTS, PlainObjects
from brainstem.parse.record_text import told, told_objects
from brainstem.parse.scan.civil_time import SECOND_US, TIME_OF_DAY, YEARLESS, ZONED
from brainstem.parse.scan.header import scan_headers
from brainstem.parse.scan.header_fields import Headers
from brainstem.parse.scan.json_members import OF_HOST, OF_MESSAGE, OF_SERVICE, OF_TIME
from brainstem.parse.scan.key_value import HOST, MESSAGE, SERVICE, scan_pairs
from brainstem.parse.scan.prefix import (
    BODY_BLANK,
    BODY_NUL_PADDING,
    BODY_OVERSIZE,
    BODY_TEXT,
    Prefixes,
    scan_prefixes,
    unprefixed,
)
from brainstem.parse.scan.severity.severities import scan_severities
from brainstem.parse.scan.timestamp import Stamps, scan_stamps
from brainstem.parse.source_context import SourceContext, zone_offsets

__all__ = ["ParsedBatch", "SourceContext", "parse"]

_REASON: Final = np.zeros(5, np.uint8)
_REASON[BODY_BLANK] = RejectReason.BLANK
_REASON[BODY_NUL_PADDING] = RejectReason.NUL_PADDING
_REASON[BODY_OVERSIZE] = RejectReason.OVERSIZE


NAME_BYTES_MOST: Final = 255
"""of a host or service; RFC 5424 section 6 allows a host 255 bytes, and a program's name fewer. Each one is kept in many
tables, so a longer one is taken for a text that was misread"""
MISREAD_SERVICE: Final = 1
MISREAD_HOST: Final = 2


@dataclass(slots=True)
class ParsedBatch:
    """Columns, one row an envelope, rejects included. Times are microseconds since the epoch, UTC.

    `text[message_start[i]:message_end[i]]` is the message of row i without header and terminator; that of a JSON record lies
    behind the envelopes' bytes.
    """

    text: Bytes
    message_start: Int64s
    message_end: Int64s
    event_time: Int64s
    origin: Flags
    """`TimeOrigin` values"""
    late: Bools
    tick_time: Int64s
    """the event time, for late records the moment that is just not late"""
    hosts: list[str]
    host: Int32s
    services: list[str]
    service: Int32s
    process_id: Int32s
    """-1: none"""
    facility: npt.NDArray[np.int8]
    """-1: none"""
    severity: Flags
    """OpenTelemetry severity number, 0: unspecified"""
    kind: Flags
    format: Flags
    """numbers of `formats.registry.FORMATS`"""
    attributes: list[bytes | None] | None
    """JSON objects; None where no record has any"""
    reject_reason: Flags
    """`RejectReason` values"""
    misread: Flags
    """what was printed as a name and not believed: `MISREAD_SERVICE`, `MISREAD_HOST`, or their sum"""
    stated: dict[int, Stated] = field(default_factory=dict)
    """the content of the incidents and the feedback among the rows, by row"""
    tenants: list[str] | None = None
    """the tenant of each row, where the records of a source name it; None: the envelopes' tenant"""

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.event_time)

    def message(self, index: int) -> bytes:
        """Return one message."""
        return self.text[int(self.message_start[index]) : int(self.message_end[index])].tobytes()


def parse(envelopes: Envelopes, context: SourceContext, max_record_bytes: int = MAX_RECORD_BYTES) -> ParsedBatch:
    """Return the columns of a batch, and update `context` with what matters for the next batch of the source."""
    is_given = context.given_format is not None
    has_objects = not is_given or bool(IS_JSON[context.given_format])
    known_formats: dict[int, int] = {}
    if has_objects:
        texts = told_objects if is_given else told
        envelopes, known_formats, context.above = texts(envelopes, max_record_bytes, context.above)
    buffer = sealed(envelopes.buffer)
    start, length = np.ascontiguousarray(envelopes.start), np.ascontiguousarray(envelopes.length)
    prefixes = Prefixes(*scan_prefixes(buffer, start, length, max_record_bytes))
    if is_given:
        prefixes = unprefixed(prefixes, buffer, start, has_objects)
    reasons = _REASON[prefixes.nature]
    headings = np.zeros(len(envelopes), np.bool_)
    documents, plain = read_documents(buffer, prefixes, reasons, headings, context)
    is_json = np.zeros(len(envelopes), np.bool_)
    is_json[list(documents)] = True
    if plain is not None:
        is_json[plain.rows] = True
    if context.kind != Kind.LOG:
        # statements are JSON objects only
        reasons[(reasons == RejectReason.ACCEPTED) & ~is_json] = RejectReason.INVALID_STATEMENT
    skip = (reasons != RejectReason.ACCEPTED) | is_json
    # in a source whose format is given, nothing is looked for in the records that its reader cannot read
    unread = np.ones_like(skip) if is_given else skip
    stamps, headers, severity = _scan_text(buffer, prefixes, skip, unread, context)
    # a stamp alone on its line is the time of the lines below it, as in Oracle's alert log, and says nothing itself
    bare = (stamps.end + 1 >= prefixes.end) & (stamps.end > 0) & ~skip & (prefixes.priority < 0)
    bare &= (headers.host_start < 0) & (headers.message_start >= prefixes.end)
    # so are the names of columns, and the date above rows without one, which W3C's format has in UTC
    bare |= headings & (stamps.end > 0)
    reasons[bare | headings] = RejectReason.BLANK
    stamps.shape[headings & (stamps.shape & TIME_OF_DAY == 0)] |= ZONED
    # a priority is eight times the facility, plus the severity
    facility = np.where(prefixes.priority >= 0, prefixes.priority >> 3, -1).astype(np.int8)
    enclosed = read_enclosed(buffer, prefixes, headers, unread) | read_details(buffer, prefixes, headers)
    documents = dict(sorted({**documents, **enclosed}.items())) if enclosed else documents
    text, message_end = _place_pairs(buffer, headers, prefixes)
    batch = ParsedBatch(
        text=text,
        message_start=headers.message_start,
        message_end=message_end,
        # times and names stand in for those that are filled in below
        event_time=stamps.civil,
        origin=stamps.shape,
        late=is_json,
        tick_time=stamps.civil,
        hosts=[],
        host=stamps.offset_seconds,
        services=[],
        service=stamps.offset_seconds,
        process_id=headers.process_id,
        facility=facility,
        severity=severity,
        kind=np.full(len(envelopes), Kind.LOG, np.uint8),
        format=headers.format,
        attributes=_structured_data(buffer, headers),
        reject_reason=reasons,
        misread=np.zeros(len(envelopes), np.uint8),
    )
    if documents or plain is not None:
        _place_json(batch, documents, plain, prefixes.body, headers, stamps, context)
        _place_statements(batch, documents, envelopes.tenant, context)
    batch.format[list(known_formats)] = list(known_formats.values())
    _order_times(batch, envelopes, context, stamps, bare)
    _drop_long_names(batch, headers)
    batch.hosts, batch.host = _code_names(
        batch.text, headers.host_start, headers.host_end, context.default_host, _host_name
    )
    batch.services, batch.service = _code_names(
        batch.text, headers.service_start, headers.service_end, context.default_service, service_name
    )
    accepted = np.flatnonzero(reasons == RejectReason.ACCEPTED)
    _guard_names(batch, accepted, context)
    # text and objects count here also where they are rejected, as they do for the records behind them in their own batch
    counted = (reasons == RejectReason.ACCEPTED) | (prefixes.nature == BODY_TEXT) | is_json
    if counted.any():
        context.last_format = int(batch.format[np.flatnonzero(counted)[-1]])
    return batch


def _scan_text(
    buffer: Bytes, prefixes: Prefixes, skip: Bools, unread: Bools, context: SourceContext
) -> tuple[Stamps, Headers, Flags]:
    """Return stamp and header of the records that are not in `unread`, and severity of those that are not in `skip`; the
    compiled readers, one after another.
    """
    columns = scan_stamps(
        buffer, prefixes.body, prefixes.end, prefixes.stamp, unread, context.searching, context.date_order
    )
    stamps, context.searching, context.date_order = Stamps(*columns[:6]), columns[6], columns[7]
    _apply_named_zones(buffer, stamps)
    headers = Headers(
        *scan_headers(
            buffer,
            prefixes.body,
            prefixes.rest,
            prefixes.end,
            unread,
            prefixes.priority,
            prefixes.versioned,
            prefixes.stamp,
            stamps.end,
            stamps.shape,
            prefixes.host_start,
            prefixes.host_end,
            prefixes.origin_start,
            prefixes.origin_end,
        )
    )
    severity = scan_severities(
        buffer,
        prefixes.body,
        prefixes.end,
        skip,
        prefixes.priority,
        stamps.shape,
        LEVEL_FIRST[headers.format],
        stamps.begin,
        stamps.end,
        headers.message_start,
        headers.process_id,
    )
    return stamps, headers, severity


def _apply_named_zones(buffer: Bytes, stamps: Stamps) -> None:
    """Write the offsets of zones that are printed as a name of the tz database, such as `Europe/Berlin`.

    An unknown name leaves the stamp to the zone of its source, and so does a stamp without a year.
    """
    rows = np.flatnonzero((stamps.zone_name >= 0) & (stamps.shape & YEARLESS == 0))
    if not len(rows):
        return
    by_name: dict[str, list[int]] = {}
    for row in rows.tolist():
        text = buffer[stamps.zone_name[row] : stamps.zone_name[row] + _ZONE_NAME_BYTES].tobytes()
        found = _ZONE_NAME.match(text)
        if found is not None:
            by_name.setdefault(found[0].decode(), []).append(row)
    for name, named in by_name.items():
        try:
            since, offset_us = zone_offsets(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
        offsets = offset_us[np.searchsorted(since, stamps.civil[named], "right") - 1] // SECOND_US
        stamps.offset_seconds[named] = offsets
        stamps.shape[named] |= ZONED


_ZONE_NAME: Final = re.compile(rb"[A-Za-z]+(?:/[A-Za-z0-9_+-]+)+")
_ZONE_NAME_BYTES: Final = 48
"""the longest name has 32"""


def _place_pairs(buffer: Bytes, headers: Headers, prefixes: Prefixes) -> tuple[Bytes, Int64s]:
    """Write what `key=value` records name to `headers`; return the text of the batch and where each message ends.

    Messages that pairs stand behind are appended to the text.
    """
    message_end = np.maximum(prefixes.end, headers.message_start)
    rows = np.flatnonzero(HAS_PAIRS[headers.format])
    if not len(rows):
        return buffer, message_end
    named = scan_pairs(buffer, rows, headers.message_start, message_end)
    for role, start, end in (
        (HOST, headers.host_start, headers.host_end),
        (SERVICE, headers.service_start, headers.service_end),
    ):
        # a host that a relay has printed before the pairs goes before the one that the sender names
        found = (named.start[role] >= 0) & (start[rows] < 0)
        start[rows[found]], end[rows[found]] = named.start[role][found], named.end[role][found]
    # a message that the pairs name takes the place of the whole text
    found = named.start[MESSAGE] >= 0
    headers.message_start[rows[found]], message_end[rows[found]] = (
        named.start[MESSAGE][found],
        named.end[MESSAGE][found],
    )
    signed = named.text_start >= 0
    if not signed.any():
        return buffer, message_end
    headers.message_start[rows[signed]] = len(buffer) + named.text_start[signed]
    message_end[rows[signed]] = len(buffer) + named.text_end[signed]
    return sealed(np.concatenate([buffer, named.text])), message_end


class _Decoded(NamedTuple):
    """Columns of the decoded records, one row a record, in the order of the batch. Bounds index its text."""

    rows: Int64s
    start: Int64s
    """of message, host, service and time: two dimensions, one row each"""
    end: Int64s
    own_message: Bools
    """a field holds a message"""
    time_us: Int64s
    """-1: the time is a text, or absent"""
    has_time: Bools
    process_id: Int64s
    facility: Int64s
    severity: Flags
    format: Flags
    host_is_asked_for: Bools


_PLACED: Final = (OF_MESSAGE, OF_HOST, OF_SERVICE, OF_TIME)


def _decoded(batch: ParsedBatch, documents: dict[int, JsonRecord]) -> _Decoded:
    """Return the columns of records that were decoded one by one; their texts are appended to the batch's bytes."""
    records = list(documents.values())
    # the last keeps what a reader of stamps looks for behind one apart from the text of the next record
    texts = [[record.message or b"", record.host, record.service, record.time_text, b"\n"] for record in records]
    lengths = np.array([[len(text) for text in row] for row in texts], np.int64).reshape(-1, len(_PLACED) + 1)
    ends = (len(batch.text) + np.cumsum(lengths).reshape(lengths.shape)).T
    appended = np.frombuffer(b"".join(text for row in texts for text in row), np.uint8)
    batch.text = sealed(np.concatenate([batch.text, appended]))
    return _Decoded(
        np.array(list(documents), np.int64),
        (ends - lengths.T)[: len(_PLACED)],
        ends[: len(_PLACED)],
        np.array([record.message is not None for record in records], np.bool_),
        np.array([-1 if record.time_us is None else record.time_us for record in records], np.int64),
        np.array([record.has_time for record in records], np.bool_),
        np.array([record.process_id for record in records], np.int64),
        np.array([record.facility for record in records], np.int64),
        np.array([record.severity for record in records], np.uint8),
        np.array([record.format_number for record in records], np.uint8),
        np.array([record.host_is_asked_for for record in records], np.bool_),
    )


def _read_together(batch: ParsedBatch, plain: PlainObjects) -> _Decoded:
    """Return the columns of records that were read together; the texts beside the bytes are appended to the batch's."""
    base = len(batch.text)
    batch.text = sealed(np.concatenate([batch.text, plain.texts]))
    start, end = (
        np.where(bounds < -1, base + IN_TEXTS - bounds, np.where(bounds == -1, 0, bounds))
        for bounds in (plain.start[list(_PLACED)], plain.end[list(_PLACED)])
    )
    return _Decoded(
        plain.rows,
        start,
        end,
        plain.start[OF_MESSAGE] != -1,
        plain.time_us,
        (plain.start[OF_TIME] != -1) | (plain.time_us >= 0),
        plain.process_id.astype(np.int64),
        plain.facility.astype(np.int64),
        plain.severity,
        plain.format,
        plain.host_is_asked_for,
    )


def _place_json(
    batch: ParsedBatch,
    documents: dict[int, JsonRecord],
    plain: PlainObjects | None,
    body: Int64s,
    headers: Headers,
    stamps: Stamps,
    context: SourceContext,
) -> None:
    """Write the fields of JSON records to the columns; texts that do not stand in the batch's bytes are appended to them."""
    found = _decoded(batch, documents)
    if plain is not None:
        both = _read_together(batch, plain)
        in_order = np.argsort(np.concatenate([found.rows, both.rows]))
        pairs: Iterable[tuple[Rows, Rows]] = zip(found, both, strict=True)
        found = _Decoded(*(np.concatenate(pair, axis=-1)[..., in_order] for pair in pairs))
    rows = found.rows
    # one contiguous row a field: compiled functions are compiled anew for strided arrays
    message_start, host_start, service_start, time_start = map(np.ascontiguousarray, found.start)
    message_end, host_end, service_end, time_end = map(np.ascontiguousarray, found.end)
    # the format of an object behind a header is that of the header
    whole = ~(IS_JSON[found.format] & (headers.message_start[rows] > body[rows]))
    batch.format[rows[whole]] = found.format[whole]
    # a record without a message field keeps its whole text as message
    own = found.own_message
    batch.message_start[rows[own]], batch.message_end[rows[own]] = message_start[own], message_end[own]
    # a record that names no service or host has that of the container or the header before it
    for column, column_end, first, last, weak in (
        (headers.host_start, headers.host_end, host_start, host_end, found.host_is_asked_for),
        (headers.service_start, headers.service_end, service_start, service_end, np.zeros(len(rows), np.bool_)),
    ):
        named = ((last > first) & ~weak) | (column[rows] < 0)
        column[rows[named]], column_end[rows[named]] = first[named], last[named]
    for numbers, values in ((batch.process_id, found.process_id), (batch.facility, found.facility)):
        numbers[rows] = np.where(values >= 0, values, numbers[rows])
    _place_times(batch, found, documents, stamps, time_start, time_end, context)
    _place_severities(batch, rows, found.severity)
    attributes = [(row, record.attributes) for row, record in documents.items()]
    if plain is not None:
        attributes += zip(plain.rows.tolist(), plain.attributes, strict=True)
    if any(own for _, own in attributes):
        batch.attributes = batch.attributes or [None] * len(batch)
        for row, own_attributes in attributes:
            batch.attributes[row] = own_attributes or batch.attributes[row]


def _place_statements(
    batch: ParsedBatch, documents: dict[int, JsonRecord], usual_tenant: str, context: SourceContext
) -> None:
    """Write kind, content and tenant of the records that are incidents and feedback to the batch."""
    for row, record in documents.items():
        if record.stated is not None:
            batch.kind[row] = record.kind
            if batch.reject_reason[row] == RejectReason.ACCEPTED:
                batch.stated[row] = record.stated
    # among logs, what a record names as its tenant counts for nothing: its source decides
    if context.kind != Kind.LOG:
        named = [documents[row].stated if row in documents else None for row in range(len(batch))]
        batch.tenants = [stated.tenant if stated and stated.tenant else usual_tenant for stated in named]


def _place_times(
    batch: ParsedBatch,
    found: _Decoded,
    documents: dict[int, JsonRecord],
    stamps: Stamps,
    start: Int64s,
    end: Int64s,
    context: SourceContext,
) -> None:
    """Write the times of JSON records to `stamps`; a record whose date does not exist is rejected."""
    rows = found.rows
    skip_none = np.zeros(len(rows), np.bool_)
    columns = scan_stamps(batch.text, start, end, start, skip_none, False, context.json_date_order)
    context.json_date_order = columns[7]
    printed = Stamps(*columns[:6])
    _apply_named_zones(batch.text, printed)
    civil, stop, shape, offset = printed.civil, printed.end, printed.shape, printed.offset_seconds
    is_number = found.time_us >= 0
    yearless = ~is_number & (shape & YEARLESS != 0) & (stamps.end[rows] >= 0)
    # that of the header before the record, where one stands there, also before one that lacks its year
    above = ~found.has_time | (yearless & (stamps.shape[rows] & YEARLESS == 0))
    civil[above], shape[above] = stamps.civil[rows[above]], stamps.shape[rows[above]]
    offset[above], stop[above] = stamps.offset_seconds[rows[above]], stamps.end[rows[above]]
    is_number &= ~above
    civil[is_number], shape[is_number], offset[is_number], stop[is_number] = found.time_us[is_number], ZONED, 0, 1
    for index in np.flatnonzero((stop < 0) & ~above).tolist():
        row = int(rows[index])
        text = batch.text[start[index] : end[index]].tobytes()
        if stamps.end[row] < 0 and (clock := _CLOCK.fullmatch(text)) is not None:
            # a row under a line that says its date
            hours, minutes, seconds = (int(clock[part]) for part in (1, 2, 3))
            fraction_us = int((clock[4] or b"").ljust(6, b"0")[:6])
            civil[index] = ((hours * 60 + minutes) * 60 + seconds) * SECOND_US + fraction_us
            stop[index], offset[index] = 1, 0
            shape[index] = TIME_OF_DAY | (ZONED if clock[5] else 0)
        elif _ISO_DATE.match(text):
            batch.reject_reason[row] = RejectReason.IMPOSSIBLE_TIME
        elif row in documents and documents[row].kind != Kind.LOG:
            # a statement without a time that can be read is of no use; a log takes that of the record before it
            batch.reject_reason[row] = RejectReason.INVALID_STATEMENT
    stamps.civil[rows], stamps.end[rows], stamps.shape[rows], stamps.offset_seconds[rows] = civil, stop, shape, offset


_CLOCK: Final = re.compile(rb"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]+))?(Z)?")
_ISO_DATE: Final = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?")


def _place_severities(batch: ParsedBatch, rows: Int64s, of_field: Flags) -> None:
    """Write the severity of JSON records: that of their field, else that of a level word in their message."""
    of_message = scan_severities(
        batch.text,
        batch.message_start[rows],
        batch.message_end[rows],
        of_field > 0,
        np.full(len(rows), -1, np.int16),
        np.zeros(len(rows), np.uint8),
        np.zeros(len(rows), np.bool_),
        np.zeros(len(rows), np.int64),
        np.full(len(rows), -1, np.int64),
        batch.message_start[rows],
        np.zeros(len(rows), np.int32),
    )
    # the severity of the header before the record, where one stands there, goes before a word in the message
    of_header = batch.severity[rows]
    batch.severity[rows] = np.where(of_field > 0, of_field, np.where(of_header > 0, of_header, of_message))


def _order_times(batch: ParsedBatch, envelopes: Envelopes, context: SourceContext, stamps: Stamps, bare: Bools) -> None:
    """Write the time columns: event time, origin, lateness and tick time. Rejects that are a `bare` stamp are read too."""
    received = envelopes.received_at
    if context.received_at_us is not None:
        received = np.full(len(envelopes), context.received_at_us, np.int64)
    batch.event_time, batch.origin, batch.late, batch.tick_time = order_events(
        stamps.civil,
        stamps.end > 0,
        stamps.shape,
        stamps.offset_seconds,
        (batch.reject_reason != RejectReason.ACCEPTED) & ~bare,
        received,
        context.written_by_us,
        *context.offsets(),
        context.lateness_us,
        NEVER if context.named_day_us is None else context.named_day_us,
        context.received_counts,
        context.times,
    )
    # a zone, or a year that is inferred from a device that has no time yet, may lead to before 1970; slots begin there
    for moments in (batch.event_time, batch.tick_time):
        np.maximum(moments, 0, out=moments)


def _drop_long_names(batch: ParsedBatch, headers: Headers) -> None:
    """Take out the names that are longer than any name is, so that those of the source stand in."""
    for start, end, mark in (
        (headers.host_start, headers.host_end, MISREAD_HOST),
        (headers.service_start, headers.service_end, MISREAD_SERVICE),
    ):
        is_long = (start >= 0) & (end - start > NAME_BYTES_MOST)
        if is_long.any():
            start[is_long] = end[is_long] = -1
            batch.misread[is_long] |= mark


def _code_names(
    text: Bytes, start: Int64s, end: Int64s, default: str, normalized: Callable[[str], str]
) -> tuple[list[str], Int32s]:
    """Return the distinct names in order of first appearance, and each row's index into them.

    `normalized` maps what is printed to a name; a row without one gets `default`.
    """
    codes, first = code_slices(text, start, end)
    distinct: dict[str, int] = {}
    remap = np.empty(len(first), np.int32)
    for code, row in enumerate(first.tolist()):
        name = ""
        if start[row] >= 0:
            name = normalized(text[start[row] : end[row]].tobytes().decode("utf-8", "replace"))
        remap[code] = distinct.setdefault(name or default, len(distinct))
    return list(distinct), remap[codes]


def _guard_names(batch: ParsedBatch, accepted: Int64s, context: SourceContext) -> None:
    """Put the source's own service and host in the place of names that grow with its records, from that record on."""
    for names, column, default, guard, mark in (
        (batch.services, batch.service, context.default_service, context.services, MISREAD_SERVICE),
        (batch.hosts, batch.host, context.default_host, context.hosts, MISREAD_HOST),
    ):
        _guard(names, column, default, guard, accepted, batch.misread, mark)


def _guard(
    names: list[str],
    column: Int32s,
    default: str,
    guard: NameGuard,
    accepted: Int64s,
    misread: Flags,
    mark: int,
) -> None:
    """Write the default to the rows of a column whose names are not believed, and the mark to their misreads."""
    usual = names.index(default) if default in names else len(names)
    # where no record prints a name there is nothing to count
    if len(names) == (usual < len(names)):
        return
    rows = accepted[column[accepted] != usual]
    doubted = rows[guard.believed(names, column[rows]) :]
    misread[doubted] |= mark
    if len(doubted) == len(rows):
        # nobody needs the thousands of names that are not used
        names[:] = [default]
        column[:] = 0
    elif len(doubted):
        if usual == len(names):
            names.append(default)
        column[doubted] = usual


def _host_name(name: str) -> str:
    """Return a host's name as it is printed."""
    return name


_CONTAINER_ID: Final = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{12,64}(?![0-9A-Za-z])")


@remembering(65_536)
def service_name(name: str) -> str:
    """Return a program's name without its path, process id and colon; a container's id in it becomes `<id>`."""
    name = name.rstrip(":")
    if name.endswith("]") and "[" in name:
        name = name[: name.rindex("[")]
    if name.startswith("/") and not name.endswith("/"):
        name = name.rsplit("/", 1)[1]
    return _CONTAINER_ID.sub("<id>", name)


def _structured_data(buffer: Bytes, headers: Headers) -> list[bytes | None] | None:
    """Return the structured data of RFC 5424 records as JSON objects, None if no record has any."""
    rows = np.flatnonzero(headers.details_start >= 0).tolist()
    if not rows:
        return None
    attributes: list[bytes | None] = [None] * len(headers.format)
    for row in rows:
        attributes[row] = details_json(buffer[headers.details_start[row] : headers.details_end[row]].tobytes())
    return attributes
