"""Rows of snippets of one seal: adds which lines, hosts and entities may be shown of a feature, for all tenants at once, and
splits them by tenant.

Takes rows of `SNIPPET_DTYPE` with the tenant of each, returns `Snippets`, which are put into words only where one is shown.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from brainstem.arrays.aliases import Int32s, Rows, UInt64s
from brainstem.arrays.byte_strings import Spans
from brainstem.arrays.rows import concat, gathered, picked
from brainstem.discovery.snippet_texts import NONE, SNIPPET_DTYPE, SnippetLabel, Snippets, SnippetTexts
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
    order = np.argsort(tenants, kind="stable")
    ordered = tenants[order]
    edges = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    rows = picked(rows, order)
    cuts = [0, *edges.tolist(), len(rows)]
    return [(int(ordered[low]), rows[low:high]) for low, high in pairwise(cuts) if high > low]


def parts_by_tenant(tenants: Sequence[UInt64s], parts: Sequence[Rows], dtype: np.dtype[Any]) -> list[tuple[int, Rows]]:
    """Return the rows of each tenant in the order of the parts; `tenants` holds for each part the tenant of each row.

    What is returned is parts of one table, so that each row is copied once.
    """
    filled = [(of_part, part) for of_part, part in zip(tenants, parts, strict=True) if len(part)]
    if not filled:
        return []
    numbers = np.concatenate([of_part for of_part, _ in filled])
    if _is_one_tenant(numbers):
        return [(int(numbers[0]), concat([part for _, part in filled], dtype))]
    order = np.argsort(numbers, kind="stable")
    ordered = numbers[order]
    cuts = [0, *(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1).tolist(), len(order)]
    rows = gathered([part for _, part in filled], order, dtype)
    return [(int(ordered[low]), rows[low:high]) for low, high in pairwise(cuts)]


def _is_one_tenant(tenants: UInt64s) -> bool:
    """Return whether all rows are of one tenant, as they are in most buckets."""
    return len(tenants) > 0 and bool((tenants == tenants[0]).all())
