"""Byte strings in bulk: many strings as slices of one buffer, with the records and messages of lines on top.

Nearly every line is the first of its kind on some host, so nearly all text of a log goes through here. A string costs its
start and its length; the bytes stay in the buffer of the batch until the strings are copied, and a `bytes` object is made
only for a string that is asked for. `Spans` are one column of strings, `Texts` two: records and their messages.
"""

from collections.abc import Sequence, Sized
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Bytes, Int64s
from brainstem.jit.decorators import compiled
from brainstem.jit.intrinsics import copy_bytes


class Text(NamedTuple):
    """The text of one line: its record and its message, both cut to a greatest length."""

    raw: bytes
    message: bytes


@compiled
def _gather(source: Bytes, start: Int64s, length: Int64s, into: Bytes, places: Int64s) -> None:
    """Copy the slices `source[start[i]:start[i] + length[i]]` to `into[places[i]:]`."""
    for index in range(len(start)):
        copy_bytes(into, places[index], source, start[index], length[index])


@dataclass(frozen=True, slots=True)
class Spans:
    """Byte strings in one buffer: string i is `buffer[start[i] : start[i] + length[i]]`."""

    buffer: Bytes
    start: Int64s
    length: Int64s

    @classmethod
    def of(cls, strings: Sequence[bytes]) -> "Spans":
        """Return strings as slices of a new buffer, end to end."""
        return cls._end_to_end(np.frombuffer(b"".join(strings), np.uint8), np.array([*map(len, strings)], np.int64))

    @classmethod
    def joined(cls, parts: Sequence["Spans"]) -> "Spans":
        """Return the strings of several parts, copied end to end."""
        return cls.chosen(parts, np.arange(sum(map(len, parts))))

    @classmethod
    def chosen(cls, parts: Sequence["Spans"], indices: npt.NDArray[Any]) -> "Spans":
        """Return some of the strings of several parts, copied end to end.

        `indices` ascend and number the strings of all parts, one part behind the other.
        """
        return cls._picked(parts, _indices_in_each(parts, indices))

    @classmethod
    def _picked(cls, parts: Sequence["Spans"], own: Sequence[npt.NDArray[Any]]) -> "Spans":
        """Return some of the strings of each part, copied end to end; `own` are their numbers within each part."""
        starts = [part.start[each] for part, each in zip(parts, own, strict=True)]
        lengths = [part.length[each] for part, each in zip(parts, own, strict=True)]
        length = np.concatenate([np.zeros(0, np.int64), *lengths])
        copied = cls._end_to_end(np.empty(int(length.sum()), np.uint8), length)
        low = 0
        for part, start, each in zip(parts, starts, lengths, strict=True):
            _gather(part.buffer, start, each, copied.buffer, copied.start[low : low + len(start)])
            low += len(start)
        return copied

    @classmethod
    def _end_to_end(cls, buffer: Bytes, length: Int64s) -> "Spans":
        """Return strings of these lengths that stand end to end in a buffer."""
        return cls(buffer, np.cumsum(length) - length, length)

    def __len__(self) -> int:
        """Return how many strings there are."""
        return len(self.start)

    def __getitem__(self, index: int) -> bytes:
        """Return one string."""
        start = int(self.start[index])
        return self.buffer[start : start + int(self.length[index])].tobytes()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the strings without the bytes between them."""
        packed = self._end_to_end_or_copied()
        return Spans, (packed.buffer, packed.start, packed.length)

    def between(self, low: int, high: int) -> "Spans":
        """Return the strings `low` to `high`, not copied; `high` is not part of them."""
        return Spans(self.buffer, self.start[low:high], self.length[low:high])

    def take(self, indices: npt.NDArray[Any]) -> "Spans":
        """Return some of the strings, copied, in the order of `indices`, which may repeat."""
        return Spans(self.buffer, self.start[indices], self.length[indices]).copied()

    def copied(self) -> "Spans":
        """Return the strings in a buffer of their own, so that they do not keep the text of others in memory."""
        return Spans.joined([self])

    def _end_to_end_or_copied(self) -> "Spans":
        """Return the strings end to end in a buffer without other bytes: these ones, or a copy."""
        ends = np.cumsum(self.length)
        is_end_to_end = len(self.buffer) == (int(ends[-1]) if len(ends) else 0) and bool(
            (self.start == ends - self.length).all()
        )
        return self if is_end_to_end else self.copied()

    def to_plain(self) -> tuple[bytes, bytes]:
        """Return two buffers for a snapshot: the strings end to end, and int64 where each begins and the last one ends."""
        packed = self._end_to_end_or_copied()
        return packed.buffer.tobytes(), np.concatenate([[0], np.cumsum(packed.length)]).astype(np.int64).tobytes()

    @classmethod
    def from_plain(cls, buffer: bytes, offsets: bytes) -> "Spans":
        """Return the strings that `to_plain` packed."""
        cuts = np.frombuffer(offsets, np.int64)
        return cls._end_to_end(np.frombuffer(buffer, np.uint8), cuts[1:] - cuts[:-1])


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of many lines; line i has `raws[i]` and `messages[i]`."""

    raws: Spans
    messages: Spans

    @classmethod
    def joined(cls, parts: Sequence["Texts"]) -> "Texts":
        """Return the texts of several parts, copied, one part behind the other."""
        return cls.chosen(parts, np.arange(sum(map(len, parts))))

    @classmethod
    def chosen(cls, parts: Sequence["Texts"], indices: npt.NDArray[Any]) -> "Texts":
        """Return some of the texts of several parts, copied.

        `indices` ascend and number the texts of all parts, one part behind the other. Where all messages lie inside their
        records, as nearly always, they are slices of the copied records and not copied a second time.
        """
        messages = [part.messages for part in parts]
        own = _indices_in_each(parts, indices)
        copied = Spans._picked([part.raws for part in parts], own)
        inside = [part._inside(each) for part, each in zip(parts, own, strict=True)]
        if any(each is None for each in inside):
            return cls(copied, Spans._picked(messages, own))
        length = np.concatenate(
            [np.zeros(0, np.int64), *(part.length[each] for part, each in zip(messages, own, strict=True))]
        )
        behind = np.concatenate([np.zeros(0, np.int64), *(each for each in inside if each is not None)])
        return cls(copied, Spans(copied.buffer, copied.start + behind, length))

    def _inside(self, indices: npt.NDArray[Any]) -> Int64s | None:
        """Return how many bytes behind the start of its record each message begins; None unless all lie in their records."""
        raws, messages = self.raws, self.messages
        if raws.buffer is not messages.buffer:
            return None
        behind = messages.start[indices] - raws.start[indices]
        is_inside = (behind >= 0) & (behind + messages.length[indices] <= raws.length[indices])
        return behind if is_inside.all() else None

    def __len__(self) -> int:
        """Return how many texts there are."""
        return len(self.raws)

    def __getitem__(self, index: int) -> Text:
        """Return one text."""
        return Text(self.raws[index], self.messages[index])

    def between(self, low: int, high: int) -> "Texts":
        """Return the texts `low` to `high`, not copied; `high` is not part of them."""
        return Texts(self.raws.between(low, high), self.messages.between(low, high))

    def to_plain(self) -> tuple[bytes, bytes, bytes, bytes]:
        """Return four buffers for a snapshot: `to_plain` of the records, then of the messages."""
        return (*self.raws.to_plain(), *self.messages.to_plain())

    @classmethod
    def from_plain(cls, plain: tuple[bytes, bytes, bytes, bytes]) -> "Texts":
        """Return the texts that `to_plain` packed."""
        return cls(Spans.from_plain(*plain[:2]), Spans.from_plain(*plain[2:]))


def _indices_in_each(parts: Sequence[Sized], indices: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Return for each part the numbers that `indices`, which ascend over all parts, have within it."""
    begins = np.cumsum([0, *map(len, parts)])
    cuts = np.searchsorted(indices, begins).tolist()
    return [indices[low:high] - begin for begin, (low, high) in zip(begins.tolist(), pairwise(cuts), strict=False)]
