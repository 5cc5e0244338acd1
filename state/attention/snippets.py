"""A gallery: what one seal of a bucket can show, gathered in bulk and given out by tenant."""

from collections import defaultdict
from collections.abc import Callable, Mapping

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.arrays.byte_strings import Spans
from brainstem.arrays.rows import concat, picked
from brainstem.discovery.snippets import NONE, SNIPPET_DTYPE, ShownLabel, ShownTexts, Snippets
from state.attention.evidence_lines import LineStore


class SealedSnippets:
    """Rows of exhibits by tenant, and the labels of families as they were when they were hung."""

    def __init__(self) -> None:
        self._labels: list[ShownLabel] = []
        self._rows: dict[int, list[Rows]] = defaultdict(list)

    def labels_of(self, rows: Int32s, label: Callable[[int], ShownLabel]) -> Int32s:
        """Return the numbers of the labels of family rows as they are now."""
        families, places = np.unique(rows, return_inverse=True)
        first = len(self._labels)
        self._labels.extend(label(row) for row in families.tolist())
        return (places + first).astype(np.int32)

    def attach(self, tenants: UInt64s, snippets: Rows) -> None:
        """Take exhibits with the tenant of each."""
        for tenant, share in by_tenant(tenants, snippets):
            self._rows[tenant].append(share)

    def of(self, tenant: int, store: LineStore, messages: Spans, names: Mapping[int, str]) -> Snippets:
        """Return the exhibits of a tenant; `messages` are those that its rows point to."""
        rows = concat(self._rows.get(tenant, []), SNIPPET_DTYPE)
        numbers, places = np.unique(rows["lines"], return_inverse=True)
        # the number that stands for no line sorts first
        blank = int(len(numbers) > 0 and numbers[0] == NONE)
        rows["lines"] = places.reshape(-1, rows["lines"].shape[1]) - blank
        lines, chunks = store.shown(numbers[blank:])
        return Snippets(rows, lines, ShownTexts(self._labels, messages, chunks, names))


def by_tenant(tenants: UInt64s, rows: Rows) -> list[tuple[int, Rows]]:
    """Return each tenant its rows."""
    if _is_one(tenants):
        return [(int(tenants[0]), rows)]
    return [(tenant, picked(rows, tenants == np.uint64(tenant))) for tenant in np.unique(tenants).tolist()]


def looked_up(known: Mapping[int, int], tenants: UInt64s, otherwise: int) -> Int32s:
    """Return what is known of each tenant, and `otherwise` where nothing is."""
    if _is_one(tenants):
        return np.full(len(tenants), known.get(int(tenants[0]), otherwise), np.int32)
    own, places = np.unique(tenants, return_inverse=True)
    return np.array([known.get(tenant, otherwise) for tenant in own.tolist()], np.int32)[places]


def _is_one(tenants: UInt64s) -> bool:
    """Return whether all rows are of one tenant, as they are in most buckets."""
    return len(tenants) > 0 and bool((tenants == tenants[0]).all())
