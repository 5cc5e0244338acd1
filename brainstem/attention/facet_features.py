"""One seal of a bucket's facets: fold their deltas, and make features of those that could matter to their tenant.

Takes the tables of `evidence.history.state` and deltas sorted by slot, returns features sorted by slot. A row of features is
several times the size of a delta, and nearly all of them say that a host does what it always does. So they are weighed where
they are made (docs/decisions/0020), and cheap tests come before dear ones.
"""

from typing import Final

import numpy as np

from brainstem.arrays.aliases import Bools, Int32s, Row, Rows
from brainstem.attention.bounds import is_beyond_reach, is_worth_weighing
from brainstem.contracts.features import ONE_MEMBER
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.history.advance import take_counts, take_statistics
from brainstem.evidence.history.episodes import episodes_between, fold
from brainstem.evidence.history.rates import COUNTS
from brainstem.evidence.history.state import HOST_TIMES
from brainstem.evidence.kinds import FACTORS
from brainstem.evidence.statistics import told_with
from brainstem.jit.decorators import compiled, compiled_without_refcounts
from brainstem.parameters import parameter

FACET_EPISODES: Final = parameter("facet_features.facet_episodes", 2, "episodes", "episodes from which a facet is read")
FACET_EPISODES_24H: Final = parameter(
    "facet_features.facet_episodes_24h", 48, "episodes", "episodes in 24 h up to which a facet is read; more is chatter"
)
COLUMNS = len(FACTORS)


@compiled_without_refcounts
def is_recurrent_part(row: Row, whole: Row, slot: int) -> bool:
    """Return whether a facet comes again, does not come all the time, and is not all that there is of its member."""
    if row.episodes < FACET_EPISODES or (row.episodes >= whole.episodes and row.facet != np.uint64(0)):
        return False
    return bool(episodes_between(row, slot - SLOTS_PER_DAY + 1, slot) <= FACET_EPISODES_24H)


@compiled
def advance_facets(
    facets: Rows,
    hosts: Rows,
    cursor: Int32s,
    deltas: Rows,
    wanted: Bools,
    bounds: Rows,
    feature_rows: Rows,
    rows_of_features: Int32s,
) -> int:
    """Fold deltas of facets, sorted by slot, and write the features of those that could matter; return how many.

    `wanted` says of which deltas features may be made at all. `bounds` holds what bounds the scores, one row a tenant, as in
    `BOUND_DTYPE`. `feature_rows` and `rows_of_features` have room for all that are wanted and one more: features are written
    behind the last ones, and stay there only if they are worth it.
    """
    points = np.zeros(COLUMNS, np.float64)
    blank = np.zeros(1, feature_rows.dtype)
    windows, gaps = np.zeros(COUNTS, np.int64), np.zeros(HOST_TIMES, np.int32)
    written = 0
    low = 0
    bound = 0
    while low < len(deltas):
        # of the same type as in `evidence.history.advance`, so that what both call is compiled once
        slot = int(np.int64(deltas[low].slot))
        high = low
        while high < len(deltas) and deltas[high].slot == slot:
            fold(facets[deltas[high].row], hosts, cursor, deltas[high])
            high += 1
        for index in range(low, high):
            if not wanted[index]:
                continue
            row = facets[deltas[index].row]
            whole = facets[row.parent] if row.parent >= 0 else row
            if row.read_slot == slot or not is_recurrent_part(row, whole, slot):
                continue
            row.read_slot = slot
            feature_rows[written] = blank[0]
            features = feature_rows[written]
            take_counts(row, slot, features)
            features.whole_7d = episodes_between(whole, slot - 7 * SLOTS_PER_DAY + 1, slot)
            features.whole_episodes = whole.episodes
            features.siblings = deltas[index].siblings - 1
            with_others = told_with(row.count, row.episodes, whole.count, whole.episodes, features.siblings)
            features.whole_7d = features.whole_7d + features.episodes_7d * with_others // row.episodes
            if features.facet == np.uint64(0):
                features.facet = features.family
                features.facet_kind = ONE_MEMBER
            while bounds[bound].tenant != row.tenant:
                # facets of a tenant stand together as a rule, so the next row is mostly the same tenant
                bound = (bound + 1) % len(bounds)
            first_slot, stateful = row.first_time // SLOT_US, max(row.stateful, whole.stateful)
            if is_beyond_reach(features, first_slot, stateful, bounds[bound]):
                continue
            take_statistics(row, hosts, slot, windows, gaps, features)
            if is_worth_weighing(features, first_slot, stateful, bounds[bound], points):
                rows_of_features[written] = deltas[index].row
                written += 1
        low = high
    return written
