"""Texts in bulk: records and messages end to end in two strings of bytes, sliced only when somebody looks."""

from collections.abc import Sequence
from dataclasses import dataclass
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

    octets: bytes
    offsets: Int64s

    @classmethod
    def of(cls, strings: Sequence[bytes]) -> "Spans":
        """Put strings end to end."""
        return cls(b"".join(strings), np.cumsum([0, *map(len, strings)]).astype(np.int64))

    @classmethod
    def gathered(cls, source: Bytes, start: Int64s, length: Int64s) -> "Spans":
        """Copy slices of a buffer."""
        offsets = np.zeros(len(start) + 1, np.int64)
        np.cumsum(length, out=offsets[1:])
        into = np.empty(int(offsets[-1]), np.uint8)
        _gather(source, np.ascontiguousarray(start, np.int64), offsets, into)
        return cls(into.tobytes(), offsets)

    @classmethod
    def joined(cls, parts: Sequence["Spans"]) -> "Spans":
        """Put strings of several parts end to end."""
        ends = np.cumsum([0, *(len(part.octets) for part in parts)])
        offsets = [part.offsets[:-1] + end for part, end in zip(parts, ends, strict=False)]
        return cls(b"".join(part.octets for part in parts), np.concatenate([*offsets, ends[-1:]]).astype(np.int64))

    def __len__(self) -> int:
        """Count the strings."""
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> bytes:
        """Give one string."""
        return self.octets[int(self.offsets[index]) : int(self.offsets[index + 1])]

    def between(self, low: int, high: int) -> "Spans":
        """Copy the strings from number `low` to before `high`."""
        offsets = self.offsets[low : high + 1]
        return Spans(self.octets[int(offsets[0]) : int(offsets[-1])], offsets - offsets[0])

    def take(self, indices: npt.NDArray[Any]) -> "Spans":
        """Copy some of the strings, in the order asked for."""
        start = self.offsets[indices]
        return Spans.gathered(np.frombuffer(self.octets, np.uint8), start, self.offsets[indices + 1] - start)


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of lines, by number."""

    raws: Spans
    messages: Spans

    @classmethod
    def joined(cls, parts: Sequence["Texts"]) -> "Texts":
        """Put texts of several parts one behind the other."""
        return cls(Spans.joined([part.raws for part in parts]), Spans.joined([part.messages for part in parts]))

    def __len__(self) -> int:
        """Count the texts."""
        return len(self.raws)

    def __getitem__(self, index: int) -> Text:
        """Give one text."""
        return Text(self.raws[index], self.messages[index])

    def between(self, low: int, high: int) -> "Texts":
        """Copy the texts from number `low` to before `high`."""
        return Texts(self.raws.between(low, high), self.messages.between(low, high))

    def take(self, indices: npt.NDArray[Any]) -> "Texts":
        """Copy some of the texts, in the order asked for."""
        return Texts(self.raws.take(indices), self.messages.take(indices))

    def to_plain(self) -> tuple[tuple[bytes, bytes], ...]:
        """Give all texts as plain values, for a snapshot."""
        return tuple((text.raw, text.message) for text in (self[index] for index in range(len(self))))

    @classmethod
    def from_plain(cls, plain: Sequence[tuple[bytes, bytes]]) -> "Texts":
        """Give the texts of `to_plain`."""
        return cls(Spans.of([raw for raw, _ in plain]), Spans.of([message for _, message in plain]))


NO_TEXTS = Texts.from_plain(())
