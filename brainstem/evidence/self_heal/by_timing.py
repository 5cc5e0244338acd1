"""Learns pairs of messages of one service, a failure and its recovery, from when they come, whatever their words: counts how
often one follows the other, and after how long.

Takes the features of a tenant's slots in order; returns how often one message has come and its counterpart soon after it, as
where something goes down and comes back by itself. Features pair when they are about the same thing: both about all of a
family, or about one member, or about the same host or entity.

Times alone make a pair of what is neither too soon nor too late. What the words say widens that: where they tell which of
the two is the trouble and which its end, it may be back within seconds or after most of an hour, and need not be young.
Where they say that the second is a trouble too, as when one step of a job fails after another, there is no pair.
"""

from collections.abc import Callable, Collection
from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.arrays.hash_table import FREE, enter_rows, row_place, table_size
from brainstem.arrays.rows import enlarged
from brainstem.contracts.features import WHOLE_CONFIGURATION
from brainstem.contracts.slots import SLOT_US, SLOTS_PER_DAY
from brainstem.evidence.self_heal.meetings import (
    ALIKE,
    ALIKE_LEAST,
    ASKED,
    COUNTERPARTS,
    EPISODES_MOST,
    FIRST_IS_TROUBLE,
    FOLLOWED_DTYPE,
    GAPS_KEPT,
    LATEST,
    LATEST_WANTED,
    MET_DTYPE,
    NO_END,
    NO_ROOM,
    NO_WORDS,
    OUTAGE,
    PAIRS,
    PAIRS_LEFT,
    PAIRS_WANTED,
    SAYS_SO,
    TOLD,
    TOLD_EPISODES_MOST,
    TOO_MANY,
    UNKNOWN,
    enter_pairs,
    follow_slot,
    keep_pairs,
    pair_tables,
)
from brainstem.evidence.self_heal.wording import likeness, state_told
from brainstem.evidence.statistics import LEARNING_SLOTS, YOUNG_DAYS
from brainstem.jit.decorators import compiled, compiled_helper, compiled_without_refcounts
from brainstem.signature.lexicon import NO_STATE, OUT_OF_SERVICE, WORKING

YOUNG_SLOTS: Final = int(YOUNG_DAYS) * SLOTS_PER_DAY
STATES_MOST: Final = 65_536
"""families whose words are remembered, beyond which they are read anew"""
WORDS_DTYPE: Final = np.dtype(
    [
        ("key", "u8"),  # a family
        ("state", "i1"),  # what its words say (`wording.state_told`), or NOT_READ
    ]
)
NOT_READ: Final = 2


class PairTracker:
    """The pairs of a tenant's young messages, and of those whose words tell a state; `PAIRS_MOST` at the most.

    `template_of` returns the template of a family as it is known by now; `reword` has to be told of each that changes.
    """

    def __init__(self, template_of: Callable[[int], str]) -> None:
        self._template_of = template_of
        self.tables = pair_tables(0, 0)
        """as `meetings.follow_slot` takes them"""
        self._states = np.zeros(0, WORDS_DTYPE)
        self._state_cells = np.full(table_size(0), FREE, np.int32)
        self._states_used = 0

    def followed(self, feature_rows: Rows) -> Int32s:
        """Return the places of features whose events are followed: of young messages, and of whole families that tell a
        state.
        """
        if self._states_used > STATES_MOST:
            self._states_used = 0
            self._state_cells.fill(FREE)
            self.tables.links["words"] = UNKNOWN
        places, unread = np.empty(len(feature_rows), np.int32), np.empty(len(feature_rows), np.int32)
        while True:
            count, missing = _list_followed(feature_rows, self._states, self._state_cells, places, unread)
            if not missing:
                return places[:count]
            self._read(feature_rows["family"].take(unread[:missing]).tolist())

    def follow(self, feature_rows: Rows, members: UInt64s, services: Int32s, slot: int) -> bool:
        """Take the features of a slot, with the family or member and the service of each, and fill in heal cycles.

        Cycles that were found by words already are left as they are. Returns whether anything was found to be a counterpart.
        """
        places, high = self.followed(feature_rows), len(feature_rows)
        ended = follow_slot(slot, places, feature_rows, members, services, 0, high, self.tables)
        return self.follow_on(ended, slot, places, feature_rows, members, services, 0, high)

    def follow_on(
        self,
        ended: int,
        slot: int,
        places: Int32s,
        feature_rows: Rows,
        members: UInt64s,
        services: Int32s,
        low: int,
        high: int,
    ) -> bool:
        """Do what is left where `follow_slot` has ended like that, called with these arguments; return whether anything was
        found to be a counterpart.
        """
        while ended & (NO_ROOM | NO_WORDS):
            if ended == NO_ROOM:
                self._make_room()
            else:
                self._look_up()
            ended = follow_slot(slot, places, feature_rows, members, services, low, high, self.tables)
        if ended & TOO_MANY:
            self._forget_chance()
        return bool(ended & COUNTERPARTS)

    def _make_room(self) -> None:
        """Enlarge the tables to what was wanted."""
        held, counts = self.tables, self.tables.counts
        pairs, latest = len(held.pairs), len(held.latest)
        if counts[PAIRS_WANTED] > pairs:
            pairs = max(int(counts[PAIRS_WANTED]), 2 * pairs)
        if counts[LATEST_WANTED] > latest:
            latest = max(int(counts[LATEST_WANTED]), 2 * latest)
        self.tables = pair_tables(pairs, latest, held)

    def _look_up(self) -> None:
        """Note what words say of the pairs that were asked for."""
        links, pairs = self.tables.links, self.tables.pairs
        asked = np.flatnonzero(links["words"][: self.tables.counts[PAIRS]] == ASKED)
        firsts, seconds = pairs["first_family"][asked].tolist(), pairs["family"][asked].tolist()
        # a change of what they say has to be noticed
        self._read({*firsts, *seconds})
        links["words"][asked] = [
            words_of_pair(self._template_of(first), self._template_of(second))
            for first, second in zip(firsts, seconds, strict=True)
        ]

    def _forget_chance(self) -> None:
        """Forget so many pairs that `PAIRS_LEFT` are left."""
        tables, used = self.tables, self.tables.counts[PAIRS]
        pairs = tables.pairs[:used]
        # a pair that met once, and longest ago, is the likeliest to have met by chance
        names = [pairs[name] for name in ("second_facet", "second", "first_facet", "first")]
        ranked = np.lexsort((*names, -pairs["last_us"], -tables.number[:used, TOLD]))
        tables.kept[:used] = False
        tables.kept[ranked[:PAIRS_LEFT]] = True
        keep_pairs(tables)

    def _read(self, families: Collection[int]) -> None:
        """Remember what the words of families say."""
        count = self._states_used + len(families)
        if count > len(self._states):
            self._states = enlarged(self._states, self._states_used, count)
            self._state_cells = np.full(table_size(len(self._states)), FREE, np.int32)
            enter_rows(self._states, self._state_cells, self._states_used)
        told = np.array([state_told(self._template_of(family)) for family in families], np.int32)
        keys = np.fromiter(families, np.uint64, len(families))
        self._states_used = _note_states(self._states, self._state_cells, self._states_used, keys, told)

    def reword(self, families: Collection[int]) -> None:
        """Take that the templates of families are others from now on, or none."""
        keys = np.fromiter(families, np.uint64, len(families))
        if self._states_used and _unread(self._states, self._state_cells, keys):
            links, used = self.tables.links, self.tables.counts[PAIRS]
            for name in ("first_family", "family"):
                links["words"][:used][np.isin(self.tables.pairs[name][:used], keys)] = UNKNOWN

    def drop(self, members: Collection[int]) -> None:
        """Drop the pairs of families and members that are forgotten."""
        pairs, latest, _ = self._used()
        keys = np.fromiter(members, np.uint64, len(members))
        self._keep(~(np.isin(pairs["first"], keys) | np.isin(pairs["second"], keys)), ~np.isin(latest["member"], keys))
        self.reword(members)

    def absorb(self, family: int) -> None:
        """Forget all pairs of a family that is part of another one from now on, and has no template; its facets go on."""
        pairs, latest, _ = self._used()
        key, whole = np.uint64(family), np.uint64(0)
        gone = ((pairs["first"] == key) & (pairs["first_facet"] == whole)) | (
            (pairs["second"] == key) & (pairs["second_facet"] == whole)
        )
        self._keep(~gone, ~((latest["member"] == key) & (latest["facet"] == whole)))
        self.reword([family])

    def _used(self) -> tuple[Rows, Rows, int]:
        """Return the pairs and the latest events, and how many pairs there are."""
        pairs, latest = self.tables.counts[[PAIRS, LATEST]].tolist()
        return self.tables.pairs[:pairs], self.tables.latest[:latest], pairs

    def _keep(self, pairs: Any, latest: Any) -> None:
        """Forget all pairs and latest events but those for which these are true."""
        tables = self.tables
        if not latest.all():
            left = tables.latest[: len(latest)][latest]
            tables.latest[: len(left)] = left
            tables.counts[LATEST] = len(left)
        if not pairs.all():
            tables.kept[: len(pairs)] = pairs
            keep_pairs(tables)

    def snapshot(self) -> tuple[bytes, ...]:
        """Return the state as buffers."""
        pairs, latest, count = self._used()
        numbers = (self.tables.number, self.tables.since, self.tables.gaps)
        return latest.tobytes(), pairs.tobytes(), *(each[:count].tobytes() for each in numbers)

    def restore(self, state: tuple[bytes, ...]) -> None:
        """Take the state of `snapshot`."""
        latest, pairs = np.frombuffer(state[0], FOLLOWED_DTYPE), np.frombuffer(state[1], MET_DTYPE)
        count = len(pairs)
        self.tables = tables = pair_tables(count, len(latest))
        tables.latest[:], tables.pairs[:] = latest, pairs
        tables.number[:], tables.since[:] = (np.frombuffer(each, np.int32).reshape(count, 2) for each in state[2:4])
        tables.gaps[:] = np.frombuffer(state[4], np.int32).reshape(count, 2, GAPS_KEPT)
        tables.links["words"] = UNKNOWN
        tables.counts[[PAIRS, LATEST]] = count, len(latest)
        enter_pairs(tables)


def words_of_pair(first: str, second: str) -> int:
    """Return what the templates of two messages say of them as a pair: `NO_END`, or others of its kind added up."""
    first_state, state = state_told(first), state_told(second)
    if state < NO_STATE or first_state == WORKING:
        return NO_END
    words = ALIKE if likeness(second, first) >= ALIKE_LEAST else 0
    if first_state < NO_STATE:
        words |= FIRST_IS_TROUBLE
        if state == WORKING:
            words |= SAYS_SO
            if first_state == OUT_OF_SERVICE:
                words |= OUTAGE
    return words


def is_followed(feature_rows: Rows) -> Any:
    """Return whether pairs of a message are followed, of one row of features or of each of many: a young one that does
    not come all the time.
    """
    age_slots = feature_rows["slot"] - feature_rows["first_time"] // SLOT_US
    # in a tenant's first days everything is young
    young = (age_slots <= YOUNG_SLOTS) & (feature_rows["born_after_slots"] >= LEARNING_SLOTS)
    return young & (feature_rows["episodes_7d"] <= EPISODES_MOST)


_is_followed = compiled_helper(is_followed)


@compiled
def _list_followed(
    feature_rows: Rows, states: Rows, state_cells: Int32s, places: Int32s, unread: Int32s
) -> tuple[int, int]:
    """List the places of features with an event in their slot that are young, or of a whole that tells a state; and of
    those of which is not known what they tell. Return the numbers of both.
    """
    count = missing = 0
    for index in range(len(feature_rows)):
        features = feature_rows[index]
        if features.last_time // SLOT_US != features.slot:
            continue
        if _is_followed(features):
            places[count] = index
            count += 1
        elif features.facet_kind == WHOLE_CONFIGURATION and features.episodes_7d <= TOLD_EPISODES_MOST:
            row = state_cells[row_place(states, state_cells, features.family)]
            told = states[row].state if row != FREE else NOT_READ
            if told == NOT_READ:
                unread[missing] = index
                missing += 1
            # of what single words tell already, cycles are known for each thing; a whole would add up those of many
            elif told == WORKING or (told == OUT_OF_SERVICE and features.stateful == 0):
                places[count] = index
                count += 1
    return count, missing


@compiled_without_refcounts
def _note_states(states: Rows, state_cells: Int32s, used: int, families: UInt64s, told: Int32s) -> int:
    """Note what the words of families tell, of which `used` are known before; return how many are known then."""
    for index in range(len(families)):
        cell = row_place(states, state_cells, families[index])
        if state_cells[cell] == FREE:
            states[used].key = families[index]
            state_cells[cell] = used
            used += 1
        states[state_cells[cell]].state = told[index]
    return used


@compiled_without_refcounts
def _unread(states: Rows, state_cells: Int32s, families: UInt64s) -> bool:
    """Note that the words of families are not known any more; return whether those of any were."""
    found = False
    for family in families:
        row = state_cells[row_place(states, state_cells, family)]
        if row != FREE and states[row].state != NOT_READ:
            states[row].state = NOT_READ
            found = True
    return found
