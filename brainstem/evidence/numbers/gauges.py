"""Gauges: numbers that messages report, followed one by one, row by row.

Takes numbers, one a slot, in order of slots; returns a row for each gauge with its latest value, how many times in a
row it fell, and means of six hours for 24 days. A gauge is one of the numbers of a member on a host for one entity, or
for all that the host says.

Most numbers are heard in one stretch of six hours and never again, and 24 days of sums take a kilobyte. So a gauge holds
the sum of its first stretch itself, and has a row of sums (`SUMS_DTYPE`) from the second one on.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Int64s, Row, Rows
from brainstem.arrays.hash_table import FREE, enter_rows, mix, row_place
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.jit.decorators import compiled_without_refcounts
from brainstem.parameters import STORED_SHAPE, parameter

BLOCKS: Final = parameter(
    "numbers.gauges.blocks", 96, "number", "stretches of six hours whose means are kept", fixed=STORED_SHAPE
)

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
        ("falls", "i4"),  # how many times in a row it fell
        ("least_fall_milli", "i8"),  # the smallest and the largest of these falls
        ("most_fall_milli", "i8"),
        ("block", "i4"),  # the latest block of six hours with a value
        ("sum", "f8"),  # of the values of that block, in thousandths, while there are no others
        ("count", "u2"),
        ("sums_row", "i4"),  # of the table of sums; NO_SUMS while all values are of one block
    ]
)
NO_SUMS: Final = -1
NO_GAUGE: Final = -1
SUMS_DTYPE: Final = np.dtype(
    [
        ("gauge", "i4"),  # the row of the gauge
        ("sums", "f8", (BLOCKS,)),  # of the values of block (block % BLOCKS), in thousandths
        ("counts", "u2", (BLOCKS,)),
    ]
)
"""Rows that are not in use hold zeros."""

MEMBER: Final = 0
BLOCK_SLOTS: Final = parameter(
    "numbers.gauges.block_slots",
    6 * SLOTS_PER_HOUR,
    "slots of ten minutes",
    "length of the stretches that means are kept of",
    fixed=STORED_SHAPE,
)
GAUGES_MOST: Final = parameter("numbers.gauges.most", 96, "number", "numbers of a member and host that are followed")
STEPS_MOST: Final = parameter(
    "numbers.gauges.steps_most", 512, "number", "steps that are counted before the counts are halved"
)
FORGET_SPORADIC_SLOTS: Final = parameter(
    "numbers.gauges.forget_sporadic_slots",
    3 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "silence after which a number with few values is forgotten",
)
SPORADIC_VALUES: Final = parameter(
    "numbers.gauges.sporadic_values", 2, "number", "with fewer values than this a number has few"
)
FORGET_SLOTS: Final = parameter(
    "numbers.gauges.forget_slots",
    30 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "silence after which any number is forgotten",
)


@compiled_without_refcounts
def open_row(table: Rows, cells: Int32s, used: Int64s, key: np.uint64, member: np.uint64, slot: int) -> int:
    """Return the row of a key, a new and empty one where it has none."""
    place = row_place(table, cells, key)
    if cells[place] == FREE:
        cells[place] = used[0]
        row = table[used[0]]
        used[0] += 1
        row.key, row.member, row.kind = key, member, MEMBER
        # the row may have belonged to another key before
        row.gauges, row.values, row.falls, row.fractional = 0, 0, 0, 0
        row.rises, row.drops = 0, 0
        row.sum, row.count, row.sums_row = 0.0, np.uint16(0), NO_SUMS
        row.first_slot, row.block = slot, slot // BLOCK_SLOTS - 1
    return int(cells[place])


@compiled_without_refcounts
def gauge_row(table: Rows, cells: Int32s, used: Int64s, number: Row, facet: np.uint64, kind: int) -> int:
    """Return the row of a gauge, -1 when its member has too many of them."""
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


@compiled_without_refcounts
def note_fall(row: Row, value_milli: int) -> None:
    """Count how many times in a row a number fell, and since when."""
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


@compiled_without_refcounts
def clear(sums_row: Row, first: int, last: int) -> None:
    """Clear the values of some blocks of six hours."""
    for block in range(first, last + 1):
        sums_row.counts[block % BLOCKS] = np.uint16(0)
        sums_row.sums[block % BLOCKS] = 0.0


@compiled_without_refcounts
def count_in_block(row: Row, sums: Rows, block: int) -> int:
    """Return how many values a gauge has of one of the last `BLOCKS` blocks up to its latest one; 0 for any other block."""
    if block <= row.block - BLOCKS or block > row.block:
        return 0
    if row.sums_row == NO_SUMS:
        return int(row.count) if block == row.block else 0
    return int(sums[row.sums_row].counts[block % BLOCKS])


@compiled_without_refcounts
def sum_of_block(row: Row, sums: Rows, block: int) -> float:
    """Return the sum of a block that has values, in thousandths."""
    if row.sums_row == NO_SUMS:
        return float(row.sum)
    return float(sums[row.sums_row].sums[block % BLOCKS])


@compiled_without_refcounts
def add_to_block(row: Row, index: int, sums: Rows, used: Int64s, block: int, value_milli: int) -> None:
    """Add a value to the sum of its block, the latest one that the gauge has. `used[1]` holds the next free row of sums."""
    if row.sums_row == NO_SUMS:
        if row.count == 0 or block == row.block:
            row.block = block
            row.sum += value_milli
            row.count += np.uint16(1)
            return
        row.sums_row = used[1]
        used[1] += 1
        opened = sums[row.sums_row]
        opened.gauge = index
        opened.sums[row.block % BLOCKS] = row.sum
        opened.counts[row.block % BLOCKS] = row.count
    own = sums[row.sums_row]
    clear(own, max(row.block + 1, block - BLOCKS + 1), block)
    row.block = block
    own.sums[block % BLOCKS] += value_milli
    own.counts[block % BLOCKS] += np.uint16(1)


@compiled_without_refcounts
def note(row: Row, index: int, sums: Rows, used: Int64s, slot: int, value_milli: int) -> bool:
    """Enter one value of a number; returns whether it is the first one in these six hours.

    Values that one host reports of several entities in one slot are taken together, and do not count down.
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
    add_to_block(row, index, sums, used, block, value_milli)
    return bool(is_first)


@compiled_without_refcounts
def forget(table: Rows, cells: Int32s, sums: Rows, used: Int64s, slot: int) -> None:
    """Drop gauges that had few values and none lately, and those that have been silent for long."""
    kept = 0
    for index in range(used[0]):
        row = table[index]
        quiet = slot - row.slot
        stale = quiet > FORGET_SLOTS or (quiet > FORGET_SPORADIC_SLOTS and row.values < SPORADIC_VALUES)
        sums_row = row.sums_row if row.kind != MEMBER else NO_SUMS
        if row.kind != MEMBER and not stale:
            table[kept] = table[index]
            if sums_row != NO_SUMS:
                sums[sums_row].gauge = kept
            kept += 1
        elif sums_row != NO_SUMS:
            sums[sums_row].gauge = NO_GAUGE
    used[0] = kept
    keep_sums(table, sums, used)
    enter_rows(table, cells, kept)
    for index in range(kept):
        member = table[index].member
        table[open_row(table, cells, used, member, member, slot)].gauges += 1


@compiled_without_refcounts
def keep_sums(table: Rows, sums: Rows, used: Int64s) -> None:
    """Move the rows of sums that have a gauge to the front, and clear the others."""
    kept = 0
    for index in range(used[1]):
        gauge = sums[index].gauge
        if gauge == NO_GAUGE:
            continue
        if index != kept:
            sums[kept] = sums[index]
            table[gauge].sums_row = kept
        kept += 1
    for index in range(kept, used[1]):
        clear(sums[index], 0, BLOCKS - 1)
    used[1] = kept
