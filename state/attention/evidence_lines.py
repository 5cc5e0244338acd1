"""Stores raw lines for families and facets between seals: the first line of each owner and its latest ones, in a table that
grows.

Owners are rows of the tables of families and facets. A line is kept once, however many owners show it, and is known by its
number. Its bytes stay in the chunk that they came in until so much of all chunks belongs to no line that copying the rest is
cheap. Lines are only read here, never parsed.
"""

from typing import Any, Final

import numpy as np

from brainstem.arrays.aliases import Bools, Int32s, Rows
from brainstem.arrays.byte_strings import Spans
from brainstem.arrays.rows import enlarged
from brainstem.arrays.state_version import require_version
from brainstem.discovery.snippet_texts import LINES_KEPT, SNIPPET_LINE_DTYPE
from brainstem.jit.decorators import compiled

LINES_STATE_VERSION: Final = 1
SLACK_BYTES: Final = 16 << 20
"""bytes of lines without an owner that are not worth a sweep"""
SLACK_LINES: Final = 65_536
"""lines without an owner that are not worth a sweep"""

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
"""slot, event time, hash of the source, position, hash of the host, record; lines are ordered so"""


@compiled
def _attach(
    rings: Int32s,
    counts: Int32s,
    firsts: Int32s,
    owners: Int32s,
    lines: Int32s,
    slots: Int32s,
    queried: Int32s,
    queried_slots: Int32s,
    shown: Int32s,
) -> None:
    """Attach lines to their owners: each as the first one where there is none, and in place of the owner's oldest one.

    Lines and queries are in order of slots. Row i of `shown` receives the first line of `queried[i]` and its latest ones,
    oldest first, as they are once all lines of slots up to `queried_slots[i]` are attached; -1 for none.
    """
    most = rings.shape[1]
    index = 0
    for query in range(len(queried) + 1):
        is_last = query == len(queried)
        while index < len(owners) and (is_last or slots[index] <= queried_slots[query]):
            owner = owners[index]
            if firsts[owner] < 0:
                firsts[owner] = lines[index]
            rings[owner, counts[owner] % most] = lines[index]
            counts[owner] += 1
            index += 1
        if not is_last:
            owner = queried[query]
            shown[query, 0] = firsts[owner]
            kept = min(counts[owner], most)
            for place in range(kept):
                shown[query, 1 + place] = rings[owner, (counts[owner] - kept + place) % most]


OWNERS_LEAST: Final = 16
"""owners that there is room for from the beginning"""


class LineRings:
    """Which lines each owner shows: the first one, and a ring of the `LINES_KEPT` latest ones."""

    def __init__(self) -> None:
        self.rings = np.full((OWNERS_LEAST, LINES_KEPT), -1, np.int32)
        self.counts = np.zeros(OWNERS_LEAST, np.int32)
        self.firsts = np.full(OWNERS_LEAST, -1, np.int32)

    def make_room(self, owners: int) -> None:
        """Have room for owners up to this number."""
        if owners <= len(self.counts):
            return
        more = max(owners, 2 * len(self.counts)) - len(self.counts)
        self.rings = np.concatenate([self.rings, np.full((more, LINES_KEPT), -1, np.int32)])
        self.counts = np.concatenate([self.counts, np.zeros(more, np.int32)])
        self.firsts = np.concatenate([self.firsts, np.full(more, -1, np.int32)])

    def attach(self, owners: Int32s, lines: Int32s, slots: Int32s, queried: Int32s, queried_slots: Int32s) -> Int32s:
        """Attach each line to its owner; return what each of `queried` shows at the end of its slot.

        Lines and queries are in order of slots. The result has shape (queries, LINES_KEPT + 1): the first line and the
        latest ones, oldest first, -1 for none.
        """
        shown = np.full((len(queried), LINES_KEPT + 1), -1, np.int32)
        _attach(self.rings, self.counts, self.firsts, owners, lines, slots, queried, queried_slots, shown)
        return shown

    def keep(self, kept: Bools) -> None:
        """Keep some owners only; they are numbered anew in their order."""
        self.make_room(len(kept))
        self.rings, self.counts, self.firsts = (
            each[: len(kept)][kept] for each in (self.rings, self.counts, self.firsts)
        )

    def snapshot(self) -> tuple[bytes, bytes, bytes]:
        """Return rings, counts and first lines up to the last owner with a line: how much room there is leaves no trace."""
        used = int(self.counts.nonzero()[0].max(initial=-1)) + 1
        return self.rings[:used].tobytes(), self.counts[:used].tobytes(), self.firsts[:used].tobytes()

    def restore(self, state: tuple[bytes, bytes, bytes]) -> None:
        """Restore the state that `snapshot` returned."""
        rings, counts, firsts = state
        self.rings = np.frombuffer(rings, np.int32).reshape(-1, LINES_KEPT).copy()
        self.counts = np.frombuffer(counts, np.int32).copy()
        self.firsts = np.frombuffer(firsts, np.int32).copy()
        self.make_room(OWNERS_LEAST)

    def lines_of(self, owner: int) -> tuple[int, list[int]]:
        """Return the first line of an owner (-1 for none) and its latest ones, oldest first."""
        count = int(self.counts[owner])
        places = [each % LINES_KEPT for each in range(count - min(count, LINES_KEPT), count)]
        return int(self.firsts[owner]), self.rings[owner][places].tolist() if places else []

    def set(self, owner: int, first: int, latest: list[int]) -> None:
        """Replace what an owner shows."""
        self.firsts[owner] = first
        self.rings[owner] = -1
        self.rings[owner, : len(latest)] = latest
        self.counts[owner] = len(latest)

    def clear(self, owner: int) -> None:
        """Remove all lines from an owner."""
        self.set(owner, -1, [])


class LineStore:
    """Lines by number, and the rings of two kinds of owners: families and facets."""

    def __init__(self) -> None:
        self.families = LineRings()
        self.facets = LineRings()
        self._lines = np.zeros(64, LINE_DTYPE)
        self._used = 0
        self._chunks: dict[int, Spans] = {}
        self._next_chunk = 0
        self._swept_bytes = 0
        self._swept_lines = 0

    def add(self, rows: Rows, chunk: int) -> int:
        """Add the lines of deltas or sightings whose texts are in `chunk`; return the number of the first one."""
        end = self._used + len(rows)
        self._lines = enlarged(self._lines, self._used, end)
        fresh = self._lines[self._used : end]
        for column in ("slot", "event_time", "source", "position", "host"):
            fresh[column] = rows[column]
        fresh["chunk"], fresh["index"] = chunk, rows["text"]
        self._used = end
        return end - len(rows)

    def add_chunk(self, raws: Spans) -> int:
        """Add the records that lines will point to; return the number of the chunk."""
        self._chunks[self._next_chunk] = raws
        self._next_chunk += 1
        return self._next_chunk - 1

    def line(self, number: int) -> Line:
        """Return one line."""
        slot, event_time, source, position, host, chunk, index = self._lines[number].tolist()
        return slot, event_time, source, position, host, self._chunks[chunk][index]

    def shown(self, numbers: Int32s) -> tuple[Rows, dict[int, Spans]]:
        """Return lines as in `SNIPPET_LINE_DTYPE`, and all chunks by number as they are now."""
        lines = self._lines.take(numbers)
        rows = np.zeros(len(lines), SNIPPET_LINE_DTYPE)
        for column in SNIPPET_LINE_DTYPE.names or ():
            rows[column] = lines[column]
        return rows, dict(self._chunks)

    def slots_of(self, numbers: Int32s) -> Int32s:
        """Return the slot of each line."""
        return self._lines["slot"].take(numbers)

    def merge(self, kept: int, absorbed: int) -> None:
        """Attach to the family `kept` the lines of both: the earlier first one, and the latest of all."""
        parts = [self.families.lines_of(owner) for owner in (kept, absorbed)]
        firsts = [first for first, _ in parts if first >= 0]
        latest = sorted({number for _, numbers in parts for number in numbers}, key=self.line)[-LINES_KEPT:]
        self.families.set(kept, min(firsts, key=self.line) if firsts else -1, latest)
        self.families.clear(absorbed)

    def sweep(self) -> None:
        """Copy the lines that have an owner together, once those without one outweigh them."""
        byte_count = sum(len(chunk.buffer) for chunk in self._chunks.values())
        if byte_count <= 3 * self._swept_bytes + SLACK_BYTES and self._used <= 3 * self._swept_lines + SLACK_LINES:
            return
        self._compact()
        self._swept_bytes = sum(len(chunk.buffer) for chunk in self._chunks.values())
        self._swept_lines = self._used

    def _compact(self) -> None:
        """Drop the lines without an owner, number the others anew, and copy their records into one chunk."""
        owned = np.unique(np.concatenate([references.ravel() for references in self._references()]))
        owned = owned[owned >= 0]
        kept = self._lines.take(owned)
        renumbered = np.full(self._used + 1, -1, np.int32)  # the last place stands for -1
        renumbered[owned] = np.arange(len(owned), dtype=np.int32)
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
        """Return all arrays that hold numbers of lines, to read and to write."""
        return (self.families.rings, self.families.firsts, self.facets.rings, self.facets.firsts)

    def snapshot(self) -> tuple[object, ...]:
        """Return the state as plain values, version first."""
        self._compact()
        spans = next(iter(self._chunks.values()), None)
        return (
            LINES_STATE_VERSION,
            self._lines[: self._used].tobytes(),
            spans.to_plain() if spans else (b"", b""),
            tuple(owners.snapshot() for owners in (self.families, self.facets)),
        )

    def restore(self, state: tuple[Any, ...]) -> None:
        """Restore the state that `snapshot` returned."""
        require_version("the lines", state[0], LINES_STATE_VERSION)
        _, lines, (records, offsets), rings = state
        self._lines = np.frombuffer(lines, LINE_DTYPE).copy()
        self._used = len(self._lines)
        self._chunks, self._next_chunk = {}, 0
        if self._used:
            self.add_chunk(Spans.from_plain(records, offsets))
        for owners, state_of_owners in zip((self.families, self.facets), rings, strict=True):
            owners.restore(state_of_owners)
