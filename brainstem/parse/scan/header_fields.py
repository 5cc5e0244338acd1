"""What a header is read into: the slots that its readers share, the columns of a batch, and where words end.

A header is what is printed between the stamp and the message. Its readers (`header`, `rfc5424`, `tag`) write to the slots of
one small array `out` for each record; `header.scan_headers` copies them to the columns of `Headers`.
"""

from typing import NamedTuple

from brainstem.arrays.aliases import Bytes, Flags, Int32s, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.text.ascii import NINE, SPACE, TAB, ZERO

# the slots of `out`: offsets into the buffer, the process id, and last the number of the format; -1 is absent
HOST_AT, HOST_END, SERVICE_AT, SERVICE_END, MESSAGE_AT, DETAILS_AT, DETAILS_END, PROCESS_ID, FORMAT = range(9)


class Headers(NamedTuple):
    """Columns, one row a record; offsets index the buffer, -1 is absent."""

    format: Flags
    """numbers of `formats.registry.FORMATS`"""
    host_start: Int64s
    host_end: Int64s
    service_start: Int64s
    service_end: Int64s
    process_id: Int32s
    message_start: Int64s
    details_start: Int64s
    """first byte of the structured data of RFC 5424"""
    details_end: Int64s


@compiled_helper
def behind_blanks(buffer: Bytes, at: int, end: int) -> int:
    """Return the first byte at or behind `at` that is neither space nor tab, or `end`."""
    while at < end and (buffer[at] == SPACE or buffer[at] == TAB):
        at += 1
    return at


@compiled_helper
def end_of_word(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of the word at `at`: the next space or control byte, or `end`."""
    while at < end and buffer[at] > SPACE:
        at += 1
    return at


@compiled_helper
def process_id_of(buffer: Bytes, start: int, stop: int) -> int:
    """Return the value of up to nine digits, -1 for anything else."""
    # nine digits fit the 32 bits of the column
    if stop <= start or stop - start > 9:
        return -1
    value = 0
    for at in range(start, stop):
        if not ZERO <= buffer[at] <= NINE:
            return -1
        value = value * 10 + (buffer[at] - ZERO)
    return value
