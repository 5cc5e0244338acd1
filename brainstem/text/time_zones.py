"""Time zones as tables: which offset from UTC holds from which civil time on, for clocks that print no zone.

Takes a name of the tz database or a fixed offset, returns two arrays for a binary search in compiled code. Reads the files
of the tz database through `zoneinfo`, and no others.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from brainstem.arrays.aliases import Int64s

_SECOND_US: Final = 1_000_000
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=7)


def offset_table(zone: str | int) -> tuple[Int64s, Int64s]:
    """Return from which civil time on (microseconds as if UTC) which offset (microseconds, east positive) holds.

    `zone` is an offset in seconds or a name of the tz database; an unknown name raises ZoneInfoNotFoundError. A civil
    time that exists twice gets the first offset, one that clocks skip the offset before the change.
    """
    if isinstance(zone, int):
        return np.array([-(2**62)], np.int64), np.array([zone * _SECOND_US], np.int64)
    place = ZoneInfo(zone)
    always = place.utcoffset(None)
    if always is not None:
        # a zone whose clocks never change, such as UTC
        return offset_table(int(always.total_seconds()))
    starts = [-(2**62)]
    offsets = [_offset_seconds(place, _FIRST)]
    # an offset holds for weeks at least, so a different one a week later means one change in between
    moment = _FIRST
    while moment < _LAST:
        later = moment + _STEP
        offset = _offset_seconds(place, later)
        if offset != offsets[-1]:
            change = _change(place, moment, later)
            # the greater offset marks the end of a doubled or skipped hour, so that until then the old offset holds
            starts.append(change + max(offset, offsets[-1]))
            offsets.append(offset)
        moment = later
    scaled = np.array(starts, np.int64)
    scaled[1:] *= _SECOND_US
    return scaled, np.array(offsets, np.int64) * _SECOND_US


def _offset_seconds(place: ZoneInfo, moment: datetime) -> int:
    """Return the offset from UTC that a place's clocks show at a moment, in seconds."""
    offset = moment.astimezone(place).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _change(place: ZoneInfo, before: datetime, after: datetime) -> int:
    """Return the second since the epoch at which the offset changes between two moments, by bisection."""
    low, high = int(before.timestamp()), int(after.timestamp())
    target = _offset_seconds(place, after)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_seconds(place, _FIRST + timedelta(seconds=middle)) == target:
            high = middle
        else:
            low = middle
    return high
