"""Schedules: when a job that runs by the clock is overdue.

Follows, for each member on each host and for each member and entity, the beginnings of the last runs in minutes since the
epoch. At every review it gives a notice for what has run regularly and has missed its time, one for all that a program
leaves unsaid on a host. Whether host and source were heard meanwhile is for the tenant's step to say.
"""

import math
from typing import Any, Final

import numpy as np

from brainstem.cells import FREE, enter_rows, mix, row_place
from brainstem.compiled import borrowing, compiled
from brainstem.notice import SILENCE
from brainstem.reading import ON_ENTITY, ON_HOST, SLOT_SECONDS, SLOTS_PER_DAY, SLOTS_PER_HOUR

STARTS: Final = 20
"""beginnings of runs that are kept"""
MEMBER: Final = 0
"""the kind of row that counts the entities of a member and holds no schedule"""

SCHEDULE_DTYPE: Final = np.dtype(
    [
        ("key", "u8"),
        ("member", "u8"),
        ("facet", "u8"),  # hash of the host or entity
        ("kind", "u1"),  # MEMBER, ON_HOST or ON_ENTITY
        ("host", "u8"),  # where it ran last
        ("program", "u8"),  # tenant and service
        ("source", "u8"),  # the source of its latest event
        ("entities", "i4"),  # of a MEMBER row: how many of its entities are followed
        ("first_minute", "i4"),
        ("last_minute", "i4"),  # of the latest event
        ("runs", "i4"),
        ("starts", "i4", (STARTS,)),  # of the last runs, oldest first
        ("week", "i4"),  # the latest stretch of seven days in which a run began
        ("longest", "i4"),  # minutes of silence before a run of that week
        ("longest_before", "i4"),  # and of the week before
        ("episodes", "i4"),  # slots of the present run
        ("counts", "i4"),  # events of these, and their squares
        ("squares", "i8"),
        ("counts_before", "i8"),  # events of the runs before, and their squares
        ("squares_before", "f8"),
    ]
)

SLOT_MINUTES = SLOT_SECONDS // 60
REVIEW_SLOTS = 6 * SLOTS_PER_HOUR
WARM_MINUTES = 3 * 1440
DAY = 1440
WEEK = 7 * DAY
JOIN_MINUTES = 12
RUNS_LEAST = 8
STREAM_MINUTES = 3 * DAY
KNOWN_MINUTES = WEEK
"""how long it must have been followed to be a job"""
STREAM_EVENNESS = 3.0
"""mean over variance, of the lines in a slot, from which something heard in every slot is even enough"""
REGULAR_PERMILLE = 850
LOOSE_PERMILLE = 800
ENTITIES_MOST = 64
SPORADIC_RUNS = 4
FORGET_SPORADIC_MINUTES = 9 * DAY
FORGET_MINUTES = 30 * DAY
TIMES_MOST = 12
"""latest times at which a job was due that its successor is tried at"""
KEPT_THIRDS = 2
"""thirds of them that it must have kept"""
SUCCESSOR_TOLERANCES = 2
"""tolerances by which it may be early or late"""
TELL_MINUTES = 4 * DAY
NOTICES_PER_REVIEW = 64
TOLERANCE_SHARE = 12
TIGHT_SHARE = 3
FREE_DAY_SHARE = 2
"""part (1 / n) of the tolerance that a run may be later or earlier a week before or after"""
TOLERANCE_LEAST, TOLERANCE_MOST = 4, 60
WAIT_LEAST, WAIT_MOST = 180, 720
WAIT_SHARE = 2
"""part (1 / n) of the period that is waited between these"""
QUIET_LEAST = WAIT_LEAST
EXPECTED_OTHERS = 3
MISSES_MOST = 3
PERIODS_MOST = 3
"""periods that a gap may be long and count as regular: runs missed, a weekend"""
CHANCE_ADDED_RUNS = 0.5
"""runs that are added to those missed and to those kept (Jeffreys' prior)"""
DUE_DAYS = 8
"""days that are looked through for each missing run of a daily job"""
CHANCE_MOST = 0.05
CHANCE_MOST_OF_SPORADIC = 0.01
EVEN_DISPERSION = 0.3
JOIN_MOST = 120
JOIN_SHARE = 12
DUE, PERIOD, TOLERANCE, REGULARITY, CLEAR = 0, 1, 2, 3, 4
TIGHT = 5
PLAN_COLUMNS = 6


@borrowing
def open_row(table: Any, cells: Any, used: Any, key: np.uint64) -> int:
    """Give the row of a key, a new and empty one where it has none."""
    place = row_place(table, cells, key)
    if cells[place] == FREE:
        cells[place] = used[0]
        used[0] += 1
        row = table[cells[place]]
        row.key = key
        # the row may have been another's before
        row.entities, row.first_minute, row.last_minute, row.runs = 0, 0, 0, 0
        row.week, row.longest, row.longest_before = 0, 0, 0
        row.episodes, row.counts, row.squares = 0, 0, 0
        row.counts_before, row.squares_before = 0, 0.0
    return int(cells[place])


@borrowing
def join_minutes(row: Any) -> int:
    """Give how long after an event another one still belongs to its run: the longer, the longer the gaps between runs."""
    kept = min(row.runs, STARTS)
    if kept < 2:
        return JOIN_MINUTES
    usual = (row.starts[kept - 1] - row.starts[0]) // (kept - 1)
    return int(max(JOIN_MINUTES, min(usual // JOIN_SHARE, JOIN_MOST)))


@borrowing
def note(row: Any, first_minute: int, last_minute: int, count: int) -> None:
    """Note one slot's events: they begin a run, or belong to the one that was heard a few minutes before."""
    gap = first_minute - row.last_minute
    if row.runs == 0 or gap > join_minutes(row):
        if row.runs == 0:
            row.first_minute = first_minute
        else:
            week = first_minute // WEEK
            if week > row.week:
                row.longest_before = row.longest if week == row.week + 1 else 0
                row.longest = 0
                row.week = week
            row.longest = max(row.longest, gap)
        if row.runs >= STARTS:
            for position in range(STARTS - 1):
                row.starts[position] = row.starts[position + 1]
        row.starts[min(row.runs, STARTS - 1)] = first_minute
        row.runs += 1
        row.last_minute = last_minute
        row.counts_before += row.counts
        row.squares_before += float(row.counts) * row.counts
        row.episodes = 0
        row.counts = 0
        row.squares = 0
    row.episodes += 1
    row.counts += count
    row.squares += count * count
    row.last_minute = max(row.last_minute, last_minute)


@borrowing
def follow_host(table: Any, cells: Any, used: Any, delta: Any, program: np.uint64) -> None:
    """Note what a member said on one host in one slot."""
    index = open_row(table, cells, used, mix(delta.member, delta.host))
    row = table[index]
    row.member, row.facet, row.kind, row.program = delta.member, delta.host, ON_HOST, program
    row.host, row.source = delta.host, delta.source
    note(row, delta.first_time // 60_000_000, delta.last_time // 60_000_000, delta.count)


@borrowing
def follow_entity(table: Any, cells: Any, used: Any, sighting: Any) -> None:
    """Note what a member said of one entity in one slot; beyond so many entities a member's new ones are not followed."""
    key = mix(mix(sighting.member, sighting.name), np.uint64(ON_ENTITY))
    place = row_place(table, cells, key)
    if cells[place] == FREE:
        whole = table[open_row(table, cells, used, sighting.member)]
        whole.member, whole.kind = sighting.member, MEMBER
        if whole.entities >= ENTITIES_MOST:
            return
        whole.entities += 1
    index = open_row(table, cells, used, key)
    row = table[index]
    row.member, row.facet, row.kind = sighting.member, sighting.name, ON_ENTITY
    row.host, row.source = sighting.host, sighting.source
    row.program = table[cells[row_place(table, cells, mix(sighting.member, sighting.host))]].program
    note(row, sighting.first_time // 60_000_000, sighting.last_time // 60_000_000, sighting.count)


@borrowing
def sort_gaps(row: Any, kept: int, gaps: Any) -> None:
    """Write the gaps between the kept beginnings in order of size."""
    for index in range(kept - 1):
        gap = row.starts[index + 1] - row.starts[index]
        place = index
        while place > 0 and gaps[place - 1] > gap:
            gaps[place] = gaps[place - 1]
            place -= 1
        gaps[place] = gap


@borrowing
def tolerance_of(period: int) -> int:
    """Give how far from its time a run may begin, in minutes."""
    return max(TOLERANCE_LEAST, min(period // TOLERANCE_SHARE, TOLERANCE_MOST))


@borrowing
def has_start(row: Any, kept: int, minute: int, tolerance: int) -> bool:
    """Tell whether a kept run began near a minute."""
    for index in range(kept):  # noqa: SIM110  # compiled, a generator would be slower
        if abs(row.starts[index] - minute) <= tolerance:
            return True
    return False


@borrowing
def is_free_day(row: Any, kept: int, minute: int, near: int) -> bool:
    """Tell whether a day is known not to be one of a daily job's: it ran neither a week before nor a week after."""
    earlier, later = minute - WEEK, minute + WEEK
    is_earlier_known = row.starts[0] <= earlier + near
    is_later_known = row.starts[kept - 1] >= later - near
    if (is_earlier_known and has_start(row, kept, earlier, near)) or (
        is_later_known and has_start(row, kept, later, near)
    ):
        return False
    return bool(is_earlier_known or is_later_known)


@borrowing
def take_gaps(row: Any, kept: int, period: int, tolerance: int, is_daily: bool, plan: Any) -> int:
    """Write the share of gaps, in thousandths, that are one to three periods long, and of those that are so almost to the
    minute; gives how many runs were missed in them.

    A daily job's free days, such as its Sundays, are no misses.
    """
    regular = 0
    tight = 0
    close = max(TOLERANCE_LEAST, tolerance // TIGHT_SHARE)
    missed = 0
    for index in range(kept - 1):
        gap = row.starts[index + 1] - row.starts[index]
        periods = min(PERIODS_MOST, max(1, (gap + period // 2) // period))
        if abs(gap - periods * period) <= tolerance:
            regular += 1
        if abs(gap - periods * period) <= close:
            tight += 1
        for step in range(1, periods):
            day = row.starts[index] + step * period
            if not (is_daily and is_free_day(row, kept, day, tolerance + tolerance // FREE_DAY_SHARE)):
                missed += 1
    plan[REGULARITY] = 1000 * regular // (kept - 1)
    plan[TIGHT] = 1000 * tight // (kept - 1)
    return missed


@borrowing
def chance_of_none(row: Any) -> float:
    """Give the chance that a run says nothing, for what says more or less each time.

    That of a negative binomial distribution of the same mean and dispersion D = variance / mean: D^(-mean / (D - 1)), which
    is exp(-mean) at 1; 0 for what says about the same each time.
    """
    runs = row.runs - 1
    mean = row.counts_before / runs
    dispersion = (row.squares_before / runs - mean * mean) / mean
    if dispersion < EVEN_DISPERSION:
        return 0.0
    if dispersion < 1.01:
        return math.exp(-mean)
    return float(dispersion ** (-mean / (dispersion - 1.0)))


@borrowing
def misses_needed(kept: int, missed: int, runs: int, is_tight: bool, none: float) -> int:
    """Give how many runs must be missing until chance alone would seldom do it, 0 for too many.

    The chance of one is estimated as (missed + 1/2) / (kept + missed + 1), the expected value under Jeffreys' prior. What
    keeps its time almost to the minute and has never left out a run is a clock's work and trusted sooner than what comes at
    about that time, or is known to leave runs out; of that, the more often it has run, the more often chance has had a try.
    `none` is the chance of a run without a word.
    """
    chance = (missed + CHANCE_ADDED_RUNS) / (kept + missed + 2.0 * CHANCE_ADDED_RUNS) + none
    most = CHANCE_MOST if missed == 0 and is_tight else CHANCE_MOST_OF_SPORADIC * min(1.0, STARTS / runs)
    together = 1.0
    for needed in range(1, MISSES_MOST + 1):
        together *= chance
        if together <= most:
            return needed
    return 0


@borrowing
def take_due(row: Any, kept: int, needed: int, is_daily: bool, pause: int, plan: Any) -> bool:
    """Write when the first run and the `needed`-th one were due that have not come."""
    period, tolerance = plan[PERIOD], plan[TOLERANCE]
    last = row.starts[kept - 1]
    if not is_daily:
        # what pauses at night or at the weekend has paused that long before
        plan[DUE] = last + (max(period, pause) if period < DAY else period)
        plan[CLEAR] = plan[DUE] + (needed - 1) * period
        return True
    plan[DUE] = -1
    for step in range(1, DUE_DAYS * needed):
        day = last + step * period
        near = tolerance + tolerance // FREE_DAY_SHARE
        if is_free_day(row, kept, day, near) or (step > WEEK // DAY and is_free_day(row, kept, day - WEEK, near)):
            continue
        plan[CLEAR] = day
        if plan[DUE] < 0:
            plan[DUE] = day
        needed -= 1
        if needed == 0:
            return True
    return False


@compiled
def expect(row: Any, gaps: Any, plan: Any) -> bool:
    """Write when runs are due, their period, tolerance and regularity; false for what has no schedule.

    What is heard in every slot for days is one long run; it is a job when the number of its events hardly varies from slot
    to slot (their variance is below a third of their mean, that of chance arrivals).
    """
    kept = min(row.runs, STARTS)
    if row.last_minute - row.first_minute < KNOWN_MINUTES:
        return False
    pause = max(row.longest, row.longest_before)
    if row.last_minute - row.starts[kept - 1] >= STREAM_MINUTES:
        mean = row.counts / row.episodes
        plan[DUE] = row.last_minute + max(SLOT_MINUTES, pause)
        plan[CLEAR] = plan[DUE]
        plan[PERIOD], plan[TOLERANCE], plan[REGULARITY], plan[TIGHT] = SLOT_MINUTES, TOLERANCE_LEAST, 1000, 1000
        return bool(STREAM_EVENNESS * (row.squares / row.episodes - mean * mean) < mean)
    if row.runs < RUNS_LEAST:
        return False
    sort_gaps(row, kept, gaps)
    period = int(gaps[(kept - 2) // 2])
    plan[PERIOD], plan[TOLERANCE] = period, tolerance_of(period)
    is_daily = abs(period - DAY) <= plan[TOLERANCE]
    missed = take_gaps(row, kept, period, plan[TOLERANCE], is_daily, plan)
    is_tight = plan[TIGHT] >= REGULAR_PERMILLE
    needed = misses_needed(kept, missed, row.runs, is_tight, chance_of_none(row))
    if plan[REGULARITY] < REGULAR_PERMILLE or needed == 0:
        return False
    return take_due(row, kept, needed, is_daily, pause, plan)


@borrowing
def is_overdue(plan: Any, now: int) -> bool:
    """Tell whether a run is clearly missing and not for so long that everybody knows."""
    wait = plan[TOLERANCE] + max(WAIT_LEAST, min(plan[PERIOD] // WAIT_SHARE, WAIT_MOST))
    return bool(plan[CLEAR] + wait <= now <= plan[CLEAR] + wait + TELL_MINUTES + plan[PERIOD])


@borrowing
def tells_more(plans: Any, table: Any, rows: Any, one: int, other: int) -> bool:
    """Tell whether one silent schedule is a better witness than another: more runs, more even, of one entity, by key."""
    left, right = table[rows[one]], table[rows[other]]
    runs = min(left.runs, STARTS) - min(right.runs, STARTS)
    if runs != 0:
        return bool(runs > 0)
    if plans[one, REGULARITY] != plans[other, REGULARITY]:
        return bool(plans[one, REGULARITY] > plans[other, REGULARITY])
    if left.kind != right.kind:
        return bool(left.kind == ON_ENTITY)
    return bool(left.key < right.key)


@borrowing
def is_same_job(table: Any, plans: Any, rows: Any, one: int, other: int) -> bool:
    """Tell whether two silent schedules belong to one job: a program's on one host, silent since about the same time."""
    left, right = table[rows[one]], table[rows[other]]
    if left.program != right.program or left.host != right.host:
        return False
    return bool(
        abs(left.last_minute - right.last_minute) <= max(plans[one, PERIOD], plans[other, PERIOD]) + JOIN_MINUTES
    )


@borrowing
def keeps_its_times(other: Any, due: int, now: int, period: int, tolerance: int) -> bool:
    """Tell whether something ran at two thirds at least of the times a job was due since it first came, a dozen at most."""
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


@borrowing
def is_succeeded(table: Any, used: int, row: Any, due: int, now: int, period: int, tolerance: int) -> bool:
    """Tell whether something new keeps the times of a job: other words after an update; or it has gone to another host."""
    for index in range(used):
        other = table[index]
        if other.kind == MEMBER or other.program != row.program or other.first_minute <= row.last_minute:
            continue
        if other.member == row.member and other.kind == ON_HOST and row.kind == ON_HOST:
            return True
        same = other.member == row.member or other.host == row.host
        if same and keeps_its_times(other, due, now, period, tolerance):
            return True
    return False


@borrowing
def is_alive(table: Any, used: int, row: Any, due: int, now: int, several: bool) -> bool:
    """Tell whether a program went on without its job; also when it says too little else on that host to tell, unless
    several jobs of it stopped together."""
    expected = 0.0
    for index in range(used):
        other = table[index]
        if other.kind != ON_HOST or other.program != row.program or other.host != row.host:
            continue
        if other.last_minute >= due:
            return True
        # what was silent together with the job belongs to the job
        if other.runs >= RUNS_LEAST and abs(other.last_minute - row.last_minute) > JOIN_MINUTES + SLOT_MINUTES:
            lived = max(1, other.last_minute - other.first_minute)
            if other.last_minute > row.last_minute - WARM_MINUTES:
                expected += (now - due) * (other.runs - 1) / lived
    return not several and expected < EXPECTED_OTHERS


@borrowing
def write_silence(row: Any, plan: Any, slot: int, notice: Any) -> None:
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
def review(table: Any, used: int, slot: int, gaps: Any, rows: Any, plans: Any, notices: Any, written: int) -> int:
    """Give a notice for each job that is overdue at the end of `slot`; gives how many have been written by then.

    What has been silent for three days is looked at once a day, when its family is read.
    """
    now = (slot + 1) * SLOT_MINUTES
    is_day_end = (slot + 1) % SLOTS_PER_DAY == 0
    plan = np.zeros(PLAN_COLUMNS, np.int64)
    silent = 0
    for index in range(used):
        row = table[index]
        quiet = now - row.last_minute
        if row.kind == MEMBER or quiet < QUIET_LEAST or (quiet > WARM_MINUTES and not is_day_end):
            continue
        if expect(row, gaps, plan) and is_overdue(plan, now) and silent < len(rows):
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
            and told < NOTICES_PER_REVIEW
            and not is_succeeded(table, used, row, due, now, period, tolerance)
            and is_alive(table, used, row, due, now, several)
        ):
            write_silence(row, plans[one], slot, notices[written + told])
            told += 1
    return written + told


@borrowing
def forget(table: Any, cells: Any, used: Any, now: int) -> None:
    """Drop what has come a few times and not lately, and what has been silent for long."""
    kept = 0
    for index in range(used[0]):
        row = table[index]
        quiet = now - row.last_minute
        stale = quiet > FORGET_MINUTES or (quiet > FORGET_SPORADIC_MINUTES and row.runs < SPORADIC_RUNS)
        if row.kind != MEMBER and not stale:
            table[kept] = table[index]
            kept += 1
    used[0] = kept
    enter_rows(table, cells, kept)
    for index in range(kept):
        if table[index].kind == ON_ENTITY:
            whole = table[open_row(table, cells, used, table[index].member)]
            whole.member, whole.kind = table[index].member, MEMBER
            whole.entities += 1


@compiled
def advance_schedules(
    table: Any, cells: Any, used: Any, deltas: Any, sightings: Any, from_slot: int, to_slot: int, notices: Any
) -> int:
    """Note what came in slots from_slot..to_slot, sorted by slot, and review at the end of every sixth hour.

    `table` and `cells` have room for a row per delta and two per sighting more; `notices` has room for
    `NOTICES_PER_REVIEW` a review. Gives how many notices were written, in order of slots.
    """
    gaps = np.zeros(STARTS, np.int64)
    rows = np.zeros(4 * NOTICES_PER_REVIEW, np.int64)
    plans = np.zeros((4 * NOTICES_PER_REVIEW, PLAN_COLUMNS), np.int64)
    # no literal, for which what is called would be compiled once more
    written = int(np.int64(0))
    delta = 0
    sighting = 0
    slot = from_slot
    while slot <= to_slot:
        end = min(to_slot, (slot // REVIEW_SLOTS + 1) * REVIEW_SLOTS - 1)
        while delta < len(deltas) and deltas[delta].slot <= end:
            now = deltas[delta].slot
            # slot by slot, so that the order of rows does not tell how the stream was cut
            while delta < len(deltas) and deltas[delta].slot == now:
                program = mix(deltas[delta].tenant, deltas[delta].service)
                follow_host(table, cells, used, deltas[delta], program)
                delta += 1
            while sighting < len(sightings) and sightings[sighting].slot == now:
                follow_entity(table, cells, used, sightings[sighting])
                sighting += 1
        if (end + 1) % REVIEW_SLOTS == 0:
            written = review(table, used[0], end, gaps, rows, plans, notices, written)
            if (end + 1) % SLOTS_PER_DAY == 0:
                forget(table, cells, used, (end + 1) * SLOT_MINUTES)
        slot = end + 1
    return written
