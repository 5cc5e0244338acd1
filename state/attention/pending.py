"""Deltas that wait until every input has passed their slot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.aggregate.deltas import Deltas, compact, compact_sightings, kept_spellings, renumbered
from brainstem.aggregate.kernels import DELTA_DTYPE, NUMBER_DTYPE, SIGHTING_DTYPE, TRANSITION_DTYPE
from brainstem.arrays.aliases import Rows
from brainstem.arrays.byte_strings import Texts
from brainstem.arrays.rows import concat, copied, in_order, picked
from state.frontier import NOT_YET

SHARES_MOST: Final = 64
"""shares that wait on their own; more of them, as a live run has of small batches, are joined"""


@dataclass(frozen=True, slots=True)
class Ready:
    """Deltas of complete slots, in an order that does not tell how they came."""

    rows: Rows
    sightings: Rows
    texts: Texts
    numbers: Rows
    transitions: Rows
    """in the order they came: `in_order` sorts what is left of them"""
    spellings: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Share:
    """Deltas and sightings of a share that has any, with the texts that their columns `text` number from `first_text` on."""

    rows: Rows
    sightings: Rows
    texts: Texts
    first_text: int = 0

    def cut(self, slot: int) -> tuple["_Share", "_Share"]:
        """Return what lies below a slot, and the rest."""
        rows, sightings = _cut(self.rows, slot), _cut(self.sightings, slot)
        below, rest = zip(rows, sightings, strict=True)
        return replace(self, rows=below[0], sightings=below[1]), replace(self, rows=rest[0], sightings=rest[1])


class PendingDeltas:
    """Shares of deltas, in the order they came."""

    def __init__(self) -> None:
        self._shares: list[_Share] = []
        self._numbers: list[Rows] = []
        self._transitions: list[Rows] = []
        self._spellings: list[tuple[str, ...]] = []

    def add(self, deltas: Deltas, from_slot: int = NOT_YET) -> None:
        """Keep one share; what comes too late for its own slot counts in `from_slot`, the earliest that is still open."""
        tables = (deltas.rows, deltas.sightings, deltas.numbers, deltas.transitions)
        if any(len(table) and table["slot"].min() < from_slot for table in tables):
            deltas = replace(
                deltas,
                rows=_not_before(deltas.rows, from_slot),
                sightings=_not_before(deltas.sightings, from_slot),
                numbers=_not_before(deltas.numbers, from_slot),
                transitions=_not_before(deltas.transitions, from_slot),
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
        """Count the deltas that wait."""
        return sum(len(share.rows) for share in self._shares)

    def before(self, slot: int) -> tuple[npt.NDArray[np.uint64], list[int]]:
        """Return the members that wait in slots below `slot`, and these slots, each once."""
        slots = np.concatenate([share.rows["slot"] for share in self._shares] or [np.zeros(0, np.int32)])
        members = np.concatenate([share.rows["member"] for share in self._shares] or [np.zeros(0, np.uint64)])
        ready = slots < slot
        return np.unique(members[ready]), np.unique(slots[ready]).tolist()

    def take_before(self, slot: int) -> Ready:
        """Take what lies in slots below `slot`; the rest goes on waiting."""
        cuts = [share.cut(slot) for share in self._shares]
        ready = [below for below, _ in cuts if len(below.rows)]
        rows, sightings = _joined(ready)
        rows, sightings = compact(rows), compact_sightings(sightings)
        # what is ready may be kept for long, and must not keep the text of whole batches
        texts = _asked(ready, rows, sightings)
        # a clock that runs ahead leaves a row of each batch, which must not keep the text of all of it
        self._shares = [_alone([rest]) if len(below.rows) else rest for below, rest in cuts if len(rest.rows)]
        if len(self._shares) > SHARES_MOST:
            self._shares = [_alone(self._shares)]
        numbers, self._numbers = _split(self._numbers, slot, NUMBER_DTYPE)
        spellings = self._spellings
        transitions, self._transitions = _split(self._transitions, slot, TRANSITION_DTYPE)
        if self._transitions:
            self._transitions = [concat(self._transitions, TRANSITION_DTYPE)]
            self._spellings = list(kept_spellings(self._transitions[0], spellings))
        else:
            self._spellings = []
        ordered = in_order(numbers, "slot", "gauge", "time", "source", "position")
        return Ready(rows, sightings, texts, ordered, transitions, spellings)

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values."""
        rows, sightings = _joined(self._shares)
        texts = _asked(self._shares, rows, sightings)
        return (
            rows.tobytes(),
            sightings.tobytes(),
            texts.to_plain(),
            concat(self._numbers, NUMBER_DTYPE).tobytes(),
            concat(self._transitions, TRANSITION_DTYPE).tobytes(),
            tuple(self._spellings),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
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
    """Return the deltas and the sightings of some shares, their texts numbered one behind the other."""
    counts = np.array([len(share.texts) for share in shares], np.int64)
    further = np.cumsum(counts) - counts - np.array([share.first_text for share in shares], np.int64)
    return (
        _numbered([share.rows for share in shares], further, DELTA_DTYPE),
        _numbered([share.sightings for share in shares], further, SIGHTING_DTYPE),
    )


def _numbered(parts: Sequence[Rows], further: npt.NDArray[np.int64], dtype: np.dtype[Any]) -> Rows:
    """Copy parts of a table one behind the other, the texts of each numbered so much further."""
    table = concat(parts, dtype) if len(parts) > 1 else copied(concat(parts, dtype))
    table["text"] += np.repeat(further, [*map(len, parts)])
    return table


def _alone(shares: Sequence[_Share]) -> _Share:
    """Return one share of what some shares hold, with no other texts than are asked for."""
    rows, sightings = _joined(shares)
    return _Share(rows, sightings, _asked(shares, rows, sightings))


def _asked(shares: Sequence[_Share], rows: Rows, sightings: Rows) -> Texts:
    """Copy the texts of some shares that two tables ask for, as `_joined` numbers them, and number them anew in place."""
    texts = [share.texts for share in shares]
    count = sum(map(len, texts))
    return Texts.chosen(texts, renumbered(np.arange(count), count, rows, sightings))


def _not_before(rows: Rows, slot: int) -> Rows:
    """Move rows of earlier slots to `slot`."""
    moved = copied(rows)
    moved["slot"] = np.maximum(moved["slot"], slot)
    return moved


def _cut(rows: Rows, slot: int) -> tuple[Rows, Rows]:
    """Return the rows of slots below `slot`, and the others; what is not cut is not copied."""
    is_ready = rows["slot"] < slot
    count = np.count_nonzero(is_ready)
    if count == len(rows):
        return rows, rows[:0]
    return (picked(rows, is_ready), picked(rows, ~is_ready)) if count else (rows[:0], rows)


def _split(parts: list[Rows], slot: int, dtype: np.dtype[Any]) -> tuple[Rows, list[Rows]]:
    """Split parts of a table at a slot: the rows below it, joined, and what is left of each part."""
    cuts = [_cut(part, slot) for part in parts]
    return concat([ready for ready, _ in cuts if len(ready)], dtype), [rest for _, rest in cuts if len(rest)]
