"""Cutting a byte stream into records: lines, with the lines that continue them.

Takes a buffer that begins where a record begins, returns the records whose end is certain. Never decodes and never drops a
byte: the records cover the consumed part of the buffer without a gap. The outcome depends on the bytes of the stream alone,
not on how it was cut into buffers.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import find_byte
from brainstem.text.ascii import (
    CARRIAGE_RETURN,
    COLON,
    DOLLAR,
    DOT,
    LINE_FEED,
    LOWER_A,
    LOWER_CASE_BIT,
    LOWER_Z,
    NINE,
    OPEN_BRACE,
    SPACE,
    TAB,
    UNDERSCORE,
    UPPER_A,
    UPPER_C,
    UPPER_S,
    UPPER_T,
    UPPER_Z,
    ZERO,
)

MAX_RECORD_BYTES: Final = 8 * 1024 * 1024
"""A line joins the record above only up to this size; a longer record will be rejected."""

MAX_JOINED_LINES: Final = 1000

BUFFER_BYTES_NEEDED: Final = 2 * (MAX_RECORD_BYTES + 1)
"""A reader that can hold this many bytes always makes progress."""


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

    "\n" ends a line. A line that continues the one above (indented, or part of a stack trace) joins its record. While
    more may come (not `final`) the last record is held back: its next line may continue it. The caller keeps what was
    not consumed and calls again with more bytes behind it.

    A line longer than `max_record_bytes` is cut, always at the same places, into records that are each longer than
    `max_record_bytes`; so none of its pieces is ever taken for a record of its own.
    """
    buffer = sealed(buffer)
    limit = len(buffer) + 1 if max_records is None else max_records
    start = np.empty(min(limit, len(buffer) // 2 + 2), np.int64)
    length = np.empty(len(start), np.int32)
    count, consumed = 0, 0
    while True:
        count, consumed = _frame(buffer, final, limit, max_record_bytes, consumed, count, start, length)
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


@compiled
def _frame(
    buffer: Bytes, final: bool, limit: int, max_bytes: int, position: int, count: int, start: Int64s, length: Int32s
) -> tuple[int, int]:
    """Fill `start` and `length` from `count` on; return the new count and the end of the last record found."""
    size = len(buffer)
    capacity = min(limit, len(start))
    while count < capacity and position < size:
        record = position
        line_end = _line_end(buffer, record, final, max_bytes)
        if line_end < 0:
            break
        position = line_end
        takes_more = line_end - record <= max_bytes and not _stands_alone(buffer, record, line_end)
        lines = 1
        # inside a stack trace the line of the exception belongs to it, although it is not indented
        in_trace = _opens_trace(buffer, record, line_end)
        decided = True
        while takes_more:
            # at the end of the buffer the next line is unknown, and at the end of the stream there is none
            if position == size:
                decided = final
                break
            line_end = _line_end(buffer, position, final, max_bytes)
            if line_end < 0:
                # an unfinished line that is already too long to join settles the record above it
                decided = size - record > max_bytes
                break
            if lines == MAX_JOINED_LINES or line_end - record > max_bytes:
                break
            if not _continues(buffer, position, line_end, in_trace):
                break
            in_trace = in_trace or _opens_trace(buffer, position, line_end)
            lines += 1
            position = line_end
        if not decided:
            position = record
            break
        start[count] = record
        length[count] = position - record
        count += 1
    return count, position


@compiled_helper
def _line_end(buffer: Bytes, begin: int, final: bool, max_bytes: int) -> int:
    """Return the end of the line at `begin`, newline included; -1 when it is not known yet."""
    piece_bytes = max_bytes + 1
    # twice that, so that a line is cut only where its end is far: its pieces are all longer than a record may be
    stop = min(len(buffer), begin + 2 * piece_bytes)
    found = find_byte(buffer, LINE_FEED, begin, stop)
    if found < stop:
        return found + 1
    if stop - begin == 2 * piece_bytes:
        return begin + piece_bytes
    if final:
        return stop
    return -1


@compiled_helper
def _content(buffer: Bytes, begin: int, end: int) -> int:
    """Return the first byte that is neither space nor tab nor a line's end, or `end`."""
    at = begin
    while at < end and (
        buffer[at] == SPACE or buffer[at] == TAB or buffer[at] == CARRIAGE_RETURN or buffer[at] == LINE_FEED
    ):
        at += 1
    return at


@compiled_helper
def _stands_alone(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line takes no continuation: a blank one, or a JSON object, which is complete on its line."""
    at = _content(buffer, begin, end)
    return at == end or buffer[at] == OPEN_BRACE


@compiled_helper
def _has(buffer: Bytes, at: int, end: int, word: Bytes) -> bool:
    """Return whether `word` stands at `at`."""
    if end - at < len(word):
        return False
    for index in range(len(word)):  # noqa: SIM110  # compiled code has no generator expressions
        if buffer[at + index] != word[index]:
            return False
    return True


_TRACEBACK = np.frombuffer(b"Traceback (most recent call last)", np.uint8)
_CAUSED_BY = np.frombuffer(b"Caused by:", np.uint8)
_SUPPRESSED = np.frombuffer(b"Suppressed:", np.uint8)
_MORE = np.frombuffer(b"... ", np.uint8)
_AT = np.frombuffer(b"at ", np.uint8)
_FILE = np.frombuffer(b'File "', np.uint8)
_ERROR = np.frombuffer(b"Error", np.uint8)
_EXCEPTION = np.frombuffer(b"Exception", np.uint8)
_WARNING = np.frombuffer(b"Warning", np.uint8)


@compiled_helper
def _opens_trace(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line shows that its record holds a stack trace."""
    # Java's "    at pkg.Class.method(...)" and Python's '  File "a.py", line 1' are indented
    at = _content(buffer, begin, end)
    if at == begin:
        return _has(buffer, at, end, _TRACEBACK)
    return _has(buffer, at, end, _AT) or _has(buffer, at, end, _FILE) or _has(buffer, at, end, _TRACEBACK)


@compiled_helper
def _continues(buffer: Bytes, begin: int, end: int, in_trace: bool) -> bool:
    """Return whether a line belongs to the record above it."""
    at = _content(buffer, begin, end)
    if at == end:
        return False
    first = buffer[begin]
    # an indented line continues whatever stands above it
    if first in (SPACE, TAB):
        return True
    if first == UPPER_C:
        return _has(buffer, begin, end, _CAUSED_BY)
    if first == UPPER_T and _has(buffer, begin, end, _TRACEBACK):
        return True
    if first == UPPER_S and _has(buffer, begin, end, _SUPPRESSED):
        return True
    if first == DOT:
        # Java's "... 12 more"
        return _has(buffer, begin, end, _MORE) and begin + 4 < end and ZERO <= buffer[begin + 4] <= NINE
    return in_trace and _names_exception(buffer, begin, end)


@compiled_helper
def _names_exception(buffer: Bytes, begin: int, end: int) -> bool:
    """Return whether a line is `pkg.SomeError: text` or `SomeException`, as the last line of a Python trace is."""
    at = begin
    segment = begin
    while at < end:
        byte = buffer[at]
        letter = LOWER_A <= (byte | LOWER_CASE_BIT) <= LOWER_Z or byte in (UNDERSCORE, DOLLAR)
        # the part behind the last point is the class
        if byte == DOT:
            segment = at + 1
        elif not letter and not (at > begin and ZERO <= byte <= NINE):
            break
        at += 1
    if at - segment < 3 or not UPPER_A <= buffer[segment] <= UPPER_Z:
        return False
    if at < end and buffer[at] != COLON and buffer[at] != LINE_FEED and buffer[at] != CARRIAGE_RETURN:
        return False
    # with its module before it, any name with a capital counts; a bare one must end as exceptions do
    if segment > begin:
        return True
    return (
        _has(buffer, max(segment, at - 5), at, _ERROR)
        or _has(buffer, max(segment, at - 9), at, _EXCEPTION)
        or _has(buffer, max(segment, at - 7), at, _WARNING)
    )
