"""Lines that a container runtime has put round what a container wrote: those of the Container Runtime Interface (CRI), which
Kubernetes uses, and of Docker's json-file driver.

Finds the text within such a line, and whether that text ends there or goes on in the next
one (a flag, or an escaped line end).

Both cut long lines into parts (16 KiB), and both put every line of a stack trace into one of their own. Sources:
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md and
https://docs.docker.com/engine/logging/drivers/json-file/
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import find_byte
from brainstem.parse.boundaries.scratch import IS_PART, STREAM, TEXT_AT, TEXT_END
from brainstem.text.ascii import (
    BACKSLASH,
    CARRIAGE_RETURN,
    COLON,
    COMMA,
    DOUBLE_QUOTE,
    HYPHEN,
    LINE_FEED,
    LOWER_D,
    LOWER_N,
    LOWER_R,
    LOWER_S,
    LOWER_T,
    OPEN_BRACE,
    SPACE,
    TAB,
    TWO,
    UPPER_F,
    UPPER_P,
    UPPER_T,
)

NO_CONTAINER: Final = 0
CRI: Final = 1
DOCKER: Final = 2

_SHORTEST_STAMP: Final = 20
_LONGEST_STAMP: Final = 40
_LOG = np.frombuffer(b'{"log":"', np.uint8)
_STREAM = np.frombuffer(b'"stream":"std', np.uint8)


@compiled_helper
def container_line(buffer: Bytes, begin: int, end: int, scratch: Int64s) -> int:
    """Return whose line stands at `begin`, and write its text, its stream and whether it goes on to `scratch`."""
    if end - begin < _SHORTEST_STAMP:
        return NO_CONTAINER
    first = buffer[begin]
    if first == TWO and buffer[begin + 10] == UPPER_T and buffer[begin + 4] == HYPHEN:
        return CRI if _is_cri(buffer, begin, end, scratch) else NO_CONTAINER
    if first == OPEN_BRACE and _is_docker(buffer, begin, end, scratch):
        return DOCKER
    return NO_CONTAINER


@compiled_helper
def text_begin(buffer: Bytes, begin: int, end: int, container: int) -> int:
    """Return the first byte of a text that is neither space nor tab nor a line's end, or `end`."""
    at = begin
    while at < end:
        byte = buffer[at]
        if byte in (SPACE, TAB, CARRIAGE_RETURN, LINE_FEED):
            at += 1
        elif container == DOCKER and byte == BACKSLASH and at + 1 < end and buffer[at + 1] == LOWER_T:
            at += 2
        else:
            break
    return at


@compiled_helper
def _is_cri(buffer: Bytes, begin: int, end: int, scratch: Int64s) -> bool:
    """Read `<stamp> stdout F text`; `P` marks a part of a line, and further tags may follow behind colons."""
    limit = min(end, begin + _LONGEST_STAMP)
    at = find_byte(buffer, SPACE, begin + _SHORTEST_STAMP - 1, limit)
    if end - at < 10 or buffer[at + 1] != LOWER_S or buffer[at + 2] != LOWER_T or buffer[at + 3] != LOWER_D:
        return False
    if buffer[at + 7] != SPACE or (buffer[at + 8] != UPPER_F and buffer[at + 8] != UPPER_P):
        return False
    text = at + 9
    # further tags are words behind a colon
    if buffer[text] == COLON:
        text = find_byte(buffer, SPACE, text, end)
    # an empty line may lack its last blank
    if text < end and buffer[text] == SPACE:
        text += 1
    elif buffer[text] != LINE_FEED and buffer[text] != CARRIAGE_RETURN:
        return False
    stop = end
    if stop > text and buffer[stop - 1] == LINE_FEED:
        stop -= 1
    scratch[TEXT_AT], scratch[TEXT_END] = text, stop
    scratch[IS_PART] = buffer[at + 8] == UPPER_P
    # "stdout" or "stderr"
    scratch[STREAM] = buffer[at + 4]
    return True


@compiled_helper
def _is_docker(buffer: Bytes, begin: int, end: int, scratch: Int64s) -> bool:
    r"""Read `{"log":"text\n","stream":"stdout",...`; a text without a newline at its end is a part of a line."""
    for index in range(len(_LOG)):
        if buffer[begin + index] != _LOG[index]:
            return False
    text = begin + len(_LOG)
    at = text
    newline_at = -1
    while at < end and buffer[at] != DOUBLE_QUOTE:
        if buffer[at] == BACKSLASH:
            newline_at = at if at + 1 < end and buffer[at + 1] == LOWER_N else newline_at
            at += 1
        at += 1
    # behind the text stands another member, of which the stream is the first or second
    if at + 2 >= end or buffer[at + 1] != COMMA:
        return False
    is_whole = newline_at >= 0 and newline_at + 2 == at
    stop = newline_at if is_whole else at
    # a terminal ends its lines with a return too
    if is_whole and stop - text > 1 and buffer[stop - 1] == LOWER_R and buffer[stop - 2] == BACKSLASH:
        stop -= 2
    scratch[TEXT_AT], scratch[TEXT_END] = text, stop
    scratch[IS_PART] = not is_whole
    scratch[STREAM] = 0
    for start in range(at + 2, min(end - len(_STREAM) - 1, at + 64)):
        if buffer[start] == DOUBLE_QUOTE and buffer[start + 1] == LOWER_S:
            same = True
            for index in range(len(_STREAM)):
                same = same and buffer[start + index] == _STREAM[index]
            if same:
                scratch[STREAM] = buffer[start + len(_STREAM)]
                return True
    return False
