"""Computes from its runs when the next run of a job is due, and how late it may be.

Takes a row of runs; returns its period, how far from its time a run may begin, how regular it is, and when so many runs are
missing that chance would seldom do it.
"""

import math
from typing import Final

from brainstem.arrays.aliases import Int64s, Row
from brainstem.evidence.silence.job_runs import DAY, SLOT_MINUTES, STARTS, WEEK
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter

RUNS_LEAST: Final = parameter(
    "silence.schedule.runs_least", 8, "number", "runs from which it is a job", least=3, most=20
)
STREAM_MINUTES: Final = parameter(
    "silence.schedule.stream_minutes",
    3 * DAY,
    "minutes",
    "how long something heard in every slot must last to be a job",
)
KNOWN_MINUTES: Final = parameter(
    "silence.schedule.known_minutes", WEEK, "minutes", "how long it must have been followed to be a job"
)
STREAM_EVENNESS: Final = parameter(
    "silence.schedule.stream_evenness",
    3.0,
    "number",
    "mean over variance, of the lines in a slot, from which something heard in every slot is even enough",
)
REGULAR_PERMILLE: Final = parameter(
    "silence.schedule.regular_permille",
    850,
    "thousandths",
    "share of its gaps that must be its period, or two or three of them",
)
TOLERANCE_SHARE: Final = parameter(
    "silence.schedule.tolerance_share", 12, "parts", "a gap is the period give or take this part of it (1 / n)"
)
TIGHT_SHARE: Final = parameter(
    "silence.schedule.tight_share",
    3,
    "parts",
    "a job keeps its time almost to the minute within this part of that (1 / n)",
)
FREE_DAY_SHARE: Final = parameter(
    "silence.schedule.free_day_share",
    2,
    "parts",
    "part (1 / n) of the tolerance that a run may be later or earlier a week before or after",
)
TOLERANCE_LEAST: Final = parameter(
    "silence.schedule.tolerance_least", 4, "minutes", "how far from its time a run may begin, at the least"
)
TOLERANCE_MOST: Final = parameter(
    "silence.schedule.tolerance_most", 60, "minutes", "how far from its time a run may begin, at the most"
)
MISSES_MOST: Final = parameter(
    "silence.schedule.misses_most", 3, "number", "runs that must be missing until a job is overdue, at the most"
)
PERIODS_MOST: Final = parameter(
    "silence.schedule.periods_most",
    3,
    "number",
    "periods that a gap may be long and count as regular: runs missed, a weekend",
)
CHANCE_ADDED_RUNS: Final = parameter(
    "silence.schedule.chance_added_runs",
    0.5,
    "runs",
    "runs that are added to those missed and to those kept (Jeffreys' prior)",
)
DUE_DAYS: Final = parameter(
    "silence.schedule.due_days", 8, "days", "days that are looked through for each missing run of a daily job"
)
CHANCE_MOST: Final = parameter(
    "silence.schedule.chance_most",
    0.05,
    "number",
    "a job is overdue when chance would leave out so many runs less often than this",
)
CHANCE_MOST_OF_SPORADIC: Final = parameter(
    "silence.schedule.chance_most_of_sporadic",
    0.01,
    "number",
    "the same bound of chance for a job that had left out runs before",
)
CHANCE_MOST_AGAIN: Final = parameter(
    "silence.schedule.chance_most_again",
    0.085,
    "number",
    "the same bound for one run of a job that keeps its time almost to the minute and had left out one run before",
)
EVEN_DISPERSION: Final = parameter(
    "silence.schedule.even_dispersion", 0.3, "number", "variance over mean of a run's lines up to which they are even"
)
DUE, PERIOD, TOLERANCE, REGULARITY, CLEAR = 0, 1, 2, 3, 4
TIGHT, LATE = 5, 6
PLAN_COLUMNS = 7


@compiled_without_refcounts
def sort_gaps(row: Row, kept: int, gaps: Int64s) -> None:
    """Write the gaps between the kept starts in order of size."""
    for index in range(kept - 1):
        gap = row.starts[index + 1] - row.starts[index]
        place = index
        while place > 0 and gaps[place - 1] > gap:
            gaps[place] = gaps[place - 1]
            place -= 1
        gaps[place] = gap


@compiled_without_refcounts
def tolerance_of(period: int) -> int:
    """Return how far from its time a run may begin, in minutes."""
    return max(TOLERANCE_LEAST, min(period // TOLERANCE_SHARE, TOLERANCE_MOST))


@compiled_without_refcounts
def has_start(row: Row, kept: int, minute: int, tolerance: int) -> bool:
    """Return whether a kept run began near a minute."""
    for index in range(kept):  # noqa: SIM110  # compiled, a generator would be slower
        if abs(row.starts[index] - minute) <= tolerance:
            return True
    return False


@compiled_without_refcounts
def is_free_day(row: Row, kept: int, minute: int, near: int) -> bool:
    """Return whether a daily job is known not to run on a day of the week: it ran neither a week before nor a week after."""
    earlier, later = minute - WEEK, minute + WEEK
    is_earlier_known = row.starts[0] <= earlier + near
    is_later_known = row.starts[kept - 1] >= later - near
    if (is_earlier_known and has_start(row, kept, earlier, near)) or (
        is_later_known and has_start(row, kept, later, near)
    ):
        return False
    return bool(is_earlier_known or is_later_known)


@compiled_without_refcounts
def take_gaps(row: Row, kept: int, period: int, tolerance: int, is_daily: bool, plan: Int64s) -> int:
    """Write the share of gaps, in thousandths, that are one to three periods long, of those that are so almost to the
    minute, and by how many minutes the former are too long or too short at the most; returns how many runs were missed.

    A daily job's free days, such as its Sundays, are no misses.
    """
    regular = 0
    tight = 0
    close = max(TOLERANCE_LEAST, tolerance // TIGHT_SHARE)
    missed = 0
    late = 0
    for index in range(kept - 1):
        gap = row.starts[index + 1] - row.starts[index]
        periods = min(PERIODS_MOST, max(1, (gap + period // 2) // period))
        if abs(gap - periods * period) <= tolerance:
            regular += 1
            late = max(late, abs(gap - periods * period))
        if abs(gap - periods * period) <= close:
            tight += 1
        for step in range(1, periods):
            day = row.starts[index] + step * period
            if not (is_daily and is_free_day(row, kept, day, tolerance + tolerance // FREE_DAY_SHARE)):
                missed += 1
    plan[REGULARITY] = 1000 * regular // (kept - 1)
    plan[TIGHT] = 1000 * tight // (kept - 1)
    plan[LATE] = late
    return missed


@compiled_without_refcounts
def chance_of_none(row: Row) -> float:
    """Return the chance that a run has no lines, for a job whose number of lines varies.

    That of a negative binomial distribution of the same mean and dispersion D = variance / mean: D^(-mean / (D - 1)), which
    is exp(-mean) at 1; 0 for a job with about the same number each time.
    """
    runs = row.runs - 1
    mean = row.counts_before / runs
    dispersion = (row.squares_before / runs - mean * mean) / mean
    if dispersion < EVEN_DISPERSION:
        return 0.0
    if dispersion < 1.01:
        return math.exp(-mean)
    return float(dispersion ** (-mean / (dispersion - 1.0)))


@compiled_without_refcounts
def misses_needed(
    kept: int, missed: int, runs: int, is_tight: bool, none: float, like_kept: float, like_missed: float
) -> int:
    """Return how many runs must be missing until chance alone would seldom do it, 0 for too many.

    The chance of one is estimated as (missed + 1/2) / (kept + missed + 1), the expected value under Jeffreys' prior. A
    job that keeps its time almost to the minute and has never left out a run is trusted sooner than one that comes at
    about that time, or is known to leave runs out; for the latter, the more often it has run, the more often chance
    has had a try. One that keeps its time to the minute is trusted again after a single run that it left out. `none` is the
    chance of a run without a line, `like_kept` and `like_missed` are runs of its like that count beside its own.
    """
    missing = missed + like_missed + CHANCE_ADDED_RUNS
    chance = missing / (kept + missed + like_kept + like_missed + 2.0 * CHANCE_ADDED_RUNS) + none
    most = CHANCE_MOST if missed + like_missed < 1.0 and is_tight else CHANCE_MOST_OF_SPORADIC * min(1.0, STARTS / runs)
    if missed == 1 and is_tight and chance <= CHANCE_MOST_AGAIN:
        return 1
    together = 1.0
    for needed in range(1, MISSES_MOST + 1):
        together *= chance
        if together <= most:
            return needed
    return 0


@compiled_without_refcounts
def take_due(row: Row, kept: int, needed: int, is_daily: bool, pause: int, plan: Int64s) -> bool:
    """Write when the first missing run and the `needed`-th missing run were due."""
    period, tolerance = plan[PERIOD], plan[TOLERANCE]
    last = row.starts[kept - 1]
    if not is_daily:
        # a job that pauses at night or at the weekend has paused that long before
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
def expect(row: Row, gaps: Int64s, plan: Int64s) -> bool:
    """Write when runs are due, their period, tolerance and regularity; returns false for a message without a schedule.

    A message that comes in every slot for days is one long run; it is a job when the number of its events hardly varies from
    slot to slot (their variance is below a third of their mean, that of chance arrivals).
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
        plan[LATE] = TOLERANCE_LEAST
        return bool(STREAM_EVENNESS * (row.squares / row.episodes - mean * mean) < mean)
    if row.runs < RUNS_LEAST:
        return False
    sort_gaps(row, kept, gaps)
    period = int(gaps[(kept - 2) // 2])
    plan[PERIOD], plan[TOLERANCE] = period, tolerance_of(period)
    is_daily = abs(period - DAY) <= plan[TOLERANCE]
    missed = take_gaps(row, kept, period, plan[TOLERANCE], is_daily, plan)
    is_tight = plan[TIGHT] >= REGULAR_PERMILLE
    needed = misses_needed(kept, missed, row.runs, is_tight, chance_of_none(row), 0.0, 0.0)
    if plan[REGULARITY] < REGULAR_PERMILLE or needed == 0:
        return False
    return take_due(row, kept, needed, is_daily, pause, plan)
