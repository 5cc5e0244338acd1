"""The severity of each record: which of the readers of levels is asked, and in which order."""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.civil_time import KLOG
from brainstem.parse.scan.severity.application_header import MESSAGE_AT, PROCESS_ID, printed_level
from brainstem.parse.scan.severity.device_levels import mark_severity, mnemonic_digit, own_severity
from brainstem.parse.scan.severity.first_words import search_level
from brainstem.parse.scan.severity.header_levels import header_level
from brainstem.parse.scan.severity.scale import LETTER_SEVERITY, SYSLOG_SEVERITY
from brainstem.parse.scan.severity.words import digits_end, is_capital, value_of
from brainstem.text.ascii import COLON, LOWER_A, LOWER_Z, OPEN_BRACKET, PERCENT, SPACE, UPPER_A, UPPER_X

_ALERT: Final = 19
_EMERGENCY: Final = 21


@compiled
def scan_severities(
    buffer: Bytes,
    body: Int64s,
    end: Int64s,
    skip: Bools,
    priority: npt.NDArray[np.int16],
    shape: Flags,
    application: Bools,
    stamp: Int64s,
    stamp_end: Int64s,
    message: Int64s,
    process_id: Int32s,
) -> Flags:
    """Return the severity of every record that is not in `skip`, and 0 for the others.

    Where `application` holds, `message` is moved behind a level printed before it, and `process_id` is filled from a number
    printed before the level. Both are changed in place.
    """
    count = len(body)
    severity = np.zeros(count, np.uint8)
    out = np.empty(PROCESS_ID + 1, np.int64)
    buffer = begin_of(buffer)
    for row in range(count):
        if skip[row]:
            continue
        at = message[row]
        stop = end[row]
        # what the sender prints goes before the priority, which a relay may have replaced
        own = own_severity(buffer, at, stop)
        if own > 0:
            severity[row] = own
            continue
        if priority[row] >= 0:
            # a priority is eight times the facility, plus the severity
            severity[row] = SYSLOG_SEVERITY[priority[row] & 7]
        elif shape[row] & KLOG:
            # klog's stamp begins with the level's letter
            severity[row] = LETTER_SEVERITY[buffer[stamp[row]]]
        elif application[row]:
            severity[row] = printed_level(buffer, at, stop, out)
            message[row] = out[MESSAGE_AT]
            if out[PROCESS_ID] >= 0 and process_id[row] < 0:
                process_id[row] = out[PROCESS_ID]
            if severity[row] == 0:
                severity[row] = _before_stamp(buffer, body[row], stamp[row], message, row, stop, process_id)
            # no field holds the level alone, but the first words may still show one
            if severity[row] == 0:
                severity[row] = search_level(buffer, body[row], at, stop)
        else:
            # Comware marks the stamps in its own file, and prints no mark before its mnemonic there
            if stamp[row] > body[row] and buffer[stamp[row] - 1] == PERCENT:
                digit = mnemonic_digit(buffer, at - 1, stop)
                severity[row] = SYSLOG_SEVERITY[digit] if digit >= 0 else 0
            if severity[row] == 0:
                severity[row] = header_level(buffer, stamp_end[row], at)
            if severity[row] == 0:
                severity[row] = search_level(buffer, at, at, stop)
    return severity


@compiled_helper
def _before_stamp(buffer: Bytes, body: int, stamp: int, message: Int64s, row: int, end: int, process_id: Int32s) -> int:
    """Return the severity that stands before the stamp of an application's record: a letter, or Redis's process and role.

    `E [04/Feb/2022:10:00:00 +0000] text`, `W 02/04/22 10:00:00 text` and `812:M 04 Feb 2022 10:00:00.123 * text`, of which
    the mark is behind the stamp. Redis's mark is taken off the message, and its process id is written.
    """
    if stamp <= body + 1 or buffer[stamp - 1] not in (SPACE, OPEN_BRACKET):
        return 0
    if stamp - body <= 3 and buffer[body + 1] == SPACE:
        if buffer[body] == UPPER_X:
            return _EMERGENCY
        if buffer[body] == UPPER_A:
            return _ALERT
        letter = buffer[body] - (LOWER_A - UPPER_A) if LOWER_A <= buffer[body] <= LOWER_Z else buffer[body]
        return int(LETTER_SEVERITY[letter])
    if stamp - body < 4 or buffer[stamp - 3] != COLON or not is_capital(buffer[stamp - 2]):
        return 0
    severity = mark_severity(buffer, message[row], end)
    if severity > 0 and digits_end(buffer, body, end) == stamp - 3:
        message[row] += 2
        process_id[row] = value_of(buffer, body, stamp - 3)
    return severity
