"""The header of RFC 5424 behind its stamp (section 6), structured data included.

Takes the place behind the stamp, writes the slots of `header_fields`. It is tried on every line that could be of this
format, and leaves `out` without details where the line is not.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.parse.scan.header_fields import (
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
from brainstem.text.ascii import (
    BACKSLASH,
    BOM_FIRST,
    BOM_SECOND,
    BOM_THIRD,
    CLOSE_BRACKET,
    DOUBLE_QUOTE,
    EQUALS,
    HYPHEN,
    OPEN_BRACKET,
    SPACE,
)

# the fields between the stamp and the structured data, each by its start and end; the message id is passed over
_FIELDS: Final = 4
_HOST_START, _HOST_END, _APPLICATION_START, _APPLICATION_END, _PROCESS_START, _PROCESS_END = range(6)


@compiled_helper
def _nil(buffer: Bytes, start: int, stop: int) -> bool:
    """Return whether a field holds nothing, which RFC 5424 writes as "-" (NILVALUE)."""
    return bool(stop - start == 1 and buffer[start] == HYPHEN)


@compiled
def structured(buffer: Bytes, at: int, end: int, out: Int64s) -> bool:
    """Read `HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]` behind the space at `at`; return False if it is not that.

    The fields are written to `out` only where all of them are found.
    """
    fields = np.empty(2 * _FIELDS, np.int64)
    for index in range(_FIELDS):
        if at >= end or buffer[at] != SPACE:
            return False
        start = at + 1
        at = end_of_word(buffer, start, end)
        # exactly one space separates fields; an empty one would be "-"
        if at == start:
            return False
        fields[2 * index] = start
        fields[2 * index + 1] = at
    if at + 1 >= end or buffer[at] != SPACE:
        return False
    start = at + 1
    # what tells this header from any other line with four words: structured data is "-" or begins with a bracket
    if buffer[start] == HYPHEN:
        at = start + 1
    elif buffer[start] == OPEN_BRACKET:
        at = _details_end(buffer, start, end)
        if at < 0:
            return False
        out[DETAILS_AT] = start
        out[DETAILS_END] = at
    else:
        return False
    # a word that only begins so, such as "-5" or "[main]x"
    if at < end and buffer[at] != SPACE:
        out[DETAILS_AT] = -1
        return False
    if not _nil(buffer, fields[_HOST_START], fields[_HOST_END]):
        out[HOST_AT] = fields[_HOST_START]
        out[HOST_END] = fields[_HOST_END]
    if not _nil(buffer, fields[_APPLICATION_START], fields[_APPLICATION_END]):
        out[SERVICE_AT] = fields[_APPLICATION_START]
        out[SERVICE_END] = fields[_APPLICATION_END]
    out[PROCESS_ID] = process_id_of(buffer, fields[_PROCESS_START], fields[_PROCESS_END])
    # without a message the record may end right behind the structured data
    at = min(at + 1, end)
    # a message in UTF-8 may say so by a byte order mark (section 6.4), which is no part of its text
    if at + 2 < end and buffer[at] == BOM_FIRST and buffer[at + 1] == BOM_SECOND and buffer[at + 2] == BOM_THIRD:
        at += 3
    out[MESSAGE_AT] = at
    return True


@compiled_helper
def _details_end(buffer: Bytes, at: int, end: int) -> int:
    """Return the end of `[id key="value"]...` (RFC 5424 section 6.3), -1 if it does not close."""
    quoted = False
    while at < end and buffer[at] == OPEN_BRACKET:
        at += 1
        # an element begins with its name; "[ " and "[]" are those of a message
        if (
            at >= end
            or buffer[at] <= SPACE
            or buffer[at] == DOUBLE_QUOTE
            or buffer[at] == EQUALS
            or buffer[at] == CLOSE_BRACKET
        ):
            return -1
        while at < end and (quoted or buffer[at] != CLOSE_BRACKET):
            # inside quotes a bracket ends nothing, and a quote behind a backslash does not either
            if quoted and buffer[at] == BACKSLASH:
                at += 1
            elif buffer[at] == DOUBLE_QUOTE:
                quoted = not quoted
            at += 1
        if at >= end:
            return -1
        at += 1
    return at
