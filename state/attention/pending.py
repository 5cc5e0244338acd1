"""Deltas that wait until every input has passed their slot.

Takes shares of batches in any order, returns the deltas of complete slots sorted and added up, so that nothing is left of
how they came. Waiting rows keep the text of their whole batch in memory; what is left of a batch once some of it is taken
is copied. It never looks at the frontier: `bucket` says which slots are complete.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from brainstem.aggregate.deltas import Deltas, compact, compact_sightings, kept_spellings, renumbered
from brainstem.aggregate.kernels import DELTA_DTYPE, NUMBER_DTYPE, SIGHTING_DTYPE, TRANSITION_DTYPE
from brainstem.arrays.aliases import Int64s, Rows, UInt64s
from brainstem.arrays.byte_strings import Texts
from brainstem.arrays.rows import concat, copied, in_order, picked
from state.frontier import NOT_YET

SHARES_MOST: Final = 64
"""shares that wait each for itself; more of them, as a live run has of small batches, are joined"""


@dataclass(frozen=True, slots=True)
class SealedDeltas:
    """Deltas of complete slots, in an order that does not depend on how they came."""

    rows: Rows
    sightings: Rows
    texts: Texts
    numbers: Rows
    transitions: Rows
    """in the order they came: the bucket sorts the few that matter"""
    spellings: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Share:
    """Deltas and sightings of a share, with its texts, which the columns `text` of both count from `first_text` on."""

    rows: Rows
    sightings: Rows
    texts: Texts
    first_text: int = 0

    def split_at(self, slot: int) -> tuple["_Share", "_Share"]:
        """Return what lies below a slot, and the rest."""
        rows, sightings = _split_at(self.rows, slot), _split_at(self.sightings, slot)
        below, rest = zip(rows, sightings, strict=True)
        return replace(self, rows=below[0], sightings=below[1]), replace(self, rows=rest[0], sightings=rest[1])


def without_known(deltas: Deltas, before_slot: int) -> Deltas:
    """Return deltas without what lies in slots below `before_slot`; statements stay, as each counts once."""
    tables = (deltas.rows, deltas.sightings, deltas.numbers, deltas.transitions)
    if not any(len(table) and table["slot"].min() < before_slot for table in tables):
        return deltas
    rows, sightings, numbers, transitions = (table[table["slot"] >= before_slot] for table in tables)
    first_slots = tuple(each for each in deltas.first_slots if each[1] >= before_slot)
    return replace(
        deltas, rows=rows, sightings=sightings, numbers=numbers, transitions=transitions, first_slots=first_slots
    )


class PendingDeltas:
    """Shares of deltas, in the order they came."""

    def __init__(self) -> None:
        self._shares: list[_Share] = []
        self._numbers: list[Rows] = []
        self._transitions: list[Rows] = []
        self._spellings: list[tuple[str, ...]] = []

    def add(self, deltas: Deltas, from_slot: int = NOT_YET) -> None:
        """Keep one share; a row too late for its own slot counts in `from_slot`, the earliest that is still open."""
        tables = (deltas.rows, deltas.sightings, deltas.numbers, deltas.transitions)
        if any(len(table) and table["slot"].min() < from_slot for table in tables):
            deltas = replace(
                deltas,
                rows=_moved_up(deltas.rows, from_slot),
                sightings=_moved_up(deltas.sightings, from_slot),
                numbers=_moved_up(deltas.numbers, from_slot),
                transitions=_moved_up(deltas.transitions, from_slot),
            )
        if len(deltas.rows):
            self._shares.append(_Share(deltas.rows, deltas.sightings, deltas.texts, deltas.first_text))
        if len(deltas.numbers):
            self._numbers.append(deltas.numbers)
        if len(deltas.transitions):
            transitions = copied(deltas.transitions)
            transitions["spelling"][transitions["spelling"] >= 0] += len(self._spellings)
            self._transitions.append(transitions)
            self._spellings.extend(deltas.spellings)

    def __len__(self) -> int:
        """Count the deltas that wait; sightings, numbers and transitions are not counted."""
        return sum(len(share.rows) for share in self._shares)

    def before(self, slot: int) -> tuple[UInt64s, list[int]]:
        """Return the members of waiting deltas below `slot`, and the slots of these deltas, each once and in order."""
        slots = np.concatenate([share.rows["slot"] for share in self._shares] or [np.zeros(0, np.int32)])
        members = np.concatenate([share.rows["member"] for share in self._shares] or [np.zeros(0, np.uint64)])
        is_before = slots < slot
        return np.unique(members[is_before]), np.unique(slots[is_before]).tolist()

    def take_before(self, slot: int) -> SealedDeltas:
        """Take out and return what lies in slots below `slot`; the rest goes on waiting."""
        cuts = [share.split_at(slot) for share in self._shares]
        complete = [below for below, _ in cuts if len(below.rows)]
        rows, sightings = _joined(complete)
        rows, sightings = compact(rows), compact_sightings(sightings)
        # lines and snippets of a seal may be kept for long, and must not keep the text of whole batches
        texts = _used_texts(complete, rows, sightings)
        # a clock that runs ahead leaves a row of each batch, which must not keep the text of all of it
        self._shares = [_copied_share([rest]) if len(below.rows) else rest for below, rest in cuts if len(rest.rows)]
        if len(self._shares) > SHARES_MOST:
            self._shares = [_copied_share(self._shares)]
        numbers, self._numbers = _split_parts(self._numbers, slot, NUMBER_DTYPE)
        spellings = self._spellings
        transitions, self._transitions = _split_parts(self._transitions, slot, TRANSITION_DTYPE)
        if self._transitions:
            self._transitions = [concat(self._transitions, TRANSITION_DTYPE)]
            self._spellings = list(kept_spellings(self._transitions[0], spellings))
        else:
            self._spellings = []
        ordered = in_order(numbers, "slot", "gauge", "time", "source", "position")
        return SealedDeltas(rows, sightings, texts, ordered, transitions, spellings)

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values."""
        rows, sightings = _joined(self._shares)
        texts = _used_texts(self._shares, rows, sightings)
        return (
            rows.tobytes(),
            sightings.tobytes(),
            texts.to_plain(),
            concat(self._numbers, NUMBER_DTYPE).tobytes(),
            concat(self._transitions, TRANSITION_DTYPE).tobytes(),
            tuple(self._spellings),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        rows, sightings, texts, numbers, transitions, spellings = state
        share = _Share(
            np.frombuffer(rows, DELTA_DTYPE).copy(),
            np.frombuffer(sightings, SIGHTING_DTYPE).copy(),
            Texts.from_plain(texts),
        )
        self._shares = [share] if len(share.rows) else []
        self._numbers = [np.frombuffer(numbers, NUMBER_DTYPE).copy()]
        self._transitions = [np.frombuffer(transitions, TRANSITION_DTYPE).copy()]
        self._spellings = list(spellings)


def _joined(shares: Sequence[_Share]) -> tuple[Rows, Rows]:
    """Return the deltas and the sightings of some shares, each joined; texts are counted on from share to share."""
    counts = np.array([len(share.texts) for share in shares], np.int64)
    shifts = np.cumsum(counts) - counts - np.array([share.first_text for share in shares], np.int64)
    return (
        _shifted([share.rows for share in shares], shifts, DELTA_DTYPE),
        _shifted([share.sightings for share in shares], shifts, SIGHTING_DTYPE),
    )


def _shifted(parts: Sequence[Rows], shifts: Int64s, dtype: np.dtype[Any]) -> Rows:
    """Return a copy of parts of a table, joined, with each part's shift added to its column `text`."""
    table = concat(parts, dtype) if len(parts) > 1 else copied(concat(parts, dtype))
    table["text"] += np.repeat(shifts, [*map(len, parts)])
    return table


def _copied_share(shares: Sequence[_Share]) -> _Share:
    """Return a copy of some shares as one, with only the texts that its rows use."""
    rows, sightings = _joined(shares)
    return _Share(rows, sightings, _used_texts(shares, rows, sightings))


def _used_texts(shares: Sequence[_Share], rows: Rows, sightings: Rows) -> Texts:
    """Copy the texts that two tables of `_joined` use, and number their column `text` anew, in place."""
    texts = [share.texts for share in shares]
    count = sum(map(len, texts))
    return Texts.chosen(texts, renumbered(np.arange(count), count, rows, sightings))


def _moved_up(rows: Rows, slot: int) -> Rows:
    """Return a copy of rows in which those of earlier slots are moved up to `slot`."""
    moved = copied(rows)
    moved["slot"] = np.maximum(moved["slot"], slot)
    return moved


def _split_at(rows: Rows, slot: int) -> tuple[Rows, Rows]:
    """Return the rows of slots below `slot`, and the others; a table that is all of one kind is not copied."""
    is_before = rows["slot"] < slot
    count = np.count_nonzero(is_before)
    if count == len(rows):
        return rows, rows[:0]
    return (picked(rows, is_before), picked(rows, ~is_before)) if count else (rows[:0], rows)


def _split_parts(parts: list[Rows], slot: int, dtype: np.dtype[Any]) -> tuple[Rows, list[Rows]]:
    """Return the rows of all parts of a table below a slot, joined, and what is left of each part."""
    cuts = [_split_at(part, slot) for part in parts]
    return concat([below for below, _ in cuts if len(below)], dtype), [rest for _, rest in cuts if len(rest)]
