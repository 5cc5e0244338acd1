"""What can be shown of each family or facet of a tenant: looks up its lines, hosts and label in the rows that a bucket
reports, and decodes the text of those that surface only.

Takes rows of numbers from a bucket (which lines, which hosts, which label), returns a `Snippet` for the key that is asked
for. Many may surface and few do, so no text is decoded before.
"""

from collections import ChainMap
from collections.abc import ItemsView, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from brainstem.aggregate.deltas import ENTITY_BYTES
from brainstem.arrays.aliases import Row, Rows
from brainstem.arrays.byte_strings import Spans
from brainstem.arrays.rows import picked
from brainstem.contracts.features import ON_ENTITY, ON_HOST
from brainstem.contracts.finding import EvidenceLine
from brainstem.contracts.tenant_report import Snippet
from brainstem.evidence.history.state import HOSTS_EXACT
from brainstem.signature.signing import template

LINES_KEPT: Final = 8
"""latest lines shown, beside the first one"""
NONE: Final = -1

SNIPPET_DTYPE: Final = np.dtype(
    [
        ("family", "u8"),  # or the member that a facet belongs to
        ("facet", "u8"),  # as in features
        ("facet_kind", "u1"),
        ("slot", "i4"),
        ("label", "i4"),  # of the family
        ("hosts", "u8", (HOSTS_EXACT,)),  # 0 for none; of a facet they are those of its lines
        ("lines", "i4", (LINES_KEPT + 1,)),  # the first one and the latest ones, oldest first; -1 for none
        ("message", "i4"),  # of the latest line of a facet; -1 where the label says all
        ("signature", "u8"),
        ("name_start", "i4"),  # where the entity stands in the message
        ("name_end", "i4"),
    ]
)
"""What can be shown of a family or facet at the end of a slot."""

SNIPPET_LINE_DTYPE: Final = np.dtype(
    [("event_time", "i8"), ("source", "u8"), ("position", "i8"), ("host", "u8"), ("chunk", "i4"), ("index", "i4")]
)
"""A line that snippets show; its record is the string `index` of the chunk `chunk`."""

Key = tuple[int, int, int]
"""family, or the member that a facet belongs to; facet; slot"""


@dataclass(frozen=True, slots=True)
class SnippetLabel:
    """The words for a family, and the signatures that it consists of."""

    service: str
    template: str
    signatures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SnippetTexts:
    """What the rows of snippets point to; `names` are those of sources and hosts by hash."""

    labels: Sequence[SnippetLabel]
    messages: Spans
    chunks: Mapping[int, Spans]
    names: Mapping[int, str]


class Snippets(Mapping[Key, Snippet]):
    """Snippets by family or member, facet and slot; of two rows of one key the later one counts."""

    def __init__(self, rows: Rows, lines: Rows, texts: SnippetTexts) -> None:
        self._rows = rows
        self._lines = lines
        self._texts = texts

    def _keys(self) -> dict[Key, int]:
        columns = (self._rows[name].tolist() for name in ("family", "facet", "slot"))
        return {key: place for place, key in enumerate(zip(*columns, strict=True))}

    def __len__(self) -> int:
        return len(self._keys())

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys())

    def __getitem__(self, key: Key) -> Snippet:
        rows = self._rows
        family, facet, slot = key
        is_key = (rows["family"] == np.uint64(family)) & (rows["facet"] == np.uint64(facet)) & (rows["slot"] == slot)
        places = np.flatnonzero(is_key)
        if not len(places):
            raise KeyError(key)
        return self._snippet(rows[places[-1]])

    def items(self) -> ItemsView[Key, Snippet]:
        """Return all keys with their snippets, in one pass over the rows."""
        return {key: self._snippet(self._rows[place]) for key, place in self._keys().items()}.items()

    def _snippet(self, row: Row) -> Snippet:
        """Return the snippet of one row."""
        texts = self._texts
        label = texts.labels[row["label"]]
        shown = [number for number in row["lines"].tolist() if number != NONE]
        # the first line may be one of the latest
        lines = [self._line(number) for number in dict.fromkeys(shown)]
        hosts = tuple(texts.names[host] for host in row["hosts"].tolist() if host)
        if row["message"] == NONE:
            return Snippet(label.service, label.template, label.signatures, hosts, tuple(lines))
        message = texts.messages[int(row["message"])]
        entity = b""
        if row["facet_kind"] == ON_ENTITY:
            entity = message[int(row["name_start"]) : int(row["name_end"])][:ENTITY_BYTES]
        if row["facet_kind"] != ON_HOST:
            hosts = tuple(sorted({line.host for line in lines if line.host}))
        return Snippet(
            label.service,
            template(message).text,
            (int(row["signature"]),),
            hosts,
            tuple(lines),
            entity.decode("utf-8", "replace"),
        )

    def _line(self, number: int) -> EvidenceLine:
        """Return a line by its place in the table of lines."""
        event_time, source, position, host, chunk, index = self._lines[number].tolist()
        names = self._texts.names
        raw = self._texts.chunks[chunk][index]
        return EvidenceLine(names[source], position, event_time, names[host] if host else "", raw)

    def in_slots(self, before: int, is_late: bool) -> "Snippets":
        """Return the snippets of slots below `before`, or with `is_late` the others."""
        return Snippets(picked(self._rows, (self._rows["slot"] >= before) == is_late), self._lines, self._texts)

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what a copy in another process is made from: only the texts that are shown go with it."""
        lines, rows, texts = self._lines.copy(), self._rows.copy(), self._texts
        raws = [texts.chunks[chunk][index] for chunk, index in lines[["chunk", "index"]].tolist()]
        lines["chunk"], lines["index"] = 0, np.arange(len(lines))
        with_message = np.flatnonzero(rows["message"] != NONE)
        used, numbered = np.unique(rows["message"][with_message], return_inverse=True)
        rows["message"][with_message] = numbered
        names = {name: texts.names[name] for name in self._hashes() if name}
        packed = SnippetTexts(texts.labels, texts.messages.take(used), {0: Spans.of(raws)}, names)
        return Snippets, (rows, lines, packed)

    def _hashes(self) -> list[int]:
        """Return the hashes of all sources and hosts that are shown; 0 stands for none."""
        return list(np.unique([*self._lines["source"], *self._lines["host"], *self._rows["hosts"].ravel()]).tolist())


def concat_snippets(parts: Sequence[Mapping[Key, Snippet]]) -> Mapping[Key, Snippet]:
    """Return the snippets of all parts; of one key the last one counts."""
    return parts[0] if len(parts) == 1 else ChainMap(*(part for part in reversed(parts)))  # type: ignore[arg-type]  # it is only read


def snippets_in_slots(snippets: Mapping[Key, Snippet], before: int, is_late: bool) -> Mapping[Key, Snippet]:
    """Return the snippets of slots below `before`, or with `is_late` the others."""
    if isinstance(snippets, ChainMap):
        return concat_snippets([snippets_in_slots(part, before, is_late) for part in reversed(snippets.maps)])
    if isinstance(snippets, Snippets):
        return snippets.in_slots(before, is_late)
    return {key: snippet for key, snippet in snippets.items() if (key[2] >= before) == is_late}
