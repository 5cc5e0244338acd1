"""Decisions: every change of a family's band with all that it rests on, so that each can be explained later.

Takes decisions one by one, returns Arrow batches in `DECISION_SCHEMA`. Nothing is decided here. The facts of a decision are
the columns of features that it rests on, kept as the row that they came in: a storm of new messages makes a decision for
each of them, and a row takes a third of a kilobyte, a dictionary of the same columns five.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

import numpy as np
import pyarrow as pa

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


DECISION_VERSION: Final = 5

_CODED = pa.dictionary(pa.int32(), pa.string())

DECISION_SCHEMA: Final = pa.schema(
    [
        pa.field("tenant", _CODED, nullable=False),
        pa.field("tick", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("family", pa.uint64(), nullable=False),
        pa.field("signature", pa.uint64(), nullable=False),
        pa.field("service", _CODED, nullable=False),
        pa.field("template", _CODED, nullable=False),
        pa.field("from_band", _CODED, nullable=False),
        pa.field("to_band", _CODED, nullable=False),
        pa.field("cause", _CODED, nullable=False),
        pa.field("blocker", _CODED, nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("prior", pa.float64(), nullable=False),
        pa.field(
            "contributions",
            pa.list_(pa.struct([pa.field("factor", pa.string()), pa.field("points", pa.float64())])),
            nullable=False,
        ),
        pa.field("joined_family", pa.uint64(), nullable=True),
        pa.field("teller_family", pa.uint64(), nullable=True),
        pa.field("facts", pa.struct([pa.field(name, pa.int64()) for name in FACTS]), nullable=False),
    ],
    metadata={"contract": "brainstem.decision", "version": str(DECISION_VERSION)},
)
"""`tick` is the end of the sealed slot; points and scores are decibans, and prior + contributions = score exactly.
`joined_family` is the family that this one is part of from a `joined` decision on. `teller_family` is one that was shown and
comes whenever this one does, where that holds this one back."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of `DECISION_SCHEMA`."""

    tenant: str
    tick_us: int
    family: int
    signature: int
    service: str
    template: str
    from_band: str
    to_band: str
    cause: str
    blocker: str
    score: float
    prior: float
    contributions: tuple[tuple[str, float], ...]
    facts: Mapping[str, int]
    joined_family: int | None = None
    teller_family: int | None = None


def decisions_to_arrow(decisions: Sequence[Decision]) -> pa.RecordBatch:
    """Return decisions in `DECISION_SCHEMA`."""
    columns: list[Any] = []
    for field in DECISION_SCHEMA:
        if field.name == "tick":
            columns.append(pa.array([decision.tick_us for decision in decisions], field.type))
        elif field.name == "contributions":
            columns.append(_contributions(decisions))
        elif field.name == "facts":
            table = as_feature_rows([decision.facts for decision in decisions])
            facts = [pa.array(table[name].astype(np.int64)) for name in FACTS]
            columns.append(pa.StructArray.from_arrays(facts, fields=list(field.type)))
        else:
            values = [getattr(decision, field.name) for decision in decisions]
            columns.append(_coded(values) if field.type == _CODED else pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(columns, schema=DECISION_SCHEMA)


def _contributions(decisions: Sequence[Decision]) -> "pa.Array[Any]":
    """Return the column of contributions: the factors of all decisions end to end, and where each decision's begin."""
    ends = [0, *accumulate(len(decision.contributions) for decision in decisions)]
    contributions = [each for decision in decisions for each in decision.contributions]
    kind = DECISION_SCHEMA.field("contributions").type
    factors = pa.array([factor for factor, _ in contributions], pa.string())
    points = pa.array([points for _, points in contributions], pa.float64())
    each = pa.StructArray.from_arrays([factors, points], fields=list(kind.value_type))
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), each, type=kind)


def _coded(values: list[str]) -> "pa.Array[Any]":
    """Return texts as a dictionary column. Arrow's own encoder loads all its functions, a tenth of a second [measured]."""
    codes: dict[str, int] = {}
    numbers = [codes.setdefault(value, len(codes)) for value in values]
    return pa.DictionaryArray.from_arrays(pa.array(numbers, pa.int32()), pa.array(list(codes), pa.string()))
