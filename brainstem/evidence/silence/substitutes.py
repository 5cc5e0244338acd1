"""Looks for another message in the slots where a job's usual one is missing, and tests by a hypergeometric tail whether it
stands in its place.

Takes the rows of runs at a review; returns notices, one for each message and each job in whose place it came. Whether their
words have to do with each other is checked in the tenant's step, which knows them.

A job is a row of runs that keeps a clock. Its due times are cells, and each cell holds its usual message, another one, or
neither. The other one is news when the cells that it holds lie at the end, beyond what chance would do with an outcome
that had always come that often: of N cells, M of them its own, the last k hold b of these or more in
sum C(M, x) C(N - M, k - x) / C(N, k) of all orders (the hypergeometric tail, which is Fisher's exact test). No word is
looked at, so it holds in any language.
"""

import math
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int64s, Row, Rows
from brainstem.contracts.notice import OUTCOME
from brainstem.evidence.silence.job_runs import DAY, MEMBER, SLOT_MINUTES, STARTS
from brainstem.evidence.silence.schedule import (
    KNOWN_MINUTES,
    REGULAR_PERMILLE,
    REGULARITY,
    RUNS_LEAST,
    sort_gaps,
    take_gaps,
    tolerance_of,
)
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter

CELLS: Final = 2 * STARTS
"""due times that are looked back on, at the most"""
OUTCOMES_PER_REVIEW: Final = 64
JOBS_MOST: Final = 256
"""jobs of a bucket that may be missing at one review"""
PERIOD_LEAST: Final = parameter(
    "changed_outcome.outcomes.period_least", 50, "minutes", "period of a job whose outcomes are followed, at the least"
)
OFF_SHARE: Final = parameter(
    "changed_outcome.outcomes.off_share",
    4,
    "parts",
    "part (1 / n) of the period by which another outcome may come before or after the job's time",
)
RUNS_BEFORE: Final = parameter(
    "changed_outcome.outcomes.runs_before",
    8,
    "runs",
    "runs with the usual outcome before those that are held against them",
)
CHANCE_MOST: Final = parameter(
    "changed_outcome.outcomes.chance_most",
    0.025,
    "number",
    "an outcome that is new and reports trouble is told when chance would do it less often; a shorter period takes its part",
)
CHANCE_MOST_OF_OTHERS: Final = parameter(
    "changed_outcome.outcomes.chance_most_of_others",
    0.001,
    "number",
    "the same bound where the outcome came before, or where nothing but its place shows what it is",
)
WARNING_SEVERITY: Final = 13
"""the severity number from which a message reports trouble"""

TIMES, RUNS, BEFORE, IS_NEW = 0, 1, 2, 3
TAKEN_COLUMNS: Final = 4


@compiled_without_refcounts
def mark_cells(job: Row, other: Row, period: int, marks: Int64s) -> int:
    """Write for each run of a job, in order of time, 0, and for each that another message stood in for, 1; return how many.

    Of the other message's runs those count that come about a due time at which the job did not run. It is no outcome of the
    job, and 0 is returned, when it comes beside the job's own message or away from its times as often.
    """
    kept, kept_other = min(job.runs, STARTS), min(other.runs, STARTS)
    written = own = aside = repeats = 0
    place = 0
    latest = np.int64(-(2**31))
    for index in range(kept_other + 1):
        start = np.int64(2**31) if index == kept_other else np.int64(other.starts[index])
        while place < kept and job.starts[place] <= start:
            marks[written] = 0
            written += 1
            place += 1
        if index == kept_other or place == 0:
            continue
        since = start - job.starts[place - 1]
        is_beside = 2 * since <= period or (place < kept and 2 * (job.starts[place] - start) <= period)
        off = abs(since - (since + period // 2) // period * period)
        if is_beside or OFF_SHARE * off > period:
            aside += 1
        elif 2 * (start - latest) <= period:
            repeats += 1
        else:
            marks[written] = 1
            written += 1
            own += 1
            latest = start
    return 0 if 2 * aside > own or repeats > 2 * own else written


@compiled_without_refcounts
def log_choose(number: int, chosen: int) -> float:
    """Return the natural logarithm of the binomial coefficient."""
    return math.lgamma(number + 1.0) - math.lgamma(chosen + 1.0) - math.lgamma(number - chosen + 1.0)


@compiled_without_refcounts
def chance_of_last(number: int, marked: int, last: int, least: int) -> float:
    """Return in which share of all orders of `number` cells, `marked` of them marked, the last `last` hold `least` marked or
    more."""
    total = 0.0
    for held in range(least, min(last, marked) + 1):
        if last - held <= number - marked:
            total += math.exp(
                log_choose(marked, held) + log_choose(number - marked, last - held) - log_choose(number, last)
            )
    return min(1.0, total)


@compiled_without_refcounts
def take_outcome(marks: Int64s, number: int, most: float, most_of_others: float, taken: Int64s) -> float:
    """Return by how little chance the last cells are marked, 1 where it is too much; fill in how many of how many are, how
    many came before them, and whether none of those was marked.

    The cells from the first marked one on are tried first, then those from each later one.
    """
    if number == 0 or marks[number - 1] == 0:
        return 1.0
    marked = 0
    for index in range(number):
        marked += marks[index]
    earlier = 0
    best = 1.0
    for index in range(number):
        if marks[index] == 0:
            continue
        if index - earlier >= RUNS_BEFORE:
            chance = chance_of_last(number, marked, number - index, marked - earlier)
            if chance < best and chance <= (most if earlier == 0 else most_of_others):
                best = chance
                taken[TIMES], taken[RUNS], taken[BEFORE] = marked - earlier, number - index, index
                taken[IS_NEW] = 1 if earlier == 0 else 0
                if earlier == 0:
                    break
        earlier += 1
    return best


@compiled_without_refcounts
def is_worse(job: Row, other: Row) -> bool:
    """Return whether a message hints at trouble more than the job's usual one does, by its words or its severity."""
    return bool(other.cue > job.cue or (other.severity >= WARNING_SEVERITY and other.severity > job.severity))


@compiled_without_refcounts
def period_of_job(row: Row, gaps: Int64s, plan: Int64s) -> int:
    """Return the period of a job in minutes, 0 for what keeps no clock or is too young; `gaps` and `plan` are scratch
    arrays."""
    if row.kind == MEMBER or row.runs < RUNS_LEAST or row.last_minute - row.first_minute < KNOWN_MINUTES:
        return 0
    kept = min(row.runs, STARTS)
    sort_gaps(row, kept, gaps)
    period = int(gaps[(kept - 2) // 2])
    if period < PERIOD_LEAST:
        return 0
    take_gaps(row, kept, period, tolerance_of(period), False, plan)
    return period if plan[REGULARITY] >= REGULAR_PERMILLE else 0


@compiled_without_refcounts
def write_outcome(job: Row, other: Row, period: int, chance: float, taken: Int64s, slot: int, notice: Row) -> None:
    """Fill in a notice of an outcome that stands in a job's place."""
    notice.slot = slot
    notice.member = other.member
    notice.kind = OUTCOME
    notice.facet = other.facet
    notice.facet_kind = other.kind
    notice.host = other.host
    notice.source = other.source
    notice.program = other.program
    notice.last_minute = other.starts[min(other.runs, STARTS) - 1]
    notice.period_minutes = period
    notice.runs = taken[BEFORE]
    notice.instead_of = job.member
    notice.instead_times = taken[TIMES]
    notice.instead_runs = taken[RUNS]
    notice.is_worse = 1 if is_worse(job, other) else 0
    notice.strength_milli = np.int64(round(-10_000.0 * math.log10(chance)))


@compiled
def review_outcomes(
    table: Rows, used: int, slot: int, since_minute: int, gaps: Int64s, plan: Int64s, notices: Rows, written: int
) -> int:
    """Write a notice for each message heard since `since_minute` that stands in the place of a job; return how many have
    been written by then.

    Both are of one program and about one host, or about one entity.
    """
    jobs = np.zeros(JOBS_MOST, np.int64)
    periods = np.zeros(JOBS_MOST, np.int64)
    missing = 0
    now = (slot + 1) * SLOT_MINUTES
    for index in range(used):
        quiet = now - table[index].last_minute
        # what has just run has nothing in its place
        if quiet > PERIOD_LEAST // 2 and missing < JOBS_MOST:
            period = period_of_job(table[index], gaps, plan)
            if period > 0 and 2 * quiet > period:
                jobs[missing], periods[missing] = index, period
                missing += 1
    if missing == 0:
        return written
    marks = np.zeros(CELLS + 1, np.int64)
    taken = np.zeros(TAKEN_COLUMNS, np.int64)
    told = 0
    for index in range(used):
        other = table[index]
        if other.kind == MEMBER or other.starts[min(other.runs, STARTS) - 1] < since_minute:
            continue
        for number in range(missing):
            job = table[jobs[number]]
            if job.program != other.program or job.kind != other.kind or job.facet != other.facet:
                continue
            if job.member == other.member or job.first_minute >= other.last_minute or told >= OUTCOMES_PER_REVIEW:
                continue
            part = min(1.0, periods[number] / DAY)
            cells = mark_cells(job, other, periods[number], marks)
            most = CHANCE_MOST if is_worse(job, other) else CHANCE_MOST_OF_OTHERS
            # what came before and reports no trouble is one of the ways in which the job always ended
            most_of_others = CHANCE_MOST_OF_OTHERS if is_worse(job, other) else 0.0
            chance = take_outcome(marks, cells, most * part, most_of_others * part, taken)
            if chance < 1.0:
                write_outcome(job, other, periods[number], chance, taken, slot, notices[written + told])
                told += 1
    return written + told
