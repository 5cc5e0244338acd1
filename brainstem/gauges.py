"""Gauges: numbers that messages report, followed one by one, and what is said when one runs down or leaves its range.

A gauge is one of the numbers of a member on a host for one entity, or for all that the host says. Values come one a slot, in
order of slots. Means of six hours are kept for 24 days; a window is a day of them, counted back from the latest whole one.
"""

import math
from typing import Any, Final

import numpy as np

from brainstem.cells import FREE, enter_rows, mix, row_place
from brainstem.compiled import borrowing, compiled
from brainstem.notice import COUNTDOWN, DRIFT
from brainstem.reading import ON_ENTITY, ON_HOST, SLOTS_PER_DAY, SLOTS_PER_HOUR

BLOCKS: Final = 96
"""stretches of six hours whose means are kept"""

GAUGE_DTYPE: Final = np.dtype(
    [
        ("key", "u8"),
        ("member", "u8"),
        ("which", "u1"),  # of the numbers of the message
        ("facet", "u8"),  # hash of the entity, else of the host
        ("kind", "u1"),  # MEMBER, ON_HOST or ON_ENTITY
        ("host", "u8"),
        ("gauges", "i4"),  # of a MEMBER row: how many of its gauges are followed
        ("first_slot", "i4"),
        ("slot", "i4"),  # when it was last heard
        ("value_milli", "i8"),
        ("values", "i4"),  # how many there have been
        ("fractional", "u1"),  # 1 when one of them was not whole
        ("rises", "i4"),  # values above the one before, and below it
        ("drops", "i4"),
        ("fell_from_slot", "i4"),  # where the present run of falls began
        ("fell_from_milli", "i8"),
        ("falls", "i4"),  # how often running it fell
        ("least_fall_milli", "i8"),  # the smallest and the largest of these falls
        ("most_fall_milli", "i8"),
        ("block", "i4"),  # the latest stretch of six hours with a value
        ("sums", "f8", (BLOCKS,)),  # of the values of stretch (block % BLOCKS), in thousandths
        ("counts", "u2", (BLOCKS,)),
    ]
)

MEMBER: Final = 0
BLOCK_SLOTS = 6 * SLOTS_PER_HOUR
WINDOW_BLOCKS = SLOTS_PER_DAY // BLOCK_SLOTS
WINDOWS = BLOCKS // WINDOW_BLOCKS - 1
GAUGES_MOST = 96
FORGET_SPORADIC_SLOTS = 3 * SLOTS_PER_DAY
SPORADIC_VALUES = 2
FORGET_SLOTS = 30 * SLOTS_PER_DAY
COUNTDOWN_FALLS = 5
COUNTDOWN_ONLY_FALLS = 4
COUNTDOWN_CLOCK_FALLS = 3
COUNTDOWN_CLOCK_SLOTS = 2 * SLOTS_PER_DAY
"""how long a number must fall by one a day to count days"""
COUNTDOWN_LEAST_SLOTS = SLOTS_PER_DAY
"""how long any must have fallen"""
COUNTDOWN_LONG_FALLS = 8
COUNTDOWN_EVENNESS = 2
COUNTDOWN_MAX_MILLI = 14_000
COUNTDOWN_DAYS_MOST = 14
DRIFT_DAYS_LEAST = 2
DRIFT_DAYS_MOST = 8
BASE_WINDOWS_LEAST = 6
BASE_WINDOWS_MOST = 14
DRIFT_DEVIATIONS = 6.0
DISTANCE_MOST = 1000.0
"""most deviations that a drift comes to"""
STEP_SHARE = 0.6
STEP_SHARE_OF_TWO = 0.7
BASE_RANGE_SHARE = 0.5
BEYOND_SHARE = 0.25
NEWEST_LEAST = 3
FORMER_LEAST = 10
STEPS_MOST = 512
COUNTER_SHARE = 10
RELATIVE_NOISE = 0.01
WHOLE_NOISE_MILLI = 500.0
FRACTION_NOISE_MILLI = 5.0
LATEST_BLOCKS = 2 * WINDOW_BLOCKS
"""stretches of six hours within which another gauge must have been heard to be held against one"""
TOGETHER_WAY_SHARE = 2.0
"""part (1 / n) of the way of a drift that a sibling must have gone to drift along"""
TOGETHER_LEAST = 2
TOGETHER_SHARE = 3
EMPTY = -math.inf
"""the mean of a stretch or window without a value"""


@borrowing
def open_row(table: Any, cells: Any, used: Any, key: np.uint64, member: np.uint64, slot: int) -> int:
    """Give the row of a key, a new and empty one where it has none."""
    place = row_place(table, cells, key)
    if cells[place] == FREE:
        cells[place] = used[0]
        row = table[used[0]]
        used[0] += 1
        row.key, row.member, row.kind = key, member, MEMBER
        # the row may have been another's before
        row.gauges, row.values, row.falls, row.fractional = 0, 0, 0, 0
        row.rises, row.drops = 0, 0
        row.first_slot, row.block = slot, slot // BLOCK_SLOTS - BLOCKS
        for block in range(BLOCKS):
            row.counts[block] = np.uint16(0)
            row.sums[block] = 0.0
    return int(cells[place])


@borrowing
def gauge_row(table: Any, cells: Any, used: Any, number: Any, facet: np.uint64, kind: int) -> int:
    """Give the row of a gauge, -1 when its member has too many of them."""
    key = mix(mix(number.member, facet), mix(number.host, np.uint64(4 * number.which + kind)))
    if cells[row_place(table, cells, key)] == FREE:
        whole = table[open_row(table, cells, used, number.member, number.member, number.slot)]
        if whole.gauges >= GAUGES_MOST:
            return -1
        whole.gauges += 1
    index = open_row(table, cells, used, key, number.member, number.slot)
    row = table[index]
    row.which, row.facet, row.kind, row.host = number.which, facet, kind, number.host
    return index


@borrowing
def note_fall(row: Any, value_milli: int) -> None:
    """Count how often running a number fell, and since when."""
    if row.values == 0 or value_milli > row.value_milli:
        row.falls = 0
    elif value_milli < row.value_milli:
        fall = row.value_milli - value_milli
        if row.falls == 0:
            row.fell_from_slot, row.fell_from_milli = row.slot, row.value_milli
            row.least_fall_milli, row.most_fall_milli = fall, fall
        row.falls += 1
        row.least_fall_milli = min(row.least_fall_milli, fall)
        row.most_fall_milli = max(row.most_fall_milli, fall)


@borrowing
def note(row: Any, slot: int, value_milli: int) -> bool:
    """Follow one number; tells whether this is its first value in these six hours.

    What one host says of several entities in one slot is taken together, and does not count down.
    """
    note_fall(row, value_milli)
    if row.values > 0 and row.slot == slot:
        row.falls = 0
    elif row.values > 0 and value_milli > row.value_milli:
        row.rises += 1
    elif row.values > 0 and value_milli < row.value_milli:
        row.drops += 1
    if row.rises + row.drops > STEPS_MOST:
        row.rises, row.drops = row.rises // 2, row.drops // 2
    row.slot = slot
    row.value_milli = value_milli
    row.values += 1
    if value_milli % 1000 != 0:
        row.fractional = 1
    block = slot // BLOCK_SLOTS
    is_first = block > row.block
    for passed in range(max(row.block + 1, block - BLOCKS + 1), block + 1):
        row.counts[passed % BLOCKS] = np.uint16(0)
        row.sums[passed % BLOCKS] = 0.0
    row.block = max(row.block, block)
    row.sums[block % BLOCKS] += value_milli
    row.counts[block % BLOCKS] += np.uint16(1)
    return bool(is_first)


@borrowing
def keeps_pace_with_days(slots: int, fallen_milli: int) -> bool:
    """Tell whether a number has fallen by one a day, give or take what rounding to whole days makes: it counts days."""
    is_near = abs(fallen_milli * SLOTS_PER_DAY - 1000 * slots) < 1000 * SLOTS_PER_DAY
    return bool(is_near and slots >= COUNTDOWN_CLOCK_SLOTS)


@borrowing
def counts_down(row: Any) -> bool:
    """Tell whether a number has run down: low, or soon to be if it never rose, and fallen for a day or more, evenly or long.

    Chance makes runs of falls too, but seldom even ones or long ones; what fell as far before and rose again does so by
    itself.
    """
    even = row.most_fall_milli <= COUNTDOWN_EVENNESS * row.least_fall_milli
    slots = row.slot - row.fell_from_slot
    fallen = row.fell_from_milli - row.value_milli
    # the first values of all are tried once, those of a run of falls each time that one begins
    enough = COUNTDOWN_ONLY_FALLS if row.rises == 0 else COUNTDOWN_FALLS
    if row.rises == 0 and keeps_pace_with_days(slots, fallen):
        enough = COUNTDOWN_CLOCK_FALLS
    if not (row.falls >= COUNTDOWN_LONG_FALLS or (row.falls >= enough and even)) or slots < COUNTDOWN_LEAST_SLOTS:
        return False
    is_soon_out = row.rises == 0 and row.value_milli * slots < fallen * COUNTDOWN_DAYS_MOST * SLOTS_PER_DAY
    return bool(row.value_milli >= 0 and (row.value_milli < COUNTDOWN_MAX_MILLI or is_soon_out))


@borrowing
def take_means(row: Any, block: int, means: Any) -> int:
    """Write the means of the windows that end with the whole stretch before `block`, newest first; EMPTY says no value.

    Gives how many windows there are since the gauge was first heard.
    """
    lived = min(WINDOWS, (block - 1 - row.first_slot // BLOCK_SLOTS) // WINDOW_BLOCKS + 1)
    for window in range(lived):
        total = 0.0
        count = 0
        for back in range(WINDOW_BLOCKS):
            each = block - 1 - window * WINDOW_BLOCKS - back
            if each > row.block - BLOCKS and each <= row.block:
                total += row.sums[each % BLOCKS]
                count += row.counts[each % BLOCKS]
        means[window] = total / count if count > 0 else EMPTY
    return int(lived)


@borrowing
def has_steady_pace(means: Any, days: int, sign: float) -> bool:
    """Tell whether the newest windows all step the same way, and none of the steps is most of the whole distance."""
    total = sign * (means[0] - means[days])
    if means[days] == EMPTY or total <= 0.0:
        return False
    widest = 0.0
    for window in range(days):
        step = sign * (means[window] - means[window + 1])
        if means[window] == EMPTY or step <= 0.0:
            return False
        widest = max(widest, step)
    return bool(widest <= (STEP_SHARE if days > 2 else STEP_SHARE_OF_TWO) * total)


@borrowing
def mean_of_block(row: Any, block: int) -> float:
    """Give the mean of a stretch of six hours, EMPTY where it has no value or is forgotten."""
    if block <= row.block - BLOCKS or block > row.block or row.counts[block % BLOCKS] == 0:
        return EMPTY
    mean: float = row.sums[block % BLOCKS] / row.counts[block % BLOCKS]
    return mean


@borrowing
def is_beyond(row: Any, block: int, days: int, sign: float) -> bool:
    """Tell whether all of the newest values lie beyond all former ones, by a share of the range these had.

    The newest are the stretches of the last day, and as many before as make three of them. What is drawn anew each time from
    some range cannot leave it.
    """
    low = math.inf
    high = -math.inf
    former = 0
    first = block - 1 - (days + 1) * WINDOW_BLOCKS
    for back in range(BASE_WINDOWS_MOST * WINDOW_BLOCKS):
        mean = mean_of_block(row, first - back)
        if mean != EMPTY:
            former += 1
            low = min(low, mean)
            high = max(high, mean)
    # what only ever went one way is a counter, at whatever pace; what stood still is none
    back = row.drops if sign > 0.0 else row.rises
    if former < FORMER_LEAST or (high > low and COUNTER_SHARE * back < row.rises + row.drops):
        return False
    limit = high + BEYOND_SHARE * (high - low) if sign > 0.0 else low - BEYOND_SHARE * (high - low)
    newest = 0
    for back in range(1, NEWEST_LEAST * WINDOW_BLOCKS + 1):
        mean = mean_of_block(row, block - back)
        if mean != EMPTY and (back <= WINDOW_BLOCKS or newest < NEWEST_LEAST):
            newest += 1
            if sign * (mean - limit) <= 0.0:
                return False
    return newest >= NEWEST_LEAST


@borrowing
def jumps(row: Any, block: int, days: int, total: float) -> bool:
    """Tell whether most of the distance was covered at once: two neighbouring stretches of six hours lie that far beyond
    the two before them. Of one stretch alone chance makes as much."""
    sign = 1.0 if total > 0.0 else -1.0
    latest = later = before = EMPTY
    for back in range(1, (days + 1) * WINDOW_BLOCKS + 1):
        mean = mean_of_block(row, block - back)
        if mean == EMPTY:
            continue
        mean *= sign
        if before != EMPTY and min(latest, later) - max(before, mean) > STEP_SHARE * abs(total):
            return True
        latest, later, before = later, before, mean
    return False


@borrowing
def distance_of(row: Any, means: Any, lived: int, days: int, sign: float, base: Any) -> float:
    """Give how far the newest window lies from the former mean, in deviations of the daily means before; 0 where it may be
    chance.

    What moved half as far before (a counter, a walk, a weekly swing) has not left its range. `base` receives the former
    mean.
    """
    count = 0
    total = 0.0
    squares = 0.0
    low = math.inf
    high = -math.inf
    for window in range(days + 1, min(lived, days + 1 + BASE_WINDOWS_MOST)):
        mean = means[window]
        if mean == EMPTY:
            continue
        count += 1
        total += mean
        squares += mean * mean
        low = min(low, mean)
        high = max(high, mean)
    if count < BASE_WINDOWS_LEAST or high - low > BASE_RANGE_SHARE * sign * (means[0] - means[days]):
        return 0.0
    level = total / count
    noise = math.sqrt(max(0.0, (squares - total * level) / (count - 1)))
    least = FRACTION_NOISE_MILLI if row.fractional == 1 else WHOLE_NOISE_MILLI
    noise = max(noise, least, RELATIVE_NOISE * abs(level))
    base[0] = level
    return float(sign * (means[0] - level) / noise)


@borrowing
def longest_drift(row: Any, block: int, means: Any, lived: int, base: Any) -> int:
    """Give over how many days a number has been leaving its range, 0 for a number that stays; `base` receives the former
    level and the distance in deviations."""
    if lived <= BASE_WINDOWS_LEAST + DRIFT_DAYS_LEAST or means[0] == EMPTY or means[1] == EMPTY:
        return 0
    sign = 1.0 if means[0] > means[1] else -1.0
    for less in range(DRIFT_DAYS_MOST - DRIFT_DAYS_LEAST + 1):
        days = DRIFT_DAYS_MOST - less
        if days >= lived or not has_steady_pace(means, days, sign) or jumps(row, block, days, means[0] - means[days]):
            continue
        distance = distance_of(row, means, lived, days, sign, base)
        if distance >= DRIFT_DEVIATIONS and is_beyond(row, block, days, sign):
            base[1] = distance
            return days
    return 0


@borrowing
def is_told_by_entity(table: Any, used: int, row: Any) -> bool:
    """Tell whether the number is followed for single entities as well, which have come for as long as a range takes."""
    for index in range(used):
        other = table[index]
        if other.kind != ON_ENTITY or other.member != row.member or other.host != row.host or other.which != row.which:
            continue
        if (
            row.slot - other.first_slot >= BASE_WINDOWS_LEAST * SLOTS_PER_DAY
            and row.block - other.block <= LATEST_BLOCKS
        ):
            return True
    return False


@borrowing
def moves_alone(table: Any, used: int, index: int, block: int, days: int, moved: float, means: Any) -> bool:
    """Tell whether the other gauges of the same number stay where they are, all but a few of them."""
    row = table[index]
    others = 0
    together = 0
    for other in range(used):
        sibling = table[other]
        if sibling.member != row.member or sibling.kind != row.kind or sibling.which != row.which:
            continue
        if other == index or block - sibling.block > LATEST_BLOCKS:
            continue
        lived = take_means(sibling, block, means)
        if lived <= days or means[0] == EMPTY or means[days] == EMPTY:
            continue
        others += 1
        way = means[0] - means[days]
        if way * moved > 0.0 and TOGETHER_WAY_SHARE * abs(way) >= abs(moved):
            together += 1
    return not (together >= TOGETHER_LEAST and TOGETHER_SHARE * together >= others)


@borrowing
def write_notice(row: Any, kind: int, notice: Any) -> None:
    """Fill in what every notice about a number says."""
    notice.slot = row.slot
    notice.member = row.member
    notice.kind = kind
    notice.facet = row.facet
    notice.facet_kind = row.kind
    notice.host = row.host
    notice.last_milli = row.value_milli
    notice.falls = row.falls


@compiled
def look(table: Any, used: int, index: int, means: Any, others: Any, notices: Any, written: int) -> int:
    """Give notices of one gauge at its first value in six hours; gives how many have been written by then."""
    row = table[index]
    if counts_down(row) and not (row.kind == ON_HOST and is_told_by_entity(table, used, row)):
        notice = notices[written]
        write_notice(row, COUNTDOWN, notice)
        slots = row.slot - row.fell_from_slot
        notice.first_milli = row.fell_from_milli
        notice.days = slots // SLOTS_PER_DAY
        notice.pace_milli = (row.value_milli - row.fell_from_milli) * SLOTS_PER_DAY // slots
        written += 1
    base = np.zeros(2, np.float64)
    lived = take_means(row, row.block, means)
    days = longest_drift(row, row.block, means, lived, base)
    if days > 0 and not (row.kind == ON_HOST and is_told_by_entity(table, used, row)):
        moved = means[0] - means[days]
        if moves_alone(table, used, index, row.block, days, moved, others):
            notice = notices[written]
            write_notice(row, DRIFT, notice)
            notice.first_milli = np.int64(round(base[0]))
            notice.last_milli = np.int64(round(means[0]))
            notice.pace_milli = np.int64(round(moved / days))
            notice.days = days
            notice.strength_milli = np.int64(round(min(base[1], DISTANCE_MOST) * 1000))
            written += 1
    return written


@borrowing
def forget(table: Any, cells: Any, used: Any, slot: int) -> None:
    """Drop what has come a few times and not lately, and what has been silent for long."""
    kept = 0
    for index in range(used[0]):
        row = table[index]
        quiet = slot - row.slot
        stale = quiet > FORGET_SLOTS or (quiet > FORGET_SPORADIC_SLOTS and row.values < SPORADIC_VALUES)
        if row.kind != MEMBER and not stale:
            table[kept] = table[index]
            kept += 1
    used[0] = kept
    enter_rows(table, cells, kept)
    for index in range(kept):
        member = table[index].member
        table[open_row(table, cells, used, member, member, slot)].gauges += 1


@compiled
def advance_gauges(table: Any, cells: Any, used: Any, numbers: Any, from_slot: int, to_slot: int, notices: Any) -> int:
    """Follow the numbers of slots from_slot..to_slot, sorted by slot and gauge; gives how many notices were written.

    Of several values of a gauge in one slot the last one counts. `table` and `cells` have room for three rows a number more,
    `notices` for four a number.
    """
    means = np.zeros(WINDOWS + 1, np.float64)
    others = np.zeros(WINDOWS + 1, np.float64)
    # no literal, for which what is called would be compiled once more
    written = int(np.int64(0))
    at = 0
    slot = from_slot
    while slot <= to_slot:
        end = min(to_slot, (slot // SLOTS_PER_DAY + 1) * SLOTS_PER_DAY - 1)
        while at < len(numbers) and numbers[at].slot <= end:
            number = numbers[at]
            at += 1
            if at < len(numbers) and numbers[at].slot == number.slot and numbers[at].gauge == number.gauge:
                continue
            for kind in range(ON_HOST, ON_ENTITY + 1):
                if kind == ON_ENTITY and number.name == np.uint64(0):
                    continue
                facet = number.host if kind == ON_HOST else number.name
                index = gauge_row(table, cells, used, number, facet, kind)
                if index < 0:
                    continue
                ran_down = counts_down(table[index])
                is_first = note(table[index], number.slot, number.value_milli)
                # that it has run down is told at once, whatever else was told in these six hours
                is_news = is_first or (not ran_down and counts_down(table[index]))
                if is_news and table[index].values > COUNTDOWN_CLOCK_FALLS:
                    written = look(table, used[0], index, means, others, notices, written)
        if (end + 1) % SLOTS_PER_DAY == 0:
            forget(table, cells, used, end)
        slot = end + 1
    return written
