"""Deltas that wait until every input has passed their slot."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from brainstem.delta import Deltas, compact, compact_sightings, kept_spellings, renumbered
from brainstem.folding import DELTA_DTYPE, NUMBER_DTYPE, SIGHTING_DTYPE, TRANSITION_DTYPE
from brainstem.tables import copied, in_order, picked, put_together
from brainstem.texts import Texts
from state.frontier import NOT_YET

Rows = npt.NDArray[Any]


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


class Waiting:
    """Shares of deltas, joined in the order they came."""

    def __init__(self) -> None:
        self._rows: list[Rows] = []
        self._sightings: list[Rows] = []
        self._texts: list[Texts] = []
        self._first_texts: list[int] = []
        """of each share with deltas, what these and its sightings point to, and which number the first of these has"""
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
            self._rows.append(deltas.rows)
            self._sightings.append(deltas.sightings)
            self._texts.append(deltas.texts)
            self._first_texts.append(deltas.first_text)
        if len(deltas.numbers):
            self._numbers.append(deltas.numbers)
        if len(deltas.transitions):
            transitions = copied(deltas.transitions)
            transitions["spelling"][transitions["spelling"] >= 0] += len(self._spellings)
            self._transitions.append(transitions)
            self._spellings.extend(deltas.spellings)

    def __len__(self) -> int:
        """Count the deltas that wait."""
        return sum(map(len, self._rows))

    def before(self, slot: int) -> tuple[npt.NDArray[np.uint64], list[int]]:
        """Give the members that wait in slots below `slot`, and these slots, each once."""
        slots = np.concatenate([rows["slot"] for rows in self._rows] or [np.zeros(0, np.int32)])
        members = np.concatenate([rows["member"] for rows in self._rows] or [np.zeros(0, np.uint64)])
        ready = slots < slot
        return np.unique(members[ready]), np.unique(slots[ready]).tolist()

    def take_before(self, slot: int) -> Ready:
        """Take what lies in slots below `slot`; the rest goes on waiting."""
        rows, sightings = self._joined(self._rows, DELTA_DTYPE), self._joined(self._sightings, SIGHTING_DTYPE)
        numbers, texts, spellings = put_together(self._numbers, NUMBER_DTYPE), self._texts, self._spellings
        is_ready = [table["slot"] < slot for table in (rows, sightings, numbers)]
        self._rows, self._sightings, self._numbers = [], [], _rest(numbers, is_ready[2])
        self._texts, self._first_texts = [], []
        if not is_ready[0].all():
            self._first_texts = [0]
            self._rows, self._sightings = [picked(rows, ~is_ready[0])], [picked(sightings, ~is_ready[1])]
            self._texts = [Texts.chosen(texts, renumbered(self._rows[0], self._sightings[0]))]
        transitions, self._transitions = _split(self._transitions, slot, TRANSITION_DTYPE)
        self._spellings = list(kept_spellings(self._transitions[0], spellings)) if self._transitions else []
        ready, seen = compact(rows, is_ready[0]), compact_sightings(sightings, is_ready[1])
        return Ready(
            ready,
            seen,
            # what is ready may be kept for long, and must not keep the text of whole batches
            Texts.chosen(texts, renumbered(ready, seen)),
            in_order(numbers, "slot", "gauge", "time", "source", "position", where=is_ready[2]),
            transitions,
            spellings,
        )

    def _joined(self, shares: list[Rows], dtype: np.dtype[Any]) -> Rows:
        """Give the deltas or the sightings of all shares, their texts numbered one behind the other."""
        if self._first_texts in ([], [0]):
            return put_together(shares, dtype)
        joined = put_together(shares, dtype) if len(shares) > 1 else copied(shares[0])
        before = np.cumsum([0, *map(len, self._texts[:-1])]) - np.array(self._first_texts)
        joined["text"] += np.repeat(before, [*map(len, shares)])
        return joined

    def snapshot(self) -> tuple[object, ...]:
        """Give the state as plain values."""
        return (
            self._joined(self._rows, DELTA_DTYPE).tobytes(),
            self._joined(self._sightings, SIGHTING_DTYPE).tobytes(),
            Texts.joined(self._texts).to_plain(),
            put_together(self._numbers, NUMBER_DTYPE).tobytes(),
            put_together(self._transitions, TRANSITION_DTYPE).tobytes(),
            tuple(self._spellings),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        rows, sightings, texts, numbers, transitions, spellings = state
        self._rows = [np.frombuffer(rows, DELTA_DTYPE).copy()]
        self._sightings = [np.frombuffer(sightings, SIGHTING_DTYPE).copy()]
        self._texts, self._first_texts = [Texts.from_plain(texts)], [0]
        self._numbers = [np.frombuffer(numbers, NUMBER_DTYPE).copy()]
        self._transitions = [np.frombuffer(transitions, TRANSITION_DTYPE).copy()]
        self._spellings = list(spellings)


def _not_before(rows: Rows, slot: int) -> Rows:
    """Move rows of earlier slots to `slot`."""
    moved = copied(rows)
    moved["slot"] = np.maximum(moved["slot"], slot)
    return moved


def _split(shares: list[Rows], slot: int, dtype: np.dtype[Any]) -> tuple[Rows, list[Rows]]:
    """Split shares of rows at a slot: those before it, joined, and the others."""
    joined = put_together(shares, dtype)
    ready = joined["slot"] < slot
    return (joined if ready.all() else picked(joined, ready)), _rest(joined, ready)


def _rest(rows: Rows, ready: npt.NDArray[np.bool_]) -> list[Rows]:
    """Give what is not ready yet, as one share or none."""
    return [] if ready.all() else [picked(rows, ~ready)]
