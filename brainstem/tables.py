"""Tables of rows: structured arrays joined, copied and picked from, each row as one stretch of bytes.

NumPy copies a structured array field by field, which takes 20 to 40 times as long as copying its bytes [measured].
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[Any]


def _as_bytes(rows: Rows) -> Rows:
    """Give the same rows without their fields."""
    return rows.view(np.dtype((np.void, rows.dtype.itemsize)))


def copied(rows: Rows) -> Rows:
    """Copy a table."""
    return _as_bytes(rows).copy().view(rows.dtype)


def picked(rows: Rows, kept: npt.NDArray[np.bool_]) -> Rows:
    """Copy the rows for which `kept` holds."""
    return _as_bytes(rows)[kept].view(rows.dtype)


def put_together(parts: Sequence[Rows], dtype: np.dtype[Any]) -> Rows:
    """Put tables of one dtype one behind the other; no parts give no rows. A single part is given as it is."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate([_as_bytes(part) for part in parts]).view(dtype) if parts else np.zeros(0, dtype)


def enlarged(rows: Rows, count: int) -> Rows:
    """Give a table room for `count` rows, doubling it when it must grow; what is new is zero."""
    if count <= len(rows):
        return rows
    grown = np.zeros(max(count, 2 * len(rows)), rows.dtype)
    _as_bytes(grown)[: len(rows)] = _as_bytes(rows)
    return grown


def in_order(rows: Rows, *columns: str) -> Rows:
    """Sort rows by columns, the first the most significant."""
    return rows.take(np.lexsort(tuple(rows[column] for column in reversed(columns))))


def without_repeats(ordered: Rows) -> Rows:
    """Copy the rows that differ from the one before them."""
    rows = _as_bytes(ordered)
    return picked(ordered, np.concatenate([[True], rows[1:] != rows[:-1]])[: len(rows)])
