"""Facts: the columns of features that a decision rests on, kept as the row that they came in.

Takes one row of features, returns its columns by name. A storm of new messages makes a decision for each of them; a row
takes a third of a kilobyte, a dictionary of the same columns five kilobytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import numpy as np

from brainstem.arrays.aliases import Row, Rows
from brainstem.contracts.features import FEATURES_DTYPE

_ABOUT: Final = ("family", "facet", "slot")
FACTS: Final = tuple(name for name in FEATURES_DTYPE.names or () if name not in _ABOUT)
"""the columns of features that a decision keeps: all but those that only say what it is about"""
_KNOWN: Final = frozenset(FACTS)


class Facts(Mapping[str, int]):
    """The facts of one row of features, by name."""

    __slots__ = ("row",)

    def __init__(self, row: bytes) -> None:
        self.row = row

    @classmethod
    def of(cls, features: Row) -> "Facts":
        """Return the facts of one row of features, copied."""
        return cls(features.tobytes())

    def __getitem__(self, name: str) -> int:
        if name not in _KNOWN:
            raise KeyError(name)
        return int(np.frombuffer(self.row, FEATURES_DTYPE)[0][name])

    def __iter__(self) -> Iterator[str]:
        return iter(FACTS)

    def __len__(self) -> int:
        return len(FACTS)

    def __repr__(self) -> str:
        return f"Facts({dict(self)})"


NO_FACTS: Final = Facts(bytes(FEATURES_DTYPE.itemsize))
"""those of a decision that rests on no features: all zero"""


def as_feature_rows(facts: Sequence[Mapping[str, int]]) -> Rows:
    """Return facts as rows of features that are about no family. Raises KeyError where a fact is missing."""
    return np.frombuffer(b"".join(map(_row_of, facts)), FEATURES_DTYPE)


def _row_of(facts: Mapping[str, int]) -> bytes:
    """Return the row of features that holds some facts, as bytes."""
    if isinstance(facts, Facts):
        return facts.row
    row = np.zeros(1, FEATURES_DTYPE)
    for name in FACTS:
        row[name] = facts[name]
    return row.tobytes()
