"""The event times of one source, in its own order: years and zones that are not printed, carried times, and lateness.

Takes the columns of `Stamps`, when each record was received, and what is remembered of the source; returns event time,
origin, lateness and tick time of every record. There is no clock: the outcome follows from the records and their order
alone, so a replay gives the same times whenever it is run and however the records were cut into batches. This is the one
step of parsing in which a row depends on those before it.

**Reference date.** `Feb  4 10:00:00` has no year. The first such stamp of a source takes the latest year with which it is
no more than a day after the moment by which the source was surely written (`written_by_us`, the reference date): for a file
that is read later, a date from its content or its modification time; for a live source, each record's own receive time. The
day is for clocks that are ahead and for zones.

**Years.** Each later stamp takes the year that brings it nearest to the anchor, the source's last believable time. So
31 December is followed by 1 January of the next year, and a source may run for years. The anchor follows stamps without a
year, as these are near it by construction, and full dates only while they are less than about a year away: one record with a
wrong clock (2099, 1970) must not move the years of those behind it. 29 February takes a leap year within eight years; where
that is not near the anchor, the clock was wrong, so the anchor stays and the year is none past the reference date.

**Dates.** A time of day without a date, such as `10:00:00`, is the first one that is no more than an hour before the
source's last time; so one that is further back is of the next day. Without a time before it, it is of the day that the name
of its file says (`named_day_us`), and where that says none it is none. Where other records of the source begin with a date
(`BESIDE_DATES`), it counts only within the hour behind the last time, as a message may begin with any time of day.

**Zones.** A printed zone is applied as it is. A stamp without one is in the zone of its source (`zone_from` and
`zone_offset_us`, from `text.time_zones.offset_table`). Where clocks go back, an hour comes twice: of the two moments the one
nearer to the source's last time is taken, so that both passes through the hour keep their order.

**Carried times.** A record without a stamp, and a rejected one, takes the last stamped time of its source (CARRIED), as it
most likely belongs to the record before it. Where records are received one by one, what has passed since that one was
received is added: a line that comes an hour later is an hour later, and those of a backlog that is sent at once keep their
place in it. Before the first stamp there is only the moment of receipt (RECEIVED).

**Frontier and watermark.** A source's frontier is the least of its last eight believable stamped times, and never goes
back. Up to seven records in a row with a clock that is a little ahead therefore move nothing. The watermark is the frontier
less the allowed lateness: a promise that no later record of this source has a smaller tick time. Slots of event time are
closed once all sources have promised to be beyond them, so the promise must hold for any bytes.

**Clocks that are ahead.** A time more than a day after the moment by which its record was surely written is that of a wrong
clock, in however many records in a row. The record keeps it as its event time, and gets the last believable time of its
source as its tick time; neither frontier nor anchor follow it.

**Lateness.** A record older than the watermark is late. It keeps its event time, which the event store shows, and gets the
watermark as its tick time: the earliest moment that may still be open. So late records count, and the promise holds.

An example with a lateness of ten minutes: eight records of 11:00 set the frontier to 11:00 and the watermark to 10:50. A
record of 10:00 is then late, with tick time 10:50; one of 10:50 is not.

Traps: `state` is part of snapshots (`SourceContext.snapshot`), so its slots keep their order. A live source without any
stamp would hold back all others; `received_counts` lets its records' receive times move the frontier until a stamp comes.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bools, Flags, Int32s, Int64s
from brainstem.contracts.event import TimeOrigin
from brainstem.jit.decorators import compiled, compiled_helper
from brainstem.parameters import STORED_SHAPE, parameter
from brainstem.parse.scan.civil_time import (
    BESIDE_DATES,
    DAY_US,
    HOUR_US,
    SECOND_US,
    TIME_OF_DAY,
    YEARLESS,
    ZONED,
    days_from_civil,
)

NEVER: Final = -(2**62)
"""no such moment; small enough to be before any, large enough that sums with it do not overflow"""

FRONTIER_EVENTS: Final = parameter(
    "event_time.frontier_events",
    8,
    "number",
    "so many consecutive times must lie behind a moment before it counts as passed; fewer with a wrong clock do"
    " nothing",
    fixed=STORED_SHAPE,
)

# the slots of the state of a source; snapshots hold them in this order
LAST_TIME: Final = 0
"""the last stamped time, which records without a stamp take"""
ANCHOR: Final = 1
"""the last believable time, which years are inferred from"""
FRONTIER: Final = 2
"""the least of the last `FRONTIER_EVENTS` times, as far as it has come"""
RECENT_COUNT: Final = 3
"""how many times have counted so far"""
RECENT: Final = 4
"""the first slot of a ring that holds the last `FRONTIER_EVENTS` times"""
LAST_RECEIVED: Final = RECENT + FRONTIER_EVENTS
"""when the record of the last stamped time was received"""
STATE_LENGTH: Final = LAST_RECEIVED + 1

_PARSED: Final = int(TimeOrigin.PARSED)
_INFERRED_YEAR: Final = int(TimeOrigin.INFERRED_YEAR)
_CARRIED: Final = int(TimeOrigin.CARRIED)
_RECEIVED: Final = int(TimeOrigin.RECEIVED)

_HALF_YEAR_US: Final = 182 * DAY_US
_BESIDE_US: Final = HOUR_US
"""how far behind the last time a time of day may be that stands among records with dates"""
_BACK_US: Final = HOUR_US
"""how far before the last time a time of day without a date may be: clocks go back by an hour, and threads write late"""


def new_state() -> Int64s:
    """Return what is remembered of a source from which nothing was read yet."""
    state = np.full(STATE_LENGTH, NEVER, np.int64)
    state[RECENT_COUNT] = 0
    return state


@compiled
def order_events(
    civil: Int64s,
    stamped: Bools,
    shape: Flags,
    offset_seconds: Int32s,
    rejected: Bools,
    received_us: Int64s,
    written_by_us: int,
    zone_from: Int64s,
    zone_offset_us: Int64s,
    lateness_us: int,
    named_day_us: int,
    received_counts: bool,
    state: Int64s,
) -> tuple[Int64s, Flags, Bools, Int64s]:
    """Return event time, origin, lateness and tick time of every record; all times in microseconds UTC.

    `civil`, `shape` and `offset_seconds` are columns of `scan.timestamp.Stamps`; `stamped` is where there is a stamp.
    `zone_from` and `zone_offset_us` are the table of `text.time_zones.offset_table`, for stamps without a zone.
    `written_by_us` is a moment by which the source was surely written; NEVER: each record by the moment it was received.
    `named_day_us` is midnight of the day that the name of the source says, as if its clocks showed UTC; NEVER for none.
    With `received_counts` the receive times of records without a stamp move the frontier. `state` is read and updated.
    """
    count = len(civil)
    event_time = np.empty(count, np.int64)
    origin = np.empty(count, np.uint8)
    late = np.zeros(count, np.bool_)
    tick_time = np.empty(count, np.int64)
    for row in range(count):
        bound = (received_us[row] if written_by_us == NEVER else written_by_us) + DAY_US
        # a reject's stamp may be what was wrong with it
        dateless = shape[row] & TIME_OF_DAY == TIME_OF_DAY
        is_timed = stamped[row] and not rejected[row]
        if is_timed and dateless:
            is_timed = state[LAST_TIME] != NEVER or named_day_us != NEVER
            if shape[row] & BESIDE_DATES:
                is_timed = _goes_on(civil[row], shape[row], zone_from, zone_offset_us, state[LAST_TIME])
        if is_timed:
            yearless = shape[row] & YEARLESS != 0
            moment: int = civil[row]
            if dateless and state[LAST_TIME] == NEVER:
                moment = _utc(named_day_us + moment, shape[row], 0, zone_from, zone_offset_us, NEVER)
            elif dateless:
                moment = _with_date(moment, shape[row], zone_from, zone_offset_us, state[LAST_TIME])
            elif yearless:
                moment = _with_year(
                    moment, shape[row], offset_seconds[row], zone_from, zone_offset_us, bound, state[ANCHOR]
                )
            else:
                moment = _utc(moment, shape[row], offset_seconds[row], zone_from, zone_offset_us, state[LAST_TIME])
            origin[row] = _INFERRED_YEAR if yearless else _PARSED
            # an inferred year is near the anchor by construction, unless it is that of a leap day in a year without one
            if (yearless and _near(moment, state[ANCHOR])) or _trusted(moment, state[ANCHOR], bound):
                state[ANCHOR] = moment
        elif state[LAST_TIME] != NEVER:
            moment = state[LAST_TIME] + max(received_us[row] - state[LAST_RECEIVED], 0)
            origin[row] = _CARRIED
        else:
            moment = received_us[row]
            origin[row] = _RECEIVED
        event_time[row] = moment
        is_ahead = moment > bound
        if is_ahead:
            moment = _last_believed(state, bound)
        tick_time[row] = moment
        # against the frontier before this record: its own time must not make it late
        if state[FRONTIER] != NEVER and moment < state[FRONTIER] - lateness_us:
            late[row] = not rejected[row]
            tick_time[row] = state[FRONTIER] - lateness_us
        # carried times repeat one that has counted already, unless they have moved on from it
        if origin[row] <= _INFERRED_YEAR:
            # what has no stamp belongs to the record above it, also to one of a wrong clock
            state[LAST_TIME] = event_time[row]
            state[LAST_RECEIVED] = received_us[row]
            if not is_ahead:
                _advance(state, moment)
        elif received_counts and not is_ahead and (origin[row] == _RECEIVED or moment > state[LAST_TIME]):
            _advance(state, moment)
    return event_time, origin, late, tick_time


@compiled_helper
def _with_date(clock: int, shape: int, zone_from: Int64s, zone_offset_us: Int64s, last: int) -> int:
    """Return the first moment with a time of day that is no more than an hour before the source's last time.

    A log goes on: what would lie further back is of the next day.
    """
    day = last // DAY_US - 2
    moment = last - DAY_US
    while moment < last - _BACK_US:
        moment = _utc(day * DAY_US + clock, shape, 0, zone_from, zone_offset_us, last)
        day += 1
    return moment


@compiled_helper
def _goes_on(clock: int, shape: int, zone_from: Int64s, zone_offset_us: Int64s, last: int) -> bool:
    """Return whether a time of day is one of the hour that follows the source's last time."""
    if last == NEVER:
        return False
    return bool(last - SECOND_US < _with_date(clock, shape, zone_from, zone_offset_us, last) <= last + _BESIDE_US)


@compiled_helper
def _near(moment: int, anchor: int) -> bool:
    """Return whether an inferred moment may become the anchor: all but a leap day that is years away."""
    return anchor == NEVER or abs(moment - anchor) < 2 * _HALF_YEAR_US


@compiled_helper
def _trusted(moment: int, anchor: int, bound: int) -> bool:
    """Return whether a full date may become the anchor of years; that of a wrong clock must not.

    It must be no later than `bound`, and less than about a year from `anchor` where there is one.
    """
    return moment <= bound and (anchor == NEVER or abs(moment - anchor) < 2 * _HALF_YEAR_US)


@compiled_helper
def _last_believed(state: Int64s, bound: int) -> int:
    """Return the last time that has counted, the moment by which the record was written where none has."""
    seen = state[RECENT_COUNT]
    return state[RECENT + (seen - 1) % FRONTIER_EVENTS] if seen > 0 else bound - DAY_US


@compiled_helper
def _advance(state: Int64s, moment: int) -> None:
    """Remember a time, and move the frontier up to the least of the last `FRONTIER_EVENTS`, never back."""
    seen = state[RECENT_COUNT]
    state[RECENT + seen % FRONTIER_EVENTS] = moment
    state[RECENT_COUNT] = seen + 1
    # the least of them is often the oldest, or in a busy second all are the same
    oldest = state[RECENT + (seen + 1) % FRONTIER_EVENTS]
    if seen + 1 >= FRONTIER_EVENTS and min(moment, oldest) > state[FRONTIER]:
        least = state[RECENT]
        for index in range(RECENT + 1, RECENT + FRONTIER_EVENTS):
            least = min(least, state[index])
        state[FRONTIER] = max(state[FRONTIER], least)


@compiled_helper
def _utc(civil: int, shape: int, offset_seconds: int, zone_from: Int64s, zone_offset_us: Int64s, near: int) -> int:
    """Return the moment of a civil time in UTC; where clocks go back, of the two moments the one nearer to `near`."""
    if shape & ZONED:
        return civil - offset_seconds * SECOND_US
    # binary search for the offset that holds at this civil time
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
        # zone_from is where the doubled hour ends by the old offset, so this is the moment of the change in UTC
        change = zone_from[above] - zone_offset_us[index]
        if later > moment and later >= change and abs(later - near) <= abs(moment - near):
            return later
    return moment


@compiled_helper
def _year(moment: int) -> int:
    """Return the year of a moment in UTC (source as in `days_from_civil`)."""
    days = moment // DAY_US + 719468
    era = days // 146097
    day_of_era = days - era * 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    return year_of_era + era * 400 + (1 if day_of_year >= 306 else 0)


@compiled_helper
def _with_year(
    packed: int, shape: int, offset_seconds: int, zone_from: Int64s, zone_offset_us: Int64s, bound: int, anchor: int
) -> int:
    """Return the moment of a stamp without a year, which `packed` holds as month, day and time of day.

    Its year is the one that brings it nearest to `anchor`; without an anchor, the latest that leaves it at or before
    `bound`. 29 February takes a leap year.
    """
    # month * 32 + day, see `civil_time.put_date`
    month_and_day = packed // DAY_US
    clock = packed - month_and_day * DAY_US
    month = month_and_day // 32
    day = month_and_day - month * 32
    leap_day = month == 2 and day == 29
    middle = _year(bound if anchor == NEVER else anchor)
    # the anchor's own year is right for nearly all stamps
    if not leap_day and anchor != NEVER:
        moment = _utc(
            days_from_civil(middle, month, day) * DAY_US + clock,
            shape,
            offset_seconds,
            zone_from,
            zone_offset_us,
            anchor,
        )
        if abs(moment - anchor) < _HALF_YEAR_US:
            return moment
    # around 2100 eight years pass without a leap day
    reach = 8 if leap_day else 1
    best = NEVER
    limit = max(bound, anchor + _HALF_YEAR_US)
    for year in range(middle - reach, middle + reach + 1):
        if leap_day and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
            continue
        moment = _utc(
            days_from_civil(year, month, day) * DAY_US + clock, shape, offset_seconds, zone_from, zone_offset_us, anchor
        )
        if anchor == NEVER:
            if moment <= bound:
                best = moment
        # a leap day in a year without one has years to choose from, and none of them may be later than the source
        elif best == NEVER or (abs(moment - anchor) < abs(best - anchor) and not (leap_day and moment > limit)):
            best = moment
    return best
