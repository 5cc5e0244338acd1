"""What a header is read into: the layouts, the columns, and where words end."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bytes, Int32s, Int64s
from brainstem.jit.decorators import piece
from brainstem.text.ascii import NINE, SPACE, TAB, ZERO

# what a header is read into: offsets into the buffer, the process id, and the layout's number
HOST_AT, HOST_END, SERVICE_AT, SERVICE_END, MESSAGE_AT, DETAILS_AT, DETAILS_END, PROCESS_ID, FORMAT = range(9)


class Headers(NamedTuple):
    """Columns, one row a record; offsets index the buffer, -1 says absent."""

    format: npt.NDArray[np.uint8]
    host_start: Int64s
    host_end: Int64s
    service_start: Int64s
    service_end: Int64s
    process_id: Int32s
    message_start: Int64s
    details_start: Int64s
    """structured data of RFC 5424"""
    details_end: Int64s


@piece
def behind_blanks(buffer: Bytes, at: int, end: int) -> int:
    """Skip spaces and tabs."""
    while at < end and (buffer[at] == SPACE or buffer[at] == TAB):
        at += 1
    return at


@piece
def end_of_word(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of the word at `at`: the next space, tab or line end."""
    while at < end and buffer[at] > SPACE:
        at += 1
    return at


@piece
def process_id_of(buffer: Bytes, start: int, stop: int) -> int:
    """Read a process id of at most nine digits; -1 if it is none."""
    if stop <= start or stop - start > 9:
        return -1
    value = 0
    for at in range(start, stop):
        if not ZERO <= buffer[at] <= NINE:
            return -1
        value = value * 10 + (buffer[at] - ZERO)
    return value
