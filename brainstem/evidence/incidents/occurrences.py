"""Occurrences: when each shape of message of a tenant came, kept coarsely and for long.

Takes the shapes of a slot, in order of slots; keeps the latest occurrences of each in a table of integers. An
occurrence is a run of episodes with gaps of a few hours at most: a message that comes twice in an hour occurred once.
An appearance is a run of occurrences with gaps of three days at most.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Int64s, Row, Rows
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.jit.decorators import compiled
from brainstem.parameters import STORED_SHAPE, parameter

OCCURRENCES_KEPT: Final = parameter(
    "incidents.occurrences.kept",
    16,
    "number",
    "latest occurrences of a shape; a message that comes more often is not rare, and says little of what follows",
    fixed=STORED_SHAPE,
)
GAP_SLOTS: Final = parameter(
    "incidents.occurrences.gap_slots",
    6 * SLOTS_PER_HOUR,
    "slots of ten minutes",
    "an occurrence ends when nothing is heard for so long",
)
AWAY_SLOTS: Final = parameter(
    "incidents.occurrences.away_slots",
    3 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "what was not heard for so long comes anew: an appearance begins",
)
NEVER: Final = -(2**31)

OCCURRENCES_DTYPE: Final = np.dtype(
    [
        ("shape", "u8"),
        ("families", "i4"),  # how many families have this shape now; 0 for a shape that a family has outgrown
        ("first_slot", "i4"),
        ("appeared_slot", "i4"),  # when the present appearance began
        ("appeared_episodes", "i4"),  # its episodes so far
        ("forgotten_slot", "i4"),  # the end of the latest occurrence that is no longer kept
        ("count", "i4"),
        ("starts", "i4", (OCCURRENCES_KEPT,)),
        ("ends", "i4", (OCCURRENCES_KEPT,)),
    ]
)


LEAST_LEAD_SLOTS: Final = parameter(
    "incidents.occurrences.least_lead_slots",
    2,
    "slots of ten minutes",
    "what is heard less than this before an incident is its beginning, no warning",
)


def new_occurrences(count: int) -> Rows:
    """Return rows for shapes that were not heard yet."""
    rows = np.zeros(count, OCCURRENCES_DTYPE)
    for column in ("first_slot", "appeared_slot", "forgotten_slot"):
        rows[column] = NEVER
    return rows


@compiled
def note_episodes(table: Rows, rows: Int32s, slot: int) -> None:
    """Record an episode of each of some rows; a row that is named twice in a slot has one."""
    for index in range(len(rows)):
        kept = table[rows[index]]
        last = kept.ends[kept.count - 1] if kept.count else NEVER
        if last == slot:
            continue
        if kept.first_slot == NEVER:
            kept.first_slot = slot
        if kept.count == 0 or slot - last > AWAY_SLOTS:
            kept.appeared_slot = slot
            kept.appeared_episodes = 0
        kept.appeared_episodes += 1
        if kept.count and slot - last <= GAP_SLOTS:
            kept.ends[kept.count - 1] = slot
            continue
        if kept.count == OCCURRENCES_KEPT:
            kept.forgotten_slot = kept.ends[0]
            for place in range(OCCURRENCES_KEPT - 1):
                kept.starts[place] = kept.starts[place + 1]
                kept.ends[place] = kept.ends[place + 1]
            kept.count -= 1
        kept.starts[kept.count] = slot
        kept.ends[kept.count] = slot
        kept.count += 1


@compiled
def weigh_up(table: Rows, times: Int64s, window: int, since: int, now: int, counts: Int64s) -> None:
    """Compare each row's occurrences with the slots of incidents.

    Writes for each row into `counts`: incidents within its memory; those that an occurrence preceded by
    `LEAST_LEAD_SLOTS` to `window` slots; slots from `since` to `now` that an occurrence precedes so; all such slots;
    and occurrences that no incident followed within `window`.
    """
    for row in range(len(table)):
        kept = table[row]
        counts[row, :] = 0
        if kept.families == 0 or kept.count == 0:
            continue
        begin = since
        if kept.forgotten_slot != NEVER:
            begin = max(begin, kept.forgotten_slot + window + 1)
        seen_until = begin - 1
        for place in range(kept.count):
            low = max(kept.starts[place] + LEAST_LEAD_SLOTS, seen_until + 1)
            high = min(kept.ends[place] + window, now)
            if high >= low:
                counts[row, 2] += high - low + 1
                seen_until = high
            followed = kept.ends[place] + window >= now
            for index in range(len(times)):
                if kept.starts[place] < times[index] <= kept.ends[place] + window:
                    followed = True
            if not followed:
                counts[row, 4] += 1
        counts[row, 3] = max(0, now - begin + 1)
        for index in range(len(times)):
            if times[index] < begin:
                continue
            counts[row, 0] += 1
            for place in range(kept.count):
                if kept.starts[place] <= times[index] - LEAST_LEAD_SLOTS and kept.ends[place] >= times[index] - window:
                    counts[row, 1] += 1
                    break


def merge_occurrences(kept: Row, other: Row) -> None:
    """Fold the occurrences of one row into another."""
    spans = sorted(
        (int(row["starts"][place]), int(row["ends"][place])) for row in (kept, other) for place in range(row["count"])
    )
    joined: list[list[int]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= GAP_SLOTS:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    known = [int(row["first_slot"]) for row in (kept, other) if row["first_slot"] != NEVER]
    kept["first_slot"] = min(known, default=NEVER)
    kept["forgotten_slot"] = max(kept["forgotten_slot"], other["forgotten_slot"])
    if len(joined) > OCCURRENCES_KEPT:
        kept["forgotten_slot"] = max(int(kept["forgotten_slot"]), joined[-OCCURRENCES_KEPT - 1][1])
        joined = joined[-OCCURRENCES_KEPT:]
    kept["count"] = len(joined)
    for place, (start, end) in enumerate(joined):
        kept["starts"][place], kept["ends"][place] = start, end
    if joined:
        begun = joined[-1][0]
        for (_, before), (start, _) in zip(reversed(joined[:-1]), reversed(joined[1:]), strict=True):
            if start - before > AWAY_SLOTS:
                break
            begun = before
        later = [row for row in (kept, other) if row["appeared_slot"] >= begun]
        kept["appeared_episodes"] = sum(int(row["appeared_episodes"]) for row in later)
        kept["appeared_slot"] = min((int(row["appeared_slot"]) for row in later), default=begun)


def appearances(row: Row) -> list[tuple[int, int]]:
    """Return the appearances among the occurrences kept, oldest first: the slots of their start and of their latest
    episode.
    """
    joined: list[tuple[int, int]] = []
    for place in range(int(row["count"])):
        start, end = int(row["starts"][place]), int(row["ends"][place])
        if joined and start - joined[-1][1] <= AWAY_SLOTS:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
