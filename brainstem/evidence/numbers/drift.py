"""Drift: whether a number leaves its range, told from the means of its gauge.

Takes rows of gauges; gives over how many days a number has been leaving its former range, from which level and how far, and
whether the other gauges of the same number go the same way. A window is a day of stretches of six hours, counted back from
the latest whole one.
"""

import math
from typing import Any

from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.numbers.gauges import BLOCK_SLOTS, BLOCKS
from brainstem.jit.decorators import borrowing

WINDOW_BLOCKS = SLOTS_PER_DAY // BLOCK_SLOTS
WINDOWS = BLOCKS // WINDOW_BLOCKS - 1
DRIFT_DAYS_LEAST = 2
DRIFT_DAYS_MOST = 8
BASE_WINDOWS_LEAST = 6
BASE_WINDOWS_MOST = 14
DRIFT_DEVIATIONS = 6.0
STEP_SHARE = 0.6
STEP_SHARE_OF_TWO = 0.7
BASE_RANGE_SHARE = 0.5
BEYOND_SHARE = 0.25
NEWEST_LEAST = 3
FORMER_LEAST = 10
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
    """Return whether the newest windows all step the same way, and none of the steps is most of the whole distance."""
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
    """Return the mean of a stretch of six hours, EMPTY where it has no value or is forgotten."""
    if block <= row.block - BLOCKS or block > row.block or row.counts[block % BLOCKS] == 0:
        return EMPTY
    mean: float = row.sums[block % BLOCKS] / row.counts[block % BLOCKS]
    return mean


@borrowing
def is_beyond(row: Any, block: int, days: int, sign: float) -> bool:
    """Return whether all of the newest values lie beyond all former ones, by a share of the range these had.

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
    """Return whether most of the distance was covered at once: two neighbouring stretches of six hours lie that far beyond
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
    """Return how far the newest window lies from the former mean, in deviations of the daily means before; 0 where it may be
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
    """Return over how many days a number has been leaving its range, 0 for a number that stays; `base` receives the former
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
def moves_alone(table: Any, used: int, index: int, block: int, days: int, moved: float, means: Any) -> bool:
    """Return whether the other gauges of the same number stay where they are, all but a few of them."""
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
