"""Evidence lines kept for families and facets: the first line of each owner and its latest ones.

Owners are rows of a table. A line is kept once, however many owners show it; its bytes stay in the chunk they came in until
so much of the chunks is dead that copying the living is cheap.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.compiled import compiled
from brainstem.texts import Spans
from brainstem.versions import require_version

LINES_STATE_VERSION: Final = 1
LINES_KEPT: Final = 8
"""latest lines kept of an owner, beside its first one"""
SLACK_BYTES: Final = 16 << 20
"""dead bytes that are not worth a sweep"""
SLACK_LINES: Final = 65_536

LINE_DTYPE: Final = np.dtype(
    [
        ("slot", "i4"),
        ("event_time", "i8"),
        ("source", "u8"),
        ("position", "i8"),
        ("host", "u8"),
        ("chunk", "i4"),
        ("index", "i4"),  # which string of the chunk
    ]
)

Rows = npt.NDArray[Any]
Int32s = npt.NDArray[np.int32]
Line = tuple[int, int, int, int, int, bytes]
"""slot, event time, hash of the source, position, hash of the host, record; in the order of lines"""


@compiled
def _hang(rings: Any, counts: Any, firsts: Any, owners: Any, lines: Any) -> None:
    """Give each owner its line: as the first one where it has none, and in place of its oldest one."""
    for index in range(len(owners)):
        owner = owners[index]
        if owner < 0:
            continue
        if firsts[owner] < 0:
            firsts[owner] = lines[index]
        rings[owner, counts[owner] % rings.shape[1]] = lines[index]
        counts[owner] += 1


class Rings:
    """Which lines each owner shows."""

    def __init__(self) -> None:
        self.rings = np.full((16, LINES_KEPT), -1, np.int32)
        self.counts = np.zeros(16, np.int32)
        self.firsts = np.full(16, -1, np.int32)

    def make_room(self, owners: int) -> None:
        """Have room for so many owners."""
        if owners <= len(self.counts):
            return
        more = max(owners, 2 * len(self.counts)) - len(self.counts)
        self.rings = np.concatenate([self.rings, np.full((more, LINES_KEPT), -1, np.int32)])
        self.counts = np.concatenate([self.counts, np.zeros(more, np.int32)])
        self.firsts = np.concatenate([self.firsts, np.full(more, -1, np.int32)])

    def hang(self, owners: Int32s, lines: Int32s) -> None:
        """Give owners (-1 for none) lines, in the order of the lines."""
        _hang(self.rings, self.counts, self.firsts, owners, lines)

    def of(self, owner: int) -> tuple[int, list[int]]:
        """Give the first line of an owner (-1 for none) and its latest ones, oldest first."""
        if owner >= len(self.counts):
            return -1, []
        count = int(self.counts[owner])
        places = [(count - kept + step) % LINES_KEPT for kept in (min(count, LINES_KEPT),) for step in range(kept)]
        return int(self.firsts[owner]), self.rings[owner][places].tolist() if places else []

    def set(self, owner: int, first: int, latest: list[int]) -> None:
        """Replace what an owner shows."""
        self.firsts[owner] = first
        self.rings[owner] = -1
        self.rings[owner, : len(latest)] = latest
        self.counts[owner] = len(latest)

    def clear(self, owner: int) -> None:
        """Let an owner show nothing."""
        self.set(owner, -1, [])


class LineStore:
    """Lines by number, and the rings of two kinds of owners: families and facets."""

    def __init__(self) -> None:
        self.families = Rings()
        self.facets = Rings()
        self._lines = np.zeros(64, LINE_DTYPE)
        self._used = 0
        self._chunks: dict[int, Spans] = {}
        self._next_chunk = 0
        self._swept_bytes = 0
        self._swept_lines = 0

    def add(self, rows: Rows, chunk: int) -> Int32s:
        """Take the lines of deltas or sightings whose texts are in `chunk`; gives their numbers."""
        end = self._used + len(rows)
        if end > len(self._lines):
            grown = np.zeros(max(end, 2 * len(self._lines)), LINE_DTYPE)
            grown[: self._used] = self._lines[: self._used]
            self._lines = grown
        fresh = self._lines[self._used : end]
        for column in ("slot", "event_time", "source", "position", "host"):
            fresh[column] = rows[column]
        fresh["chunk"], fresh["index"] = chunk, rows["text"]
        numbers = np.arange(self._used, end, dtype=np.int32)
        self._used = end
        return numbers

    def add_chunk(self, raws: Spans) -> int:
        """Take the records that lines will point to; gives the number of the chunk."""
        self._chunks[self._next_chunk] = raws
        self._next_chunk += 1
        return self._next_chunk - 1

    def line(self, number: int) -> Line:
        """Give one line."""
        slot, event_time, source, position, host, chunk, index = self._lines[number].tolist()
        return slot, event_time, source, position, host, self._chunks[chunk][index]

    def shown(self, rings: Rings, owner: int) -> list[Line]:
        """Give the first line of an owner and its latest ones, oldest first."""
        first, latest = rings.of(owner)
        return [self.line(number) for number in ([first, *latest] if first >= 0 else [])]

    def merge(self, kept: int, absorbed: int) -> None:
        """Let the family `kept` show the lines of both: the earlier first one, and the latest."""
        parts = [self.families.of(owner) for owner in (kept, absorbed)]
        firsts = [first for first, _ in parts if first >= 0]
        latest = sorted({number for _, numbers in parts for number in numbers}, key=self.line)[-LINES_KEPT:]
        self.families.set(kept, min(firsts, key=self.line) if firsts else -1, latest)
        self.families.clear(absorbed)

    def sweep(self) -> None:
        """Copy the living lines together once the dead outweigh them."""
        octets = sum(len(chunk.octets) for chunk in self._chunks.values())
        if octets <= 3 * self._swept_bytes + SLACK_BYTES and self._used <= 3 * self._swept_lines + SLACK_LINES:
            return
        self._compact()
        self._swept_bytes = sum(len(chunk.octets) for chunk in self._chunks.values())
        self._swept_lines = self._used

    def _compact(self) -> None:
        alive = np.unique(np.concatenate([each.ravel() for each in self._references()]))
        alive = alive[alive >= 0]
        kept = self._lines[alive]
        renumbered = np.full(self._used + 1, -1, np.int32)  # the last place stands for -1
        renumbered[alive] = np.arange(len(alive), dtype=np.int32)
        for references in self._references():
            references[...] = renumbered[references]
        order = np.argsort(kept["chunk"], kind="stable")
        parts = [
            self._chunks[chunk].take(kept["index"][kept["chunk"] == chunk])
            for chunk in np.unique(kept["chunk"]).tolist()
        ]
        kept["index"][order] = np.arange(len(kept))
        kept["chunk"] = 0
        self._lines, self._used = kept, len(kept)
        self._chunks = {0: Spans.joined(parts)} if parts else {}
        self._next_chunk = 1

    def _references(self) -> tuple[Int32s, ...]:
        return (self.families.rings, self.families.firsts, self.facets.rings, self.facets.firsts)

    def snapshot(self) -> tuple[object, ...]:
        """Give the state as plain values, version first."""
        self._compact()
        spans = next(iter(self._chunks.values()), None)
        return (
            LINES_STATE_VERSION,
            self._lines[: self._used].tobytes(),
            (spans.octets, spans.offsets.tobytes()) if spans else (b"", b""),
            tuple(
                (each.rings.tobytes(), each.counts.tobytes(), each.firsts.tobytes())
                for each in (self.families, self.facets)
            ),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        require_version("the lines", state[0], LINES_STATE_VERSION)
        _, lines, (octets, offsets), rings = state
        self._lines = np.frombuffer(lines, LINE_DTYPE).copy()
        self._used = len(self._lines)
        self._chunks, self._next_chunk = {}, 0
        if self._used:
            self.add_chunk(Spans(octets, np.frombuffer(offsets, np.int64)))
        for each, (ring, counts, firsts) in zip((self.families, self.facets), rings, strict=True):
            each.rings = np.frombuffer(ring, np.int32).reshape(-1, LINES_KEPT).copy()
            each.counts = np.frombuffer(counts, np.int32).copy()
            each.firsts = np.frombuffer(firsts, np.int32).copy()
