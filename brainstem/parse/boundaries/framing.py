"""Cutting a byte stream into records: lines, with the lines that continue them, and what spans lines by its own rules.

Takes a buffer that begins where a record begins, returns the records whose end is certain. Never decodes and never drops a
byte: the records cover the consumed part of the buffer without a gap. The outcome depends on the bytes of the stream alone,
not on how it was cut into buffers, and on no record before: where a record ends is decided from its first byte on, by itself
and at most the line below it.

What spans lines: stack traces, slow queries and other text below a line (`boundaries.stack_trace`), JSON objects, each
element of an array being a record (`json_object`), parts of a container's line (`container_line`), entries of the journal
(`journal_entry`), fields in quotes (`quoted_field`), and what marks its own end (`marked_block`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of, find_byte
from brainstem.parse.boundaries.container_line import CRI, DOCKER, NO_CONTAINER, container_line, text_begin
from brainstem.parse.boundaries.journal_entry import NO_ENTRY, entry_end, is_address_field
from brainstem.parse.boundaries.json_object import (
    BROKEN,
    NO_OBJECT,
    STILL_OPEN,
    behind_object,
    object_end,
    object_start,
    open_object,
)
from brainstem.parse.boundaries.line_stamp import STAMP_BYTES, begins_record
from brainstem.parse.boundaries.marked_block import NO_BLOCK, block_end
from brainstem.parse.boundaries.plain_line import PLAIN_BYTES, begins_plain_line, is_plain_line
from brainstem.parse.boundaries.quoted_field import ON_ONE_LINE, quoted_end, separates
from brainstem.parse.boundaries.scratch import (
    AHEAD_AT,
    AHEAD_END,
    BEGINS,
    CONTINUES,
    IF_FRAMES_FOLLOW,
    IN_STRING,
    IS_PART,
    NEXT_CARRIAGE_RETURN,
    NEXT_LINE_FEED,
    NEXT_QUOTE,
    SLOTS,
    STREAM,
    TEXT_AT,
    TEXT_END,
    TRACE,
    UNDECIDED,
)
from brainstem.parse.boundaries.stack_trace import (
    continues,
    continues_behind_blank,
    is_frame,
    note_line,
)
from brainstem.text.ascii import (
    BACKSLASH,
    CARRIAGE_RETURN,
    COLON,
    DOUBLE_QUOTE,
    LESS_THAN,
    LINE_FEED,
    OPEN_BRACE,
    OPEN_BRACKET,
    RECORD_SEPARATOR,
    SPACE,
    TAB,
    UNDERSCORE,
)

MAX_RECORD_BYTES: Final = 8 * 1024 * 1024
"""A line joins the record above only up to this size; a longer record will be rejected."""

MAX_JOINED_LINES: Final = 1000

BUFFER_BYTES_NEEDED: Final = 2 * (MAX_RECORD_BYTES + 1) + STAMP_BYTES
"""A reader that can hold this many bytes always makes progress."""

_NOT_STRUCTURED: Final = -2
"""in place of an end: the record is lines of text"""


@dataclass(frozen=True, slots=True)
class Frames:
    """The records found: offsets into the buffer, lengths with terminators, and how many bytes they cover."""

    start: Int64s
    length: Int32s
    consumed_bytes: int

    def __len__(self) -> int:
        """Count the records."""
        return len(self.start)


def frame(
    buffer: Bytes, final: bool, max_records: int | None = None, *, max_record_bytes: int = MAX_RECORD_BYTES
) -> Frames:
    r"""Find the records of `buffer`, which begins at a record's first byte.

    "\n" ends a line, and "\r" does where a record begins behind it. A line that continues the one above (indented, or part
    of a stack trace) joins its record; one with a stamp of its own never does. While more may come (not `final`) the last
    record is held back: its next line may continue it. The caller keeps what was not consumed and calls again with more
    bytes behind it.

    A line longer than `max_record_bytes` is cut, always at the same places, into records that are each longer than
    `max_record_bytes`; so none of its pieces is ever taken for a record of its own.
    """
    buffer = sealed(buffer)
    limit = len(buffer) + 1 if max_records is None else max_records
    start = np.empty(min(limit, len(buffer) // 2 + 2), np.int64)
    length = np.empty(len(start), np.int32)
    count, consumed = 0, 0
    while True:
        scratch = np.full(SLOTS, -1, np.int64)
        count, consumed = _frame(buffer, final, limit, max_record_bytes, consumed, count, start, length, scratch)
        if count < len(start) or count >= limit:
            break
        # only a run of one-byte lines holds more records than half its bytes
        start = np.concatenate([start, np.empty(len(start), np.int64)])
        length = np.concatenate([length, np.empty(len(length), np.int32)])
    return Frames(start[:count].copy(), length[:count].copy(), consumed)


def sealed(buffer: Bytes) -> Bytes:
    """Return a read-only view, so that compiled functions meet one type of buffer and are compiled once."""
    view = buffer.view()
    view.flags.writeable = False
    return view


# first bytes of lines of which the first bytes show whether they are records of their own
_MAY_BE_PLAIN = np.zeros(256, np.bool_)
_MAY_BE_PLAIN[list(b"<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] = True

# bytes with which an object, an element of an array or an exported entry of the journal may begin
_MAY_OPEN = np.zeros(256, np.bool_)
_MAY_OPEN[list(b"{[,_ \t\x1e\xef")] = True


@compiled
def _frame(
    buffer: Bytes,
    final: bool,
    limit: int,
    max_bytes: int,
    position: int,
    count: int,
    start: Int64s,
    length: Int32s,
    scratch: Int64s,
) -> tuple[int, int]:
    """Fill `start` and `length` from `count` on; return the new count and the end of the last record found."""
    size = len(buffer)
    capacity = min(limit, len(start))
    buffer, scratch = begin_of(buffer), begin_of(scratch)
    feed, returned, quote = -1, -1, -1
    while count < capacity and position < size:
        # most lines are records of their own, and both their first bytes and those of the line below show it at once
        if _MAY_BE_PLAIN[buffer[position]]:
            feed = feed if feed >= position else find_byte(buffer, LINE_FEED, position, size)
            end = feed + 1
            returned = returned if returned >= position else find_byte(buffer, CARRIAGE_RETURN, position, size)
            quote = quote if quote >= position else find_byte(buffer, DOUBLE_QUOTE, position, size)
            if (
                returned + 2 >= end
                and (quote >= end or not separates(buffer[quote - 1]))
                and PLAIN_BYTES < end - position <= max_bytes
                and end + PLAIN_BYTES < size
                and is_plain_line(buffer, position)
                and begins_plain_line(buffer, end)
            ):
                start[count] = position
                length[count] = end - position
                count += 1
                position = end
                continue
        end = _NOT_STRUCTURED
        if _MAY_OPEN[buffer[position]]:
            end = _structured_end(buffer, position, size, final, max_bytes, scratch)
        if end == _NOT_STRUCTURED:
            end = _text_end(buffer, position, size, final, max_bytes, scratch)
        if end < 0:
            break
        start[count] = position
        length[count] = end - position
        count += 1
        position = end
    return count, position


@compiled_helper
def _structured_end(buffer: Bytes, record: int, size: int, final: bool, max_bytes: int, scratch: Int64s) -> int:
    """Return the end of the JSON object or the journal's entry at `record`, `_NOT_STRUCTURED` for none."""
    if buffer[record] == UNDERSCORE:
        line_end = _line_end(buffer, record, size, final, max_bytes, scratch)
        if line_end < 0 or not is_address_field(buffer, record, line_end):
            return min(line_end, UNDECIDED) if line_end < 0 else _NOT_STRUCTURED
        end = entry_end(buffer, record, size, final, max_bytes)
        return _NOT_STRUCTURED if end == NO_ENTRY else end
    start = object_start(buffer, record, size, final)
    if start < 0:
        return UNDECIDED if start == UNDECIDED else _NOT_STRUCTURED
    open_object(scratch)
    limit = min(size, record + max_bytes)
    end = object_end(buffer, start, limit, scratch)
    if end == STILL_OPEN:
        if size - record <= max_bytes and not final:
            return UNDECIDED
        # the end of the stream tears an object
        return size if size - record <= max_bytes and _is_alone(buffer, start, size) else _NOT_STRUCTURED
    if end <= BROKEN:
        return _torn_end(buffer, record, start, BROKEN - end, size, final)
    if (
        end - start > 8
        and buffer[start + 1] == DOUBLE_QUOTE
        and buffer[start + 5] == DOUBLE_QUOTE
        and buffer[start + 6] == COLON
    ):
        # `{"log":"text"` may be a part of a container's line
        line_end = _line_end(buffer, record, size, final, max_bytes, scratch)
        if line_end < 0:
            return UNDECIDED
        if container_line(buffer, record, line_end, scratch) == DOCKER:
            return _joined_end(buffer, record, line_end, DOCKER, size, final, max_bytes, scratch)
    end = behind_object(buffer, end, size, final)
    return _NOT_STRUCTURED if end == NO_OBJECT else end


@compiled_helper
def _torn_end(buffer: Bytes, record: int, start: int, at: int, size: int, final: bool) -> int:
    """Return where the next object begins behind one that is torn at `at`: on that line or the next, and no further right
    than the torn one. `_NOT_STRUCTURED` where none does, and where the torn one was not printed over many lines.
    """
    # a separator stands before each record (RFC 7464 section 2.1), whatever became of the one before
    if buffer[at] == RECORD_SEPARATOR:
        return at
    if not _is_alone(buffer, start, at):
        return _NOT_STRUCTURED
    if buffer[at] != OPEN_BRACE:
        at = find_byte(buffer, LINE_FEED, at, size) + 1
        while at < size and buffer[at] in (SPACE, TAB):
            at += 1
        if at >= size:
            return _NOT_STRUCTURED if final else UNDECIDED
        if buffer[at] != OPEN_BRACE and buffer[at] != RECORD_SEPARATOR:
            return _NOT_STRUCTURED
    begin = _line_begin(buffer, start, at)
    return begin if begin > start and at - begin <= start - _line_begin(buffer, record, start) else _NOT_STRUCTURED


@compiled_helper
def _line_begin(buffer: Bytes, begin: int, at: int) -> int:
    """Return where the line of `at` begins, at `begin` at the earliest."""
    while at > begin and buffer[at - 1] != LINE_FEED:
        at -= 1
    return at


@compiled_helper
def _is_alone(buffer: Bytes, brace: int, end: int) -> bool:
    """Return whether nothing stands behind a brace on its line, as where an object is printed over many lines."""
    at = text_begin(buffer, brace + 1, end, NO_CONTAINER)
    return find_byte(buffer, LINE_FEED, brace, at) < at


@compiled_helper
def _text_end(buffer: Bytes, record: int, size: int, final: bool, max_bytes: int, scratch: Int64s) -> int:
    """Return the end of the record of text at `record`, `UNDECIDED` where bytes that are still to come decide it."""
    line_end = _line_end(buffer, record, size, final, max_bytes, scratch)
    if line_end < 0 or line_end - record > max_bytes:
        return line_end
    at = text_begin(buffer, record, line_end, NO_CONTAINER)
    # nothing continues a blank line, nor an object, even one that is broken
    if at == line_end or buffer[at] == OPEN_BRACE:
        return line_end
    if buffer[at] in (LESS_THAN, OPEN_BRACKET):
        end = block_end(buffer, at, line_end, size, final, max_bytes)
        if end != NO_BLOCK:
            return end
    quote = _next(buffer, DOUBLE_QUOTE, record, size, NEXT_QUOTE, scratch)
    if quote < line_end:
        end = quoted_end(buffer, record, quote, size, final, max_bytes)
        if end != ON_ONE_LINE:
            return end
    container = container_line(buffer, record, line_end, scratch)
    return _joined_end(buffer, record, line_end, container, size, final, max_bytes, scratch)


@compiled_helper
def _joined_end(
    buffer: Bytes,
    record: int,
    position: int,
    container: int,
    size: int,
    final: bool,
    max_bytes: int,
    scratch: Int64s,
) -> int:
    """Return the end of a record whose first line ends at `position`, with the lines that continue it."""
    begin, end = record, position
    is_part, stream = False, 0
    if container != NO_CONTAINER:
        begin, end = scratch[TEXT_AT], scratch[TEXT_END]
        is_part, stream = scratch[IS_PART] != 0, scratch[STREAM]
    scratch[TRACE] = 0
    text = begin
    in_object = False
    if begin < end:
        note_line(buffer, begin, end, container, True, scratch)
        if container == CRI and buffer[begin] == OPEN_BRACE and not is_part:
            open_object(scratch)
            in_object = object_end(buffer, begin, end, scratch) == STILL_OPEN and scratch[IN_STRING] == 0
    lines = 1
    object_lines_from = position
    while True:
        # at the end of the buffer the next line is unknown, and at the end of the stream there is none
        if position == size:
            return _torn(position, object_lines_from, in_object) if final else UNDECIDED
        line_end = _line_end(buffer, position, size, final, max_bytes, scratch)
        if line_end < 0:
            # an unfinished line that is already too long to join settles the record above it
            settled = size - record > max_bytes
            return _torn(position, object_lines_from, in_object) if settled else UNDECIDED
        if lines == MAX_JOINED_LINES or line_end - record > max_bytes:
            return _torn(position, object_lines_from, in_object)
        begin, end = position, line_end
        if container != NO_CONTAINER:
            if container_line(buffer, position, line_end, scratch) != container or scratch[STREAM] != stream:
                return _torn(position, object_lines_from, in_object)
            begin, end = scratch[TEXT_AT], scratch[TEXT_END]
        was_part = is_part
        is_part = container != NO_CONTAINER and scratch[IS_PART] != 0
        if in_object:
            found = object_end(buffer, begin, end, scratch)
            if found >= 0 and text_begin(buffer, found, end, container) == end:
                return line_end
            if found != STILL_OPEN or scratch[IN_STRING] != 0 or is_part:
                return object_lines_from
        elif not was_part:
            verdict = _verdict(buffer, begin, end, line_end, text, container, stream, size, final, max_bytes, scratch)
            if verdict == UNDECIDED:
                return UNDECIDED
            if verdict == BEGINS:
                return position
            if not _is_blank(buffer, begin, end, container):
                note_line(buffer, begin, end, container, False, scratch)
        lines += 1
        position = line_end


@compiled_helper
def _is_blank(buffer: Bytes, begin: int, end: int, container: int) -> bool:
    """Return whether a text holds nothing but blanks."""
    if begin < end and buffer[begin] > SPACE and buffer[begin] != BACKSLASH:
        return False
    return text_begin(buffer, begin, end, container) == end


@compiled_helper
def _torn(position: int, first_line_end: int, in_object: bool) -> int:
    """Return where a record ends that can go on no longer: of an object that has not closed, behind its first line."""
    return first_line_end if in_object else position


@compiled_helper
def _verdict(
    buffer: Bytes,
    begin: int,
    end: int,
    line_end: int,
    text: int,
    container: int,
    stream: int,
    size: int,
    final: bool,
    max_bytes: int,
    scratch: Int64s,
) -> int:
    """Return whether a line whose text is `buffer[begin:end]` continues the record above it; `UNDECIDED` if the line below
    decides and is not known. `text` is where the text of the record begins.
    """
    is_blank = _is_blank(buffer, begin, end, container)
    if not is_blank:
        verdict = continues(buffer, begin, end, container, text, scratch)
        if verdict != IF_FRAMES_FOLLOW:
            return verdict
    ahead = _look_ahead(buffer, line_end, container, stream, size, final, max_bytes, scratch)
    if ahead <= 0:
        return UNDECIDED if ahead == UNDECIDED else BEGINS
    at, stop = scratch[AHEAD_AT], scratch[AHEAD_END]
    if is_blank:
        found = continues_behind_blank(buffer, at, stop, text, scratch[TRACE])
    else:
        found = is_frame(buffer, at, stop, container)
    return CONTINUES if found else BEGINS


@compiled_helper
def _look_ahead(
    buffer: Bytes,
    position: int,
    container: int,
    stream: int,
    size: int,
    final: bool,
    max_bytes: int,
    scratch: Int64s,
) -> int:
    """Write the bounds of the text of the line at `position` to `scratch`; return 1, 0 where the record has no further line,
    `UNDECIDED` where it is not known.
    """
    if position == size:
        return 0 if final else UNDECIDED
    line_end = _line_end(buffer, position, size, final, max_bytes, scratch)
    if line_end < 0:
        return UNDECIDED
    scratch[AHEAD_AT], scratch[AHEAD_END] = position, line_end
    if container != NO_CONTAINER:
        if container_line(buffer, position, line_end, scratch) != container or scratch[STREAM] != stream:
            return 0
        scratch[AHEAD_AT], scratch[AHEAD_END] = scratch[TEXT_AT], scratch[TEXT_END]
    return 1


@compiled_helper
def _line_end(buffer: Bytes, begin: int, size: int, final: bool, max_bytes: int, scratch: Int64s) -> int:
    """Return the end of the line at `begin`, terminator included; `UNDECIDED` when it is not known yet."""
    piece_bytes = max_bytes + 1
    # twice that, so that a line is cut only where its end is far: its pieces are all longer than a record may be
    stop = min(size, begin + 2 * piece_bytes + STAMP_BYTES)
    found = min(_next(buffer, LINE_FEED, begin, size, NEXT_LINE_FEED, scratch), stop)
    returned = _next(buffer, CARRIAGE_RETURN, begin, size, NEXT_CARRIAGE_RETURN, scratch)
    if returned + 1 < found:
        at = _behind_return(buffer, returned, found, size, final)
        if at != found:
            return at
    if found < stop:
        return found + 1
    if stop - begin == 2 * piece_bytes + STAMP_BYTES:
        # no piece begins as an object does, or it would be cut by the rules of one
        end = begin + piece_bytes
        while end < stop - piece_bytes and _MAY_OPEN[buffer[end]]:
            end += 1
        return end
    return stop if final else UNDECIDED


@compiled_helper
def _next(buffer: Bytes, byte: int, begin: int, size: int, slot: int, scratch: Int64s) -> int:
    """Return where a byte next stands from `begin` on, `size` for nowhere. What was found before is in `scratch`, so that a
    buffer without the byte is searched once, not once a line.
    """
    if not scratch[slot + 1] <= begin <= scratch[slot]:
        scratch[slot + 1] = begin
        scratch[slot] = find_byte(buffer, byte, begin, size)
    return int(scratch[slot])


@compiled_helper
def _behind_return(buffer: Bytes, at: int, stop: int, size: int, final: bool) -> int:
    """Return where the first record begins behind the carriage return at `at` or a later one before `stop`, `stop` for none.

    A lone carriage return ends a line where what follows begins as a record does; elsewhere it moves a terminal's cursor.
    """
    while at + 1 < stop:
        window = min(stop, at + 1 + STAMP_BYTES)
        # a line feed ends the line before `stop`, so only the end of what is known can hide a stamp
        if window == size and not final:
            return UNDECIDED
        if begins_record(buffer, at + 1, window):
            return at + 1
        at = find_byte(buffer, CARRIAGE_RETURN, at + 1, stop)
    return stop
