"""Adding up rows of deltas that are about the same: neighbours in a sorted table become one."""

from typing import Any

from brainstem.arrays.aliases import Rows
from brainstem.jit.decorators import compiled_without_refcounts


@compiled_without_refcounts
def is_earlier(row: Any, other: Any) -> bool:
    """Return which of two rows has the earlier line, by tick time, source and position."""
    if row.first_time != other.first_time:
        return bool(row.first_time < other.first_time)
    if row.source != other.source:
        return bool(row.source < other.source)
    return bool(row.position < other.position)


@compiled_without_refcounts
def compact_sorted(rows: Rows) -> int:
    """Add up neighbouring rows of the same slot, member and host in place; the one of the earliest line speaks for them."""
    used = 0
    for index in range(len(rows)):
        row = rows[index]
        if used > 0:
            into = rows[used - 1]
            if into.slot == row.slot and into.member == row.member and into.host == row.host:
                into.count += row.count
                into.last_time = max(into.last_time, row.last_time)
                into.severity = max(into.severity, row.severity)
                into.cue = max(into.cue, row.cue)
                into.stateful = max(into.stateful, row.stateful)
                if is_earlier(row, into):
                    into.first_time = row.first_time
                    into.source = row.source
                    into.position = row.position
                    into.event_time = row.event_time
                    into.text = row.text
                    into.tokens = row.tokens
                continue
        if used < index:
            rows[used] = row
        used += 1
    return used


@compiled_without_refcounts
def compact_sorted_sightings(rows: Rows) -> int:
    """Add up neighbouring rows of the same slot, member, entity and host in place, as `compact_sorted` does."""
    used = 0
    for index in range(len(rows)):
        row = rows[index]
        if used > 0:
            into = rows[used - 1]
            same = into.slot == row.slot and into.member == row.member
            if same and into.name == row.name and into.host == row.host:
                into.count += row.count
                into.last_time = max(into.last_time, row.last_time)
                into.severity = max(into.severity, row.severity)
                into.cue = max(into.cue, row.cue)
                if is_earlier(row, into):
                    into.first_time = row.first_time
                    into.source = row.source
                    into.position = row.position
                    into.event_time = row.event_time
                    into.name_start = row.name_start
                    into.name_end = row.name_end
                    into.text = row.text
                continue
        if used < index:
            rows[used] = row
        used += 1
    return used
