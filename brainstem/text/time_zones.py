"""Time zones as tables: which offset from UTC a place's clocks show, for clocks that print none."""

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
        # clocks that never change, as those of UTC
        return offset_table(int(always.total_seconds()))
    starts = [-(2**62)]
    offsets = [_offset_seconds(place, _FIRST)]
    moment = _FIRST
    while moment < _LAST:
        later = moment + _STEP
        offset = _offset_seconds(place, later)
        if offset != offsets[-1]:
            change = _change(place, moment, later)
            starts.append(change + max(offset, offsets[-1]))
            offsets.append(offset)
        moment = later
    scaled = np.array(starts, np.int64)
    scaled[1:] *= _SECOND_US
    return scaled, np.array(offsets, np.int64) * _SECOND_US


def _offset_seconds(place: ZoneInfo, moment: datetime) -> int:
    """Return the offset a place's clocks show at a moment."""
    offset = moment.astimezone(place).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _change(place: ZoneInfo, before: datetime, after: datetime) -> int:
    """Find the second, counted from the epoch, at which the offset changes between two moments."""
    low, high = int(before.timestamp()), int(after.timestamp())
    target = _offset_seconds(place, after)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_seconds(place, _FIRST + timedelta(seconds=middle)) == target:
            high = middle
        else:
            low = middle
    return high
