"""Cuts the slots in which a job was heard into its runs, row by row: when each began.

Takes deltas of members by host and entity, slot by slot; returns, for each member on each host and for each member and
entity, the starts of its last runs in minutes since the epoch.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Int64s, Row, Rows
from brainstem.arrays.hash_table import FREE, enter_rows, mix, row_place
from brainstem.contracts.features import ON_ENTITY, ON_HOST
from brainstem.contracts.slots import SLOT_SECONDS
from brainstem.jit.decorators import compiled_without_refcounts
from brainstem.parameters import STORED_SHAPE, parameter

STARTS: Final = parameter(
    "silence.job_runs.starts", 20, "number", "beginnings of runs that are kept", fixed=STORED_SHAPE
)
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
        ("cue", "u1"),  # of the latest events, as in deltas
        ("severity", "u1"),
        ("runs", "i4"),
        ("starts", "i4", (STARTS,)),  # of the last runs, oldest first
        ("week", "i4"),  # the latest seven days in which a run began
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
DAY = 1440
WEEK = 7 * DAY
JOIN_MINUTES: Final = parameter(
    "silence.job_runs.join_minutes", 12, "minutes", "events closer than this are one run, at the least"
)
JOIN_MOST: Final = parameter("silence.job_runs.join_most", 120, "minutes", "longest silence within a run")
JOIN_SHARE: Final = parameter(
    "silence.job_runs.join_share", 12, "parts", "part (1 / n) of the usual gap up to which events are one run"
)
ENTITIES_MOST: Final = parameter(
    "silence.job_runs.entities_most", 64, "number", "entities of a member and host that are followed"
)
SPORADIC_RUNS: Final = parameter("silence.job_runs.sporadic_runs", 4, "runs", "with fewer runs it is sporadic")
FORGET_SPORADIC_MINUTES: Final = parameter(
    "silence.job_runs.forget_sporadic_minutes", 9 * DAY, "minutes", "silence after which a sporadic one is forgotten"
)
FORGET_MINUTES: Final = parameter(
    "silence.job_runs.forget_minutes", 30 * DAY, "minutes", "silence after which any job is forgotten"
)


@compiled_without_refcounts
def open_row(table: Rows, cells: Int32s, used: Int64s, key: np.uint64) -> int:
    """Return the row of a key, a new and empty one where it has none."""
    place = row_place(table, cells, key)
    if cells[place] == FREE:
        cells[place] = used[0]
        used[0] += 1
        row = table[cells[place]]
        row.key = key
        # the row may have belonged to another key before
        row.entities, row.first_minute, row.last_minute, row.runs = 0, 0, 0, 0
        row.week, row.longest, row.longest_before = 0, 0, 0
        row.episodes, row.counts, row.squares = 0, 0, 0
        row.counts_before, row.squares_before = 0, 0.0
    return int(cells[place])


@compiled_without_refcounts
def join_minutes(row: Row) -> int:
    """Return the minutes within which the next event still belongs to the same run; they grow with the gaps between runs."""
    kept = min(row.runs, STARTS)
    if kept < 2:
        return JOIN_MINUTES
    usual = (row.starts[kept - 1] - row.starts[0]) // (kept - 1)
    return int(max(JOIN_MINUTES, min(usual // JOIN_SHARE, JOIN_MOST)))


@compiled_without_refcounts
def note(row: Row, first_minute: int, last_minute: int, count: int) -> None:
    """Record one slot's events: they begin a run, or belong to one that came a few minutes before."""
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


@compiled_without_refcounts
def follow_host(table: Rows, cells: Int32s, used: Int64s, delta: Row, program: np.uint64) -> None:
    """Record the events of a member on one host in one slot."""
    index = open_row(table, cells, used, mix(delta.member, delta.host))
    row = table[index]
    row.member, row.facet, row.kind, row.program = delta.member, delta.host, ON_HOST, program
    row.host, row.source = delta.host, delta.source
    row.cue, row.severity = delta.cue, delta.severity
    note(row, delta.first_time // 60_000_000, delta.last_time // 60_000_000, delta.count)


@compiled_without_refcounts
def follow_entity(table: Rows, cells: Int32s, used: Int64s, sighting: Row) -> None:
    """Record the events of a member about one entity in one slot; beyond `ENTITIES_MOST` a member's new entities are
    dropped.
    """
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
    row.cue, row.severity = sighting.cue, sighting.severity
    row.program = table[cells[row_place(table, cells, mix(sighting.member, sighting.host))]].program
    note(row, sighting.first_time // 60_000_000, sighting.last_time // 60_000_000, sighting.count)


@compiled_without_refcounts
def forget(table: Rows, cells: Int32s, used: Int64s, now: int) -> None:
    """Drop jobs that came a few times and not lately, and those that have been silent for long."""
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
