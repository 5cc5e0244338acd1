"""The event times of one source, in its own order: years, zones, carried times, and who comes late.

Takes stamp columns and what is remembered of the source, gives event times and tick times. Sequential and
deterministic: the outcome depends on the order of the source's records alone, not on how they were cut into batches.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Flags, Int32s, Int64s
from brainstem.contracts.event import TimeOrigin
from brainstem.jit.decorators import compiled, piece
from brainstem.parameters import parameter
from brainstem.parse.scan.civil_time import DAY_US, SECOND_US, YEARLESS, ZONED

NEVER: Final = -(2**62)
"""Stands for "no such moment" in the remembered times."""

FRONTIER_EVENTS: Final = parameter(
    "event_time.frontier_events",
    8,
    "number",
    "so many consecutive times must lie behind a moment before it counts as passed; fewer with a wrong clock do"
    " nothing",
)

LAST_TIME: Final = 0
ANCHOR: Final = 1
FRONTIER: Final = 2
RECENT_COUNT: Final = 3
RECENT: Final = 4
STATE_LENGTH: Final = RECENT + FRONTIER_EVENTS

_PARSED: Final = int(TimeOrigin.PARSED)
_INFERRED_YEAR: Final = int(TimeOrigin.INFERRED_YEAR)
_CARRIED: Final = int(TimeOrigin.CARRIED)
_RECEIVED: Final = int(TimeOrigin.RECEIVED)

_HALF_YEAR_US: Final = 182 * DAY_US


def new_state() -> Int64s:
    """Return what is remembered of a source nothing was read from yet."""
    state = np.full(STATE_LENGTH, NEVER, np.int64)
    state[RECENT_COUNT] = 0
    return state


@compiled
def order_events(
    civil: Int64s,
    stamped: npt.NDArray[np.bool_],
    shape: Flags,
    offset_seconds: Int32s,
    rejected: npt.NDArray[np.bool_],
    received_us: Int64s,
    written_by_us: int,
    zone_from: Int64s,
    zone_offset_us: Int64s,
    lateness_us: int,
    received_counts: bool,
    state: Int64s,
) -> tuple[Int64s, Flags, npt.NDArray[np.bool_], Int64s]:
    """Return event time, origin, lateness and tick time of every record; all times in microseconds UTC.

    `civil`, `shape` and `offset_seconds` are columns of `scan.stamp.Stamps`. `zone_from` and `zone_offset_us` say which
    offset holds from which civil time on, for stamps without a zone. `written_by_us` is a moment the source was surely
    written by; NEVER says that each record was written by the moment it was received. `received_counts` says that records
    before any stamp tell by the moment they were received how far the source has come. `state` is read and updated.
    """
    count = len(civil)
    event_time = np.empty(count, np.int64)
    origin = np.empty(count, np.uint8)
    late = np.zeros(count, np.bool_)
    tick_time = np.empty(count, np.int64)
    for row in range(count):
        if stamped[row] and not rejected[row]:
            bound = (received_us[row] if written_by_us == NEVER else written_by_us) + DAY_US
            yearless = shape[row] & YEARLESS != 0
            moment: int = civil[row]
            if yearless:
                moment = _with_year(
                    moment, shape[row], offset_seconds[row], zone_from, zone_offset_us, bound, state[ANCHOR]
                )
            else:
                moment = _utc(moment, shape[row], offset_seconds[row], zone_from, zone_offset_us, state[LAST_TIME])
            origin[row] = _INFERRED_YEAR if yearless else _PARSED
            if yearless or _trusted(moment, state[ANCHOR], bound):
                state[ANCHOR] = moment
        elif state[LAST_TIME] != NEVER:
            moment = state[LAST_TIME]
            origin[row] = _CARRIED
        else:
            moment = received_us[row]
            origin[row] = _RECEIVED
        event_time[row] = moment
        tick_time[row] = moment
        if state[FRONTIER] != NEVER and moment < state[FRONTIER] - lateness_us:
            late[row] = not rejected[row]
            tick_time[row] = state[FRONTIER] - lateness_us
        if origin[row] <= _INFERRED_YEAR:
            state[LAST_TIME] = moment
            _advance(state, moment)
        elif received_counts and origin[row] == _RECEIVED:
            _advance(state, moment)
    return event_time, origin, late, tick_time


@piece
def _trusted(moment: int, anchor: int, bound: int) -> bool:
    """Return whether a full date may say which year the year-less stamps of its source are of; a wrong clock must not."""
    if anchor == NEVER:
        return moment <= bound
    return abs(moment - anchor) < 2 * _HALF_YEAR_US


@piece
def _advance(state: Int64s, moment: int) -> None:
    """Remember an event's time and move the frontier to the smallest of the last few, never back."""
    seen = state[RECENT_COUNT]
    state[RECENT + seen % FRONTIER_EVENTS] = moment
    state[RECENT_COUNT] = seen + 1
    if seen + 1 >= FRONTIER_EVENTS:
        least = state[RECENT]
        for index in range(RECENT + 1, STATE_LENGTH):
            least = min(least, state[index])
        state[FRONTIER] = max(state[FRONTIER], least)


@piece
def _utc(civil: int, shape: int, offset_seconds: int, zone_from: Int64s, zone_offset_us: Int64s, near: int) -> int:
    """Return the moment of a civil time; where clocks go back, of the two moments the one closer to `near`."""
    if shape & ZONED:
        return civil - offset_seconds * SECOND_US
    index = 0
    above = len(zone_from)
    while above - index > 1:
        middle = (index + above) // 2
        if zone_from[middle] <= civil:
            index = middle
        else:
            above = middle
    moment: int = civil - zone_offset_us[index]
    if near != NEVER and above < len(zone_from):
        later: int = civil - zone_offset_us[above]
        # zone_from holds the end of the doubled hour, its beginning lies the difference of the offsets before
        change = zone_from[above] - zone_offset_us[index]
        if later > moment and later >= change and abs(later - near) <= abs(moment - near):
            return later
    return moment


@piece
def _days(year: int, month: int, day: int) -> int:
    """Count the days from 1970-01-01 (H. Hinnant, chrono-compatible low-level date algorithms)."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


@piece
def _year(moment: int) -> int:
    """Return the year of a moment in UTC (same source)."""
    days = moment // DAY_US + 719468
    era = days // 146097
    day_of_era = days - era * 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    return year_of_era + era * 400 + (1 if day_of_year >= 306 else 0)


@piece
def _with_year(
    packed: int, shape: int, offset_seconds: int, zone_from: Int64s, zone_offset_us: Int64s, bound: int, anchor: int
) -> int:
    """Return a year-less stamp its year.

    The year that brings it nearest to `anchor`, the source's last time; the first of a source takes the latest year
    that leaves it at or before `bound`. 29 February takes a leap year.
    """
    month_and_day = packed // DAY_US
    clock = packed - month_and_day * DAY_US
    month = month_and_day // 32
    day = month_and_day - month * 32
    leap_day = month == 2 and day == 29
    middle = _year(bound if anchor == NEVER else anchor)
    if not leap_day and anchor != NEVER:
        moment = _utc(
            _days(middle, month, day) * DAY_US + clock, shape, offset_seconds, zone_from, zone_offset_us, anchor
        )
        if abs(moment - anchor) < _HALF_YEAR_US:
            return moment
    reach = 8 if leap_day else 1
    best = NEVER
    for year in range(middle - reach, middle + reach + 1):
        if leap_day and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
            continue
        moment = _utc(
            _days(year, month, day) * DAY_US + clock, shape, offset_seconds, zone_from, zone_offset_us, anchor
        )
        if anchor == NEVER:
            if moment <= bound:
                best = moment
        elif best == NEVER or abs(moment - anchor) < abs(best - anchor):
            best = moment
    return best
