"""Finds the jobs that are overdue at a slot, by their schedule and by who was heard meanwhile, and writes a notice for each.

Takes deltas and sightings, slot by slot, and the rows of their runs. At every review it writes a notice for a job that
has run regularly and has missed its time, one for all messages that a program misses on a host, and the notices of
`substitutes`. Whether host and source were heard meanwhile is checked in the tenant's step, with `liveness`.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Int64s, Row, Rows
from brainstem.arrays.hash_table import mix
from brainstem.contracts.features import ON_ENTITY, ON_HOST
from brainstem.contracts.notice import SILENCE
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.evidence.silence.job_runs import (
    DAY,
    JOIN_MINUTES,
    MEMBER,
    SLOT_MINUTES,
    STARTS,
    follow_entity,
    follow_host,
    forget,
)
from brainstem.evidence.silence.schedule import (
    CLEAR,
    DUE,
    LATE,
    PERIOD,
    PLAN_COLUMNS,
    REGULAR_PERMILLE,
    REGULARITY,
    RUNS_LEAST,
    TIGHT,
    TOLERANCE,
    chance_of_none,
    expect,
    has_start,
    misses_needed,
    take_due,
    take_gaps,
)
from brainstem.evidence.silence.substitutes import CELLS, OUTCOMES_PER_REVIEW, mark_cells, review_outcomes
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter

REVIEW_SLOTS: Final = parameter(
    "silence.overdue.review_slots",
    6 * SLOTS_PER_HOUR,
    "slots of ten minutes",
    "how often jobs are looked through for silence",
    fixed="a review must meet the end of every day",
)
WARM_MINUTES: Final = parameter(
    "silence.overdue.warm_minutes", 3 * 1440, "minutes", "silence after which jobs are looked through once a day only"
)
LOOSE_PERMILLE: Final = parameter(
    "silence.overdue.loose_permille",
    800,
    "thousandths",
    "what does not keep its time almost to the minute is taken for no more regular than this",
)
TIMES_MOST: Final = parameter(
    "silence.overdue.times_most", 12, "number", "latest times at which a job was due that its successor is tried at"
)
KEPT_THIRDS: Final = parameter(
    "silence.overdue.kept_thirds",
    2,
    "thirds",
    "thirds of these times that the successor must have kept",
    least=1,
    most=3,
)
SUCCESSOR_TOLERANCES: Final = parameter(
    "silence.overdue.successor_tolerances", 2, "number", "tolerances by which it may be early or late"
)
TELL_MINUTES: Final = parameter("silence.overdue.tell_minutes", 4 * DAY, "minutes", "how long a silence is told")
SILENCES_PER_REVIEW = 64
TRIED_MOST: Final = parameter(
    "silence.overdue.tried_most",
    1024,
    "jobs",
    "overdue ones that a review holds against their like, which are many after a day off",
)
NOTICES_PER_REVIEW = SILENCES_PER_REVIEW + OUTCOMES_PER_REVIEW
WAIT_LEAST: Final = parameter(
    "silence.overdue.wait_least", 180, "minutes", "after the time a run was due, how long is waited at the least"
)
WAIT_MOST: Final = parameter(
    "silence.overdue.wait_most", 720, "minutes", "after the time a run was due, how long is waited at the most"
)
WAIT_SHARE: Final = parameter(
    "silence.overdue.wait_share", 2, "parts", "part (1 / n) of the period that is waited between these"
)
WAIT_TIMES: Final = parameter(
    "silence.overdue.wait_times",
    6,
    "number",
    "or, where that is less, so many times the most minutes by which a run was late before",
)
QUIET_LEAST: Final = parameter(
    "silence.overdue.quiet_least", WAIT_LEAST, "minutes", "how long something heard in every slot must be silent"
)
LIKE_LEAST: Final = parameter(
    "silence.overdue.like_least",
    2,
    "number",
    "others that say the same message whose runs are held beside its own",
)
LIKE_RUNS_LEAST: Final = parameter(
    "silence.overdue.like_runs_least", 4, "runs", "runs that each of these has had at the least", least=2
)
EXPECTED_OTHERS: Final = parameter(
    "silence.overdue.expected_others", 3, "number", "other words of its program that are expected while it is silent"
)


@compiled_without_refcounts
def is_overdue(plan: Int64s, now: int) -> bool:
    """Return whether a run is clearly missing, and not for so long that everybody knows."""
    own = min(plan[PERIOD] // WAIT_SHARE, WAIT_TIMES * plan[LATE])
    wait = min(plan[TOLERANCE], plan[LATE]) + max(WAIT_LEAST, min(own, WAIT_MOST))
    return bool(plan[CLEAR] + wait <= now <= plan[CLEAR] + wait + TELL_MINUTES + plan[PERIOD])


@compiled_without_refcounts
def tells_more(plans: Int64s, table: Rows, rows: Int64s, one: int, other: int) -> bool:
    """Return whether one silent schedule stands for a job rather than another: more runs, more even, of one entity, by
    key.
    """
    left, right = table[rows[one]], table[rows[other]]
    runs = min(left.runs, STARTS) - min(right.runs, STARTS)
    if runs != 0:
        return bool(runs > 0)
    if plans[one, REGULARITY] != plans[other, REGULARITY]:
        return bool(plans[one, REGULARITY] > plans[other, REGULARITY])
    if left.kind != right.kind:
        return bool(left.kind == ON_ENTITY)
    return bool(left.key < right.key)


@compiled_without_refcounts
def is_same_job(table: Rows, plans: Int64s, rows: Int64s, one: int, other: int) -> bool:
    """Return whether two silent schedules belong to one job: a program's on one host, silent since about the same time."""
    left, right = table[rows[one]], table[rows[other]]
    if left.program != right.program or left.host != right.host:
        return False
    return bool(
        abs(left.last_minute - right.last_minute) <= max(plans[one, PERIOD], plans[other, PERIOD]) + JOIN_MINUTES
    )


@compiled_without_refcounts
def keeps_its_times(other: Row, due: int, now: int, period: int, tolerance: int) -> bool:
    """Return whether another job ran at two thirds at least of the times at which a job was due since the other first came,
    twelve times at the most.
    """
    elapsed = max(0, (now - tolerance - due) // period)
    runs = min(other.runs, STARTS)
    asked = 0
    kept = 0
    for step in range(max(0, elapsed - TIMES_MOST + 1), elapsed + 1):
        minute = due + step * period
        if minute + SUCCESSOR_TOLERANCES * tolerance >= other.first_minute:
            asked += 1
            kept += 1 if has_start(other, runs, minute, SUCCESSOR_TOLERANCES * tolerance) else 0
    return asked > 0 and 3 * kept >= KEPT_THIRDS * asked


@compiled_without_refcounts
def is_succeeded(
    table: Rows, used: int, row: Row, due: int, now: int, period: int, tolerance: int, marks: Int64s
) -> bool:
    """Return whether something keeps the times of a job: other words after an update, the same on another host, or another
    outcome, which is judged as such. `marks` is a scratch array."""
    for index in range(used):
        other = table[index]
        if other.kind == MEMBER or other.program != row.program or other.last_minute <= row.last_minute:
            continue
        if other.kind == row.kind and other.facet == row.facet and other.member != row.member:
            cells = mark_cells(row, other, period, marks)
            # beyond a weekend neither of them runs
            lately = now - other.last_minute <= max(WARM_MINUTES, period + period // 2)
            if cells > 0 and marks[cells - 1] == 1 and lately and other.last_minute > due - period // 2:
                return True
        if other.first_minute <= row.last_minute:
            continue
        if other.member == row.member and other.kind == ON_HOST and row.kind == ON_HOST:
            return True
        same = other.member == row.member or other.host == row.host
        if same and keeps_its_times(other, due, now, period, tolerance):
            return True
    return False


@compiled_without_refcounts
def is_missed_by_its_like(table: Rows, used: int, row: Row, now: int, plan: Int64s, scratch: Int64s) -> bool:
    """Return whether the same message on other hosts, or about other names, leaves out its runs so often that the runs that
    are missing here may be chance too; `plan` becomes that of a job which may leave out so many.

    Ten workstations say something on most mornings: each of them has its weeks in which it seems to do so every day.
    """
    period, tolerance, is_daily = plan[PERIOD], plan[TOLERANCE], abs(plan[PERIOD] - DAY) <= plan[TOLERANCE]
    if period <= SLOT_MINUTES:
        return False
    others, kept, missed = 0, 0, 0
    for index in range(used):
        other = table[index]
        if other.kind != row.kind or other.member != row.member or other.facet == row.facet:
            continue
        runs = min(other.runs, STARTS)
        if runs >= LIKE_RUNS_LEAST:
            others += 1
            kept += runs
            missed += take_gaps(other, runs, period, tolerance, is_daily, scratch)
    if others < LIKE_LEAST:
        return False
    # they stand for no more runs than are kept of the job itself
    weight = min(1.0, STARTS / max(1, kept + missed))
    runs = min(row.runs, STARTS)
    own = take_gaps(row, runs, period, tolerance, is_daily, scratch)
    is_tight = plan[TIGHT] >= REGULAR_PERMILLE
    needed = misses_needed(runs, own, row.runs, is_tight, chance_of_none(row), weight * kept, weight * missed)
    if needed == 0:
        return True
    take_due(row, runs, needed, is_daily, max(row.longest, row.longest_before), plan)
    return not is_overdue(plan, now)


@compiled_without_refcounts
def is_alive(table: Rows, used: int, row: Row, due: int, now: int, several: bool) -> bool:
    """Return whether a program went on without its job; also when it says too little else on that host to tell, unless
    several jobs of it stopped together."""
    expected = 0.0
    for index in range(used):
        other = table[index]
        if other.kind != ON_HOST or other.program != row.program or other.host != row.host:
            continue
        if other.last_minute >= due:
            return True
        # a message that fell silent together with the job belongs to the job
        if other.runs >= RUNS_LEAST and abs(other.last_minute - row.last_minute) > JOIN_MINUTES + SLOT_MINUTES:
            lived = max(1, other.last_minute - other.first_minute)
            if other.last_minute > row.last_minute - WARM_MINUTES:
                expected += (now - due) * (other.runs - 1) / lived
    return not several and expected < EXPECTED_OTHERS


@compiled_without_refcounts
def write_silence(row: Row, plan: Int64s, slot: int, notice: Row) -> None:
    """Fill in a notice of silence."""
    notice.slot = slot
    notice.member = row.member
    notice.kind = SILENCE
    notice.facet = row.facet
    notice.facet_kind = row.kind
    notice.host = row.host
    notice.source = row.source
    notice.program = row.program
    notice.due_minute = plan[DUE]
    notice.last_minute = row.starts[min(row.runs, STARTS) - 1] if plan[PERIOD] > SLOT_MINUTES else row.last_minute
    notice.period_minutes = plan[PERIOD]
    notice.tolerance_minutes = plan[TOLERANCE]
    notice.runs = row.runs if plan[PERIOD] > SLOT_MINUTES else row.episodes
    notice.regularity_permille = plan[REGULARITY]
    if plan[TIGHT] < REGULAR_PERMILLE:
        notice.regularity_permille = min(plan[REGULARITY], LOOSE_PERMILLE)


@compiled
def review(
    table: Rows, used: int, slot: int, gaps: Int64s, rows: Int64s, plans: Int64s, notices: Rows, written: int
) -> int:
    """Write a notice for each job that is overdue at the end of `slot`; returns how many have been written by then.

    A job that has been silent for three days is reviewed once a day, when its family has features.
    """
    now = (slot + 1) * SLOT_MINUTES
    is_day_end = (slot + 1) % SLOTS_PER_DAY == 0
    plan, scratch = np.zeros(PLAN_COLUMNS, np.int64), np.zeros(PLAN_COLUMNS, np.int64)
    marks = np.zeros(CELLS + 1, np.int64)
    silent, tried = 0, 0
    for index in range(used):
        row = table[index]
        quiet = now - row.last_minute
        if row.kind == MEMBER or quiet < QUIET_LEAST or (quiet > WARM_MINUTES and not is_day_end):
            continue
        if silent >= len(rows) or tried >= TRIED_MOST or not expect(row, gaps, plan) or not is_overdue(plan, now):
            continue
        tried += 1
        if not is_missed_by_its_like(table, used, row, now, plan, scratch):
            rows[silent] = index
            for column in range(PLAN_COLUMNS):
                plans[silent, column] = plan[column]
            silent += 1
    told = 0
    for one in range(silent):
        leads = True
        several = False
        for other in range(silent):
            if other != one and is_same_job(table, plans, rows, one, other):
                leads = leads and tells_more(plans, table, rows, one, other)
                # the lines of one job have one period
                apart = abs(plans[one, PERIOD] - plans[other, PERIOD])
                several = several or apart > plans[one, TOLERANCE] + plans[other, TOLERANCE]
        row = table[rows[one]]
        due, period, tolerance = plans[one, DUE], plans[one, PERIOD], plans[one, TOLERANCE]
        if (
            leads
            and told < SILENCES_PER_REVIEW
            and not is_succeeded(table, used, row, due, now, period, tolerance, marks)
            and is_alive(table, used, row, due, now, several)
        ):
            write_silence(row, plans[one], slot, notices[written + told])
            told += 1
    return written + told


@compiled
def advance_schedules(
    table: Rows, cells: Int32s, used: Int64s, deltas: Rows, sightings: Rows, from_slot: int, to_slot: int, notices: Rows
) -> int:
    """Record what came in slots from_slot..to_slot, sorted by slot, and review at the end of every sixth hour.

    `table` and `cells` have room for a row per delta and two per sighting more, or for all entities that the
    sightings' members may have; `notices` has room for `NOTICES_PER_REVIEW` a review. Returns how many notices were
    written, in order of slots.
    """
    gaps = np.zeros(STARTS, np.int64)
    rows = np.zeros(4 * SILENCES_PER_REVIEW, np.int64)
    plans = np.zeros((4 * SILENCES_PER_REVIEW, PLAN_COLUMNS), np.int64)
    # numba compiles a callee once more for a literal argument
    written = int(np.int64(0))
    delta = 0
    sighting = 0
    slot = from_slot
    while slot <= to_slot:
        end = min(to_slot, (slot // REVIEW_SLOTS + 1) * REVIEW_SLOTS - 1)
        while delta < len(deltas) and deltas[delta].slot <= end:
            now = deltas[delta].slot
            # slot by slot, so that the order of rows does not depend on how the stream was cut
            while delta < len(deltas) and deltas[delta].slot == now:
                program = mix(deltas[delta].tenant, deltas[delta].service)
                follow_host(table, cells, used, deltas[delta], program)
                delta += 1
            while sighting < len(sightings) and sightings[sighting].slot == now:
                follow_entity(table, cells, used, sightings[sighting])
                sighting += 1
        if (end + 1) % REVIEW_SLOTS == 0:
            written = review(table, used[0], end, gaps, rows, plans, notices, written)
            since_minute = (end + 1 - REVIEW_SLOTS) * SLOT_MINUTES
            written = review_outcomes(table, used[0], end, since_minute, gaps, plans[0], notices, written)
            if (end + 1) % SLOTS_PER_DAY == 0:
                forget(table, cells, used, (end + 1) * SLOT_MINUTES)
        slot = end + 1
    return written
