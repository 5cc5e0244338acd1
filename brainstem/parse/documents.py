"""Decodes one by one in Python the records that are a document: JSON objects, XML events, entries of CMTrace and NPS, CEF
and LEEF, rows of tables, and structured data without a message.

Takes the columns of a batch, returns the decoded records by row. `read_documents` finds those that are one from their first
byte on, before the compiled readers look for stamps and headers; `read_enclosed` finds those that stand behind a header.
Which rows are decoded follows from few bytes of each, so that lines of plain text cost next to nothing.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bools, Bytes, Flags
from brainstem.contracts.event import Kind
from brainstem.contracts.reject import RejectReason
from brainstem.parse.fields.cmtrace_entry import cmtrace_fields
from brainstem.parse.fields.extension import extension_fields
from brainstem.parse.fields.ise_record import ise_fields
from brainstem.parse.fields.meraki_event import meraki_fields
from brainstem.parse.fields.nps_record import nps_fields
from brainstem.parse.fields.pan_os_record import pan_os_fields
from brainstem.parse.fields.snmp_trap import trap_fields
from brainstem.parse.fields.splunk_event import splunk_fields
from brainstem.parse.fields.structured_data import details_fields, message_id
from brainstem.parse.fields.table import (
    EXPLAINED,
    after_misfit,
    announced,
    announced_as,
    format_of,
    is_directive,
    is_explained,
    is_explanation,
    is_title,
    pair_fields,
    row_of,
)
from brainstem.parse.fields.veeam_event import veeam_fields
from brainstem.parse.fields.xml_event import xml_event
from brainstem.parse.formats.fielded.cef import CEF_FORMAT
from brainstem.parse.formats.fielded.cmtrace import CMTRACE_FORMAT
from brainstem.parse.formats.fielded.csv import CSV_FORMAT
from brainstem.parse.formats.fielded.leef import LEEF_FORMAT
from brainstem.parse.formats.fielded.nps import NPS_FORMAT
from brainstem.parse.formats.fielded.pan_os import PAN_OS_FORMAT
from brainstem.parse.formats.fielded.w3c import W3C_FORMAT
from brainstem.parse.formats.fielded.windows_xml import WINDOWS_XML_FORMAT
from brainstem.parse.formats.registry import FORMATS, IS_JSON
from brainstem.parse.formats.syslog.rfc3164 import RFC3164_FORMAT
from brainstem.parse.formats.syslog.rfc5424 import RFC5424_FORMAT
from brainstem.parse.formats.text.application import APPLICATION_FORMAT
from brainstem.parse.formats.text.epoch import EPOCH_FORMAT
from brainstem.parse.formats.text.key_value import KEY_VALUE_FORMAT
from brainstem.parse.json_fields import JsonRecord, decode, record_of
from brainstem.parse.plain_objects import PlainObjects, read_plain
from brainstem.parse.scan.columns import IS_DOCUMENT, IS_NAMES, scan_columns
from brainstem.parse.scan.enclosed import scan_enclosed
from brainstem.parse.scan.header_fields import Headers
from brainstem.parse.scan.prefix import BODY_JSON, BODY_TEXT, Prefixes
from brainstem.parse.source_context import NO_TABLE, SourceContext

_XML: Final = FORMATS[WINDOWS_XML_FORMAT]
_PAN_OS: Final = FORMATS[PAN_OS_FORMAT]
_RFC5424: Final = FORMATS[RFC5424_FORMAT]
_MOST_BYTES_ABOVE: Final = 64
"""before structured data, where the id of the message stands"""
_MARKED: Final = (
    (FORMATS[CMTRACE_FORMAT], cmtrace_fields),
    (FORMATS[NPS_FORMAT], nps_fields),
    (FORMATS[KEY_VALUE_FORMAT], pair_fields),
)
_CEE: Final = b"@cee:"
"""the mark of JSON in a syslog message (Common Event Expression)"""
_MARKED_BEHIND: Final = (
    (b"CEF:", FORMATS[CEF_FORMAT], extension_fields),
    (b"LEEF:", FORMATS[LEEF_FORMAT], extension_fields),
    (b"CISE_", FORMATS[RFC3164_FORMAT], ise_fields),
    (b"type=", FORMATS[EPOCH_FORMAT], meraki_fields),
    (b"LogName=", FORMATS[APPLICATION_FORMAT], splunk_fields),
    (b"[categoryId=", _RFC5424, veeam_fields),
)
"""with what a document behind a header begins, the format of its record, and what reads its fields"""
_OPENS_OTHERS: Final = (b"{", b"@")


def read_documents(
    buffer: Bytes, prefixes: Prefixes, reasons: Flags, headings: Bools, context: SourceContext
) -> tuple[dict[int, JsonRecord], PlainObjects | None]:
    """Return the records that are documents as a whole, by row, those apart that could be read together, and write why
    others are rejected to `reasons`.

    `headings` is set where a line names the columns of a table or is another directive of one, and says nothing itself.

    The table of `context` is brought up to date.
    """
    if context.given_format in (CSV_FORMAT, W3C_FORMAT):
        return _read_rows_as(context.given_format, buffer, prefixes, headings, context), None
    found, plain = _read_json(buffer, prefixes, reasons, context)
    if context.given_format is not None:
        return found, plain
    # statements are JSON objects only
    if context.kind != Kind.LOG:
        return found, plain
    flags, every = scan_columns(buffer, prefixes.body, prefixes.end, prefixes.nature)
    more: dict[int, JsonRecord] = {}
    if every & IS_DOCUMENT:
        more |= _read_marked(buffer, prefixes, flags)
    if context.table[0] or every & IS_NAMES:
        more |= _read_rows(buffer, prefixes, flags == IS_NAMES, headings, context)
    return dict(sorted({**found, **more}.items())) if more else found, plain


def _read_json(
    buffer: Bytes, prefixes: Prefixes, reasons: Flags, context: SourceContext
) -> tuple[dict[int, JsonRecord], PlainObjects | None]:
    """Return the records that are JSON objects, those apart that could be read together.

    Text may begin with a brace too. A record that is not valid JSON is rejected if it begins as an object does (`{"`), or if
    the accepted record before it was JSON; otherwise it is text.
    """
    documents: dict[int, JsonRecord] = {}
    rows = np.flatnonzero(prefixes.nature == BODY_JSON)
    if not len(rows):
        return documents, None
    entry = None if context.given_format is None else FORMATS[context.given_format]
    # statements are few, and their content is more than the columns of an event
    plain = read_plain(buffer, prefixes.body, prefixes.end, rows, entry) if context.kind == Kind.LOG else None
    # how many texts stand above each row: if none came in between, the record before it was JSON
    texts_above = np.cumsum(prefixes.nature == BODY_TEXT)
    above_last = 0 if IS_JSON[context.last_format] else -1
    read_together = np.zeros(0, np.int64)
    if plain is not None:
        read_together = plain.rows
        rows = np.setdiff1d(rows, read_together, assume_unique=True)
    behind = np.searchsorted(read_together, rows).tolist()
    bounds = zip(rows.tolist(), prefixes.body[rows].tolist(), prefixes.end[rows].tolist(), behind, strict=True)
    for row, begin, end, place in bounds:
        raw = buffer[begin:end].tobytes()
        record = decode(raw, context.kind, entry)
        if record is not None:
            documents[row] = record
            above_last = texts_above[row]
            if record.impossible_time:
                reasons[row] = RejectReason.IMPOSSIBLE_TIME
            elif record.kind != Kind.LOG and record.stated is None:
                reasons[row] = RejectReason.INVALID_STATEMENT
        elif (
            texts_above[row] == above_last
            or (place > 0 and texts_above[row] == texts_above[read_together[place - 1]])
            or raw[1:].lstrip()[:1] == b'"'
        ):
            reasons[row] = RejectReason.INVALID_JSON
    return documents, plain


def _read_marked(buffer: Bytes, prefixes: Prefixes, flags: Flags) -> dict[int, JsonRecord]:
    """Return the records that are Windows events in XML, of CMTrace or NPS, or pairs in quotes."""
    found: dict[int, JsonRecord] = {}
    for row in np.flatnonzero(flags == IS_DOCUMENT).tolist():
        raw = buffer[prefixes.body[row] : prefixes.end[row]].tobytes()
        record = _decode_xml(raw) if raw[:1] == b"<" and raw[1:2] != b"!" else None
        for entry, read in _MARKED if record is None else ():
            fields = read(raw.decode("utf-8", "replace"))
            if fields is not None:
                record = record_of(fields, entry=entry)
                break
        if record is not None:
            found[row] = record
    return found


def _decode_xml(raw: bytes) -> JsonRecord | None:
    """Return the record of one event in XML, None where it is none."""
    event = xml_event(raw)
    if event is None or "System" not in event:
        return None
    return record_of(event, entry=_XML)


def _read_rows(
    buffer: Bytes, prefixes: Prefixes, named: Bools, headings: Bools, context: SourceContext
) -> dict[int, JsonRecord]:
    """Return the records that are rows of a table; `named` says which could name its columns.

    `headings` is set where a line does.
    """
    table = context.table
    found: dict[int, JsonRecord] = {}
    is_text = prefixes.nature == BODY_TEXT
    for row in np.flatnonzero(is_text if table[0] else is_text & (np.cumsum(named) > 0)).tolist():
        if not table[0] and not named[row]:
            continue
        line = buffer[prefixes.body[row] : prefixes.end[row]].tobytes().decode("utf-8", "replace")
        announces = announced(line, table) if named[row] else None
        if announces is not None:
            table = announces
            headings[row] = True
            continue
        if line[:1] == "#" and is_directive(line):
            headings[row] = True
            continue
        if named[row] and is_title(line):
            table = EXPLAINED
            headings[row] = True
            continue
        if is_explained(table):
            if is_explanation(line):
                table = after_misfit(table)
                headings[row] = True
                continue
            table = NO_TABLE
        fields = row_of(line, table) if table[0] and line[:1] != "#" else None
        if fields is not None:
            found[row] = record_of(fields, entry=FORMATS[format_of(table)])
            table = (*table[:3], 0)
        elif table[0] and line[:1] != "#":
            table = after_misfit(table)
    context.table = table
    return found


def _read_rows_as(
    number: int, buffer: Bytes, prefixes: Prefixes, headings: Bools, context: SourceContext
) -> dict[int, JsonRecord]:
    """Return the records that are rows of a table, in a source that is CSV or of W3C's format as a whole."""
    table = context.table
    if number == CSV_FORMAT and format_of(table) != CSV_FORMAT:
        table = NO_TABLE
    found: dict[int, JsonRecord] = {}
    for row in np.flatnonzero(prefixes.nature == BODY_TEXT).tolist():
        line = buffer[prefixes.body[row] : prefixes.end[row]].tobytes().decode("utf-8", "replace")
        announces = announced_as(number, line, table)
        if announces is not None:
            table = announces
            headings[row] = True
            continue
        if number == W3C_FORMAT and line[:1] == "#" and is_directive(line):
            headings[row] = True
            continue
        fields = row_of(line, table, is_timed=False) if table[0] and line[:1] != "#" else None
        if fields is not None:
            found[row] = record_of(fields, entry=FORMATS[number])
    context.table = table
    return found


def read_enclosed(buffer: Bytes, prefixes: Prefixes, headers: Headers, skip: Bools) -> dict[int, JsonRecord]:
    """Return the documents that stand behind a header, or have no form of their own from the first byte on, by row.

    `skip` says which rows are documents as a whole, or rejects. A host before a document is written to `headers`.
    """
    starts, hosts = scan_enclosed(
        buffer,
        prefixes.body,
        prefixes.end,
        headers.message_start,
        headers.format,
        headers.service_start,
        headers.service_end,
        skip,
    )
    found: dict[int, JsonRecord] = {}
    for row in np.flatnonzero(starts >= 0).tolist():
        begin = int(starts[row])
        record = _decode_enclosed(buffer[begin : prefixes.end[row]].tobytes(), int(headers.format[row]))
        if record is None:
            continue
        found[row] = record
        if hosts[row] >= 0 and headers.host_start[row] < 0:
            headers.host_start[row], headers.host_end[row] = hosts[row], begin - 1
        elif begin < headers.message_start[row]:
            # what was taken for a tag is the mark of the document
            headers.service_start[row], headers.service_end[row] = -1, -1
    return found


def read_details(buffer: Bytes, prefixes: Prefixes, headers: Headers) -> dict[int, JsonRecord]:
    """Return the records of RFC 5424 without a message, by row: what their structured data says is it.

    Firewalls of Juniper and Check Point write nothing else. Time, host and service are those of the header.
    """
    found: dict[int, JsonRecord] = {}
    for row in np.flatnonzero((headers.details_start >= 0) & (headers.message_start >= prefixes.end)).tolist():
        begin = int(headers.details_start[row])
        fields = details_fields(buffer[begin : headers.details_end[row]].tobytes())
        said = record_of(fields, entry=_RFC5424).message if fields else None
        if said:
            name = message_id(buffer[max(begin - _MOST_BYTES_ABOVE, 0) : begin].tobytes())
            message = name + b": " + said if name else said
            found[row] = JsonRecord(message=message, format_number=RFC5424_FORMAT)
    return found


def _decode_enclosed(raw: bytes, number: int) -> JsonRecord | None:
    """Return the record of a document without its header, None where it is none; `number` is the format of the header."""
    known = next((known for known in _MARKED_BEHIND if raw.startswith(known[0])), None)
    if known is not None:
        _, entry, read = known
        fields = read(raw.decode("utf-8", "replace"))
        return None if fields is None else record_of(fields, entry=entry)
    if raw[:2] == b"<E":
        return _decode_xml(raw)
    if raw[:1].isdigit() and raw[1:2] == b",":
        fields = pan_os_fields(raw.decode("utf-8", "replace"))
        return None if fields is None else record_of(fields, entry=_PAN_OS)
    if raw[:1] not in _OPENS_OTHERS:
        fields = trap_fields(raw.decode("utf-8", "replace"))
        return None if fields is None else record_of(fields, entry=FORMATS[number])
    if raw.startswith(_CEE):
        raw = raw[len(_CEE) :].lstrip()
    record = decode(raw) if raw[:1] == b"{" else None
    # an object that says none of these may be a value that the line ends with
    if record is None or record.kind != Kind.LOG:
        return None
    return None if record.message is None and not record.has_time and not record.severity else record
