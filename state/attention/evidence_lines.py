"""Evidence lines kept for families and facets: the first line of each owner and its latest ones.

Owners are rows of a table. A line is kept once, however many owners show it; its bytes stay in the chunk they came in until
so much of the chunks is dead that copying the living is cheap.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.arrays.aliases import Int32s, Rows
from brainstem.arrays.byte_strings import Spans
from brainstem.arrays.rows import enlarged
from brainstem.arrays.state_version import require_version
from brainstem.discovery.snippets import LINES_KEPT, SHOWN_LINE_DTYPE
from brainstem.jit.decorators import compiled

LINES_STATE_VERSION: Final = 1
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

Line = tuple[int, int, int, int, int, bytes]
"""slot, event time, hash of the source, position, hash of the host, record; in the order of lines"""


@compiled
def _attach(
    rings: Any, counts: Any, firsts: Any, owners: Any, lines: Any, slots: Any, askers: Any, asked_slots: Any, shown: Any
) -> None:
    """Return each owner its line: as the first one where it has none, and in place of its oldest one.

    Lines and questions are in order of slots. Row i of `shown` receives the first line of `askers[i]` and its latest ones,
    oldest first, as they are once all lines of slots up to `asked_slots[i]` are hung; -1 for none.
    """
    most = rings.shape[1]
    index = 0
    for asked in range(len(askers) + 1):
        is_last = asked == len(askers)
        while index < len(owners) and (is_last or slots[index] <= asked_slots[asked]):
            owner = owners[index]
            if firsts[owner] < 0:
                firsts[owner] = lines[index]
            rings[owner, counts[owner] % most] = lines[index]
            counts[owner] += 1
            index += 1
        if not is_last:
            asker = askers[asked]
            shown[asked, 0] = firsts[asker]
            kept = min(counts[asker], most)
            for place in range(kept):
                shown[asked, 1 + place] = rings[asker, (counts[asker] - kept + place) % most]


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

    def attach(self, owners: Int32s, lines: Int32s, slots: Int32s, askers: Int32s, asked_slots: Int32s) -> Int32s:
        """Return owners lines; gives what `askers` show at the end of the slots asked for, shape (askers, 9).

        Both lines and questions are in order of slots. A row is the first line and the latest ones, oldest first, -1 for
        none.
        """
        shown = np.full((len(askers), LINES_KEPT + 1), -1, np.int32)
        _attach(self.rings, self.counts, self.firsts, owners, lines, slots, askers, asked_slots, shown)
        return shown

    def keep(self, kept: npt.NDArray[np.bool_]) -> None:
        """Keep some owners only, who are numbered anew in their order."""
        self.make_room(len(kept))
        self.rings, self.counts, self.firsts = (
            each[: len(kept)][kept] for each in (self.rings, self.counts, self.firsts)
        )

    def of(self, owner: int) -> tuple[int, list[int]]:
        """Return the first line of an owner (-1 for none) and its latest ones, oldest first."""
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

    def add(self, rows: Rows, chunk: int) -> int:
        """Take the lines of deltas or sightings whose texts are in `chunk`; gives the number of the first one."""
        end = self._used + len(rows)
        self._lines = enlarged(self._lines, end)
        fresh = self._lines[self._used : end]
        for column in ("slot", "event_time", "source", "position", "host"):
            fresh[column] = rows[column]
        fresh["chunk"], fresh["index"] = chunk, rows["text"]
        self._used = end
        return end - len(rows)

    def add_chunk(self, raws: Spans) -> int:
        """Take the records that lines will point to; gives the number of the chunk."""
        self._chunks[self._next_chunk] = raws
        self._next_chunk += 1
        return self._next_chunk - 1

    def line(self, number: int) -> Line:
        """Return one line."""
        slot, event_time, source, position, host, chunk, index = self._lines[number].tolist()
        return slot, event_time, source, position, host, self._chunks[chunk][index]

    def shown(self, numbers: npt.NDArray[Any]) -> tuple[Rows, dict[int, Spans]]:
        """Return some lines as they are shown, and the chunks that their records are in, as they are now."""
        lines = self._lines.take(numbers)
        rows = np.zeros(len(lines), SHOWN_LINE_DTYPE)
        for column in SHOWN_LINE_DTYPE.names or ():
            rows[column] = lines[column]
        return rows, dict(self._chunks)

    def slots_of(self, numbers: Int32s) -> Int32s:
        """Return the slot of each line."""
        return self._lines["slot"].take(numbers)

    def merge(self, kept: int, absorbed: int) -> None:
        """Let the family `kept` show the lines of both: the earlier first one, and the latest."""
        parts = [self.families.of(owner) for owner in (kept, absorbed)]
        firsts = [first for first, _ in parts if first >= 0]
        latest = sorted({number for _, numbers in parts for number in numbers}, key=self.line)[-LINES_KEPT:]
        self.families.set(kept, min(firsts, key=self.line) if firsts else -1, latest)
        self.families.clear(absorbed)

    def sweep(self) -> None:
        """Copy the living lines together once the dead outweigh them."""
        byte_count = sum(len(chunk.buffer) for chunk in self._chunks.values())
        if byte_count <= 3 * self._swept_bytes + SLACK_BYTES and self._used <= 3 * self._swept_lines + SLACK_LINES:
            return
        self._compact()
        self._swept_bytes = sum(len(chunk.buffer) for chunk in self._chunks.values())
        self._swept_lines = self._used

    def _compact(self) -> None:
        alive = np.unique(np.concatenate([each.ravel() for each in self._references()]))
        alive = alive[alive >= 0]
        kept = self._lines.take(alive)
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
        """Return the state as plain values, version first."""
        self._compact()
        spans = next(iter(self._chunks.values()), None)
        return (
            LINES_STATE_VERSION,
            self._lines[: self._used].tobytes(),
            spans.to_plain() if spans else (b"", b""),
            tuple(
                (each.rings.tobytes(), each.counts.tobytes(), each.firsts.tobytes())
                for each in (self.families, self.facets)
            ),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Take the state of `snapshot`."""
        require_version("the lines", state[0], LINES_STATE_VERSION)
        _, lines, (byte_count, offsets), rings = state
        self._lines = np.frombuffer(lines, LINE_DTYPE).copy()
        self._used = len(self._lines)
        self._chunks, self._next_chunk = {}, 0
        if self._used:
            self.add_chunk(Spans.from_plain(byte_count, offsets))
        for each, (ring, counts, firsts) in zip((self.families, self.facets), rings, strict=True):
            each.rings = np.frombuffer(ring, np.int32).reshape(-1, LINES_KEPT).copy()
            each.counts = np.frombuffer(counts, np.int32).copy()
            each.firsts = np.frombuffer(firsts, np.int32).copy()
