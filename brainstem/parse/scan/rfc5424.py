"""The header of RFC 5424 behind its stamp (section 6), structured data included."""

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.parse.scan.header_layout import (
    DETAILS_AT,
    DETAILS_END,
    HOST_AT,
    HOST_END,
    MESSAGE_AT,
    PROCESS_ID,
    SERVICE_AT,
    SERVICE_END,
    end_of_word,
    process_id_of,
)


@compiled_helper
def _nil(buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether a field is RFC 5424's "-"."""
    return bool(stop - start == 1 and buffer[start] == 45)


@compiled
def structured(buffer: Bytes, at: int, end: int, out: Int64s) -> bool:
    """Read `HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]` at the space before it; False if it is not that."""
    fields = np.empty(8, np.int64)
    for index in range(4):
        if at >= end or buffer[at] != 32:
            return False
        start = at + 1
        at = end_of_word(buffer, start, end)
        if at == start:
            return False
        fields[2 * index] = start
        fields[2 * index + 1] = at
    if at + 1 >= end or buffer[at] != 32:
        return False
    start = at + 1
    if buffer[start] == 45:
        at = start + 1
    elif buffer[start] == 91:
        at = _details_end(buffer, start, end)
        if at < 0:
            return False
        out[DETAILS_AT] = start
        out[DETAILS_END] = at
    else:
        return False
    if at < end and buffer[at] != 32:
        out[DETAILS_AT] = -1
        return False
    if not _nil(buffer, fields[0], fields[1]):
        out[HOST_AT] = fields[0]
        out[HOST_END] = fields[1]
    if not _nil(buffer, fields[2], fields[3]):
        out[SERVICE_AT] = fields[2]
        out[SERVICE_END] = fields[3]
    out[PROCESS_ID] = process_id_of(buffer, fields[4], fields[5])
    at = min(at + 1, end)
    if at + 2 < end and buffer[at] == 0xEF and buffer[at + 1] == 0xBB and buffer[at + 2] == 0xBF:
        at += 3
    out[MESSAGE_AT] = at
    return True


@compiled_helper
def _details_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of `[id key="value"]...` (RFC 5424 section 6.3); -1 if it does not close."""
    quoted = False
    while at < end and buffer[at] == 91:
        at += 1
        if at >= end or buffer[at] <= 32 or buffer[at] == 34 or buffer[at] == 61 or buffer[at] == 93:
            return -1
        while at < end and (quoted or buffer[at] != 93):
            if quoted and buffer[at] == 92:
                at += 1
            elif buffer[at] == 34:
                quoted = not quoted
            at += 1
        if at >= end:
            return -1
        at += 1
    return at
