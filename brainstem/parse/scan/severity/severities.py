"""The severity of each record: which of the readers of levels is asked, and in which order."""

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bools, Bytes, Flags, Int32s, Int64s
from brainstem.jit.decorators import compiled
from brainstem.jit.intrinsics import begin_of
from brainstem.parse.scan.civil_time import KLOG
from brainstem.parse.scan.severity.application_header import MESSAGE_AT, PROCESS_ID, printed_level
from brainstem.parse.scan.severity.device_levels import klog_letter, mnemonic_digit, monitored_state
from brainstem.parse.scan.severity.first_words import search_level
from brainstem.parse.scan.severity.header_levels import header_level
from brainstem.parse.scan.severity.scale import LETTER_SEVERITY, SYSLOG_SEVERITY
from brainstem.text.ascii import PERCENT


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
        # a mnemonic goes before the priority, which a relay may have replaced
        if at < stop and buffer[at] == PERCENT:
            digit = mnemonic_digit(buffer, at, stop)
            if digit >= 0:
                severity[row] = SYSLOG_SEVERITY[digit]
                continue
        # so do klog's header behind that of syslog, and the state that a monitor prints, as both are the sender's own
        letter = klog_letter(buffer, at, stop)
        if letter > 0:
            severity[row] = LETTER_SEVERITY[letter]
            continue
        state = monitored_state(buffer, at, stop)
        if state > 0:
            severity[row] = state
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
            # no field holds the level alone, but the first words may still show one
            if severity[row] == 0:
                severity[row] = search_level(buffer, body[row], at, stop)
        else:
            severity[row] = header_level(buffer, stamp_end[row], at)
            if severity[row] == 0:
                severity[row] = search_level(buffer, at, at, stop)
    return severity
