"""One tick of a family: fold sealed deltas into its rows and compute its features.

Takes the tables of `history.state`, deltas sorted by slot, and a range of slots; returns features sorted by slot.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Int32s, Int64s, Row, Rows
from brainstem.contracts.features import ON_HOST
from brainstem.contracts.slots import SLOTS_PER_DAY, SLOTS_PER_HOUR
from brainstem.evidence.history.episodes import episodes_between, fold
from brainstem.evidence.history.rates import COUNTS, take_rates
from brainstem.evidence.history.state import HOST_TIMES, RETIRE_SLOTS
from brainstem.evidence.history.timing import take_clock, take_growth, take_hosts, take_memory
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter

REVIEW_SLOTS: Final = parameter(
    "history.advance.review_slots",
    6 * SLOTS_PER_HOUR,
    "slots of ten minutes",
    "how often families that say nothing are read again",
    fixed="a review must meet the end of every day, and rooms for reviews are made by it",
)
WARM_SLOTS: Final = parameter(
    "history.advance.warm_slots",
    3 * SLOTS_PER_DAY,
    "slots of ten minutes",
    "silence up to which families are read again so often; after that once a day",
)


@compiled_without_refcounts
def take_counts(row: Row, slot: int, features: Row) -> None:
    """Fill in the counts and times of a family or facet at the end of `slot`."""
    features.family = row.family
    features.facet = row.facet
    features.facet_kind = row.facet_kind
    features.slot = slot
    features.episodes = row.episodes
    features.episodes_7d = episodes_between(row, slot - 7 * SLOTS_PER_DAY + 1, slot)
    features.whole_7d = features.episodes_7d
    features.whole_episodes = row.episodes
    features.first_time = row.first_time
    features.last_time = row.last_time
    features.count = row.count
    features.cue = row.cue
    features.severity = row.severity
    features.stateful = row.stateful


@compiled_without_refcounts
def take_statistics(row: Row, hosts: Rows, slot: int, windows: Int64s, gaps: Int32s, features: Row) -> None:
    """Fill in the statistics of a family's or facet's episodes at the end of `slot`.

    `windows` and `gaps` are scratch arrays of `COUNTS` and `HOST_TIMES` numbers.
    """
    take_rates(row, slot, windows, features)
    take_memory(row, slot, features)
    take_hosts(row, hosts, slot, gaps, features)
    take_clock(row, slot, features)
    take_growth(row, slot, features)
    known_from = row.service_slot
    if row.facet_kind == ON_HOST and row.host_rows > 0:
        # where a service is new on a host, everything that it says there is new
        known_from = hosts[row.host_row[0]].service_slot
    features.born_into_service_slots = row.first_slot - known_from


@compiled_without_refcounts
def take_features(row: Row, hosts: Rows, slot: int, windows: Int64s, gaps: Int32s, features: Row) -> None:
    """Fill in all features of a family at the end of `slot`; scratch arrays as for `take_statistics`."""
    take_counts(row, slot, features)
    take_statistics(row, hosts, slot, windows, gaps, features)


@compiled_without_refcounts
def is_due(row: Row, slot: int) -> bool:
    """Return whether features are due for a family without an event in `slot`, because time alone changes them."""
    if (slot + 1) % REVIEW_SLOTS != 0 or row.last_slot >= slot or slot - row.last_slot > RETIRE_SLOTS:
        return False
    return slot - row.last_slot <= WARM_SLOTS or (slot + 1) % SLOTS_PER_DAY == 0


@compiled
def advance(
    families: Rows,
    used: int,
    hosts: Rows,
    cursor: Int32s,
    deltas: Rows,
    delta_rows: Int32s,
    from_slot: int,
    to_slot: int,
    newest: int,
    feature_rows: Rows,
    rows_of_features: Int32s,
    resume: npt.NDArray[np.int64],
) -> int:
    """Fold deltas of slots from_slot..to_slot and compute features of every family they touch and every family due for
    review.

    `deltas` are sorted by slot, each with its family's row index beside it; `cursor` holds the next free host row;
    `newest` is the latest slot in which any family has been heard so far, -1 for none. Returns how many rows of features
    were written. When `feature_rows` is nearly full it stops between two slots and leaves in `resume` where to go on:
    next slot, next delta; a finished call leaves to_slot + 1 there.
    """
    blank = np.zeros(1, feature_rows.dtype)
    windows, gaps = np.zeros(COUNTS, np.int64), np.zeros(HOST_TIMES, np.int32)
    written = 0
    slot = from_slot
    delta = resume[1]
    while slot <= to_slot:
        if written + used > len(feature_rows):
            break
        first = delta
        while delta < len(deltas) and deltas[delta].slot == slot:
            fold(families[delta_rows[delta]], hosts, cursor, deltas[delta])
            delta += 1
            newest = slot
        for index in range(first, delta):
            row = delta_rows[index]
            if families[row].read_slot != slot:
                families[row].read_slot = slot
                feature_rows[written] = blank[0]
                take_features(families[row], hosts, slot, windows, gaps, feature_rows[written])
                rows_of_features[written] = row
                written += 1
        if (slot + 1) % REVIEW_SLOTS == 0:
            for row in range(used):
                if families[row].alive == 1 and is_due(families[row], slot):
                    feature_rows[written] = blank[0]
                    take_features(families[row], hosts, slot, windows, gaps, feature_rows[written])
                    rows_of_features[written] = row
                    written += 1
        slot = following_slot(slot, to_slot, newest, deltas, delta)
    resume[0] = slot
    resume[1] = delta
    return written


@compiled_without_refcounts
def following_slot(slot: int, to_slot: int, newest: int, deltas: Rows, delta: int) -> int:
    """Return the next slot at which anything can happen: a delta, or a review while any family is still reviewed."""
    following = to_slot + 1
    if delta < len(deltas):
        following = min(following, deltas[delta].slot)
    if newest >= 0 and slot - newest <= RETIRE_SLOTS:
        following = min(following, ((slot + 1) // REVIEW_SLOTS + 1) * REVIEW_SLOTS - 1)
    return max(following, slot + 1)
