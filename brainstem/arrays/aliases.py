"""Names for the arrays that modules pass to each other, each defined once.

Shapes are one-dimensional unless a function says otherwise. An alias defines what the elements are; a function's docstring,
what they count and in which unit.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
"""Raw bytes: one buffer that many records or texts are slices of."""
Flags = npt.NDArray[np.uint8]
"""One small code or truth value a row, where compiled code reads it as a number."""
Bools = npt.NDArray[np.bool_]
"""One truth value a row, as numpy selects by."""
Int32s = npt.NDArray[np.int32]
"""Row numbers, lengths, codes and slots."""
Int64s = npt.NDArray[np.int64]
"""Positions in a buffer or a source, and moments in microseconds since the epoch, UTC."""
Indices = npt.NDArray[np.intp]
"""Row numbers as numpy selects by: what `np.flatnonzero` and `argsort` return."""
UInt64s = npt.NDArray[np.uint64]
"""Hashes and keys of 64 bits."""
Floats = npt.NDArray[np.float64]
"""Points, shares and statistics before they are rounded to integers."""
Row = Any
"""One row of a structured array, as compiled code sees it: fields are attributes. numpy has no type for that."""
Rows = npt.NDArray[Any]
"""Rows of a structured array; the dtype stands beside the table that they belong to."""
