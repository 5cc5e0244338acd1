"""Texts in bulk: records and messages end to end in two strings of bytes, sliced only when somebody looks.

Nearly every line is the first to tell of something somewhere, so nearly all text of a log goes through here: shares point
into the text of their batch, and what a seal needs is copied once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from brainstem.compiled import compiled
from brainstem.lowering import copy_bytes

Bytes = npt.NDArray[np.uint8]
Int64s = npt.NDArray[np.int64]


class Text(NamedTuple):
    """What a line says: its record (cut) and its message (cut)."""

    raw: bytes
    message: bytes


@compiled
def _gather(source: Any, start: Any, offsets: Any, into: Any) -> None:
    """Copy slices of `source` end to end; slice i fills `into[offsets[i]:offsets[i + 1]]`."""
    for index in range(len(start)):
        place = offsets[index]
        copy_bytes(into, place, source, start[index], offsets[index + 1] - place)


@dataclass(frozen=True, slots=True)
class Spans:
    """Byte strings end to end: string i is `octets[offsets[i]:offsets[i + 1]]`."""

    octets: Bytes
    offsets: Int64s

    @classmethod
    def of(cls, strings: Sequence[bytes]) -> "Spans":
        """Put strings end to end."""
        offsets = np.cumsum([0, *map(len, strings)]).astype(np.int64)
        return cls(np.frombuffer(b"".join(strings), np.uint8), offsets)

    @classmethod
    def gathered(cls, source: Bytes, start: Int64s, length: Int64s) -> "Spans":
        """Copy slices of a buffer."""
        offsets = np.zeros(len(start) + 1, np.int64)
        np.cumsum(length, out=offsets[1:])
        into = np.empty(int(offsets[-1]), np.uint8)
        _gather(source, np.ascontiguousarray(start, np.int64), offsets, into)
        return cls(into, offsets)

    @classmethod
    def joined(cls, parts: Sequence["Spans"]) -> "Spans":
        """Copy the strings of several parts end to end."""
        return cls.chosen(parts, np.arange(sum(map(len, parts))))

    @classmethod
    def chosen(cls, parts: Sequence["Spans"], indices: npt.NDArray[Any]) -> "Spans":
        """Copy some of the strings of several parts, which are numbered one behind the other; `indices` ascend."""
        begins = np.cumsum([0, *map(len, parts)])
        cuts = np.searchsorted(indices, begins).tolist()
        chosen = [
            indices[low:high] - begin for begin, (low, high) in zip(begins.tolist(), pairwise(cuts), strict=False)
        ]
        starts = [part.offsets[own] for part, own in zip(parts, chosen, strict=True)]
        lengths = [part.offsets[own + 1] - start for part, own, start in zip(parts, chosen, starts, strict=True)]
        offsets = np.zeros(len(indices) + 1, np.int64)
        np.cumsum(np.concatenate([np.zeros(0, np.int64), *lengths]), out=offsets[1:])
        into = np.empty(int(offsets[-1]), np.uint8)
        for part, start, (low, high) in zip(parts, starts, pairwise(cuts), strict=True):
            _gather(part.octets, start, offsets[low : high + 1], into)
        return cls(into, offsets)

    def __len__(self) -> int:
        """Count the strings."""
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> bytes:
        """Give one string."""
        return self.octets[int(self.offsets[index]) : int(self.offsets[index + 1])].tobytes()

    def between(self, low: int, high: int) -> "Spans":
        """Give the strings from number `low` to before `high`, where they are."""
        offsets = self.offsets[low : high + 1]
        return Spans(self.octets[int(offsets[0]) : int(offsets[-1])], offsets - offsets[0])

    def take(self, indices: npt.NDArray[Any]) -> "Spans":
        """Copy some of the strings, in the order asked for."""
        start = self.offsets[indices]
        return Spans.gathered(self.octets, start, self.offsets[indices + 1] - start)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of lines, by number."""

    raws: Spans
    messages: Spans

    @classmethod
    def joined(cls, parts: Sequence["Texts"]) -> "Texts":
        """Copy the texts of several parts one behind the other."""
        return cls(Spans.joined([part.raws for part in parts]), Spans.joined([part.messages for part in parts]))

    @classmethod
    def chosen(cls, parts: Sequence["Texts"], indices: npt.NDArray[Any]) -> "Texts":
        """Copy some of the texts of several parts, which are numbered one behind the other; `indices` ascend."""
        raws, messages = [part.raws for part in parts], [part.messages for part in parts]
        return cls(Spans.chosen(raws, indices), Spans.chosen(messages, indices))

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.raws)

    def __getitem__(self, index: int) -> Text:
        """Give one text."""
        return Text(self.raws[index], self.messages[index])

    def between(self, low: int, high: int) -> "Texts":
        """Give the texts from number `low` to before `high`, where they are."""
        return Texts(self.raws.between(low, high), self.messages.between(low, high))

    def to_plain(self) -> tuple[bytes, bytes, bytes, bytes]:
        """Give all texts as plain values, for a snapshot."""
        return tuple(  # type: ignore[return-value]  # two of each
            plain for each in (self.raws, self.messages) for plain in (each.octets.tobytes(), each.offsets.tobytes())
        )

    @classmethod
    def from_plain(cls, plain: tuple[bytes, bytes, bytes, bytes]) -> "Texts":
        """Give the texts of `to_plain`."""
        raws, raw_offsets, messages, message_offsets = plain
        return cls(_spans(raws, raw_offsets), _spans(messages, message_offsets))


def _spans(octets: bytes, offsets: bytes) -> Spans:
    return Spans(np.frombuffer(octets, np.uint8), np.frombuffer(offsets, np.int64))
