"""Deltas that wait until every input has passed their slot."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from brainstem.delta import DELTA_DTYPE, NUMBER_DTYPE, TRANSITION_DTYPE, Deltas, Texts, compact

Rows = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """Deltas of complete slots, in an order that does not tell how they came."""

    rows: Rows
    texts: list[Texts]
    numbers: Rows
    transitions: Rows


class Waiting:
    """Shares of deltas in the order they came."""

    def __init__(self) -> None:
        self._rows: list[Rows] = []
        self._texts: list[tuple[Texts, ...]] = []
        self._numbers: list[Rows] = []
        self._transitions: list[Rows] = []

    def add(self, deltas: Deltas) -> None:
        """Keep one share."""
        if len(deltas.rows):
            self._rows.append(deltas.rows)
            self._texts.append(deltas.texts)
        if len(deltas.numbers):
            self._numbers.append(deltas.numbers)
        if len(deltas.transitions):
            self._transitions.append(deltas.transitions)

    def take_before(self, slot: int) -> Ready:
        """Take what lies in slots below `slot`; the rest goes on waiting."""
        rows, texts = self._take_rows(slot)
        numbers, self._numbers = _split(self._numbers, slot, NUMBER_DTYPE)
        transitions, self._transitions = _split(self._transitions, slot, TRANSITION_DTYPE)
        return Ready(
            compact(rows),
            texts,
            numbers[_order(numbers, "slot", "gauge", "time", "source", "position")],
            transitions[_order(transitions, "time", "source", "position", "entity")],
        )

    def _take_rows(self, slot: int) -> tuple[Rows, list[Texts]]:
        shares: list[Rows] = []
        texts: list[Texts] = []
        kept_rows: list[Rows] = []
        kept_texts: list[tuple[Texts, ...]] = []
        for rows, lines in zip(self._rows, self._texts, strict=True):
            ready = rows["slot"] < slot
            if ready.any():
                share = rows[ready]
                share["line"] += len(texts)
                shares.append(share)
                texts.extend(lines)
            if not ready.all():
                rest = rows[~ready]
                kept_texts.append(tuple(lines[line] for line in rest["line"].tolist()))
                rest["line"] = np.arange(len(rest))
                kept_rows.append(rest)
        self._rows, self._texts = kept_rows, kept_texts
        return _joined(shares, DELTA_DTYPE), texts

    def snapshot(self) -> tuple[object, ...]:
        """Give the state as plain values."""
        texts = tuple((text.raw, text.message) for lines in self._texts for text in lines)
        return (
            _joined(self._rows, DELTA_DTYPE).tobytes(),
            tuple(len(lines) for lines in self._texts),
            texts,
            _joined(self._numbers, NUMBER_DTYPE).tobytes(),
            _joined(self._transitions, TRANSITION_DTYPE).tobytes(),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        rows = np.frombuffer(state[0], DELTA_DTYPE)
        texts = [Texts(raw, message) for raw, message in state[2]]
        begin = 0
        for length in state[1]:
            self._rows.append(rows[begin : begin + length].copy())
            self._texts.append(tuple(texts[begin : begin + length]))
            begin += length
        self._numbers = [np.frombuffer(state[3], NUMBER_DTYPE).copy()]
        self._transitions = [np.frombuffer(state[4], TRANSITION_DTYPE).copy()]


def _joined(shares: list[Rows], dtype: np.dtype[Any]) -> Rows:
    """Join shares of rows; an empty list gives no rows."""
    return np.concatenate(shares) if shares else np.zeros(0, dtype)


def _split(shares: list[Rows], slot: int, dtype: np.dtype[Any]) -> tuple[Rows, list[Rows]]:
    """Split shares of rows at a slot: those before it, joined, and the others."""
    joined = _joined(shares, dtype)
    ready = joined["slot"] < slot
    rest = joined[~ready]
    return joined[ready], [rest] if len(rest) else []


def _order(rows: Rows, *columns: str) -> npt.NDArray[np.intp]:
    """Give the order of rows by columns, the first the most significant."""
    return np.lexsort(tuple(rows[column] for column in reversed(columns)))
