"""Finds numbers that run down, and those that leave their range, and writes a notice for each.

Takes the numbers of a range of slots and the rows of their gauges, which it brings up to date; returns notices in order of
slots.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Floats, Int32s, Int64s, Row, Rows
from brainstem.contracts.features import ON_ENTITY, ON_HOST
from brainstem.contracts.notice import COUNTDOWN, DRIFT, FALL, GROWTH
from brainstem.contracts.slots import SLOTS_PER_DAY
from brainstem.evidence.history.advance import REVIEW_SLOTS
from brainstem.evidence.numbers.countdown import COUNTDOWN_CLOCK_FALLS, counts_down
from brainstem.evidence.numbers.drift import (
    BASE_WINDOWS_LEAST,
    LATEST_BLOCKS,
    WINDOWS,
    has_fallen,
    has_grown,
    longest_drift,
    moves_alone,
    take_means,
)
from brainstem.evidence.numbers.gauges import MEMBER, forget, gauge_row, note
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter

DISTANCE_MOST: Final = parameter(
    "numbers.notices.distance_most", 1000.0, "deviations", "most deviations that a drift comes to"
)

LASTING_SLOTS: Final = parameter(
    "numbers.notices.lasting_slots",
    3 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "how long after its last value a number still counts down",
)
COUNTDOWNS_PER_REVIEW: Final = 64


@compiled_without_refcounts
def is_told_by_entity(table: Rows, used: int, row: Row) -> bool:
    """Return whether the number is followed for single entities as well, for long enough to know their range."""
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


@compiled_without_refcounts
def write_notice(row: Row, kind: int, notice: Row) -> None:
    """Fill in the columns that every notice about a number has, and clear the others."""
    notice.source, notice.program = np.uint64(0), np.uint64(0)
    notice.due_minute, notice.last_minute, notice.period_minutes = 0, 0, 0
    notice.tolerance_minutes, notice.runs, notice.regularity_permille = 0, 0, 0
    notice.first_milli, notice.pace_milli, notice.days, notice.strength_milli = 0, 0, 0, 0
    notice.instead_of, notice.instead_times, notice.instead_runs, notice.is_worse = np.uint64(0), 0, 0, 0
    notice.slot = row.slot
    notice.member = row.member
    notice.kind = kind
    notice.facet = row.facet
    notice.facet_kind = row.kind
    notice.host = row.host
    notice.last_milli = row.value_milli
    notice.falls = row.falls


@compiled
def tell_countdown(table: Rows, used: int, index: int, slot: int, notices: Rows, written: int) -> int:
    """Write at `slot` the notice of a gauge that counts down, if it does; returns how many have been written by then."""
    row = table[index]
    if not counts_down(row) or (row.kind == ON_HOST and is_told_by_entity(table, used, row)):
        return written
    notice = notices[written]
    write_notice(row, COUNTDOWN, notice)
    slots = row.slot - row.fell_from_slot
    notice.slot = slot
    notice.first_milli = row.fell_from_milli
    notice.days = slots // SLOTS_PER_DAY
    notice.pace_milli = (row.value_milli - row.fell_from_milli) * SLOTS_PER_DAY // slots
    return written + 1


@compiled
def tell_countdowns_again(table: Rows, used: int, slot: int, notices: Rows, written: int) -> int:
    """Write at a review the notices of the gauges that count down and have had no value in `slot` itself; returns how many
    have been written by then.

    Families are read again at a review, and what counts down does so whether or not it has just been said.
    """
    first = written
    for index in range(used):
        row = table[index]
        is_falling = row.kind != MEMBER and row.falls >= COUNTDOWN_CLOCK_FALLS and row.slot != slot
        if is_falling and slot - row.slot <= LASTING_SLOTS and written - first < COUNTDOWNS_PER_REVIEW:
            written = tell_countdown(table, used, index, slot, notices, written)
    return written


@compiled
def look(
    table: Rows, sums: Rows, used: int, index: int, means: Floats, others: Floats, notices: Rows, written: int
) -> int:
    """Write the notices of one gauge at its first value in six hours; returns how many have been written by then."""
    row = table[index]
    written = tell_countdown(table, used, index, int(row.slot), notices, written)
    base = np.zeros(2, np.float64)
    is_grown = has_grown(row, sums, base)
    # whether entities tell it reads all gauges, so it is asked of the few that have something to tell
    if (is_grown or has_fallen(row, sums, base)) and not (row.kind == ON_HOST and is_told_by_entity(table, used, row)):
        notice = notices[written]
        write_notice(row, GROWTH if is_grown else FALL, notice)
        days = max(1, (row.slot - row.first_slot) // SLOTS_PER_DAY) if is_grown else 1
        gone = np.int64(round(row.value_milli - base[0]))
        notice.first_milli = np.int64(round(base[0]))
        notice.last_milli = notice.first_milli + gone
        notice.pace_milli = gone if days == 1 else np.int64(round((row.value_milli - base[0]) / days))
        notice.days = days
        notice.strength_milli = np.int64(round(min(base[1], DISTANCE_MOST) * 1000))
        written += 1
    lived = take_means(row, sums, row.block, means)
    days = longest_drift(row, sums, row.block, means, lived, base)
    if days > 0 and not (row.kind == ON_HOST and is_told_by_entity(table, used, row)):
        moved = means[0] - means[days]
        if moves_alone(table, sums, used, index, row.block, days, moved, others):
            notice = notices[written]
            write_notice(row, DRIFT, notice)
            notice.first_milli = np.int64(round(base[0]))
            notice.last_milli = np.int64(round(means[0]))
            notice.pace_milli = np.int64(round(moved / days))
            notice.days = days
            notice.strength_milli = np.int64(round(min(base[1], DISTANCE_MOST) * 1000))
            written += 1
    return written


@compiled
def advance_gauges(
    table: Rows,
    cells: Int32s,
    sums: Rows,
    used: Int64s,
    numbers: Rows,
    from_slot: int,
    to_slot: int,
    notices: Rows,
) -> int:
    """Follow the numbers of slots from_slot..to_slot, sorted by slot and gauge; returns how many notices were written.

    `used` holds how many rows of `table` and of `sums` are in use. Of several values of a gauge in one slot the last one
    counts. `table` and `cells` have room for three rows a number more, or for all gauges that the numbers' members may have;
    `sums` for two a number more, or for all gauges; `notices` for four a number and `COUNTDOWNS_PER_REVIEW` a review.
    """
    means = np.zeros(WINDOWS + 1, np.float64)
    others = np.zeros(WINDOWS + 1, np.float64)
    # numba compiles a callee once more for a literal argument
    written = int(np.int64(0))
    at = 0
    slot = from_slot
    while slot <= to_slot:
        end = min(to_slot, (slot // REVIEW_SLOTS + 1) * REVIEW_SLOTS - 1)
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
                is_first = note(table[index], index, sums, used, number.slot, number.value_milli)
                if table[index].values <= COUNTDOWN_CLOCK_FALLS:
                    continue
                if is_first:
                    written = look(table, sums, used[0], index, means, others, notices, written)
                else:
                    # a countdown has its notice each time, whatever other notice these six hours had
                    written = tell_countdown(table, used[0], index, int(number.slot), notices, written)
        if (end + 1) % REVIEW_SLOTS == 0:
            written = tell_countdowns_again(table, used[0], end, notices, written)
        if (end + 1) % SLOTS_PER_DAY == 0:
            forget(table, cells, sums, used, end)
        slot = end + 1
    return written
