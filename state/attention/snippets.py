"""Snippets of one seal of a bucket, gathered in bulk and handed out by tenant.

Takes rows of `SNIPPET_DTYPE` with the tenant of each, returns `Snippets`, which are put into words only where one is shown.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.arrays.byte_strings import Spans
from brainstem.arrays.rows import concat, picked
from brainstem.discovery.snippets import NONE, SNIPPET_DTYPE, SnippetLabel, Snippets, SnippetTexts
from state.attention.evidence_lines import LineStore


class SealedSnippets:
    """Rows of snippets by tenant, and the labels of families as they were when a snippet was added."""

    def __init__(self) -> None:
        self._labels: list[SnippetLabel] = []
        self._rows: dict[int, list[Rows]] = defaultdict(list)

    def labels_of(self, rows: Int32s, label: Callable[[int], SnippetLabel]) -> Int32s:
        """Return for each family row the number of its label as it is now; `label` makes it, once for each family."""
        families, places = np.unique(rows, return_inverse=True)
        first = len(self._labels)
        self._labels.extend(label(row) for row in families.tolist())
        return (places + first).astype(np.int32)

    def add(self, tenants: UInt64s, snippets: Rows) -> None:
        """Add snippets, with the tenant of each."""
        for tenant, share in split_by_tenant(tenants, snippets):
            self._rows[tenant].append(share)

    def of_tenant(self, tenant: int, store: LineStore, messages: Spans, names: Mapping[int, str]) -> Snippets:
        """Return the snippets of a tenant; `messages` are what the rows' column of that name counts in."""
        rows = concat(self._rows.get(tenant, []), SNIPPET_DTYPE)
        numbers, places = np.unique(rows["lines"], return_inverse=True)
        # the number that stands for no line sorts first
        blank = int(len(numbers) > 0 and numbers[0] == NONE)
        rows["lines"] = places.reshape(-1, rows["lines"].shape[1]) - blank
        lines, chunks = store.shown(numbers[blank:])
        return Snippets(rows, lines, SnippetTexts(self._labels, messages, chunks, names))


def split_by_tenant(tenants: UInt64s, rows: Rows) -> list[tuple[int, Rows]]:
    """Return the rows of each tenant; `tenants` holds the tenant of each row."""
    if _is_one_tenant(tenants):
        return [(int(tenants[0]), rows)]
    return [(tenant, picked(rows, tenants == np.uint64(tenant))) for tenant in np.unique(tenants).tolist()]


def values_by_tenant(known: Mapping[int, int], tenants: UInt64s, otherwise: int) -> Int32s:
    """Return the value of each row's tenant, and `otherwise` where `known` has none."""
    if _is_one_tenant(tenants):
        return np.full(len(tenants), known.get(int(tenants[0]), otherwise), np.int32)
    distinct, places = np.unique(tenants, return_inverse=True)
    return np.array([known.get(tenant, otherwise) for tenant in distinct.tolist()], np.int32)[places]


def _is_one_tenant(tenants: UInt64s) -> bool:
    """Return whether all rows are of one tenant, as they are in most buckets."""
    return len(tenants) > 0 and bool((tenants == tenants[0]).all())
