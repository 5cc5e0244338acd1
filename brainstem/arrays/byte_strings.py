"""Texts in bulk: records and messages as slices of a few long strings of bytes, cut out only when somebody looks.

Nearly every line is the first to tell of something somewhere, so nearly all text of a log goes through here: shares point
into the text of their batch, and what a seal needs is copied once.
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
    """What a line says: its record (cut) and its message (cut)."""

    raw: bytes
    message: bytes


@compiled
def _gather(source: Any, start: Any, length: Any, into: Any, places: Any) -> None:
    """Copy slices of `source` into `into`, each to its place."""
    for index in range(len(start)):
        copy_bytes(into, places[index], source, start[index], length[index])


@dataclass(frozen=True, slots=True)
class Spans:
    """Byte strings in a long one: string i is `buffer[start[i] : start[i] + length[i]]`."""

    buffer: Bytes
    start: Int64s
    length: Int64s

    @classmethod
    def of(cls, strings: Sequence[bytes]) -> "Spans":
        """Put strings end to end."""
        return cls._end_to_end(np.frombuffer(b"".join(strings), np.uint8), np.array([*map(len, strings)], np.int64))

    @classmethod
    def joined(cls, parts: Sequence["Spans"]) -> "Spans":
        """Copy the strings of several parts end to end."""
        return cls.chosen(parts, np.arange(sum(map(len, parts))))

    @classmethod
    def chosen(cls, parts: Sequence["Spans"], indices: npt.NDArray[Any]) -> "Spans":
        """Copy some of the strings of several parts, which are numbered one behind the other; `indices` ascend."""
        return cls._picked(parts, _own_of_each(parts, indices))

    @classmethod
    def _picked(cls, parts: Sequence["Spans"], own: Sequence[npt.NDArray[Any]]) -> "Spans":
        """Copy some of the strings of each part end to end; `own` are their numbers there."""
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
        """Return strings of some lengths that lie end to end."""
        return cls(buffer, np.cumsum(length) - length, length)

    def __len__(self) -> int:
        """Count the strings."""
        return len(self.start)

    def __getitem__(self, index: int) -> bytes:
        """Return one string."""
        start = int(self.start[index])
        return self.buffer[start : start + int(self.length[index])].tobytes()

    def __reduce__(self) -> tuple[Any, ...]:
        """Go to another process, or into a copy, without what lies between the strings."""
        own = self._alone()
        return Spans, (own.buffer, own.start, own.length)

    def between(self, low: int, high: int) -> "Spans":
        """Return the strings from number `low` to before `high`, where they are."""
        return Spans(self.buffer, self.start[low:high], self.length[low:high])

    def take(self, indices: npt.NDArray[Any]) -> "Spans":
        """Copy some of the strings, in the order asked for."""
        return Spans(self.buffer, self.start[indices], self.length[indices]).copied()

    def copied(self) -> "Spans":
        """Copy the strings, so that they do not keep the text of others."""
        return Spans.joined([self])

    def _alone(self) -> "Spans":
        """Return the strings end to end, copied unless they lie so already."""
        ends = np.cumsum(self.length)
        lies_so = len(self.buffer) == (int(ends[-1]) if len(ends) else 0) and bool(
            (self.start == ends - self.length).all()
        )
        return self if lies_so else self.copied()

    def to_plain(self) -> tuple[bytes, bytes]:
        """Return all strings as plain values, for a snapshot: end to end, and where each begins and the last one ends."""
        own = self._alone()
        return own.buffer.tobytes(), np.concatenate([[0], np.cumsum(own.length)]).astype(np.int64).tobytes()

    @classmethod
    def from_plain(cls, buffer: bytes, offsets: bytes) -> "Spans":
        """Return the strings of `to_plain`."""
        cuts = np.frombuffer(offsets, np.int64)
        return cls._end_to_end(np.frombuffer(buffer, np.uint8), cuts[1:] - cuts[:-1])


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of lines, by number."""

    raws: Spans
    messages: Spans

    @classmethod
    def joined(cls, parts: Sequence["Texts"]) -> "Texts":
        """Copy the texts of several parts one behind the other."""
        return cls.chosen(parts, np.arange(sum(map(len, parts))))

    @classmethod
    def chosen(cls, parts: Sequence["Texts"], indices: npt.NDArray[Any]) -> "Texts":
        """Copy some of the texts of several parts, which are numbered one behind the other; `indices` ascend.

        A message that lies in its record, as nearly all do, is not copied a second time.
        """
        messages = [part.messages for part in parts]
        own = _own_of_each(parts, indices)
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
        """Return how far behind the beginning of its record each message begins; None unless all lie in their records."""
        raws, messages = self.raws, self.messages
        if raws.buffer is not messages.buffer:
            return None
        behind = messages.start[indices] - raws.start[indices]
        is_inside = (behind >= 0) & (behind + messages.length[indices] <= raws.length[indices])
        return behind if is_inside.all() else None

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.raws)

    def __getitem__(self, index: int) -> Text:
        """Return one text."""
        return Text(self.raws[index], self.messages[index])

    def between(self, low: int, high: int) -> "Texts":
        """Return the texts from number `low` to before `high`, where they are."""
        return Texts(self.raws.between(low, high), self.messages.between(low, high))

    def to_plain(self) -> tuple[bytes, bytes, bytes, bytes]:
        """Return all texts as plain values, for a snapshot."""
        return (*self.raws.to_plain(), *self.messages.to_plain())

    @classmethod
    def from_plain(cls, plain: tuple[bytes, bytes, bytes, bytes]) -> "Texts":
        """Return the texts of `to_plain`."""
        return cls(Spans.from_plain(*plain[:2]), Spans.from_plain(*plain[2:]))


def _own_of_each(parts: Sequence[Sized], indices: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """Cut ascending numbers of things in parts, numbered one behind the other; gives the own numbers of each part."""
    begins = np.cumsum([0, *map(len, parts)])
    cuts = np.searchsorted(indices, begins).tolist()
    return [indices[low:high] - begin for begin, (low, high) in zip(begins.tolist(), pairwise(cuts), strict=False)]
