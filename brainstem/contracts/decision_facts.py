"""Facts: the columns of a reading that a decision rests on, kept as the row that they came in.

A storm of new messages makes a decision for each of them; a row takes a third of a kilobyte, a dictionary of it five.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from brainstem.contracts.features import FEATURES_DTYPE

_ABOUT: Final = ("family", "facet", "slot")
FACTS: Final = tuple(name for name in FEATURES_DTYPE.names or () if name not in _ABOUT)
"""the columns of a reading that a decision keeps: all but those that only say what it is about"""
_KNOWN: Final = frozenset(FACTS)


class Facts(Mapping[str, int]):
    """The facts of one reading, by name."""

    __slots__ = ("row",)

    def __init__(self, row: bytes) -> None:
        self.row = row

    @classmethod
    def of(cls, features: Any) -> "Facts":
        """Take one row of a table of readings."""
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


def as_feature_rows(facts: Sequence[Mapping[str, int]]) -> npt.NDArray[Any]:
    """Return facts as a table of readings that are about nothing. Raises KeyError where one is missing."""
    return np.frombuffer(b"".join(map(_row_of, facts)), FEATURES_DTYPE)


def _row_of(facts: Mapping[str, int]) -> bytes:
    if isinstance(facts, Facts):
        return facts.row
    row = np.zeros(1, FEATURES_DTYPE)
    for name in FACTS:
        row[name] = facts[name]
    return row.tobytes()
