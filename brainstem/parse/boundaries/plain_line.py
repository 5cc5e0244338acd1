"""Lines of which the first bytes show that they are records of their own, so that nothing else has to be asked of them.

Each condition is one that the other readers of boundaries would come to as well, only later: this changes what a line costs
and never where a record ends.
"""

from typing import Final

from brainstem.arrays.aliases import Bytes
from brainstem.jit.decorators import compiled_helper
from brainstem.jit.intrinsics import find_byte
from brainstem.parse.boundaries.stack_trace import OPENING
from brainstem.text.ascii import EXCLAMATION_MARK, HYPHEN, LESS_THAN, LOWER_S, LOWER_T, NINE, SPACE, TWO, UPPER_T, ZERO

PLAIN_BYTES: Final = 50
"""a line that holds a stamp alone is shorter"""
_SHORTEST_STAMP: Final = 19
_LONGEST_STAMP: Final = 40


@compiled_helper
def is_plain_line(buffer: Bytes, at: int) -> bool:
    """Return whether the line at `at`, of more than `PLAIN_BYTES`, opens nothing and is no container's."""
    first = buffer[at]
    # a hyphen there may be that of "Wed 2026-02-25", with which a verbose entry of the journal begins
    if buffer[at + 8] == HYPHEN or (OPENING[first] and not _is_day(buffer, at)):
        return False
    # "<" opens an entry of CMTrace as well as a priority
    if first == LESS_THAN and buffer[at + 1] == EXCLAMATION_MARK:
        return False
    if first == TWO and buffer[at + 10] == UPPER_T:
        # "2026-02-25T10:00:00Z stdout F " is a container's
        blank = find_byte(buffer, SPACE, at + _SHORTEST_STAMP, at + _LONGEST_STAMP)
        return bool(buffer[blank + 1] != LOWER_S or buffer[blank + 2] != LOWER_T)
    return True


@compiled_helper
def begins_plain_line(buffer: Bytes, at: int) -> bool:
    """Return whether a line cannot continue a plain one, by its first bytes: a number, a priority or a month."""
    first = buffer[at]
    if ZERO <= first <= NINE:
        return True
    if first == LESS_THAN:
        return bool(ZERO <= buffer[at + 1] <= NINE)
    return first > NINE and _is_day(buffer, at)


@compiled_helper
def _is_day(buffer: Bytes, at: int) -> bool:
    """Return whether three bytes, a blank and a digit or a further blank stand at `at`, as in "Feb 25" and "Feb  4"."""
    return bool(buffer[at + 3] == SPACE and (buffer[at + 4] == SPACE or ZERO <= buffer[at + 4] <= NINE))
